"""Which documents a query finds, and in what order.

The rule, from the first to the last:

1. schools whose id (any of the three) is the query;
2. names that begin with the first word asked for and hold all the others;
3. names that hold all words asked for;
4. schools that hold some of the words in their name and the others in the name of their region or district;
5. schools whose id begins with the query;
6. as 2 to 4, one or two mistakes a word allowed, if nothing or little else was found;
7. as 2 to 6 for the words that anything has at all, if nothing was found; numbers are never left out.

Within each: fewer mistakes and more whole words first (a beginning of a word, or another word for the same kind of school, counts as half),
then names with fewer other words, then places before schools, then by school_id. What a school's connection is like plays no part.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from geo.schools import BoolArray, Int32Array, Int64Array
from geo.search.index import SearchIndex
from geo.search.misspelling import Meant, meant_by
from geo.search.queries import MAX_WORDS, Word, tidy_query, words_of_query

LITTLE = 5
"""Fewer hits than this by whole words and beginnings, and mistakes are allowed for."""
SHORTEST_ID = 3
"""Characters of the shortest beginning of an id that is looked for."""

Levels = npt.NDArray[np.uint8]
WHOLE, BEGINNING, PLACE, PLACE_BEGINNING, MISTAKE = 0, 1, 2, 3, 4
NOT = 255
"""How a document holds a word: in its name whole or as a beginning, in its place so, or with 1 or 2 mistakes; NOT at all."""
SPARSE = 20
"""A word in so many times more documents than are left is looked up in each of them, instead of marking all that have it."""


class Match(IntEnum):
    """How a document was found; smaller is better."""

    ID = 1
    NAME_BEGINS = 2
    NAME = 3
    PLACE = 4
    ID_BEGINS = 5
    MISSPELT = 6
    PARTLY = 7


_PENALTY = np.asarray([0, 1, 0, 1, 4, 6], dtype=np.int64)
"""What each level costs a document among those found alike."""
_MATCH = np.asarray([Match.NAME, Match.NAME, Match.PLACE, Match.PLACE, Match.MISSPELT, Match.MISSPELT], dtype=np.int64)


@dataclass(frozen=True, eq=False)
class Located:
    """Which place each school is in at one level.

    Parameters
    ----------
    codes
        Number of each school's label, -1 for none, shape (n,).
    units
        Number of the place of each label, -1 for one that the index does not have.
    """

    codes: Int32Array
    units: Int32Array


@dataclass(frozen=True, eq=False)
class Found:
    """What a query found: the best documents in order, a place by its first name; how each was found; and how many there are in all."""

    documents: Int64Array
    matches: tuple[Match, ...]
    total: int


@dataclass(frozen=True, eq=False)
class _Term:
    """A word asked for and the words of the index that stand for it: (first, one after the last, level), best first."""

    ranges: tuple[tuple[int, int, int], ...]

    def cost(self, index: SearchIndex) -> int:
        return sum(len(index.documents_of(low, high)) for low, high, _ in self.ranges)


def find(index: SearchIndex, query: str, *, ids: pa.Table, located: tuple[Located, ...] = (), limit: int = 10) -> Found:
    """The best documents for a query, by the rule above; none for a query without letters or digits.

    Parameters
    ----------
    ids
        Columns `geo.schools.ID_COLUMNS` of the release, one chunk each.
    located
        The places that schools are in, one for each level of boundaries.
    """
    text = tidy_query(query)
    hits = _Hits(index, limit)
    hits.add_ids(ids, text.lower())
    words = words_of_query(text)
    if words:
        terms = [_term(index, word) for word in words]
        hits.add_words(terms, located)
        if hits.total < LITTLE and not hits.has_id:
            _add_guesses(index, hits, words, terms, located)
    return hits.found()


def _term(index: SearchIndex, word: Word) -> _Term:
    ranges: list[tuple[int, int, int]] = []
    number = index.word_number(word.text)
    if number is not None:
        ranges.append((number, number + 1, WHOLE))
    if word.is_last or (not word.is_number and len(word.text) > 1):
        low, high = index.word_range(word.text)
        if high > low + (number is not None):
            ranges.append((low, high, BEGINNING))
    if word.kinds:
        others = np.flatnonzero(index.word_kinds & np.int32(word.kinds))
        ranges += [(other, other + 1, BEGINNING) for other in others.tolist() if other != number]
    return _Term(tuple(ranges))


def _add_guesses(index: SearchIndex, hits: _Hits, words: tuple[Word, ...], terms: list[_Term], located: tuple[Located, ...]) -> None:
    """Add what may be meant by words that are mistyped, or by some of the words where nothing has all."""
    has_none = hits.total == 0
    loose = [_loosened(index, term, word, may_begin=has_none) for term, word in zip(terms, words, strict=True)]
    if any(len(wide.ranges) > len(term.ranges) for wide, term in zip(loose, terms, strict=True)):
        hits.add_words(loose, located, least=Match.MISSPELT)
    held = [(term, word) for term, word in zip(loose, words, strict=True) if term.ranges or word.is_number]
    if hits.total == 0 and len(held) < len(words) and any(not word.kinds for _, word in held):
        hits.add_words([term for term, _ in held], located, least=Match.PARTLY)


def _loosened(index: SearchIndex, term: _Term, word: Word, *, may_begin: bool) -> _Term:
    """The term with the words that may be meant if it is mistyped; a word for a kind of school that is known is not."""
    if word.kinds and term.ranges:
        return term
    meant: Meant = meant_by(index, word.text, is_unfinished=may_begin and word.is_last)
    more = zip(meant.words.tolist(), meant.mistakes.tolist(), strict=True)
    return _Term((*term.ranges, *((number, number + 1, MISTAKE + mistakes - 1) for number, mistakes in more if mistakes)))


def _holding(index: SearchIndex, terms: list[_Term], located: tuple[Located, ...]) -> tuple[Int64Array, list[Levels]]:
    """Documents that hold all terms, and how they hold each: from the rarest term on, so that the others are looked for in few."""
    order = sorted(range(len(terms)), key=lambda position: terms[position].cost(index))
    levels = _levels(index, terms[order[0]], located)
    documents = np.flatnonzero(levels != NOT)
    held = {order[0]: levels[documents]}
    for position in order[1:]:
        levels = _levels_among(index, terms[position], located, documents)
        is_held = levels != NOT
        documents, held = documents[is_held], {other: found[is_held] for other, found in held.items()} | {position: levels[is_held]}
    return documents, [held[position] for position in range(len(terms))]


def _levels(index: SearchIndex, term: _Term, located: tuple[Located, ...]) -> Levels:
    """How each document holds a term, shape (d,)."""
    levels = np.full(index.documents, NOT, dtype=np.uint8)
    for low, high, level in sorted(term.ranges, key=lambda found: -found[2]):
        levels[index.documents_of(low, high)] = level
    for place in _place_levels(index, term, located):
        schools = levels[: index.schools]
        np.minimum(schools, place.levels[place.codes], out=schools)
    return levels


def _levels_among(index: SearchIndex, term: _Term, located: tuple[Located, ...], documents: Int64Array) -> Levels:
    """How some documents, ascending, hold a term, shape (documents,)."""
    if term.cost(index) < SPARSE * len(documents) or any(high - low > 1 for low, high, _ in term.ranges):
        return _levels(index, term, located)[documents]
    levels = np.full(len(documents), NOT, dtype=np.uint8)
    for low, high, level in sorted(term.ranges, key=lambda found: -found[2]):
        owners = index.documents_of(low, high)
        positions = np.minimum(np.searchsorted(owners, documents), len(owners) - 1)
        levels[owners[positions] == documents] = level
    is_school = documents < index.schools
    for place in _place_levels(index, term, located):
        levels[is_school] = np.minimum(levels[is_school], place.levels[place.codes[documents[is_school]]])
    return levels


@dataclass(frozen=True, eq=False)
class _PlaceLevels:
    """How the label of each school's place holds a term; the last level is that of schools in no place, whose code is -1."""

    codes: Int32Array
    levels: Levels


def _place_levels(index: SearchIndex, term: _Term, located: tuple[Located, ...]) -> list[_PlaceLevels]:
    """For each level of boundaries at which a place holds the term, how the places hold it."""
    of_units = np.full(int(index.units.max(initial=-1)) + 2, NOT, dtype=np.uint8)
    for low, high, level in sorted(term.ranges, key=lambda found: -found[2]):
        owners = index.documents_of(low, high)
        names = owners[owners >= index.schools] - index.schools
        of_units[index.units[names]] = level + PLACE if level < PLACE else level
    found = []
    for place in located:
        levels = np.append(of_units[place.units], np.uint8(NOT))
        if (levels != NOT).any():
            found.append(_PlaceLevels(place.codes, levels))
    return found


def _begins(index: SearchIndex, term: _Term, documents: Int64Array) -> BoolArray:
    """Whether the first word of each document is one that stands for a term."""
    stands = np.zeros(len(index.vocabulary) + 1, dtype=bool)  # the last is for documents without words, whose first word is -1
    for low, high, _ in term.ranges:
        stands[low:high] = True
    return np.asarray(stands[index.first_words[documents]])


class _Hits:
    """Hits so far: documents with their scores, of which the smallest are best."""

    def __init__(self, index: SearchIndex, limit: int) -> None:
        self._index = index
        self._limit = limit
        self._documents: list[Int64Array] = []
        self._scores: list[Int64Array] = []
        self._is_hit = np.zeros(index.documents, dtype=bool)
        self.has_id = False

    @property
    def total(self) -> int:
        """Documents hit so far."""
        return int(np.count_nonzero(self._is_hit))

    def add_ids(self, ids: pa.Table, text: str) -> None:
        """Add schools by their ids."""
        if not text or not ids.num_rows:
            return
        may_begin = len(text) >= SHORTEST_ID and any(character.isdigit() for character in text)
        for column in self._index.rows_by_id:
            array = ids[column].chunk(0)
            whole = self._index.id_range(column, array, text, is_whole=True)
            self._add(whole, Match.ID)
            self.has_id |= len(whole) > 0
            if may_begin:
                self._add(self._index.id_range(column, array, text, is_whole=False), Match.ID_BEGINS)

    def add_words(self, terms: list[_Term], located: tuple[Located, ...], *, least: Match = Match.NAME_BEGINS) -> None:
        """Add documents that hold all terms."""
        documents, levels = _holding(self._index, terms, located)
        worst, penalty = levels[0], _PENALTY[levels[0]]
        for level in levels[1:]:
            worst, penalty = np.maximum(worst, level), penalty + _PENALTY[level]
        match = _MATCH[worst]
        match[_begins(self._index, terms[0], documents) & (match == Match.NAME)] = Match.NAME_BEGINS
        self._add(documents, np.maximum(match, int(least)), penalty, words=len(terms))

    def _add(self, documents: npt.NDArray[Any], match: Int64Array | int, penalty: Int64Array | int = 0, *, words: int = MAX_WORDS) -> None:
        extra = np.maximum(self._index.word_counts[documents].astype(np.int64) - words, 0)
        documents = self._places_once(documents)
        self._is_hit[documents] = True
        score = (match << np.int64(56)) | (np.minimum(penalty, 255) << np.int64(48)) | (extra << 40) | self._order(documents)
        most = self._limit * self._index.most_names
        if len(score) > most:
            best = np.argpartition(score, most - 1)[:most]
            documents, score = documents[best], score[best]
        self._documents.append(documents.astype(np.int64))
        self._scores.append(score)

    def _places_once(self, documents: npt.NDArray[Any]) -> Int64Array:
        """The documents, the first name of each place in the place of the others."""
        found = documents.astype(np.int64)
        is_place = found >= self._index.schools
        found[is_place] = self._index.first_names[found[is_place] - self._index.schools]
        return found

    def _order(self, documents: npt.NDArray[Any]) -> Int64Array:
        """What sets equals apart: places first, by number, then schools by school_id."""
        is_school = documents < self._index.schools
        order = documents.astype(np.int64) - self._index.schools
        order[is_school] = self._index.id_ranks[documents[is_school]] + (np.int64(1) << 39)
        return order

    def found(self) -> Found:
        """The best hits, each document once."""
        if not self._documents:
            return Found(np.zeros(0, dtype=np.int64), (), 0)
        documents, scores = np.concatenate(self._documents), np.concatenate(self._scores)
        order = np.argsort(scores, kind="stable")
        _, firsts = np.unique(documents[order], return_index=True)
        best = order[np.sort(firsts)[: self._limit]]
        return Found(documents[best], tuple(Match(number) for number in (scores[best] >> 56).tolist()), self.total)
