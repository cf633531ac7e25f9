"""Makes the arrays of an index from names, ids and places, in parts, so that the making takes little more memory than the index."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from scipy import sparse

from geo.matching.kinds import kinds_of_word
from geo.matching.names import plain_words
from geo.schools import ID_COLUMNS, Int32Array, Int64Array

PART = 100_000
"""Names folded at once; their text in the interpreter takes about 30 MB."""
MOST = 255
"""The largest number that one byte holds."""


def built_arrays(table: pa.Table, places: Sequence[tuple[int, str]] = ()) -> dict[str, npt.NDArray[Any]]:
    """Arrays of `geo.search.index.ARRAYS` for the schools of a release and the names of places.

    Parameters
    ----------
    table
        Columns `school_name` and `ID_COLUMNS`, plain text, one chunk each.
    places
        Number of a place and a name of it, ascending by number; a place with several names comes several times.
    """
    names = pa.array([name for _, name in places], pa.string())
    words, ends = _words((*_parts(table["school_name"]), names))
    vocabulary, codes = _sorted_vocabulary(words)
    posting_ends, postings = _postings(codes, ends, len(vocabulary))
    counts = np.diff(ends, prepend=0)
    first = np.full(len(ends), -1, dtype=np.int32)
    first[counts > 0] = codes[(ends - counts)[counts > 0]]
    return {
        **_word_arrays(vocabulary),
        "posting_ends": posting_ends,
        "postings": postings,
        "first_words": first,
        "word_counts": np.minimum(counts, MOST).astype(np.uint8),
        **_id_arrays(table),
        "units": np.asarray([number for number, _ in places], dtype=np.int32),
    }


def _parts(names: pa.ChunkedArray) -> Iterator[pa.Array]:
    for start in range(0, len(names), PART):
        yield names.slice(start, PART).combine_chunks()


def _words(parts: tuple[pa.Array, ...]) -> tuple[pa.ChunkedArray, Int64Array]:
    """Words of all names one after the other, dictionary-encoded, and where those of each name end."""
    words: list[pa.Array] = []
    counts: list[npt.NDArray[np.int32]] = []
    for part in parts:
        lists = pc.utf8_split_whitespace(plain_words(part))
        flat = pc.list_flatten(lists)
        owners = np.asarray(pc.list_parent_indices(lists))
        is_word = np.asarray(pc.not_equal(flat, ""))
        words.append(flat.filter(pa.array(is_word)).dictionary_encode())
        counts.append(np.bincount(owners[is_word], minlength=len(part)).astype(np.int32))
    kind = pa.dictionary(pa.int32(), pa.string())
    return pa.chunked_array(words, kind).unify_dictionaries(), np.cumsum(np.concatenate(counts), dtype=np.int64)


def _sorted_vocabulary(words: pa.ChunkedArray) -> tuple[pa.Array, Int32Array]:
    """Distinct words ascending by byte, and the number of each word."""
    distinct = words.chunk(words.num_chunks - 1).dictionary
    order = np.asarray(pc.sort_indices(distinct)).astype(np.int64)
    number = np.empty(len(distinct), dtype=np.int32)
    number[order] = np.arange(len(distinct), dtype=np.int32)
    codes = [number[np.asarray(chunk.indices)] for chunk in words.chunks]
    return distinct.take(pa.array(order)), np.concatenate(codes)


def _postings(codes: Int32Array, ends: Int64Array, words: int) -> tuple[Int64Array, Int32Array]:
    """Documents of each word by counting sort: scipy's turning of rows into columns."""
    pointers = np.concatenate([[0], ends])
    bags = sparse.csr_matrix((np.ones(len(codes), dtype=np.int8), codes, pointers), shape=(len(ends), words)).tocsc()
    owners, starts = bags.indices, bags.indptr[:-1]
    is_new = np.ones(len(owners), dtype=bool)
    is_new[1:] = owners[1:] != owners[:-1]
    is_new[starts] = True
    kept = np.cumsum(is_new, dtype=np.int64)
    return kept[bags.indptr[1:] - 1] if len(kept) else np.zeros(words, dtype=np.int64), owners[is_new].astype(np.int32, copy=False)


def _word_arrays(vocabulary: pa.Array) -> dict[str, npt.NDArray[Any]]:
    words = vocabulary.to_pylist()
    text = "".join(words)
    lengths = np.asarray(pc.utf8_length(vocabulary)).astype(np.int64)
    points = np.frombuffer(text.encode("utf-32-le"), dtype=np.uint32)
    bits = (np.uint64(1) << np.arange(64, dtype=np.uint64))[points & np.uint32(63)]
    starts = np.cumsum(lengths) - lengths
    has_digit = np.asarray(pc.match_substring_regex(vocabulary, "[0-9]"))
    return {
        "word_text": np.frombuffer(text.encode(), dtype=np.uint8),
        "word_offsets": np.cumsum(np.append(0, np.asarray(pc.binary_length(vocabulary)))).astype(np.int32),
        "word_letters": np.bitwise_or.reduceat(bits, starts) if len(starts) else np.zeros(0, dtype=np.uint64),
        "word_lengths": np.where(has_digit, 0, np.minimum(lengths, MOST)).astype(np.uint8),
        "word_kinds": np.fromiter(map(kinds_of_word, words), dtype=np.int32, count=len(words)),
    }


def _id_arrays(table: pa.Table) -> Mapping[str, Int32Array]:
    rows = {column: _rows_by_id(table[column]) for column in ID_COLUMNS}
    ranks = np.zeros(table.num_rows, dtype=np.int32)
    ranks[rows["school_id"]] = np.arange(table.num_rows, dtype=np.int32)
    return {
        "id_ranks": ranks,
        "rows_by_school_id": rows["school_id"],
        "rows_by_giga": rows["school_id_giga"],
        "rows_by_govt": rows["school_id_govt"],
    }


def _rows_by_id(ids: pa.ChunkedArray) -> Int32Array:
    """Rows that have an id, ascending by it in lower case; those without one are sorted last and left out."""
    lower = pc.utf8_lower(ids)
    order = np.asarray(pc.sort_indices(lower)).astype(np.int32)
    return order[: len(ids) - ids.null_count]
