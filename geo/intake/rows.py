"""The rows of a file under its header: which are blank, which are no rows of this table, and the cells of the others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from geo.errors import InvalidParameter
from geo.intake.columns import is_header, is_likely_header
from geo.intake.csv_cells import read_cells
from geo.intake.csv_fields import as_headings
from geo.intake.csv_records import AFTER_QUOTE, BARE_QUOTE, NO_FAULT, UNCLOSED, Records
from geo.intake.dialect import HEADER_SEARCH_LINES
from geo.intake.persons import personal_kind
from geo.intake.problem_log import ProblemLog
from geo.intake.problems import refusal, row_problem
from geo.intake.sheet_records import SheetRecords
from geo.schools import BoolArray, Int8Array, Int32Array

Source = Records | SheetRecords
"""Where rows come from: records of CSV text, or rows of a sheet."""

ACCEPTED, BLANK, DUPLICATE, REJECTED = 0, 1, 2, 3
"""What became of a record so far."""

MAX_CELL_BYTES = 32_768

_BLANK_TEXT = ' \t,;|"\r\n'
_VARIANTS = {AFTER_QUOTE: "after_quote", BARE_QUOTE: "bare_quote", UNCLOSED: "unclosed"}
_UNITS = frozenset(
    (
        *("mbps", "mbit/s", "mb/s", "ms", "km", "deg", "degrees", "°", "students", "persons", "yes/no"),
        *("мбит/с", "мбит/сек", "мс", "км", "град", "градусы", "чел", "чел.", "да/нет", "адам", "иә/жоқ"),
    )
)


@dataclass
class Rows:
    """The records under the header, and the cells of those that are rows of the table.

    Parameters
    ----------
    lines
        Physical line of each record, shape (records,).
    status
        What became of each record so far, shape (records,).
    kept
        Positions of the records that have cells, ascending, shape (rows,).
    cells
        One text array per column of the file, each of shape (rows,).
    is_cut
        Whether the file ends without a line end.
    """

    lines: Int32Array
    status: Int8Array
    kept: Int32Array
    cells: list[pa.Array]
    is_cut: bool

    @property
    def row_lines(self) -> Int32Array:
        """Physical line of each row, shape (rows,)."""
        return np.asarray(self.lines[self.kept])

    @property
    def is_open(self) -> BoolArray:
        """Rows against which nothing has been found, shape (rows,)."""
        return np.asarray(self.status[self.kept] == ACCEPTED)

    def drop(self, rows: BoolArray, status: int) -> None:
        """Settle rows of a mask and take them out; the cells of the others are kept."""
        if not rows.any():
            return
        self.status[self.kept[rows]] = status
        keep = pa.array(~rows)
        self.kept = self.kept[~rows]
        self.cells = [cells.filter(keep) for cells in self.cells]

    def settle(self, rows: BoolArray, status: int) -> None:
        """Give open rows of a mask their status; rows already settled keep theirs."""
        positions = self.kept[rows & self.is_open]
        self.status[positions] = status

    def counts(self) -> dict[str, int]:
        """`rows_in` and how many records have each status."""
        by_status = np.bincount(self.status, minlength=4).tolist()
        names = ("accepted", "blank", "duplicate", "rejected")
        return {"rows_in": len(self.status), **dict(zip(names, by_status, strict=True))}


def find_header(records: Source, mapping: Mapping[str, str], *, start: int = 0) -> int:
    """Position of the header from a record on: the first within 20 lines that looks like it, else the first that is not blank.

    Raises
    ------
    FileRefused
        `malformed_csv`: the first record's quotes do not fit and no later record is a header.
    """
    near = [p for p in range(start, min(len(records), HEADER_SEARCH_LINES)) if records.line[p] <= HEADER_SEARCH_LINES]
    filled = [p for p in near if records.text(p).strip(_BLANK_TEXT)]
    whole = [position for position in filled if records.fault[position] == NO_FAULT]
    for looks_like_it in (is_header, is_likely_header):
        for position in whole:
            if looks_like_it(as_headings(records.fields(position)), mapping):
                return position
    first = filled[0] if filled else min(start, len(records) - 1)
    if records.fault[first] != NO_FAULT:
        raise refusal("malformed_csv", variant="header", line=int(records.line[first]))
    return first


def header_on(records: Source, line: int) -> int:
    """Position of the record that starts on a line, which a person says is the header.

    Raises
    ------
    InvalidParameter
        No record starts there, or it is blank.
    FileRefused
        `malformed_csv`: its quotes do not fit.
    """
    position = int(np.searchsorted(records.line, line))
    if position >= len(records) or records.line[position] != line or not records.text(position).strip(_BLANK_TEXT):
        raise InvalidParameter(f"'header_line' must be a line of the file that is not blank; got {line}", parameter="header_line")
    if records.fault[position] != NO_FAULT:
        raise refusal("malformed_csv", variant="header", line=line)
    return position


def units_row(records: Source, header: int) -> int | None:
    """Position of a row of units right under the header; None where there is none."""
    position = header + 1
    if position >= len(records) or records.fault[position] != NO_FAULT:
        return None
    words = {cell.strip(" ()").casefold() for cell in records.fields(position)} - {""}
    return position if words and words <= _UNITS else None


def read_rows(records: Source, first: int, *, header: Sequence[str], max_rows: int, log: ProblemLog) -> Rows:
    """The rows from a position on.

    Raises
    ------
    FileRefused
        `too_many_rows`; `personal_data_suspected` where a record that cannot be read holds personal data.
    """
    status = np.zeros(len(records) - first, dtype=np.int8)
    is_empty = records.size[first:] == 0
    status[is_empty] = BLANK
    is_suspect = (records.fault[first:] != NO_FAULT) | (records.field_count[first:] != len(header))
    is_suspect |= records.size[first:] > MAX_CELL_BYTES
    is_cut = records.is_cut
    for position in np.flatnonzero(is_suspect & ~is_empty).tolist():
        is_last = position == len(status) - 1 and is_cut
        status[position] = _judge(records, first + position, header, is_last=is_last, log=log)
    if (count := int((status != BLANK).sum())) > max_rows:
        raise refusal("too_many_rows", count=count, limit=max_rows)
    chosen = np.zeros(len(records), dtype=bool)
    chosen[first:] = status == ACCEPTED
    cells = records.cells(chosen) if isinstance(records, SheetRecords) else read_cells(records, chosen, len(header))
    return Rows(records.line[first:], status, np.flatnonzero(status == ACCEPTED).astype(np.int32), cells, is_cut)


def _judge(records: Source, position: int, header: Sequence[str], *, is_last: bool, log: ProblemLog) -> int:
    """What becomes of one record with a quoting fault, another number of fields, or a great length."""
    text, line = records.text(position), int(records.line[position])
    if not text.strip(_BLANK_TEXT):
        return BLANK if len(text) <= MAX_CELL_BYTES else _too_long(log, line, None, text)
    if kind := personal_kind(text[: 4 * MAX_CELL_BYTES]):
        raise refusal("personal_data_suspected", line=line, column="?", kind=kind, wipe=True)
    fault = int(records.fault[position])
    if fault != NO_FAULT:
        log.add(row_problem("malformed_csv", line, None, text, variant=_VARIANTS[fault]))
    elif (count := int(records.field_count[position])) != len(header):
        _log_field_count(log, text, line, count=count, expected=len(header), is_last=is_last)
    else:
        long = [name for name, cell in zip(header, records.fields(position), strict=True) if len(cell.encode()) > MAX_CELL_BYTES]
        if not long:
            return ACCEPTED
        return _too_long(log, line, long[0].strip(), max(records.fields(position), key=len))
    return REJECTED


def _too_long(log: ProblemLog, line: int, column: str | None, value: str) -> int:
    log.add(row_problem("value_too_long", line, column, value, length=str(len(value)), limit=str(MAX_CELL_BYTES)))
    return REJECTED


def _log_field_count(log: ProblemLog, text: str, line: int, *, count: int, expected: int, is_last: bool) -> None:
    if "\x00" in text:
        log.add(row_problem("control_character", line, None, text, code_point="U+0000"))
        return
    variant = {"variant": "last_line"} if is_last else {}
    log.add(row_problem("wrong_field_count", line, None, text, count=str(count), expected=str(expected), **variant))
