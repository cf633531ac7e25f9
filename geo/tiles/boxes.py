"""Which schools lie in a box of longitudes and latitudes: slices of the curve, and a test of those near its edges alone."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from geo.points import LngLatBox
from geo.schools import BoolArray, FloatArray, Int64Array
from geo.tiles.curve import CODE_BITS, MAX_LATITUDE, UInt32Array, UInt64Array, spread
from geo.tiles.slices import Curve

Scalar = TypeVar("Scalar", bound=np.generic)

CELLS_ACROSS_BOX = 16
"""Most tiles along a side of a box: more of them leave fewer schools to be tested, and are more slices to look up."""
MARGIN_DEG = 1e-9
"""How far rounding in a projection can put a position from where it is, and more: a tenth of a millimetre."""


@dataclass(frozen=True)
class FoundInBox:
    """The schools of a curve that lie in a box: slices of the curve that lie in it as a whole, and single schools near its edges.

    Parameters
    ----------
    starts, ends
        First position of each slice and the one behind its last, shape (slices,).
    near
        Positions of the others, shape (near,).
    """

    starts: Int64Array
    ends: Int64Array
    near: UInt32Array

    def __len__(self) -> int:
        return int((self.ends - self.starts).sum()) + len(self.near)

    def taken(self, along: npt.NDArray[Scalar]) -> npt.NDArray[Scalar]:
        """Values of the schools, shape (found,), in no order, of values along the curve, shape (at least placed,)."""
        slices = zip(self.starts.tolist(), self.ends.tolist(), strict=True)
        return np.concatenate([*(along[start:end] for start, end in slices), along[self.near]])


def found_in_box(curve: Curve, longitude: FloatArray, latitude: FloatArray, box: LngLatBox) -> FoundInBox:
    """The schools in a box, borders included.

    Parameters
    ----------
    curve
        The schools of a release.
    longitude, latitude
        Degrees, WGS84, shape (n,), in the release's row order.
    box
        West, south, east, north in degrees; west greater than east crosses the antimeridian.
    """
    west, south, east, north = box
    if west > east:
        sides = ((west, south, 180.0, north), (-180.0, south, east, north))
        found = [found_in_box(curve, longitude, latitude, side) for side in sides]
        return FoundInBox(*(np.concatenate([getattr(side, part) for side in found]) for part in ("starts", "ends", "near")))
    starts, ends, is_inner = _slices(curve, box)
    near = _concatenated(starts[~is_inner], ends[~is_inner])
    rows = curve.rows(near)
    at_longitude, at_latitude = longitude[rows], latitude[rows]
    is_found = (at_longitude >= west) & (at_longitude <= east) & (at_latitude >= south) & (at_latitude <= north)
    return FoundInBox(*_runs(starts[is_inner], ends[is_inner]), near[is_found])


def _runs(starts: Int64Array, ends: Int64Array) -> tuple[Int64Array, Int64Array]:
    """Slices without empty ones, those that follow each other joined."""
    is_filled = ends > starts
    starts, ends = np.sort(starts[is_filled]), np.sort(ends[is_filled])  # they do not overlap, so both have one order
    is_first = np.ones(len(starts), dtype=bool)
    is_first[1:] = starts[1:] != ends[:-1]
    return starts[is_first], ends[np.roll(is_first, -1)]


def _concatenated(starts: Int64Array, ends: Int64Array) -> UInt32Array:
    """The numbers from each start to before its end, one slice after the other."""
    counts = ends - starts
    numbers = np.arange(int(counts.sum()), dtype=np.uint32)
    numbers += np.repeat((starts - np.cumsum(counts) + counts).astype(np.uint32), counts)  # wraps around where it is negative
    return numbers


def _slices(curve: Curve, box: LngLatBox) -> tuple[Int64Array, Int64Array, BoolArray]:
    """Slices of the curve that cover a box: first positions, those behind the last, and whether all of a slice surely is in it."""
    west, south, east, north = box
    columns, rows = _cells(west - MARGIN_DEG, south - MARGIN_DEG, east + MARGIN_DEG, north + MARGIN_DEG)
    shift = 0
    while any((last >> shift) - (first >> shift) >= CELLS_ACROSS_BOX for first, last in (columns, rows)):
        shift += 1
    inner_columns, inner_rows = _cells(west + MARGIN_DEG, south + MARGIN_DEG, east - MARGIN_DEG, north - MARGIN_DEG)
    column, is_inner_column = _across(columns, inner_columns, shift)
    row, is_inner_row = _across(rows, inner_rows, shift)
    sides = spread(np.concatenate([column, row]))
    codes = (sides[None, : len(column)] | (sides[len(column) :] << np.uint64(1))[:, None]).ravel() << np.uint64(2 * shift)
    starts, ends = np.searchsorted(curve.codes, np.stack([codes, codes + np.uint64(1 << 2 * shift)]))
    is_inner = (is_inner_row[:, None] & is_inner_column[None, :]).ravel()
    return starts, ends, is_inner


def _across(outer: tuple[int, int], inner: tuple[int, int], shift: int) -> tuple[UInt64Array, BoolArray]:
    cells = np.arange(outer[0] >> shift, (outer[1] >> shift) + 1, dtype=np.uint64)
    return cells, (cells > inner[0] >> shift) & (cells < inner[1] >> shift)


def _cells(west: float, south: float, east: float, north: float) -> tuple[tuple[int, int], tuple[int, int]]:
    """First and last column and row of the world's cells, 2**31 across; what lies beyond the edge of the world is on it."""
    return (_column(west), _column(east)), (_row(north), _row(south))


def _column(longitude: float) -> int:
    return _clipped((longitude / 180 + 1) * _HALF)


def _row(latitude: float) -> int:
    limited = max(-MAX_LATITUDE, min(latitude, MAX_LATITUDE))
    return _clipped((1 - math.asinh(math.tan(math.radians(limited))) / math.pi) * _HALF)


def _clipped(cell: float) -> int:
    return int(max(0, min(cell, _LAST)))


_HALF = 2 ** (CODE_BITS - 1)
_LAST = 2**CODE_BITS - 1
