"""Workbooks of figures: what a spreadsheet program reads back is what was put in, and nothing in it runs."""

from __future__ import annotations

import zipfile
from io import BytesIO
from typing import Any

from python_calamine import CalamineWorkbook

from geo.render.figures_workbook import Workbook, figures_workbook


def make_workbook(
    *rows: dict[str, Any], columns: tuple[str, ...] = ("admin1", "admin1_name", "schools", "schools_connected_share")
) -> bytes:
    meanings = {name: f"what {name} means" for name in columns}
    return figures_workbook(
        Workbook("Figures", "Figures", "Columns", "About: all [of] it?", meanings, rows, (("About", ""), ("Cite as", "Qosyl")))
    )


def sheet(workbook: bytes, name: str) -> list[list[Any]]:
    return [list(row) for row in CalamineWorkbook.from_filelike(BytesIO(workbook)).get_sheet_by_name(name).to_python()]


def format_codes(workbook: bytes) -> str:
    return zipfile.ZipFile(BytesIO(workbook)).read("xl/styles.xml").decode()


def test_codes_stay_text_and_figures_numbers() -> None:
    workbook = make_workbook({"admin1": "007", "admin1_name": "Abai", "schools": 1200, "schools_connected_share": 0.25})

    assert sheet(workbook, "Figures")[1] == ["007", "Abai", 1200.0, 0.25]
    assert 'formatCode="0.0%"' in format_codes(workbook)


def test_figure_that_is_not_known_is_blank_and_not_nought() -> None:
    workbook = make_workbook({"admin1": None, "schools": 0, "schools_connected_share": None}, {"admin1": "B", "schools": 1})

    assert sheet(workbook, "Figures")[1] == ["", "", 0.0, ""]


def test_names_that_look_like_formulas_are_guarded_text() -> None:
    workbook = make_workbook({"admin1": "=1+1", "admin1_name": '=HYPERLINK("http://x")', "schools": 1})

    assert sheet(workbook, "Figures")[1][:2] == ["'=1+1", '\'=HYPERLINK("http://x")']
    assert b"<f>" not in zipfile.ZipFile(BytesIO(workbook)).read("xl/worksheets/sheet1.xml")


def test_every_column_is_explained_and_sheet_names_are_ones_that_spreadsheets_take() -> None:
    workbook = make_workbook()

    assert [row[0] for row in sheet(workbook, "Columns")] == ["admin1", "admin1_name", "schools", "schools_connected_share"]
    assert sheet(workbook, "About all of it")[1] == ["Cite as", "Qosyl"]


def test_equal_content_gives_equal_bytes() -> None:
    row = {"admin1": "A", "schools": 1}

    assert make_workbook(row) == make_workbook(row)
