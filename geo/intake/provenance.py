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
    """Ids and facts by the names and types of `FACTS_SCHEMA`, with source and date of each fact where the row carries it.

    `values` are parsed columns by our input names, all of one length. What a column for one fact says of its source or date
    stands before `data_source` and `collected_on`.
    """
    columns: dict[str, pa.Array] = {}
    for name, array in values.items():
        target = target_of(name)
        if name in ID_NAMES or target in _FACT_COLUMNS:
            columns[target] = array.cast(FACTS_SCHEMA.field(target).type)
    for fact in Fact:
        carried = [columns[name] for name in FACT_COLUMNS[fact] if name in columns]
        if not carried:
            continue
        is_carried = pc.is_valid(carried[0])
        for array in carried[1:]:
            is_carried = pc.or_(is_carried, pc.is_valid(array))
        is_whole = pc.all(is_carried).as_py()
        for ending, whole in (("source", "data_source"), ("collected_on", "collected_on")):
            stated = [values[name] for name in (f"{fact}_{ending}", whole) if name in values]
            if stated:
                said = stated[0] if len(stated) == 1 else pc.coalesce(*stated)
                columns[f"{fact}_{ending}"] = said if is_whole else pc.if_else(is_carried, said, None)  # one column for many facts
    return columns
