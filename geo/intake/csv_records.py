"""Strict CSV: where each record starts and ends, on which physical line, how many fields it has and what is wrong with it.

No two records are ever merged silently: a quote that does not close, or closes in the middle of a field, spoils its own record and
no other. Positions are found by NumPy over the bytes; Python loops only over records whose quotes span lines in a file with faults.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from geo.intake.byte_positions import counts_between
from geo.intake.csv_fields import split_fields
from geo.intake.csv_marks import QUOTE, Marks, find_marks
from geo.intake.problems import refusal
from geo.schools import BoolArray, Int8Array, Int32Array, Int64Array

_QUOTE_BYTE = b'"'
NO_FAULT, AFTER_QUOTE, BARE_QUOTE, UNCLOSED = 0, 1, 2, 3
_MAX_STEPS = 5_000_000
_LEAST_FIELDS = 3
"""From so many fields on, the delimiters of a line tell whether it is a whole record; with fewer, any name has as many."""


@dataclass(frozen=True)
class Records:
    """The records of a CSV text, in file order; every array has one entry a record.

    Parameters
    ----------
    data
        The text, UTF-8.
    start, end
        Byte positions of the record, its line end left out.
    stop
        Byte position where the next record starts.
    line
        Physical line the record starts on, 1 for the first.
    field_count
        Number of fields; of no meaning in a record at fault.
    fault
        NO_FAULT, AFTER_QUOTE (text after a closing quote), BARE_QUOTE (a quote inside a plain field) or UNCLOSED.
    is_spread
        Records that go over several physical lines.
    delimiter
        The character between fields.
    """

    data: bytes
    start: Int64Array
    end: Int64Array
    stop: Int64Array
    line: Int32Array
    field_count: Int32Array
    fault: Int8Array
    is_spread: BoolArray
    delimiter: str

    def __len__(self) -> int:
        return len(self.start)

    @property
    def size(self) -> Int64Array:
        """Bytes of each record without its line end; 0 for a line with nothing on it."""
        return self.end - self.start

    @property
    def is_cut(self) -> bool:
        """Whether the text ends without a line end."""
        return not self.data.endswith((b"\n", b"\r"))

    def text(self, position: int) -> str:
        """Text of one record, without its line end."""
        return self.data[self.start[position] : self.end[position]].decode("utf-8")

    def fields(self, position: int) -> list[str]:
        """Fields of one record without fault."""
        return split_fields(self.text(position), self.delimiter)


def find_records(data: bytes, *, delimiter: str = ",", field_count: int | None = None) -> Records:
    """The records of a CSV text, with double quotes doubled inside quotes (RFC 4180), any line ends.

    Parameters
    ----------
    data
        Valid UTF-8.
    delimiter
        One ASCII character.
    field_count
        Fields of the header, once known: a quoted value that holds whole records of so many fields is then a quote that was not
        closed, not a value with line breaks.

    Raises
    ------
    FileRefused
        `malformed_csv`: a quote stays open to the end of the file; the line is the one where it opens.
    """
    marks = find_marks(data, ord(delimiter))
    fault = np.zeros(marks.line_count, dtype=np.int8)
    last_line = np.arange(marks.line_count)
    is_record = np.ones(marks.line_count, dtype=bool)
    inside = np.zeros(marks.line_count, dtype=np.int64)
    if _QUOTE_BYTE in data:
        is_open = np.zeros(marks.line_count, dtype=bool)
        for first, end, stretch in marks.stretches():
            fault[first:end], is_open[first:end], inside[first:end] = _each_line(stretch)
        if is_open.any():
            is_record, last_line, fault = _join_lines(marks, np.flatnonzero(is_open), fault, field_count)
            return _records(marks, is_record, last_line, fault, None)
    return _records(marks, is_record, last_line, fault, inside)


def _each_line(marks: Marks) -> tuple[Int8Array, BoolArray, Int64Array]:
    """Of each line read as a record of its own: its fault, whether it leaves a quote open, and its delimiters inside quotes."""
    if not len(marks.quotes):
        nothing = np.zeros(marks.line_count, dtype=np.int64)
        return nothing.astype(np.int8), nothing.astype(bool), nothing
    fault = _line_faults(marks, np.arange(len(marks.quotes)) - marks.first_quote[marks.quote_line])
    is_open = (np.diff(marks.first_quote) % 2 == 1) & (fault == NO_FAULT)
    return fault, is_open, _delimiters_inside_quotes(marks, np.append(marks.line_start, len(marks.data)))


def _quote_faults(marks: Marks, ordinal: Int64Array) -> Int8Array:
    """What is wrong with each quote when the quotes are numbered so: even ones open, odd ones close; shape (quotes,)."""
    buffer, quotes = marks.buffer, marks.quotes
    before, after = buffer[np.maximum(quotes - 1, 0)], buffer[np.minimum(quotes + 1, len(buffer) - 1)]
    is_closing = ordinal % 2 == 1
    starts_line = quotes == marks.line_start[marks.quote_line]
    ends_line = quotes + 1 == marks.line_end[marks.quote_line]
    opens_well = starts_line | (before == marks.delimiter) | ((before == QUOTE) & (ordinal > 0))
    closes_well = ends_line | (after == marks.delimiter) | (after == QUOTE)
    faults = np.where(is_closing, np.where(closes_well, NO_FAULT, AFTER_QUOTE), np.where(opens_well, NO_FAULT, BARE_QUOTE))
    return faults.astype(np.int8)


def _line_faults(marks: Marks, ordinal: Int64Array) -> Int8Array:
    """First fault of each physical line read as a record of its own; shape (lines,)."""
    faults = _quote_faults(marks, ordinal)
    found = np.flatnonzero(faults)[::-1]
    lines = np.zeros(marks.line_count, dtype=np.int8)
    lines[marks.quote_line[found]] = faults[found]
    return lines


def _join_lines(marks: Marks, openers: Int64Array, fault: Int8Array, field_count: int | None) -> tuple[BoolArray, Int64Array, Int8Array]:
    """Join the physical lines of values with line breaks: which lines start a record, the last line of each, and the faults."""
    shape = _LineShape(marks, field_count)
    if not _quote_faults(marks, np.arange(len(marks.quotes))).any() and len(marks.quotes) % 2 == 0:
        is_record = marks.first_quote[:-1] % 2 == 0
        starts = np.flatnonzero(is_record)
        last_line = np.arange(marks.line_count)
        last_line[starts] = np.append(starts[1:], marks.line_count) - 1
        if not any(shape.swallows_records(int(start), int(last_line[start])) for start in starts[last_line[starts] > starts]):
            return is_record, last_line, np.zeros(marks.line_count, dtype=np.int8)
    return _join_faulty_lines(marks, openers, fault, shape)


class _LineShape:
    """Which physical lines hold as many delimiters as a whole record."""

    def __init__(self, marks: Marks, field_count: int | None) -> None:
        counts = np.diff(np.searchsorted(marks.delimiters, np.append(marks.line_start, len(marks.data))))
        is_whole = counts == field_count - 1 if field_count and field_count >= _LEAST_FIELDS else np.zeros(len(counts), dtype=bool)
        self._is_whole: list[bool] = is_whole.tolist()
        self._whole_before: list[int] = [0, *np.cumsum(is_whole).tolist()]

    def swallows_records(self, first: int, last: int) -> bool:
        """Whether lines first to last, taken for one record, hold whole records: joining them would hide schools."""
        has_whole_inside = last > first + 1 and self._whole_before[last] > self._whole_before[first + 1]
        return has_whole_inside or (last > first and self._is_whole[first] and self._is_whole[last])


def _join_faulty_lines(marks: Marks, openers: Int64Array, fault: Int8Array, shape: _LineShape) -> tuple[BoolArray, Int64Array, Int8Array]:
    is_record = np.ones(marks.line_count, dtype=bool)
    last_line = np.arange(marks.line_count)
    fault = fault.copy()
    walker = _QuoteWalker(marks)
    next_free = 0
    for opener in openers.tolist():
        if opener < next_free:
            continue
        closing = walker.closing_line(opener)
        if closing is None or shape.swallows_records(opener, closing):
            fault[opener] = UNCLOSED
            continue
        is_record[opener + 1 : closing + 1] = False
        last_line[opener] = closing
        next_free = closing + 1
    fault[~is_record] = NO_FAULT
    return is_record, last_line, fault


class _QuoteWalker:
    """Follows a value with line breaks from the line where it opens to the line where its record ends."""

    def __init__(self, marks: Marks) -> None:
        self._marks = marks
        self._quotes: list[int] = marks.quotes.tolist()
        self._steps = 0

    def closing_line(self, opener: int) -> int | None:
        """Last line of the record that opens here; None where a quote closes in the middle of a field.

        Raises
        ------
        FileRefused
            The quote stays open to the end of the file.
        """
        marks, quotes = self._marks, self._quotes
        index = int(marks.first_quote[opener + 1])
        while index < len(quotes):
            self._steps += 1
            if self._steps > _MAX_STEPS:
                break
            if index + 1 < len(quotes) and quotes[index + 1] == quotes[index] + 1:
                index += 2
                continue
            line = int(marks.quote_line[index])
            after = quotes[index] + 1
            if after == marks.line_end[line]:
                return line
            if marks.data[after] != marks.delimiter:
                return None
            index += 1
            if index >= len(quotes) or marks.quote_line[index] != line:
                return line
            if marks.data[quotes[index] - 1] != marks.delimiter:
                return None
            index += 1
        raise refusal("malformed_csv", variant="open_to_end", line=opener + 1)


def _records(marks: Marks, is_record: BoolArray, last_line: Int64Array, fault: Int8Array, inside: Int64Array | None) -> Records:
    """The records; `inside` counts the delimiters inside quotes of each line where every line is a record."""
    first = np.flatnonzero(is_record)
    last = last_line[first]
    start, end, stop = marks.line_start[first], marks.line_end[last], marks.line_stop[last]
    edges = np.append(start, len(marks.data))
    counts = counts_between(marks.buffer, marks.delimiter, edges) - (_delimiters_inside_quotes(marks, edges) if inside is None else inside)
    return Records(
        data=marks.data,
        start=start,
        end=end,
        stop=stop,
        line=(first + 1).astype(np.int32),
        field_count=(counts + 1).astype(np.int32),
        fault=fault[first],
        is_spread=last > first,
        delimiter=chr(marks.delimiter),
    )


def _delimiters_inside_quotes(marks: Marks, edges: Int64Array) -> Int64Array:
    """Delimiters between quotes in each record: those before its closing quotes less those before its opening ones; shape (records,)."""
    first_quote = np.searchsorted(marks.quotes, edges)
    record = np.repeat(np.arange(len(edges) - 1), np.diff(first_quote))
    is_closing = (np.arange(len(marks.quotes)) - first_quote[record]) % 2 == 1
    marks_before = np.searchsorted(marks.delimiters, marks.quotes)
    signed = np.where(is_closing, marks_before, -marks_before)
    return np.bincount(record, weights=signed, minlength=len(edges) - 1).astype(np.int64)
