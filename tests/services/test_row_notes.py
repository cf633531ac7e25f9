"""What a report says about single rows: which ids and days it names, and in which words."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from geo.model import EmptyCells, ImportMode
from geo.services import Workspace
from geo.services.imports import ImportOptions, describe_problem, import_problems, stage_import
from geo.services.preview import problem_members
from tests.services.builders import open_empty, publish_csv

SCHOOLS = "school_id_govt,school_id_giga,latitude,longitude,connectivity,collected_on\nAB-1,g1,50.21234,10.51234,yes,2026-05-01\n"


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    """A deployment of one school."""
    with open_empty(tmp_path) as opened:
        publish_csv(opened, SCHOOLS)
        yield opened


def told(workspace: Workspace, text: str, code: str, **options: object) -> str:
    """The sentence of the first problem of a code, the same in the report and in the list of all problems."""
    staged = stage_import(workspace, text.encode(), file_name="a.csv", options=ImportOptions(**options))  # type: ignore[arg-type]
    shown = [describe_problem(problem)["sentence"] for problem in (staged.report or {})["problems"] if problem["code"] == code]
    listed = [describe_problem(problem_members(each))["sentence"] for each in import_problems(workspace, staged.id) if each.code == code]
    assert shown == listed
    return shown[0]


def test_a_stale_row_names_its_day_and_the_one_that_is_known(workspace: Workspace) -> None:
    sentence = told(workspace, "school_id_govt,connectivity,collected_on\nAB-1,no,2026-04-30\n", "stale_row")

    assert sentence == "Line 2: collected on 2026-04-30, but 2026-05-01 is known; the newer facts were kept."


def test_an_id_matched_but_for_case_is_named_with_the_schools_own(workspace: Workspace) -> None:
    sentence = told(workspace, "school_id_govt,num_students\nab-1,5\n", "folded_id_match")

    assert sentence == "Line 2: school_id_govt ab-1 was matched to AB-1, which differs only by case or blanks."


def test_an_id_that_the_school_has_otherwise_is_named_with_the_one_that_is_kept(workspace: Workspace) -> None:
    sentence = told(workspace, "school_id_govt,school_id_giga,num_students\nAB-1,g7,5\n", "other_id_kept")

    assert sentence == "Line 2: school_id_giga is g7, but the school has g1, which was kept."


def test_a_folded_id_in_a_list_of_removals_is_named_too(workspace: Workspace) -> None:
    sentence = told(workspace, "school_id_govt\nab-1\n", "folded_id_match", mode=ImportMode.REMOVE)

    assert "school_id_govt ab-1 was matched to AB-1" in sentence


def test_an_unknown_id_in_a_list_of_removals_drops_nothing(workspace: Workspace) -> None:
    assert "none is dropped" in told(workspace, "school_id_govt\n9\n7\nAB-1\n", "unmatched_row", mode=ImportMode.REMOVE)


def test_blank_cells_are_said_to_keep_or_to_clear_as_was_asked(workspace: Workspace) -> None:
    rows = "school_id_govt,connectivity,num_students\nAB-1,,7\n"

    assert "keep what is known" in told(workspace, rows, "blank_cells")
    assert "not known any more" in told(workspace, rows, "blank_cells", empty=EmptyCells.CLEAR)


def test_schools_that_a_whole_list_drops_are_counted_among_the_warnings(workspace: Workspace) -> None:
    rows = "school_id_govt,latitude,longitude\nnew,50.31234,10.61234\n"

    assert told(workspace, rows, "schools_removed", mode=ImportMode.REPLACE) == "1 schools are not in the file and would be dropped."
