"""Positions that are probably not where the school is: 0,0, shared, round, or the middle of a region."""

from __future__ import annotations

import numpy as np
from pyproj import Geod

from geo.schools import BoolArray, FloatArray, Int32Array

CENTRE_M = 100.0
"""A school this near to the middle of its region was probably placed there by a program that knew the region alone."""

ROUND_DECIMALS = 2
"""Positions with so few decimals are known to about a kilometre. Giga asks for five (check `precision-latitude`)."""

_WGS84 = Geod(ellps="WGS84")
_NEAR_DEG = CENTRE_M / 110_500.0
"""Latitudes farther apart are more than `CENTRE_M` apart: no degree of latitude is shorter than 110.5 km."""


def is_null_island(latitude: FloatArray, longitude: FloatArray) -> BoolArray:
    """Whether the position is 0,0, which spreadsheets and programs write for "unknown"; degrees, NaN where unknown, shape (n,)."""
    return np.asarray((latitude == 0) & (longitude == 0))


def is_shared(latitude: FloatArray, longitude: FloatArray) -> BoolArray:
    """Whether another school has the very same position; degrees, NaN where unknown (which nobody shares), shape (n,)."""
    shared = np.zeros(len(latitude), dtype=bool)
    rows = np.flatnonzero(np.isfinite(latitude) & np.isfinite(longitude))
    # One number a position: equal positions have equal numbers, and sorting whole numbers is fast. Those few are then compared.
    number = (latitude[rows] + 0.0).view(np.int64) * np.int64(3) + (longitude[rows] + 0.0).view(np.int64)
    ascending = np.sort(number)
    repeated = np.unique(ascending[1:][ascending[1:] == ascending[:-1]])
    if len(repeated):
        at = np.minimum(np.searchsorted(repeated, number), len(repeated) - 1)
        rows = rows[repeated[at] == number]
        rows = rows[np.lexsort((longitude[rows], latitude[rows]))]
        same = (np.diff(latitude[rows]) == 0) & (np.diff(longitude[rows]) == 0)
        shared[rows[1:][same]] = True
        shared[rows[:-1][same]] = True
    return shared


def is_round(latitude: FloatArray, longitude: FloatArray) -> BoolArray:
    """Whether neither coordinate has more than two decimals, so that the place is known to about a kilometre at best.

    Stored numbers do not keep trailing zeros. One in a million positions that are known to five decimals is round by chance.

    Parameters
    ----------
    latitude, longitude
        Degrees, NaN where unknown; shape (n,).
    """
    return _is_whole(latitude * 10**ROUND_DECIMALS) & _is_whole(longitude * 10**ROUND_DECIMALS)


def _is_whole(values: FloatArray) -> BoolArray:
    with np.errstate(invalid="ignore"):
        return np.asarray(np.abs(values - np.rint(values)) < 1e-7)  # a hundred times what 180.00 × 100 can be off by rounding


def is_at_centre(
    latitude: FloatArray, longitude: FloatArray, unit: Int32Array, centre_latitude: FloatArray, centre_longitude: FloatArray
) -> BoolArray:
    """Whether a school is within 100 m of the middle of its unit, by geodesic.

    Parameters
    ----------
    latitude, longitude
        Degrees, WGS84, NaN where unknown; shape (n,).
    unit
        Position of each school's unit, -1 where it has none; shape (n,).
    centre_latitude, centre_longitude
        The middle of each unit; shape (units,).
    """
    near = np.zeros(len(latitude), dtype=bool)
    if not len(centre_latitude):
        return near
    with np.errstate(invalid="ignore"):
        rows = np.flatnonzero((unit >= 0) & (np.abs(latitude - centre_latitude[unit]) <= _NEAR_DEG))
    own = unit[rows]
    metres = _WGS84.inv(longitude[rows], latitude[rows], centre_longitude[own], centre_latitude[own])[2]
    near[rows] = np.asarray(metres) <= CENTRE_M
    return near
