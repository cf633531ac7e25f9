"""Cells as spreadsheets take them: what they would run is guarded, the same in every file that we write."""

from __future__ import annotations

from typing import Any

FORMULA_STARTERS = ("=", "+", "-", "@", "\t", "\r")
"""A spreadsheet may run a text that starts with one of these."""


def guarded(value: Any) -> Any:
    """A cell that no spreadsheet takes for a formula: text that starts like one gets an apostrophe, which our parser takes off."""
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA_STARTERS) else value
