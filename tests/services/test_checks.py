"""What is found about the schools that a file speaks about: against regions, neighbours and the last release."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from geo.intake.families import FAMILIES, family_of
from geo.intake.problem_text import Refusal
from geo.intake.problems import PROBLEMS
from geo.model import Flag, Grouping, ImportRecord, View, where
from geo.services import Workspace
from geo.services.coverage import coverage_answer
from geo.services.imports import describe_problem, import_problems, publish_import
from geo.services.school import school_page
from tests.services.builders import load_districts, load_regions, open_empty, publish_csv, stage_csv

HEAD = "school_id_govt,school_name,latitude,longitude,admin1,education_level,num_students,connectivity,collected_on"


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    """Two regions with two districts each and no school."""
    made = open_empty(tmp_path)
    load_regions(made, tmp_path)
    load_districts(made, tmp_path)
    return made


def row(school_id: str = "a", **values: object) -> str:
    """A school that nothing is wrong with, but for what is given."""
    cells: dict[str, object] = {
        "school_id_govt": school_id,
        "school_name": f"Orta mektep of {school_id}",
        "latitude": 50.23456,
        "longitude": 10.34567,
        "admin1": "West",
        "education_level": "Secondary",
        "num_students": 300,
        "connectivity": "yes",
        "collected_on": "2026-05-01",
    }
    return ",".join(str(cell) for cell in (cells | values).values())


def staged(workspace: Workspace, *rows: str, head: str = HEAD) -> ImportRecord:
    return stage_csv(workspace, "\n".join([head, *rows]) + "\n")


def published(workspace: Workspace, *rows: str, head: str = HEAD) -> None:
    publish_csv(workspace, "\n".join([head, *rows]) + "\n")


def found(record: ImportRecord, code: str) -> list[dict[str, Any]]:
    return [problem for problem in report(record)["problems"] if problem["code"] == code]


def report(record: ImportRecord) -> Mapping[str, Any]:
    assert record.report is not None
    return record.report


def flags(workspace: Workspace, school_id: str) -> set[Flag]:
    return set(school_page(workspace, View(), school_id).flags)


def sentence(problem: dict[str, Any]) -> str:
    text = describe_problem(problem)["sentence"]
    assert "?" not in text.replace("swapped?", "")
    return text


def test_a_school_that_nothing_is_wrong_with_has_nothing_said(workspace: Workspace) -> None:
    checks = report(staged(workspace, row("a")))["checks"]

    assert [(line["code"], line["count"]) for line in checks] == [("speed_missing", 1)]


@pytest.mark.parametrize(
    ("values", "code", "words"),
    [
        ({"longitude": 10.23456, "latitude": 53.98765, "admin1": ""}, "outside_country", "in no region and farther than 1.5 km"),
        ({"longitude": 9.99, "latitude": 50.23456}, "region_nearest", "outside every region; West, 713 m away"),
        ({"admin1": "East"}, "region_disagrees", "says East, but the position lies in West"),
        ({"longitude": 12.95123}, "location_outlier", "from West"),
        ({"longitude": 10.5, "latitude": 50.5}, "region_centroid", "is the middle of West"),
        ({"num_students": 12_000}, "implausible_enrolment", "num_students is 12000"),
        ({"num_students": 0}, "implausible_enrolment", "num_students is 0"),
        ({"school_name": "---"}, "name_without_letters", 'is "---"'),
        ({"collected_on": "2021-05-01"}, "stale_date", "more than three years ago"),
        ({"latitude": "50.2", "longitude": "10.30"}, "low_precision", "about 1.1 km"),
        ({"latitude": "50.2345", "longitude": "10.3456"}, "fair_precision", "1 rows"),
    ],
)
def test_each_check_finds_its_fault_and_says_what_is_odd(workspace: Workspace, values: dict[str, object], code: str, words: str) -> None:
    record = staged(workspace, row("a", **values))

    (problem,) = found(record, code)
    assert words in sentence(problem)
    assert problem["severity"] != "error"
    assert report(record)["publishable"]


def test_b38_swapped_coordinates_in_range_are_marked_and_stored(workspace: Workspace) -> None:
    published(workspace, row("a", latitude=10.34567, longitude=50.23456), row("b"))
    record = staged(workspace, row("c", latitude=10.34567, longitude=50.23457))

    (problem,) = found(record, "location_outlier")

    assert problem["line"] == 2
    assert "exchanged, the position 10.34567, 50.23457 would lie in West" in sentence(problem)
    assert Flag.LOCATION_OUTLIER in flags(workspace, "a")
    assert school_page(workspace, View(), "a").values["latitude"] == 10.34567
    assert not flags(workspace, "b")


def test_b40_null_island_stays_on_the_school(workspace: Workspace) -> None:
    published(workspace, row("a", latitude=0, longitude=0))

    assert flags(workspace, "a") == {Flag.NULL_ISLAND, Flag.NOT_PLACED}


def test_b44_a_coarse_position_stays_on_the_school(workspace: Workspace) -> None:
    published(workspace, row("a", latitude="50.2", longitude="10.3"))

    assert flags(workspace, "a") == {Flag.LOW_PRECISION}


def test_b69_schools_on_one_point_are_all_counted_and_flagged(workspace: Workspace) -> None:
    published(workspace, *(row(f"s{number}") for number in range(30)))

    total = coverage_answer(workspace, View()).total
    assert (total["schools"], total["schools_flagged_position"]) == (30, 30)
    assert {Flag.SAME_POSITION, Flag.MANY_SCHOOLS_NEARBY} <= flags(workspace, "s7")


def test_a_school_on_the_point_of_one_that_the_file_does_not_name_is_found(workspace: Workspace) -> None:
    published(workspace, row("a"))

    (problem,) = found(staged(workspace, row("b", school_name="Lyceum")), "same_position")

    assert "also that of a school that the file does not place there" in sentence(problem)


def test_names_alike_within_a_hundred_metres_name_the_other_school(workspace: Workspace) -> None:
    published(workspace, row("a", school_name="Орта мектеп Абай"))

    record = staged(
        workspace, row("b", latitude=50.23466, school_name="Абай орта мектеп"), row("c", latitude=50.23488, school_name="Орта мектеп Абая")
    )

    (problem,) = found(record, "similar_name_nearby")
    assert (problem["line"], problem["parameters"]["school_id"]) == (3, "a")
    assert "36 m" in sentence(problem)


def test_jumps_against_the_last_release_are_told_and_small_changes_are_not(workspace: Workspace) -> None:
    published(workspace, row("a"), row("b", longitude=10.44567), row("c", longitude=10.54567))

    record = staged(
        workspace,
        row("a", connectivity="unknown", latitude=50.29, collected_on="2026-06-01"),
        row("b", longitude=10.44667, num_students=900, collected_on="2026-06-01"),
        row("c", longitude=10.54567, num_students=450, collected_on="2026-06-01"),
    )

    assert [problem["line"] for problem in found(record, "connectivity_lost")] == [2]
    assert "6.2 km from that of the last release" in sentence(found(record, "moved_far")[0])
    assert [(problem["line"], problem["parameters"]["known"]) for problem in found(record, "enrolment_jump")] == [(3, "300")]


def test_what_is_known_besides_a_row_counts_in_contradictions(workspace: Workspace) -> None:
    published(workspace, row("a"), row("b", longitude=10.44567))
    published(workspace, "a,50,2026-05-02", head="school_id_govt,download_speed_declared_mbps,collected_on")

    record = staged(workspace, "a,no,2026-06-01", "b,no,2026-06-01", head="school_id_govt,connectivity,collected_on")

    assert [problem["line"] for problem in found(record, "inconsistent_connectivity")] == [2]
    assert "with what is known of the school besides" in sentence(found(record, "inconsistent_connectivity")[0])


def test_only_what_a_row_says_is_checked(workspace: Workspace) -> None:
    published(workspace, row("a", longitude=10.3, latitude=50.2, admin1="East", num_students=12_000))

    record = staged(workspace, "a,no,2026-06-01", head="school_id_govt,connectivity,collected_on")

    assert report(record)["checks"] == []


def test_new_schools_without_facts_and_facts_without_dates_are_counted(workspace: Workspace) -> None:
    record = staged(
        workspace, row("a", education_level="", collected_on=""), row("b", longitude=10.44567, education_level="", collected_on="")
    )

    counts = {line["code"]: line["count"] for line in report(record)["checks"]}
    assert (counts["new_school_incomplete"], counts["undated_facts"]) == (2, 2)
    assert "2 new schools have no education_level; the first on lines 2, 3" in sentence(found(record, "new_school_incomplete")[0])


def test_of_thousands_of_findings_a_thousand_are_listed_and_all_are_counted(workspace: Workspace) -> None:
    rows = [row(f"s{number}", longitude=10 + number / 1_300, latitude=50.1 + number % 37 / 50, num_students=0) for number in range(1_200)]

    record = staged(workspace, *rows)

    line = next(line for line in report(record)["checks"] if line["code"] == "implausible_enrolment")
    assert line == {"family": "values", "code": "implausible_enrolment", "severity": "warning", "count": 1_200}
    assert report(record)["problems_by_code"]["implausible_enrolment"] == 1_200
    listed = [problem for problem in import_problems(workspace, record.id) if problem.code == "implausible_enrolment"]
    assert len(listed) == 1_000


def test_the_file_of_problems_has_what_checks_found(workspace: Workspace) -> None:
    record = staged(workspace, row("a", admin1="East"))

    assert "region_disagrees" in {problem.code for problem in import_problems(workspace, record.id)}


def test_publishing_past_findings_keeps_them_in_the_report(workspace: Workspace) -> None:
    record = staged(workspace, row("a", num_students=0))

    release = publish_import(workspace, record.id)

    assert release.counts["implausible_enrolment"] == 1


def test_flags_filter_schools_and_their_figures_add_up(workspace: Workspace) -> None:
    published(workspace, row("a", num_students=0), row("b", longitude=10.44567), row("c", longitude=11.5, latitude=50.5, admin1="East"))

    doubtful = coverage_answer(workspace, View(where=where(flag=("implausible_enrolment", "region_centroid"))))
    whole = coverage_answer(workspace, View(), (Grouping.ADMIN1,))

    assert doubtful.total["schools"] == 2
    assert sum(line["schools_flagged_position"] for line in whole.rows) == whole.total["schools_flagged_position"] == 1
    assert doubtful.where.as_parameters() == {"flag": "implausible_enrolment,region_centroid"}


def test_schools_whose_declared_and_measured_speeds_disagree_are_a_filter(workspace: Workspace) -> None:
    published(workspace, row("a"), row("b", longitude=10.44567))
    head = "school_id_govt,download_speed_declared_mbps,download_speed_measured_mbps,collected_on"
    record = staged(workspace, "a,100,8,2026-06-01", "b,100,90,2026-06-01", head=head)
    publish_import(workspace, record.id)

    counts = [coverage_answer(workspace, View(where=where(disagrees=(word,)))).total["schools"] for word in ("true", "false")]

    assert counts == [1, 1]
    assert "100 Mbps declared and 8 Mbps measured" in sentence(found(record, "speeds_disagree")[0])


def test_every_problem_of_a_staged_file_has_a_family() -> None:
    staged_codes = [code for code, text in PROBLEMS.items() if text.refusal is not Refusal.UNPROCESSABLE]

    assert {family_of(code) for code in staged_codes} <= set(FAMILIES)
    assert family_of("location_outlier") == "regions"
