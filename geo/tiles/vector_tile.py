"""Marks as a Mapbox Vector Tile 2.1 with one layer of points (https://github.com/mapbox/vector-tile-spec).

Features of a kind take equally many bytes, since their numbers are written as varints padded to a fixed width, which protobuf allows. So
features are the rows of one array of bytes that NumPy fills column by column, with no loop over schools. A point that is one school has
its row in the release as id; one that stands for several has none.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from geo.model import AREA_TYPES, STATUSES
from geo.schools import Int8Array, Int64Array
from geo.tiles.curve import CODE_BITS, UInt32Array
from geo.tiles.thinning import Marks

LAYER = "schools"
EXTENT_BITS = 12
EXTENT = 2**EXTENT_BITS
"""Steps of a coordinate across a tile."""
KEYS = ("status", "area_type", "stands_for")
_WORDS = (*STATUSES, *AREA_TYPES)
_COORDINATE_BYTES = 2
_ID_BYTES = _COUNT_BYTES = 4
"""Enough for 2**28 schools."""
_MOVE_TO = 9
"""One point: command 1, repeated once."""

Part = tuple[int, int | npt.NDArray[np.integer]]
"""A part of each row of bytes: how many, and its value in all rows or in each."""


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
    return _tile(b"".join(_features(marks, statuses, area_types, which, of) for of in _parted(marks)), _tail(counts))


def complete_tiles(marks: Marks, statuses: Int8Array, area_types: Int8Array, sizes: Int64Array) -> Iterator[bytes]:
    """The tiles of one zoom whose marks follow each other, every mark one school: as `vector_tile` gives them one by one.

    Parameters
    ----------
    marks
        The marks of all of them; of their tile only the zoom is looked at.
    sizes
        How many marks each tile has, shape (tiles,); none is 0.
    """
    counts, which = _distinct(marks)
    features, tail = memoryview(_features(marks, statuses, area_types, which, slice(None))), _tail(counts)
    width = len(features) // max(1, len(marks))
    ends = np.cumsum(sizes) * width
    for start, end in zip((ends - sizes * width).tolist(), ends.tolist(), strict=True):
        yield _tile(features[start:end], tail)


def _tile(features: bytes | memoryview, tail: bytes) -> bytes:
    return _message(3, b"".join((_HEAD, features, tail)))


def _tail(counts: UInt32Array) -> bytes:
    """What follows the features of a layer: names of attributes, their values, extent and version."""
    return b"".join(
        (
            *(_message(3, key.encode()) for key in KEYS),
            *(_message(4, _message(1, word.value.encode())) for word in _WORDS),
            _count_values(counts),
            bytes([5 << 3]) + _varint(EXTENT),
            bytes([15 << 3, 2]),
        )
    )


def _distinct(marks: Marks) -> tuple[UInt32Array, Int64Array]:
    """The different counts, ascending, and which of them each mark has."""
    if marks.is_complete:
        return np.ones(1, dtype=np.uint32), np.zeros(len(marks), dtype=np.int64)
    counts, which = np.unique(marks.counts, return_inverse=True)
    return counts, which.reshape(-1)


def _parted(marks: Marks) -> tuple[slice | Int64Array, ...]:
    """Marks that stand for several schools, which have no id, and then those of one school."""
    return (slice(None),) if marks.is_complete else (np.flatnonzero(marks.counts > 1), np.flatnonzero(marks.counts == 1))


def _features(marks: Marks, statuses: Int8Array, area_types: Int8Array, which: Int64Array, of: slice | Int64Array) -> bytes:
    """One message a mark of a part: id where it is one school, tags, type, geometry."""
    value = which[of].astype(np.uint32) + np.uint32(len(_WORDS))
    if not len(value):
        return b""
    value_bytes = 1 if int(value.max()) < 2**7 else 2
    ids: list[Part] = [(1, 1 << 3), (_ID_BYTES, _padded(marks.rows[of], _ID_BYTES))] if marks.counts[of][0] == 1 else []
    tag_bytes = 5 + value_bytes
    geometry_bytes = 1 + 2 * _COORDINATE_BYTES
    body = sum(width for width, _ in ids) + (2 + tag_bytes) + 2 + (2 + geometry_bytes)
    x, y = (steps << np.uint32(1) for steps in _steps(marks, of))  # zigzag: none is negative
    return _table(
        len(value),
        *((1, 2 << 3 | 2), (1, body), *ids),
        *((1, 2 << 3 | 2), (1, tag_bytes), (1, 0), (1, statuses[of])),
        *((1, 1), (1, area_types[of] + np.int8(len(STATUSES)))),
        *((1, 2), (value_bytes, _padded(value, value_bytes))),
        *((1, 3 << 3), (1, 1), (1, 4 << 3 | 2), (1, geometry_bytes), (1, _MOVE_TO)),
        *((_COORDINATE_BYTES, _padded(x, _COORDINATE_BYTES)), (_COORDINATE_BYTES, _padded(y, _COORDINATE_BYTES))),
    )


def _steps(marks: Marks, of: slice | Int64Array) -> tuple[UInt32Array, UInt32Array]:
    """Where the marks of a part lie in the tile, in steps from the west and from the north."""
    shift = np.uint64(2 * (CODE_BITS - marks.tile.zoom - EXTENT_BITS))
    codes = (marks.codes[of] >> shift).astype(np.uint32) & np.uint32(EXTENT**2 - 1)
    return _every_second_bit(codes), _every_second_bit(codes >> np.uint32(1))


def _every_second_bit(values: UInt32Array) -> UInt32Array:
    """As `geo.tiles.curve.gathered`, for the few bits that a tile leaves: a third of the time."""
    values = values & np.uint32(0x55555555)
    for shift, mask in ((1, 0x33333333), (2, 0x0F0F0F0F), (4, 0x00FF00FF), (8, 0x0000FFFF)):
        values = (values | (values >> np.uint32(shift))) & np.uint32(mask)
    return values


def _count_values(counts: UInt32Array) -> bytes:
    """The values of `stands_for`: unsigned whole numbers."""
    return _table(len(counts), (1, 4 << 3 | 2), (1, 1 + _COUNT_BYTES), (1, 5 << 3), (_COUNT_BYTES, _padded(counts, _COUNT_BYTES)))


def _table(length: int, *parts: Part) -> bytes:
    """Rows of equal width."""
    row = np.dtype([(f"part {at}", f"<u{width}") for at, (width, _) in enumerate(parts)])
    same = b"".join((values if isinstance(values, int) else 0).to_bytes(width, "little") for width, values in parts)
    data = bytearray(same * length)
    table = np.frombuffer(data, dtype=row)
    for name, (_, values) in zip(row.names or (), parts, strict=True):
        if not isinstance(values, int):
            table[name] = values
    return bytes(data)


def _padded(values: UInt32Array, width: int) -> UInt32Array:
    """Numbers whose lowest `width` bytes are the varints of values: seven bits a byte, the mark of more to come on all but the last."""
    found = np.full(len(values), sum(0x80 << 8 * at for at in range(width - 1)), dtype=np.uint32)
    for at in range(width):
        found |= (values & np.uint32(0x7F << 7 * at)) << np.uint32(at)
    return found


def _varint(value: int) -> bytes:
    octets = bytearray()
    while value > 0x7F:
        octets.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*octets, value])


def _message(field: int, body: bytes) -> bytes:
    return bytes([field << 3 | 2]) + _varint(len(body)) + body


_HEAD = _message(1, LAYER.encode())
"""Begin of a layer: its name."""
