"""Builders of small synthetic schools, tables and columns for tests; each shows only what matters to the test."""

from __future__ import annotations

from typing import Any

import pyarrow as pa

from geo.schools import FACTS_SCHEMA, RELEASE_SCHEMA, SchoolColumns, school_columns


def make_school(school_id: str = "S1", **values: Any) -> dict[str, Any]:
    """One school of a release as a row: unknown in everything that is not given."""
    row: dict[str, Any] = dict.fromkeys(RELEASE_SCHEMA.names)
    row |= {"school_id": school_id, "school_id_govt": school_id, "school_area_type": "unknown", "connectivity": "unknown"}
    unexpected = set(values) - set(row)
    if unexpected:
        raise KeyError(f"a release has no column {sorted(unexpected)}")
    return row | values


def make_release_table(*schools: dict[str, Any]) -> pa.Table:
    """A table of `RELEASE_SCHEMA` from rows of `make_school`."""
    return pa.Table.from_pylist(list(schools), schema=RELEASE_SCHEMA)


def make_facts_table(*schools: dict[str, Any]) -> pa.Table:
    """A table of `FACTS_SCHEMA` from rows of `make_school`."""
    return make_release_table(*schools).select(FACTS_SCHEMA.names).cast(FACTS_SCHEMA)


def make_columns(*schools: dict[str, Any]) -> SchoolColumns:
    """Columns for statistics from rows of `make_school`."""
    return school_columns(make_release_table(*schools))
