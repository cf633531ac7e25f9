"""The Morton curve over the Web Mercator square: one number a school, whose order keeps every map tile together."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from geo.schools import FloatArray, Int64Array, is_position

UInt64Array = npt.NDArray[np.uint64]
UInt32Array = npt.NDArray[np.uint32]

CODE_BITS = 31
"""Bits of a code for each axis: a cell is 1.9 cm wide on the equator."""
UNPLACED = np.uint64(2**63)
"""Code of a school without a position: behind all others."""
MAX_LATITUDE = 85.05112878
"""Where the Web Mercator square ends, degrees; what lies beyond is put on the edge."""

_AT_ONCE = 65_536
"""Positions that are coded at a time: what is worked with then fits a processor's cache, and a worker's memory does not swell."""

_SPREADS = (
    (16, 0x0000FFFF0000FFFF),
    (8, 0x00FF00FF00FF00FF),
    (4, 0x0F0F0F0F0F0F0F0F),
    (2, 0x3333333333333333),
    (1, 0x5555555555555555),
)


def spread(values: UInt64Array) -> UInt64Array:
    """Put a zero bit between the lowest 31 bits of each value."""
    for shift, mask in _SPREADS:
        values = (values | (values << np.uint64(shift))) & np.uint64(mask)
    return values


def gathered(values: UInt64Array) -> UInt64Array:
    """Every second bit of each value from the lowest on, put together: what `spread` undoes."""
    values = values & np.uint64(_SPREADS[-1][1])
    masks = [mask for _, mask in _SPREADS[-2::-1]] + [0x00000000FFFFFFFF]
    for shift, mask in zip((1, 2, 4, 8, 16), masks, strict=True):
        values = (values | (values >> np.uint64(shift))) & np.uint64(mask)
    return values


def curve_codes(longitude: FloatArray, latitude: FloatArray) -> UInt64Array:
    """Morton code of each position, shape (n,); `UNPLACED` where a school has none.

    Bits of the column (from the west) and of the row (from the north) take turns, the column's bit is the lower one.

    Parameters
    ----------
    longitude, latitude
        Degrees, WGS84, shape (n,).
    """
    codes = np.empty(len(longitude), dtype=np.uint64)
    for start in range(0, len(codes), _AT_ONCE):
        part = slice(start, start + _AT_ONCE)
        codes[part] = _codes(longitude[part], latitude[part])
    return codes


def _codes(longitude: FloatArray, latitude: FloatArray) -> UInt64Array:
    is_placed = is_position(latitude, longitude)
    y = np.arcsinh(np.tan(np.radians(np.clip(np.where(is_placed, latitude, 0), -MAX_LATITUDE, MAX_LATITUDE)))) / np.pi
    x = np.where(is_placed, longitude, 0) / 180
    scale = float(2 ** (CODE_BITS - 1))
    last = 2**CODE_BITS - 1
    column = np.clip((x + 1) * scale, 0, last).astype(np.uint64)
    row = np.clip((1 - y) * scale, 0, last).astype(np.uint64)
    return np.where(is_placed, spread(column) | (spread(row) << np.uint64(1)), UNPLACED)


def world_cells(codes: UInt64Array) -> tuple[UInt32Array, UInt32Array]:
    """Column from the west and row from the north of each code, of 2**31 across, shape (n,) each."""
    return gathered(codes).astype(np.uint32), gathered(codes >> np.uint64(1)).astype(np.uint32)


def curve_order(longitude: FloatArray, latitude: FloatArray, school_ids: pa.ChunkedArray | pa.Array) -> Int64Array:
    """Row order along the curve, shape (n,): unplaced schools last, ties by id."""
    keys = pa.table({"key": curve_codes(longitude, latitude), "school_id": school_ids})
    order = pc.sort_indices(keys, sort_keys=[("key", "ascending"), ("school_id", "ascending")])
    return np.asarray(order).astype(np.int64)
