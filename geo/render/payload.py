"""The schools of a map tile as compact bytes that a browser reads through typed arrays without decoding.

One tile z/x/y of the Web Mercator square (x from the west, y from the north). Numbers are little-endian:

====== ======= ==========================================================================
offset type    what
====== ======= ==========================================================================
0      4 bytes magic ``QSYL``
4      uint32  format version, 2
8      uint32  1 where the tile is complete: every mark is one school at its own place, and no deeper tile says more; else 0
12     uint32  n: marks in the tile
16     3 x u32 z, x, y of the tile
28     uint32  schools in the tile: what the marks stand for, summed up
32     uint32  schools that the largest mark stands for: 1 where complete, 0 where there is no mark
36     uint32  row of the first mark in the release
40     uint32  schools of the view with a position, in all tiles of a zoom together
44     5 x u32 schools of the view without a position, by status code
64     4 x u8  planes of x, of y, of counts (0: every count is 1) and of row gaps (0: see below)
68     uint32  zero
72     3 x f64 west, north and step, in world coordinates (0 to 1 from the north-west corner of the Web Mercator square)
96     n bytes attributes: bits 0 to 2 status, 3 and 4 area type, 6 flagged
then   planes  x, y, counts, row gaps: as many planes of n bytes each as offset 64 says, the most significant byte first
====== ======= ==========================================================================

So with two planes ``x[i] = (bytes[a + i] << 8) | bytes[a + n + i]``. Planes of one byte each need no alignment and compress better
than interleaved values. Mark i lies at ``(west + step * x[i], north + step * y[i])``.

Marks come in the release's order, along the Morton curve. Without row gaps the schools of a tile follow each other in the release:
``row[0]`` is the first row and ``row[i] = row[i - 1] + count[i - 1]``. With them (a filter leaves rows out)
``row[i] = row[i - 1] + gap[i]`` modulo 2**32, where ``gap[0]`` is 0. A row is meant only where the count is 1: it names the school at
``/map/<tag>/school/<row>.json``. A mark that stands for more is a reason to zoom in.

A tile that is not complete is thinned: one mark for each square of 2 x 2 pixels (of 256) that has a school. Its status, area type, flag
and place are those of the first by `geo.tiles.thinning`: rural unconnected, other unconnected, unknown, below norm, norm unknown, meets.
To leave out a status there, ask for the tile with the parameter ``status`` of the others: a mark hides what it stands for.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from geo.schools import BoolArray, Int8Array

UInt32Array = npt.NDArray[np.uint32]

MAGIC = b"QSYL"
FORMAT_VERSION = 2
HEADER = struct.Struct("<4s3I3I4I5I4BI3d")
WORLD_BITS = 31
"""Bits of a world coordinate as releases are ordered by it (geo.tiles): 1.9 cm on the equator."""
PLACE_BITS = 23
"""Bits of a world coordinate that a complete tile keeps: at most 2.4 m off, half a pixel at zoom 15. The exact position is in the API."""
TILE_BITS = 8
"""A tile is 256 pixels wide; marks of a thinned tile lie on whole pixels."""
_COMPLETE = 1

_STATUS_BITS = 0b111
_AREA_SHIFT = 3
_AREA_BITS = 0b11
_FLAGGED = 1 << 6


@dataclass(frozen=True)
class TilePoints:
    """The marks of one tile, one value a mark in every column, along the Morton curve.

    Parameters
    ----------
    tile
        Zoom, column from the west and row from the north.
    is_complete
        Whether every mark is one school.
    columns, rows
        World coordinates from the west and from the north, of 2**31.
    statuses, area_types
        Codes in the order of `geo.model.STATUSES` and `AREA_TYPES`.
    is_flagged
        Whether the release puts any flag on the school that is shown.
    counts
        How many schools each mark stands for.
    school_rows
        Row in the release of the school that is shown; travels only for marks that stand for one school.
    placed, not_placed
        Schools of the view with a position, and without one by status code.
    """

    tile: tuple[int, int, int]
    is_complete: bool
    columns: UInt32Array
    rows: UInt32Array
    statuses: Int8Array
    area_types: Int8Array
    is_flagged: BoolArray
    counts: UInt32Array
    school_rows: UInt32Array
    placed: int
    not_placed: tuple[int, ...]

    def __len__(self) -> int:
        return len(self.statuses)


def encode_tile(points: TilePoints) -> bytes:
    """The payload of a tile; equal input gives equal bytes."""
    zoom = points.tile[0]
    bits = max(PLACE_BITS, zoom + TILE_BITS) if points.is_complete else zoom + TILE_BITS
    west, x = _steps(points.columns, bits)
    north, y = _steps(points.rows, bits)
    counts = points.counts if (points.counts != 1).any() else None
    first_row, gaps = _row_gaps(points)
    columns = [_byte_planes(column) for column in (x, y, counts, gaps)]
    attributes = points.statuses.astype(np.uint8) | (points.area_types.astype(np.uint8) << _AREA_SHIFT)
    attributes |= np.where(points.is_flagged, np.uint8(_FLAGGED), np.uint8(0))
    header = HEADER.pack(
        *(MAGIC, FORMAT_VERSION, _COMPLETE * points.is_complete, len(points)),
        *points.tile,
        int(points.counts.sum(dtype=np.int64)),
        int(points.counts.max(initial=0)),
        first_row,
        *(points.placed, *points.not_placed),
        *(len(planes) for planes in columns),
        *(0, west, north, 2.0**-bits),
    )
    return b"".join((header, attributes.tobytes(), *(planes.tobytes() for planes in columns)))


def _steps(world: UInt32Array, bits: int) -> tuple[float, UInt32Array]:
    """World coordinates in steps of `bits` bits from the least one on, and the middle of the first step as a share of the world."""
    steps = world >> np.uint32(WORLD_BITS - bits)
    least = steps.min() if len(steps) else np.uint32(0)
    return (int(least) + 0.5) * 2.0**-bits, steps - least


def _row_gaps(points: TilePoints) -> tuple[int, UInt32Array | None]:
    """The first row, and the differences of following rows modulo 2**32; None where each row follows from the counts.

    A mark that stands for more than one school repeats the row of the one before: rows that nobody asks for cost nothing.
    """
    single = np.flatnonzero(points.counts == 1)
    if not len(single):
        return 0, None
    rows = points.school_rows
    before = np.cumsum(points.counts, dtype=np.uint32) - points.counts
    first = rows[single[0]] - before[single[0]]
    if (rows[single] == first + before[single]).all():
        return int(first), None
    latest = np.maximum(np.searchsorted(single, np.arange(len(rows)), side="right") - 1, 0)
    repeated = rows[single[latest]]
    return int(repeated[0]), np.diff(repeated, prepend=repeated[:1])


def _byte_planes(values: UInt32Array | None) -> npt.NDArray[np.uint8]:
    """Bytes of the values, plane after plane, the most significant first; as few planes as the largest value needs."""
    if values is None:
        return np.empty((0, 0), dtype=np.uint8)
    width = -(-int(values.max(initial=0)).bit_length() // 8)
    return np.ascontiguousarray(values.astype(">u4").view(np.uint8).reshape(-1, 4)[:, 4 - width :].T)


def decode_tile(data: bytes) -> TilePoints:
    """Read the payload of a tile back, as the browser does; world coordinates come back as the middles of their steps.

    Raises
    ------
    ValueError
        The bytes are not a payload of this format version, or are cut short.
    """
    if len(data) < HEADER.size or data[:4] != MAGIC:
        raise ValueError("not a payload of schools")
    _, version, flags, count, *fields, _, west, north, step = HEADER.unpack_from(data)
    widths = fields[-4:]
    expected = HEADER.size + count * (1 + sum(widths))
    if version != FORMAT_VERSION or len(data) != expected:
        raise ValueError(f"expected {expected} bytes of version {FORMAT_VERSION}; got {len(data)} of version {version}")
    attributes, *planes = np.split(
        np.frombuffer(data, np.uint8, offset=HEADER.size).reshape(1 + sum(widths), count), np.cumsum([1, *widths])[:-1]
    )
    x, y, counts, gaps = (_from_planes(column, count) for column in planes)
    counts = counts if widths[2] else np.ones(count, dtype=np.uint32)
    steps = gaps if widths[3] else np.concatenate([[np.uint32(0)], counts[:-1]])[:count]
    first_row = np.uint32(fields[5])
    return TilePoints(
        tile=(fields[0], fields[1], fields[2]),
        is_complete=flags == _COMPLETE,
        columns=_world(x, west, step),
        rows=_world(y, north, step),
        statuses=(attributes[0] & _STATUS_BITS).astype(np.int8),
        area_types=((attributes[0] >> _AREA_SHIFT) & _AREA_BITS).astype(np.int8),
        is_flagged=(attributes[0] & _FLAGGED) != 0,
        counts=counts,
        school_rows=np.cumsum(steps, dtype=np.uint32) + first_row,
        placed=fields[6],
        not_placed=tuple(fields[7:12]),
    )


def _from_planes(planes: npt.NDArray[np.uint8], count: int) -> UInt32Array:
    values = np.zeros(count, dtype=np.uint32)
    for plane in planes:
        values = (values << np.uint32(8)) | plane
    return values


def _world(steps: UInt32Array, first: float, step: float) -> UInt32Array:
    return ((first + step * steps) * 2.0**WORLD_BITS).astype(np.uint32)
