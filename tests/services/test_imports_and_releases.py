"""The whole path through the services: boundaries, files, releases, coverage, undo; on both databases."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from geo.errors import Conflict, FileRefused, Forbidden, HasRowErrors, InvalidParameter, NoRelease, NotFound, UndoClashes
from geo.model import Grouping, ImportState, ReleaseKind, Role, View, where
from geo.services import Workspace
from geo.services.coverage import coverage_answer
from geo.services.imports import discard_import, import_problems, import_record, publish_import
from geo.services.keys import create_key
from geo.services.publishing import current_release
from geo.services.regions import apply_boundaries
from geo.services.releases import release_changes, undo_release
from geo.services.school import school_page
from tests.postgres import postgres_or_skip
from tests.services.builders import EAST, WEST, load_districts, load_regions, open_empty, publish_csv, stage_csv

SCHOOLS = """school_id_govt,school_name,latitude,longitude,school_area_type,num_students
1,One,50.2,10.5,rural,100
2,Two,50.8,10.5,urban,600
3,Three,50.2,11.5,rural,40
4,Four,,,rural,20
"""
CONNECTIVITY = """school_id_govt,connectivity,download_speed_declared_mbps,data_source,collected_on
1,no,,ministry,2026-05-01
2,yes,100,ministry,2026-05-01
3,yes,5,ministry,2026-05-01
9,yes,5,ministry,2026-05-01
"""


@pytest.fixture(params=["sqlite", "postgresql"])
def workspace(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Workspace]:
    """A deployment with two regions and no release, on either database."""
    database_url = postgres_or_skip().new_database() if request.param == "postgresql" else None
    with open_empty(tmp_path, database_url=database_url) as opened:
        load_regions(opened, tmp_path)
        yield opened


def rows_of(workspace: Workspace, import_id: int) -> dict[str, int]:
    report = import_record(workspace, import_id).report or {}
    return {name: count for name, count in report["rows"].items() if count}


def test_two_files_become_a_release_that_answers_coverage(workspace: Workspace) -> None:
    first = publish_csv(workspace, SCHOOLS)
    second = publish_csv(workspace, CONNECTIVITY)

    answer = coverage_answer(workspace, View(), (Grouping.ADMIN1,)).as_dict()

    assert (first.id, second.id, second.parent_id) == (1, 2, 1)
    assert [(row["admin1"], row["schools"], row["schools_unconnected"], row["schools_unknown"]) for row in answer["rows"]] == [
        (WEST, 2, 1, 0),
        (EAST, 1, 0, 0),
        (None, 1, 0, 1),
    ]
    assert answer["rows"][0]["admin1_name"] == "West"
    assert answer["total"]["schools_meets_norm"] == 1
    assert answer["boundaries"] == {"admin1": "2022"}
    assert f"release {second.id}" in answer["citation"]
    assert second.sha256 in answer["citation"]


def test_both_leftovers_of_the_join_are_in_the_report(workspace: Workspace) -> None:
    publish_csv(workspace, SCHOOLS)

    staged = stage_csv(workspace, CONNECTIVITY)

    report = staged.report or {}
    assert report["schools_without_row"] == {"total": 1, "sample": [{"school_id": "4", "school_name": "Four"}]}
    assert [
        (problem["code"], problem["line"], problem["value"]) for problem in report["problems"] if problem["code"] == "unmatched_row"
    ] == [("unmatched_row", 5, "9")]
    assert rows_of(workspace, staged.id) == {"rows_in": 4, "changed": 3, "unmatched": 1}


def test_nothing_is_public_before_publishing_and_the_report_says_what_would_change(workspace: Workspace) -> None:
    publish_csv(workspace, SCHOOLS)

    staged = stage_csv(workspace, CONNECTIVITY)

    assert coverage_answer(workspace, View()).total["schools_unconnected"] == 0
    impact = (staged.report or {})["impact"]
    assert impact["counts"]["schools_changed"] == 3
    west = next(region for region in impact["regions"] if region["admin1"] == WEST)
    assert (west["before"]["schools_unconnected"], west["after"]["schools_unconnected"]) == (0, 1)


def test_a_filter_and_a_release_can_be_chosen(workspace: Workspace) -> None:
    publish_csv(workspace, SCHOOLS)
    publish_csv(workspace, CONNECTIVITY)

    rural = coverage_answer(workspace, View(where=where(area_type=("rural",)))).total
    before = coverage_answer(workspace, View(release_id=1)).total
    unplaced = coverage_answer(workspace, View(where=where(admin1=("none",)))).total

    assert (rural["schools"], rural["schools_unconnected"]) == (3, 1)
    assert before["schools_unknown"] == 4
    assert unplaced["schools"] == 1


def test_an_unknown_region_code_is_refused_rather_than_empty(workspace: Workspace) -> None:
    publish_csv(workspace, SCHOOLS)

    with pytest.raises(InvalidParameter, match="'admin1' has no 'XA99'"):
        coverage_answer(workspace, View(where=where(admin1=("XA99",))))


def test_the_same_file_again_is_unchanged_and_staged_again_after_an_undo(workspace: Workspace) -> None:
    publish_csv(workspace, SCHOOLS)
    publish_csv(workspace, CONNECTIVITY)

    again = stage_csv(workspace, CONNECTIVITY)
    undo_release(workspace, 2)
    after_undo = stage_csv(workspace, CONNECTIVITY)

    assert (again.state, (again.report or {})["unchanged"]) == (ImportState.DISCARDED, True)
    assert after_undo.state is ImportState.STAGED


def test_a_file_that_finds_no_school_is_staged_and_not_called_unchanged(workspace: Workspace) -> None:
    publish_csv(workspace, SCHOOLS)

    staged = stage_csv(workspace, "school_id_govt,connectivity\n77,yes\n")

    report = staged.report or {}
    assert (staged.state, report["unchanged"], report["publishable"]) == (ImportState.STAGED, False, False)


def test_undoing_the_current_release_gives_back_the_file_before_it(workspace: Workspace) -> None:
    first = publish_csv(workspace, SCHOOLS)
    publish_csv(workspace, CONNECTIVITY)

    undone = undo_release(workspace, 2, reason="wrong file")

    assert (undone.id, undone.kind, undone.undone_release_id, undone.sha256) == (3, ReleaseKind.UNDO, 2, first.sha256)
    assert coverage_answer(workspace, View()).total["schools_unknown"] == 4
    assert coverage_answer(workspace, View(release_id=2)).total["schools_unconnected"] == 1


def test_undoing_an_older_release_keeps_what_came_later(workspace: Workspace) -> None:
    publish_csv(workspace, SCHOOLS)
    publish_csv(workspace, CONNECTIVITY)
    publish_csv(workspace, "school_id_govt,num_students\n4,25\n")

    undo_release(workspace, 2)

    total = coverage_answer(workspace, View()).total
    assert (total["schools_unknown"], total["students"]) == (4, 100 + 600 + 40 + 25)


def test_undoing_what_was_changed_again_is_refused_with_the_clashes(workspace: Workspace) -> None:
    publish_csv(workspace, SCHOOLS)
    publish_csv(workspace, CONNECTIVITY)
    publish_csv(workspace, "school_id_govt,connectivity,data_source,collected_on\n1,yes,ministry,2026-06-01\n")

    with pytest.raises(UndoClashes, match="later releases changed") as caught:
        undo_release(workspace, 2)

    assert ("1", "connectivity") in caught.value.clashes
    assert (current_release(workspace) or pytest.fail("no release")).id == 3


def test_the_first_release_cannot_be_undone(workspace: Workspace) -> None:
    publish_csv(workspace, SCHOOLS)

    with pytest.raises(Conflict, match="is the first"):
        undo_release(workspace, 1)


def test_row_errors_keep_a_file_from_being_published_unless_asked(workspace: Workspace) -> None:
    publish_csv(workspace, SCHOOLS)
    staged = stage_csv(workspace, "school_id_govt,connectivity\n1,yes\n2,maybe\n")

    with pytest.raises(HasRowErrors, match="1 row errors"):
        publish_import(workspace, staged.id)
    release = publish_import(workspace, staged.id, accept_partial=True)

    assert release.id == 2
    assert rows_of(workspace, staged.id) == {"rows_in": 2, "changed": 1, "rejected": 1}
    assert import_problems(workspace, staged.id)[0].code == "invalid_enum"


def test_an_unreadable_file_fails_and_is_kept_by_its_name(workspace: Workspace) -> None:
    with pytest.raises(FileRefused, match="empty"):
        stage_csv(workspace, "")

    failed = import_record(workspace, 1)
    assert failed.state is ImportState.FAILED
    assert (failed.failure or {})["code"] == "empty_file"
    assert [problem.code for problem in import_problems(workspace, 1)] == ["empty_file"]


def test_two_staged_files_are_published_one_after_the_other_against_the_new_release(workspace: Workspace) -> None:
    publish_csv(workspace, SCHOOLS)
    one = stage_csv(workspace, "school_id_govt,num_students\n1,111\n")
    two = stage_csv(workspace, "school_id_govt,num_students\n2,222\n")

    publish_import(workspace, one.id)
    last = publish_import(workspace, two.id)

    assert last.parent_id == 2
    assert coverage_answer(workspace, View()).total["students"] == 111 + 222 + 40 + 20


def test_a_published_or_discarded_import_cannot_be_published(workspace: Workspace) -> None:
    publish_csv(workspace, SCHOOLS)
    staged = stage_csv(workspace, CONNECTIVITY)
    discard_import(workspace, staged.id)

    with pytest.raises(Conflict, match="is discarded"):
        publish_import(workspace, staged.id)
    with pytest.raises(Conflict, match="is published"):
        publish_import(workspace, 1)


def test_a_contributor_stages_but_does_not_publish(workspace: Workspace) -> None:
    _, contributor = create_key(workspace, name="office", role=Role.CONTRIBUTOR)
    staged = stage_csv(workspace, SCHOOLS)

    with pytest.raises(Forbidden, match="role publisher"):
        publish_import(workspace, staged.id, actor=contributor)


def test_loading_boundaries_changes_nothing_before_they_are_applied(workspace: Workspace, tmp_path: Path) -> None:
    publish_csv(workspace, SCHOOLS)
    load_districts(workspace, tmp_path)

    untouched = coverage_answer(workspace, View(), (Grouping.ADMIN2,)).as_dict()
    applied = apply_boundaries(workspace)
    located = coverage_answer(workspace, View(), (Grouping.ADMIN2,)).as_dict()

    assert [row["admin2"] for row in untouched["rows"]] == [None]
    assert (applied.kind, applied.vintages) == (ReleaseKind.REGIONS, {"admin1": "2022", "admin2": "2022"})
    assert [(row["admin2"], row["schools"]) for row in located["rows"]] == [
        (f"{WEST}N", 1),
        (f"{WEST}S", 1),
        (f"{EAST}S", 1),
        (None, 1),
    ]


def test_boundaries_can_be_undone_and_are_not_applied_twice(workspace: Workspace, tmp_path: Path) -> None:
    publish_csv(workspace, SCHOOLS)
    load_districts(workspace, tmp_path)
    apply_boundaries(workspace)

    with pytest.raises(Conflict, match="located with these boundaries already"):
        apply_boundaries(workspace)
    assert undo_release(workspace, 2).vintages == {"admin1": "2022"}


def test_uploads_work_before_any_boundaries_are_loaded(tmp_path: Path) -> None:
    workspace = open_empty(tmp_path)
    publish_csv(workspace, SCHOOLS)

    answer = coverage_answer(workspace, View(), (Grouping.ADMIN1,)).as_dict()

    assert [(row["admin1"], row["schools"]) for row in answer["rows"]] == [(None, 4)]
    assert answer["boundaries"] == {}


def test_boundaries_of_another_country_are_refused(workspace: Workspace, tmp_path: Path) -> None:
    from geo.services.regions import BoundaryFile, load_boundaries
    from tests.services.builders import write_regions

    file = BoundaryFile(write_regions(tmp_path / "other.geojson"), "XB", 1, "code", {"en": "name_en"}, "2023")

    with pytest.raises(InvalidParameter, match="serves XA"):
        load_boundaries(workspace, file)


def test_before_the_first_release_there_is_nothing_to_show(workspace: Workspace) -> None:
    with pytest.raises(NoRelease):
        coverage_answer(workspace, View())


def test_what_a_release_changed_is_told_with_the_schools(workspace: Workspace) -> None:
    publish_csv(workspace, SCHOOLS)
    publish_csv(workspace, CONNECTIVITY)

    changes = release_changes(workspace, 2)

    assert changes.impact.counts["schools_newly_connected"] == 2
    assert {school["school_id"]: (school["status_before"], school["status_after"]) for school in changes.impact.schools} == {
        "1": ("unknown", "unconnected"),
        "2": ("unknown", "meets_norm"),
        "3": ("unknown", "below_norm"),
    }


def test_a_school_page_credits_each_fact_and_tells_its_history(workspace: Workspace) -> None:
    publish_csv(workspace, SCHOOLS)
    publish_csv(workspace, CONNECTIVITY)

    page = school_page(workspace, View(), "3", language="ru")

    facts = {fact.fact.value: fact for fact in page.facts}
    assert (page.status.value, page.required_mbps, page.admin1_name) == ("below_norm", 20.0, "Восток")
    assert (facts["connectivity"].source, facts["connectivity"].import_id, facts["num_students"].import_id) == ("ministry", 2, 1)
    assert [(entry.release.id, entry.status and entry.status.value) for entry in page.history] == [(2, "below_norm"), (1, "unknown")]
    with pytest.raises(NotFound, match="no school '77'"):
        school_page(workspace, View(), "77")
