"""The marks of a tile: every school, or where they are too many one mark for each square of 2 x 2 pixels.

A mark carries how many schools it stands for, so the marks of a tile always add up to its schools.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from geo.model import AREA_TYPES, STATUSES, AreaType, Status
from geo.schools import Int8Array
from geo.tiles.curve import CODE_BITS, UInt32Array, UInt64Array
from geo.tiles.slices import Selection, TileAddress

CELL_BITS = 7
CELLS_ACROSS = 2**CELL_BITS
"""Squares of 2 x 2 pixels across a tile of 256 pixels."""
MAX_MARKS = CELLS_ACROSS**2
"""A tile with at most so many schools, 16,384, is complete: thinning could not promise fewer marks. So no tile has more."""

THINNING_ORDER: tuple[tuple[Status, AreaType | None], ...] = (
    (Status.UNCONNECTED, AreaType.RURAL),
    (Status.UNCONNECTED, None),
    (Status.UNKNOWN, None),
    (Status.BELOW_NORM, None),
    (Status.NORM_UNKNOWN, None),
    (Status.MEETS_NORM, None),
)
"""Which school a mark shows of those it stands for: the first by this order, among equals the first along the curve. It is the order in
which marks lie on top of each other, so that a thinned map hides nothing that a full one would show on top."""


@dataclass(frozen=True)
class Marks:
    """The marks of a tile along the curve, arrays of shape (marks,).

    Parameters
    ----------
    is_complete
        Whether every mark is one school.
    codes
        Morton code of the school that is shown.
    rows
        Its row in the release.
    first_rows
        Row of the first school that the mark stands for.
    counts
        How many schools the mark stands for.
    """

    tile: TileAddress
    is_complete: bool
    codes: UInt64Array
    rows: UInt32Array
    first_rows: UInt32Array
    counts: UInt32Array

    def __len__(self) -> int:
        return len(self.codes)

    @property
    def schools(self) -> int:
        """Schools in the tile."""
        return int(self.counts.sum(dtype=np.int64))

    @property
    def most(self) -> int:
        """How many schools the largest mark stands for."""
        return int(self.counts.max(initial=0))


def ranks_of(statuses: Int8Array, area_types: Int8Array) -> npt.NDArray[np.uint8]:
    """Place of each school in `THINNING_ORDER`, shape (n,)."""
    return np.asarray(_RANKS[area_types * np.int8(len(STATUSES)) + statuses])


def _rank_table() -> npt.NDArray[np.uint8]:
    ranks = [
        next(rank for rank, (wanted, area) in enumerate(THINNING_ORDER) if wanted is status and area in (None, area_type))
        for area_type in AREA_TYPES
        for status in STATUSES
    ]
    return np.asarray(ranks, dtype=np.uint8)


_RANKS = _rank_table()


def tile_marks(selection: Selection, tile: TileAddress, ranks: Callable[[UInt32Array], npt.NDArray[np.uint8]]) -> Marks:
    """The marks of a tile; the same selection always gives the same ones.

    Parameters
    ----------
    ranks
        Gives the ranks (`ranks_of`) of some rows of the release; asked only where a tile is thinned.
    """
    positions = selection.positions_in(tile)
    curve = selection.curve
    if len(positions) <= MAX_MARKS:
        rows = curve.rows(positions)
        return Marks(tile, True, curve.codes[positions], rows, rows, np.ones(len(positions), dtype=np.uint32))
    starts, counts = _cells(selection, tile, positions)
    best = _first_of_cells(ranks(curve.rows(positions)), starts, counts)
    shown = positions[best]
    return Marks(tile, False, curve.codes[shown], curve.rows(shown), curve.rows(positions[starts]), counts)


def _cells(selection: Selection, tile: TileAddress, positions: UInt32Array) -> tuple[npt.NDArray[np.int64], UInt32Array]:
    """Where in a tile's positions each square that has a school begins, and how many it has."""
    width = np.uint64(2 * (CODE_BITS - tile.zoom - CELL_BITS))
    edges = np.uint64(tile.first_code) + (np.arange(MAX_MARKS + 1, dtype=np.uint64) << width)
    on_curve = np.searchsorted(selection.curve.codes, edges)
    is_all = selection.positions is None
    bounds = on_curve - on_curve[0] if is_all else np.searchsorted(positions, on_curve.astype(np.uint32))
    counts = np.diff(bounds)
    is_present = counts > 0
    return bounds[:-1][is_present], counts[is_present].astype(np.uint32)


def _first_of_cells(ranks: npt.NDArray[np.uint8], starts: npt.NDArray[np.int64], counts: UInt32Array) -> npt.NDArray[np.int64]:
    """Index of the first school of the smallest rank in each square."""
    least = np.minimum.reduceat(ranks, starts)
    candidates = np.flatnonzero(ranks == np.repeat(least, counts))
    return candidates[np.searchsorted(candidates, starts)]
