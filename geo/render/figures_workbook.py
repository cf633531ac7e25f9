"""Figures as a workbook (XLSX): a sheet of rows under the names of the API, what each column means, and what the figures rest on.

Codes and ids are text, counts whole numbers, shares percentages, unknown figures blank; every text is guarded, so that no spreadsheet
runs it. Equal content gives equal bytes.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from typing import Any

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from geo.render.spreadsheet_cells import guarded

_SHARE = re.compile(r"_share(?:_lower|_upper)?$")  # takes "schools_connected_share_lower", not "share_of"
_POINTS = re.compile(r"_points(?:_lower|_upper)?$")
_MOST_SHEET_NAME = 31
"""Characters that a spreadsheet takes."""
_MADE = datetime(2026, 1, 1)  # noqa: DTZ001 - a workbook has no time zones; a fixed day gives equal bytes for equal content


@dataclass(frozen=True)
class Workbook:
    """What a workbook of figures holds.

    Parameters
    ----------
    title
        Of the document.
    figures_name, columns_name, about_name
        Names of the sheets, in the language of the reader.
    columns
        Names of the columns in order, and what each means.
    rows
        One mapping a row; what it lacks is blank.
    about
        What the figures rest on: name and text of each line. A name alone is a heading.
    """

    title: str
    figures_name: str
    columns_name: str
    about_name: str
    columns: Mapping[str, str]
    rows: Sequence[Mapping[str, Any]]
    about: Sequence[tuple[str, str]]


def figures_workbook(content: Workbook) -> bytes:
    """The workbook as a file."""
    out = BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(out, options) as book:
        book.set_properties({"title": content.title, "author": "Qosyl", "created": _MADE})
        header = book.add_format({"bold": True, "bg_color": "#DCE9F5", "bottom": 1, "text_wrap": True, "valign": "top"})
        wrapped = book.add_format({"text_wrap": True, "valign": "top"})
        figures, columns, about = (
            book.add_worksheet(_sheet_name(name)) for name in (content.figures_name, content.columns_name, content.about_name)
        )
        _write_figures(figures, content, header, _number_formats(book))
        _write_pairs(columns, tuple(content.columns.items()), (44, 90), header, wrapped)
        _write_pairs(about, content.about, (30, 110), header, wrapped)
    return out.getvalue()


def _sheet_name(text: str) -> str:
    return "".join(letter for letter in text if letter not in "[]:*?/\\'")[:_MOST_SHEET_NAME]


def _number_formats(book: Any) -> Mapping[str, Format]:
    return {
        "whole": book.add_format({"num_format": "#,##0"}),
        "share": book.add_format({"num_format": "0.0%"}),
        "points": book.add_format({"num_format": "0.0"}),
        "text": book.add_format({"num_format": "@"}),
    }


def _write_figures(sheet: Worksheet, content: Workbook, header: Format, formats: Mapping[str, Format]) -> None:
    """Write the rows; the first line stays in sight and has filters."""
    names = list(content.columns)
    for place, name in enumerate(names):
        sheet.write_string(0, place, guarded(name), header)
        sheet.set_column(place, place, 28 if name.endswith("_name") else 13)
    for line, row in enumerate(content.rows, 1):
        for place, name in enumerate(names):
            _write_cell(sheet, (line, place), row.get(name), _format_of(name, formats), formats["text"])
    sheet.set_row(0, 45)
    sheet.freeze_panes(1, sum(name.endswith("_name") or not _is_figure(name, content.rows) for name in names[:4]))
    if names:
        sheet.autofilter(0, 0, max(len(content.rows), 1), len(names) - 1)


def _is_figure(name: str, rows: Sequence[Mapping[str, Any]]) -> bool:
    return not any(isinstance(row.get(name), str) for row in rows)


def _format_of(name: str, formats: Mapping[str, Format]) -> Format:
    return formats["share" if _SHARE.search(name) else "points" if _POINTS.search(name) else "whole"]


def _write_cell(sheet: Worksheet, cell: tuple[int, int], value: Any, number: Format, text: Format) -> None:
    if value is None:
        return
    if isinstance(value, bool):
        sheet.write_boolean(*cell, value)
    elif isinstance(value, int | float):
        sheet.write_number(*cell, value, number)
    else:
        sheet.write_string(*cell, guarded(str(value)), text)


def _write_pairs(sheet: Worksheet, pairs: Sequence[tuple[str, str]], widths: tuple[int, int], header: Format, wrapped: Format) -> None:
    """Write names and texts side by side; a name without a text is a heading."""
    for place, width in enumerate(widths):
        sheet.set_column(place, place, width)
    for line, (name, text) in enumerate(pairs):
        sheet.write_string(line, 0, guarded(name), wrapped if text else header)
        sheet.write_string(line, 1, guarded(text), wrapped)
