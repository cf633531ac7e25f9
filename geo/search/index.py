"""The index: what its arrays are, and looking words and ids up in them. Nothing here is copied, so that mapped arrays stay mapped.

A document is something that can be found: documents 0 to n - 1 are the schools in the rows of a release, those from n on are names of
places, one for each name that a place has in some language.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from geo.schools import ID_COLUMNS, Int32Array, Int64Array

Bytes = npt.NDArray[np.uint8]
Arrays = Mapping[str, npt.NDArray[Any]]

AFTER_ALL = "\U0010ffff"
"""Sorts after every word that begins with what stands before it."""


@dataclass(frozen=True, eq=False)
class SearchIndex:
    """An index of w words and d documents, n of them schools.

    Parameters
    ----------
    word_text, word_offsets
        UTF-8 of all words, ascending by byte, one after the other; where each begins and the last ends, shape (w + 1,), int32.
    word_letters
        A bit for each code point of a word, modulo 64, shape (w,), uint64: words one mistake apart differ in at most two.
    word_lengths
        Code points of a word, shape (w,), uint8, at most 255; 0 for a word with a digit, which no mistyped word stands for.
    word_kinds
        Bits of `geo.matching.kinds.Kind`, shape (w,), int32.
    posting_ends, postings
        Where each word's documents end, shape (w,); the documents of all words, those of one word ascending and distinct, int32.
    first_words, word_counts
        First word of each document, -1 without one, shape (d,), int32; number of its words, uint8, at most 255.
    id_ranks
        Place of each school among all by its school_id, shape (n,), int32.
    rows_by_school_id, rows_by_giga, rows_by_govt
        Rows that have an id of each kind, ascending by it in lower case, int32.
    units
        Number of the place that each of the d - n names of places belongs to, ascending, int32.
    """

    word_text: Bytes
    word_offsets: Int32Array
    word_letters: npt.NDArray[np.uint64]
    word_lengths: Bytes
    word_kinds: Int32Array
    posting_ends: Int64Array
    postings: Int32Array
    first_words: Int32Array
    word_counts: Bytes
    id_ranks: Int32Array
    rows_by_school_id: Int32Array
    rows_by_giga: Int32Array
    rows_by_govt: Int32Array
    units: Int32Array

    @property
    def schools(self) -> int:
        """Number of schools."""
        return len(self.id_ranks)

    @property
    def documents(self) -> int:
        """Number of schools and names of places."""
        return len(self.first_words)

    @property
    def rows_by_id(self) -> Mapping[str, Int32Array]:
        """Rows in the order of each id column."""
        return dict(zip(ID_COLUMNS, (self.rows_by_school_id, self.rows_by_giga, self.rows_by_govt), strict=True))

    @cached_property
    def vocabulary(self) -> pa.Array:
        """All words, over the memory of the arrays."""
        return pa.StringArray.from_buffers(len(self.word_offsets) - 1, pa.py_buffer(self.word_offsets), pa.py_buffer(self.word_text))

    @cached_property
    def first_names(self) -> Int64Array:
        """Document of the first name of the place that each name of a place belongs to, which stands for the place; shape (d - n,)."""
        return np.asarray(np.searchsorted(self.units, self.units) + self.schools)

    @cached_property
    def most_names(self) -> int:
        """Names of the place that has the most; 1 without places."""
        return int(np.bincount(self.units).max()) if len(self.units) else 1

    def word(self, number: int) -> str:
        """A word by its number."""
        return str(self.vocabulary[number].as_py())

    def word_range(self, beginning: str) -> tuple[int, int]:
        """First word that begins so, and the one after the last; the range is empty where none does."""
        return _first(len(self.vocabulary), self.word, beginning), _first(len(self.vocabulary), self.word, beginning + AFTER_ALL)

    def word_number(self, text: str) -> int | None:
        """Number of a word, None where no document has it."""
        number = _first(len(self.vocabulary), self.word, text)
        return number if number < len(self.vocabulary) and self.word(number) == text else None

    def documents_of(self, low: int, high: int) -> Int32Array:
        """Documents of the words from `low` to before `high`, those of one word after those of another."""
        start = int(self.posting_ends[low - 1]) if low else 0
        return self.postings[start : int(self.posting_ends[high - 1]) if high else 0]

    def id_range(self, column: str, ids: pa.Array, text: str, *, is_whole: bool) -> Int32Array:
        """Rows whose id in a column is a text, or begins with it, in the order of the ids; letters' case is passed over.

        Parameters
        ----------
        ids
            The column of the release.
        text
            In lower case.
        """
        rows = self.rows_by_id[column]

        def read(position: int) -> str:
            return str(ids[int(rows[position])].as_py()).lower()

        low = _first(len(rows), read, text)
        return rows[low : _first(len(rows), read, text + ("\0" if is_whole else AFTER_ALL))]


def _first(count: int, read: Callable[[int], str], text: str) -> int:
    """First of ascending texts that is not before a text; `count` where all are."""
    return bisect_left(range(count), text.encode(), key=lambda position: read(position).encode())


ARRAYS: Mapping[str, npt.DTypeLike] = {
    "word_text": np.uint8,
    "word_offsets": np.int32,
    "word_letters": np.uint64,
    "word_lengths": np.uint8,
    "word_kinds": np.int32,
    "posting_ends": np.int64,
    "postings": np.int32,
    "first_words": np.int32,
    "word_counts": np.uint8,
    "id_ranks": np.int32,
    "rows_by_school_id": np.int32,
    "rows_by_giga": np.int32,
    "rows_by_govt": np.int32,
    "units": np.int32,
}
"""Arrays of an index and what each holds; a file of an index has exactly these."""


def opened_index(arrays: Arrays) -> SearchIndex:
    """The index of its arrays.

    Raises
    ------
    KeyError
        An array is missing.
    """
    return SearchIndex(**{field.name: arrays[field.name] for field in fields(SearchIndex)})
