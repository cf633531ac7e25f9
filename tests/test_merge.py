"""Merge: what a file does to the schools, fact by fact."""

from __future__ import annotations

from datetime import date
from typing import Any

import pyarrow as pa

from geo.join import match
from geo.merge import Merged, Rules, merge
from geo.model import OUTCOMES, Fact, Outcome
from geo.schools import FACTS_SCHEMA
from tests.builders import make_facts_table, make_school


def apply(schools: list[dict[str, Any]], file_rows: list[dict[str, Any]], *, may_add: bool = False, **rules: Any) -> Merged:
    facts = make_facts_table(*schools)
    names = [name for name in FACTS_SCHEMA.names if any(name in row for row in file_rows)]
    table = pa.Table.from_pylist(file_rows, schema=pa.schema([FACTS_SCHEMA.field(name).with_nullable(True) for name in names]))
    return merge(facts, table, match(table, facts), Rules(7, may_add, **rules))


def outcomes(merged: Merged) -> list[Outcome]:
    return [OUTCOMES[code] for code in merged.outcome]


def test_absent_columns_and_blank_cells_keep_what_the_school_had() -> None:
    before = make_school("1", connectivity="yes", download_speed_declared_mbps=10.0, num_students=100)

    merged = apply([before], [{"school_id_govt": "1", "connectivity": None, "download_speed_declared_mbps": 30.0}])

    school = merged.facts.to_pylist()[0]
    assert (school["connectivity"], school["download_speed_declared_mbps"], school["num_students"]) == ("yes", 30.0, 100)
    assert outcomes(merged) == [Outcome.CHANGED]


def test_a_changed_fact_takes_the_source_date_and_import_of_its_row_and_others_keep_theirs() -> None:
    before = make_school("1", num_students=100, num_students_source="census", num_students_import=3)

    merged = apply(
        [before],
        [
            {
                "school_id_govt": "1",
                "connectivity": "no",
                "connectivity_source": "ministry",
                "connectivity_collected_on": date(2026, 5, 1),
            }
        ],
    )

    school = merged.facts.to_pylist()[0]
    assert (school["connectivity_source"], school["connectivity_collected_on"], school["connectivity_import"]) == (
        "ministry",
        date(2026, 5, 1),
        7,
    )
    assert (school["num_students_source"], school["num_students_import"]) == ("census", 3)


def test_a_new_value_without_a_source_does_not_keep_the_old_ones() -> None:
    before = make_school("1", num_students=100, num_students_source="census", num_students_collected_on=date(2025, 1, 1))

    merged = apply([before], [{"school_id_govt": "1", "num_students": 120}])

    school = merged.facts.to_pylist()[0]
    assert (school["num_students_source"], school["num_students_collected_on"]) == (None, None)


def test_an_older_dated_fact_is_stale_and_changes_nothing() -> None:
    before = make_school("1", connectivity="yes", connectivity_collected_on=date(2026, 5, 1))

    merged = apply([before], [{"school_id_govt": "1", "connectivity": "no", "connectivity_collected_on": date(2026, 4, 30)}])

    assert outcomes(merged) == [Outcome.STALE]
    assert merged.facts.to_pylist()[0]["connectivity"] == "yes"
    assert merged.stale_facts[Fact.CONNECTIVITY] == 1


def test_a_row_is_not_stale_when_one_of_its_facts_is_fresh() -> None:
    before = make_school("1", connectivity="yes", connectivity_collected_on=date(2026, 5, 1))

    merged = apply(
        [before],
        [{"school_id_govt": "1", "connectivity": "no", "connectivity_collected_on": date(2026, 4, 30), "num_students": 9}],
    )

    assert outcomes(merged) == [Outcome.CHANGED]
    assert merged.facts.to_pylist()[0]["connectivity"] == "yes"


def test_an_undated_fact_is_never_stale() -> None:
    before = make_school("1", connectivity="yes", connectivity_collected_on=date(2026, 5, 1))

    merged = apply([before], [{"school_id_govt": "1", "connectivity": "no"}])

    assert outcomes(merged) == [Outcome.CHANGED]


def test_a_measured_speed_leaves_the_declared_one_alone() -> None:
    before = make_school("1", download_speed_declared_mbps=100.0, download_speed_declared_source="contract")

    merged = apply([before], [{"school_id_govt": "1", "download_speed_measured_mbps": 8.0}])

    school = merged.facts.to_pylist()[0]
    assert (school["download_speed_declared_mbps"], school["download_speed_measured_mbps"]) == (100.0, 8.0)
    assert school["download_speed_declared_source"] == "contract"


def test_the_same_file_again_changes_nothing() -> None:
    row = {"school_id_govt": "1", "connectivity": "yes", "connectivity_source": "m", "connectivity_collected_on": date(2026, 1, 1)}
    once = apply([make_school("1")], [row])

    again = merge(once.facts, pa.Table.from_pylist([row]), match(pa.Table.from_pylist([row]), once.facts), Rules(8, may_add=False))

    assert outcomes(again) == [Outcome.UNCHANGED]
    assert again.facts.equals(once.facts)


def test_an_equal_value_of_a_newer_date_is_a_change_of_its_date() -> None:
    before = make_school("1", connectivity="yes", connectivity_source="m", connectivity_collected_on=date(2026, 1, 1))

    merged = apply([before], [{"school_id_govt": "1", "connectivity": "yes", "connectivity_collected_on": date(2026, 6, 1)}])

    school = merged.facts.to_pylist()[0]
    assert (school["connectivity_source"], school["connectivity_collected_on"]) == ("m", date(2026, 6, 1))
    assert outcomes(merged) == [Outcome.CHANGED]


def test_a_row_without_a_school_is_new_only_where_the_file_may_add() -> None:
    row = {"school_id_giga": "g9", "school_id_govt": "9", "latitude": 50.0, "longitude": 70.0}

    assert outcomes(apply([], [row], may_add=False)) == [Outcome.UNMATCHED]
    added = apply([], [row], may_add=True)
    assert outcomes(added) == [Outcome.NEW]
    school = added.facts.to_pylist()[0]
    assert (school["school_id"], school["connectivity"], school["school_area_type"], school["latitude"]) == (
        "g9",
        "unknown",
        "unknown",
        50.0,
    )


def test_a_new_school_whose_id_is_taken_is_ambiguous_and_not_added() -> None:
    taken = make_school("9") | {"school_id": "9", "school_id_govt": "other"}

    merged = apply([taken], [{"school_id_giga": "9", "latitude": 1.0, "longitude": 1.0}], may_add=True)

    assert outcomes(merged) == [Outcome.AMBIGUOUS]
    assert merged.facts.num_rows == 1


def test_a_school_gains_the_id_it_lacked_and_keeps_the_one_it_had() -> None:
    before = make_school("1") | {"school_id_giga": None}
    gains = apply([before], [{"school_id_govt": "1", "school_id_giga": "g1"}])
    keeps = apply([before | {"school_id_giga": "g0"}], [{"school_id_govt": "1", "school_id_giga": "g1"}])

    assert gains.facts["school_id_giga"].to_pylist() == ["g1"]
    assert gains.facts["school_id"].to_pylist() == ["1"]
    assert keeps.facts["school_id_giga"].to_pylist() == ["g0"]
    assert keeps.keeps_other_id.tolist() == [True]


def test_a_school_that_a_person_matched_takes_no_id_from_the_row_and_nothing_is_said_of_it() -> None:
    facts = make_facts_table(make_school("g1", school_id_giga="g1", school_id_govt=None), make_school("2"))
    rows = pa.table({"school_id_govt": ["x1", "x2"], "connectivity": ["yes", "no"]})

    merged = merge(facts, rows, match(rows, facts, known={"x1": "g1", "x2": "2"}), Rules(7, may_add=False))

    assert merged.facts["school_id_govt"].to_pylist() == [None, "2"]
    assert merged.facts["connectivity"].to_pylist() == ["yes", "no"]
    assert merged.keeps_other_id.tolist() == [False, False]


def test_an_id_that_differs_only_in_case_is_not_another_id() -> None:
    merged = apply([make_school("AB-1")], [{"school_id_govt": "ab-1", "num_students": 5}])

    assert merged.keeps_other_id.tolist() == [False]


def test_speed_of_zero_does_not_make_a_school_connected() -> None:
    merged = apply([make_school("1")], [{"school_id_govt": "1", "download_speed_measured_mbps": 0.0}])

    assert merged.facts["connectivity"].to_pylist() == ["unknown"]


def test_every_column_lands_in_itself_alone() -> None:
    values = {name: index for index, name in enumerate(["num_students", "upload_speed_mbps", "latency_ms", "fiber_node_distance_km"], 1)}

    merged = apply([make_school("1")], [{"school_id_govt": "1"} | values])

    school = merged.facts.to_pylist()[0]
    assert {name: school[name] for name in values} == values
    assert school["download_speed_declared_mbps"] is None
