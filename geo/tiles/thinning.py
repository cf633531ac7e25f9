"""The marks of a tile: every school, or where they are too many one mark for each square of 2 x 2 pixels.

A mark carries how many schools it stands for, so the marks of a tile always add up to its schools.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from geo.model import AREA_TYPES, STATUSES, AreaType, Status
from geo.schools import BoolArray, Int8Array, Int64Array
from geo.tiles.curve import CODE_BITS, UInt32Array, UInt64Array
from geo.tiles.slices import Curve, Selection, TileAddress

RankArray = npt.NDArray[np.uint8]

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
    counts
        How many schools the mark stands for.
    """

    tile: TileAddress
    is_complete: bool
    codes: UInt64Array
    rows: UInt32Array
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


def ranks_of(statuses: Int8Array, area_types: Int8Array) -> RankArray:
    """Place of each school in `THINNING_ORDER`, shape (n,)."""
    return np.asarray(_RANKS[area_types * np.int8(len(STATUSES)) + statuses])


def _rank_table() -> RankArray:
    ranks = [
        next(rank for rank, (wanted, area) in enumerate(THINNING_ORDER) if wanted is status and area in (None, area_type))
        for area_type in AREA_TYPES
        for status in STATUSES
    ]
    return np.asarray(ranks, dtype=np.uint8)


_RANKS = _rank_table()


def tile_marks(selection: Selection, tile: TileAddress, ranks: RankArray) -> Marks:
    """The marks of a tile; the same selection always gives the same ones.

    Parameters
    ----------
    ranks
        `ranks_of` every school along the curve, shape (placed,).
    """
    curve = selection.curve
    start, end = curve.range_of(tile)
    if selection.count(start, end) <= MAX_MARKS:
        positions = selection.positions(start, end)
        codes = curve.codes[start:end] if len(positions) == end - start else curve.codes[positions]
        return Marks(tile, True, codes, curve.rows(positions), np.ones(len(positions), dtype=np.uint32))
    shown, counts = _thinned(ranks[start:end], None if selection.mask is None else selection.mask[start:end], _squares(curve, tile, start))
    positions = (start + shown).astype(np.uint32)
    return Marks(tile, False, curve.codes[positions], curve.rows(positions), counts)


def _squares(curve: Curve, tile: TileAddress, start: int) -> Int64Array:
    """Where each square of 2 x 2 pixels begins, counted from the first school of the tile, and where the last one ends."""
    width = np.uint64(2 * (CODE_BITS - tile.zoom - CELL_BITS))
    edges = np.uint64(tile.first_code) + (np.arange(MAX_MARKS + 1, dtype=np.uint64) << width)
    return np.asarray(np.searchsorted(curve.codes, edges) - start)


def _thinned(ranks: RankArray, mask: BoolArray | None, squares: Int64Array) -> tuple[Int64Array, UInt32Array]:
    """First school of the smallest rank in each square that has one, and how many schools the square has."""
    sizes = np.diff(squares)
    starts, sizes = squares[:-1][sizes > 0], sizes[sizes > 0]
    counts = sizes
    if mask is not None:
        ranks = ranks | (mask.view(np.uint8) - np.uint8(1))  # 255, behind every rank, where the mask leaves a school out
        counts = np.add.reduceat(mask, starts, dtype=np.uint32)
    least = np.minimum.reduceat(ranks, starts)
    candidates = np.flatnonzero(ranks == np.repeat(least, sizes))
    shown = candidates[np.searchsorted(candidates, starts)]
    return shown[counts > 0], counts[counts > 0].astype(np.uint32)
