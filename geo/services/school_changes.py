"""The schools that changed between two releases: what happened to each, where it lies, and its status on both sides."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from geo.changes import compare
from geo.errors import InvalidParameter
from geo.model import CONNECTIVITIES, STATUSES, Connectivity, Status
from geo.schools import BoolArray, FloatArray, Int64Array, is_position
from geo.services.coverage import Shown
from geo.services.opened import OpenedRelease
from geo.services.workspace import Workspace

CHANGE_KINDS: tuple[str, ...] = (
    "lost_connection",
    "gone_silent",
    "removed",
    "newly_connected",
    "added",
    "moved",
    "status_changed",
)
"""What can happen to a school, what needs a look first. A school counts under each that holds, and is drawn as the first of those shown."""

_COMPARED = ("latitude", "longitude", "connectivity")
NO_ROW = -1

KindBits = npt.NDArray[np.uint8]


@dataclass(frozen=True)
class SchoolChanges:
    """Changed schools as arrays of length n, first kind first, then in the releases' order.

    Parameters
    ----------
    before, after
        The two releases under one norm.
    rows_before, rows_after
        Row of each school in either release, `NO_ROW` where it is not in it.
    kinds
        Bit k is set where kind k of `CHANGE_KINDS` holds.
    """

    before: Shown
    after: Shown
    rows_before: Int64Array
    rows_after: Int64Array
    kinds: KindBits

    def __len__(self) -> int:
        return len(self.kinds)

    @cached_property
    def counts(self) -> Mapping[str, int]:
        """How many schools each kind holds for, in the order of `CHANGE_KINDS`; a school may count under several."""
        return {kind: int(np.count_nonzero(self.kinds & (1 << bit))) for bit, kind in enumerate(CHANGE_KINDS)}

    @cached_property
    def newly_known(self) -> int:
        """How many of the newly connected schools nobody had reported on before, so that they may have been connected all along."""
        is_new = np.flatnonzero((self.kinds & (1 << CHANGE_KINDS.index("newly_connected"))) != 0)
        was = self.before.opened.columns.connectivity[self.rows_before[is_new]]
        return int(np.count_nonzero(was == CONNECTIVITIES.index(Connectivity.UNKNOWN)))

    def of(self, kinds: Collection[str]) -> SchoolChanges:
        """Those for which any of some kinds holds; all of them where none is named."""
        if not kinds:
            return self
        wanted = sum(1 << CHANGE_KINDS.index(kind) for kind in set(kinds))
        return self._at(np.flatnonzero(self.kinds & wanted))

    def page(self, start: int, stop: int) -> SchoolChanges:
        """A slice of them."""
        return self._at(np.arange(len(self))[start:stop])

    def _at(self, positions: Int64Array) -> SchoolChanges:
        return SchoolChanges(self.before, self.after, self.rows_before[positions], self.rows_after[positions], self.kinds[positions])

    @cached_property
    def places(self) -> tuple[FloatArray, FloatArray]:
        """Longitude and latitude of each school, degrees, WGS84: where it is now, else where it was."""
        now, was = (_positions(side, rows) for side, rows in ((self.after, self.rows_after), (self.before, self.rows_before)))
        is_now = is_position(now[1], now[0])
        return np.where(is_now, now[0], was[0]), np.where(is_now, now[1], was[1])

    @cached_property
    def former_places(self) -> tuple[FloatArray, FloatArray]:
        """Longitude and latitude of each school as it was, NaN where it was not there."""
        return _positions(self.before, self.rows_before)

    @property
    def is_placed(self) -> BoolArray:
        """Which of them a map can draw."""
        longitude, latitude = self.places
        return is_position(latitude, longitude)


@dataclass(frozen=True)
class ChangedSchool:
    """One changed school for a list; what a side does not have is None."""

    school_id: str
    school_name: str | None
    admin1: str | None
    kinds: tuple[str, ...]
    status_before: Status | None
    status_after: Status | None
    num_students: int | None


def school_changes(workspace: Workspace, before: Shown, after: Shown) -> SchoolChanges:
    """The schools that changed between two releases, of those that the filter selects on either side.

    Norm, basis and filter are those of `after`. A side that does not know a region of the filter selects no school.
    """
    key = (before.release.sha256, after.release.sha256, after.norm.name, after.basis)
    rows_before, rows_after, kinds = workspace.compared_releases.get(key, lambda: _all_changes(before, after))
    if after.where:
        is_in = _selected(before, rows_before) | _selected(after, rows_after)
        rows_before, rows_after, kinds = rows_before[is_in], rows_after[is_in], kinds[is_in]
    return SchoolChanges(before, after, rows_before, rows_after, kinds)


def _all_changes(before: Shown, after: Shown) -> tuple[Int64Array, Int64Array, KindBits]:
    """Rows and kinds of every changed school, first kind first."""
    comparison = compare(before.opened.table, after.opened.table, columns=_COMPARED)
    was, now = (side.opened.statuses(after.norm, after.basis) for side in (before, after))
    pairs = {**comparison.happened, "status_changed": was[comparison.paired_before] != now[comparison.paired_after]}
    bits = np.zeros(len(comparison.paired_after), dtype=np.uint8)
    for kind, holds in pairs.items():
        bits |= holds.astype(np.uint8) << CHANGE_KINDS.index(kind)
    changed = np.flatnonzero(bits)
    added, removed = comparison.added, comparison.removed
    kinds = np.concatenate([bits[changed], _only("added", len(added)), _only("removed", len(removed))])
    rows_before = np.concatenate([comparison.paired_before[changed], np.full(len(added), NO_ROW), removed])
    rows_after = np.concatenate([comparison.paired_after[changed], added, np.full(len(removed), NO_ROW)])
    first = kinds & -kinds.astype(np.int16)
    order = np.lexsort((np.where(rows_after == NO_ROW, rows_before, rows_after), first))
    return rows_before[order], rows_after[order], kinds[order]


def _only(kind: str, count: int) -> KindBits:
    return np.full(count, 1 << CHANGE_KINDS.index(kind), dtype=np.uint8)


def _selected(side: Shown, rows: Int64Array) -> BoolArray:
    """Which rows a filter selects; none of a release that does not know a value of it, and never `NO_ROW`."""
    try:
        mask = side.opened.mask(side.where, side.norm, side.basis)
    except InvalidParameter:
        return np.zeros(len(rows), dtype=bool)
    return (rows != NO_ROW) if mask is None else np.asarray((rows != NO_ROW) & mask[rows])


def _positions(side: Shown, rows: Int64Array) -> tuple[FloatArray, FloatArray]:
    columns = side.opened.columns
    if not len(columns):
        return np.full(len(rows), np.nan), np.full(len(rows), np.nan)
    is_there = rows != NO_ROW
    longitude, latitude = (np.where(is_there, values[rows], np.nan) for values in (columns.longitude, columns.latitude))
    return longitude, latitude


def changed_schools(changes: SchoolChanges) -> tuple[ChangedSchool, ...]:
    """The schools of some changes in their order; at most a page of them."""
    was = _described(changes.before.opened, changes.rows_before)
    now = _described(changes.after.opened, changes.rows_after)
    statuses = [_statuses(side, rows) for side, rows in ((changes.before, changes.rows_before), (changes.after, changes.rows_after))]
    return tuple(
        ChangedSchool(
            **(now[at] or was[at] or {}),
            kinds=tuple(kind for bit, kind in enumerate(CHANGE_KINDS) if held & (1 << bit)),
            status_before=statuses[0][at],
            status_after=statuses[1][at],
        )
        for at, held in enumerate(changes.kinds.tolist())
    )


_LISTED = ("school_id", "school_name", "admin1", "num_students")


def _described(opened: OpenedRelease, rows: Int64Array) -> list[dict[str, Any] | None]:
    """What a list says of some rows, None for `NO_ROW`."""
    taken = pa.array(np.maximum(rows, 0), mask=rows == NO_ROW)
    picked = opened.table.select(list(_LISTED)).take(taken)
    texts = {
        name: pc.cast(picked[name], pa.string()).to_pylist() if name != "num_students" else picked[name].to_pylist() for name in _LISTED
    }
    return [None if row == NO_ROW else {name: texts[name][at] for name in _LISTED} for at, row in enumerate(rows.tolist())]


def _statuses(side: Shown, rows: Int64Array) -> list[Status | None]:
    codes = side.opened.statuses(side.norm, side.basis)
    return [None if row == NO_ROW else STATUSES[codes[row]] for row in rows.tolist()]
