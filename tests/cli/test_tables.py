"""Tables of the command line: aligned for people, strict for programs."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, date, datetime

import pytest

from geo.cli.tables import aligned, as_csv, as_json, cell_text, share_text


def test_columns_are_as_wide_as_their_widest_cell_and_numbers_stand_to_the_right() -> None:
    table = aligned(("region", "schools"), [("Almaty", 7), ("Жетісу", 1234)])

    assert table == "region  schools\n------  -------\nAlmaty        7\nЖетісу    1,234"


def test_a_wide_letter_takes_two_columns_and_a_combining_mark_none() -> None:
    lines = aligned(("name", "x"), [("学校", "a"), ("e\u0301cole", "b")]).splitlines()

    assert lines[2] == "学校   a"
    assert lines[3] == "e\u0301cole  b"


def test_a_column_with_nothing_in_it_is_no_number() -> None:
    assert aligned(("a", "b"), [(None, 1)]).splitlines()[2] == "–  1"


def test_no_rows_give_the_headers_alone() -> None:
    assert aligned(("a", "bc"), []) == "a  bc\n-  --"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "–"),
        ("", "–"),
        (0, "0"),
        (1234567, "1,234,567"),
        (0.25, "0.250"),
        (date(2024, 2, 29), "2024-02-29"),
        (datetime(2024, 2, 29, 23, 59, 59, tzinfo=UTC), "2024-02-29 23:59"),
        ("\x1b[31mred\x07\n", " [31mred  "),
        ("\u202eevil", " evil"),
    ],
    ids=["none", "blank", "zero", "thousands", "fraction", "date", "time", "terminal escape", "text direction"],
)
def test_a_cell_shows_its_value_and_no_control_character(value: object, text: str) -> None:
    assert cell_text(value) == text


@pytest.mark.parametrize(
    ("share", "text"),
    [
        ((0.7134, 0.66, 0.741), "71.3 % (66.0–74.1)"),
        ((None, 0.0, 1.0), "– (0.0–100.0)"),
        ((None, None, None), "–"),
    ],
    ids=["known", "nothing known of some schools", "no schools"],
)
def test_a_share_never_stands_without_its_bounds(share: tuple[float | None, float | None, float | None], text: str) -> None:
    assert share_text(*share) == text


def test_csv_leaves_unknown_cells_empty_and_quotes_what_needs_it() -> None:
    rows = [{"name": 'School "No, 1"', "share": None}, {"name": "Мектеп", "share": 0.5}]

    assert list(csv.DictReader(io.StringIO(as_csv(rows)), strict=True)) == [
        {"name": 'School "No, 1"', "share": ""},
        {"name": "Мектеп", "share": "0.5"},
    ]


def test_csv_guards_what_a_spreadsheet_would_run_and_no_number() -> None:
    assert as_csv([{"name": "=1+1", "gap": -0.5}]) == "name,gap\n'=1+1,-0.5\n"


def test_no_rows_are_no_csv() -> None:
    assert as_csv([]) == ""


def test_json_refuses_what_is_not_json() -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        as_json({"share": float("nan")})


def test_json_keeps_letters_and_writes_dates() -> None:
    text = as_json({"name": "Қосыл", "on": date(2024, 1, 2)})

    assert "Қосыл" in text
    assert json.loads(text) == {"name": "Қосыл", "on": "2024-01-02"}
