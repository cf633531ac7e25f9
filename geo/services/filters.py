"""Canonical texts of the filters that only the API has, for whoever takes them from outside; each refuses what it cannot read."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from geo.cql2 import GEOMETRY, MAX_CHARACTERS, Filter, read_filter
from geo.school_properties import SCHOOL_PROPERTIES, SchoolProperty
from geo.selecting import BoundingBox, Interval

__all__ = ["FILTERABLE", "GEOMETRY", "MAX_CHARACTERS", "canonical_bbox", "canonical_datetime", "canonical_filter", "school_filter"]

FILTERABLE: Mapping[str, SchoolProperty] = {each.name: each for each in SCHOOL_PROPERTIES}
"""Properties of schools that a filter can ask about, by name; besides them it can ask about `GEOMETRY`."""
KEPT_FILTERS = 64


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


@lru_cache(KEPT_FILTERS)
def school_filter(text: str) -> Filter:
    """A filter of schools in CQL2 text.

    Raises
    ------
    InvalidParameter
        Code `invalid_filter`.
    """
    return read_filter(text, FILTERABLE)


def canonical_filter(text: str) -> str:
    """The canonical text of a filter in CQL2 text.

    Raises
    ------
    InvalidParameter
        Code `invalid_filter`.
    """
    return school_filter(text).text
