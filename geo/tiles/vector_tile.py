"""Marks as a Mapbox Vector Tile 2.1 with one layer of points (https://github.com/mapbox/vector-tile-spec).

Every feature takes equally many bytes, since its numbers are written as varints padded to a fixed width, which protobuf allows. So
features are the rows of one array of bytes that NumPy fills column by column, with no loop over schools.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from geo.model import AREA_TYPES, STATUSES
from geo.schools import Int8Array, Int64Array
from geo.tiles.curve import CODE_BITS, UInt32Array, world_cells
from geo.tiles.thinning import Marks

LAYER = "schools"
EXTENT_BITS = 12
EXTENT = 2**EXTENT_BITS
"""Steps of a coordinate across a tile."""
KEYS = ("status", "area_type", "stands_for")
_WORDS = (*STATUSES, *AREA_TYPES)
_COORDINATE_BYTES = 2
_MOVE_TO = 9
"""One point: command 1, repeated once."""

Bytes = npt.NDArray[np.uint8]


def vector_tile(marks: Marks, statuses: Int8Array, area_types: Int8Array) -> bytes:
    """The tile of some marks; no marks give no bytes, which is a tile without layers.

    Parameters
    ----------
    statuses, area_types
        Codes of the schools that the marks show, shape (marks,).
    """
    if not len(marks):
        return b""
    counts, which = _distinct(marks)
    layer = b"".join(
        (
            _message(1, LAYER.encode()),
            _features(marks, statuses, area_types, which),
            *(_message(3, key.encode()) for key in KEYS),
            *(_message(4, _message(1, word.value.encode())) for word in _WORDS),
            _count_values(counts),
            bytes([5 << 3]) + _varint(EXTENT),
            bytes([15 << 3, 2]),
        )
    )
    return _message(3, layer)


def _distinct(marks: Marks) -> tuple[UInt32Array, Int64Array]:
    """The different counts, ascending, and which of them each mark has."""
    if marks.is_complete:
        return np.ones(1, dtype=np.uint32), np.zeros(len(marks), dtype=np.int64)
    counts, which = np.unique(marks.counts, return_inverse=True)
    return counts, which.reshape(-1)


def _features(marks: Marks, statuses: Int8Array, area_types: Int8Array, which: Int64Array) -> bytes:
    """One message a mark: id, tags, type, geometry."""
    id_bytes = _width(int(marks.rows.max()))
    value = which.astype(np.uint32) + np.uint32(len(_WORDS))
    value_bytes = _width(int(value.max()))
    tag_bytes = 5 + value_bytes
    geometry_bytes = 1 + 2 * _COORDINATE_BYTES
    body = (1 + id_bytes) + (2 + tag_bytes) + 2 + (2 + geometry_bytes)
    shift = np.uint32(CODE_BITS - marks.tile.zoom - EXTENT_BITS)
    x, y = (((steps >> shift) & np.uint32(EXTENT - 1)) << np.uint32(1) for steps in world_cells(marks.codes))  # zigzag: none is negative
    parts: list[int | Bytes] = [2 << 3 | 2, body, 1 << 3, *_padded(marks.rows, id_bytes)]
    parts += [2 << 3 | 2, tag_bytes, 0, statuses.view(np.uint8), 1, area_types.view(np.uint8) + np.uint8(len(STATUSES))]
    parts += [2, *_padded(value, value_bytes), 3 << 3, 1, 4 << 3 | 2, geometry_bytes, _MOVE_TO]
    parts += [*_padded(x, _COORDINATE_BYTES), *_padded(y, _COORDINATE_BYTES)]
    return _table(parts, len(marks))


def _count_values(counts: UInt32Array) -> bytes:
    """The values of `stands_for`: unsigned whole numbers."""
    width = _width(int(counts.max()))
    return _table([4 << 3 | 2, 1 + width, 5 << 3, *_padded(counts, width)], len(counts))


def _table(parts: list[int | Bytes], length: int) -> bytes:
    """Rows of equal width: a number is the same in every row, an array has a byte for each."""
    table = np.empty((length, len(parts)), dtype=np.uint8)
    table[:] = [part if isinstance(part, int) else 0 for part in parts]
    for at, part in enumerate(parts):
        if not isinstance(part, int):
            table[:, at] = part
    return table.tobytes()


def _padded(values: UInt32Array, width: int) -> list[Bytes]:
    """Varints of `width` bytes each: seven bits a byte, the lowest first, and the mark of more to come on all but the last."""
    octets = [((values >> np.uint32(7 * at)) & np.uint32(0x7F)).astype(np.uint8) for at in range(width)]
    return [*(octet | np.uint8(0x80) for octet in octets[:-1]), octets[-1]]


def _width(largest: int) -> int:
    """Bytes of the varint of the largest value."""
    return max(1, -(-largest.bit_length() // 7))


def _varint(value: int) -> bytes:
    octets = bytearray()
    while value > 0x7F:
        octets.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*octets, value])


def _message(field: int, body: bytes) -> bytes:
    return bytes([field << 3 | 2]) + _varint(len(body)) + body
