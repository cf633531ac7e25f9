"""How a CSV text is separated: told by its header, which must hold an id under one delimiter, or by a first line `sep=;`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from geo.intake.columns import known_headings, likely_headings
from geo.intake.csv_fields import as_headings, split_fields

DELIMITERS = (",", ";", "\t", "|")
HEADER_SEARCH_LINES = 20
"""Physical lines among which the header is looked for."""

_HEAD_BYTES = 1 << 18
_SEPARATOR_LINE = re.compile(r'"?sep=([,;|\t])"?[ ,;\t]*', re.IGNORECASE)  # takes: sep=;, "sep=,", SEP=;;; refuses: sep=x, separator
_NAMES = {",": "comma", ";": "semicolon", "\t": "tab", "|": "pipe"}


@dataclass(frozen=True)
class Dialect:
    """The character between fields, and whether the first line says so and is none of the table."""

    delimiter: str
    has_separator_line: bool = False

    @property
    def name(self) -> str:
        """Name of the delimiter: comma, semicolon, tab or pipe."""
        return _NAMES[self.delimiter]

    @property
    def shown(self) -> str:
        """The delimiter where it can be seen, else its name."""
        return self.name if self.delimiter.isspace() else self.delimiter


def find_dialect(data: bytes, mapping: Mapping[str, str], *, header_line: int | None = None) -> Dialect:
    """The delimiter of a CSV text.

    The delimiter is the one under which a line among the first 20 has an id and the most headings that are known; commas stand
    before the others. Where no line has an id under any, headings that only resemble ours count too; where none resembles an id, it
    is the most frequent delimiter of the first line that has any, for the sake of the message.

    Parameters
    ----------
    data
        Valid UTF-8.
    mapping
        Heading → our name, known besides the spellings.
    header_line
        Physical line of the header where a person says so; only this one is looked at.
    """
    lines = _first_lines(data, header_line or HEADER_SEARCH_LINES)
    if lines and (said := _SEPARATOR_LINE.fullmatch(lines[0].strip())):
        return Dialect(said.group(1), has_separator_line=True)
    if header_line is not None:
        lines = lines[header_line - 1 :]
    filled = [line for line in lines if line.strip()]
    for count in (known_headings, likely_headings):
        found = {mark: max((count(as_headings(split_fields(line, mark)), mapping) for line in filled), default=0) for mark in DELIMITERS}
        best = max(DELIMITERS, key=lambda mark: found[mark])
        if found[best]:
            return Dialect(best)
    return Dialect(_most_frequent(filled))


def _first_lines(data: bytes, count: int) -> list[str]:
    head = data[:_HEAD_BYTES].decode("utf-8", errors="ignore")
    return re.split(r"\r\n|\r|\n", head, maxsplit=count)[:count]


def _most_frequent(lines: list[str]) -> str:
    for line in lines:
        bare = re.sub(r'"[^"]*"', "", line)
        best = max(DELIMITERS, key=bare.count)
        if best in bare:
            return best
    return DELIMITERS[0]
