"""docs/csv-format.md says the same as the column table and the catalogue of problems, not only names them."""

from __future__ import annotations

import re

import pytest

from geo.column_table import COLUMNS, Column
from geo.config import ROOT
from geo.intake.problem_text import Refusal
from geo.intake.problems import PROBLEMS
from geo.model import Severity

TEXT = (ROOT / "docs" / "csv-format.md").read_text(encoding="utf-8")
ROWS = [[cell.strip() for cell in line.strip("|").split(" | ")] for line in TEXT.splitlines() if line.startswith("| `")]
HEADINGS = {row[0].strip("`"): row[1] for row in ROWS if len(row) == 2}
PROBLEM_WEIGHTS = {code: row[1] for row in ROWS if len(row) == 3 for code in re.findall(r"`([a-z_]+)`", row[0])}


def section(title: str) -> str:
    """Text of one section of the page, up to the next heading of the same rank."""
    return TEXT.split(f"\n## {title}\n", 1)[1].split("\n## ", 1)[0]


def words_of(column: Column) -> str:
    """The table of accepted words of one column."""
    return section("Accepted words").split(f"\n**`{column.name}`**\n", 1)[1].split("\n**`", 1)[0]


@pytest.mark.parametrize("column", [column for column in COLUMNS if column.spellings], ids=lambda column: column.name)
def test_page_lists_exactly_the_headings_that_are_accepted(column: Column) -> None:
    accepted = {spelling for spellings in column.spellings.values() for spelling in spellings}

    assert set(re.findall(r"`([^`]+)`", HEADINGS[column.name])) == accepted


@pytest.mark.parametrize("column", [column for column in COLUMNS if column.values], ids=lambda column: column.name)
def test_page_lists_exactly_the_words_that_are_accepted(column: Column) -> None:
    accepted = {*column.values, *(spelling for spellings in column.value_spellings.values() for spelling in spellings)}

    assert set(re.findall(r"`([^`]+)`", words_of(column))) == accepted


@pytest.mark.parametrize("column", [column for column in COLUMNS if column.maximum is not None], ids=lambda column: column.name)
def test_page_states_the_limits_of_numbers(column: Column) -> None:
    limits = f"{column.minimum:,.0f} to {column.maximum:,.0f}".replace("-", "−")

    assert any(row[0] == f"`{column.name}`" and row[2].startswith(limits) for row in ROWS if len(row) == 4)


@pytest.mark.parametrize("code", PROBLEMS)
def test_page_gives_each_problem_its_weight(code: str) -> None:
    problem = PROBLEMS[code]
    weight = "refused" if isinstance(problem.refusal, Refusal) else Severity(problem.severity).value

    assert PROBLEM_WEIGHTS[code].startswith(weight)


def test_page_lists_no_problem_that_is_never_reported() -> None:
    listed = re.findall(r"^\| `([a-z_]+)`", section("Problems"), re.MULTILINE)

    assert sorted(set(listed) - set(PROBLEMS)) == []
