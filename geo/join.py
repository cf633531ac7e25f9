"""Which row of a file speaks about which school: match tiers, ambiguity, and both leftovers.

Pure functions on columns of ids. A match is by id, or a person's decision about an id; nothing here guesses from names or places.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from geo.model import MatchTier
from geo.schools import ID_COLUMNS, BoolArray, Int8Array, Int64Array, one_chunk, row_ids

MATCH_TIERS: tuple[MatchTier, ...] = tuple(MatchTier)
NO_SCHOOL = -1
_SEVERAL = -2

_LOOKUPS: tuple[tuple[str, str, MatchTier], ...] = (
    ("school_id_giga", "school_id_giga", MatchTier.GIGA_ID),
    ("school_id_govt", "school_id_govt", MatchTier.GOVT_ID),
    ("school_id", "school_id", MatchTier.SCHOOL_ID),
    ("school_id", "school_id_govt", MatchTier.SCHOOL_ID),
)
"""Column of the file, column of the schools it is looked up in, tier; best first."""


@dataclass(frozen=True)
class Matches:
    """What each row of a file was matched to.

    Parameters
    ----------
    school
        Position of the school each row speaks about, -1 where there is none or the row is ambiguous; shape (rows,).
    tier
        Position in `MATCH_TIERS` of the tier that matched, -1 where nothing did; shape (rows,).
    is_ambiguous
        Rows whose ids point at several schools, or at a school that another row points at too; neither is used. Shape (rows,).
    row_of_school
        Row that speaks about each school, -1 where none does (the other leftover); shape (schools,).
    """

    school: Int64Array
    tier: Int8Array
    is_ambiguous: BoolArray
    row_of_school: Int64Array

    @property
    def by_person(self) -> BoolArray:
        """Rows whose school a person chose, so that their ids are another authority's; shape (rows,)."""
        return np.asarray((self.tier == MATCH_TIERS.index(MatchTier.CROSSWALK)) & (self.school >= 0))

    @property
    def is_unmatched(self) -> BoolArray:
        """Rows whose ids find no school, shape (rows,)."""
        return np.asarray((self.school == NO_SCHOOL) & ~self.is_ambiguous)

    def tier_counts(self) -> Mapping[MatchTier, int]:
        """How many rows were matched by each tier."""
        used = self.tier[self.school >= 0]
        return {tier: int((used == code).sum()) for code, tier in enumerate(MATCH_TIERS)}


def match(rows: pa.Table, schools: pa.Table, *, known: Mapping[str, str] | None = None) -> Matches:
    """Match rows to schools by id: exact ids first (Giga's, the government's, ours), then those that a person matched, then ids equal
    but for case and blanks.

    Parameters
    ----------
    rows
        Any of the text columns `school_id_giga`, `school_id_govt`, `school_id`; a row may leave cells null.
    schools
        The same three columns of the present schools; `school_id` is unique.
    known
        Id of a row (`row_ids`) → `school_id` that a person matched it to; one that is no present school's matches nothing.

    Returns
    -------
    One entry per row and one per school. A row whose ids find different schools is ambiguous; so is every row of a school
    that several rows find. An id that several schools share finds nothing for sure: ambiguous as well.
    """
    school, tier = _by_lookups(rows, schools, fold=False)
    if known:
        _take_known(school, tier, rows, schools, known)
    _take_folded(school, tier, rows, schools)
    claims = np.bincount(school[school >= 0], minlength=schools.num_rows)
    is_ambiguous = school == _SEVERAL
    is_ambiguous |= (school >= 0) & (claims[np.maximum(school, 0)] > 1 if schools.num_rows else False)
    school = np.where(is_ambiguous, NO_SCHOOL, school)
    row_of_school = np.full(schools.num_rows, NO_SCHOOL, dtype=np.int64)
    is_used = school >= 0
    row_of_school[school[is_used]] = np.flatnonzero(is_used)
    return Matches(school, tier, is_ambiguous, row_of_school)


def _take_known(school: Int64Array, tier: Int8Array, rows: pa.Table, schools: pa.Table, known: Mapping[str, str]) -> None:
    """Match, in place, rows without a school to those that a person decided on."""
    is_open = np.flatnonzero(school == NO_SCHOOL)
    decided = pc.index_in(row_ids(rows).take(pa.array(is_open)), value_set=pa.array(list(known), pa.string()), skip_nulls=True)
    position = _positions(pa.array(list(known.values()), pa.string()), _text(schools, "school_id", fold=False))
    found = np.append(position, NO_SCHOOL)[np.asarray(decided.fill_null(-1))]
    school[is_open] = found
    tier[is_open[found != NO_SCHOOL]] = MATCH_TIERS.index(MatchTier.CROSSWALK)


def _take_folded(school: Int64Array, tier: Int8Array, rows: pa.Table, schools: pa.Table) -> None:
    """Match, in place, rows without a school to those whose ids are equal but for case and blanks."""
    is_open = np.flatnonzero(school == NO_SCHOOL)
    if not len(is_open) or not schools.num_rows:
        return
    wanted = rows.select([name for name in ID_COLUMNS if name in rows.column_names]).take(pa.array(is_open))
    found, _ = _by_lookups(wanted, schools, fold=True)
    school[is_open] = found
    tier[is_open[found != NO_SCHOOL]] = MATCH_TIERS.index(MatchTier.FOLDED_ID)


def _by_lookups(rows: pa.Table, schools: pa.Table, *, fold: bool) -> tuple[Int64Array, Int8Array]:
    """Position of the school that all ids of a row agree on, -1 none, -2 several; and the best tier that found it."""
    school = np.full(rows.num_rows, NO_SCHOOL, dtype=np.int64)
    tier = np.full(rows.num_rows, -1, dtype=np.int8)
    is_settled = np.zeros(rows.num_rows, dtype=bool)
    for wanted, known, name in _LOOKUPS:
        if wanted not in rows.column_names:
            continue
        found = _positions(_text(rows, wanted, fold=fold), _text(schools, known, fold=fold))
        if wanted == "school_id":
            found = np.where(is_settled, NO_SCHOOL, found)
            is_settled |= found != NO_SCHOOL
        is_new = (school == NO_SCHOOL) & (found != NO_SCHOOL)
        clashes = (school != NO_SCHOOL) & (found != NO_SCHOOL) & (found != school)
        school = np.where(is_new, found, np.where(clashes, _SEVERAL, school))
        tier = np.where(is_new, MATCH_TIERS.index(name), tier).astype(np.int8)
    return school, tier


def _text(table: pa.Table, column: str, *, fold: bool) -> pa.Array:
    array = one_chunk(pc.cast(table[column], pa.string()))
    return folded(array) if fold else array


def folded(ids: pa.Array) -> pa.Array:
    """Ids without blanks around them and in lower case: equal here means equal in the last tier."""
    return pc.utf8_lower(pc.utf8_trim_whitespace(ids))


def _positions(wanted: pa.Array, known: pa.Array) -> Int64Array:
    """Position in `known` of each wanted text, -1 where it is not there or null, -2 where it is there more than once."""
    encoded = known.dictionary_encode()
    codes = np.asarray(encoded.indices.fill_null(-1))
    is_known = codes >= 0
    position = np.full(len(encoded.dictionary), NO_SCHOOL, dtype=np.int64)
    position[codes[is_known]] = np.flatnonzero(is_known)
    position[np.bincount(codes[is_known], minlength=len(position)) > 1] = _SEVERAL
    found = np.asarray(pc.index_in(wanted, value_set=encoded.dictionary, skip_nulls=True).fill_null(-1))
    return np.asarray(np.append(position, NO_SCHOOL)[found], dtype=np.int64)
