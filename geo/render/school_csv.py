"""Schools as CSV: UTF-8 with byte-order mark, CRLF, RFC 4180 quoting, cells that a spreadsheet would run guarded.

Source: RFC 4180 (https://www.rfc-editor.org/rfc/rfc4180). The byte-order mark is what Excel knows UTF-8 by.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

import pyarrow as pa
import pyarrow.compute as pc

from geo.render.joined_rows import Cells, joined, replaced, written_ahead
from geo.render.spreadsheet_cells import GUARDED_TEXT

BYTE_ORDER_MARK = "\ufeff"
LINE_END = "\r\n"


def csv_parts(names: Sequence[str], batches: Iterable[pa.Table], separator: str = ",") -> Iterator[bytes]:
    """The file in parts: the line of names, then one part a batch.

    Parameters
    ----------
    names
        Columns of every batch, in order.
    batches
        Columns of text, plain or dictionary-encoded, numbers and days; null is a blank cell.
    separator
        One character.
    """
    cells = Cells(text=lambda texts: _written(texts, separator), number=_plain, day=_plain)
    yield (BYTE_ORDER_MARK + separator.join(names) + LINE_END).encode()

    def written(batch: pa.Table) -> bytes:
        columns: list[pa.Array | str] = [cells.of(name, batch[name]) for name in names]
        return joined(columns if len(names) > 1 else [_never_bare(columns[0])], separator, LINE_END)

    yield from written_ahead(written, batches)


def _never_bare(texts: pa.Array) -> pa.Array:
    """Cells of a file of one column: a line of nothing but a blank cell is no line to many readers."""
    filled = pc.fill_null(texts, "")
    return pc.if_else(pc.equal(filled, ""), '""', filled)


def _plain(values: pa.Array) -> pa.Array:
    return values.cast(pa.string())


def _written(texts: pa.Array, separator: str) -> pa.Array:
    """Texts as they stand in the file; most columns need nothing, which one look tells."""
    to_quote = f'["\r\n{re.escape(separator)}]'
    if not pc.any(pc.match_substring_regex(texts, f"{GUARDED_TEXT}|{to_quote}")).as_py():
        return texts
    guarded = replaced(texts, pc.match_substring_regex(texts, GUARDED_TEXT), lambda odd: pc.binary_join_element_wise("'", odd, ""))
    return replaced(guarded, pc.match_substring_regex(guarded, to_quote), _quoted)


def _quoted(texts: pa.Array) -> pa.Array:
    return pc.binary_join_element_wise('"', pc.replace_substring(texts, '"', '""'), '"', "")
