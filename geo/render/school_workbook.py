"""Schools as a workbook (XLSX) of any size: a library makes everything but the rows, which are written column by column like all our text.

Ids are text, numbers are numbers to the last digit, days are days; every text is guarded, so that no spreadsheet runs it. Equal content
gives equal bytes.

Source: ECMA-376 part 1, 18.3.1 (rows and cells), 18.4.12 and 22.9.2.19 (texts).
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.utility import xl_col_to_name
from xlsxwriter.worksheet import Worksheet

from geo.render.joined_rows import Cells, joined, replaced
from geo.render.spreadsheet_cells import GUARDED_TEXT, guarded

MOST_ROWS = 1_048_575
"""Rows of schools that a sheet takes: 1,048,576 with the line of names.

Source: https://support.microsoft.com/office/excel-specifications-and-limits-1672b34d-7043-467e-8e27-269d656771c3
"""
_MADE = datetime(2026, 1, 1)  # noqa: DTZ001 - a workbook has no time zones; a fixed day gives equal bytes for equal content
_FIRST_COLUMNS = 4
"""The ids and the name of a file of all properties, which stay in sight."""
_SHEET = "xl/worksheets/sheet1.xml"
_END_OF_ROWS = b"</sheetData>"
_COLUMN = re.compile(rb'<col min="(\d+)" max="(\d+)" width="[\d.]+" style="(\d+)"')
_DIMENSION = re.compile(rb'<dimension ref="[A-Z0-9:]+"/>')
_PACKING_LEVEL = 3
_MOST_CELL_BYTES = 128
_FIRST_DAY = 25_569
"""Number that a spreadsheet gives 1970-01-01, the day from which Arrow counts."""
_NO_XML = "[\x00-\x08\x0b-\x1f\ufffe\uffff]"
_LOOKS_ESCAPED = "_(x[0-9A-Fa-f]{4}_)"


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


def write_school_workbook(path: Path, schema: pa.Schema, batches: Iterable[pa.Table], count: int, book: SchoolBook) -> None:
    """Write a workbook.

    Parameters
    ----------
    schema, batches
        Columns of text, plain or dictionary-encoded, numbers and days; null is a blank cell.
    count
        How many rows there are in all, at most `MOST_ROWS`.
    """
    bare_book = BytesIO(_without_rows(schema, count, book))
    with zipfile.ZipFile(bare_book) as bare, zipfile.ZipFile(path, "x", zipfile.ZIP_DEFLATED, compresslevel=_PACKING_LEVEL) as made:
        for entry in bare.infolist():
            content = bare.read(entry)
            is_large = entry.filename == _SHEET and count * len(schema) * _MOST_CELL_BYTES > zipfile.ZIP64_LIMIT
            with made.open(entry.filename, "w", force_zip64=is_large) as file:
                head, end, tail = content.partition(_END_OF_ROWS) if entry.filename == _SHEET else (content, b"", b"")
                file.write(_DIMENSION.sub(f'<dimension ref="A1:{xl_col_to_name(len(schema) - 1)}{count + 1}"/>'.encode(), head, count=1))
                if end:
                    file.writelines(_rows(schema, batches, _styles(head)))
                    file.write(end + tail)


def _without_rows(schema: pa.Schema, count: int, book: SchoolBook) -> bytes:
    """The workbook with the line of names, whose columns have the formats of the cells that come under it."""
    out = BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}) as made:
        made.set_properties({"title": book.title, "author": "Qosyl", "created": _MADE})
        header = made.add_format({"bold": True, "bg_color": "#DCE9F5", "bottom": 1})
        wrapped = made.add_format({"text_wrap": True, "valign": "top"})
        forms = {"day": made.add_format({"num_format": "yyyy-mm-dd"}), "id": made.add_format({"num_format": "@"})}
        schools, about = made.add_worksheet(book.rows_name[:31]), made.add_worksheet(book.about_name[:31])
        for place, field in enumerate(schema):
            kind = "day" if pa.types.is_date32(field.type) else "id" if field.name.startswith("school_id") else ""
            width = 34 if field.name == "school_name" else max(11, min(len(field.name) + 3, 24))
            schools.set_column(place, place, width, forms.get(kind))
            schools.write_string(0, place, field.name, header)
        schools.freeze_panes(1, _FIRST_COLUMNS if "school_name" in schema.names[:_FIRST_COLUMNS] else 0)
        schools.autofilter(0, 0, max(count, 1), len(schema) - 1)
        _write_about(about, book.about, header, wrapped)
    return out.getvalue()


def _write_about(sheet: Worksheet, pairs: Sequence[tuple[str, str]], header: Format, wrapped: Format) -> None:
    """Write names and texts side by side; a name without a text is a heading."""
    sheet.set_column(0, 0, 30)
    sheet.set_column(1, 1, 110)
    for line, (name, text) in enumerate(pairs):
        sheet.write_string(line, 0, guarded(name), wrapped if text else header)
        sheet.write_string(line, 1, guarded(text), wrapped)


def _styles(sheet: bytes) -> Mapping[int, str]:
    """Number of the format of each column that has one, by its place from 0."""
    found = ((int(first), int(last), style.decode()) for first, last, style in _COLUMN.findall(sheet))
    return {place - 1: style for first, last, style in found for place in range(first, last + 1)}


def _rows(schema: pa.Schema, batches: Iterable[pa.Table], styles: Mapping[int, str]) -> Iterator[bytes]:
    """The rows under the line of names, one part a batch; blank cells are left out, so each says where it stands."""
    cells = Cells(text=_texts, number=_numbers, day=lambda days: _numbers(pc.add(days.cast(pa.int32()), _FIRST_DAY)))
    begins = [(f'<c r="{xl_col_to_name(place)}', f'" s="{styles[place]}" ' if place in styles else '" ') for place in range(len(schema))]
    line = 2
    for batch in batches:
        lines = pa.array(np.arange(line, line + batch.num_rows)).cast(pa.string())
        placed = [
            pc.binary_join_element_wise(before, lines, after, cells.of(name, batch[name]), "")
            for name, (before, after) in zip(schema.names, begins, strict=True)
        ]
        yield joined(['<row r="', lines, '">', *placed, "</row>"], "", "")
        line += batch.num_rows


def _numbers(values: pa.Array) -> pa.Array:
    return pc.binary_join_element_wise("><v>", values.cast(pa.string()), "</v></c>", "")


def _texts(texts: pa.Array) -> pa.Array:
    """Texts as they stand in cells, guarded; what XML cannot hold is written as spreadsheets do: _x000D_ for a carriage return."""
    safe = replaced(texts, pc.match_substring_regex(texts, GUARDED_TEXT), lambda odd: pc.binary_join_element_wise("'", odd, ""))
    safe = replaced(
        safe, pc.match_substring_regex(safe, _LOOKS_ESCAPED), lambda odd: pc.replace_substring_regex(odd, _LOOKS_ESCAPED, r"_x005F_\1")
    )
    for sign, entity in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;")):
        safe = pc.replace_substring(safe, sign, entity)
    safe = replaced(safe, pc.match_substring_regex(safe, _NO_XML), _escaped)
    return pc.binary_join_element_wise('t="inlineStr"><is><t xml:space="preserve">', safe, "</t></is></c>", "")


def _escaped(texts: pa.Array) -> pa.Array:
    return pa.array([re.sub(_NO_XML, lambda sign: f"_x{ord(sign[0]):04X}_", text) for text in texts.to_pylist()], pa.string())
