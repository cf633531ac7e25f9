"""Filters select what a plain reading of them, row by row, selects."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings

from geo.cql2 import is_selected
from geo.services.filters import school_filter
from tests.conftest import IS_LONG
from tests.cql2.oracle import DAYS, NUMBERS, WORDS, filters

EXAMPLES = 3_000 if IS_LONG else 150
COUNT = 60


def rows_of_every_kind() -> list[dict]:
    """Rows whose values, and what is missing of them, come together in every way that pairs of them can."""
    random = np.random.default_rng(7)

    def drawn(values):
        return [None if place == len(values) else values[place] for place in random.integers(0, len(values) + 1, COUNT)]

    places = [(float(longitude), float(latitude)) for longitude in range(-4, 6, 2) for latitude in range(-4, 6, 2) if longitude or latitude]
    columns = {
        "school_name": drawn(WORDS),
        "admin1_name": drawn(WORDS[:4]),
        "num_students": drawn([0, 1, 20, 300]),
        "upload_speed_mbps": drawn(NUMBERS[1:]),
        "connectivity_collected_on": drawn(DAYS),
        "geometry": drawn(places),
    }
    return [dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)]


ROWS = rows_of_every_kind()


def column(name: str) -> pa.ChunkedArray:
    """A column as a release holds it: text dictionary-encoded, in two chunks."""
    if name in ("longitude", "latitude"):
        values = [None if row["geometry"] is None else row["geometry"][name == "latitude"] for row in ROWS]
        return pa.chunked_array([pa.array(values, pa.float64())])
    kinds = {"num_students": pa.int32(), "upload_speed_mbps": pa.float64(), "connectivity_collected_on": pa.date32()}
    kind = kinds.get(name, pa.dictionary(pa.int32(), pa.string()))
    values = [row[name] for row in ROWS]
    return pa.chunked_array(
        [
            pa.array(values[:25], pa.string()).cast(kind) if name not in kinds else pa.array(values[:25], kind),
            pa.array(values[25:], pa.string()).cast(kind) if name not in kinds else pa.array(values[25:], kind),
        ]
    )


def selected(text: str) -> list[bool]:
    return is_selected(school_filter(text).predicate, column, COUNT).tolist()


@settings(max_examples=EXAMPLES, deadline=None, database=None)
@given(filters)
def test_filter_selects_the_rows_of_which_it_is_true_and_no_others(condition):
    text, holds = condition

    assert selected(text) == [holds(row) is True for row in ROWS]


@settings(max_examples=EXAMPLES, deadline=None, database=None)
@given(filters)
def test_canonical_text_is_read_as_itself_and_selects_the_same(condition):
    canonical = school_filter(condition[0]).text

    assert school_filter(canonical).text == canonical
    assert selected(canonical) == selected(condition[0])


@pytest.mark.parametrize("text", ["num_students > 5", "NOT num_students > 5", "num_students <> 5", "NOT num_students IN (5)"])
def test_what_is_not_known_is_selected_neither_by_a_condition_nor_by_its_opposite(text):
    assert not any(chosen for chosen, row in zip(selected(text), ROWS, strict=True) if row["num_students"] is None)


def test_position_that_is_not_known_lies_neither_within_nor_without():
    box = "S_INTERSECTS(geometry, BBOX(-180,-90,180,90))"

    assert selected(f"NOT {box}") == [False] * COUNT
    assert selected(f"{box} OR geometry IS NULL") == [True] * COUNT


def test_hole_of_a_polygon_is_outside_and_its_border_is_not():
    names = {"longitude": [0.0, 1.0, 2.5, 9.0], "latitude": [0.5, 1.0, 2.5, 9.0]}
    ring = "POLYGON((0 0,5 0,5 5,0 5,0 0),(1 1,4 1,4 4,1 4,1 1))"

    found = is_selected(school_filter(f"S_INTERSECTS(geometry,{ring})").predicate, lambda name: pa.array(names[name]), 4)

    assert found.tolist() == [True, True, False, False]


def test_instant_within_a_day_comes_after_the_day_began():
    days = pa.array([DAYS[1], DAYS[2]])
    text = "connectivity_collected_on < TIMESTAMP('2024-01-01T00:00:01Z')"

    assert is_selected(school_filter(text).predicate, lambda name: days, 2).tolist() == [True, False]


def test_accents_are_overlooked_only_where_asked():
    names = pa.array(["Lycéum", "Lyceum", "Йод", "Иод"])

    def found(text):
        return is_selected(school_filter(text).predicate, lambda name: names, 4).tolist()

    assert found("school_name = 'Lyceum'") == [False, True, False, False]
    assert found("ACCENTI(school_name) = ACCENTI('LYCÉUM')") == [False] * 4
    assert found("CASEI(ACCENTI(school_name)) LIKE CASEI(ACCENTI('LYCÉ%'))") == [True, True, False, False]
    assert found("ACCENTI(school_name) IN (ACCENTI('Йод'))") == [False, False, True, True]


def test_no_rows_select_nothing():
    assert is_selected(school_filter("school_name = 'a' OR num_students > 1").predicate, lambda name: column(name).slice(0, 0), 0).size == 0
