"""Suggestions: what makes a pair likely, what makes it doubtful, and how often they are right."""

from __future__ import annotations

from collections.abc import Set
from typing import Any

import hypothesis
import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.bench_matching import WANTED_PRECISION, WANTED_RECALL, quality
from bench.damaged_schools import damaged, demo_release
from geo.matching import DEFAULT_SCORE, Suggestions, reasons_of, suggest
from geo.matching.suggestions import ALL_READ
from geo.model import MatchReason
from geo.schools import RELEASE_SCHEMA, row_ids
from tests.builders import make_release_table, make_school

SOMEWHERE = {"latitude": 50.0, "longitude": 70.0}
NEXT_TO_IT = {"latitude": 50.001, "longitude": 70.001}
FAR_AWAY = {"latitude": 44.0, "longitude": 60.0}


def make_rows(*rows: dict[str, Any]) -> pa.Table:
    """Accepted rows of a file that know a foreign id and what is given."""
    members = [{"school_id_govt": f"X{number}"} | row for number, row in enumerate(rows)]
    names = [name for name in RELEASE_SCHEMA.names if any(name in row for row in members)]
    return pa.Table.from_pylist(members, schema=pa.schema([RELEASE_SCHEMA.field(name).with_nullable(True) for name in names]))


def suggested(
    rows: pa.Table, schools: pa.Table, *, taken: tuple[int, ...] = (), refused: Set[tuple[str, str]] = frozenset(), **more: Any
) -> Suggestions:
    taken_schools = np.isin(np.arange(schools.num_rows), taken)
    return suggest(rows, schools, open_rows=np.ones(rows.num_rows, dtype=bool), taken_schools=taken_schools, refused=refused, **more)


def score_of(found: Suggestions, row: int, school: int) -> float:
    """Score of a pair, 0 where it is not suggested."""
    return float(found.score[(found.row == row) & (found.school == school)].sum())


def test_suggestions_above_the_default_score_are_right_and_complete_enough() -> None:
    case = damaged(demo_release(), 2_000, seed=7)

    found = suggested(case.rows, case.schools)

    precision, recall = quality(case, found, score=DEFAULT_SCORE)
    assert precision >= WANTED_PRECISION
    assert recall >= WANTED_RECALL


def test_a_name_in_another_script_next_to_the_school_is_suggested_with_its_reasons() -> None:
    schools = make_release_table(make_school("S1", school_name="Қарашоқы орта мектебі", **SOMEWHERE))

    found = suggested(make_rows({"school_name": "KARASHOKY secondary school", **NEXT_TO_IT}), schools)

    assert found.score[0] > DEFAULT_SCORE
    assert found.distance_km[0] == pytest.approx(0.132, abs=0.001)
    assert reasons_of(int(found.reasons[0])) == (MatchReason.SAME_NAME, MatchReason.SAME_KIND, MatchReason.NEAR)


def test_numbers_that_differ_are_two_schools() -> None:
    schools = make_release_table(make_school("S1", school_name="Средняя школа № 12", **SOMEWHERE))

    found = suggested(make_rows({"school_name": "Средняя школа № 13", **NEXT_TO_IT}), schools)

    assert score_of(found, 0, 0) < 0.5


def test_of_two_schools_that_differ_by_kind_alone_the_right_one_is_suggested() -> None:
    schools = make_release_table(
        make_school("S1", school_name="Ақсу орта мектебі", **SOMEWHERE), make_school("S2", school_name="Ақсу бастауыш мектебі", **SOMEWHERE)
    )

    found = suggested(make_rows({"school_name": "Начальная школа Аксу", **NEXT_TO_IT}), schools)

    assert score_of(found, 0, 1) > DEFAULT_SCORE > score_of(found, 0, 0)


def test_two_schools_that_suit_a_row_equally_share_the_score() -> None:
    schools = make_release_table(*(make_school(f"S{number}", school_name="Ақсу", **SOMEWHERE) for number in range(2)))

    found = suggested(make_rows({"school_name": "Ақсу", **NEXT_TO_IT}), schools)

    assert sorted(found.school.tolist()) == [0, 1]
    assert (found.score < 0.51).all()


def test_two_rows_that_suit_a_school_equally_share_the_score() -> None:
    schools = make_release_table(make_school("S1", school_name="Ақсу", **SOMEWHERE))

    found = suggested(make_rows({"school_name": "Ақсу", **NEXT_TO_IT}, {"school_name": "Аксу", **NEXT_TO_IT}), schools)

    assert len(found) == 2
    assert (found.score < 0.51).all()


def test_a_school_that_another_row_speaks_about_is_not_suggested() -> None:
    schools = make_release_table(*(make_school(f"S{number}", school_name="Ақсу", **SOMEWHERE) for number in range(2)))

    found = suggested(make_rows({"school_name": "Ақсу", **NEXT_TO_IT}), schools, taken=(0,))

    assert found.school.tolist() == [1]


def test_a_refused_pair_is_not_suggested() -> None:
    schools = make_release_table(*(make_school(f"S{number}", school_name="Ақсу", **SOMEWHERE) for number in range(2)))

    found = suggested(make_rows({"school_name": "Ақсу", **NEXT_TO_IT}), schools, refused={("X0", "S0"), ("other", "S1")})

    assert found.school.tolist() == [1]
    assert found.score[0] > DEFAULT_SCORE


def test_the_same_name_far_away_is_doubtful() -> None:
    schools = make_release_table(make_school("S1", school_name="Ақсу", **FAR_AWAY))

    found = suggested(make_rows({"school_name": "Ақсу", **SOMEWHERE}), schools)

    assert score_of(found, 0, 0) < DEFAULT_SCORE


def test_without_positions_the_region_decides() -> None:
    schools = make_release_table(
        make_school("S1", school_name="Ақсу", admin1="KZ10", admin1_name="Abai Region"),
        make_school("S2", school_name="Ақсу", admin1="KZ75", admin1_name="Almaty city"),
        make_school("S3", school_name="Ақсу", admin1="KZ19", admin1_name="Almaty Region"),
    )

    found = suggested(make_rows({"school_name": "Аксу", "admin1_declared": "Абайская область"}), schools)

    assert found.school.tolist()[0] == 0
    assert found.score[0] > DEFAULT_SCORE
    assert MatchReason.SAME_REGION in reasons_of(int(found.reasons[0]))


def test_a_city_and_the_region_of_the_same_name_are_two_regions() -> None:
    schools = make_release_table(
        make_school("S1", school_name="Ақсу", admin1="KZ75", admin1_name="Almaty city"),
        make_school("S2", school_name="Ақсу", admin1="KZ19", admin1_name="Almaty Region"),
    )

    found = suggested(make_rows({"school_name": "Ақсу", "admin1_declared": "Алматинская область"}), schools)

    assert found.school.tolist()[0] == 1
    assert found.score[0] > DEFAULT_SCORE


def test_a_list_older_than_a_reform_of_regions_finds_schools_by_the_region_before() -> None:
    former = {"admin1": "KZ10", "admin1_name": "Abai Region", "admin1_declared": "East Kazakhstan Region"}
    schools = make_release_table(
        make_school("S1", school_name="Ақсу", admin1="KZ59", admin1_name="North Kazakhstan Region"),
        make_school("S2", school_name="Ақсу", **former),
        make_school("S3", school_name="Көксу", admin1="KZ63", admin1_name="East Kazakhstan Region"),
    )

    found = suggested(make_rows({"school_name": "Ақсу", "admin1_declared": "East Kazakhstan Region"}), schools)

    assert found.school.tolist()[0] == 1
    assert found.score[0] > DEFAULT_SCORE


def test_names_of_regions_in_other_languages_are_understood_when_given() -> None:
    schools = make_release_table(
        make_school("S1", school_name="Ақсу", admin1="KZ59", admin1_name="North Kazakhstan Region"),
        make_school("S2", school_name="Ақсу", admin1="KZ63", admin1_name="East Kazakhstan Region"),
    )
    rows = make_rows({"school_name": "Ақсу", "admin1_declared": "Шығыс Қазақстан облысы"})

    found = suggested(rows, schools, spellings={"Шығыс Қазақстан облысы": "KZ63"})

    assert found.school.tolist()[0] == 1
    assert found.score[0] > DEFAULT_SCORE


def test_a_row_has_at_most_three_suggestions_and_the_best_come_first() -> None:
    schools = make_release_table(*(make_school(f"S{number}", school_name="Ақсу", **SOMEWHERE) for number in range(6)))

    found = suggested(make_rows({"school_name": "Ақсу", **NEXT_TO_IT}), schools)

    assert len(found) == 3
    assert (np.diff(found.score) <= 0).all()


@pytest.mark.parametrize("column", ["school_name", "latitude"])
def test_rows_without_a_name_get_no_suggestion_and_without_a_place_they_do(column: str) -> None:
    schools = make_release_table(make_school("S1", school_name="Ақсу", **SOMEWHERE))
    row = {"school_name": "Ақсу", **SOMEWHERE}
    del row[column]

    assert len(suggested(make_rows(row), schools)) == (0 if column == "school_name" else 1)


def test_only_open_rows_get_suggestions() -> None:
    schools = make_release_table(make_school("S1", school_name="Ақсу"), make_school("S2", school_name="Көксу"))
    rows = make_rows({"school_name": "Ақсу"}, {"school_name": "Көксу"})

    found = suggest(rows, schools, open_rows=np.array([False, True]), taken_schools=np.zeros(2, dtype=bool))

    assert found.row.tolist() == [1]


@pytest.mark.parametrize("side", ["rows", "schools"])
def test_an_empty_side_gives_no_suggestions(side: str) -> None:
    rows, schools = make_rows({"school_name": "Ақсу"}), make_release_table(make_school("S1", school_name="Ақсу"))

    assert len(suggested(rows.slice(0, 0), schools) if side == "rows" else suggested(rows, schools.slice(0, 0))) == 0


def test_of_very_many_schools_those_near_and_those_of_the_region_are_found() -> None:
    many = ALL_READ + 1
    columns = {field.name: pa.nulls(many, field.type) for field in RELEASE_SCHEMA}
    columns |= {
        "school_id": pa.array([f"S{number}" for number in range(many)]),
        "school_name": pa.array([f"№ {number}" for number in range(many)]),
        "admin1_declared": pa.array([f"Region {number % 50}" for number in range(many)]),
        "latitude": pa.array(np.linspace(40, 60, many)),
        "longitude": pa.array(np.linspace(50, 80, many)),
    }
    rows = make_rows({"school_name": "N7", "admin1_declared": "region 7"}, {"school_name": "N 25000", "latitude": 50.0, "longitude": 65.0})

    found = suggested(rows, pa.table(columns))

    assert {(row, school) for row, school, score in zip(found.row, found.school, found.score, strict=True) if score > DEFAULT_SCORE} == {
        (0, 7),
        (1, 25_000),
    }


def test_dictionary_encoded_schools_give_the_same_suggestions() -> None:
    schools = make_release_table(
        *(make_school(f"S{number}", school_name=f"Ақсу № {number}", admin1_declared="Abai") for number in range(4))
    )
    encoded = pa.table(
        {
            name: schools[name].dictionary_encode() if pa.types.is_string(schools[name].type) else schools[name]
            for name in schools.column_names
        }
    )
    rows = make_rows({"school_name": "Аксу N2", "admin1_declared": "Абай"})

    assert suggested(rows, encoded).score.tolist() == suggested(rows, schools).score.tolist()


def test_a_row_goes_by_its_first_id_as_text() -> None:
    rows = pa.table({"school_id": ["9", None], "school_id_govt": ["1", "2"], "school_id_giga": [None, "g"]})

    assert row_ids(rows).to_pylist() == ["1", "g"]


NAMES = st.none() | st.text(alphabet="Ақсу мектеп№12#aksu-«» \t日本ا", max_size=14)
DEGREES = st.none() | st.floats(-90, 90)
MEMBERS = st.fixed_dictionaries(
    {
        "school_name": NAMES,
        "latitude": DEGREES,
        "longitude": DEGREES,
        "admin1_declared": st.none() | st.sampled_from(["Abai", "Абай облысы", "г.", ""]),
    }
)


@hypothesis.settings(max_examples=30, deadline=None)
@given(st.lists(MEMBERS, max_size=5), st.lists(MEMBERS, max_size=5))
def test_whatever_rows_and_schools_say_scores_are_shares_and_pairs_are_open(
    rows: list[dict[str, Any]], schools: list[dict[str, Any]]
) -> None:
    table = make_rows(*rows) if rows else make_rows({"school_name": None}).slice(0, 0)
    release = make_release_table(*(make_school(f"S{number}", **members) for number, members in enumerate(schools)))

    found = suggested(table, release)

    assert ((found.score > 0) & (found.score <= 1)).all()
    assert (np.bincount(found.row, minlength=1) <= 3).all()
    assert len({*zip(found.row.tolist(), found.school.tolist(), strict=True)}) == len(found)
    assert all(rows[row]["school_name"] is not None for row in found.row)
