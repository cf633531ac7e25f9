"""Which mark stands before the decimals of a file's numbers. Decided once for the whole file from all its cells, never cell by cell."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from geo.column_table import ColumnKind, column
from geo.errors import FileRefused
from geo.intake.problem_log import ProblemLog
from geo.intake.problems import refusal, row_problem
from geo.schools import BoolArray, Int32Array

POINT, COMMA = ".", ","

_WITH_COMMA = r"^[+-]?[0-9]{1,20},[0-9]{1,20}$"  # takes: 51,169, -0,5; refuses: 51,16,9, 1 234,5
_WITH_POINT = r"^[+-]?[0-9]{1,20}\.[0-9]{1,20}$"
_GROUPED = r"^[+-]?[1-9][0-9]{0,2},[0-9]{3}$"  # takes: 1,234 and 71,449, which may be thousands; refuses: 0,123, 51,16, 1234,567
_CLEAR_MAJORITY = 9
"""The mark of a file that has both is the one with at least so many cells for each of the other's."""


@dataclass
class _Seen:
    """Cells with each mark: how many, the line, column and text of the first by mark, and whether a comma is surely none of thousands."""

    commas: int = 0
    points: int = 0
    first: dict[str, tuple[int, str, str]] = field(default_factory=dict)
    is_surely_decimal: bool = False


def decimal_mark(text: Mapping[str, pa.Array], lines: Int32Array, *, is_point_usual: bool, log: ProblemLog) -> str:
    """The mark before the decimals: `POINT`, or `COMMA` with a notice.

    Only columns whose numbers may have decimals are looked at. A comma is surely a decimal mark where other than three digits
    follow it or where, taken for thousands, the number is beyond the limits of its column.

    Parameters
    ----------
    text
        Our name → trimmed cells, null where blank.
    lines
        Line of each row.
    is_point_usual
        The kind of file has points unless all its cells have commas: comma-separated text and workbooks.

    Raises
    ------
    FileRefused
        `ambiguous_decimal_mark`: all commas could be of thousands, or both marks are common.
    """
    seen = _Seen()
    numbers = {name: cells for name, cells in text.items() if column(name).kind is ColumnKind.NUMBER}
    if not any(pc.any(pc.match_substring(cells, COMMA)).as_py() for cells in numbers.values()):
        return POINT
    for name, cells in numbers.items():
        _look(seen, name, cells, lines)
    mark = _decided(seen, is_point_usual=is_point_usual)
    if mark == COMMA:
        cell = seen.first[COMMA][2]
        log.add(row_problem("format_detected", variant="decimal_comma", cell=cell, number=cell.replace(COMMA, POINT)))
    return mark


def _decided(seen: _Seen, *, is_point_usual: bool) -> str:
    if not seen.commas or (seen.points and (is_point_usual or not seen.is_surely_decimal)):
        return POINT
    if not seen.points:
        if not seen.is_surely_decimal:
            raise _ambiguous("thousands", seen)
        return COMMA
    if seen.commas >= _CLEAR_MAJORITY * seen.points:
        return COMMA
    if seen.points >= _CLEAR_MAJORITY * seen.commas:
        return POINT
    raise _ambiguous("both", seen)


def _look(seen: _Seen, name: str, cells: pa.Array, lines: Int32Array) -> None:
    has_comma, has_point = _matches(cells, _WITH_COMMA), _matches(cells, _WITH_POINT)
    for mark, mask in ((COMMA, has_comma), (POINT, has_point)):
        rows = np.flatnonzero(mask)
        if len(rows) and (mark not in seen.first or lines[rows[0]] < seen.first[mark][0]):
            seen.first[mark] = (int(lines[rows[0]]), name, cells[int(rows[0])].as_py())
    seen.commas += int(has_comma.sum())
    seen.points += int(has_point.sum())
    if not seen.is_surely_decimal and has_comma.any():
        found = cells.filter(pa.array(has_comma))
        grouped = _matches(found, _GROUPED)
        seen.is_surely_decimal = not grouped.all() or _is_beyond(name, found)


def _is_beyond(name: str, grouped: pa.Array) -> bool:
    """Whether a cell is outside the limits of its column when its comma is taken for one of thousands."""
    values = np.asarray(pc.cast(pc.replace_substring(grouped, ",", ""), pa.float64()))
    return bool(((values < (column(name).minimum or 0.0)) | (values > (column(name).maximum or 0.0))).any())


def _matches(cells: pa.Array, pattern: str) -> BoolArray:
    return np.asarray(pc.fill_null(pc.match_substring_regex(cells, pattern), False))


def _ambiguous(variant: str, seen: _Seen) -> FileRefused:
    line, name, cell = seen.first[COMMA]
    other_line, _, other = seen.first.get(POINT, (0, "", ""))
    count = seen.commas
    return refusal(
        "ambiguous_decimal_mark", line=line, column=name, variant=variant, cell=cell, count=count, other=other, other_line=other_line
    )


def with_points(cells: pa.Array) -> pa.Array:
    """Number cells with decimal commas, written with points; other cells as they are."""
    return pc.if_else(pc.match_substring_regex(cells, _WITH_COMMA), pc.replace_substring(cells, ",", "."), cells)
