"""Rows of tables as text, made column by column: the whole batch is one join, and no row is ever an object.

Distinct words of a dictionary-encoded column are written once, not for each row.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

AHEAD = 2
"""Batches that are written at once: Arrow lets other threads work meanwhile, and each batch waiting takes a few megabytes."""

Written = Callable[[pa.Array], pa.Array]
"""Texts → texts as the format writes them, null where null; equal lengths."""


class Cells:
    """The cells of a table's columns as a format writes them.

    Parameters
    ----------
    text, number, day
        How texts, numbers and days are written: arrays of each kind → text arrays.
    """

    def __init__(self, *, text: Written, number: Written, day: Written) -> None:
        self._text, self._number, self._day = text, number, day
        self._words: dict[str, tuple[tuple[int, int], pa.Array]] = {}

    def of(self, name: str, column: pa.ChunkedArray) -> pa.Array:
        """Texts of one column of a batch, null where null; `name` tells the column from others in later batches."""
        array = column.combine_chunks()
        if pa.types.is_dictionary(array.type):
            return self._dictionary(name, array.dictionary).take(array.indices)
        if pa.types.is_string(array.type):
            return self._text(array)
        return self._day(array) if pa.types.is_date32(array.type) else self._number(array)

    def _dictionary(self, name: str, words: pa.Array) -> pa.Array:
        """Distinct words of a column as written; worked out again only where the column has others now."""
        buffers = words.buffers()
        key = (buffers[-1].address if buffers[-1] else 0, len(words))
        known = self._words.get(name)
        if known is None or known[0] != key:
            known = self._words[name] = (key, self._text(words))
        return known[1]


def joined(parts: list[pa.Array | str], separator: str, end: str) -> bytes:
    """Rows whose cells stand in `parts`, joined by `separator`, each with `end` behind it, as UTF-8; blank where null.

    At least one part is an array; those that are text stand in every row.
    """
    last = parts[-1]
    # The end goes to the last cells first: behind the whole rows it would be one more copy of them all.
    ended = last + end if isinstance(last, str) else pc.binary_join_element_wise(pc.fill_null(last, ""), end, "")
    rows = pc.binary_join_element_wise(*parts[:-1], ended, separator, null_handling="replace", null_replacement="")
    if not len(rows):
        return b""
    _, offsets, data = rows.buffers()
    length = int(np.frombuffer(offsets, dtype=np.int32, count=len(rows) + 1)[-1])
    return bytes(data.slice(0, length).to_pybytes())


def replaced(texts: pa.Array, is_odd: pa.Array, write: Written) -> pa.Array:
    """Texts with the odd ones as `write` writes them; the same array where none is odd."""
    odd = pc.fill_null(is_odd, False)
    if not pc.any(odd).as_py():
        return texts
    return pc.replace_with_mask(texts, odd, write(texts.filter(odd)))


def written_ahead(write: Callable[[pa.Table], bytes], batches: Iterable[pa.Table]) -> Iterator[bytes]:
    """What `write` makes of each batch, in their order, `AHEAD` batches side by side.

    Whoever stops reading waits for those that are under way, and no more are begun.
    """
    with ThreadPoolExecutor(AHEAD) as pool:
        waiting: deque[Future[bytes]] = deque()
        for batch in batches:
            waiting.append(pool.submit(write, batch))
            if len(waiting) > AHEAD:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
