"""Whole tables as CSV files for download, written column by column."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc
from flask import Response

BYTE_ORDER_MARK = "\ufeff"
_RUNS = r"^[=+\-@\t\r]"  # takes what a spreadsheet may run: =1+1, @SUM(A1), -2+3; a plain number is left out after it
_PLAIN_NUMBER = r"^-?[0-9]+(?:\.[0-9]+)?$"


def table_response(table: pa.Table, file_name: str) -> Response:
    """A table as a CSV file: UTF-8 with byte-order mark, comma, CRLF, null as nothing, cells that a spreadsheet would run guarded.

    Parameters
    ----------
    table
        Columns of text, numbers or dates.
    """
    columns = [_guarded(column) if pa.types.is_string(column.type) else column for column in table.columns]
    frame = pa.table(columns, names=table.column_names).to_pandas()
    text = BYTE_ORDER_MARK + frame.to_csv(index=False, lineterminator="\r\n")
    response = Response(text.encode(), content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="{file_name}"'
    return response


def _guarded(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Text with an apostrophe before each cell that starts like a formula and is no plain number."""
    is_formula = pc.and_(pc.match_substring_regex(column, _RUNS), pc.invert(pc.match_substring_regex(column, _PLAIN_NUMBER)))
    return pc.if_else(is_formula, pc.binary_join_element_wise("'", column, ""), column)
