"""Canonical texts of the filters that only the API has, for whoever takes them from outside; each refuses what it cannot read."""

from __future__ import annotations

from geo.cql2 import read_expression
from geo.selecting import BoundingBox, Interval


def canonical_bbox(text: str) -> str:
    """West, south, east and north of a box of 4 or 6 numbers.

    Raises
    ------
    InvalidParameter
        Code `invalid_bbox`.
    """
    return str(BoundingBox.read(text))


def canonical_datetime(text: str) -> str:
    """A day, or an interval of days.

    Raises
    ------
    InvalidParameter
        Code `invalid_datetime`.
    """
    return str(Interval.read(text))


def canonical_filter(text: str) -> str:
    """A filter in CQL2 text.

    Raises
    ------
    InvalidParameter
        Code `invalid_filter`.
    """
    return read_expression(text).text
