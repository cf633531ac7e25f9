"""Rows that say the same twice, and rows that say two things of one school."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from geo.intake.problems import row_problem
from geo.model import RowProblem
from geo.schools import BoolArray, Int32Array, Int64Array

Content = tuple[str | None, ...]


@dataclass(frozen=True)
class Repeats:
    """Rows that repeat an earlier row, rows whose id has other content elsewhere, and what is to be said; masks of shape (rows,)."""

    is_duplicate: BoolArray
    is_conflict: BoolArray
    problems: list[RowProblem]


@dataclass(frozen=True)
class _Table:
    """The rows under comparison: headings of the columns that are read, what suspect rows hold in them, and the rows' lines."""

    headings: tuple[str, ...]
    contents: Mapping[int, Content]
    lines: Int32Array

    def line(self, row: int) -> int:
        return int(self.lines[row])

    def differing(self, one: int, two: int) -> str:
        pairs = zip(self.headings, self.contents[one], self.contents[two], strict=True)
        return ", ".join(heading for heading, first, second in pairs if first != second)


def find_repeats(ids: Mapping[str, pa.Array], cells: Mapping[str, pa.Array], lines: Int32Array, is_open: BoolArray) -> Repeats:
    """Compare rows that share an id, case and blanks aside.

    Parameters
    ----------
    ids
        Our name of each id column → ids, null where blank or bad.
    cells
        Heading of each column that is read → trimmed text, null where blank.
    lines
        Physical line of each row.
    is_open
        Rows without error: only these count as duplicates of an earlier row.

    Returns
    -------
    A row equal to an earlier one in every column that is read is a duplicate. All rows of an id with several contents conflict.
    """
    repeats = Repeats(np.zeros(len(lines), dtype=bool), np.zeros(len(lines), dtype=bool), [])
    folded = {name: pc.utf8_lower(values) for name, values in ids.items()}
    suspects = np.flatnonzero(np.logical_or.reduce([_is_repeated(values) for values in folded.values()]))
    if not len(suspects):
        return repeats
    table = _Table(tuple(cells), _contents(cells, suspects), lines)
    originals = _mark_duplicates(table, is_open, repeats)
    for name, values in ids.items():
        for group in _groups(folded[name], originals):
            repeats.is_conflict[group] = True
            repeats.problems.extend(_conflict(name, values, table, row, group) for row in group)
    return repeats


def _is_repeated(values: pa.Array) -> BoolArray:
    codes = np.asarray(values.dictionary_encode().indices.fill_null(-1))
    uses = np.bincount(codes[codes >= 0], minlength=1)
    return np.asarray((codes >= 0) & (uses[np.maximum(codes, 0)] > 1))


def _contents(cells: Mapping[str, pa.Array], rows: Int64Array) -> dict[int, Content]:
    picked = pa.array(rows)
    columns = [values.take(picked).to_pylist() for values in cells.values()]
    return dict(zip(rows.tolist(), zip(*columns, strict=True), strict=True))


def _mark_duplicates(table: _Table, is_open: BoolArray, repeats: Repeats) -> list[int]:
    """Mark rows that repeat an earlier one; the rows that repeat none."""
    first_of: dict[Content, int] = {}
    originals: list[int] = []
    for row, content in table.contents.items():
        first = first_of.setdefault(content, row)
        if first == row:
            originals.append(row)
        elif is_open[row]:
            repeats.is_duplicate[row] = True
            repeats.problems.append(row_problem("duplicate_row", table.line(row), first_line=str(table.line(first))))
    return originals


def _groups(folded: pa.Array, rows: list[int]) -> list[list[int]]:
    """Rows that share an id, several to a group."""
    by_id: dict[str, list[int]] = defaultdict(list)
    for row, value in zip(rows, folded.take(pa.array(rows, pa.int64())).to_pylist(), strict=True):
        if value is not None:
            by_id[value].append(row)
    return [group for group in by_id.values() if len(group) > 1]


def _conflict(name: str, ids: pa.Array, table: _Table, row: int, group: list[int]) -> RowProblem:
    other = group[1] if row == group[0] else group[0]
    value, other_value = ids[row].as_py(), ids[other].as_py()
    variant = {} if value == other_value else {"variant": "spelling", "other": other_value}
    lines = {"other_line": str(table.line(other)), "differing": table.differing(row, other)}
    return row_problem("duplicate_id", table.line(row), name, value, **lines, **variant)
