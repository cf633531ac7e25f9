"""Schools near one another by true distance: how many lie in a square kilometre, and which pairs lie within some metres.

Distances are straight lines between points on the WGS84 ellipsoid, which over a kilometre are geodesics to a hundredth of a millimetre.
Grids and bands only leave out schools that can have no neighbour; they decide nothing.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
from scipy.spatial import cKDTree

from geo.schools import BoolArray, FloatArray, Int32Array, Int64Array

WGS84_SEMI_MAJOR_M = 6_378_137.0
WGS84_ECCENTRICITY_SQUARED = 0.006_694_379_990_141_316

CROWD = 5
"""More schools than this in a square kilometre are many. Source: Giga's check `is_school_density_greater_than_5`."""
CROWD_RADIUS_M = 1_000 / math.sqrt(math.pi)
"""Radius of a circle of one square kilometre, 564 m. Giga counts in fixed cells of about 0.74 km², whose edges hide neighbours."""

MOST_PAIRS = 2_000_000
"""So many pairs are looked for; only thousands of schools on one point have more."""

_SHORTEST_DEGREE_M = 110_500.0
"""No degree of latitude is shorter (110,574 m at the equator), and none of longitude at the equator (111,319 m)."""
_POLAR_LATITUDE, _FAR_LONGITUDE = 89.0, 179.0
"""Beyond these cells do not fit together: the few schools there are always looked at."""
_TABLE = 2**22
"""Places of the table in which grid cells are counted; cells that share one look fuller than they are, which hides nothing."""


class Neighbours:
    """Which schools lie near which.

    Parameters
    ----------
    latitude, longitude
        Degrees, WGS84, NaN where unknown; shape (n,).
    """

    def __init__(self, latitude: FloatArray, longitude: FloatArray) -> None:
        self._latitude, self._longitude = latitude, longitude
        self._rows = np.flatnonzero(np.isfinite(latitude) & np.isfinite(longitude))
        self._company = _company(latitude[self._rows], longitude[self._rows], CROWD_RADIUS_M)

    def is_crowded(self) -> BoolArray:
        """Whether more than five schools, itself among them, lie in the circle of one square kilometre around a school; shape (n,)."""
        crowded = np.zeros(len(self._latitude), dtype=bool)
        rows = self._rows[self._company > CROWD]
        if len(rows) > CROWD:
            points = earth_m(self._latitude[rows], self._longitude[rows])
            tree = cKDTree(points, balanced_tree=False, compact_nodes=False)
            gaps = tree.query(points, k=[CROWD + 1], distance_upper_bound=CROWD_RADIUS_M)[0]
            crowded[rows] = np.isfinite(gaps[:, 0])
        return crowded

    def pairs(self, distance_m: float) -> Int64Array:
        """Pairs of schools that are at most some metres apart, at most 564.

        Returns
        -------
        Rows of each pair, the smaller first, shape (pairs, 2), in ascending order; at most about `MOST_PAIRS`.

        Raises
        ------
        ValueError
            The distance is beyond `CROWD_RADIUS_M`.
        """
        if distance_m > CROWD_RADIUS_M:
            raise ValueError(f"pairs are looked for up to {CROWD_RADIUS_M:.0f} m; got {distance_m}")
        rows = self._rows[self._company > 1]
        latitude, longitude = self._latitude[rows], self._longitude[rows]
        found: list[Int64Array] = [np.empty(0, dtype=np.int64)]
        count = 0
        for one, two in _candidates(latitude, longitude, distance_m):
            gaps = earth_m(latitude[one], longitude[one]) - earth_m(latitude[two], longitude[two])
            near = (gaps**2).sum(axis=1) <= distance_m**2
            first, second = rows[one[near]], rows[two[near]]
            found.append(np.minimum(first, second) * len(self._latitude) + np.maximum(first, second))
            count += len(first)
            if count >= MOST_PAIRS:
                break
        return np.column_stack(np.divmod(np.unique(np.concatenate(found)), max(len(self._latitude), 1)))


def earth_m(latitude: FloatArray, longitude: FloatArray) -> FloatArray:
    """Points on the WGS84 ellipsoid in metres from the centre of the Earth, shape (n, 3); degrees in."""
    north, east = np.radians(latitude), np.radians(longitude)
    sine, cosine = np.sin(north), np.cos(north)
    prime_vertical = WGS84_SEMI_MAJOR_M / np.sqrt(1 - WGS84_ECCENTRICITY_SQUARED * sine**2)
    points = np.empty((len(latitude), 3))
    points[:, 0] = prime_vertical * cosine * np.cos(east)
    points[:, 1] = prime_vertical * cosine * np.sin(east)
    points[:, 2] = prime_vertical * (1 - WGS84_ECCENTRICITY_SQUARED) * sine
    return points


def _company(latitude: FloatArray, longitude: FloatArray, radius_m: float) -> Int32Array:
    """How many schools at most lie within the radius of each, itself among them; degrees, all known.

    Four grids of cells four radii wide lie half a cell apart. In one of them a school is in the middle half of its cell, so that the
    cell holds all of the circle around it. Cells are counted in quarters, which are whole numbers.
    """
    company = np.ones(len(latitude), dtype=np.int32)
    quarter_deg = radius_m / _SHORTEST_DEGREE_M
    quarter = ((latitude + 90.0) / quarter_deg).astype(np.int32)
    east = longitude + 180.0
    for shift in (0, 2):
        band = (quarter + shift) >> 2
        across = (east * _quarters_per_degree(quarter_deg, shift)[band]).astype(np.int32)
        mid_band = (quarter + shift + 1) & 2
        band *= np.int32(-1_640_531_527)  # 2^32 over the golden ratio: neighbouring bands fall far apart in the table
        for turn in (0, 2):
            cell = (band + ((across + turn) >> 2)) & (_TABLE - 1)
            taken = np.flatnonzero(mid_band & (across + turn + 1))
            company[taken] = np.bincount(cell, minlength=_TABLE)[cell[taken]]
    company[(np.abs(latitude) > _POLAR_LATITUDE) | (np.abs(longitude) > _FAR_LONGITUDE)] = CROWD + 1
    return company


def _quarters_per_degree(quarter_deg: float, shift: int) -> FloatArray:
    """Quarter cells per degree of longitude in each band, so that no cell is narrower than it is high anywhere in its band."""
    edges = (np.arange(int(180 / quarter_deg / 4) + 3) * 4 - shift) * quarter_deg - 90.0
    poleward = np.minimum(np.maximum(np.abs(edges[:-1]), np.abs(edges[1:])), 89.99)
    return np.asarray(np.cos(np.radians(poleward)) / quarter_deg)


def _candidates(latitude: FloatArray, longitude: FloatArray, distance_m: float) -> Iterator[tuple[Int64Array, Int64Array]]:
    """Pairs of rows that may be within the distance: in bands as high as it, and near along the band or the next one to the north.

    Each round pairs every school with one school further along, as long as that is within reach.
    """
    height_deg = distance_m / _SHORTEST_DEGREE_M
    row, longitude, latitude = _across_antimeridian(latitude, longitude)
    band = ((latitude + 90.0) / height_deg).astype(np.int64)
    key = band * 1_000.0 + (longitude + 200.0)
    order = np.argsort(key)
    key, band, row = key[order], band[order], row[order]
    poleward = np.maximum(np.abs(band * height_deg - 90.0), np.abs((band + 2) * height_deg - 90.0))
    reach_deg = 1.001 * distance_m / (_SHORTEST_DEGREE_M * np.cos(np.radians(np.minimum(poleward, 89.999))))
    reach_deg += 1e-6  # a key has 10 significant digits after its band
    for ahead, start in ((0.0, np.arange(1, len(key) + 1)), (1_000.0, np.searchsorted(key, key + 1_000.0 - reach_deg))):
        active, other = np.arange(len(key)), start
        while len(active):
            inside = other < len(key)
            active, other = active[inside], other[inside]
            near = key[other] - key[active] - ahead <= reach_deg[active]
            active, other = active[near], other[near]
            is_pair = row[active] != row[other]
            yield row[active[is_pair]], row[other[is_pair]]
            other = other + 1


def _across_antimeridian(latitude: FloatArray, longitude: FloatArray) -> tuple[Int64Array, FloatArray, FloatArray]:
    """Row, longitude and latitude of every school, and of those at the antimeridian or the poles once more, seen from the other side."""
    again = np.flatnonzero((np.abs(longitude) > _FAR_LONGITUDE) | (np.abs(latitude) > _POLAR_LATITUDE))
    again = again[np.abs(longitude[again]) > 160.0]
    turned = longitude[again] - np.copysign(360.0, longitude[again])
    row = np.concatenate((np.arange(len(latitude)), again))
    return row, np.concatenate((longitude, turned)), np.concatenate((latitude, latitude[again]))
