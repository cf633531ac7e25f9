"""What was said of an earlier file is used where it fits the next, and never stands in its way."""

from __future__ import annotations

from io import BytesIO

import xlsxwriter

from geo.intake.options import Remembered
from geo.model import SpeedUnit
from tests.intake.files import column, read, the

SOURCE = "Облоно"


def workbook(**sheets: list[list[str]]) -> bytes:
    content = BytesIO()
    with xlsxwriter.Workbook(content, {"in_memory": True}) as book:
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            for row, cells in enumerate(rows):
                sheet.write_row(row, 0, cells)
    return content.getvalue()


def test_a_remembered_sheet_is_read_and_one_that_is_gone_is_passed_over() -> None:
    notes, schools = [["Notes"], ["x"]], [["school_id_govt", "school_name"], ["1", "A"]]
    before = Remembered(SOURCE, sheet="Schools")

    found = read(workbook(Notes=notes, Schools=schools), remembered=before)
    gone = read(workbook(List=schools), remembered=before)

    assert (found.detected["sheet"], found.mapping_from) == ("Schools", SOURCE)
    assert (gone.detected["sheet"], gone.mapping_from) == ("List", None)


def test_a_remembered_header_line_without_an_id_is_passed_over() -> None:
    before = Remembered(SOURCE, header_line=3, mapping={"kod": "school_id_govt"})

    same = read("title\nsubtitle\nkod,school_name\n1,A\n", remembered=before)
    moved = read("kod,school_name\n1,A\n2,B\n", remembered=before)

    assert (same.detected["header_line"], moved.detected["header_line"]) == ("3", "1")
    assert column(moved, "school_id_govt") == ["1", "2"]


def test_what_is_said_of_the_file_stands_before_what_is_remembered() -> None:
    before = Remembered(SOURCE, mapping={"a": "connectivity", "b": "num_students"}, values={"connectivity": {"x": "no", "z": "no"}})

    parsed = read(
        "school_id_govt,a,b\n1,5,x\n2,6,z\n",
        mapping={"b": "connectivity", "a": ""},
        values={"connectivity": {"x": "yes"}},
        remembered=before,
    )

    assert column(parsed, "connectivity") == ["yes", "no"]
    assert "num_students" not in parsed.table.column_names


def test_a_heading_that_an_earlier_answer_left_out_is_not_asked_about() -> None:
    parsed = read("school_id_govt,conectivity\n1,yes\n", remembered=Remembered(SOURCE, mapping={"conectivity": ""}))

    assert (parsed.questions, parsed.columns[1].name) == ((), None)


def test_a_remembered_unit_is_for_the_heading_it_was_said_for() -> None:
    before = Remembered(
        SOURCE,
        units={"upload_speed_mbps": SpeedUnit.KBPS},
        unit_headings={"upload_speed_mbps": "Отдача"},
        mapping={"Отдача": "upload_speed_mbps"},
    )

    same = read("school_id_govt,Отдача\n1,2048\n", remembered=before)
    other = read("school_id_govt,upload_speed_mbps\n1,20\n", remembered=before)

    assert (column(same, "upload_speed_mbps"), column(other, "upload_speed_mbps")) == ([2.048], [20])


def test_what_was_tried_in_vain_is_not_said() -> None:
    parsed = read("sep=;\nschool_id_govt;school_name\n1;A\n", remembered=Remembered(SOURCE, header_line=9))

    assert the(parsed, "format_detected").parameters["variant"] == "semicolon"
