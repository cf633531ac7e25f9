"""Marks as a Mapbox Vector Tile 2.1 with one layer of points (https://github.com/mapbox/vector-tile-spec).

Every feature takes equally many bytes, since its numbers are written as varints padded to a fixed width, which protobuf allows. So
features are the rows of one array of bytes that NumPy fills column by column, with no loop over schools.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from geo.model import AREA_TYPES, STATUSES
from geo.schools import Int8Array
from geo.tiles.curve import CODE_BITS, world_cells
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
    counts, which = np.unique(marks.counts, return_inverse=True)
    layer = b"".join(
        (
            _message(1, LAYER.encode()),
            _features(marks, statuses, area_types, which.reshape(-1)),
            *(_message(3, key.encode()) for key in KEYS),
            *(_message(4, _message(1, word.value.encode())) for word in _WORDS),
            _count_values(counts),
            bytes([5 << 3]) + _varint(EXTENT),
            bytes([15 << 3, 2]),
        )
    )
    return _message(3, layer)


def _features(marks: Marks, statuses: Int8Array, area_types: Int8Array, which: npt.NDArray[np.int64]) -> bytes:
    """One message a mark: id, tags, type, geometry."""
    id_bytes = _width(int(marks.rows.max()))
    value = which + len(_WORDS)
    value_bytes = _width(int(value.max()))
    tag_bytes = 5 + value_bytes
    geometry_bytes = 1 + 2 * _COORDINATE_BYTES
    body = (1 + id_bytes) + (2 + tag_bytes) + 2 + (2 + geometry_bytes)
    columns, rows = world_cells(marks.codes)
    shift = np.uint32(CODE_BITS - marks.tile.zoom - EXTENT_BITS)
    parts: list[int | Bytes] = [2 << 3 | 2, body, 1 << 3, *_padded(marks.rows, id_bytes)]
    parts += [2 << 3 | 2, tag_bytes, 0, statuses.astype(np.uint8), 1, area_types.astype(np.uint8) + np.uint8(len(STATUSES))]
    parts += [2, *_padded(value, value_bytes), 3 << 3, 1, 4 << 3 | 2, geometry_bytes, _MOVE_TO]
    for steps in (columns, rows):
        zigzag = ((steps >> shift) & np.uint32(EXTENT - 1)) << np.uint32(1)
        parts += _padded(zigzag, _COORDINATE_BYTES)
    table = np.empty((len(marks), len(parts)), dtype=np.uint8)
    for at, part in enumerate(parts):
        table[:, at] = part
    return table.tobytes()


def _count_values(counts: npt.NDArray[np.uint32]) -> bytes:
    """The values of `stands_for`: unsigned whole numbers."""
    width = _width(int(counts.max()))
    parts: list[int | Bytes] = [4 << 3 | 2, 1 + width, 5 << 3, *_padded(counts, width)]
    table = np.empty((len(counts), len(parts)), dtype=np.uint8)
    for at, part in enumerate(parts):
        table[:, at] = part
    return table.tobytes()


def _padded(values: npt.NDArray[np.integer], width: int) -> list[Bytes]:
    """Varints of `width` bytes each: seven bits a byte, the lowest first, and the mark of more to come on all but the last."""
    unsigned = values.astype(np.uint64, copy=False)
    octets = [((unsigned >> np.uint64(7 * at)) & np.uint64(0x7F)).astype(np.uint8) for at in range(width)]
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
