"""Workbooks: one sheet is read like a CSV file, by content, exactly, and never at any cost in memory."""

import io
import math
import time
import tracemalloc
import zipfile
from datetime import date, datetime

import pytest
import xlsxwriter

from geo.intake.compound import packed
from geo.intake.problems import sentence
from tests.intake.biff import cell, container, record, workbook_stream, xls
from tests.intake.files import column, errors, read, refused, the

HEAD = ["school_id_govt", "school_name", "latitude", "longitude", "connectivity", "num_students", "collected_on"]
ROW = ["KZ0001", "Көкшетау", 51.169392, 71.449074, "yes", 300, date(2026, 5, 1)]


def xlsx(*sheets: tuple[str, list[list[object]]], hidden: tuple[str, ...] = (), first_row: int = 0) -> bytes:
    target = io.BytesIO()
    with xlsxwriter.Workbook(target, {"default_date_format": "dd.mm.yyyy"}) as workbook:
        for name, rows in sheets:
            sheet = workbook.add_worksheet(name)
            for number, row in enumerate(rows, start=first_row):
                for position, cell in enumerate(row):
                    sheet.write(number, position, cell)
            if name in hidden:
                sheet.hide()
            else:
                sheet.activate()
    return target.getvalue()


def repacked(parts: dict[str, bytes], **changes: bytes) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in {**parts, **changes}.items():
            archive.writestr(name, content, compress_type=zipfile.ZIP_STORED if name == "mimetype" else None)
    return target.getvalue()


def parts(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


ODS_TYPE = b"application/vnd.oasis.opendocument.spreadsheet"
ODS_START = (
    '<?xml version="1.0"?><office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
    'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0">'
    '<office:body><office:spreadsheet><table:table table:name="Мектептер">'
)
ODS_END = (
    '<table:table-row table:number-rows-repeated="1048500"><table:table-cell table:number-columns-repeated="16384"/></table:table-row>'
    "</table:table></office:spreadsheet></office:body></office:document-content>"
)


def ods_cell(cell: object) -> str:
    if isinstance(cell, date):
        return f'<table:table-cell office:value-type="date" office:date-value="{cell}"><text:p>x</text:p></table:table-cell>'
    if isinstance(cell, int | float):
        return f'<table:table-cell office:value-type="float" office:value="{cell}"><text:p>x</text:p></table:table-cell>'
    return f'<table:table-cell office:value-type="string"><text:p>{cell}</text:p></table:table-cell>' if cell else "<table:table-cell/>"


def ods(rows: list[list[object]], body: str = "") -> bytes:
    tail = '<table:table-cell table:number-columns-repeated="16370"/></table:table-row>'
    body += "".join(f"<table:table-row>{''.join(map(ods_cell, row))}{tail}" for row in rows)
    manifest = '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>'
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", ODS_TYPE, compress_type=zipfile.ZIP_STORED)
        archive.writestr("META-INF/manifest.xml", manifest)
        archive.writestr("content.xml", ODS_START + body + ODS_END)
    return target.getvalue()


@pytest.mark.parametrize("data", [xlsx(("A", [HEAD, ROW])), ods([HEAD, ROW]), xls(("A", [HEAD, ROW]))], ids=["xlsx", "ods", "xls"])
def test_b32_a_workbook_gives_the_same_table_as_csv(data):
    as_csv = "school_id_govt,school_name,latitude,longitude,connectivity,num_students,collected_on\n" + ",".join(map(str, ROW)) + "\n"

    parsed = read(data)

    assert errors(parsed) == []
    assert parsed.table.equals(read(as_csv).table)


@pytest.mark.parametrize(
    ("data", "kind"),
    [(xlsx(("A", [HEAD, ROW]), ("B", [])), "XLSX"), (ods([HEAD, ROW]), "ODS"), (xls(("A", [HEAD, ROW]), ("B", [])), "XLS")],
    ids=["xlsx", "ods", "xls"],
)
def test_b32_the_sheet_that_was_read_is_said_with_the_number_of_sheets(data, kind):
    parsed = read(data)

    expected = 'sheet "A", 1 of 2' if kind != "ODS" else 'sheet "Мектептер", 1 of 1'
    assert sentence(the(parsed, "format_detected")) == f"The file was read as a workbook ({kind}): {expected}."
    assert parsed.detected["format"] == kind.lower()
    assert parsed.detected["sheets"] == expected[-1]
    assert parsed.detected["sheet_names"].split("\n") == (["A", "B"] if kind != "ODS" else ["Мектептер"])


@pytest.mark.parametrize("make", [xlsx, xls])
def test_b32_the_first_sheet_that_is_not_hidden_is_read_unless_one_is_named(make):
    data = make(("Old", [HEAD, ROW]), ("New", [HEAD, ["KZ2", *ROW[1:]]]), hidden=("Old",))

    assert column(read(data), "school_id_govt") == ["KZ2"]
    assert column(read(data, sheet="Old"), "school_id_govt") == ["KZ0001"]


def test_b32_a_sheet_that_is_not_there_is_refused_with_those_that_are():
    refusal = refused(xlsx(("A", [HEAD, ROW]), ("B", [])), sheet="C")

    assert refusal.problem.code == "unknown_sheet"
    assert 'It has: "A", "B".' in str(refusal)


def test_b32_a_sheet_without_cells_is_refused_by_name():
    refusal = refused(xlsx(("A", []), ("B", [HEAD, ROW])))

    assert (refusal.problem.code, "A" in str(refusal)) == ("empty_file", True)


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        ("000123", "000123"),
        (123, "123"),
        (123.0, "123"),
        (12345678901, "12345678901"),
        ("1234567890123456789012", "1234567890123456789012"),
    ],
)
def test_b32_ids_are_text_without_the_decimals_of_a_spreadsheet(cell, text):
    assert column(read(xlsx(("A", [["school_id_govt", "connectivity"], [cell, "yes"]]))), "school_id_govt") == [text]


def test_b50_an_id_beyond_the_digits_of_a_spreadsheet_is_a_warning():
    parsed = read(xlsx(("A", [["school_id_govt", "connectivity"], [12345678901234567890, "yes"]])))

    assert the(parsed, "excel_mangled_id").line == 2


def test_b32_dates_and_times_of_day_are_dates():
    parsed = read(xlsx(("A", [["school_id_govt", "connectivity", "collected_on"], [1, "yes", datetime.fromisoformat("2026-05-01T13:30")]])))

    assert column(parsed, "connectivity_collected_on") == [date(2026, 5, 1)]


def test_b32_a_boolean_is_a_word_and_no_coordinate():
    parsed = read(xlsx(("A", [["school_id_govt", "latitude", "longitude", "connectivity"], ["1", True, 71.4, True]])))

    assert errors(parsed) == [("invalid_number", 2, "latitude")]


def test_b32_an_old_workbook_keeps_ids_dates_and_words_as_a_new_one_does():
    rows = [HEAD, ["000123", "A", 51.5, 71.25, True, 300.0, date(2026, 5, 1)], [123.0, "B", 51.25, 71.5, False, None, "2026-05-01"]]

    parsed = read(xls(("A", rows)))

    assert column(parsed, "school_id_govt") == ["000123", "123"]
    assert column(parsed, "connectivity") == ["yes", "no"]
    assert column(parsed, "school_collected_on") == [date(2026, 5, 1)] * 2


def test_b32_a_header_that_is_stated_is_taken_and_the_rows_above_it_are_passed_over():
    parsed = read(xlsx(("A", [["school_id_govt", "connectivity"], ["old", "yes"], HEAD, ROW])), header_line=3)

    assert (parsed.detected["header_line"], column(parsed, "school_id_govt")) == ("3", ["KZ0001"])
    assert the(parsed, "leading_rows_skipped").parameters["lines"] == "1, 2"


def test_b32_lines_are_rows_of_the_sheet_even_below_blank_ones():
    parsed = read(xlsx(("A", [["Register"], [], HEAD, ROW, [], ["KZ2", "A", 91, *ROW[3:]]]), first_row=3))

    assert parsed.detected["header_line"] == "6"
    assert errors(parsed) == [("out_of_range", 9, "latitude")]
    assert (column(parsed, "line"), parsed.counts["blank"]) == ([7], 1)


def test_b32_a_note_beside_the_title_makes_no_columns():
    parsed = read(xlsx(("A", [["Register", *[""] * 10, "secret"], HEAD, ROW])))

    assert len(parsed.columns) == len(HEAD)


def test_b32_text_cells_with_decimal_commas_are_read_where_all_have_them():
    assert column(read(xlsx(("A", [HEAD, ["1", "A", "51,16", "71,4", "yes", 5, ""]]))), "latitude") == [51.16]


def test_b22_b23_a_huge_cell_and_65_columns_have_their_limits_in_a_workbook_too():
    wide = refused(xlsx(("A", [["school_id_govt", *(f"c{n}" for n in range(64))], ["1", *["x"] * 64]])))

    assert wide.problem.code == "too_many_columns"
    assert errors(read(xlsx(("A", [HEAD, [*ROW[:1], "Қ" * 20_000, *ROW[2:]]])))) == [("value_too_long", 2, "school_name")]


def test_b65_data_about_persons_in_a_workbook_refuse_and_wipe_it():
    refusal = refused(xlsx(("A", [[*HEAD, "remarks"], [*ROW, "a.b@edu.kz"]])))

    assert (refusal.problem.code, refusal.problem.line, refusal.wipe) == ("personal_data_suspected", 2, True)


GOOD = parts(xlsx(("A", [HEAD, ROW])))
SHEET = "xl/worksheets/sheet1.xml"


def sheet_of(rows: str) -> bytes:
    return repacked(
        GOOD,
        **{
            SHEET: f'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>{rows}</sheetData></worksheet>'.encode()
        },
    )


def lying() -> bytes:
    """A workbook whose directory declares 100 bytes for a sheet of 300 MB."""
    data = bytearray(repacked(GOOD, **{SHEET: b" " * 300_000_000}))
    at = data.rfind(SHEET.encode()) - 46 + 24
    data[at : at + 4] = (100).to_bytes(4, "little")
    return bytes(data)


ODS_BOMB = (
    '<table:table-row table:number-rows-repeated="1048576"><table:table-cell table:number-columns-repeated="16384" '
    'office:value-type="float" office:value="1"/></table:table-row>'
)
ODS_GAP = '<table:table-row table:number-rows-repeated="1048570"><table:table-cell/></table:table-row>'
ODS_FAR = '<table:table-row><table:table-cell table:number-columns-repeated="16000"/>' + ods_cell("x") + "</table:table-row>"
FAR, FAR_MARK = cell(65_535, 255, 1, []), cell(1, 5, 300, [])
BOMBS = {
    "old, far cell": lambda: container(workbook_stream(("A", [HEAD, ROW])).replace(FAR_MARK, FAR)),
    "old, tiny records": lambda: packed("Workbook", workbook_stream(("A", [HEAD]), extra=record(0) * 1_600_000)),
    "declared": lambda: repacked(GOOD, **{SHEET: b" " * 300_000_000}),
    "undeclared": lying,
    "far cell": lambda: sheet_of('<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'),
    "far cell, odd quotes": lambda: sheet_of("<row><c r='A1'><v>1</v></c><c\tr = 'xfd1048576'><v>1</v></c></row>"),
    "one wide row": lambda: sheet_of("<row>" + "<c><v>1</v></c>" * 16_000 + "</row>" + "<row><c><v>1</v></c></row>" * 200_000),
    "repeated": lambda: ods([HEAD, ROW], ODS_BOMB),
    "gap": lambda: ods([HEAD, ROW], ODS_FAR + ODS_GAP),
}


@pytest.mark.parametrize("name", BOMBS)
def test_b33_a_workbook_that_would_swell_is_refused_within_two_seconds_and_64_mb(name):
    data = BOMBS[name]()
    took = math.inf
    for _ in range(3):  # on a busy machine the same work takes a core twice as long
        begin = time.process_time()
        refusal = refused(data)
        took = min(took, time.process_time() - begin)
        if took < 2:
            break

    tracemalloc.start()
    if "tiny" not in name:  # counted slowly
        refused(data)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert refusal.problem.code == "not_a_table"
    assert "far larger unpacked" in str(refusal)
    assert took < 2
    assert peak < 64 * 1024 * 1024


OLD = workbook_stream(("A", [HEAD, ROW]))
OLD_LOOP = bytearray(container(OLD))
OLD_LOOP[512 + 4 * 5 : 512 + 4 * 6] = (5).to_bytes(4, "little")
ENCRYPTED_ODS = repacked(parts(ods([HEAD])), **{"META-INF/manifest.xml": b"<manifest:encryption-data/>"})


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600) + "EncryptedPackage".encode("utf-16-le"), "encrypted"),
        (ENCRYPTED_ODS, "encrypted"),
        (container(b"", "EncryptedPackage"), "encrypted"),
        (xls(("A", [HEAD, ROW]), extra=record(0x2F, bytes(6))), "encrypted"),
        (container(OLD[:-8]), "damaged"),
        (bytes(OLD_LOOP), "damaged"),
        (container(OLD.replace(record(0x85)[:2], b"\x86\x00", 1)), "damaged"),
        (container(b"".join([OLD[: OLD.index(b"\xfc\x00") + 8], b"\xff\xff\xff\x7f", OLD[OLD.index(b"\xfc\x00") + 12 :]])), "damaged"),
        (xlsx(("A", [HEAD, ROW]))[:-30], "damaged"),
        (repacked(GOOD, **{"xl/workbook.xml": b"<x"}), "damaged"),
        (repacked({"word/document.xml": b"<x/>"}), "Word"),
        (repacked({"xl/workbook.bin": b"x"}), "XLSB"),
    ],
    ids=[
        *("xlsx encrypted", "ods encrypted", "container encrypted", "xls encrypted", "xls cut", "xls loop", "xls no sheet", "xls strings"),
        *("cut", "broken", "word", "xlsb"),
    ],
)
def test_b33_workbooks_that_cannot_be_read_are_refused_by_what_they_are(content, kind):
    refusal = refused(content)

    assert refusal.problem.code == "not_a_table"
    assert kind in str(refusal)
    assert "save it as" in str(refusal)


def test_every_row_of_a_large_workbook_is_read():
    more = [f"column {n}" for n in range(8)]
    data = xlsx(
        (
            "A",
            [
                [*HEAD, *more],
                *([f"KZ{n:05d}", f"School {n}", 51 + n / 1e5, 71 + n / 1e5, "yes", n % 900, date(2026, 5, 1), *more] for n in range(8_000)),
            ],
        )
    )

    parsed = read(data)

    assert parsed.counts["accepted"] == 8_000
