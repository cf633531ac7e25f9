"""Cells as spreadsheets take them: what they would run is guarded, the same in every file that we write."""

from __future__ import annotations

import re
from typing import Any

FORMULA_STARTERS = ("=", "+", "-", "@", "\t", "\r")
"""A spreadsheet may run a text that starts with one of these."""

GUARDED_TEXT = "^'*[=+\\-@\t\r]"
"""Texts that get an apostrophe: those that start like a formula, and those that would look guarded already, so that taking one apostrophe
off a guarded text always gives the text it was. Takes =1+1, '=1, -5; leaves 'Abai', 5-A.
"""

_GUARDED_TEXT = re.compile(GUARDED_TEXT)


def guarded(value: Any) -> Any:
    """A cell that no spreadsheet takes for a formula: text that starts like one gets an apostrophe, which our parser takes off."""
    return f"'{value}" if isinstance(value, str) and _GUARDED_TEXT.match(value) else value
