"""Positions against the regions that files declare: which lie elsewhere, how far, and whether exchanging the coordinates helps."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import shapely
from pyproj import Geod
from scipy.spatial import cKDTree

from geo.quality.neighbours import earth_m
from geo.schools import BoolArray, FloatArray, Int32Array, Int64Array, one_chunk

OUTLIER_KM = 50.0
"""A school farther from the region it is declared in was probably placed wrong: borders of old and new vintages differ by less."""

_BORDER_STEP_DEG = 0.05
"""Borders are measured to at points this near to one another (5.6 km); at 50 km that is wrong by 80 m at most."""
_WGS84 = Geod(ellps="WGS84")
_LEAST_DEGREE_KM = 110.5
"""No degree of a great circle is shorter."""

Locate = Callable[[FloatArray, FloatArray], Int32Array]
"""Longitudes and latitudes to the number of the region that holds each point, -1 where none does."""


def folded(text: str) -> str:
    """Form in which names of regions are compared: case and blanks aside."""
    return " ".join(text.casefold().split())


@dataclass(frozen=True)
class Regions:
    """The regions of a country.

    Parameters
    ----------
    codes
        Codes; a region's position here is its number.
    names
        Pairs of a code and a name of it, in any language and of any vintage; a code is a name of its region too.
    geometry_of
        Polygon or multipolygon of a number, degrees, longitude first.
    locate
        Finds the region of points.
    """

    codes: Sequence[str]
    names: Iterable[tuple[str, str]]
    geometry_of: Callable[[int], shapely.Geometry]
    locate: Locate

    def numbers_by_name(self) -> dict[str, tuple[int, ...]]:
        """Folded name to the regions that bear it, ascending."""
        position = {code: at for at, code in enumerate(self.codes)}
        found: dict[str, set[int]] = {}
        for code, text in (*zip(self.codes, self.codes, strict=True), *self.names):
            if code in position:
                found.setdefault(folded(text), set()).add(position[code])
        return {name: tuple(sorted(numbers)) for name, numbers in found.items()}


@dataclass(frozen=True)
class Doubts:
    """What declared regions say about positions; shape (n,) each.

    Parameters
    ----------
    disagrees
        The point lies in another region than the declared one.
    is_outlier
        It lies more than `OUTLIER_KM` from the declared region, or exchanging latitude and longitude puts it where it belongs.
    is_swapped
        Exchanging latitude and longitude puts it into the declared region, or into any where none is declared.
    outside_km
        Gives the kilometres by geodesic from the declared region for some rows, whose points lie outside it.
    """

    disagrees: BoolArray
    is_outlier: BoolArray
    is_swapped: BoolArray
    outside_km: Callable[[Int64Array], FloatArray]


def doubts(declared: pa.ChunkedArray, latitude: FloatArray, longitude: FloatArray, unit: Int32Array, regions: Regions) -> Doubts:
    """Compare positions with declared regions.

    A declared text that names no region says nothing, and so does one that two regions share when one of them holds the point.

    Parameters
    ----------
    declared
        What files declared, null where nothing; shape (n,).
    latitude, longitude
        Degrees, WGS84, NaN where unknown or unusable; shape (n,).
    unit
        Number of the region of each point, -1 where none; shape (n,).
    """
    encoded = one_chunk(declared).dictionary_encode()
    words = np.asarray(encoded.indices.fill_null(-1)).astype(np.int64)
    by_name = regions.numbers_by_name()
    named = [by_name.get(folded(text), ()) for text in encoded.dictionary.to_pylist()]
    fits = np.zeros((len(named) + 1, len(regions.codes) + 1), dtype=bool)
    for row, numbers in enumerate(named):
        fits[row, list(numbers) or slice(None)] = True
    fits[-1] = True
    is_known = np.isfinite(latitude) & np.isfinite(longitude)
    elsewhere = np.flatnonzero(is_known & ~fits[words, unit])
    is_outlier = np.zeros(len(latitude), dtype=bool)
    measure = _Distances(latitude, longitude, words, named, regions)
    is_outlier[elsewhere] = measure.is_beyond(elsewhere, OUTLIER_KM)
    says_region = np.asarray([bool(numbers) for numbers in named] + [False], dtype=bool)
    lost = np.flatnonzero(is_known & (unit < 0) & ~says_region[words])
    is_swapped = np.zeros(len(latitude), dtype=bool)
    rows = np.concatenate((elsewhere, lost))
    rows = rows[np.abs(longitude[rows]) <= 90]
    there = regions.locate(latitude[rows], longitude[rows])  # on purpose the wrong way round
    is_swapped[rows] = (there >= 0) & fits[words[rows], there]
    disagrees = np.zeros(len(latitude), dtype=bool)
    disagrees[elsewhere] = unit[elsewhere] >= 0
    return Doubts(disagrees, is_swapped | is_outlier, is_swapped, measure.km)


@dataclass(frozen=True)
class _Distances:
    """Distances of points to the regions that their words name, all lying outside those."""

    latitude: FloatArray
    longitude: FloatArray
    words: Int64Array
    named: Sequence[tuple[int, ...]]
    regions: Regions

    def km(self, rows: Int64Array) -> FloatArray:
        """Kilometres by geodesic to the nearest region that the row's word names."""
        nearest_km = np.full(len(rows), np.inf)
        for number, at in self._by_region(rows):
            latitude, longitude = self.latitude[rows[at]], self.longitude[rows[at]]
            border = shapely.get_coordinates(shapely.segmentize(self.regions.geometry_of(number), _BORDER_STEP_DEG))
            found = cKDTree(earth_m(border[:, 1], border[:, 0])).query(earth_m(latitude, longitude))[1]
            metres = _WGS84.inv(longitude, latitude, border[found, 0], border[found, 1])[2]
            nearest_km[at] = np.minimum(nearest_km[at], np.asarray(metres) / 1000)
        return nearest_km

    def is_beyond(self, rows: Int64Array, limit_km: float) -> BoolArray:
        """Whether the region is farther than a limit; measured only where its box alone does not say so."""
        least_km = np.full(len(rows), np.inf)
        for number, at in self._by_region(rows):
            box = shapely.bounds(self.regions.geometry_of(number))
            least_km[at] = np.minimum(least_km[at], _to_box_km(self.latitude[rows[at]], self.longitude[rows[at]], box))
        beyond = least_km > limit_km
        beyond[~beyond] = self.km(rows[~beyond]) > limit_km
        return beyond

    def _by_region(self, rows: Int64Array) -> Iterator[tuple[int, Int64Array]]:
        words = self.words[rows]
        order = np.argsort(words, kind="stable")
        distinct, starts = np.unique(words[order], return_index=True)
        for word, start, end in zip(distinct.tolist(), starts, np.append(starts[1:], len(order)), strict=False):
            at = order[start:end]
            for number in self.named[word]:
                yield number, at


def _to_box_km(latitude: FloatArray, longitude: FloatArray, box: FloatArray) -> FloatArray:
    """Kilometres from points to a box of degrees, at least: to its parallel, or to its meridian, straight across."""
    west, south, east, north = box
    parallel_km = np.maximum(0.0, np.maximum(south - latitude, latitude - north)) * _LEAST_DEGREE_KM
    centre, half = (west + east) / 2, (east - west) / 2
    gap_deg = np.maximum(0.0, np.abs((longitude - centre + 180.0) % 360.0 - 180.0) - half)
    across = np.arcsin(np.sin(np.radians(np.minimum(gap_deg, 90.0))) * np.cos(np.radians(latitude)))
    return np.asarray(np.maximum(parallel_km, np.degrees(across) * _LEAST_DEGREE_KM))
