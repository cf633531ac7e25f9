"""The fields of one record of CSV text."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache

_HEADING_LENGTH = 500


@cache
def _field_pattern(delimiter: str) -> re.Pattern[str]:
    mark = re.escape(delimiter)
    return re.compile(rf'(?:"((?:[^"]|"")*)"|([^{mark}"]*))(?:{mark}|\Z)')  # takes: plain, "a, ""b""", empty; refuses: a"b, "a"b


def split_fields(text: str, delimiter: str = ",") -> list[str]:
    """Fields of one well-formed record, quotes taken off."""
    if '"' not in text:
        return text.split(delimiter)
    pattern = _field_pattern(delimiter)
    fields: list[str] = []
    position = 0
    while (found := pattern.match(text, position)) is not None:
        quoted, plain = found.groups()
        fields.append(plain if quoted is None else quoted.replace('""', '"'))
        position = found.end()
        if not found.group().endswith(delimiter):
            break
    return fields


def as_headings(fields: Sequence[str]) -> list[str]:
    """Fields that may be headings, cut to a length that is quick to compare and longer than any heading."""
    return [field[:_HEADING_LENGTH] for field in fields]
