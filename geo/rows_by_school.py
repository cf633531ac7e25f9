"""Columns of a file's rows put in the order of the schools that they speak about."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from geo.schools import FACTS_SCHEMA, BoolArray, Int64Array, one_chunk


def column_of(rows: pa.Table, name: str) -> pa.Array:
    """A column of the rows as one array, typed as in the schema; all null where the file has none."""
    kind = FACTS_SCHEMA.field(name).type
    if name not in rows.column_names:
        return pa.nulls(rows.num_rows, kind)
    return one_chunk(pc.cast(rows[name], kind))


class RowsBySchool:
    """Columns of the rows, one entry a school: what the row that speaks about it says, null where none does.

    One source and one date often stand for all facts of a row, as the same column under several names; it is looked up once.
    """

    def __init__(self, rows: pa.Table, row_of_school: Int64Array) -> None:
        self._rows = rows
        self._is_same_order = len(row_of_school) == rows.num_rows and bool((row_of_school == np.arange(rows.num_rows)).all())
        self._positions = pa.array(row_of_school, mask=row_of_school < 0)
        self.is_named: BoolArray = row_of_school >= 0
        self._taken: dict[tuple[Any, ...], pa.Array] = {}

    def __len__(self) -> int:
        return len(self._positions)

    def has(self, name: str) -> bool:
        """Whether the rows have a column."""
        return name in self._rows.column_names

    def column(self, name: str) -> pa.Array:
        """A column of the rows by school; all null where the file has none."""
        kind = FACTS_SCHEMA.field(name).type
        if not self.has(name):
            return self._kept((kind,), lambda: pa.nulls(len(self), kind))
        column = self._rows[name]
        buffers = tuple((b.address if b else 0) for chunk in column.chunks for b in chunk.buffers())
        return self._kept((kind, buffers, len(column)), lambda: self._by_school(column_of(self._rows, name)))

    def _by_school(self, column: pa.Array) -> pa.Array:
        return column if self._is_same_order else column.take(self._positions)

    def _kept(self, key: tuple[Any, ...], make: Callable[[], pa.Array]) -> pa.Array:
        if key not in self._taken:
            self._taken[key] = make()
        return self._taken[key]
