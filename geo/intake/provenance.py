"""From parsed columns to the columns of a release: where each fact's source and date come from, and which column a plain speed fills."""

from __future__ import annotations

from collections.abc import Mapping

import pyarrow as pa
import pyarrow.compute as pc

from geo.column_table import ID_NAMES, column
from geo.model import FACT_COLUMNS, Fact
from geo.schools import FACTS_SCHEMA

_FACT_COLUMNS = frozenset(name for names in FACT_COLUMNS.values() for name in names)
PLAIN_SPEED, DECLARED_SPEED = "download_speed_mbps", "download_speed_declared_mbps"


def target_of(name: str) -> str:
    """Column of the parsed table that a column of a file fills; a plain download speed counts as declared."""
    return DECLARED_SPEED if name == PLAIN_SPEED else column(name).target


def release_columns(values: Mapping[str, pa.Array]) -> dict[str, pa.Array]:
    """Ids and facts by the names and types of `FACTS_SCHEMA`, with source and date of each fact that has a column.

    They stand beside blank cells too: whether a blank cell says anything is for merging to decide.

    `values` are parsed columns by our input names, all of one length. What a column for one fact says of its source or date
    stands before `data_source` and `collected_on`.
    """
    columns: dict[str, pa.Array] = {}
    for name, array in values.items():
        target = target_of(name)
        if name in ID_NAMES or target in _FACT_COLUMNS:
            columns[target] = array.cast(FACTS_SCHEMA.field(target).type)
    for fact in Fact:
        if not any(name in columns for name in FACT_COLUMNS[fact]):
            continue
        for ending, whole in (("source", "data_source"), ("collected_on", "collected_on")):
            stated = [values[name] for name in (f"{fact}_{ending}", whole) if name in values]
            if stated:
                columns[f"{fact}_{ending}"] = stated[0] if len(stated) == 1 else pc.coalesce(*stated)  # one column for many facts
    return columns
