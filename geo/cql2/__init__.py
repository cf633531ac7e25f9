"""Filters written in CQL2 text: read by the library `cql2`, checked against a table of properties, worked out on columns.

Source: OGC 21-065r2, Common Query Language (CQL2).
"""

from __future__ import annotations

from geo.cql2.operands import GEOMETRY
from geo.cql2.reading import MAX_CHARACTERS, Filter, read_filter
from geo.cql2.refusing import InvalidFilter
from geo.cql2.truth import is_selected

__all__ = ["GEOMETRY", "MAX_CHARACTERS", "Filter", "InvalidFilter", "is_selected", "read_filter"]
