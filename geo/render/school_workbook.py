"""Schools as a workbook (XLSX) of any size: rows go to the disk as they come; a second sheet says what they rest on.

Ids are text, numbers are numbers to the last digit, days are days; every text is guarded, so that no spreadsheet runs it. Equal content
gives equal bytes.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow as pa
import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from geo.render.spreadsheet_cells import guarded

MOST_ROWS = 1_048_575
"""Rows of schools that a sheet takes: 1,048,576 with the line of names.

Source: https://support.microsoft.com/office/excel-specifications-and-limits-1672b34d-7043-467e-8e27-269d656771c3
"""
_MADE = datetime(2026, 1, 1)  # noqa: DTZ001 - a workbook has no time zones; a fixed day gives equal bytes for equal content
_FIRST_COLUMNS = 4
"""The ids and the name of a file of all properties, which stay in sight."""


@dataclass(frozen=True)
class SchoolBook:
    """What a workbook of schools says besides the schools.

    Parameters
    ----------
    title
        Of the document.
    rows_name, about_name
        Names of the sheets, in the language of the reader.
    about
        What the rows rest on: name and text of each line. A name alone is a heading.
    """

    title: str
    rows_name: str
    about_name: str
    about: Sequence[tuple[str, str]]


class _Exact(float):
    """A number that is written with every digit it has: the library would keep sixteen, which is not every number."""

    def __format__(self, spec: str) -> str:
        return repr(float(self))


def write_school_workbook(path: Path, names: Sequence[str], batches: Iterable[pa.Table], book: SchoolBook) -> None:
    """Write a workbook.

    Parameters
    ----------
    names
        Columns of every batch, in order.
    batches
        Columns of text, plain or dictionary-encoded, numbers and days; at most `MOST_ROWS` rows in all. Null is a blank cell.
    """
    options = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
        "tmpdir": str(path.parent),
    }
    with xlsxwriter.Workbook(str(path), options) as made:
        made.set_properties({"title": book.title, "author": "Qosyl", "created": _MADE})
        header = made.add_format({"bold": True, "bg_color": "#DCE9F5", "bottom": 1})
        wrapped = made.add_format({"text_wrap": True, "valign": "top"})
        day, text = made.add_format({"num_format": "yyyy-mm-dd"}), made.add_format({"num_format": "@"})
        schools, about = made.add_worksheet(book.rows_name[:31]), made.add_worksheet(book.about_name[:31])
        _write_names(schools, names, header)
        line = 1
        for batch in batches:
            _write_batch(schools, names, batch, line, {"day": day, "text": text})
            line += batch.num_rows
        schools.autofilter(0, 0, max(line - 1, 1), len(names) - 1)
        _write_about(about, book.about, header, wrapped)


def _write_names(sheet: Worksheet, names: Sequence[str], header: Format) -> None:
    """Write the line of names, which stays in sight."""
    for place, name in enumerate(names):
        sheet.set_column(place, place, 34 if name == "school_name" else max(11, min(len(name) + 3, 24)))
    sheet.freeze_panes(1, _FIRST_COLUMNS if "school_name" in names[:_FIRST_COLUMNS] else 0)
    for place, name in enumerate(names):
        sheet.write_string(0, place, name, header)


def _write_batch(sheet: Worksheet, names: Sequence[str], batch: pa.Table, line: int, formats: dict[str, Format]) -> None:
    """Write the rows of a batch, each column by what it holds."""
    columns = [(place, _writer(sheet, batch.schema.field(name), formats), batch[name].to_pylist()) for place, name in enumerate(names)]
    for row in range(batch.num_rows):
        for place, write, values in columns:
            value = values[row]
            if value is not None:
                write(line + row, place, value)


def _writer(sheet: Worksheet, field: pa.Field, formats: dict[str, Format]) -> Any:
    kind = field.type.value_type if pa.types.is_dictionary(field.type) else field.type
    if pa.types.is_string(kind):
        # Numbers in cells of text stay text when a person edits them: ids keep their zeros.
        form = formats["text"] if field.name.startswith("school_id") else None
        return partial(_write_text, sheet, form)
    return partial(_write_day, sheet, formats["day"]) if pa.types.is_date32(kind) else partial(_write_number, sheet)


def _write_text(sheet: Worksheet, form: Format | None, row: int, place: int, value: str) -> None:
    sheet.write_string(row, place, guarded(value), form)


def _write_number(sheet: Worksheet, row: int, place: int, value: float) -> None:
    sheet.write_number(row, place, _Exact(value) if isinstance(value, float) else value)


def _write_day(sheet: Worksheet, form: Format, row: int, place: int, value: date) -> None:
    sheet.write_datetime(row, place, value, form)


def _write_about(sheet: Worksheet, pairs: Sequence[tuple[str, str]], header: Format, wrapped: Format) -> None:
    """Write names and texts side by side; a name without a text is a heading."""
    sheet.set_column(0, 0, 30)
    sheet.set_column(1, 1, 110)
    for line, (name, text) in enumerate(pairs):
        sheet.write_string(line, 0, guarded(name), wrapped if text else header)
        sheet.write_string(line, 1, guarded(text), wrapped)
