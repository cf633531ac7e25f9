"""Apply matched rows of a file to the schools: what each row does, fact by fact, and the schools afterwards.

Pure functions on tables of `geo.schools.FACTS_SCHEMA`. Absent columns and blank cells keep what a school had; an older dated fact
never overwrites a newer one of the same kind; declared and measured speeds are different facts and never erase each other.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from geo.join import NO_SCHOOL, Matches, folded
from geo.model import FACT_COLUMNS, OUTCOMES, Fact, Outcome
from geo.schools import FACTS_SCHEMA, BoolArray, Int8Array, Int64Array, differs


@dataclass(frozen=True)
class Merged:
    """The schools after a file, and what became of its rows.

    Parameters
    ----------
    facts
        Table of `FACTS_SCHEMA`: the present schools in their order, then the new ones in the order of their rows.
    outcome
        Position in `OUTCOMES` of each row's outcome, shape (rows,).
    school
        Position in `facts` of the school each row speaks about, -1 where none; shape (rows,).
    changed_facts, stale_facts
        How many schools each fact changed for, and for how many it came older than what is known.
    keeps_other_id
        Rows matched by one id whose other id differs from the school's own, which stays; shape (rows,).
    """

    facts: pa.Table
    outcome: Int8Array
    school: Int64Array
    changed_facts: dict[Fact, int]
    stale_facts: dict[Fact, int]
    keeps_other_id: BoolArray

    def count(self, outcome: Outcome) -> int:
        """How many rows had an outcome."""
        return int((self.outcome == OUTCOMES.index(outcome)).sum())


def merge(facts: pa.Table, rows: pa.Table, matches: Matches, *, import_id: int, may_add: bool) -> Merged:
    """Apply rows to schools.

    Parameters
    ----------
    facts
        Present schools, `FACTS_SCHEMA`; may be empty.
    rows
        Accepted rows of a file: ids and any columns of facts, typed as in `FACTS_SCHEMA`, with `<fact>_source` and
        `<fact>_collected_on` where known.
    matches
        What `join.match` made of the two.
    import_id
        The import that changed facts are credited to.
    may_add
        Whether a row without a school is a new school (the file has coordinates) or unmatched.
    """
    is_new, clashes = _new_schools(facts, rows, matches, may_add=may_add)
    school = matches.school.copy()
    school[is_new] = facts.num_rows + np.arange(int(is_new.sum()))
    base = pa.concat_tables([facts, _blank_schools(rows, is_new)]) if is_new.any() else facts
    row_of_school = np.full(base.num_rows, NO_SCHOOL, dtype=np.int64)
    row_of_school[school[school >= 0]] = np.flatnonzero(school >= 0)
    taken_rows = _RowsBySchool(rows, row_of_school)
    columns = {name: base[name].combine_chunks() for name in base.column_names}
    is_changed = _fill_ids(columns, rows, taken_rows)
    carries, is_stale = np.zeros(base.num_rows, dtype=bool), np.zeros(base.num_rows, dtype=bool)
    changed_facts: dict[Fact, int] = {}
    stale_facts: dict[Fact, int] = {}
    for fact in Fact:
        done = _apply_fact(fact, columns, rows, taken_rows, import_id)
        if done is None:
            continue
        fact_carries, fact_stale, fact_changed = done
        carries |= fact_carries & ~fact_stale
        is_stale |= fact_stale
        is_changed |= fact_changed
        changed_facts[fact], stale_facts[fact] = int(fact_changed.sum()), int(fact_stale.sum())
    outcome = np.full(rows.num_rows, OUTCOMES.index(Outcome.UNMATCHED), dtype=np.int8)
    outcome[school >= 0] = _school_outcomes(is_changed, is_stale & ~carries)[school[school >= 0]]
    outcome[is_new] = OUTCOMES.index(Outcome.NEW)
    outcome[matches.is_ambiguous | clashes] = OUTCOMES.index(Outcome.AMBIGUOUS)
    return Merged(
        facts=pa.table(columns, schema=FACTS_SCHEMA),
        outcome=outcome,
        school=school,
        changed_facts=changed_facts,
        stale_facts=stale_facts,
        keeps_other_id=_keeps_other_id(base, rows, school),
    )


def _column(rows: pa.Table, name: str) -> pa.Array:
    """A column of the rows as one array, typed as in the schema; all null where the file has none."""
    kind = FACTS_SCHEMA.field(name).type
    if name not in rows.column_names:
        return pa.nulls(rows.num_rows, kind)
    return pc.cast(rows[name], kind).combine_chunks()


class _RowsBySchool:
    """Columns of the rows, one entry a school: what the row that speaks about it says, null where none does.

    One source and one date often stand for all facts of a row, as the same column under several names; it is looked up once.
    """

    def __init__(self, rows: pa.Table, row_of_school: Int64Array) -> None:
        self._rows = rows
        self._is_same_order = len(row_of_school) == rows.num_rows and bool((row_of_school == np.arange(rows.num_rows)).all())
        self._positions = pa.array(row_of_school, mask=row_of_school < 0)
        self._taken: dict[tuple[Any, ...], pa.Array] = {}

    def __len__(self) -> int:
        return len(self._positions)

    def column(self, name: str) -> pa.Array:
        """A column of the rows by school; all null where the file has none."""
        kind = FACTS_SCHEMA.field(name).type
        if name not in self._rows.column_names:
            return self._kept((kind,), lambda: pa.nulls(len(self), kind))
        column = self._rows[name]
        buffers = tuple((b.address if b else 0) for chunk in column.chunks for b in chunk.buffers())
        return self._kept((kind, buffers, len(column)), lambda: self._by_school(_column(self._rows, name)))

    def _by_school(self, column: pa.Array) -> pa.Array:
        return column if self._is_same_order else column.take(self._positions)

    def _kept(self, key: tuple[Any, ...], make: Callable[[], pa.Array]) -> pa.Array:
        if key not in self._taken:
            self._taken[key] = make()
        return self._taken[key]


def _new_id(rows: pa.Table) -> tuple[pa.Array, pa.Array, pa.Array]:
    """School id, Giga's id and the government's id that each row would have as a new school.

    A file that knows only `school_id` names the school in the government's words.
    """
    giga, govt, own = (_column(rows, name) for name in ("school_id_giga", "school_id_govt", "school_id"))
    govt = pc.if_else(pc.and_(pc.is_null(giga), pc.is_null(govt)), own, govt)
    return pc.coalesce(giga, govt), giga, govt


def _new_schools(facts: pa.Table, rows: pa.Table, matches: Matches, *, may_add: bool) -> tuple[BoolArray, BoolArray]:
    """Rows that are new schools, and rows that cannot be because their id is taken by another school or row."""
    none = np.zeros(rows.num_rows, dtype=bool)
    if not may_add or not rows.num_rows:
        return none, none
    candidate = matches.is_unmatched
    ids = _new_id(rows)[0]
    is_taken = np.asarray(pc.is_in(ids, value_set=facts["school_id"].combine_chunks()))
    codes = np.asarray(pc.if_else(pa.array(candidate), ids, None).dictionary_encode().indices.fill_null(-1))
    repeats = np.bincount(codes[codes >= 0], minlength=1)
    is_repeated = (codes >= 0) & (repeats[np.maximum(codes, 0)] > 1)
    clashes = candidate & (is_taken | is_repeated | np.asarray(pc.is_null(ids)))
    return candidate & ~clashes, clashes


def _blank_schools(rows: pa.Table, is_new: BoolArray) -> pa.Table:
    picked = rows.filter(pa.array(is_new))
    count = picked.num_rows
    columns: dict[str, pa.Array] = {field.name: pa.nulls(count, field.type) for field in FACTS_SCHEMA}
    columns["school_id"], columns["school_id_giga"], columns["school_id_govt"] = _new_id(picked)
    columns["connectivity"] = pa.array(["unknown"] * count, pa.string())
    columns["school_area_type"] = pa.array(["unknown"] * count, pa.string())
    return pa.table(columns, schema=FACTS_SCHEMA)


def _fill_ids(columns: dict[str, pa.Array], rows: pa.Table, taken_rows: _RowsBySchool) -> BoolArray:
    """Give a school the id it lacks; an id that it has stays."""
    is_filled = np.zeros(len(taken_rows), dtype=bool)
    for name in ("school_id_giga", "school_id_govt"):
        incoming = taken_rows.column(name)
        fills = pc.and_(pc.is_null(columns[name]), pc.is_valid(incoming))
        columns[name] = pc.coalesce(columns[name], incoming)
        is_filled |= np.asarray(fills)
    return is_filled


def _apply_fact(
    fact: Fact, columns: dict[str, pa.Array], rows: pa.Table, taken_rows: _RowsBySchool, import_id: int
) -> tuple[BoolArray, BoolArray, BoolArray] | None:
    """Apply one fact in place; which schools a row carries it for, where it is stale, and where it changed. None if absent."""
    names = [name for name in FACT_COLUMNS[fact] if name in rows.column_names]
    if not names:
        return None
    incoming = {name: taken_rows.column(name) for name in names}
    carries = np.logical_or.reduce([np.asarray(pc.is_valid(values)) for values in incoming.values()])
    date, source = f"{fact}_collected_on", f"{fact}_source"
    new_date, new_source = taken_rows.column(date), taken_rows.column(source)
    is_stale = carries & np.asarray(pc.fill_null(pc.less(new_date, columns[date]), False))
    applies = carries & ~is_stale
    is_new = np.zeros(len(applies), dtype=bool)
    for name, values in incoming.items():
        sets = applies & np.asarray(pc.is_valid(values)) & differs(values, columns[name])
        columns[name] = pc.if_else(pa.array(sets), values, columns[name])
        is_new |= sets
    restates = applies & ~is_new & (_restates(new_date, columns[date]) | _restates(new_source, columns[source]))
    for name, values in ((date, new_date), (source, new_source)):
        kept = pc.if_else(pa.array(restates), pc.coalesce(values, columns[name]), columns[name])
        columns[name] = pc.if_else(pa.array(is_new), values, kept)
    is_changed = is_new | restates
    columns[f"{fact}_import"] = pc.if_else(pa.array(is_changed), pa.scalar(import_id, pa.int32()), columns[f"{fact}_import"])
    return carries, is_stale, is_changed


def _restates(incoming: pa.Array, present: pa.Array) -> BoolArray:
    """Where a stated date or source differs from the present one."""
    return np.asarray(pc.is_valid(incoming)) & differs(incoming, present)


def _keeps_other_id(base: pa.Table, rows: pa.Table, school: Int64Array) -> BoolArray:
    keeps = np.zeros(rows.num_rows, dtype=bool)
    positions = pa.array(school, mask=school < 0)
    for name in ("school_id_giga", "school_id_govt"):
        own, stated = base[name].combine_chunks().take(positions), _column(rows, name)
        keeps |= np.asarray(pc.fill_null(pc.not_equal(folded(own), folded(stated)), False))
    return keeps


def _school_outcomes(is_changed: BoolArray, is_stale: BoolArray) -> Int8Array:
    """Outcome of the row that speaks about each school, were the school not new; shape (schools,)."""
    outcome = np.full(len(is_changed), OUTCOMES.index(Outcome.UNCHANGED), dtype=np.int8)
    outcome[is_stale] = OUTCOMES.index(Outcome.STALE)
    outcome[is_changed] = OUTCOMES.index(Outcome.CHANGED)
    return outcome
