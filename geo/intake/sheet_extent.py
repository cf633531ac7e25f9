"""How far the cells of a sheet reach, from its XML in pieces: readers of workbooks keep every cell of the rectangle that encloses them."""

from __future__ import annotations

import re
from typing import Protocol

_FREE_CELLS = 2_000_000
_SPREAD = 8
"""A rectangle may have so many places for each cell that is there; smaller ones than `_FREE_CELLS` may be emptier."""
_MAX_CELLS = 20_000_000
_MAX_STRINGS = 5_000_000
_OVERLAP = 128

_REFERENCE = re.compile(rb"""r\s*=\s*["']([A-Za-z]{0,3})([0-9]{1,7})["']""")  # takes: r="B12" of a cell, r="12" of a row
_CELL = re.compile(rb"<(?:\w+:)?c[\s/>]")
_ROW = re.compile(rb"<(?:\w+:)?row[\s/>]")
_TABLE_TAG = re.compile(rb"""<table:(table|table-row|table-cell|covered-table-cell)((?:\s+[\w:.\-]+\s*=\s*(?:"[^"]*"|'[^']*'))*)\s*(/?)>""")
_REPEATED = re.compile(rb"""table:number-(?:rows|columns)-repeated\s*=\s*["']([0-9]+)["']""")


class SheetExtent(Protocol):
    """Looks at the XML of one part of a workbook piece by piece."""

    def look(self, piece: bytes) -> None:
        """Take in the next piece."""

    @property
    def is_unreasonable(self) -> bool:
        """Whether reading the part would take far more memory than what it holds."""


def is_too_far(rows: int, columns: int, cells: int) -> bool:
    """Whether the rectangle that encloses the cells has far more places than cells, or there are too many cells."""
    return cells > _MAX_CELLS or rows * columns > max(_FREE_CELLS, _SPREAD * cells)


class ExcelExtent:
    """The cells of one part of an XLSX workbook; cells without reference follow each other from the first column."""

    def __init__(self) -> None:
        self._carry = b""
        self._rows = self._columns = self._cells = self._strings = 0
        self._row_tags = 0

    def look(self, piece: bytes) -> None:
        """Take in the next piece."""
        text = self._carry + piece
        self._carry = text[-_OVERLAP:]
        self._strings += piece.count(b"<si")
        found = _REFERENCE.findall(text)
        if found:
            columns, rows = zip(*found, strict=True)
            self._rows = max(self._rows, *map(int, set(rows)))
            self._columns = max(self._columns, *map(_column_number, set(columns)))
        cells = text.count(b"<c ") + text.count(b"<c>") + text.count(b":c ") + text.count(b":c>")
        self._cells += cells
        self._row_tags += text.count(b"<row") + text.count(b":row")
        if cells > len(found):
            self._columns = max(self._columns, 2 * max(len(_CELL.findall(row)) for row in _ROW.split(text)))

    @property
    def is_unreasonable(self) -> bool:
        """Whether reading the part would take far more memory than what it holds."""
        rows = max(self._rows, self._row_tags)
        return self._strings > _MAX_STRINGS or is_too_far(rows, self._columns, self._cells)


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters.upper():
        number = 26 * number + letter - 64
    return number


class OpenDocumentExtent:
    """The cells of an ODS workbook's content: rows and cells may be repeated, and blank ones at the ends count for nothing."""

    def __init__(self) -> None:
        self._carry = b""
        self._cells = self._row = self._column = self._repeat = self._filled = 0
        self._is_too_far = False
        self._last_row = self._last_column = 0

    def look(self, piece: bytes) -> None:
        """Take in the next piece."""
        text = self._carry + piece
        end = 0
        for tag in _TABLE_TAG.finditer(text):
            end = tag.end()
            self._take(tag.group(1), tag.group(2), is_closed=bool(tag.group(3)))
        start = text.rfind(b"<", max(end, len(text) - (1 << 16)))
        self._carry = text[start:] if start >= 0 and b">" not in text[start:] else b""

    def _take(self, kind: bytes, attributes: bytes, *, is_closed: bool) -> None:
        repeated = _REPEATED.search(attributes)
        count = int(repeated.group(1)[:9]) if repeated else 1
        if kind == b"table":
            self._row = self._repeat = self._last_row = self._last_column = 0
        elif kind == b"table-row":
            self._row += self._repeat
            self._repeat, self._column = count, 0
        else:
            self._cells += 1
            if not is_closed or b"value-type" in attributes:
                self._last_row = max(self._last_row, self._row + self._repeat)
                self._last_column = max(self._last_column, self._column + count)
                self._is_too_far |= is_too_far(self._last_row, self._last_column, self._cells)
            self._column += count

    @property
    def is_unreasonable(self) -> bool:
        """Whether reading the part would take far more memory than what it holds."""
        return self._is_too_far
