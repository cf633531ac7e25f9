"""The template that people fill in, as a workbook and as CSV, made from the column table.

Every text is written as text, guarded as in all our files, so that no spreadsheet runs it.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Mapping
from datetime import datetime
from io import BytesIO, StringIO
from typing import Any

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.utility import xl_col_to_name
from xlsxwriter.worksheet import Worksheet

from geo.column_table import FIRST_DAY, Column, ColumnKind, column
from geo.column_table.template import TEMPLATE_COLUMNS, example_row, template_heading, template_words
from geo.render.spreadsheet_cells import guarded

MEDIA_TYPE_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
LAST_ROW = 50_000
"""Rows of the template that have drop-downs and limits."""

_MADE = datetime(2026, 1, 1)  # noqa: DTZ001 - a workbook has no time zones; a fixed day gives equal bytes for equal content
_MESSAGE_CHARACTERS = 255
"""Longest message that Excel takes."""
_WIDTHS = (30, 32, 70, 30, 60)

Translate = Callable[[str], str]


def _(text: str) -> str:
    """Mark a text for extraction; translated where it is written."""
    return text


_ROWS, _COLUMNS, _WORDS = _("Schools"), _("Columns"), _("Words")
_INTRODUCTION = (
    _("Fill in the first sheet, one row a school, and upload the file. Leave its first line as it is; columns may be left out or moved."),
    _("Row 2 of the first sheet is an example. It is passed over when the file is read; write over it or delete it."),
    _("Each row needs the school's code or its Giga id. A blank cell keeps what is known about the school; blank is neither 0 nor no."),
    _("Do not write anything about persons: no names, telephones, e-mail addresses or identity numbers."),
)
_TITLES = (_("Heading"), _("Name in exports and in the API"), _("What it holds"), _("Limits"), _("Words"))
_LIST, _BETWEEN, _LENGTH = (
    _("Choose a word of the list."),
    _("Write a number from {minimum} to {maximum}."),
    _("At most {length} characters."),
)
_NOT_LATER = _("Write a date from {minimum} to today.")
_WHOLE = _("Write a whole number from {minimum} to {maximum}.")


def template_csv(language: str) -> str:
    """The template as CSV: the header and the example row, with a byte-order mark so that Excel sees UTF-8.

    In Russian and Kazakh the values are separated by semicolons and decimals stand behind commas, since Excel in these languages opens
    no other CSV file well: it makes a date of 84.5.
    """
    mark, decimal = (",", ".") if language == "en" else (";", ",")
    text = StringIO()
    writer = csv.writer(text, delimiter=mark, lineterminator="\r\n")
    row = example_row(language)
    writer.writerow(guarded(template_heading(name, language)) for name in TEMPLATE_COLUMNS)
    writer.writerow(_cell_text(row.get(name, ""), decimal) for name in TEMPLATE_COLUMNS)
    return "\ufeff" + text.getvalue()


def _cell_text(value: str | float, decimal: str) -> str:
    return guarded(value) if isinstance(value, str) else f"{value:.10g}".replace(".", decimal)


def template_workbook(language: str, translate: Translate) -> bytes:
    """The template as a workbook (XLSX): rows with drop-downs and limits, and a sheet that explains the columns.

    Parameters
    ----------
    translate
        Gives the texts of the explanation in the language; headings and words come from the column table.
    """
    bytes_ = BytesIO()
    with xlsxwriter.Workbook(bytes_, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}) as book:
        book.set_properties({"title": translate(_ROWS), "author": "Qosyl", "created": _MADE})
        formats = {
            "header": book.add_format({"bold": True, "bg_color": "#DCE9F5", "bottom": 1, "text_wrap": True, "valign": "top"}),
            "text": book.add_format({"num_format": "@"}),
            "date": book.add_format({"num_format": "yyyy-mm-dd" if language == "en" else "dd.mm.yyyy"}),
            "example": book.add_format({"italic": True, "font_color": "#666666", "num_format": "@"}),
            "example_number": book.add_format({"italic": True, "font_color": "#666666"}),
            "wrapped": book.add_format({"text_wrap": True, "valign": "top"}),
        }
        formats["example_date"] = book.add_format(
            {"italic": True, "font_color": "#666666", "num_format": "yyyy-mm-dd" if language == "en" else "dd.mm.yyyy"}
        )
        rows, columns, words = (book.add_worksheet(_sheet_name(translate(name))) for name in (_ROWS, _COLUMNS, _WORDS))
        ranges = _write_words(words, language)
        words.hide()
        _write_rows(rows, language, formats)
        for place, name in enumerate(TEMPLATE_COLUMNS):
            rows.data_validation(1, place, LAST_ROW, place, _validation(column(name), ranges.get(name), translate))
        _write_explanation(columns, language, translate, formats)
    return bytes_.getvalue()


def _sheet_name(text: str) -> str:
    return "".join(letter for letter in text if letter not in "[]:*?/\\'")[:31]


def _write_words(sheet: Worksheet, language: str) -> dict[str, str]:
    """Write the words of each closed list under each other; returns the range of each, for the drop-downs."""
    ranges: dict[str, str] = {}
    for place, name in enumerate(name for name in TEMPLATE_COLUMNS if template_words(name, language)):
        shown = list(template_words(name, language).values())
        sheet.write_string(0, place, guarded(template_heading(name, language)))
        for row, word in enumerate(shown, 1):
            sheet.write_string(row, place, guarded(word))
        letters = xl_col_to_name(place)
        ranges[name] = f"='{sheet.get_name()}'!${letters}$2:${letters}${len(shown) + 1}"
    return ranges


def _write_rows(sheet: Worksheet, language: str, formats: Mapping[str, Format]) -> None:
    """Write the header and the example row, and give the columns their formats: ids stay text, so that leading zeros do."""
    example = example_row(language)
    sheet.freeze_panes(1, 1)
    for place, name in enumerate(TEMPLATE_COLUMNS):
        kind, heading = column(name).kind, template_heading(name, language)
        shape = formats["date"] if kind is ColumnKind.DATE else formats["text"] if kind in (ColumnKind.ID, ColumnKind.TEXT) else None
        sheet.set_column(place, place, max(14, len(heading) + 2), shape)
        sheet.write_string(0, place, guarded(heading), formats["header"])
        value = example.get(name)
        if kind is ColumnKind.DATE and isinstance(value, str):
            sheet.write_datetime(1, place, datetime.fromisoformat(value), formats["example_date"])
        elif isinstance(value, str):
            sheet.write_string(1, place, guarded(value), formats["example"])
        elif value is not None:
            sheet.write_number(1, place, value, formats["example_number"])


def _validation(each: Column, words: str | None, translate: Translate) -> dict[str, Any]:
    """What a spreadsheet lets people type into a column, and what it says to the rest."""
    low, high = each.minimum or 0.0, each.maximum or 0.0
    limits = {"minimum": f"{low:g}", "maximum": _grouped(high)}
    between: dict[str, Any] = {"criteria": "between", "minimum": low, "maximum": high}
    rule: dict[str, Any]
    match each.kind:
        case ColumnKind.WORD:
            rule, message = {"validate": "list", "source": words}, translate(_LIST)
        case ColumnKind.NUMBER:
            rule, message = {"validate": "decimal", **between}, translate(_BETWEEN).format(**limits)
        case ColumnKind.WHOLE_NUMBER:
            rule, message = {"validate": "integer", **between}, translate(_WHOLE).format(**limits)
        case ColumnKind.DATE:
            rule = {"validate": "date", "criteria": "between", "minimum": FIRST_DAY, "maximum": "=TODAY()+1"}
            message = translate(_NOT_LATER).format(minimum=FIRST_DAY.isoformat())
        case _:
            rule = {"validate": "length", "criteria": "<=", "value": each.max_length}
            message = translate(_LENGTH).format(length=each.max_length)
    return rule | {"error_message": message[:_MESSAGE_CHARACTERS], "ignore_blank": True}


def _grouped(number: float) -> str:
    return f"{number:,.0f}".replace(",", " ")


def _write_explanation(sheet: Worksheet, language: str, translate: Translate, formats: Mapping[str, Format]) -> None:
    for place, width in enumerate(_WIDTHS):
        sheet.set_column(place, place, width)
    for row, line in enumerate(_INTRODUCTION):
        sheet.write_string(row, 0, guarded(translate(line)))
    start = len(_INTRODUCTION) + 1
    for place, title in enumerate(_TITLES):
        sheet.write_string(start, place, guarded(translate(title)), formats["header"])
    for row, name in enumerate(TEMPLATE_COLUMNS, start + 1):
        for place, text in enumerate(_explanation(column(name), language, translate)):
            sheet.write_string(row, place, guarded(text), formats["wrapped"])


def _explanation(each: Column, language: str, translate: Translate) -> tuple[str, ...]:
    """A row of the explanation: heading, our name, meaning, limits, words."""
    limits = ""
    if each.maximum is not None:
        limits = f"{each.minimum:g} … {_grouped(each.maximum)} {translate(each.unit)}".replace("-", "−")
    elif each.max_length is not None:
        limits = translate(_LENGTH).format(length=each.max_length)
    words = ", ".join(template_words(each.name, language).values())
    return template_heading(each.name, language), each.name, translate(each.description), limits, words
