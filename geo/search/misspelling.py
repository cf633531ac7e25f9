"""Words of an index that somebody probably meant by a word that they mistyped: one mistake in short words, two in long ones."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from rapidfuzz import process
from rapidfuzz.distance import OSA

from geo.schools import Int64Array
from geo.search.index import SearchIndex

SHORTEST, SHORTEST_BEGINNING, LONG = 4, 5, 7
"""Letters of the shortest word that may be mistyped, of the shortest beginning of one, and of the shortest with two mistakes."""
MOST_MEANT = 60
"""Words that one mistyped word may stand for: those with the fewest mistakes, then those in most names."""
MOST_COMPARED = 8_000
"""Words compared letter by letter; those nearest in the letters they have come first."""


@dataclass(frozen=True, slots=True)
class Meant:
    """Words that may be meant, by their numbers, and how many mistakes each would be."""

    words: Int64Array
    mistakes: Int64Array


def mistakes_allowed(text: str) -> int:
    """How many letters of a word may be wrong, missing, too many or swapped with their neighbour."""
    return 0 if len(text) < SHORTEST else 1 if len(text) < LONG else 2


def meant_by(index: SearchIndex, text: str, *, is_unfinished: bool) -> Meant:
    """Words that a mistyped word may stand for; none for one that is too short or has a digit.

    Parameters
    ----------
    is_unfinished
        Whether the word may be the mistyped beginning of a longer one.
    """
    allowed = mistakes_allowed(text)
    is_unfinished = is_unfinished and len(text) >= SHORTEST_BEGINNING
    if not allowed or any(character.isdigit() for character in text):
        return Meant(np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64))
    candidates = _with_like_letters(index, text, allowed, is_unfinished)
    texts = index.vocabulary.take(pa.array(candidates)).to_pylist()
    mistakes = _mistakes(text, texts, allowed)
    if is_unfinished:
        for length in range(len(text) - allowed, len(text) + allowed + 1):
            mistakes = np.minimum(mistakes, _mistakes(text, [word[:length] for word in texts], allowed))
    is_meant = mistakes <= allowed
    candidates, mistakes = candidates[is_meant], mistakes[is_meant]
    commonness = np.diff(index.posting_ends, prepend=0)[candidates] if len(candidates) else candidates
    order = np.lexsort((candidates, -commonness, mistakes))[:MOST_MEANT]
    return Meant(candidates[order], mistakes[order])


def _with_like_letters(index: SearchIndex, text: str, allowed: int, is_unfinished: bool) -> Int64Array:
    """Words that can be within so many mistakes by their length and by which letters they have at all."""
    letters = np.uint64(0)
    for character in text:
        letters |= np.uint64(1) << np.uint64(ord(character) % 64)
    lengths = index.word_lengths
    is_like = lengths >= max(1, len(text) - allowed)
    if not is_unfinished:
        is_like &= lengths <= len(text) + allowed
    candidates = np.flatnonzero(is_like)
    own = index.word_letters[candidates]
    missing = np.bitwise_count(letters & ~own)
    is_near = missing <= allowed
    if not is_unfinished:
        is_near &= np.bitwise_count(own & ~letters) <= allowed
    candidates, missing = candidates[is_near], missing[is_near]
    if len(candidates) > MOST_COMPARED:
        candidates = np.sort(candidates[np.argsort(missing, kind="stable")[:MOST_COMPARED]])
    return candidates


def _mistakes(text: str, words: list[str], allowed: int) -> Int64Array:
    if not words:
        return np.zeros(0, dtype=np.int64)
    found = process.cdist([text], words, scorer=OSA.distance, score_cutoff=allowed, dtype=np.uint8)
    return np.asarray(found[0], dtype=np.int64)
