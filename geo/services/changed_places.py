"""Where the schools lie that a change is about, thinned to what a picture of the country can show."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from geo.changes import Comparison
from geo.schools import BoolArray, FloatArray, Int64Array, is_position

KINDS: tuple[str, ...] = ("lost_connection", "gone_silent", "removed", "newly_connected", "added", "moved", "changed")
"""What can happen to a school, what needs a look first; a school counts under the first that holds."""

MAX_PLACES = 400
"""Positions of one kind that are kept: more would lie on one another in a picture of a country."""
MAX_LOOKED_AT = 20_000
"""Positions of one kind that are thinned; of more, so many are drawn by lot, since any order of a file has its rhythm."""
CELLS_ACROSS = 240
"""Cells of the grid that thins them: two positions of a kind in one cell are drawn once."""
COARSER = 1.4
"""How much larger cells become while there are still too many."""


def changed_places(comparison: Comparison) -> dict[str, dict[str, Any]]:
    """Positions of changed schools by what happened to them.

    Returns
    -------
    For each of `KINDS` that some school falls under: `total`, how many do, placed or not, and `positions`, at most `MAX_PLACES` pairs of
    longitude and latitude, degrees, WGS84. A school that moved is where it is now, a removed one where it was.
    """
    sides = {kind: _positions(comparison, kind, rows) for kind, rows in _rows(comparison).items() if len(rows)}
    if not sides:
        return {}
    every = np.concatenate([placed for _, placed in sides.values()])
    corner = every.min(axis=0) if len(every) else np.zeros(2)
    cell = max(float(np.ptp(every, axis=0).max()) / CELLS_ACROSS, 1e-6) if len(every) else 1.0
    return {kind: {"total": total, "positions": _thinned(placed, corner, cell)} for kind, (total, placed) in sides.items()}


def _rows(comparison: Comparison) -> dict[str, Int64Array]:
    """Rows of each kind: of the table before for removed schools, of the table after for all others."""
    pairs = {**comparison.happened, "changed": comparison.is_changed}
    rows = {"removed": comparison.removed, "added": comparison.added}
    is_left: BoolArray = np.ones(len(comparison.paired_after), dtype=bool)
    for kind in (kind for kind in KINDS if kind in pairs):
        rows[kind] = comparison.paired_after[pairs[kind] & is_left]
        is_left &= ~pairs[kind]
    return {kind: rows[kind] for kind in KINDS}


def _positions(comparison: Comparison, kind: str, rows: Int64Array) -> tuple[int, FloatArray]:
    """How many schools a kind has, and the positions of those that can be drawn, shape (n, 2), longitude first."""
    table = comparison.before if kind == "removed" else comparison.after
    looked_at = rows
    if len(rows) > MAX_LOOKED_AT:
        looked_at = rows[np.sort(np.random.default_rng(len(rows)).choice(len(rows), MAX_LOOKED_AT, replace=False))]
    picked = table.select(["longitude", "latitude"]).take(pa.array(looked_at))
    longitude, latitude = (pc.cast(picked[name], pa.float64()).to_numpy() for name in ("longitude", "latitude"))
    is_drawn = is_position(latitude, longitude)
    return len(rows), np.column_stack([longitude[is_drawn], latitude[is_drawn]])


def _thinned(placed: FloatArray, corner: FloatArray, cell: float) -> list[list[float]]:
    """One position of each cell, in cells so large that they are at most `MAX_PLACES`."""
    if not len(placed):
        return []
    while len(first := _first_of_cells(placed, corner, cell)) > MAX_PLACES:
        cell *= COARSER
    return [[float(longitude), float(latitude)] for longitude, latitude in np.round(placed[first], 3).tolist()]


def _first_of_cells(placed: FloatArray, corner: FloatArray, cell: float) -> Int64Array:
    """The first position in each cell that has one, in their order."""
    column, row = np.floor((placed - corner) / cell).astype(np.int64).T
    _, first = np.unique(row * (CELLS_ACROSS + 2) + column, return_index=True)
    return np.asarray(np.sort(first))
