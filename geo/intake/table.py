"""The columns of one file while it is judged: trimmed text, typed values, and which rows have an error."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa

from geo.column_table import ID_NAMES
from geo.intake.options import Question, ValueSuggestion
from geo.intake.problems import row_problem
from geo.intake.rows import Rows
from geo.model import RowProblem, SpeedUnit
from geo.schools import BoolArray, Int32Array


@dataclass
class ReadTable:
    """Rows with their cells; every array has one entry a row.

    Parameters
    ----------
    lines
        Physical line of each row.
    text
        Trimmed cells of the columns that are read, by our name, null where blank.
    values
        The same columns typed, and constants; null where blank or bad.
    is_bad
        Rows with a bad cell.
    constants
        Names in `values` that are constants.
    decimal_mark
        The mark before the decimals of numbers; in `text` it is a point all the same.
    units
        Columns of speeds → the unit their cells are in, where it is not Mbps or was said.
    unknown
        Words that are none of their column's list.
    questions
        What was guessed while reading the columns.
    """

    rows: Rows
    lines: Int32Array
    text: dict[str, pa.Array]
    values: dict[str, pa.Array]
    is_bad: BoolArray
    constants: set[str] = field(default_factory=set)
    decimal_mark: str = "."
    units: dict[str, SpeedUnit] = field(default_factory=dict)
    unknown: list[ValueSuggestion] = field(default_factory=list)
    questions: list[Question] = field(default_factory=list)

    def line(self, row: int) -> int:
        """Physical line of a row."""
        return int(self.lines[row])

    @property
    def ids(self) -> dict[str, pa.Array]:
        """The id columns that are read, typed."""
        return {name: self.values[name] for name in ID_NAMES if name in self.values}


def with_swap_hint(problem: RowProblem, table: ReadTable) -> RowProblem:
    """An out-of-range latitude whose longitude could be a latitude is said to look swapped; other problems stay as they are."""
    if problem.code != "out_of_range" or problem.column != "latitude" or problem.line is None or "longitude" not in table.text:
        return problem
    row = int(np.searchsorted(table.lines, problem.line))
    partner = table.text["longitude"][row].as_py()
    try:
        is_swapped = abs(_degrees(problem.value)) <= 180 and abs(_degrees(partner)) <= 90
    except ValueError:
        return problem
    if not is_swapped:
        return problem
    parameters = {**problem.parameters, "variant": "swapped"}
    return row_problem(problem.code, problem.line, problem.column, problem.value, **parameters)


def _degrees(cell: str | None) -> float:
    return float((cell or "nan").replace(",", "."))
