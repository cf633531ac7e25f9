"""Which schools lie in a tile: one slice of the curve, found by two binary searches."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from geo.schools import BoolArray, FloatArray
from geo.tiles.curve import CODE_BITS, UNPLACED, UInt32Array, UInt64Array, curve_codes, spread

MAX_ZOOM = 18
"""Deepest tiles: a pixel is 0.6 m wide, finer than any reported position."""


@dataclass(frozen=True, slots=True)
class TileAddress:
    """A tile of the Web Mercator square: zoom, column from the west, row from the north."""

    zoom: int
    column: int
    row: int

    @property
    def is_real(self) -> bool:
        """Whether there is such a tile, down to `MAX_ZOOM`."""
        across = 1 << max(0, self.zoom)
        return 0 <= self.zoom <= MAX_ZOOM and 0 <= self.column < across and 0 <= self.row < across

    @property
    def first_code(self) -> int:
        """The smallest code in the tile."""
        column, row = (int(spread(np.asarray([value], dtype=np.uint64))[0]) for value in (self.column, self.row))
        return (column | row << 1) << 2 * (CODE_BITS - self.zoom)

    @property
    def code_count(self) -> int:
        """How many codes the tile has, from the first on."""
        return 1 << 2 * (CODE_BITS - self.zoom)


class Curve:
    """The schools of a release that have a position, along the curve.

    Parameters
    ----------
    longitude, latitude
        Degrees, WGS84, shape (n,), in the release's row order.

    Attributes
    ----------
    codes
        Codes of the schools with a position, ascending, shape (placed,).
    order
        Row of each of them; None where it is simply 0, 1, 2 and so on, as releases are written.
    """

    def __init__(self, longitude: FloatArray, latitude: FloatArray) -> None:
        codes = curve_codes(longitude, latitude)
        self.count = len(codes)
        self.order: UInt32Array | None = None
        if (codes[1:] < codes[:-1]).any():  # a release written elsewhere: the last digit of a projection may differ
            order = np.argsort(codes, kind="stable")
            self.order, codes = order.astype(np.uint32), codes[order]
        placed = int(np.searchsorted(codes, UNPLACED))
        self.codes: UInt64Array = codes[:placed]

    def __len__(self) -> int:
        return len(self.codes)

    def rows(self, positions: UInt32Array) -> UInt32Array:
        """Rows of the release at some positions of the curve; positions from `len(curve)` on are schools without a place."""
        return positions if self.order is None else self.order[positions]

    @cached_property
    def unplaced_rows(self) -> UInt32Array:
        """Rows of the schools without a position, shape (unplaced,)."""
        return self.rows(np.arange(len(self), self.count, dtype=np.uint32))

    def range_of(self, tile: TileAddress) -> tuple[int, int]:
        """First position in a tile and the one behind its last."""
        first = tile.first_code
        start, end = np.searchsorted(self.codes, np.asarray([first, first + tile.code_count], dtype=np.uint64))
        return int(start), int(end)

    def select(self, mask: BoolArray | None) -> Selection:
        """The schools that a mask of rows leaves, shape (n,); None leaves all."""
        if mask is None:
            return Selection(self, None)
        return Selection(self, mask[: len(self)] if self.order is None else mask[self.order[: len(self)]])


@dataclass(frozen=True)
class Selection:
    """Some of the schools of a curve.

    Parameters
    ----------
    mask
        Whether each school along the curve is one of them, shape (placed,); None where all are.
    """

    curve: Curve
    mask: BoolArray | None

    def __len__(self) -> int:
        return len(self.curve) if self.mask is None else int(np.count_nonzero(self.mask))

    @property
    def rows(self) -> UInt32Array:
        """Their rows in the release, along the curve."""
        return self.curve.rows(self.positions(0, len(self.curve)))

    def count(self, start: int, end: int) -> int:
        """How many of them lie at positions of the curve from `start` to before `end`."""
        return end - start if self.mask is None else int(np.count_nonzero(self.mask[start:end]))

    def positions(self, start: int, end: int) -> UInt32Array:
        """Positions on the curve of those from `start` to before `end`, ascending."""
        if self.mask is None:
            return np.arange(start, end, dtype=np.uint32)
        return (start + np.flatnonzero(self.mask[start:end])).astype(np.uint32)
