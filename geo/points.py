"""Positions: the box around some, and well-known binary, the one form in which every file with a geometry takes them."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from geo.schools import BoolArray, FloatArray

LngLatBox = tuple[float, float, float, float]
"""West, south, east, north; degrees, WGS84."""
WKB_POINT = np.dtype([("byte_order", "u1"), ("kind", "<u4"), ("longitude", "<f8"), ("latitude", "<f8")])
"""A little-endian WKB point: 21 bytes."""


def wkb_points(has_point: BoolArray, longitude: FloatArray, latitude: FloatArray) -> pa.Array:
    """Points as WKB, shape (n,), null where there is none.

    Parameters
    ----------
    has_point
        Which rows have a point, shape (n,).
    longitude, latitude
        Degrees, WGS84, shape (n,); read where there is a point alone.
    """
    points = np.empty(np.count_nonzero(has_point), dtype=WKB_POINT)
    points["byte_order"], points["kind"] = 1, 1
    points["longitude"], points["latitude"] = longitude[has_point], latitude[has_point]
    offsets = np.zeros(len(has_point) + 1, dtype=np.int32)
    np.cumsum(has_point * WKB_POINT.itemsize, out=offsets[1:])
    validity = pa.py_buffer(np.packbits(has_point, bitorder="little"))
    buffers = [validity, pa.py_buffer(offsets), pa.py_buffer(points)]
    return pa.Array.from_buffers(pa.binary(), len(has_point), buffers)


def coordinates(points: pa.Array) -> tuple[FloatArray, FloatArray]:
    """Longitudes and latitudes of points that `wkb_points` gave, in degrees, NaN where there is none, shape (n,) each."""
    has_point = np.asarray(points.is_valid())
    longitude, latitude = np.full(len(points), np.nan), np.full(len(points), np.nan)
    packed = points.drop_null()
    if len(packed):
        offset = np.frombuffer(packed.buffers()[1], dtype=np.int32, count=packed.offset + 1)[-1]
        found = np.frombuffer(packed.buffers()[2], dtype=WKB_POINT, count=len(packed), offset=int(offset))
        longitude[has_point], latitude[has_point] = found["longitude"], found["latitude"]
    return longitude, latitude
