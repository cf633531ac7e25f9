"""All schools of a view as compact bytes, version 1 of the payload. Its header is a multiple of 8 bytes, wide columns come first:

====== ======= ==========================================================================
offset type    what
====== ======= ==========================================================================
0      4 bytes magic ``QSYL``
4      uint32  format version
8      uint32  n: schools in the payload, placed or not
12     uint32  1 where row numbers follow, else 0: school i is then row i of the release
16     4 x f64 west, south, east, north of the placed schools, degrees, WGS84
48     5 x u32 schools that are not placed, by status code
68     4 bytes zero
72     n x u32 row numbers in the release, where given
then   7 x n   byte planes: longitude high, middle, low; latitude high, middle, low; attributes
====== ======= ==========================================================================

A longitude is ``west + (east - west) * q / (2**24 - 1)``, a latitude likewise from the south. Low bits of q that would say more than
`RESOLUTION_DEG` are zero, since they cost bytes and no reported position is that exact. Planes of one byte each compress better
than interleaved values. Attribute bits: 0 to 2 status, 3 and 4 area type, 5 placed, 6 flagged.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from geo.model import STATUSES
from geo.schools import BoolArray, FloatArray, Int8Array, is_position

MAGIC = b"QSYL"
FORMAT_VERSION = 1
HEADER = struct.Struct("<4sIII4d5I4x")
STEPS = 2**24 - 1
"""Positions of a coordinate between the edges of the bounding box."""
RESOLUTION_DEG = 6e-5
"""Rounding of positions for drawing, degrees: at most 3.4 m off, about a pixel at zoom 15. The exact position is in the API."""
_NO_SPAN_DEG = 1e-9
"""Positions closer together than this are one position."""

_STATUS_BITS = 0b111
_AREA_SHIFT = 3
_AREA_BITS = 0b11
_PLACED = 1 << 5
_FLAGGED = 1 << 6


@dataclass(frozen=True)
class SchoolPoints:
    """The schools of one map, one value a school in every column, in the release's row order.

    Parameters
    ----------
    longitude, latitude
        Degrees, WGS84. A school is not placed where either is not finite or both are 0.
    statuses, area_types
        Codes in the order of `geo.model.STATUSES` and `AREA_TYPES`.
    is_flagged
        Whether the release puts any flag on the school.
    rows
        Row number of each school in the release; None where the payload holds every row in order.
    """

    longitude: FloatArray
    latitude: FloatArray
    statuses: Int8Array
    area_types: Int8Array
    is_flagged: BoolArray
    rows: npt.NDArray[np.uint32] | None = None

    def __len__(self) -> int:
        return len(self.statuses)

    @property
    def is_placed(self) -> BoolArray:
        """Whether each school has a position to draw it at, shape (n,)."""
        return is_position(self.latitude, self.longitude)


@dataclass(frozen=True)
class Payload:
    """What `decode` reads: the schools, and how many of each status are not placed (in the order of `STATUSES`)."""

    points: SchoolPoints
    not_placed: tuple[int, ...]
    bounds: tuple[float, float, float, float]


def encode(points: SchoolPoints) -> bytes:
    """The payload of these schools; no schools, or none with a position, give bounds of 0.

    Equal input gives equal bytes, so the bytes can be named by what they were made from.
    """
    placed = points.is_placed
    west, east = _extent(points.longitude[placed])
    south, north = _extent(points.latitude[placed])
    not_placed = np.bincount(points.statuses[~placed], minlength=len(STATUSES))
    has_rows = points.rows is not None
    header = HEADER.pack(MAGIC, FORMAT_VERSION, len(points), int(has_rows), west, south, east, north, *not_placed.tolist())
    parts = [header]
    if points.rows is not None:
        parts.append(points.rows.astype("<u4").tobytes())
    parts.append(_planes(points.longitude, placed, west, east))
    parts.append(_planes(points.latitude, placed, south, north))
    parts.append(_attributes(points, placed).tobytes())
    return b"".join(parts)


def _extent(values: FloatArray) -> tuple[float, float]:
    return (float(values.min()), float(values.max())) if len(values) else (0.0, 0.0)


def _planes(values: FloatArray, placed: BoolArray, low: float, high: float) -> bytes:
    """High, middle and low bytes of the quantised values, plane after plane; 0 where not placed."""
    steps = np.zeros(len(values), dtype=np.uint32)
    if high - low > _NO_SPAN_DEG:
        grain = step_grain(high - low)
        scaled = np.rint((values[placed] - low) * (STEPS / (high - low)) / grain) * grain
        steps[placed] = np.minimum(scaled, STEPS).astype(np.uint32)
    octets = steps.astype(">u4").view(np.uint8).reshape(-1, 4)
    return np.ascontiguousarray(octets[:, 1:].T).tobytes()


def step_grain(span: float) -> int:
    """Steps that positions are rounded to over a span in degrees: the largest power of two up to 256 within `RESOLUTION_DEG`."""
    return int(2 ** np.clip(np.floor(np.log2(RESOLUTION_DEG * STEPS / span)), 0, 8))


def _attributes(points: SchoolPoints, placed: BoolArray) -> npt.NDArray[np.uint8]:
    codes = points.statuses.astype(np.uint8) | (points.area_types.astype(np.uint8) << _AREA_SHIFT)
    codes |= np.where(placed, np.uint8(_PLACED), np.uint8(0))
    codes |= np.where(points.is_flagged, np.uint8(_FLAGGED), np.uint8(0))
    return codes.astype(np.uint8, copy=False)


def decode(data: bytes) -> Payload:
    """Read a payload back, as the browser does.

    Positions come back within half a grain (`step_grain`) of what was encoded, NaN where not placed.

    Raises
    ------
    ValueError
        The bytes are not a payload of this format version, or are cut short.
    """
    if len(data) < HEADER.size or data[:4] != MAGIC:
        raise ValueError("not a payload of schools")
    _, version, count, has_rows, west, south, east, north, *not_placed = HEADER.unpack_from(data)
    expected = HEADER.size + count * (7 + 4 * has_rows)
    if version != FORMAT_VERSION or len(data) != expected:
        raise ValueError(f"expected {expected} bytes of version {FORMAT_VERSION}; got {len(data)} of version {version}")
    rows = np.frombuffer(data, "<u4", count, HEADER.size).astype(np.uint32) if has_rows else None
    planes = np.frombuffer(data, np.uint8, offset=HEADER.size + 4 * count * has_rows).reshape(7, count)
    attributes = planes[6]
    placed = (attributes & _PLACED) != 0
    points = SchoolPoints(
        longitude=_positions(planes[0:3], placed, west, east),
        latitude=_positions(planes[3:6], placed, south, north),
        statuses=(attributes & _STATUS_BITS).astype(np.int8),
        area_types=((attributes >> _AREA_SHIFT) & _AREA_BITS).astype(np.int8),
        is_flagged=(attributes & _FLAGGED) != 0,
        rows=rows,
    )
    return Payload(points, tuple(not_placed), (west, south, east, north))


def _positions(planes: npt.NDArray[np.uint8], placed: BoolArray, low: float, high: float) -> FloatArray:
    steps = (planes[0].astype(np.uint32) << 16) | (planes[1].astype(np.uint32) << 8) | planes[2]
    values = np.minimum(low + (high - low) * (steps / STEPS), high)
    return np.where(placed, values, np.nan)
