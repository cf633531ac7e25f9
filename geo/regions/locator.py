"""Which unit holds each point: exact, vectorised, one owner on borders, the nearest unit a little way outside."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import shapely

from geo.regions.grid import FIRST_BORDER, NEAR, GridIndex, hits, holding_pairs
from geo.regions.nearest import NearestUnits, crosses_antimeridian, reach_deg
from geo.regions.units import BoolArray, BoundaryUnits, FloatArray, Int32Array, Int64Array

NOWHERE = -1
"""Unit of a point that lies in no unit and near none."""


@dataclass(frozen=True, eq=False)
class Located:
    """Where n points lie.

    Parameters
    ----------
    unit
        Position in `BoundaryUnits.codes`, -1 where there is none; shape (n,).
    is_nearest
        Whether the point lies outside every unit and the nearest one within the tolerance was taken; shape (n,).
    distance_km
        Kilometres to the unit: 0 inside and on its border, NaN where there is none; shape (n,).
    """

    unit: Int32Array
    is_nearest: BoolArray
    distance_km: FloatArray


class Locator:
    """Locates points among units.

    Parameters
    ----------
    units
        Valid polygons, degrees, WGS84. Where they overlap the smallest code wins, as on borders.
    index
        Grid index over these very units; None tests every candidate with shapely, with the same answers.
    """

    def __init__(self, units: BoundaryUnits, index: GridIndex | None = None) -> None:
        self._units = units
        self._index = index

    @property
    def has_index(self) -> bool:
        """Whether a grid index is used."""
        return self._index is not None

    @cached_property
    def _bounds(self) -> tuple[float, ...]:
        return tuple(float(value) for value in shapely.total_bounds(self._units.geometries))

    @cached_property
    def _nearest(self) -> NearestUnits:
        return NearestUnits(self._units, None if self._index is None else self._index.outer)

    def locate(self, longitudes: npt.ArrayLike, latitudes: npt.ArrayLike) -> Located:
        """Unit of each point.

        A point on a border belongs to the smallest code whose unit it touches. A point in no unit belongs to the nearest one
        within `NEAREST_TOLERANCE_KM` on the ellipsoid.

        Parameters
        ----------
        longitudes, latitudes
            Degrees, WGS84; shape (n,). Positions that are not finite, or beyond ±180 or ±90, lie nowhere.

        Returns
        -------
        Arrays of length n in the same order; n = 0 gives empty ones.

        Raises
        ------
        ValueError
            The two differ in shape or are not one-dimensional.
        """
        all_longitudes, all_latitudes = np.asarray(longitudes, dtype=np.float64), np.asarray(latitudes, dtype=np.float64)
        if all_longitudes.shape != all_latitudes.shape or all_longitudes.ndim != 1:
            raise ValueError(f"longitudes and latitudes must have one shape (n,); got {all_longitudes.shape} and {all_latitudes.shape}")
        if len(self._units) == 0:
            return _nowhere(len(all_longitudes))
        on_earth = (np.abs(all_longitudes) <= 180) & (np.abs(all_latitudes) <= 90)
        if on_earth.all():
            return self._locate_on_earth(all_longitudes, all_latitudes)
        located = self._locate_on_earth(all_longitudes[on_earth], all_latitudes[on_earth])
        return _spread(located, on_earth)

    def _locate_on_earth(self, longitudes: FloatArray, latitudes: FloatArray) -> Located:
        unit = self._holding(longitudes, latitudes)
        self._look_across_antimeridian(unit, longitudes, latitudes)
        outside = self._within_reach(np.flatnonzero(unit == NEAR), longitudes, latitudes)
        unit[unit < 0] = NOWHERE
        distance_km = np.where(unit == NOWHERE, np.nan, 0.0)
        is_nearest = np.zeros(len(unit), dtype=np.bool_)
        if len(outside):
            nearest, nearest_km = self._nearest.find(longitudes[outside], latitudes[outside])
            unit[outside], distance_km[outside], is_nearest[outside] = nearest, nearest_km, nearest != NOWHERE
        return Located(unit, is_nearest, distance_km)

    def _holding(self, longitudes: FloatArray, latitudes: FloatArray) -> Int32Array:
        """Smallest unit that holds each point; `NEAR` or, where the index knows that none is within reach, `FAR`."""
        if self._index is not None:
            return self._holding_by_index(self._index, longitudes, latitudes)
        unit = np.full(len(longitudes), NEAR, dtype=np.int32)
        points, owners = holding_pairs(self._units, longitudes, latitudes)
        unit[points[::-1]] = owners[::-1]
        return unit

    def _holding_by_index(self, index: GridIndex, longitudes: FloatArray, latitudes: FloatArray) -> Int32Array:
        unit = index.contents(longitudes, latitudes)
        points = np.flatnonzero(unit <= FIRST_BORDER)
        border = FIRST_BORDER - unit[points]
        unit[points] = NEAR
        candidate, end = index.starts[border], index.starts[border + 1]
        # Candidates ascend, so the first that holds a point is its smallest; most points need one or two rounds.
        while len(points):
            owners = index.candidates[candidate]
            held = owners < 0
            owners = np.where(held, ~owners, owners)
            tested = np.flatnonzero(~held)
            tested = tested[self._by_unit(owners[tested])]
            held[tested] = hits(self._units, owners[tested], longitudes[points[tested]], latitudes[points[tested]])
            unit[points[held]] = owners[held]
            candidate = candidate + 1
            open_still = ~held & (candidate < end)
            points, candidate, end = points[open_still], candidate[open_still], end[open_still]
        return unit

    def _by_unit(self, owners: Int32Array) -> Int64Array:
        """Order that brings equal units together, for the speed of the test; numpy sorts 16 bits several times faster."""
        return np.argsort(owners.astype(np.uint16) if len(self._units) <= 2**16 else owners, kind="stable")

    def _look_across_antimeridian(self, unit: Int32Array, longitudes: FloatArray, latitudes: FloatArray) -> None:
        """Points at ±180° lie on both sides: take the smaller of the two owners."""
        twins = np.flatnonzero(np.abs(longitudes) == 180)
        if len(twins) == 0:
            return
        across = self._holding(-longitudes[twins], latitudes[twins])
        unit[twins] = np.where((across >= 0) & ((unit[twins] < 0) | (across < unit[twins])), across, unit[twins])

    def _within_reach(self, points: Int64Array, longitudes: FloatArray, latitudes: FloatArray) -> Int64Array:
        """Those of the points that lie near enough to the bounds of all units to be near to one."""
        west, south, east, north = self._bounds
        longitude, latitude = longitudes[points], latitudes[points]
        is_within = (longitude >= west) & (longitude <= east) & (latitude >= south) & (latitude <= north)
        rest = np.flatnonzero(~is_within)
        longitude, latitude = longitude[rest], latitude[rest]
        east_deg, north_deg = reach_deg(latitude)
        beside = (longitude >= west - east_deg) & (longitude <= east + east_deg)
        is_within[rest] = (beside | crosses_antimeridian(longitude, latitude)) & (
            (latitude >= south - north_deg) & (latitude <= north + north_deg)
        )
        return points[is_within]


def _nowhere(count: int) -> Located:
    return Located(np.full(count, NOWHERE, dtype=np.int32), np.zeros(count, dtype=np.bool_), np.full(count, np.nan))


def _spread(located: Located, kept: BoolArray) -> Located:
    """The result for the kept points put back among all, the others lying nowhere."""
    spread = _nowhere(len(kept))
    spread.unit[kept], spread.is_nearest[kept], spread.distance_km[kept] = located.unit, located.is_nearest, located.distance_km
    return spread
