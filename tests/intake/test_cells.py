"""Each kind of cell has a parser that gives back what was written and refuses what is not plainly of its kind."""

from datetime import date, timedelta

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.column_table import COLUMNS, ColumnKind, column
from geo.intake.cells import FIRST_DAY, BadCell, read_date, read_number
from geo.intake.parse import CellContext, ParsedColumn, parse_column
from geo.intake.persons import is_iin, personal_kind
from geo.intake.problems import PROBLEMS
from tests.intake.files import attempt

TODAY = date(2026, 7, 1)
NUMBERS = [each.name for each in COLUMNS if each.kind in (ColumnKind.NUMBER, ColumnKind.WHOLE_NUMBER)]
WORDS = [each.name for each in COLUMNS if each.kind is ColumnKind.WORD]


def parse(name: str, *cells: str) -> ParsedColumn:
    lines = np.arange(2, 2 + len(cells), dtype=np.int32)
    return parse_column(column(name), pa.array(cells, pa.string()), CellContext(lines, TODAY))


def value(name: str, cell: str) -> object:
    parsed = parse(name, cell)
    assert not parsed.is_bad.any(), parsed.problems
    return parsed.values[0].as_py()


def code(name: str, cell: str) -> str:
    parsed = parse(name, cell)
    assert parsed.is_bad.tolist() == [True]
    assert parsed.values[0].as_py() is None
    assert parsed.problems[0].code in PROBLEMS
    return parsed.problems[0].code


@given(st.floats(-90, 90))
def test_a_latitude_is_read_as_it_was_written(number):
    assert value("latitude", repr(number)) == number


@given(st.floats(0, 100_000))
def test_a_speed_is_read_as_it_was_written(number):
    assert value("download_speed_measured_mbps", repr(number)) == number


@given(st.integers(0, 50_000), st.sampled_from(["{}", " {}\t", "{}.0", "+{}"]))
def test_an_enrolment_is_read_as_it_was_written(number, form):
    assert value("num_students", form.format(number)) == number


@given(
    st.dates(FIRST_DAY, TODAY),
    st.sampled_from(["%Y-%m-%d", "%d.%m.%Y", "%Y-%m-%dT10:00:00Z", "%Y-%m-%d 23:59", "%Y-%m-%d 10:00:00.123+05:00"]),
)
def test_a_date_is_read_as_it_was_written(day, form):
    assert value("collected_on", day.strftime(form)) == day


@given(st.text(alphabet=st.sampled_from("AZaz09-_.: "), min_size=1, max_size=40).map(lambda text: f"0{text}9"))
def test_an_id_is_read_as_it_was_written(text):
    assert value("school_id_govt", text) == text


@given(
    st.text(
        alphabet=st.characters(categories=["L", "N", "Po", "Sm", "Zs"], exclude_characters="\u3164\uffa0\u115f\u1160"),
        min_size=1,
        max_size=60,
    )
)
def test_a_name_is_kept_as_it_was_written(text):
    parsed = parse("school_name", text)

    kept = text.strip(" ")
    if kept.strip() and not kept.startswith("'"):
        assert parsed.values[0].as_py() == kept


@pytest.mark.parametrize("name", WORDS)
def test_every_word_is_read_as_it_is_written(name):
    for word in column(name).values:
        assert value(name, word) == word
        assert value(name, f" {word.upper()} ") == word


NO_NUMBERS = [
    "12,5",
    "1_000",
    "0x1F",
    "１２",
    "\u22125",
    "12\u00a0",
    "TRUE",
    "true",
    "1 000",
    "1.2.3",
    "٥",
    "5%",
    "1e",
    "e5",
    "+",
    "-",
    ".",
]


@pytest.mark.parametrize("name", NUMBERS)
@pytest.mark.parametrize("cell", [*NO_NUMBERS, ".", "½", "x", "null", "1\x00"])
def test_what_is_no_number_is_refused(name, cell):
    assert code(name, cell) == "invalid_number"


@pytest.mark.parametrize("name", NUMBERS)
@pytest.mark.parametrize("cell", ["nan", "NaN", "-nan", "inf", "-Infinity", "1e400", "-1e9999"])
def test_what_is_not_finite_is_refused(name, cell):
    assert code(name, cell) == "not_finite"


@pytest.mark.parametrize("name", NUMBERS)
def test_numbers_outside_the_limits_are_refused_and_the_limits_are_taken(name):
    low, high = column(name).minimum or 0.0, column(name).maximum or 0.0

    assert [value(name, f"{low:.0f}"), value(name, f"{high:.0f}")] == [low, high]
    assert code(name, f"{high + 1:.0f}") == "out_of_range"
    assert code(name, f"{low - 1:.0f}") == "out_of_range"


@pytest.mark.parametrize("name", [each.name for each in COLUMNS])
@pytest.mark.parametrize("cell", ["", " ", "\t", "   \t "])
def test_a_blank_cell_is_nothing_said(name, cell):
    assert value(name, cell) is None


NUMBER_LIKE = st.from_regex(r"[+-]?[0-9]{0,4}\.?[0-9]{0,4}([eE][+-]?[0-9]{0,3})?", fullmatch=True)


@given(st.sampled_from(NUMBERS), st.text(max_size=12) | NUMBER_LIKE)
def test_the_fast_reading_of_numbers_agrees_with_the_exact_one(name, cell):
    bare = cell.strip(" \t")

    expected, bad = attempt(lambda: read_number(column(name), bare) if bare else None, BadCell)

    assert code(name, cell) == bad.code if bad else value(name, cell) == expected


@given(st.text(max_size=12) | st.from_regex(r"[0-9]{1,4}[-./][0-9]{1,2}[-./][0-9]{1,4}", fullmatch=True))
def test_any_text_is_a_date_or_refused(cell):
    day, bad = attempt(lambda: read_date(cell, today=TODAY, latest=TODAY + timedelta(days=1)), BadCell)

    assert bad.code in PROBLEMS if bad else day is not None and FIRST_DAY <= day <= TODAY + timedelta(days=1)


@given(st.sampled_from(COLUMNS), st.lists(st.text(max_size=20), max_size=5))
def test_any_cells_of_any_column_give_values_or_problems_and_never_an_exception(each, cells):
    parsed = parse(each.name, *cells)

    assert len(parsed.values) == len(parsed.is_bad) == len(cells)
    bad_lines = {position + 2 for position in np.flatnonzero(parsed.is_bad).tolist()}
    assert bad_lines <= {problem.line for problem in parsed.problems}
    assert all(value is None for value, is_bad in zip(parsed.values.to_pylist(), parsed.is_bad, strict=True) if is_bad)


def test_a_date_one_day_ahead_is_taken_since_the_day_begins_earlier_in_the_east():
    assert value("collected_on", "2026-07-02") == date(2026, 7, 2)
    assert code("collected_on", "2026-07-03") == "date_in_future"


def test_words_that_say_not_known_are_nothing_said_where_the_list_has_no_such_word():
    assert value("cellular_coverage_type", "Unknown") is None
    assert value("connectivity", "нет данных") == "unknown"


@pytest.mark.parametrize("digits", ["900101300017", "050615500018"])
def test_the_checksum_of_a_personal_number_is_checked(digits):
    right = [f"{digits[:11]}{control}" for control in range(10) if is_iin(f"{digits[:11]}{control}")]

    assert len(right) <= 1
    assert not is_iin("901301300017")
    assert not is_iin("900230300017")
    assert not is_iin("900101000017")


@given(st.text(max_size=80))
def test_any_text_is_tried_for_persons_without_exception(text):
    assert personal_kind(text) in (None, "an e-mail address", "a telephone number", "an individual identification number (IIN)")
