"""Cells of one column as text → typed values and problems. Each kind of column has its own parser, which refuses rather than guesses.

Good cells are read by Arrow as whole columns; Python looks only at cells that are not plainly good.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from geo.column_table import Column, ColumnKind, folded, word_of
from geo.intake import cells
from geo.intake.decimals import COMMA, POINT, with_points
from geo.intake.likeness import like_words
from geo.intake.options import ValueSuggestion
from geo.intake.problems import row_problem
from geo.intake.speed_units import PER_MBPS, SPEED_COLUMNS
from geo.intake.texts import read_ids, read_texts
from geo.model import RowProblem, SpeedUnit
from geo.schools import BoolArray, FloatArray, Int32Array, Int64Array

BLANKS = " \t"
"""Characters that make a cell blank and are trimmed from every other."""

_PLAIN_NUMBER = r"^-?[0-9]+(?:\.[0-9]+)?$"
# takes: 51, -1.234567, 0.5; leaves the rest (+5, .5, 1e3, 12,5, NaN) to cells.read_number
_PLAIN_LENGTH = 40
_ISO_DATE = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}(?:[T ][0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]+)?)?(?:Z|[+\-][0-9]{2}:?[0-9]{2})?)?$"
# takes: 2024-04-03, 2024-04-03T10:00:00Z, 2024-04-03 10:00; leaves the rest to cells.read_date

MAX_UNKNOWN_WORDS = 50
"""Unknown words of one column that are listed with suggestions, the most frequent first."""


@dataclass(frozen=True)
class ParsedColumn:
    """The cells of one column, typed; all of length n.

    Parameters
    ----------
    values
        Typed as in the release; null where the cell is blank or bad.
    is_bad
        Cells with an error, shape (n,).
    problems
        In the order of the cells.
    median
        Of speeds: the median of the positive numbers as they stand in the file, those out of range too; None where there is none.
    unknown
        Of words: those that are none of the list, most frequent first.
    """

    values: pa.Array
    is_bad: BoolArray
    problems: list[RowProblem]
    median: float | None = None
    unknown: tuple[ValueSuggestion, ...] = ()


@dataclass(frozen=True)
class CellContext:
    """What parsers need besides the cells.

    Parameters
    ----------
    lines
        Physical line of each cell.
    today
        The day dates are held against.
    cut_line
        The last line of a file that ends without line end.
    decimal_mark
        The mark before the decimals of its numbers.
    units
        Column of speeds → unit its cells are in; Mbps where absent.
    words
        Column of words → folded cell → word that a person said it means, "" for a blank.
    is_guarded
        Whether texts may carry the apostrophe with which our exports guard them.
    """

    lines: Int32Array
    today: date
    cut_line: int = 0
    decimal_mark: str = POINT
    units: Mapping[str, SpeedUnit] = field(default_factory=dict)
    words: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    is_guarded: bool = True

    def unit(self, name: str) -> SpeedUnit:
        """Unit of a column's cells; of use for speeds alone."""
        return self.units.get(name, SpeedUnit.MBPS)


def folded_words(values: Mapping[str, Mapping[str, str]]) -> dict[str, dict[str, str]]:
    """Words that a person gave to cells, by the form in which cells are compared."""
    return {name: {folded(cell): word for cell, word in words.items()} for name, words in values.items()}


def parse_column(column: Column, text: pa.Array, context: CellContext) -> ParsedColumn:
    """Typed values of one column's cells, with a problem for every cell that is not blank and not right."""
    return _PARSERS[column.kind](column, text, context)


def trimmed(text: pa.Array) -> pa.Array:
    """Cells without blanks and tabs at their ends; blank cells are null. Cells that need no change are not copied."""
    starts, ends, content = _cell_bounds(text)
    is_filled = ends > starts
    if len(content) and _is_blank(content, starts[is_filled]) | _is_blank(content, ends[is_filled] - 1):
        bare = pc.ascii_trim(text, characters=BLANKS)
        return pc.if_else(pc.equal(bare, ""), None, bare)
    if bool(is_filled.all()) and not text.null_count:
        return text
    validity = pa.py_buffer(np.packbits(is_filled, bitorder="little")) if text.offset == 0 else None
    if validity is None or (text.null_count and bool(np.asarray(pc.is_null(text))[is_filled].any())):
        return pc.if_else(pc.equal(text, ""), None, text)
    _, offsets, cells = text.buffers()
    return pa.Array.from_buffers(pa.string(), len(text), [validity, offsets, cells])


def _cell_bounds(text: pa.Array) -> tuple[Int32Array, Int32Array, npt.NDArray[np.uint8]]:
    """Where the bytes of each cell start and end, and the bytes of them all."""
    _, offsets, cells = text.buffers()
    bounds = (
        np.frombuffer(offsets, dtype=np.int32, count=len(text) + 1, offset=4 * text.offset) if len(text) else np.zeros(1, dtype=np.int32)
    )
    return bounds[:-1], bounds[1:], np.frombuffer(cells, dtype=np.uint8) if cells is not None else np.zeros(0, dtype=np.uint8)


def _is_blank(content: npt.NDArray[np.uint8], places: Int32Array) -> bool:
    found = content[places]
    return bool(((found == ord(" ")) | (found == ord("\t"))).any())


def _read_each(
    column: Column, text: pa.Array, positions: list[int], context: CellContext, read: Callable[[str], object]
) -> tuple[dict[int, object], list[RowProblem]]:
    """Read single cells; values by position, and the problems of those that refuse."""
    values: dict[int, object] = {}
    problems: list[RowProblem] = []
    for position, cell in zip(positions, text.take(pa.array(positions, pa.int64())).to_pylist(), strict=True):
        try:
            values[position] = read(cell)
        except cells.BadCell as bad:
            problems.append(row_problem(bad.code, int(context.lines[position]), column.name, cell, **bad.parameters))
    return values, problems


def _flags(length: int, problems_at: list[int]) -> BoolArray:
    flags = np.zeros(length, dtype=bool)
    flags[problems_at] = True
    return flags


def _parse_numbers(column: Column, text: pa.Array, context: CellContext) -> ParsedColumn:
    bare, mark, unit = trimmed(text), context.decimal_mark, context.unit(column.name)
    is_short = pc.less_equal(pc.binary_length(bare), _PLAIN_LENGTH)
    pointed = bare
    if mark == COMMA:
        pointed = with_points(bare)
        is_short = pc.and_(is_short, pc.invert(pc.match_substring(bare, POINT)))
    is_plain = pc.fill_null(pc.and_(pc.match_substring_regex(pointed, _PLAIN_NUMBER), is_short), False)
    values = pc.cast(pc.if_else(is_plain, pointed, None), pa.float64()).to_numpy(zero_copy_only=False).copy()
    median = _median(values) if column.name in SPEED_COLUMNS else None
    if PER_MBPS[unit] != 1:
        values /= PER_MBPS[unit]
    low, high = column.minimum or 0.0, column.maximum or 0.0
    with np.errstate(invalid="ignore"):
        is_odd = (values < low) | (values > high)
        if column.kind is ColumnKind.WHOLE_NUMBER:
            is_odd |= (values != np.floor(values)) & ~np.isnan(values)
    is_odd |= np.asarray(pc.is_valid(bare)) & ~np.asarray(is_plain)
    read, problems = _read_each(
        column, bare, np.flatnonzero(is_odd).tolist(), context, lambda cell: cells.read_number(column, cell, mark, unit)
    )
    values[is_odd] = np.nan
    if read:
        values[list(read)] = list(read.values())
    is_bad = is_odd & np.isnan(values)
    array = pa.array(values, mask=np.isnan(values))
    kind = pa.int32() if column.kind is ColumnKind.WHOLE_NUMBER else pa.float64()
    return ParsedColumn(array.cast(kind), is_bad, problems, median)


def _median(values: FloatArray) -> float | None:
    with np.errstate(invalid="ignore"):
        positive = values[values > 0]
    return float(np.median(positive)) if len(positive) else None


def _parse_words(column: Column, text: pa.Array, context: CellContext) -> ParsedColumn:
    encoded = trimmed(text).dictionary_encode()
    said = context.words.get(column.name, {})
    distinct = encoded.dictionary.to_pylist()
    words = [said[folded(cell)] if folded(cell) in said else word_of(column.name, cell) for cell in distinct]
    codes = np.asarray(encoded.indices.fill_null(len(words)))
    is_bad = np.asarray([word is None for word in words] + [False])[codes]
    values = pa.array([word or None for word in words] + [None], pa.string()).take(pa.array(codes))
    unknown = _unknown_words(column, distinct, words, codes)
    told = {each.cell: {"variant": "resembles", "suggestion": each.suggestions[0][0]} for each in unknown if each.suggestions}
    allowed = ", ".join(column.values)
    bad = np.flatnonzero(is_bad)
    problems = [
        row_problem("invalid_enum", line, column.name, distinct[code], allowed=allowed, **told.get(distinct[code], {}))
        for line, code in zip(context.lines[bad].tolist(), codes[bad].tolist(), strict=True)
    ]
    return ParsedColumn(values, is_bad, problems, unknown=unknown)


def _unknown_words(column: Column, cells: list[str], words: list[str | None], codes: Int64Array) -> tuple[ValueSuggestion, ...]:
    """Distinct cells that are no word of the list, with what they may mean."""
    odd = [code for code, word in enumerate(words) if word is None]
    if not odd:
        return ()
    counts = np.bincount(codes, minlength=len(cells))
    odd.sort(key=lambda code: (-counts[code], code))
    return tuple(
        ValueSuggestion(column.name, cells[code], int(counts[code]), like_words(column.name, cells[code]))
        for code in odd[:MAX_UNKNOWN_WORDS]
    )


def _parse_dates(column: Column, text: pa.Array, context: CellContext) -> ParsedColumn:
    bare = trimmed(text)
    is_iso = pc.fill_null(pc.match_substring_regex(bare, _ISO_DATE), False)
    days = pc.if_else(is_iso, pc.utf8_slice_codeunits(bare, 0, 10), bare).dictionary_encode()
    latest = context.today + timedelta(days=1)
    read: list[date | None] = []
    faults: list[cells.BadCell | None] = []
    is_dotted: list[bool] = []
    for cell in days.dictionary.to_pylist():
        try:
            read.append(cells.read_date(cell, today=context.today, latest=latest))
            faults.append(None)
        except cells.BadCell as bad:
            read.append(None)
            faults.append(bad)
        is_dotted.append("." in cell[:6] and faults[-1] is None)
    codes = np.asarray(days.indices.fill_null(len(read)))
    is_bad = np.asarray([fault is not None for fault in faults] + [False])[codes]
    fault_at = {position: faults[codes[position]] for position in np.flatnonzero(is_bad).tolist()}
    problems = list(_date_problems(column, bare, fault_at, context))
    if dotted := int(np.asarray([*is_dotted, False])[codes].sum()):
        problems.append(row_problem("format_detected", None, column.name, count=str(dotted)))
    return ParsedColumn(pa.array([*read, None], pa.date32()).take(pa.array(codes)), is_bad, problems)


def _date_problems(column: Column, bare: pa.Array, fault_at: dict[int, cells.BadCell | None], context: CellContext) -> Iterator[RowProblem]:
    for position, fault in fault_at.items():
        if fault is None:
            continue
        line = int(context.lines[position])
        is_cut = line == context.cut_line and fault.code == "invalid_date" and "variant" not in fault.parameters
        more = {"variant": "last_line"} if is_cut else {}
        yield row_problem(fault.code, line, column.name, bare[position].as_py(), **fault.parameters, **more)


def _parse_texts(column: Column, text: pa.Array, context: CellContext) -> ParsedColumn:
    found = read_texts(column, trimmed(text), context.lines, is_guarded=context.is_guarded)
    return ParsedColumn(found.values, _flags(len(text), found.bad), found.problems)


def _parse_ids(column: Column, text: pa.Array, context: CellContext) -> ParsedColumn:
    found = read_ids(column, trimmed(text), context.lines)
    return ParsedColumn(found.values, _flags(len(text), found.bad), found.problems)


_PARSERS: dict[ColumnKind, Callable[[Column, pa.Array, CellContext], ParsedColumn]] = {
    ColumnKind.ID: _parse_ids,
    ColumnKind.TEXT: _parse_texts,
    ColumnKind.NUMBER: _parse_numbers,
    ColumnKind.WHOLE_NUMBER: _parse_numbers,
    ColumnKind.WORD: _parse_words,
    ColumnKind.DATE: _parse_dates,
}
