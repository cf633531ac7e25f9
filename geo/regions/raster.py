"""Which cells of a grid the borders touch: exactly, not by bounding boxes, and never one too few."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from geo.regions.units import BorderSegments, FloatArray, Int64Array

TOUCH_CELLS = 1e-6
"""Borders are given this half-width, in cells, when cells are marked: far more than rounding moves a position."""


@dataclass(frozen=True, eq=False)
class GridFrame:
    """Where the cells lie: west and south corner and cell size in degrees, columns and rows. Cells count row by row."""

    west: float
    south: float
    cell_deg: float
    columns: int
    rows: int

    def positions(self, longitudes: FloatArray, latitudes: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Column and row of each point, fractions kept. Every use of the grid goes through these two expressions."""
        return (longitudes - self.west) / self.cell_deg, (latitudes - self.south) / self.cell_deg

    def centres(self, cells: Int64Array) -> tuple[FloatArray, FloatArray]:
        """Longitude and latitude of the middle of each cell, degrees."""
        rows, columns = np.divmod(cells, self.columns)
        return self.west + (columns + 0.5) * self.cell_deg, self.south + (rows + 0.5) * self.cell_deg


def touched_cells(frame: GridFrame, segments: BorderSegments) -> tuple[Int64Array, Int64Array]:
    """Pairs of a cell and a segment that touches it.

    Parameters
    ----------
    frame
        A grid that holds every segment.
    segments
        Shape (m,).

    Returns
    -------
    Numbers of cells and positions of segments, each pair once, ascending by segment.
    """
    x0, y0 = frame.positions(segments.longitude0, segments.latitude0)
    x1, y1 = frame.positions(segments.longitude1, segments.latitude1)
    # The part of a segment within a row of cells spans a range of columns, all of which it touches.
    low, high = _whole(np.minimum(y0, y1) - TOUCH_CELLS), _whole(np.maximum(y0, y1) + TOUCH_CELLS)
    segment, row = expanded(np.maximum(low, 0), np.minimum(high, frame.rows - 1))
    left, right = _span_within_row(x0[segment], y0[segment], x1[segment], y1[segment], row)
    first, last = _whole(left - TOUCH_CELLS), _whole(right + TOUCH_CELLS)
    part, column = expanded(np.maximum(first, 0), np.minimum(last, frame.columns - 1))
    return row[part] * frame.columns + column, segment[part]


def expanded(first: Int64Array, last: Int64Array) -> tuple[Int64Array, Int64Array]:
    """Every whole number from first to last, both included, for each of n entries.

    Returns
    -------
    The entry's position and the number, ascending by entry, then number. An entry whose last is below its first gives none.
    """
    counts = np.maximum(last - first + 1, 0)
    owner = np.repeat(np.arange(len(counts)), counts)
    offset = np.arange(len(owner)) - np.repeat(np.cumsum(counts) - counts, counts)
    return owner, first[owner] + offset


def distinct(values: Int64Array) -> Int64Array:
    """Distinct values, ascending; by sorting, which is several times faster here than np.unique's hashing."""
    ascending = np.sort(values)
    is_first = np.ones(len(ascending), dtype=np.bool_)
    is_first[1:] = ascending[1:] != ascending[:-1]
    return ascending[is_first]


def _whole(values: FloatArray) -> Int64Array:
    return np.floor(values).astype(np.int64)


def _span_within_row(x0: FloatArray, y0: FloatArray, x1: FloatArray, y1: FloatArray, row: Int64Array) -> tuple[FloatArray, FloatArray]:
    """Leftmost and rightmost column reached by each segment between the two edges of a row of cells."""
    rise = y1 - y0
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        at_bottom = np.where(rise == 0, 0.0, (row - TOUCH_CELLS - y0) / rise)
        at_top = np.where(rise == 0, 1.0, (row + 1 + TOUCH_CELLS - y0) / rise)
    enter = np.clip(np.minimum(at_bottom, at_top), 0.0, 1.0)
    leave = np.clip(np.maximum(at_bottom, at_top), 0.0, 1.0)
    ends = x0 + enter * (x1 - x0), x0 + leave * (x1 - x0)
    return np.minimum(*ends), np.maximum(*ends)
