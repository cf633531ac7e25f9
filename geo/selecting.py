"""Which schools have a value, lie in a box, or were reported on in a span of days: the filters that the API has besides those of pages.

Every one refuses what it cannot read, and takes what `geo.model.Where` holds: canonical texts.
"""

from __future__ import annotations

import math
import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from geo.errors import InvalidParameter
from geo.model import NO_VALUE
from geo.schools import BoolArray, FloatArray, is_position

COLLECTED_ON = "connectivity_collected_on"
"""The property that `datetime` asks about: the day of what a school's status says first."""

_NUMBER = re.compile(r"[+-]?\d{1,12}(\.\d{1,15})?(e[+-]?\d{1,2})?", re.ASCII | re.IGNORECASE)
"""Takes "-10.5", "1e-5"; refuses "NaN", "inf", "1e400", "", "１０", "1_0"."""
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_INSTANT = re.compile(r"\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}:\d{2}(\.\d{1,9})?([Zz]|[+-]\d{2}:\d{2})", re.ASCII)
"""RFC 3339, section 5.6."""
_OPEN = ("", "..")


@dataclass(frozen=True, slots=True)
class BoundingBox:
    """A box in degrees, WGS84; west greater than east crosses the antimeridian."""

    west: float
    south: float
    east: float
    north: float

    @classmethod
    def read(cls, text: str) -> Self:
        """Box of 4 numbers (west, south, east, north) or 6 (with heights, which schools do not have, third and sixth).

        Raises
        ------
        InvalidParameter
            Code `invalid_bbox`.
        """
        parts = [part.strip() for part in text.split(",")]
        if len(parts) not in (4, 6) or not all(_NUMBER.fullmatch(part) for part in parts):
            raise _refused("bbox", text, "4 numbers (west, south, east, north), or 6 with heights, in degrees")
        numbers = [float(part) for part in parts]
        if len(numbers) == 6:
            if numbers[2] > numbers[5]:
                raise _refused("bbox", text, "a box whose lower height is not above its upper one")
            numbers = [*numbers[:2], *numbers[3:5]]
        west, south, east, north = numbers
        if not (math.fabs(west) <= 180 and math.fabs(east) <= 180 and -90 <= south <= north <= 90):
            raise _refused("bbox", text, "longitudes from -180 to 180 and latitudes from -90 to 90, south not above north")
        return cls(west, south, east, north)

    def __str__(self) -> str:
        """The canonical text."""
        return ",".join(f"{number:.15g}" for number in (self.west, self.south, self.east, self.north))


def is_in_bbox(longitude: FloatArray, latitude: FloatArray, box: BoundingBox) -> BoolArray:
    """Whether each school lies in a box, borders included, shape (n,); one without a position lies in none.

    Parameters
    ----------
    longitude, latitude
        Degrees, WGS84, NaN where unknown, shape (n,).
    """
    is_between = (latitude >= box.south) & (latitude <= box.north)
    if box.west <= box.east:
        is_across = (longitude >= box.west) & (longitude <= box.east)
    else:
        is_across = (longitude >= box.west) | (longitude <= box.east)
    return np.asarray(is_between & is_across & is_position(latitude, longitude))


@dataclass(frozen=True, slots=True)
class Interval:
    """A span of days, both ends included; None is open."""

    first: date | None
    last: date | None

    @classmethod
    def read(cls, text: str) -> Self:
        """An instant or day (`2024-05-01`, `2024-05-01T00:00:00Z`), or two of them with "/", either end open as ".." or "".

        Years that Python cannot hold (0000, which older QGIS sends) are open ends.

        Raises
        ------
        InvalidParameter
            Code `invalid_datetime`.
        """
        ends = text.split("/")
        if len(ends) > 2 or (len(ends) == 1 and ends[0] in _OPEN):
            raise _refused("datetime", text, _ACCEPTED_TIME)
        first, last = (_day(ends[0], text), _day(ends[-1], text))
        if len(ends) == 2 and all(end in _OPEN for end in ends):
            raise _refused("datetime", text, _ACCEPTED_TIME)
        if first and last and first > last:
            raise _refused("datetime", text, "an interval that begins before it ends")
        return cls(first, last)

    def __str__(self) -> str:
        """The canonical text."""
        if self.first and self.first == self.last:
            return self.first.isoformat()
        return f"{self.first.isoformat() if self.first else '..'}/{self.last.isoformat() if self.last else '..'}"


_ACCEPTED_TIME = "a day or instant such as 2024-05-01 or 2024-05-01T00:00:00Z, or an interval such as 2024-01-01/.."


_OF_GDAL = re.compile(r"\d{4}-\d{2}-\d{2}T", re.ASCII)
"""What GDAL makes of a comparison of any column of dates. It does not look at the rows again, so an answer about one would be wrong of
others."""
_NAMED_TIME = f"{_ACCEPTED_TIME}. It is about {COLLECTED_ON} alone and GDAL sends it for every column of dates: name the column in filter"


def _day(text: str, whole: str) -> date | None:
    if text in _OPEN or text.startswith("0000-"):
        return None
    try:
        if _DAY.fullmatch(text):
            return date.fromisoformat(text)
        if _INSTANT.fullmatch(text):
            return datetime.fromisoformat(re.sub(r"\.\d+", "", text.upper().replace(" ", "T"))).astimezone(UTC).date()
    except (ValueError, OverflowError):
        pass
    raise _refused("datetime", whole, _NAMED_TIME if _OF_GDAL.fullmatch(text) else _ACCEPTED_TIME)


def is_collected(days: pa.ChunkedArray, interval: Interval) -> BoolArray:
    """Whether each school was reported on in an interval, shape (n,); one without a date was not, or nobody knows."""
    found = pc.is_valid(days)
    if interval.first is not None:
        found = pc.and_(found, pc.fill_null(pc.greater_equal(days, pa.scalar(interval.first)), False))
    if interval.last is not None:
        found = pc.and_(found, pc.fill_null(pc.less_equal(days, pa.scalar(interval.last)), False))
    return np.asarray(found)


def has_value(column: pa.ChunkedArray, values: Collection[str]) -> BoolArray:
    """Whether each school's value in a column is one of some texts, shape (n,); `none` is the schools without a value."""
    texts = [value for value in values if value != NO_VALUE]
    if pa.types.is_dictionary(column.type):
        found = pc.is_in(column, value_set=pa.array(texts, column.type.value_type))
    elif pa.types.is_integer(column.type):
        found = pc.is_in(column, value_set=pa.array([int(text) for text in texts], column.type))
    else:
        found = pc.is_in(column, value_set=pa.array(texts, column.type))
    if NO_VALUE in values:
        found = pc.or_(found, pc.is_null(column))
    return np.asarray(found)


def _refused(name: str, text: str, accepted: str) -> InvalidParameter:
    return InvalidParameter(f"'{name}' must be {accepted}; got {text[:40]!r}", parameter=name, code=f"invalid_{name}")


_MOST_COMPARED = 8
"""Up to here comparing with each wanted code takes less time than looking each school's code up."""


def is_any_of(codes: npt.NDArray[np.signedinteger[Any]], wanted: Collection[int], count: int) -> BoolArray:
    """Whether the code of each school is a wanted one, shape (n,).

    Parameters
    ----------
    codes
        From 0 to `count` - 1, or -1 where there is no value; shape (n,).
    wanted
        Codes, -1 among them for schools without a value.
    """
    if len(wanted) > _MOST_COMPARED:
        is_wanted = np.zeros(count + 1, dtype=bool)
        is_wanted[list(wanted)] = True  # the last one stands for -1
        return np.asarray(is_wanted[codes])
    found = np.zeros(len(codes), dtype=bool)
    for code in wanted:
        found |= codes == code
    return found
