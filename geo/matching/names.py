"""School names taken apart: the words that are the name, the numbers, and the words of kind, which weigh little but stay.

Everything is done for all names at once and for each distinct spelling once.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from rapidfuzz import fuzz, process
from scipy import sparse

from geo.matching.folding import folded
from geo.matching.kinds import kinds_of_words
from geo.schools import BoolArray, Int64Array

FREQUENT_SHARE = 0.05
FREQUENT_LEAST = 20
"""A word in more than this share of the distinct names, and in at least so many, says the kind in a language we have no words for."""
LIGHT_WORDS = 60
RARE, SHORTEST_MISSPELT, MISSPELT = 2, 5, 83.0
"""Names that a misspelt word of kind may be in, the letters it must have, and how alike (rapidfuzz ratio) it must be to the word."""

_REWRITES: tuple[tuple[str, str], ...] = (
    # "no 12", "n12", "# 12", "nomir 12" → " 12"; leaves "nan 12", "school 12"
    (r"(^| )(?:no|n|nr|num|nomeri?|nomir(?:li)?|numero|number|#) ?([0-9])", r"\1 \2"),
    # "12 shi", "12 i", "1 st" → "12", "1"
    (r"(^| )([0-9]+) ?(?:shi|inshi|nshi|i|ia|oi|go|aia|th|st|nd|rd)( |$)", r"\1\2\3"),
    # "12 a" → "12a", a class letter belongs to the number; "12mektep" → "12 mektep"; "mektep12" → "mektep 12"
    (r"(^| )([0-9]+) ([a-z])( |$)", r"\1\2\3\4"),
    (r"([0-9])(\p{L}\p{L})", r"\1 \2"),
    (r"(\p{L}\p{L})([0-9])", r"\1 \2"),
    (r"(^| )0+([0-9])", r"\1\2"),
)
_REWRITES_OF_ONE = tuple((re.compile(pattern.replace(r"\p{L}", r"[^\W\d_]")), replacement) for pattern, replacement in _REWRITES)
_NUMBER = r"^[0-9]+\p{L}?$"


@dataclass(frozen=True)
class Names:
    """Distinct names, taken apart; every array has one entry a distinct name, shape (names,).

    Parameters
    ----------
    whole
        All words in their order, folded: equal here means the same name in another spelling.
    core
        The words that are the name, sorted and joined by a space; empty where a number is all there is.
    numbers
        The numbers without leading zeros, sorted and joined by a space.
    kinds
        Bits of `Kind`.
    light
        Bits of the frequent words that no list names, such as those of kind in other languages; 0 for most.
    number_bags
        Distinct names × distinct numbers, 1 where a name has a number.
    """

    whole: pa.Array
    core: pa.Array
    numbers: pa.Array
    kinds: Int64Array
    light: Int64Array
    number_bags: sparse.csr_matrix

    def __len__(self) -> int:
        return len(self.core)


def read_names(texts: pa.Array) -> Names:
    """Take distinct names apart; a null is a name without words."""
    whole = plain_words(texts)
    lists = pc.utf8_split_whitespace(whole)
    owner = np.asarray(pc.list_parent_indices(lists)).astype(np.int64)
    encoded = pc.list_flatten(lists).dictionary_encode()
    words, code = encoded.dictionary, np.asarray(encoded.indices).astype(np.int64)
    is_number = np.asarray(pc.match_substring_regex(words, _NUMBER))
    kinds = np.where(is_number, 0, kinds_of_words(words)) if len(words) else np.zeros(0, dtype=np.int64)
    count = len(whole)
    frequency = np.bincount(code, minlength=len(words))
    light = _light_bits(frequency, ~is_number & (kinds == 0), count=count)
    twin = _misspelt(words, frequency, ~is_number & (kinds == 0) & (light == 0), (kinds != 0) | (light != 0))
    kinds, light = kinds[twin], light[twin]
    is_core = ~is_number & (kinds == 0) & (light == 0) & np.asarray(pc.not_equal(words, ""))
    has_own = np.bincount(owner[(is_core | is_number)[code]], minlength=count) > 0
    in_core = np.where(has_own[owner], is_core[code], True)
    return Names(
        whole=whole,
        core=_joined(words, code, owner, in_core, count),
        numbers=_joined(words, code, owner, is_number[code], count),
        kinds=_united(kinds[code], owner, count),
        light=_united(light[code], owner, count),
        number_bags=_bags(code, owner, is_number, count),
    )


def plain_words(texts: pa.Array) -> pa.Array:
    """Words of each text in their order, folded, joined by a space, every number a word of its own; "" for null."""
    return _with_plain_numbers(pc.fill_null(folded(texts), ""))


def plain_words_of(text: str) -> list[str]:
    """Words of one text as `plain_words` gives them, a hundred times faster: Arrow makes its patterns anew at each call."""
    plain: str = folded(pa.array([text], pa.string()))[0].as_py()
    if re.search("[0-9]", plain):
        plain = re.sub(" +", " ", plain)
        for pattern, replacement in _REWRITES_OF_ONE:
            plain = pattern.sub(replacement, plain)
    return plain.replace("#", " ").split()


def _with_plain_numbers(texts: pa.Array) -> pa.Array:
    """Folded texts with every number as a word of its own, without signs, leading zeros and endings of ordinals."""
    has_digit = pc.match_substring_regex(texts, "[0-9]")
    numbered = pc.replace_substring_regex(texts.filter(has_digit), " +", " ")
    for pattern, replacement in _REWRITES:
        numbered = pc.replace_substring_regex(numbered, pattern, replacement)
    texts = pc.replace_with_mask(texts, has_digit, numbered)
    return pc.utf8_trim_whitespace(pc.replace_substring(pc.replace_substring(texts, "#", " "), "  ", " "))


def _light_bits(frequency: Int64Array, may_be: BoolArray, *, count: int) -> Int64Array:
    """A bit for each of the most frequent words, 0 for the others; shape (words,)."""
    frequent = np.flatnonzero(may_be & (frequency >= max(FREQUENT_LEAST, FREQUENT_SHARE * count)))
    frequent = frequent[np.argsort(-frequency[frequent], kind="stable")][:LIGHT_WORDS]
    bits = np.zeros(len(may_be), dtype=np.int64)
    bits[frequent] = np.int64(1) << np.arange(len(frequent), dtype=np.int64)
    return bits


def _misspelt(words: pa.Array, frequency: Int64Array, may_be: BoolArray, is_kind: BoolArray) -> Int64Array:
    """Position of the word that each word is a misspelling of, its own for most; shape (words,).

    A rare word that differs by a letter or two from a frequent word of kind is that word: "шклоа" is "школа".
    """
    lengths = np.asarray(pc.utf8_length(words))
    rare = np.flatnonzero(may_be & (frequency <= RARE) & (lengths >= SHORTEST_MISSPELT))
    kinds = np.flatnonzero(is_kind & (frequency > FREQUENT_LEAST) & (lengths >= SHORTEST_MISSPELT))
    twin = np.arange(len(words))
    if len(rare) and len(kinds):
        texts = np.asarray(words.to_pylist(), dtype=object)
        likeness = process.cdist(texts[rare], texts[kinds], scorer=fuzz.ratio, score_cutoff=MISSPELT, dtype=np.uint8, workers=-1)
        best = likeness.argmax(axis=1)
        is_twin = likeness[np.arange(len(rare)), best] > 0
        twin[rare[is_twin]] = kinds[best[is_twin]]
    return twin


def _joined(words: pa.Array, code: Int64Array, owner: Int64Array, is_taken: BoolArray, count: int) -> pa.Array:
    """The taken words of each name in alphabetical order, joined by a space."""
    rank = np.empty(len(words), dtype=np.int64)
    rank[np.asarray(pc.sort_indices(words))] = np.arange(len(words))
    code, owner = code[is_taken], owner[is_taken]
    order = np.lexsort((rank[code], owner))
    ends = np.concatenate([[0], np.cumsum(np.bincount(owner, minlength=count))]).astype(np.int32)
    return pc.binary_join(pa.ListArray.from_arrays(pa.array(ends), words.take(pa.array(code[order]))), " ")


def _united(bits: Int64Array, owner: Int64Array, count: int) -> Int64Array:
    """Bits of all words of each name together."""
    united = np.zeros(count, dtype=np.int64)
    starts = np.flatnonzero(np.diff(owner, prepend=-1))
    if len(starts):
        united[owner[starts]] = np.bitwise_or.reduceat(bits, starts)
    return united


def _bags(code: Int64Array, owner: Int64Array, is_number: BoolArray, count: int) -> sparse.csr_matrix:
    numbers = np.cumsum(is_number) - 1
    taken = is_number[code]
    ones = np.ones(int(taken.sum()), dtype=np.float32)
    shape = (count, int(is_number.sum()))
    return sparse.csr_matrix((ones, (owner[taken], numbers[code[taken]])), shape=shape)
