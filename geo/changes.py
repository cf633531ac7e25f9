"""What changed between two releases, and the schools as they would be without one release's changes.

Pure functions on tables with a unique `school_id`; rows may be in any order.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from geo.model import CONNECTIVITIES, FACT_COLUMNS, Connectivity
from geo.schools import FACTS_SCHEMA, BoolArray, Int64Array, differs, one_chunk, plain, taken

COMPARED_COLUMNS: tuple[str, ...] = (
    "school_id_giga",
    "school_id_govt",
    *(column for columns in FACT_COLUMNS.values() for column in columns),
)
"""Columns whose change is a change of the school; sources and dates alone are told apart."""


@dataclass(frozen=True)
class Comparison:
    """Two tables of schools side by side.

    Parameters
    ----------
    before, after
        The tables, plain columns.
    paired_before, paired_after
        Positions of the schools that are in both, shape (pairs,), in the order of `after`.
    added, removed
        Positions in `after` and in `before` of the schools that are in one alone.
    changed
        For each compared column the pairs it differs in, shape (pairs,).
    """

    before: pa.Table
    after: pa.Table
    paired_before: Int64Array
    paired_after: Int64Array
    added: Int64Array
    removed: Int64Array
    changed: Mapping[str, BoolArray]

    @cached_property
    def is_changed(self) -> BoolArray:
        """Pairs that differ in any compared column, shape (pairs,)."""
        return np.asarray(np.logical_or.reduce([np.zeros(len(self.paired_after), dtype=bool), *self.changed.values()]), dtype=bool)

    @cached_property
    def happened(self) -> Mapping[str, BoolArray]:
        """What happened to pairs, each of shape (pairs,): `moved`, `newly_connected`, `lost_connection`, `gone_silent`."""
        was, now = (self._connectivity(self.before, self.paired_before), self._connectivity(self.after, self.paired_after))
        yes, no, unknown = (CONNECTIVITIES.index(word) for word in Connectivity)
        return {
            "moved": self.changed["latitude"] | self.changed["longitude"],
            "newly_connected": (was != yes) & (now == yes),
            "lost_connection": (was == yes) & (now == no),
            "gone_silent": (was != unknown) & (now == unknown),
        }

    def counts(self) -> dict[str, int]:
        """Schools added, removed, changed, moved, newly connected, lost, and gone silent."""
        return {
            "schools_added": len(self.added),
            "schools_removed": len(self.removed),
            "schools_changed": int(self.is_changed.sum()),
            **{f"schools_{kind}": int(pairs.sum()) for kind, pairs in self.happened.items()},
        }

    def changed_columns(self) -> dict[str, int]:
        """How many schools each compared column differs in; columns that differ in none are left out."""
        return {name: int(pairs.sum()) for name, pairs in self.changed.items() if pairs.any()}

    @staticmethod
    def _connectivity(table: pa.Table, positions: Int64Array) -> Int64Array:
        words = pa.array([str(word) for word in CONNECTIVITIES])
        return np.asarray(pc.index_in(_take(table, "connectivity", positions), value_set=words).fill_null(-1))


def compare(before: pa.Table, after: pa.Table, *, columns: Sequence[str] = COMPARED_COLUMNS) -> Comparison:
    """Pair the schools of two tables by `school_id` and tell where they differ; null equals null and nothing else."""
    schema = pa.schema([FACTS_SCHEMA.field(name) for name in ("school_id", *columns)])
    before, after = plain(before, schema), plain(after, schema)
    paired_before, paired_after = _paired(one_chunk(before["school_id"]), one_chunk(after["school_id"]))
    return Comparison(
        before=before,
        after=after,
        paired_before=paired_before,
        paired_after=paired_after,
        added=_others(paired_after, after.num_rows),
        removed=_others(paired_before, before.num_rows),
        changed={name: differs(_take(before, name, paired_before), _take(after, name, paired_after)) for name in columns},
    )


def _paired(before: pa.Array, after: pa.Array) -> tuple[Int64Array, Int64Array]:
    """Positions of the ids that are in both, in the order of `after`.

    Merging leaves the present schools where they are and puts new ones behind them, so that is looked at first.
    """
    count = len(before)
    if count <= len(after) and pc.all(pc.equal(before, after[:count])).as_py():
        return np.arange(count), np.arange(count)
    found = np.asarray(pc.index_in(after, value_set=before).fill_null(-1))
    paired_after = np.flatnonzero(found >= 0)
    return found[paired_after].astype(np.int64), paired_after


def _others(positions: Int64Array, count: int) -> Int64Array:
    """Those of the first `count` numbers that are not among the positions."""
    is_other = np.ones(count, dtype=bool)
    is_other[positions] = False
    return np.flatnonzero(is_other)


@dataclass(frozen=True)
class Undone:
    """The schools without the changes of one release, or what stands in the way.

    `clashes` are (school_id, column) pairs that later releases changed again; `facts` is only meaningful without them.
    """

    facts: pa.Table
    clashes: tuple[tuple[str, str], ...]
    clashes_total: int


MAX_CLASHES_LISTED = 100


def without_changes_of(parent: pa.Table, release: pa.Table, current: pa.Table) -> Undone:
    """Take the changes that a release made to its parent back out of the current schools.

    A cell that the release changed gets its former value if nobody changed it since; a school that the release added goes if
    nobody changed it since; a school that it removed comes back if it has not returned.

    Parameters
    ----------
    parent, release, current
        Tables that hold the columns of `FACTS_SCHEMA`.
    """
    columns = tuple(name for name in FACTS_SCHEMA.names if name != "school_id")
    made = compare(parent, release, columns=columns)
    facts = plain(current, FACTS_SCHEMA)
    clashes: list[tuple[str, str]] = []
    ids = one_chunk(facts["school_id"])
    arrays = {name: one_chunk(facts[name]) for name in columns}
    for name in columns:
        arrays[name] = _restore_column(name, made, arrays[name], ids, clashes)
    restored = pa.table([ids, *arrays.values()], schema=FACTS_SCHEMA)
    restored = _without_added(restored, facts, made, clashes)
    lost = made.before.take(pa.array(made.removed)).select(FACTS_SCHEMA.names).cast(FACTS_SCHEMA)
    returned = pc.is_in(one_chunk(lost["school_id"]), value_set=ids)
    clashes.extend((school_id, "school_id") for school_id in lost["school_id"].filter(returned).to_pylist())
    return Undone(pa.concat_tables([restored, lost]), tuple(clashes[:MAX_CLASHES_LISTED]), len(clashes))


def _take(table: pa.Table, name: str, positions: Int64Array) -> pa.Array:
    return taken(one_chunk(table[name]), positions)


def _restore_column(name: str, made: Comparison, present: pa.Array, ids: pa.Array, clashes: list[tuple[str, str]]) -> pa.Array:
    """A column of the current schools with the release's changes taken back; clashes are added to the list."""
    pairs = np.flatnonzero(made.changed[name])
    if not len(pairs):
        return present
    school_ids = _take(made.after, "school_id", made.paired_after[pairs])
    at = np.asarray(pc.index_in(school_ids, value_set=ids).fill_null(-1))
    pairs, at = pairs[at >= 0], at[at >= 0]
    former = _take(made.before, name, made.paired_before[pairs])
    set_by_release = _take(made.after, name, made.paired_after[pairs])
    now = present.take(pa.array(at))
    is_later = differs(now, set_by_release) & differs(now, former)
    clashes.extend((school_id, name) for school_id in ids.take(pa.array(at[is_later])).to_pylist())
    source = np.full(len(present), -1, dtype=np.int64)
    source[at] = np.arange(len(at))
    is_touched = source >= 0
    return pc.if_else(pa.array(is_touched), former.take(pa.array(source, mask=~is_touched)), present)


def _without_added(restored: pa.Table, current: pa.Table, made: Comparison, clashes: list[tuple[str, str]]) -> pa.Table:
    """Drop the schools that the release added; those that changed since are clashes."""
    added = made.after.take(pa.array(made.added))
    later = compare(added, current, columns=tuple(made.changed))
    changed_ids = _take(later.after, "school_id", later.paired_after[later.is_changed]).to_pylist()
    clashes.extend((school_id, "school_id") for school_id in changed_ids)
    is_added = pc.is_in(one_chunk(restored["school_id"]), value_set=one_chunk(added["school_id"]))
    return restored.filter(pc.invert(is_added))
