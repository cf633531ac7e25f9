"""The rows of a sheet of a workbook, in the shape in which the records of a CSV text are judged."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from geo.intake.csv_records import NO_FAULT
from geo.schools import BoolArray, Int8Array, Int32Array, Int64Array


@dataclass(frozen=True)
class SheetRecords:
    """The rows of a sheet from its first one on; a row has all columns, blank cells are empty text.

    Parameters
    ----------
    columns
        One text array a column, each of shape (rows,), without nulls.
    is_cut
        A sheet is never cut off in the middle of a row.
    first_line
        Row of the first record: 1 in a sheet; 0 for the headings above numbered features.
    """

    columns: tuple[pa.Array, ...]
    is_cut: bool = False
    first_line: int = 1

    def __len__(self) -> int:
        return len(self.columns[0]) if self.columns else 0

    @property
    def line(self) -> Int32Array:
        """Row in the sheet."""
        return np.arange(self.first_line, len(self) + self.first_line, dtype=np.int32)

    @property
    def field_count(self) -> Int32Array:
        """Number of cells of each row: that of the columns."""
        return np.full(len(self), len(self.columns), dtype=np.int32)

    @property
    def fault(self) -> Int8Array:
        """A sheet has no quotes that could be wrong."""
        return np.full(len(self), NO_FAULT, dtype=np.int8)

    @property
    def is_spread(self) -> BoolArray:
        """A row of a sheet has one number whatever its cells hold."""
        return np.zeros(len(self), dtype=bool)

    @cached_property
    def size(self) -> Int64Array:
        """Bytes of the longest cell of each row; 0 for a blank row."""
        longest = np.zeros(len(self), dtype=np.int64)
        for cells in self.columns:
            np.maximum(longest, np.asarray(pc.binary_length(cells)), out=longest)
        return longest

    def text(self, position: int) -> str:
        """The cells of one row with commas between them."""
        return ",".join(self.fields(position))

    def fields(self, position: int) -> list[str]:
        """The cells of one row."""
        return [cells[position].as_py() for cells in self.columns]

    def cells(self, chosen: BoolArray) -> list[pa.Array]:
        """Cells of the chosen rows, one array a column."""
        keep = pa.array(chosen)
        return [cells.filter(keep) for cells in self.columns]

    def without_blank_tail(self, first: int) -> SheetRecords:
        """The same rows without the columns at the right end that are blank from a row on."""
        count = len(self.columns)
        while count > 1 and not pc.any(pc.not_equal(self.columns[count - 1][first:], "")).as_py():
            count -= 1
        return replace(self, columns=self.columns[:count])
