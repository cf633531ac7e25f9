"""Suggested matches of rows and schools that share no id: candidates, weighed, and what competition leaves of each.

A suggestion is a proposal to a person. Nothing here applies one.
"""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from geo.matching.candidates import Side, candidate_pairs
from geo.matching.evidence import Attributes, Pairs, compared
from geo.matching.names import Names, read_names
from geo.matching.places import UNKNOWN, Places, read_places
from geo.model import MATCH_REASONS, MatchReason
from geo.schools import ID_COLUMNS, BoolArray, FloatArray, Int32Array, Int64Array, numbers, one_chunk, row_ids

DEFAULT_SCORE = 0.8
"""Suggestions from this score up are right in at least 98 of 100 cases on damaged copies of the demonstration data, and find at
least 90 of 100 rows that have a school (bench/bench_matching.py prints both)."""
LEAST_SCORE = 0.1
MOST_OF_ROW = 3
ALL_READ, MOST_READ = 50_000, 500_000
"""Up to so many schools all names are read; above the first, only those in reach of the rows; above the second, never all."""
NO_COUNTERPART = 3.5
"""Natural logarithm of the weight that a row has no school at all, or a school no row: what a pair must outweigh by itself."""


_COLUMNS = frozenset(
    {*ID_COLUMNS, "school_name", "admin1_declared", "admin2_declared", "latitude", "longitude"}
    | {"education_level", "school_area_type", "num_students"}
)
"""What is read of rows and schools once their places are known."""


@dataclass(frozen=True)
class Suggestions:
    """Pairs that may be one school, best first; every array has shape (suggestions,).

    Parameters
    ----------
    row, school
        Positions in the tables that were compared. A row has at most `MOST_OF_ROW`.
    score
        0 to 1: the weight of the pair among everything that competes with it, that either has no counterpart included.
    distance_km
        Straight distance, NaN where either position is unknown.
    reasons
        Bits by position in `geo.model.MATCH_REASONS`.
    default_score
        Score from which accepting all together is proposed.
    """

    row: Int64Array
    school: Int64Array
    score: FloatArray
    distance_km: FloatArray
    reasons: Int32Array
    default_score: float = DEFAULT_SCORE

    def __len__(self) -> int:
        return len(self.row)


def reasons_of(bits: int) -> tuple[MatchReason, ...]:
    """The reasons that a suggestion's bits stand for."""
    return tuple(reason for position, reason in enumerate(MATCH_REASONS) if bits >> position & 1)


def suggest(
    rows: pa.Table,
    schools: pa.Table,
    *,
    open_rows: BoolArray,
    taken_schools: BoolArray,
    refused: Set[tuple[str, str]] = frozenset(),
    spellings: Mapping[str, str] | None = None,
) -> Suggestions:
    """Suggest schools for rows whose ids find none, by name and place.

    Parameters
    ----------
    rows
        Accepted rows of a file; of the columns `school_name`, `latitude`, `longitude`, `admin1_declared`, `admin2_declared`,
        `education_level`, `school_area_type` and `num_students` those that are there are compared. Without `school_name` nothing
        is suggested.
    schools
        The present release; text plain or dictionary-encoded.
    open_rows
        Rows to find schools for, shape (rows,).
    taken_schools
        Schools that other rows of the file speak about, which are never suggested; shape (schools,).
    refused
        Pairs of a row's id (`row_ids`) and a `school_id` that a person refused; never suggested.
    spellings
        Name of a region in any language → its code in `admin1`, besides the names that the schools bear.

    Returns
    -------
    The best three of each row, best first. A score falls when another school suits the row nearly as well, or another row the school.
    """
    if "school_name" not in rows.column_names:
        return _none()
    row = np.flatnonzero(open_rows & np.asarray(pc.is_valid(rows["school_name"])))
    row_places, school_places = read_places(_picked(rows, row), schools, spellings or {})
    row, school, row_places, school_places = _within_reach(row, np.flatnonzero(~taken_schools), row_places, school_places)
    if not len(row) or not len(school):
        return _none()
    rows, schools = _picked(rows, row), _picked(schools, school)
    names, row_name, school_name = _read_names(rows, schools)
    sides = Side(row_name, row_places), Side(school_name, school_places)
    pairs = _without_refused(candidate_pairs(*sides, names), rows, schools, refused)
    found = compared(pairs, sides, names, _attributes(rows, schools))
    best = _best(found, _scores(found, rows.num_rows, schools.num_rows))
    return replace(best, row=row[best.row], school=school[best.school])


def _within_reach(row: Int64Array, school: Int64Array, rows: Places, schools: Places) -> tuple[Int64Array, Int64Array, Places, Places]:
    """Rows and schools that are worth reading, and their places: of many schools only those in the regions of the rows or near one.

    Rows that lie nowhere would need all schools; they are given up where these are more than `MOST_READ`.
    """
    schools = schools.take(school)
    if len(school) <= ALL_READ:
        return row, school, rows, schools
    lies_nowhere = ~rows.is_placed & (rows.region == UNKNOWN)
    if len(school) > MOST_READ:
        row, rows = row[~lies_nowhere], rows.take(np.flatnonzero(~lies_nowhere))
    elif lies_nowhere.any():
        return row, school, rows, schools
    wanted = rows.region[rows.region != UNKNOWN]
    near = schools.shares_cell(rows) | np.isin(schools.region, wanted) | np.isin(schools.declared_region, wanted)
    near |= schools.region == UNKNOWN
    return row, school[near], rows, schools.take(np.flatnonzero(near))


def _picked(table: pa.Table, positions: Int64Array) -> pa.Table:
    return table.select([name for name in table.column_names if name in _COLUMNS]).take(pa.array(positions))


def _none() -> Suggestions:
    nothing = np.zeros(0, dtype=np.int64)
    return Suggestions(nothing, nothing, np.zeros(0), np.zeros(0), np.zeros(0, dtype=np.int32))


def _read_names(rows: pa.Table, schools: pa.Table) -> tuple[Names, Int64Array, Int64Array]:
    """The distinct names of both sides taken apart, and the position of each row's and each school's."""
    columns = [one_chunk(pc.cast(table["school_name"], pa.string())) for table in (rows, schools)]
    encoded = pa.concat_arrays(columns).dictionary_encode(null_encoding="encode")
    codes = np.asarray(encoded.indices).astype(np.int64)
    return read_names(encoded.dictionary), codes[: rows.num_rows], codes[rows.num_rows :]


def _attributes(rows: pa.Table, schools: pa.Table) -> tuple[Attributes, Attributes]:
    level, area = (_shared(rows, schools, name) for name in ("education_level", "school_area_type"))
    sizes = [
        numbers(table["num_students"]) if "num_students" in table.column_names else np.full(table.num_rows, np.nan)
        for table in (rows, schools)
    ]
    return Attributes(level[0], area[0], sizes[0]), Attributes(level[1], area[1], sizes[1])


def _shared(rows: pa.Table, schools: pa.Table, name: str) -> tuple[Int64Array, Int64Array]:
    """Codes of a column of words on both sides; -1 where it is null or unknown, or there is no such column."""
    columns = [
        one_chunk(pc.cast(table[name], pa.string())) if name in table.column_names else pa.nulls(table.num_rows, pa.string())
        for table in (rows, schools)
    ]
    whole = pa.concat_arrays(columns)
    whole = pc.if_else(pc.equal(whole, "unknown"), pa.scalar(None, pa.string()), whole)
    codes = np.asarray(whole.dictionary_encode().indices.fill_null(-1)).astype(np.int64)
    return codes[: rows.num_rows], codes[rows.num_rows :]


def _without_refused(
    pairs: tuple[Int64Array, Int64Array], rows: pa.Table, schools: pa.Table, refused: Set[tuple[str, str]]
) -> tuple[Int64Array, Int64Array]:
    if not refused:
        return pairs
    row, school = pairs
    refused_rows, refused_schools = (pa.array(texts, pa.string()) for texts in zip(*sorted(refused), strict=True))
    ids = pc.index_in(row_ids(rows), value_set=(row_values := refused_rows.unique()))
    own = pc.index_in(one_chunk(pc.cast(schools["school_id"], pa.string())), value_set=(school_values := refused_schools.unique()))
    width = len(school_values)
    banned = np.asarray(pc.index_in(refused_rows, value_set=row_values)).astype(np.int64) * width + np.asarray(
        pc.index_in(refused_schools, value_set=school_values)
    )
    row_code, school_code = (np.asarray(codes.fill_null(-1)).astype(np.int64) for codes in (ids, own))
    is_known = (row_code[row] >= 0) & (school_code[school] >= 0)
    is_kept = ~(is_known & np.isin(row_code[row] * width + school_code[school], banned))
    return row[is_kept], school[is_kept]


def _scores(pairs: Pairs, row_count: int, school_count: int) -> FloatArray:
    """Share of each pair in the weights of all pairs of its row and of its school, and of having no counterpart."""
    weight = np.exp(np.minimum(pairs.weight, 50.0) - NO_COUNTERPART)
    of_row = np.bincount(pairs.row, weights=weight, minlength=row_count)
    of_school = np.bincount(pairs.school, weights=weight, minlength=school_count)
    return np.asarray(weight / (1 + of_row[pairs.row] + of_school[pairs.school] - weight))


def _best(pairs: Pairs, score: FloatArray) -> Suggestions:
    """The best pairs of each row, best first."""
    order = np.lexsort((pairs.school, -score, pairs.row))
    row = pairs.row[order]
    rank = np.arange(len(row)) - np.searchsorted(row, row, side="left")
    kept = order[(rank < MOST_OF_ROW) & (score[order] >= LEAST_SCORE)]
    kept = kept[np.lexsort((pairs.school[kept], pairs.row[kept], -score[kept]))]
    return Suggestions(pairs.row[kept], pairs.school[kept], score[kept], pairs.distance_km[kept], pairs.reasons[kept])
