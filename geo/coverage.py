"""Coverage: how many schools and students have each status, in any grouping, as counts, shares, bounds and rural gaps.

Pure functions on columns. Definitions: docs/definitions.md#coverage.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from geo.model import AREA_TYPES, STATUSES, AreaType, Grouping, Status
from geo.schools import BoolArray, CodedColumn, FloatArray, Int8Array, Int64Array, SchoolColumns
from geo.tally import Share, Tally

MAX_GROUPINGS = 3
DEFINITIONS = 1
"""Version of what is counted how: raise it when a count, a status or the meaning of a named norm changes, so that no older citation is
held against figures of another meaning. See docs/decisions/0027-citations.md."""

_UNCONNECTED = STATUSES.index(Status.UNCONNECTED)
_RURAL = AREA_TYPES.index(AreaType.RURAL)


@dataclass(frozen=True)
class CoverageTable:
    """Coverage of groups as columns.

    Parameters
    ----------
    by
        The groupings, outermost first.
    keys
        Per grouping the label of each group, None for schools without a value; shape (groups,) each.
    schools, students
        Tallies; students count only schools of known enrolment.
    without_enrolment
        Schools of unknown enrolment by status, shape (groups, 5).
    flagged_position
        Schools with a flag that doubts their position, shape (groups,).
    """

    by: tuple[Grouping, ...]
    keys: tuple[tuple[str | None, ...], ...]
    schools: Tally
    students: Tally
    without_enrolment: Int64Array
    flagged_position: Int64Array

    def __len__(self) -> int:
        return len(self.without_enrolment)

    def rows(self) -> tuple[CoverageRow, ...]:
        """One row per group, in the table's order."""
        columns = self.figures()
        names = tuple(columns)
        values = zip(*columns.values(), strict=True)
        keys = zip(*self.keys, strict=True) if self.by else iter([()] * len(self))
        return tuple(
            CoverageRow(dict(zip(self.by, key, strict=True)), dict(zip(names, row, strict=True)))
            for key, row in zip(keys, values, strict=True)
        )

    def whole(self) -> CoverageTable:
        """Coverage of all schools of all groups, as one group: what counting without groupings gives."""
        return CoverageTable(
            by=(),
            keys=(),
            schools=Tally(self.schools.counts.sum(axis=0, keepdims=True)),
            students=Tally(self.students.counts.sum(axis=0, keepdims=True)),
            without_enrolment=self.without_enrolment.sum(axis=0, keepdims=True),
            flagged_position=self.flagged_position.sum(keepdims=True),
        )

    def rows_and_total(self) -> tuple[tuple[CoverageRow, ...], CoverageRow]:
        """The rows, and that of `whole`, worked out together, which takes hardly longer than the rows alone."""
        whole = self.whole()
        if Grouping.STATUS in self.by:  # only the total has shares
            return self.rows(), whole.rows()[0]
        joined = CoverageTable(
            by=self.by,
            keys=tuple((*labels, None) for labels in self.keys),
            schools=Tally(np.concatenate([self.schools.counts, whole.schools.counts])),
            students=Tally(np.concatenate([self.students.counts, whole.students.counts])),
            without_enrolment=np.concatenate([self.without_enrolment, whole.without_enrolment]),
            flagged_position=np.concatenate([self.flagged_position, whole.flagged_position]),
        )
        *rows, total = joined.rows()
        return tuple(rows), CoverageRow({}, total.figures)

    def figures(self) -> dict[str, list[Any]]:
        """Fields of the rows by name, one value a group each; None stands for null."""
        figures: dict[str, list[Any]] = {}
        both = Tally(np.stack([self.schools.counts, self.students.counts]))  # worked on together, since small arrays cost by the call
        by_status = both.by_status
        sums, statuses = by_status.sum(axis=-1).tolist(), np.moveaxis(by_status, -1, 1).tolist()
        unknown = both.counts[..., AREA_TYPES.index(AreaType.UNKNOWN), :].sum(axis=-1).tolist()
        shares = both.shares(by_status)
        if Grouping.STATUS in self.by:  # a group has one status, of which a share would say nothing
            shares = dict.fromkeys(shares, Share(*[np.full((2, len(self)), np.nan)] * 3))
        nullable = _nullable(np.stack([bound for share in shares.values() for bound in (share.value, share.lower, share.upper)]))
        for number, unit in enumerate(("schools", "students")):
            figures[unit] = sums[number]
            for code, status in enumerate(STATUSES):
                figures[f"{unit}_{status}"] = statuses[number][code]
            for place, name in enumerate(shares):
                figures[f"{unit}_{name}"] = nullable[3 * place][number]
                figures[f"{unit}_{name}_lower"] = nullable[3 * place + 1][number]
                figures[f"{unit}_{name}_upper"] = nullable[3 * place + 2][number]
            figures[f"{unit}_area_type_unknown"] = unknown[number]
        figures["schools_without_enrolment"] = self.without_enrolment.sum(axis=1).tolist()
        for code, status in enumerate(STATUSES):
            figures[f"schools_without_enrolment_{status}"] = self.without_enrolment[:, code].tolist()
        figures["schools_flagged_position"] = self.flagged_position.tolist()
        rural = self.schools.counts[:, _RURAL]
        figures["schools_rural"] = rural.sum(axis=1).tolist()
        figures["schools_unconnected_rural"] = rural[:, _UNCONNECTED].tolist()
        figures["students_unconnected_rural"] = self.students.counts[:, _RURAL, _UNCONNECTED].tolist()
        return figures


@dataclass(frozen=True, slots=True)
class CoverageRow:
    """Coverage of one group: its keys by grouping and its figures by field name (docs/api.md lists the fields)."""

    keys: Mapping[Grouping, str | None]
    figures: Mapping[str, Any]

    def __getitem__(self, field: str) -> Any:
        return self.figures[field]


def _nullable(values: FloatArray) -> list[Any]:
    """The values as nested lists, None for NaN."""
    found = values.astype(object)
    found[np.isnan(values)] = None
    return list(found.tolist())


@dataclass(frozen=True)
class Counted:
    """What every count over the same schools needs, made once per norm and basis; shape (n,) each.

    Parameters
    ----------
    cell
        Area type, status and whether enrolment is known as one small number.
    students
        Enrolment, 0 where unknown.
    flagged
        Rows with a flagged position, ascending: few, so that counting them costs little.
    """

    cell: Int8Array
    students: FloatArray
    flagged: Int64Array


def counted(columns: SchoolColumns, statuses: Int8Array) -> Counted:
    """Prepare counting; `statuses` as `norms.statuses` returns them."""
    is_known = ~np.isnan(columns.num_students)
    cell = (columns.area_type * len(STATUSES) + statuses) * 2 + is_known
    return Counted(cell.astype(np.int8), np.where(is_known, columns.num_students, 0.0), np.flatnonzero(columns.has_flagged_position))


def coverage(
    columns: SchoolColumns,
    statuses: Int8Array,
    *,
    by: Sequence[Grouping] = (),
    mask: BoolArray | None = None,
    prepared: Counted | None = None,
) -> CoverageTable:
    """Count schools and students by status in each group.

    A school whose connectivity nobody reported is unknown; it is never counted as unconnected. Coordinates are not read.

    Parameters
    ----------
    columns
        One value a school in every column, any order, length n.
    statuses
        Status codes, shape (n,), as `norms.statuses` returns them.
    by
        At most three different groupings that each school has one value of, outermost first; none gives one group of all schools.
        By status, shares, bounds and gaps are null.
    mask
        Which schools count, shape (n,); None is all.
    prepared
        What `counted` made of the same columns and statuses, where it is kept.

    Returns
    -------
    One group per combination that has a school, sorted by label, the group without a label last. Without groupings there is
    always one group, all zero where no school counts.

    Notes
    -----
    Definition: docs/definitions.md#coverage.
    """
    if len(by) > MAX_GROUPINGS or len(set(by)) != len(by):
        raise ValueError(f"coverage takes at most {MAX_GROUPINGS} different groupings; got {list(by)}")
    kept = prepared or counted(columns, statuses)
    rows = None if mask is None else np.flatnonzero(mask)
    cell, students = (kept.cell, kept.students) if rows is None else (kept.cell.take(rows), kept.students.take(rows))
    coded = [_status_column(statuses) if grouping is Grouping.STATUS else columns.groupings[grouping] for grouping in by]
    group, present = _groups(coded, rows, len(cell))
    bins = group * _CELLS + cell if by else cell
    size = len(present) * _CELLS
    by_known = np.bincount(bins, minlength=size).reshape(-1, _CELLS // 2, 2)
    enrolled = np.bincount(bins, weights=students, minlength=size).reshape(-1, _CELLS // 2, 2)[..., 1].astype(np.int64)
    flagged = kept.flagged if rows is None else np.flatnonzero(columns.has_flagged_position.take(rows))
    doubted = np.bincount(group[flagged], minlength=len(present)) if by else np.asarray([len(flagged)])
    unknown = by_known[..., 0]
    schools = unknown + by_known[..., 1]
    if by:
        has_school = schools.any(axis=1)
        schools, enrolled, unknown, present = schools[has_school], enrolled[has_school], unknown[has_school], present[has_school]
        doubted = doubted[has_school]
    shape = (len(present), len(AREA_TYPES), len(STATUSES))
    without_enrolment = unknown.reshape(shape).sum(axis=1)
    return CoverageTable(
        by=tuple(by),
        keys=_labels(coded, present),
        schools=Tally(schools.reshape(shape)),
        students=Tally(enrolled.reshape(shape)),
        without_enrolment=without_enrolment,
        flagged_position=doubted,
    )


_STATUS_LABELS = tuple(sorted(str(status) for status in STATUSES))
_STATUS_PLACES = np.asarray([_STATUS_LABELS.index(status) for status in STATUSES], dtype=np.int32)


def _status_column(statuses: Int8Array) -> CodedColumn:
    return CodedColumn(_STATUS_PLACES[statuses], _STATUS_LABELS)


_CELLS = len(AREA_TYPES) * len(STATUSES) * 2
_DENSE_GROUPS = 65_536
"""Up to here every possible group gets its bins; above, only the groups that have a school."""
_MOST_LOOKED_UP = 2**25
"""Up to here groups with a school are found by marking them in a table; above, by sorting."""


def _groups(coded: Sequence[CodedColumn], rows: Int64Array | None, count: int) -> tuple[Int64Array, Int64Array]:
    """Group number of each counted school, and the key of each group; in a key a null code sorts last."""
    key = np.zeros(count if coded else 0, dtype=np.int64)
    size = 1
    for column in coded:
        codes = column.codes if rows is None else column.codes.take(rows)
        width = len(column.labels) + 1
        key *= width
        key += np.where(codes < 0, width - 1, codes)
        size *= width
    if size <= _DENSE_GROUPS:
        return key, np.arange(size, dtype=np.int64)
    if size > _MOST_LOOKED_UP:
        keys, group = np.unique(key, return_inverse=True)
        return group, keys
    is_present = np.zeros(size, dtype=bool)
    is_present[key] = True
    return (np.cumsum(is_present, dtype=np.int64) - 1)[key], np.flatnonzero(is_present)


def _labels(coded: Sequence[CodedColumn], keys: Int64Array) -> tuple[tuple[str | None, ...], ...]:
    labels: list[tuple[str | None, ...]] = []
    rest = keys
    for column in reversed(coded):
        rest, codes = np.divmod(rest, len(column.labels) + 1)
        names = (*column.labels, None)
        labels.append(tuple(names[code] for code in codes.tolist()))
    return tuple(reversed(labels))
