"""Changes: what a release changed, and taking it back."""

from __future__ import annotations

from typing import Any

from geo.changes import compare, without_changes_of
from tests.builders import make_facts_table, make_school


def test_added_removed_and_changed_schools_are_told_apart() -> None:
    before = make_facts_table(make_school("a", connectivity="no"), make_school("b"), make_school("c", connectivity="yes"))
    after = make_facts_table(make_school("c", connectivity="unknown"), make_school("a", connectivity="yes"), make_school("d"))

    found = compare(before, after)

    assert found.counts() == {
        "schools_added": 1,
        "schools_removed": 1,
        "schools_changed": 2,
        "schools_moved": 0,
        "schools_newly_connected": 1,
        "schools_lost_connection": 0,
        "schools_gone_silent": 1,
    }
    assert found.changed_columns() == {"connectivity": 2}


def test_a_value_that_becomes_null_is_a_change() -> None:
    found = compare(make_facts_table(make_school("a", latitude=1.0)), make_facts_table(make_school("a")))

    assert found.counts()["schools_moved"] == 1


def undone(parent: list[dict[str, Any]], release: list[dict[str, Any]], current: list[dict[str, Any]]) -> Any:
    return without_changes_of(make_facts_table(*parent), make_facts_table(*release), make_facts_table(*current))


def test_undoing_an_older_release_takes_back_its_cells_and_keeps_later_ones() -> None:
    parent = [make_school("a", connectivity="no", num_students=10)]
    release = [make_school("a", connectivity="yes", num_students=10), make_school("b")]
    current = [make_school("b"), make_school("a", connectivity="yes", num_students=12), make_school("z")]

    result = undone(parent, release, current)

    assert result.clashes == ()
    assert {row["school_id"]: (row["connectivity"], row["num_students"]) for row in result.facts.to_pylist()} == {
        "a": ("no", 12),
        "z": ("unknown", None),
    }


def test_a_school_that_the_release_removed_comes_back_whole() -> None:
    result = undone([make_school("a", num_students=5)], [], [make_school("z")])

    assert {row["school_id"]: row["num_students"] for row in result.facts.to_pylist()} == {"a": 5, "z": None}


def test_a_cell_changed_again_since_is_a_clash() -> None:
    result = undone(
        [make_school("a", num_students=1)],
        [make_school("a", num_students=2)],
        [make_school("a", num_students=3)],
    )

    assert result.clashes == (("a", "num_students"),)


def test_an_added_school_changed_since_is_a_clash() -> None:
    result = undone([], [make_school("a")], [make_school("a", num_students=3)])

    assert result.clashes == (("a", "school_id"),)
    assert result.clashes_total == 1


def test_a_value_that_is_back_already_is_no_clash() -> None:
    result = undone([make_school("a", num_students=1)], [make_school("a", num_students=2)], [make_school("a", num_students=1)])

    assert result.clashes == ()
    assert result.facts["num_students"].to_pylist() == [1]
