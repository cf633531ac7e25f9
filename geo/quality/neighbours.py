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

MOST_COPIES = 20
"""So many schools of one point are compared with one another: hundreds have the position of an office, not names to compare."""
MOST_PAIRS = 1_000_000
"""So many pairs are looked for; no country comes near."""

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
        self._count = len(latitude)
        rows = np.flatnonzero(np.isfinite(latitude) & np.isfinite(longitude))
        # In bands from west to east: near schools are near in memory, which halves the time of all that follows.
        key = _along_bands(latitude[rows], longitude[rows])
        order = np.argsort(key)
        self._key, self._rows = key[order], rows[order]
        self._latitude, self._longitude = latitude[self._rows], longitude[self._rows]
        self._company = _company(self._latitude, self._longitude, CROWD_RADIUS_M)

    def is_crowded(self) -> BoolArray:
        """Whether more than five schools, itself among them, lie in the circle of one square kilometre around a school; shape (n,)."""
        crowded = np.zeros(self._count, dtype=bool)
        at, around = self._in_crowded_windows()
        around = around[copy_number(self._latitude[around], self._longitude[around]) <= CROWD]
        if len(around) > CROWD:
            tree = cKDTree(earth_m(self._latitude[around], self._longitude[around]), balanced_tree=False, compact_nodes=False)
            asked = earth_m(self._latitude[at], self._longitude[at])
            crowded[self._rows[at]] = np.isfinite(tree.query(asked, k=[CROWD + 1], distance_upper_bound=CROWD_RADIUS_M)[0][:, 0])
        return crowded

    def _in_crowded_windows(self) -> tuple[Int64Array, Int64Array]:
        """Schools that may be crowded, and all schools that may be near one of them; places along the bands."""
        at = np.flatnonzero(self._company > CROWD)
        reach_deg = _reach_deg(self._latitude[at], CROWD_RADIUS_M)
        windows = [
            (
                np.searchsorted(self._key, self._key[at] + ahead - reach_deg),
                np.searchsorted(self._key, self._key[at] + ahead + reach_deg, side="right"),
            )
            for ahead in (-_BAND_KEY, 0.0, _BAND_KEY)
        ]
        is_far = _is_far(self._latitude, self._longitude)
        kept = (sum(end - begin for begin, end in windows) > CROWD) | is_far[at]
        covered = np.zeros(len(self._key) + 1, dtype=np.int64)
        for begin, end in windows:
            covered += np.bincount(begin[kept], minlength=len(covered)) - np.bincount(end[kept], minlength=len(covered))
        return at[kept], np.flatnonzero((np.cumsum(covered)[:-1] > 0) | is_far)

    def pairs(self, distance_m: float) -> Int64Array:
        """Pairs of schools that are at most some metres apart, at most 564.

        Returns
        -------
        Rows of each pair, the smaller first, shape (pairs, 2), in ascending order; of more than `MOST_COPIES` schools on one point
        only so many are paired.

        Raises
        ------
        ValueError
            The distance is beyond `CROWD_RADIUS_M`.
        """
        if distance_m > CROWD_RADIUS_M:
            raise ValueError(f"pairs are looked for up to {CROWD_RADIUS_M:.0f} m; got {distance_m}")
        at = np.flatnonzero((self._company > 1) & (_number_in_run(np.diff(self._key, prepend=np.nan) != 0) < MOST_COPIES))
        rows, key, latitude, longitude = self._rows[at], self._key[at], self._latitude[at], self._longitude[at]
        found: list[Int64Array] = [np.empty(0, dtype=np.int64)]
        count = 0
        for one, two in _candidates(key, latitude, longitude, distance_m):
            gaps = earth_m(latitude[one], longitude[one]) - earth_m(latitude[two], longitude[two])
            near = (gaps**2).sum(axis=1) <= distance_m**2
            first, second = rows[one[near]], rows[two[near]]
            found.append(np.minimum(first, second) * self._count + np.maximum(first, second))
            count += len(first)
            if count >= MOST_PAIRS:
                break
        return np.column_stack(np.divmod(np.unique(np.concatenate(found)), max(self._count, 1)))


def copy_number(latitude: FloatArray, longitude: FloatArray) -> Int64Array:
    """How many schools before each have the very same position, in some order; shape (n,).

    A tree of positions must not hold thousands of one: it cannot part them, and every search looks at all.
    """
    order = np.lexsort((latitude, longitude))
    is_new = np.ones(len(order), dtype=bool)
    is_new[1:] = (np.diff(latitude[order]) != 0) | (np.diff(longitude[order]) != 0)
    number = np.empty(len(order), dtype=np.int64)
    number[order] = _number_in_run(is_new)
    return number


def _number_in_run(is_new: BoolArray) -> Int64Array:
    """How many came before each in its run; a run begins where `is_new`."""
    place = np.arange(len(is_new))
    return np.asarray(place - np.maximum.accumulate(np.where(is_new, place, 0)))


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
    company[_is_far(latitude, longitude)] = CROWD + 1
    return company


def _quarters_per_degree(quarter_deg: float, shift: int) -> FloatArray:
    """Quarter cells per degree of longitude in each band, so that no cell is narrower than it is high anywhere in its band."""
    edges = (np.arange(int(180 / quarter_deg / 4) + 3) * 4 - shift) * quarter_deg - 90.0
    poleward = np.minimum(np.maximum(np.abs(edges[:-1]), np.abs(edges[1:])), 89.99)
    return np.asarray(np.cos(np.radians(poleward)) / quarter_deg)


_BAND_DEG = CROWD_RADIUS_M / _SHORTEST_DEGREE_M
_BAND_KEY = 1_000.0


def _along_bands(latitude: FloatArray, longitude: FloatArray) -> FloatArray:
    """Number that orders positions by band of latitude, as high as `CROWD_RADIUS_M`, and in each by longitude (-380 to 380)."""
    return np.floor((latitude + 90.0) / _BAND_DEG) * _BAND_KEY + (longitude + 400.0)


def _is_far(latitude: FloatArray, longitude: FloatArray) -> BoolArray:
    """Whether a position is so near to a pole or to the antimeridian that cells and bands do not fit together there."""
    return np.asarray((np.abs(latitude) > _POLAR_LATITUDE) | (np.abs(longitude) > _FAR_LONGITUDE))


def _reach_deg(latitude: FloatArray, distance_m: float) -> FloatArray:
    """Degrees of longitude that the distance is at most, at each latitude and a band on either side of it."""
    poleward = np.minimum(np.abs(latitude) + 2 * _BAND_DEG, 89.999)
    reach_deg = 1.001 * distance_m / (_SHORTEST_DEGREE_M * np.cos(np.radians(poleward)))
    return np.asarray(reach_deg + 1e-6)  # a key keeps at least seven digits behind the point


def _candidates(key: FloatArray, latitude: FloatArray, longitude: FloatArray, distance_m: float) -> Iterator[tuple[Int64Array, Int64Array]]:
    """Pairs of positions that may be within the distance: near along a band or the next one to the north; positions along bands.

    Each round pairs every position with one further along, as long as that is within reach.
    """
    row = np.arange(len(key))
    again = np.flatnonzero(np.abs(longitude) > _FAR_LONGITUDE)
    if len(again):  # once more, as seen from the other side of the antimeridian
        seen = _along_bands(latitude[again], longitude[again] - np.copysign(360.0, longitude[again]))
        key, row = np.concatenate((key, seen)), np.concatenate((row, again))
        order = np.argsort(key)
        key, row = key[order], row[order]
        latitude = latitude[row]
    reach_deg = _reach_deg(latitude, distance_m)
    north_deg = 1.001 * distance_m / _SHORTEST_DEGREE_M
    begin = np.arange(1, len(key) + 1), np.searchsorted(key, key + _BAND_KEY - reach_deg)
    for ahead, start in zip((0.0, _BAND_KEY), begin, strict=True):
        active, other = np.arange(len(key)), start
        while len(active):
            inside = other < len(key)
            active, other = active[inside], other[inside]
            near = key[other] - key[active] - ahead <= reach_deg[active]
            active, other = active[near], other[near]
            is_pair = (np.abs(latitude[other] - latitude[active]) <= north_deg) & (row[active] != row[other])
            yield row[active[is_pair]], row[other[is_pair]]
            other = other + 1
