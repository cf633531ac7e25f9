"""Fuzzing: whatever bytes come, reading gives a table or a refusal, and every row has exactly one outcome."""

from __future__ import annotations

from datetime import date

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.column_table import COLUMNS, ColumnKind, word_of
from geo.errors import FileRefused, InvalidParameter
from geo.intake import ReadOptions, read_upload
from geo.intake.encodings import CANDIDATES, guess_encoding
from geo.intake.parse import CellContext, parse_column, trimmed
from geo.intake.problems import fix, sentence, severity
from geo.model import Severity
from tests.intake.biff import container, workbook_stream, xls
from tests.intake.feature_files import PLACE, collection, geopackage, point, wkb
from tests.intake.files import GOOD, TODAY, attempt, schools
from tests.intake.test_workbooks import HEAD, ROW, ods, parts, repacked, xlsx

CELLS = st.one_of(
    st.text(max_size=40),
    st.text(alphabet="0123456789.,-+eE /:%", max_size=20),
    st.text(alphabet="-./0123456789TZ: ", min_size=8, max_size=12),
    st.sampled_from(
        ["yes", "нет", "иә", "NaN", "inf", "1e400", "12,5", "51.169392", "2026-05-01", "03.04.2024", "'=1+1", "A\tB", "\x00", "1" * 400]
    ),
)


def assert_sound(data: bytes, **options: object) -> None:
    """Read bytes: a refusal with its sentence, or a table whose counts add up and whose rejected rows each have an error."""
    reading = ReadOptions(**{"max_rows": 1_000, "today": TODAY, **options})  # type: ignore[arg-type]
    parsed, refusal = attempt(lambda: read_upload(data, options=reading), (FileRefused, InvalidParameter))
    if parsed is None:
        assert str(refusal)
        return
    counts = parsed.counts
    assert counts["rows_in"] == counts["accepted"] + counts["blank"] + counts["duplicate"] + counts["rejected"]
    assert counts["accepted"] == parsed.table.num_rows
    assert (counts["rejected"] > 0) == any(severity(problem) is Severity.ERROR for problem in parsed.problems)
    for problem in parsed.problems:
        assert (sentence(problem) + fix(problem)).isprintable()
    parsed.table.validate(full=True)


@given(st.sampled_from(COLUMNS), st.lists(CELLS, max_size=8), st.sampled_from([".", ","]))
def test_every_cell_of_a_column_is_a_value_blank_or_an_error_and_never_two(column, cells, mark):
    text = pa.array([cell.replace("\ud800", "") for cell in cells], pa.string())

    parsed = parse_column(column, text, CellContext(np.arange(len(cells), dtype=np.int32), TODAY, 0, mark))

    values = parsed.values.to_pylist()
    assert len(values) == len(parsed.is_bad) == len(cells)
    assert not any(bad and value is not None for bad, value in zip(parsed.is_bad.tolist(), values, strict=True))
    listed = {problem.line for problem in parsed.problems if severity(problem) is Severity.ERROR}
    assert listed == set(np.flatnonzero(parsed.is_bad).tolist())


@given(st.lists(st.one_of(st.none(), st.text(alphabet=" \ta\u00a0Қ", max_size=4)), max_size=20), st.integers(0, 3))
def test_trimming_takes_off_blanks_and_tabs_alone_wherever_the_cells_lie_in_memory(cells, offset):
    text = pa.array([*[" x"] * offset, *cells], pa.string())[offset:]

    expected = [None if cell is None else cell.strip(" \t") or None for cell in cells]
    assert trimmed(text).to_pylist() == expected


@given(st.text(alphabet="абвгдежзиклмнопрстуАБВГДқғүұһәөіңҚҒ №«»-,;\n1aZ", min_size=1, max_size=200), st.sampled_from(sorted(CANDIDATES)))
def test_a_guessed_encoding_is_one_the_text_can_be_read_in(text, name):
    data = text.encode(CANDIDATES[name], "ignore")

    guess = guess_encoding(data)

    assert guess is None or (
        data.decode(CANDIDATES[guess.name]) and set(guess.alternatives).isdisjoint({guess.name}) and 0 <= guess.score <= 1
    )


ROWS = st.lists(
    st.dictionaries(st.sampled_from([*GOOD, "admin1", "school_area_type", "upload_speed_mbps", "remarks"]), CELLS, max_size=4), max_size=6
)


@given(ROWS, st.sampled_from([",", ";", "\t", "|"]), st.sampled_from(["\n", "\r\n", "\r"]))
def test_any_cells_in_a_csv_file_are_judged_row_by_row(rows, mark, end):
    content = schools(*rows).replace(",", mark).replace("\n", end)

    assert_sound(content.encode("utf-8", "replace"))


@given(st.text(max_size=300), st.sampled_from(["", "school_id_govt,school_name\n", '"school_id_govt";"latitude";"longitude"\n']))
def test_any_text_under_any_header_is_read_or_refused(text, head):
    assert_sound((head + text).encode("utf-8", "replace"))


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(data):
    assert_sound(data)


@given(
    st.integers(-2, 30),
    st.sampled_from([None, "utf-8", "utf-16", "UTF-32", "kz1048", "cp866", "x" * 50, "\x00"]),
    st.dictionaries(
        st.sampled_from(["school_name", "remarks", "", "№"]), st.sampled_from(["", "latitude", "school_name", "nonsense"]), max_size=2
    ),
    st.dictionaries(st.sampled_from(["connectivity", "collected_on", "school_id_govt", "x"]), CELLS, max_size=2),
)
def test_any_options_are_followed_or_refused(line, encoding, mapping, constants):
    content = schools({"school_name": "Мектеп", "remarks": "x"}, {})

    assert_sound(content.encode(), header_line=line, encoding=encoding, mapping=mapping, constants=constants, sheet="A")


DAMAGE = st.lists(
    st.tuples(
        st.floats(0, 1, exclude_max=True),
        st.integers(0, 8),
        st.one_of(
            st.binary(max_size=8), st.sampled_from([b"\xff\xff\xff\xff", b"\xff\xff\xff\x7f", b"\x00" * 4, b'"', b",", b"\n", b"[" * 40])
        ),
    ),
    min_size=1,
    max_size=4,
)


def damaged(data: bytes, damage: list[tuple[float, int, bytes]]) -> bytes:
    """Bytes in which at some places so many bytes are replaced by others."""
    for place, count, replacement in damage:
        at = int(place * len(data))
        data = data[:at] + replacement + data[at + count :]
    return data


NAMES = ("Көкшетау", "Школа №1", 'Lyceum "A"', "Line\nbreak")
TABLE = [HEAD, ROW, ["KZ2", "Школа №1", 51.25, 71.5, "no", 12, date(2026, 5, 2)], ["KZ3", "x", None, None, "", "", "2026-05-03"]]
CSV = schools(*({"school_name": name} for name in NAMES))
POINTS = collection(point(), point(None, school_id_govt="KZ2"), {**point(school_id_govt="KZ3", flag=[1, {"a": None}]), "id": 7})
PACKAGE = geopackage((1, wkb(PLACE), "A", "yes"), (2, None, "B", "no"), (3, wkb([71.5, 51.5]), "C", None))
VALID = {
    "csv": CSV.encode(),
    "utf-16": b"\xff\xfe" + CSV.encode("utf-16-le"),
    "kz1048": CSV.encode("kz1048"),
    "cp866": schools({"school_name": "Школа № 5"}, {"school_name": "Лицей"}).encode("cp866"),
    "xlsx": xlsx(("A", TABLE)),
    "ods": ods(TABLE[:3]),
    "xls": xls(("A", TABLE)),
    "geojson": POINTS.encode(),
    "gpkg": PACKAGE,
}


@pytest.mark.parametrize("name", VALID)
@given(damage=DAMAGE)
def test_a_damaged_file_of_any_format_is_a_table_or_a_refusal(name, damage):
    assert_sound(damaged(VALID[name], damage))


INSIDE = {
    "xlsx sheet": (parts(VALID["xlsx"]), "xl/worksheets/sheet1.xml"),
    "xlsx strings": (parts(VALID["xlsx"]), "xl/sharedStrings.xml"),
    "xlsx styles": (parts(VALID["xlsx"]), "xl/styles.xml"),
    "xlsx workbook": (parts(VALID["xlsx"]), "xl/workbook.xml"),
    "ods content": (parts(VALID["ods"]), "content.xml"),
}


@pytest.mark.parametrize("name", INSIDE)
@given(damage=DAMAGE)
def test_a_workbook_damaged_under_its_packing_is_a_table_or_a_refusal(name, damage):
    entries, part = INSIDE[name]

    assert_sound(repacked(entries, **{part: damaged(entries[part], damage)}))


@given(damage=DAMAGE)
def test_records_of_an_old_workbook_damaged_in_a_sound_container_are_a_table_or_a_refusal(damage):
    assert_sound(container(damaged(workbook_stream(("A", TABLE)), damage)))


@pytest.mark.parametrize("column", [column for column in COLUMNS if column.kind is ColumnKind.WORD], ids=lambda column: column.name)
def test_every_word_of_a_closed_list_is_read_as_itself(column):
    assert all(word_of(column.name, word) == word for word in column.values)
