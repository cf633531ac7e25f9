"""Where lines end and quotes and delimiters stand in a CSV text; found by NumPy over the bytes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from geo.intake.byte_positions import positions_of
from geo.schools import Int64Array

QUOTE = 34
_LF, _CR = 10, 13
_LINES_AT_ONCE = 8_192


@dataclass(frozen=True)
class Marks:
    """Positions of physical lines, quotes and delimiters."""

    data: bytes
    delimiter: int
    line_start: Int64Array
    line_end: Int64Array
    line_stop: Int64Array

    @property
    def line_count(self) -> int:
        return len(self.line_start)

    @cached_property
    def buffer(self) -> npt.NDArray[np.uint8]:
        """The bytes of the text."""
        return np.frombuffer(self.data, dtype=np.uint8)

    @cached_property
    def quotes(self) -> Int64Array:
        """Positions of the quotes."""
        return positions_of(self.buffer, QUOTE)

    @cached_property
    def first_quote(self) -> Int64Array:
        """Index of the first quote at or after each line's start, and the number of quotes at the end; shape (lines + 1,)."""
        return np.searchsorted(self.quotes, np.append(self.line_start, len(self.data)))

    @cached_property
    def quote_line(self) -> Int64Array:
        """Line of each quote."""
        return np.repeat(np.arange(self.line_count), np.diff(self.first_quote))

    @cached_property
    def delimiters(self) -> Int64Array:
        """Positions of the delimiters, inside quotes or not."""
        return positions_of(self.buffer, self.delimiter)

    def stretches(self) -> Iterator[tuple[int, int, Marks]]:
        """The lines some thousands at a time, each stretch as a text of its own: first line, line after the last, and its marks."""
        for first in range(0, self.line_count, _LINES_AT_ONCE):
            end = min(first + _LINES_AT_ONCE, self.line_count)
            start = int(self.line_start[first])
            text = self.data[start : self.line_stop[end - 1]]
            places = (self.line_start[first:end] - start, self.line_end[first:end] - start, self.line_stop[first:end] - start)
            yield first, end, Marks(text, self.delimiter, *places)


def find_marks(data: bytes, delimiter: int) -> Marks:
    """The physical lines of a text, with any line ends, and the byte between its fields."""
    buffer = np.frombuffer(data, dtype=np.uint8)
    ends = positions_of(buffer, _LF)
    if b"\r" in data:
        lone = _lone_returns(buffer)
        line_end = ends - ((ends > 0) & (buffer[np.maximum(ends - 1, 0)] == _CR))
        order = np.argsort(np.concatenate([ends, lone]), kind="stable")
        line_end = np.concatenate([line_end, lone])[order]
        ends = np.concatenate([ends, lone])[order]
    else:
        line_end = ends
    line_stop = ends + 1
    if not len(line_stop) or line_stop[-1] < len(data):
        line_stop = np.append(line_stop, len(data))
        line_end = np.append(line_end, len(data))
    line_start = np.concatenate([[0], line_stop[:-1]]).astype(np.int64)
    return Marks(data, delimiter, line_start, line_end, line_stop)


def _lone_returns(buffer: npt.NDArray[np.uint8]) -> Int64Array:
    """Positions of carriage returns that end a line by themselves."""
    returns = positions_of(buffer, _CR)
    following = np.append(buffer, 0)[returns + 1]
    return np.asarray(returns[following != _LF])
