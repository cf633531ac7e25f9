"""Workbooks of schools: every cell as it is, for each program that reads them."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import openpyxl
import pyarrow as pa
import pytest
import python_calamine

from geo.render.school_workbook import SchoolBook, write_school_workbook

TEXTS = ("=1+1", "'=1", "a&b<c>\"d'", " blanks ", "line\nbreak", "return\rhere", "_x000D_", "_x005F_", "Ә 🏫", "00012", "", "\x01")
BOOK = SchoolBook("Schools", "Schools", "About", (("Heading", ""), ("=name", "+text")))


def written(path: Path, table: pa.Table) -> Path:
    halves = [table.slice(0, 5), table.slice(5)]
    write_school_workbook(path / "schools.xlsx", table.schema, halves, table.num_rows, BOOK)
    return path / "schools.xlsx"


@pytest.fixture
def table() -> pa.Table:
    count = len(TEXTS)
    return pa.table(
        {
            "school_id": TEXTS,
            "word": pa.array(TEXTS).dictionary_encode(),
            "mbps": pa.array([0.1 + 0.2, 1e300, 5e-324, None, *range(count - 4)], pa.float64()),
            "students": pa.array([None, *range(count - 1)], pa.int32()),
            "day": pa.array([date(1990, 1, 1), None, *[date(2024, 2, 29)] * (count - 2)], pa.date32()),
        }
    )


def guarded(text: str) -> str:
    return f"'{text}" if text.lstrip("'")[:1] == "=" else text


def test_cells_are_exact_for_openpyxl(tmp_path: Path, table: pa.Table) -> None:
    sheet = openpyxl.load_workbook(written(tmp_path, table)).worksheets[0]

    head, *rows = ([cell.value for cell in row] for row in sheet.iter_rows())

    assert head == table.column_names
    # It leaves the signs that XML cannot hold as they are written.
    told = [guarded(text).replace("\r", "_x000D_").replace("\x01", "_x0001_") for text in TEXTS]
    told[TEXTS.index("_x000D_")], told[TEXTS.index("_x005F_")] = "_x005F_x000D_", "_x005F_x005F_"
    assert [row[0] for row in rows] == [row[1] for row in rows] == told
    assert [row[2] for row in rows] == table["mbps"].to_pylist()
    assert [row[3] for row in rows] == table["students"].to_pylist()
    assert [row[4] and row[4].date() for row in rows] == table["day"].to_pylist()
    assert {cell.number_format for cell in sheet["A"][1:]} == {"@"}


def test_cells_are_exact_for_the_reader_of_uploads(tmp_path: Path, table: pa.Table) -> None:
    sheet = python_calamine.CalamineWorkbook.from_path(str(written(tmp_path, table))).get_sheet_by_index(0)

    _, *rows = sheet.to_python(skip_empty_area=False)

    assert [row[0] for row in rows] == [guarded(text) for text in TEXTS]
    assert [row[2] or None for row in rows][:3] == table["mbps"].to_pylist()[:3]


def test_reader_that_trusts_the_stated_size_sees_every_row(tmp_path: Path, table: pa.Table) -> None:
    book = openpyxl.load_workbook(written(tmp_path, table), read_only=True)

    assert book.worksheets[0].calculate_dimension() == f"A1:E{len(TEXTS) + 1}"
    assert len(list(book.worksheets[0].iter_rows())) == len(TEXTS) + 1
    book.close()


@pytest.mark.parametrize("count", [0, 1])
def test_workbook_of_no_school_or_one_column_opens(tmp_path: Path, table: pa.Table, count: int) -> None:
    book = openpyxl.load_workbook(written(tmp_path, table.select(["day"]).slice(0, count)))

    assert book.worksheets[0].max_row == count + 1
    assert [[cell.value for cell in row] for row in book.worksheets[1].iter_rows()] == [["Heading", ""], ["'=name", "'+text"]]


def test_equal_content_gives_equal_bytes(tmp_path: Path, table: pa.Table) -> None:
    (tmp_path / "other").mkdir()

    assert written(tmp_path, table).read_bytes() == written(tmp_path / "other", table).read_bytes()
