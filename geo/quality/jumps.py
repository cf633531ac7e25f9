"""Changes of a school from one release to the next that are larger than schools change."""

from __future__ import annotations

import numpy as np
from pyproj import Geod

from geo.schools import BoolArray, FloatArray

MOVED_KM = 5.0
"""A school that moved farther was probably placed wrong once. Source: the gate of the same distance, docs/definitions.md."""

ENROLMENT_FACTOR = 3.0
"""Enrolment that grew or shrank by this factor or more was probably counted otherwise."""

_WGS84 = Geod(ellps="WGS84")
_LONGEST_DEGREE_KM = 111.7
"""No degree of latitude (111.69 km at the poles) or of longitude is longer."""


def moved_km(
    latitude_before: FloatArray, longitude_before: FloatArray, latitude: FloatArray, longitude: FloatArray, *, least_km: float = MOVED_KM
) -> FloatArray:
    """Kilometres by geodesic that each school moved, where that is more than `least_km`; NaN elsewhere.

    Parameters
    ----------
    latitude_before, longitude_before, latitude, longitude
        Degrees, WGS84, NaN where unknown; shape (n,).
    """
    moved = np.full(len(latitude), np.nan)
    with np.errstate(invalid="ignore"):
        reach = (np.abs(latitude - latitude_before) + np.abs(longitude - longitude_before)) * _LONGEST_DEGREE_KM
        rows = np.flatnonzero(reach > least_km)
    metres = _WGS84.inv(longitude_before[rows], latitude_before[rows], longitude[rows], latitude[rows])[2]
    kilometres = np.asarray(metres) / 1000
    moved[rows] = np.where(kilometres > least_km, kilometres, np.nan)
    return moved


def is_enrolment_jump(before: FloatArray, after: FloatArray) -> BoolArray:
    """Whether enrolment grew to three times or shrank to a third or less; NaN where unknown, shape (n,)."""
    with np.errstate(invalid="ignore"):
        return np.asarray((before != after) & ((after >= ENROLMENT_FACTOR * before) | (before >= ENROLMENT_FACTOR * after)))
