"""Tables for people and for programs: aligned text, CSV, JSON."""

from __future__ import annotations

import csv
import io
import json
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from geo.render.spreadsheet_cells import guarded

NOTHING = "–"
"""What a table shows where nothing is known."""


_WRITTEN: Mapping[type, str] = {int: ",", float: ",.3f", datetime: "%Y-%m-%d %H:%M", date: "%Y-%m-%d"}
"""How values of a type are written; a datetime is a date too, so it stands first."""


def cell_text(value: object) -> str:
    """A value as a person reads it: thousands grouped, times to the minute, nothing as a dash, control characters left out."""
    if value is None or value == "":
        return NOTHING
    for kind, written in _WRITTEN.items():
        if isinstance(value, kind):
            return format(value, written)
    return "".join(" " if unicodedata.category(letter).startswith("C") else letter for letter in str(value))


def share_text(share: float | None, lower: float | None, upper: float | None) -> str:
    """A share with its bounds in percent: `71.3 % (66.0–74.1)`; a dash where nothing is known."""
    if lower is None or upper is None:
        return NOTHING
    shown = NOTHING if share is None else f"{100 * share:.1f} %"
    return f"{shown} ({100 * lower:.1f}–{100 * upper:.1f})"


def aligned(headers: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Rows under headers in columns of equal width; a column of numbers is set to the right. Ends without a line break."""
    kept = [tuple(row) for row in rows]
    texts = [list(headers), *([cell_text(value) for value in row] for row in kept)]
    widths = [max(_width(line[column]) for line in texts) for column in range(len(headers))]
    is_number = [_is_numeric([row[column] for row in kept]) for column in range(len(headers))]
    texts.insert(1, ["-" * width for width in widths])
    return "\n".join(
        "  ".join(_padded(text, width, to_right) for text, width, to_right in zip(line, widths, is_number, strict=True)).rstrip()
        for line in texts
    )


def _is_numeric(values: Sequence[object]) -> bool:
    present = [value for value in values if value is not None]
    return bool(present) and all(isinstance(value, int | float) for value in present)


def _width(text: str) -> int:
    """Columns a text takes on a terminal: wide letters two, combining marks none."""
    return sum(0 if unicodedata.combining(letter) else 2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)


def _padded(text: str, width: int, to_right: bool) -> str:
    blanks = " " * (width - _width(text))
    return blanks + text if to_right else text + blanks


def as_json(value: Any) -> str:
    """Strict JSON, two blanks a level, letters as they are; dates as text. NaN is refused (ValueError)."""
    return json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False, default=str)


def as_csv(rows: Sequence[Mapping[str, Any]]) -> str:
    """Rows as CSV with a header; nothing where a value is None, cells that a spreadsheet would run guarded. No rows give no text."""
    if not rows:
        return ""
    text = io.StringIO()
    writer = csv.DictWriter(text, fieldnames=list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows({name: guarded(value) for name, value in row.items()} for row in rows)
    return text.getvalue()
