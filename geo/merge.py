"""Apply matched rows of a file to the schools: what each row does, fact by fact, and the schools afterwards.

Pure functions on tables of `geo.schools.FACTS_SCHEMA`. Absent columns keep what a school had, and so do blank cells unless they are
said to clear; an older dated fact never overwrites a newer one of the same kind; declared and measured speeds are different facts and
never erase each other.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from geo.join import NO_SCHOOL, Matches, folded
from geo.model import FACT_COLUMNS, OUTCOMES, AreaType, Connectivity, Fact, ImportMode, Outcome
from geo.rows_by_school import RowsBySchool, column_of
from geo.schools import FACTS_SCHEMA, ID_COLUMNS, BoolArray, Int8Array, Int64Array, differs, one_chunk

MERGING_THREADS = 2
"""Facts that are applied side by side; more would take the machine from those who read pages."""

UNKNOWN_WORDS = {"connectivity": Connectivity.UNKNOWN.value, "school_area_type": AreaType.UNKNOWN.value}
"""What "unknown" is in the columns that are never null."""


@dataclass(frozen=True)
class Rules:
    """What rows may do to schools.

    Parameters
    ----------
    import_id
        The import that changed facts are credited to.
    may_add
        Whether a row without a school is a new school (the file has coordinates) or unmatched.
    mode
        `update` takes rows for facts about schools, `replace` for the whole list besides, `remove` for schools that are to go.
    clears
        Columns in which an empty cell says that the value is not known any more; in all others it says nothing.
    """

    import_id: int
    may_add: bool
    mode: ImportMode = ImportMode.UPDATE
    clears: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Merged:
    """The schools after a file, and what became of its rows.

    Parameters
    ----------
    facts
        Table of `FACTS_SCHEMA`: the present schools that stay in their order, then the new ones in the order of their rows.
    outcome
        Position in `OUTCOMES` of each row's outcome, shape (rows,).
    school
        Position in `facts` of the school each row speaks about, -1 where none or where it goes; shape (rows,).
    changed_facts, stale_facts
        How many schools each fact changed for, and for how many it came older than what is known.
    keeps_other_id
        Rows matched by one id whose other id differs from the school's own, which stays; shape (rows,).
    dropped
        Positions among the schools before of those that go: named by a `remove` file, or by no row of a `replace` file.
    kept_in_doubt
        Schools that a `replace` file keeps only because a row that was not used has one of their ids.
    """

    facts: pa.Table
    outcome: Int8Array
    school: Int64Array
    changed_facts: dict[Fact, int]
    stale_facts: dict[Fact, int]
    keeps_other_id: BoolArray
    dropped: Int64Array
    kept_in_doubt: int = 0

    def count(self, outcome: Outcome) -> int:
        """How many rows had an outcome."""
        return int((self.outcome == OUTCOMES.index(outcome)).sum())


def merge(facts: pa.Table, rows: pa.Table, matches: Matches, rules: Rules) -> Merged:
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

    Notes
    -----
    Definition: docs/definitions.md#modes.
    """
    if rules.mode is ImportMode.REMOVE:
        return _removed(facts, rows, matches)
    merged = _updated(facts, rows, matches, rules)
    return merged if rules.mode is ImportMode.UPDATE else _without_unnamed(facts, rows, matches, merged)


def _removed(facts: pa.Table, rows: pa.Table, matches: Matches) -> Merged:
    """The schools without those that rows name; whatever else the rows say is not looked at."""
    outcome = np.full(rows.num_rows, OUTCOMES.index(Outcome.UNMATCHED), dtype=np.int8)
    outcome[matches.school >= 0] = OUTCOMES.index(Outcome.REMOVED)
    outcome[matches.is_ambiguous] = OUTCOMES.index(Outcome.AMBIGUOUS)
    is_named = matches.row_of_school != NO_SCHOOL
    return Merged(
        facts=facts.filter(pa.array(~is_named)).combine_chunks(),
        outcome=outcome,
        school=np.full(rows.num_rows, NO_SCHOOL, dtype=np.int64),
        changed_facts={},
        stale_facts={},
        keeps_other_id=np.zeros(rows.num_rows, dtype=bool),
        dropped=np.flatnonzero(is_named),
    )


def _without_unnamed(facts: pa.Table, rows: pa.Table, matches: Matches, merged: Merged) -> Merged:
    """The schools without those that no row names.

    A school stays where a row that could not be used has one of its ids: nobody said that it is gone.
    """
    is_unnamed = matches.row_of_school == NO_SCHOOL
    in_doubt = is_unnamed & _has_id_of(facts, rows.filter(pa.array(merged.outcome == OUTCOMES.index(Outcome.AMBIGUOUS))))
    stays = np.ones(merged.facts.num_rows, dtype=bool)
    stays[: facts.num_rows] = ~is_unnamed | in_doubt
    position = np.cumsum(stays, dtype=np.int64) - 1
    return replace(
        merged,
        facts=merged.facts if stays.all() else merged.facts.filter(pa.array(stays)).combine_chunks(),
        school=np.where(merged.school >= 0, position[merged.school], NO_SCHOOL) if len(position) else merged.school,
        dropped=np.flatnonzero(is_unnamed & ~in_doubt),
        kept_in_doubt=int(in_doubt.sum()),
    )


def _has_id_of(facts: pa.Table, rows: pa.Table) -> BoolArray:
    """Schools of which some id is, but for case and blanks, an id of some row; shape (schools,)."""
    has = np.zeros(facts.num_rows, dtype=bool)
    if not rows.num_rows:
        return has
    named = pa.concat_arrays([folded(column_of(rows, name)) for name in ID_COLUMNS]).drop_null()
    for name in ID_COLUMNS:
        has |= np.asarray(pc.is_in(folded(column_of(facts, name)), value_set=named, skip_nulls=True))
    return has


def _updated(facts: pa.Table, rows: pa.Table, matches: Matches, rules: Rules) -> Merged:
    """The schools with what the rows say about them, and the new ones."""
    is_new, clashes = _new_schools(facts, rows, matches, may_add=rules.may_add)
    school = matches.school.copy()
    school[is_new] = facts.num_rows + np.arange(int(is_new.sum()))
    base = pa.concat_tables([facts, _blank_schools(rows, is_new)]) if is_new.any() else facts
    row_of_school = np.full(base.num_rows, NO_SCHOOL, dtype=np.int64)
    row_of_school[school[school >= 0]] = np.flatnonzero(school >= 0)
    taken_rows = RowsBySchool(rows, row_of_school)
    columns = {name: one_chunk(base[name]) for name in base.column_names}
    by_person = np.append(matches.by_person, False)[row_of_school]
    is_changed = _fill_ids(columns, taken_rows, ~by_person)
    carries, is_stale = np.zeros(base.num_rows, dtype=bool), np.zeros(base.num_rows, dtype=bool)
    changed_facts: dict[Fact, int] = {}
    stale_facts: dict[Fact, int] = {}
    with ThreadPoolExecutor(max_workers=MERGING_THREADS) as pool:  # no two facts share a column
        applied = list(pool.map(lambda fact: _apply_fact(fact, columns, taken_rows, rules), Fact))
    for fact, done in zip(Fact, applied, strict=True):
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
        keeps_other_id=_keeps_other_id(base, rows, school) & ~matches.by_person,
        dropped=np.zeros(0, dtype=np.int64),
    )


def _new_id(rows: pa.Table) -> tuple[pa.Array, pa.Array, pa.Array]:
    """School id, Giga's id and the government's id that each row would have as a new school.

    A file that knows only `school_id` names the school in the government's words.
    """
    giga, govt, own = (column_of(rows, name) for name in ("school_id_giga", "school_id_govt", "school_id"))
    govt = pc.if_else(pc.and_(pc.is_null(giga), pc.is_null(govt)), own, govt)
    return pc.coalesce(giga, govt), giga, govt


def _new_schools(facts: pa.Table, rows: pa.Table, matches: Matches, *, may_add: bool) -> tuple[BoolArray, BoolArray]:
    """Rows that are new schools, and rows that cannot be because their id is taken by another school or row."""
    none = np.zeros(rows.num_rows, dtype=bool)
    if not may_add or not rows.num_rows:
        return none, none
    candidate = matches.is_unmatched
    ids = _new_id(rows)[0]
    is_taken = np.asarray(pc.is_in(ids, value_set=one_chunk(facts["school_id"])))
    codes = np.asarray(pc.if_else(pa.array(candidate), ids, None).dictionary_encode().indices.fill_null(-1))
    repeats = np.bincount(codes[codes >= 0], minlength=1)
    is_repeated = (codes >= 0) & (repeats[np.maximum(codes, 0)] > 1)
    clashes = candidate & (is_taken | is_repeated | np.asarray(pc.is_null(ids)))
    return candidate & ~clashes, clashes


def _blank_schools(rows: pa.Table, is_new: BoolArray) -> pa.Table:
    picked = rows.select([name for name in ID_COLUMNS if name in rows.column_names]).filter(pa.array(is_new))
    count = picked.num_rows
    blank = {kind: pa.nulls(count, kind) for kind in set(FACTS_SCHEMA.types)}
    columns: dict[str, pa.Array] = {field.name: blank[field.type] for field in FACTS_SCHEMA}
    columns["school_id"], columns["school_id_giga"], columns["school_id_govt"] = _new_id(picked)
    columns["connectivity"] = pa.repeat(pa.scalar("unknown", pa.string()), count)
    columns["school_area_type"] = columns["connectivity"]
    return pa.table(columns, schema=FACTS_SCHEMA)


def _fill_ids(columns: dict[str, pa.Array], taken_rows: RowsBySchool, may_fill: BoolArray) -> BoolArray:
    """Give a school the id it lacks; an id that it has stays, and so does a gap where a person matched a row of foreign ids."""
    is_filled = np.zeros(len(taken_rows), dtype=bool)
    for name in ("school_id_giga", "school_id_govt"):
        incoming = taken_rows.column(name)
        incoming = incoming if may_fill.all() else pc.if_else(pa.array(may_fill), incoming, None)
        fills = pc.and_(pc.is_null(columns[name]), pc.is_valid(incoming))
        columns[name] = pc.coalesce(columns[name], incoming)
        is_filled |= np.asarray(fills)
    return is_filled


def _apply_fact(
    fact: Fact, columns: dict[str, pa.Array], taken_rows: RowsBySchool, rules: Rules
) -> tuple[BoolArray, BoolArray, BoolArray] | None:
    """Apply one fact in place; which schools a row carries it for, where it is stale, and where it changed. None if absent."""
    names = [name for name in FACT_COLUMNS[fact] if taken_rows.has(name)]
    if not names:
        return None
    incoming = {name: _said(taken_rows, name, rules) for name in names}
    carries = np.logical_or.reduce([says for _, says in incoming.values()])
    date, source = f"{fact}_collected_on", f"{fact}_source"
    new_date, new_source = taken_rows.column(date), taken_rows.column(source)
    is_stale = carries & np.asarray(pc.fill_null(pc.less(new_date, columns[date]), False))
    applies = carries & ~is_stale
    is_new = np.zeros(len(applies), dtype=bool)
    for name, (values, says) in incoming.items():
        sets = applies & says & differs(values, columns[name])
        columns[name] = pc.if_else(pa.array(sets), values, columns[name])
        is_new |= sets
    restates = applies & ~is_new & (_restates(new_date, columns[date]) | _restates(new_source, columns[source]))
    for name, values in ((date, new_date), (source, new_source)):
        kept = pc.if_else(pa.array(restates), pc.coalesce(values, columns[name]), columns[name])
        columns[name] = pc.if_else(pa.array(is_new), values, kept)
    is_changed = is_new | restates
    columns[f"{fact}_import"] = pc.if_else(pa.array(is_changed), pa.scalar(rules.import_id, pa.int32()), columns[f"{fact}_import"])
    return carries, is_stale, is_changed


def _said(taken_rows: RowsBySchool, name: str, rules: Rules) -> tuple[pa.Array, BoolArray]:
    """What rows say of a column by school, and where they say anything; an empty cell says "unknown" where it clears."""
    values = taken_rows.column(name)
    if name not in rules.clears:
        return values, np.asarray(pc.is_valid(values))
    if name in UNKNOWN_WORDS:
        values = pc.if_else(pa.array(taken_rows.is_named), pc.fill_null(values, UNKNOWN_WORDS[name]), values)
    return values, taken_rows.is_named


def _restates(incoming: pa.Array, present: pa.Array) -> BoolArray:
    """Where a stated date or source differs from the present one."""
    return np.asarray(pc.is_valid(incoming)) & differs(incoming, present)


def _keeps_other_id(base: pa.Table, rows: pa.Table, school: Int64Array) -> BoolArray:
    keeps = np.zeros(rows.num_rows, dtype=bool)
    positions = pa.array(school, mask=school < 0)
    for name in ("school_id_giga", "school_id_govt"):
        own, stated = one_chunk(base[name]).take(positions), column_of(rows, name)
        keeps |= np.asarray(pc.fill_null(pc.not_equal(folded(own), folded(stated)), False))
    return keeps


def _school_outcomes(is_changed: BoolArray, is_stale: BoolArray) -> Int8Array:
    """Outcome of the row that speaks about each school, were the school not new; shape (schools,)."""
    outcome = np.full(len(is_changed), OUTCOMES.index(Outcome.UNCHANGED), dtype=np.int8)
    outcome[is_stale] = OUTCOMES.index(Outcome.STALE)
    outcome[is_changed] = OUTCOMES.index(Outcome.CHANGED)
    return outcome
