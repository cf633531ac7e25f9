"""Merge: files that replace the whole list, that remove schools, and whose empty cells say that a value is not known any more."""

from __future__ import annotations

from collections import Counter
from datetime import date
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.join import match
from geo.merge import Merged, Rules, merge
from geo.model import FACT_COLUMNS, OUTCOMES, Fact, ImportMode, Outcome
from geo.schools import FACTS_SCHEMA
from tests.builders import make_facts_table, make_school

OLD, NEW = date(2026, 4, 30), date(2026, 5, 1)


def apply(schools: list[dict[str, Any]], file_rows: list[dict[str, Any]], *, may_add: bool = False, **rules: Any) -> Merged:
    facts = make_facts_table(*schools)
    names = [name for name in FACTS_SCHEMA.names if any(name in row for row in file_rows)]
    table = pa.Table.from_pylist(file_rows, schema=pa.schema([FACTS_SCHEMA.field(name).with_nullable(True) for name in names]))
    clears = frozenset(rules.pop("clears", ()))
    return merge(facts, table, match(table, facts), Rules(7, may_add, clears=clears, **rules))


def outcomes(merged: Merged) -> list[Outcome]:
    return [OUTCOMES[code] for code in merged.outcome]


def ids(merged: Merged) -> list[str]:
    return merged.facts["school_id"].to_pylist()


def test_a_removal_drops_the_schools_that_it_names_and_no_others() -> None:
    merged = apply(
        [make_school("1"), make_school("2"), make_school("3")], [{"school_id_govt": "2"}, {"school_id_govt": "9"}], mode=ImportMode.REMOVE
    )

    assert outcomes(merged) == [Outcome.REMOVED, Outcome.UNMATCHED]
    assert ids(merged) == ["1", "3"]
    assert merged.dropped.tolist() == [1]


def test_a_removal_adds_and_changes_nothing_whatever_else_its_rows_say() -> None:
    rows = [{"school_id_govt": "1", "connectivity": "no", "latitude": 1.0}, {"school_id_govt": "9", "connectivity": "no", "latitude": 2.0}]

    merged = apply([make_school("1"), make_school("2", connectivity="yes")], rows, may_add=True, mode=ImportMode.REMOVE)

    assert outcomes(merged) == [Outcome.REMOVED, Outcome.UNMATCHED]
    assert (ids(merged), merged.facts["connectivity"].to_pylist()) == (["2"], ["yes"])


def test_an_ambiguous_row_of_a_removal_drops_no_school() -> None:
    merged = apply(
        [make_school("1"), make_school("2") | {"school_id_giga": "g2"}],
        [{"school_id_govt": "1", "school_id_giga": "g2"}],
        mode=ImportMode.REMOVE,
    )

    assert outcomes(merged) == [Outcome.AMBIGUOUS]
    assert ids(merged) == ["1", "2"]


def test_a_replacement_drops_schools_without_a_row_and_merges_the_others() -> None:
    before = [make_school("1", num_students=10, connectivity="yes"), make_school("2"), make_school("3")]
    rows = [
        {"school_id_govt": "3", "num_students": 5, "latitude": None},
        {"school_id_govt": "1", "num_students": 11},
        {"school_id_govt": "9"},
    ]

    merged = apply(before, rows, may_add=True, mode=ImportMode.REPLACE)

    assert outcomes(merged) == [Outcome.CHANGED, Outcome.CHANGED, Outcome.NEW]
    assert ids(merged) == ["1", "3", "9"]
    assert merged.facts["num_students"].to_pylist() == [11, 5, None]
    assert merged.facts["connectivity"].to_pylist() == ["yes", "unknown", "unknown"]
    assert merged.school.tolist() == [1, 0, 2]
    assert merged.dropped.tolist() == [1]


def test_a_replacement_keeps_schools_that_a_row_in_doubt_may_mean() -> None:
    before = [make_school("1"), make_school("2") | {"school_id_giga": "g2"}, make_school("3")]

    merged = apply(before, [{"school_id_govt": "1", "school_id_giga": "g2"}], mode=ImportMode.REPLACE)

    assert outcomes(merged) == [Outcome.AMBIGUOUS]
    assert (ids(merged), merged.kept_in_doubt, merged.dropped.tolist()) == (["1", "2"], 2, [2])


def test_a_replacement_whose_rows_claim_one_school_twice_keeps_it_and_says_so() -> None:
    merged = apply(
        [make_school("1"), make_school("2")],
        [{"school_id_govt": "1", "num_students": 5}, {"school_id_govt": " 1", "num_students": 6}],
        mode=ImportMode.REPLACE,
    )

    assert outcomes(merged) == [Outcome.AMBIGUOUS, Outcome.AMBIGUOUS]
    assert (ids(merged), merged.kept_in_doubt) == (["1"], 1)
    assert merged.facts["num_students"].to_pylist() == [None]


CLEARED = [
    ("connectivity", "yes", "unknown"),
    ("school_area_type", "urban", "unknown"),
    ("num_students", 40, None),
    ("school_name", "First", None),
    ("download_speed_declared_mbps", 8.0, None),
    ("electricity_availability", "yes", None),
]


@pytest.mark.parametrize(("column", "known", "cleared"), CLEARED, ids=[column for column, _, _ in CLEARED])
def test_an_empty_cell_makes_a_value_unknown_only_where_it_is_said_to(column: str, known: object, cleared: object) -> None:
    rows = [{"school_id_govt": "1", column: None}]

    kept = apply([make_school("1", **{column: known})], rows)
    gone = apply([make_school("1", **{column: known})], rows, clears=[column])

    assert (kept.facts[column].to_pylist(), outcomes(kept)) == ([known], [Outcome.UNCHANGED])
    assert (gone.facts[column].to_pylist(), outcomes(gone)) == ([cleared], [Outcome.CHANGED])


def test_a_cleared_fact_takes_the_source_and_date_of_its_row() -> None:
    before = make_school("1", connectivity="yes", connectivity_source="census", connectivity_collected_on=OLD)
    row = {"school_id_govt": "1", "connectivity": None, "connectivity_source": "ministry", "connectivity_collected_on": NEW}

    school = apply([before], [row], clears=["connectivity"]).facts.to_pylist()[0]

    assert (school["connectivity"], school["connectivity_source"], school["connectivity_collected_on"]) == ("unknown", "ministry", NEW)
    assert school["connectivity_import"] == 7


def test_an_older_empty_cell_never_erases_a_newer_value() -> None:
    before = make_school("1", connectivity="yes", connectivity_collected_on=NEW)

    merged = apply([before], [{"school_id_govt": "1", "connectivity": None, "connectivity_collected_on": OLD}], clears=["connectivity"])

    assert outcomes(merged) == [Outcome.STALE]
    assert merged.facts["connectivity"].to_pylist() == ["yes"]


def test_clearing_a_position_clears_both_coordinates_and_ids_are_never_cleared() -> None:
    before = make_school("1", latitude=50.0, longitude=70.0) | {"school_id_giga": "g1"}
    row = {"school_id_govt": "1", "school_id_giga": None, "latitude": None, "longitude": None}

    school = apply([before], [row], clears=["latitude", "longitude"]).facts.to_pylist()[0]

    assert (school["latitude"], school["longitude"], school["school_id_giga"]) == (None, None, "g1")


def test_an_empty_cell_clears_nothing_of_a_school_that_no_row_names() -> None:
    merged = apply(
        [make_school("1", connectivity="yes"), make_school("2")], [{"school_id_govt": "2", "connectivity": None}], clears=["connectivity"]
    )

    assert merged.facts["connectivity"].to_pylist() == ["yes", "unknown"]


def test_clearing_a_declared_speed_leaves_the_measured_one_and_its_source() -> None:
    before = make_school(
        "1", download_speed_declared_mbps=100.0, download_speed_measured_mbps=8.0, download_speed_measured_source="speed tests"
    )

    merged = apply([before], [{"school_id_govt": "1", "download_speed_declared_mbps": None}], clears=["download_speed_declared_mbps"])

    school = merged.facts.to_pylist()[0]
    assert (school["download_speed_declared_mbps"], school["download_speed_measured_mbps"]) == (None, 8.0)
    assert school["download_speed_measured_source"] == "speed tests"


def test_declared_and_measured_speeds_of_different_sources_never_erase_each_other() -> None:
    declared = {
        "school_id_govt": "1",
        "download_speed_declared_mbps": 100.0,
        "download_speed_declared_source": "ministry",
        "download_speed_declared_collected_on": NEW,
    }
    measured = {
        "school_id_govt": "1",
        "download_speed_measured_mbps": 8.0,
        "download_speed_measured_source": "speed tests",
        "download_speed_measured_collected_on": OLD,
    }

    both = [
        apply(apply([make_school("1")], [first]).facts.to_pylist(), [second])
        for first, second in ((declared, measured), (measured, declared))
    ]

    for merged in both:
        school = merged.facts.to_pylist()[0]
        assert {name: school[name] for name in (declared | measured)} == declared | measured


def test_an_undated_fact_is_not_stale_beside_a_stale_one() -> None:
    before = make_school("1", connectivity="yes", connectivity_collected_on=NEW, num_students=5, num_students_collected_on=NEW)
    row = {"school_id_govt": "1", "connectivity": "no", "connectivity_collected_on": OLD, "num_students": 5}

    merged = apply([before], [row])

    assert outcomes(merged) == [Outcome.UNCHANGED]
    assert (merged.stale_facts[Fact.CONNECTIVITY], merged.stale_facts[Fact.NUM_STUDENTS]) == (1, 0)


IDS = st.sampled_from(["1", "2", "3", " 1", "a", "A", "9", "g1", None])
ROW = st.fixed_dictionaries(
    {
        "school_id_govt": IDS,
        "school_id_giga": st.sampled_from(["g1", "g2", "1", None]),
        "connectivity": st.sampled_from(["yes", "no", "unknown", None]),
        "connectivity_collected_on": st.sampled_from([OLD, NEW, None]),
        "num_students": st.sampled_from([0, 5, None]),
    }
).filter(lambda row: row["school_id_govt"] is not None or row["school_id_giga"] is not None)
SCHOOLS = [
    make_school("1", connectivity="yes", connectivity_collected_on=NEW) | {"school_id_giga": "g1"},
    make_school("2", num_students=5),
    make_school("A"),
    make_school("g9") | {"school_id_govt": "3"},
]


@given(
    rows=st.lists(ROW, max_size=7),
    mode=st.sampled_from(list(ImportMode)),
    clears=st.sets(st.sampled_from(["connectivity", "num_students"])),
    may_add=st.booleans(),
)
def test_every_row_has_one_outcome_and_every_school_is_accounted_for(
    rows: list[dict[str, Any]], mode: ImportMode, clears: set[str], may_add: bool
) -> None:
    if not rows:
        return
    merged = apply(SCHOOLS, rows, may_add=may_add, mode=mode, clears=clears)
    counts = Counter(outcomes(merged))

    assert sum(counts.values()) == len(rows)
    assert merged.facts.num_rows == len(SCHOOLS) - len(merged.dropped) + counts[Outcome.NEW]
    assert len(set(ids(merged))) == merged.facts.num_rows
    assert merged.facts.schema == FACTS_SCHEMA
    if mode is ImportMode.UPDATE:
        assert not len(merged.dropped)
    if mode is ImportMode.REMOVE:
        assert len(merged.dropped) == counts[Outcome.REMOVED]
        assert not {*counts} - {Outcome.REMOVED, Outcome.UNMATCHED, Outcome.AMBIGUOUS}
    else:
        assert not counts[Outcome.REMOVED]
    for row, outcome, school in zip(rows, outcomes(merged), merged.school.tolist(), strict=True):
        speaks = outcome in (Outcome.NEW, Outcome.CHANGED, Outcome.UNCHANGED, Outcome.STALE)
        assert (school >= 0) is speaks
        if speaks:
            held = {merged.facts[name][school].as_py() for name in ("school_id", "school_id_govt", "school_id_giga")} - {None}
            stated = {row["school_id_govt"], row["school_id_giga"]} - {None}
            assert {text.strip().lower() for text in held} & {text.strip().lower() for text in stated}


def has_each_id_once(rows: list[dict[str, Any]]) -> bool:
    """Whether no id is on two rows, as reading a file sees to."""
    stated = [(name, row[name].strip().lower()) for row in rows for name in ("school_id_govt", "school_id_giga") if row[name] is not None]
    return len(set(stated)) == len(stated)


@given(rows=st.lists(ROW, min_size=1, max_size=4).filter(has_each_id_once), mode=st.sampled_from([ImportMode.UPDATE, ImportMode.REPLACE]))
def test_the_same_rows_again_in_any_order_change_nothing(rows: list[dict[str, Any]], mode: ImportMode) -> None:
    once = apply(SCHOOLS, rows, may_add=True, mode=mode, clears=["num_students"])

    again = apply(once.facts.to_pylist(), rows[::-1], may_add=True, mode=mode, clears=["num_students"])

    assert not {Outcome.NEW, Outcome.CHANGED} & {*outcomes(again)}
    assert not len(again.dropped)


def test_every_column_of_a_fact_can_be_cleared() -> None:
    facts = make_facts_table(make_school("1"))
    columns = [name for names in FACT_COLUMNS.values() for name in names]
    rows = pa.table({"school_id_govt": ["1"], **{name: pa.nulls(1, facts.schema.field(name).type) for name in columns}})

    merged = merge(facts, rows, match(rows, facts), Rules(7, may_add=True, clears=frozenset(columns)))

    assert outcomes(merged) == [Outcome.UNCHANGED]
    assert merged.facts.select(columns).equals(facts.select(columns))
