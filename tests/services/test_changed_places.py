"""Where a picture of a change draws schools."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pyarrow as pa

from geo.changes import compare
from geo.schools import FACTS_SCHEMA
from geo.services.changed_places import MAX_PLACES, changed_places
from tests.builders import make_release_table, make_school


def placed(school_id: str, longitude: float, **values: object) -> dict[str, object]:
    return make_school(school_id, longitude=longitude, latitude=50.0, **values)


def test_school_counts_under_the_first_thing_that_happened_to_it():
    before = make_release_table(
        placed("lost", 60.0, connectivity="yes"), placed("moved", 61.0), placed("gone", 62.0), placed("same", 63.0), placed("more", 64.0)
    )
    after = make_release_table(
        placed("lost", 60.5, connectivity="no"),
        placed("moved", 61.5),
        placed("same", 63.0),
        placed("more", 64.0, num_students=5),
        placed("new", 65.0),
    )

    assert changed_places(compare(before, after)) == {
        "lost_connection": {"total": 1, "positions": [[60.5, 50.0]]},
        "removed": {"total": 1, "positions": [[62.0, 50.0]]},
        "added": {"total": 1, "positions": [[65.0, 50.0]]},
        "moved": {"total": 1, "positions": [[61.5, 50.0]]},
        "changed": {"total": 1, "positions": [[64.0, 50.0]]},
    }


def test_school_without_position_is_counted_and_not_drawn():
    after = make_release_table(make_school("nowhere"), make_school("island", longitude=0.0, latitude=0.0))

    assert changed_places(compare(after.slice(0, 0), after)) == {"added": {"total": 2, "positions": []}}


def test_schools_that_lie_on_one_another_are_drawn_once_and_counted_each():
    after = make_release_table(*(placed(f"s{number}", 60.0 + 0.0001 * (number % 2)) for number in range(10)), placed("far", 70.0))

    assert changed_places(compare(after.slice(0, 0), after)) == {"added": {"total": 11, "positions": [[60.0, 50.0], [70.0, 50.0]]}}


def test_many_positions_are_thinned_evenly_over_the_country_whatever_their_order():
    rows = 25_000
    at = np.arange(rows)
    given = {
        "school_id": pa.array([f"s{number}" for number in range(rows)]),
        "longitude": 50.0 + at % 250 / 10,
        "latitude": 40.0 + at // 250 / 10,
    }
    columns = [pa.array(given[field.name], field.type) if field.name in given else pa.nulls(rows, field.type) for field in FACTS_SCHEMA]
    after = pa.table(columns, schema=FACTS_SCHEMA)

    found = changed_places(compare(after.slice(0, 0), after))["added"]

    assert found["total"] == rows
    assert MAX_PLACES / 3 < len(found["positions"]) <= MAX_PLACES
    quarters = Counter((longitude < 62.5, latitude < 45.0) for longitude, latitude in found["positions"])
    assert min(quarters.values()) > 0.15 * len(found["positions"])


def test_no_change_has_no_places():
    table = make_release_table(placed("a", 60.0))

    assert changed_places(compare(table, table)) == {}
