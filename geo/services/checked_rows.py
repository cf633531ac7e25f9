"""The rows of a file that speak about schools, beside what those schools would be and were: what checks look at and how they record."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from geo.intake.problem_log import ProblemLog
from geo.intake.problems import row_problem
from geo.model import Flag, RowProblem
from geo.regions import BoundarySet
from geo.schools import BoolArray, CodedColumn, FloatArray, Int64Array, coded, has_any, numbers, one_chunk, taken
from geo.services.compose import Placed

LISTED_LINES = 20
"""Lines that a record about many rows names."""


@dataclass(frozen=True)
class Subject:
    """The rows of a file that speak about schools, what they say, and what the schools then are and were before.

    Parameters
    ----------
    rows
        Those rows, with their `line`; shape (n,).
    school
        Position in `made` of the school of each row, shape (n,).
    former
        Position of the same school in `before`, -1 where it is new; shape (n,).
    outcome
        Position in `OUTCOMES`, shape (n,).
    """

    rows: pa.Table
    school: Int64Array
    former: Int64Array
    outcome: Int64Array
    made: Placed
    before: pa.Table | None
    boundaries: Mapping[int, BoundarySet]

    @cached_property
    def lines(self) -> Int64Array:
        """Physical line of each row."""
        return np.asarray(self.rows["line"].to_numpy()).astype(np.int64)

    def says(self, *names: str) -> BoolArray:
        """Rows that have a value in every one of some columns, shape (n,)."""
        if not set(names) <= set(self.rows.column_names):
            return np.zeros(self.rows.num_rows, dtype=bool)
        return np.asarray(np.logical_and.reduce([np.asarray(pc.is_valid(self.rows[name])) for name in names]))

    def says_any(self, *names: str) -> BoolArray:
        """Rows that have a value in any of some columns, shape (n,)."""
        return np.asarray(np.logical_or.reduce([self.says(name) for name in names]))

    def now(self, name: str) -> pa.Array:
        """A column of the schools as they would be, shape (n,)."""
        return taken(one_chunk(self.made.table[name]), self.school)

    def number_now(self, name: str) -> FloatArray:
        """A numeric column of the schools as they would be, NaN where unknown, shape (n,)."""
        return numbers(pa.chunked_array([self.now(name)]))

    def was(self, name: str) -> pa.Array | None:
        """A column of the schools as they are now, null for new ones, shape (n,); None before the first release."""
        if self.before is None:
            return None
        return one_chunk(self.before[name]).take(pa.array(self.former, mask=self.former < 0))

    def number_was(self, name: str) -> FloatArray:
        """A numeric column of the schools as they are now, NaN where unknown or new, shape (n,)."""
        values = self.was(name)
        return np.full(len(self.school), np.nan) if values is None else numbers(pa.chunked_array([values]))

    @cached_property
    def _marks(self) -> CodedColumn:
        return coded(self.now("flags"))

    def has(self, flag: Flag) -> BoolArray:
        """Rows whose school has a flag, shape (n,)."""
        return has_any(self._marks, [flag])

    @cached_property
    def position(self) -> tuple[FloatArray, FloatArray]:
        """Latitude and longitude of the schools as they would be, degrees, NaN where unknown."""
        return self.number_now("latitude"), self.number_now("longitude")

    def position_text(self, row: int) -> str:
        """Position of a row's school in words."""
        latitude, longitude = self.position
        return f"{latitude[row]}, {longitude[row]}"

    def lines_text(self, rows: Int64Array) -> str:
        """Lines of the first rows of several."""
        return ", ".join(str(line) for line in self.lines[rows[:LISTED_LINES]].tolist()) + (", …" if len(rows) > LISTED_LINES else "")


def log_rows(subject: Subject, log: ProblemLog, code: str, where: BoolArray, column: str | None = None, **variant: str) -> None:
    """One record a row, its value the row's own cell."""

    def make(row: int) -> RowProblem:
        value = None if column is None else str(subject.rows[column][row].as_py())
        return row_problem(code, int(subject.lines[row]), column, value, **variant)

    log.add_rows(code, where, make)


def log_positions(subject: Subject, log: ProblemLog, code: str, where: BoolArray, **parameters: str) -> None:
    """One record a row, its value the position."""
    log.add_rows(code, where, lambda row: row_problem(code, int(subject.lines[row]), "latitude", subject.position_text(row), **parameters))


def log_count(subject: Subject, log: ProblemLog, code: str, where: BoolArray, column: str | None = None) -> None:
    """One record about all rows that a mask names."""
    rows = np.flatnonzero(where)
    if len(rows):
        log.add(row_problem(code, None, column, None, count=str(len(rows)), lines=subject.lines_text(rows)))
