"""Every change between two states of the schools as one long table: a row a school and column, made column by column."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from geo.changes import Comparison
from geo.schools import Int64Array, one_chunk

CHANGE_LIST_SCHEMA: pa.Schema = pa.schema(
    [(name, pa.string()) for name in ("school_id", "school_name", "change", "column", "before", "after")]
)
"""`change` is added, removed or changed; `column`, `before` and `after` are null but for changed schools, and null is "not known"."""


def change_list(comparison: Comparison) -> pa.Table:
    """All that differs between the two sides of a comparison.

    Returns
    -------
    Table of `CHANGE_LIST_SCHEMA`: first the schools that were added, then those that were removed, then each changed cell, column by
    column in the order of the comparison and within each in the order of the schools.
    """
    parts = [
        _whole_schools(comparison.after, comparison.added, "added"),
        _whole_schools(comparison.before, comparison.removed, "removed"),
        *(_changed_cells(comparison, name) for name, pairs in comparison.changed.items() if pairs.any()),
    ]
    return pa.concat_tables(parts)


def _whole_schools(table: pa.Table, rows: Int64Array, change: str) -> pa.Table:
    picked = table.select(["school_id", "school_name"]).take(pa.array(rows))
    nothing = pa.nulls(len(rows), pa.string())
    columns = [picked["school_id"], picked["school_name"], _repeated(change, len(rows)), nothing, nothing, nothing]
    return pa.table(columns, schema=CHANGE_LIST_SCHEMA)


def _changed_cells(comparison: Comparison, name: str) -> pa.Table:
    pairs = np.flatnonzero(comparison.changed[name])
    after, before = pa.array(comparison.paired_after[pairs]), pa.array(comparison.paired_before[pairs])
    picked = comparison.after.select(["school_id", "school_name"]).take(after)
    cells = [
        pc.cast(one_chunk(comparison.before[name]).take(before), pa.string()),
        pc.cast(one_chunk(comparison.after[name]).take(after), pa.string()),
    ]
    columns = [picked["school_id"], picked["school_name"], _repeated("changed", len(pairs)), _repeated(name, len(pairs)), *cells]
    return pa.table(columns, schema=CHANGE_LIST_SCHEMA)


def _repeated(text: str, count: int) -> pa.Array:
    return pa.repeat(pa.scalar(text, pa.string()), count)
