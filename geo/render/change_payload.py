"""The changed schools of two releases as compact bytes that a browser reads through typed arrays without decoding.

Layout, little-endian; every array is aligned:

====== ========= =================================================================================
offset type      what
====== ========= =================================================================================
0      4 bytes   magic ``QSCH``
4      uint32    format version
8      uint32    n: marks
12     uint32    m: marks that have a former place
16     uint32    the most schools that one mark stands for
20     4 bytes   zero
24     n x u32   x of each mark, in 2**32 parts of the world in Web Mercator from the west
then   n x u32   y, from the north
then   n x u32   row of the school in the release `to`; of a removed one in the release `from`
then   n x u32   schools that the mark stands for
then   m x u32   which mark has a former place; then m x u32 its former x, m x u32 its former y
then   n x u8    kinds: bit k is set where kind k of the list in the page's JSON holds
====== ========= =================================================================================

Positions are rounded to `GRAIN` parts, 2.4 m at the equator, which compresses and is finer than a pixel at zoom 15.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from geo.schools import FloatArray, Int64Array, is_position

MAGIC = b"QSCH"
FORMAT_VERSION = 1
HEADER = struct.Struct("<4sIIII4x")
WORLD_STEPS = 2.0**32
GRAIN = 256
MAX_MARKS = 8_000
"""Marks of one payload: more would lie on one another, and take long on a bad line."""
CELLS_ACROSS = 8_192
"""Parts of the world that marks are first gathered in where they are too many: 4.9 km at the equator."""

_MAX_LATITUDE = 85.051128


@dataclass(frozen=True)
class ChangePoints:
    """Changed schools that have a place, one value each in every column.

    Parameters
    ----------
    longitude, latitude
        Where each is drawn, degrees, WGS84.
    former_longitude, former_latitude
        Where those were that moved, else NaN.
    rows
        Row in the release that it is in.
    kinds
        Bits of what happened.
    """

    longitude: FloatArray
    latitude: FloatArray
    former_longitude: FloatArray
    former_latitude: FloatArray
    rows: Int64Array
    kinds: npt.NDArray[np.uint8]

    def at(self, positions: Int64Array) -> ChangePoints:
        """Some of them, in the order of the positions."""
        return ChangePoints(
            self.longitude[positions],
            self.latitude[positions],
            self.former_longitude[positions],
            self.former_latitude[positions],
            self.rows[positions],
            self.kinds[positions],
        )


@dataclass(frozen=True)
class ThinnedChanges:
    """At most `MAX_MARKS` of some points.

    Parameters
    ----------
    points
        Those that are drawn.
    counts
        How many schools each stands for.
    """

    points: ChangePoints
    counts: Int64Array

    @property
    def most(self) -> int:
        """The most schools that one mark stands for; 1 where none is left out."""
        return int(self.counts.max()) if len(self.counts) else 1


def thinned(points: ChangePoints) -> ThinnedChanges:
    """Gather points of the same kinds in cells, the coarser the more there are, until few enough are left."""
    across = CELLS_ACROSS
    first, counts = np.arange(len(points.kinds)), np.ones(len(points.kinds), dtype=np.int64)
    x, y = _world(points.longitude, points.latitude)
    while len(first) > MAX_MARKS:
        cell = (np.floor(y * across) * across + np.floor(x * across)).astype(np.int64) * 256 + points.kinds
        _, first, counts = np.unique(cell, return_index=True, return_counts=True)
        across //= 2
    order = np.argsort(first, kind="stable")
    return ThinnedChanges(points.at(first[order]), counts[order])


def encode_changes(drawn: ThinnedChanges) -> bytes:
    """The bytes of some points; the same for the same points."""
    points = drawn.points
    has_former = np.flatnonzero(is_position(points.former_latitude, points.former_longitude))
    former = _world(points.former_longitude[has_former], points.former_latitude[has_former])
    columns = (
        *(_steps(part) for part in _world(points.longitude, points.latitude)),
        points.rows.astype("<u4"),
        drawn.counts.astype("<u4"),
        has_former.astype("<u4"),
        *(_steps(part) for part in former),
        points.kinds.astype("<u1"),
    )
    header = HEADER.pack(MAGIC, FORMAT_VERSION, len(points.kinds), len(has_former), drawn.most)
    return header + b"".join(column.tobytes() for column in columns)


def _world(longitude: FloatArray, latitude: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Web Mercator as parts of the world, 0 to 1, from the west and from the north."""
    radians = np.radians(np.clip(latitude, -_MAX_LATITUDE, _MAX_LATITUDE))
    return longitude / 360 + 0.5, 0.5 - np.arcsinh(np.tan(radians)) / (2 * np.pi)


def _steps(part: FloatArray) -> npt.NDArray[np.uint32]:
    rounded = np.round(part * (WORLD_STEPS / GRAIN)) * GRAIN
    return np.clip(rounded, 0, WORLD_STEPS - GRAIN).astype("<u4")
