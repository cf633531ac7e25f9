"""Filters written in CQL2 text: read by the library `cql2`, worked out on the columns of a release.

Source: OGC 21-065r2, Common Query Language (CQL2).
"""

from __future__ import annotations

from geo.cql2.reading import MAX_CHARACTERS, Expression, read_expression

__all__ = ["MAX_CHARACTERS", "Expression", "read_expression"]
