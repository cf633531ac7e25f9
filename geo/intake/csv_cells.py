"""The cells of the faultless records of a CSV text, as Arrow text arrays."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.csv

from geo.intake.csv_records import Records
from geo.schools import BoolArray, one_chunk

_BLOCK_BYTES = 4 << 20
"""Bytes parsed at once, by one thread: two took twice the processor time for the same rows, and no less of the clock's."""


def read_cells(records: Records, chosen: BoolArray, field_count: int) -> list[pa.Array]:
    """Cells of the chosen records as text, one Arrow array a field; chosen records have no fault and so many fields.

    No record gives arrays of length 0.
    """
    expected = int(chosen.sum())
    if not expected:
        return [pa.array([], pa.string())] * field_count
    names = [str(position) for position in range(field_count)]
    longest = int((records.stop - records.start)[chosen].max())
    try:
        table = pyarrow.csv.read_csv(
            pa.BufferReader(_bytes_of(records, chosen)),
            read_options=pyarrow.csv.ReadOptions(column_names=names, block_size=max(_BLOCK_BYTES, 4 * longest), use_threads=False),
            parse_options=pyarrow.csv.ParseOptions(
                delimiter=records.delimiter, newlines_in_values=bool(records.is_spread[chosen].any()), ignore_empty_lines=False
            ),
            convert_options=pyarrow.csv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False, check_utf8=False
            ),
        )
    except pa.ArrowInvalid:  # such as one empty record and nothing else
        return _cells_one_by_one(records, chosen, field_count)
    if table.num_rows != expected:
        return _cells_one_by_one(records, chosen, field_count)
    return [one_chunk(column) for column in table.columns]


def _bytes_of(records: Records, chosen: BoolArray) -> pa.Buffer | bytes:
    """Bytes of the chosen records with their line ends; no copy where they stand together."""
    picked = np.flatnonzero(chosen)
    first, last = int(picked[0]), int(picked[-1])
    if last - first + 1 == len(picked):
        return pa.py_buffer(records.data).slice(int(records.start[first]), int(records.stop[last] - records.start[first]))
    breaks = np.flatnonzero(np.diff(picked) > 1)
    starts = records.start[picked[np.append(0, breaks + 1)]]
    stops = records.stop[picked[np.append(breaks, len(picked) - 1)]]
    return b"".join([records.data[start:stop] for start, stop in zip(starts.tolist(), stops.tolist(), strict=True)])


def _cells_one_by_one(records: Records, chosen: BoolArray, field_count: int) -> list[pa.Array]:
    """The slow, exact way, for a file in which the fast reader sees other records than we do."""
    rows = [records.fields(position) for position in np.flatnonzero(chosen).tolist()]
    return [pa.array([row[field] for row in rows], pa.string()) for field in range(field_count)]
