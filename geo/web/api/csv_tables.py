"""Tables and rows as CSV files for download: UTF-8 with byte-order mark, comma, CRLF, cells that a spreadsheet would run guarded."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from functools import reduce
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from flask import Response

from geo.render.spreadsheet_cells import FORMULA_STARTERS, guarded

BYTE_ORDER_MARK = "\ufeff"
_PLAIN_NUMBER = r"^-?[0-9]+(?:\.[0-9]+)?$"  # takes -10.5, which no spreadsheet runs; leaves -2+3


def csv_response(rows: Iterable[Mapping[str, Any]], columns: list[str], file_name: str) -> Response:
    """Rows as a CSV file, each of the columns named."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(columns)
    writer.writerows([guarded(row.get(name)) for name in columns] for row in rows)
    return _download(out.getvalue(), file_name)


def table_response(table: pa.Table, file_name: str) -> Response:
    """A table of text, numbers or dates as a CSV file, written column by column, null as nothing; text that is a plain number stays one."""
    columns = [_guarded(column) if pa.types.is_string(column.type) else column for column in table.columns]
    frame = pa.table(columns, names=table.column_names).to_pandas()
    return _download(frame.to_csv(index=False, lineterminator="\r\n"), file_name)


def _download(text: str, file_name: str) -> Response:
    response = Response((BYTE_ORDER_MARK + text).encode(), content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="{file_name}"'
    return response


def _guarded(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Text with an apostrophe before each cell that starts like a formula and is no plain number."""
    starts = reduce(pc.or_, (pc.starts_with(column, starter) for starter in FORMULA_STARTERS))
    is_formula = pc.and_(starts, pc.invert(pc.match_substring_regex(column, _PLAIN_NUMBER)))
    return pc.if_else(is_formula, pc.binary_join_element_wise("'", column, ""), column)
