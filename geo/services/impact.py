"""What a release changed, or an import would change: schools, columns, and coverage per region before and after."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from geo.changes import Comparison, compare
from geo.coverage import CoverageRow, counted, coverage
from geo.model import GROUPING_COLUMNS, STATUSES, Basis, Grouping
from geo.norms import Norm, statuses
from geo.quality.jumps import moved_km
from geo.schools import FACTS_SCHEMA, FloatArray, Int64Array, SchoolColumns, is_position, numbers, plain, school_columns
from geo.services.changed_places import changed_places
from geo.services.opened import OpenedRelease

MAX_SCHOOLS_LISTED = 200

MAX_REGIONS_LISTED = 400
"""Regions that are kept with their figures: more than any country has; of the whole world at once, the largest."""
MAX_CELLS_LISTED = 1_200
"""The same for pairs of a region and an area type."""

SHARE_FIELDS: tuple[str, ...] = tuple(
    f"{unit}_{share}_share{bound}"
    for unit in ("schools", "students")
    for share in ("connected", "meets_norm")
    for bound in ("", "_lower", "_upper")
)
IMPACT_FIELDS: tuple[str, ...] = (
    "schools",
    *(f"schools_{status}" for status in STATUSES),
    "schools_unconnected_rural",
    "students",
    "students_unconnected",
    *SHARE_FIELDS,
)
"""Fields of a coverage row that are shown before and after."""


@dataclass(frozen=True)
class Impact:
    """A change between two states of the schools.

    Parameters
    ----------
    counts
        Schools added, removed, changed, moved, moved over 5 km, newly connected, lost, gone silent.
    columns
        How many schools each column changed in.
    total, regions, area_types, regions_by_area_type
        Coverage before and after: of all schools, of each region in which a figure changes (code None is "no region"), of each area
        type that has schools, and of each area type in each region in which a figure changes.
    schools
        The first schools that were added, removed or changed, with what happened and their status before and after.
    places
        Where changed schools lie, by what happened to them (`changed_places`).
    """

    counts: Mapping[str, int]
    columns: Mapping[str, int]
    total: Mapping[str, Any]
    regions: tuple[Mapping[str, Any], ...]
    area_types: tuple[Mapping[str, Any], ...]
    regions_by_area_type: tuple[Mapping[str, Any], ...]
    schools: tuple[Mapping[str, Any], ...]
    schools_total: int
    places: Mapping[str, Any] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """The impact as JSON keeps it."""
        return {
            "counts": dict(self.counts),
            "columns": dict(self.columns),
            "total": dict(self.total),
            "regions": [dict(region) for region in _largest(self.regions, MAX_REGIONS_LISTED)],
            "regions_total": len(self.regions),
            "area_types": [dict(row) for row in self.area_types],
            "regions_by_area_type": [dict(row) for row in _largest(self.regions_by_area_type, MAX_CELLS_LISTED)],
            "schools": [dict(school) for school in self.schools],
            "schools_total": self.schools_total,
            "places": dict(self.places),
        }


@dataclass(frozen=True)
class Side:
    """The schools before or after a change.

    Parameters
    ----------
    table
        Columns of `PLACED_SCHEMA` at least; text plain or dictionary-encoded.
    columns
        The arrays for statistics of the same rows.
    facts
        The same rows with the columns of `FACTS_SCHEMA`, plain: what is compared.
    """

    table: pa.Table
    columns: SchoolColumns
    facts: pa.Table


def side_of(release: OpenedRelease) -> Side:
    """An open release as one side of a change."""
    return Side(release.table, release.columns, plain(release.table, FACTS_SCHEMA))


def impact(before: Side | None, after: Side, *, norm: Norm, names: Mapping[str, str]) -> Impact:
    """Compare two states of the schools; before the first release there is no school.

    Parameters
    ----------
    norm
        Norm of the statuses and shares; the basis is the best speed known.
    names
        Name of each region's code.
    """
    former = _none_of(after) if before is None else before
    comparison = compare(former.facts, after.facts)
    was, now = _coverage_of(former, norm), _coverage_of(after, norm)
    regions = _sides(was, now, (Grouping.ADMIN1,))
    schools = _listed(comparison, former.table, after.table, norm)
    return Impact(
        counts=comparison.counts() | {"schools_moved_far": _moved_far(comparison)},
        columns=comparison.changed_columns(),
        total={"before": was[()][()], "after": now[()][()]},
        regions=tuple(_named(row, names) for row in regions),
        area_types=tuple(_sides(was, now, (Grouping.AREA_TYPE,), all_rows=True)),
        regions_by_area_type=tuple(_named(row, names) for row in _sides(was, now, (Grouping.ADMIN1, Grouping.AREA_TYPE))),
        schools=schools,
        schools_total=len(comparison.added) + len(comparison.removed) + int(comparison.is_changed.sum()),
        places=changed_places(comparison),
    )


def _shown(row: CoverageRow) -> dict[str, Any]:
    return {field: row[field] for field in IMPACT_FIELDS}


def _none_of(side: Side) -> Side:
    """A state without schools, with the columns of another."""
    none = side.table.slice(0, 0)
    return Side(none, school_columns(none), side.facts.slice(0, 0))


_Labels = tuple[str | None, ...]
_Figures = Mapping[tuple[Grouping, ...], Mapping[_Labels, dict[str, Any]]]
_GROUPED: tuple[tuple[Grouping, ...], ...] = (
    (),
    (Grouping.ADMIN1,),
    (Grouping.AREA_TYPE,),
    (Grouping.ADMIN1, Grouping.AREA_TYPE),
)


def _coverage_of(side: Side, norm: Norm) -> _Figures:
    """Figures of each group of each grouping that is shown, by the labels of the group."""
    columns = side.columns
    codes = statuses(columns.connectivity, columns.download_speed_mbps(Basis.BEST), columns.num_students, norm)
    prepared = counted(columns, codes)
    return {
        by: {tuple(row.keys[grouping] for grouping in by): _shown(row) for row in coverage(columns, codes, by=by, prepared=prepared).rows()}
        for by in _GROUPED
    }


def _sides(was: _Figures, now: _Figures, by: tuple[Grouping, ...], *, all_rows: bool = False) -> list[dict[str, Any]]:
    """Groups before and after, those without a label last; only those in which a figure changes unless all are wanted."""
    before, after = was[by], now[by]
    ordered = sorted({*before, *after}, key=lambda labels: [(label is None, label or "") for label in labels])
    return [
        {**{GROUPING_COLUMNS[grouping]: label for grouping, label in zip(by, labels, strict=True)}}
        | {"before": before.get(labels), "after": after.get(labels)}
        for labels in ordered
        if all_rows or before.get(labels) != after.get(labels)
    ]


def _largest(rows: Sequence[Mapping[str, Any]], most: int) -> Sequence[Mapping[str, Any]]:
    """At most so many rows, those with the most schools on either side, in their order."""
    if len(rows) <= most:
        return rows
    sizes = np.array([max((row[side] or {}).get("schools", 0) for side in ("before", "after")) for row in rows])
    return [rows[position] for position in np.sort(np.argsort(-sizes, kind="stable")[:most])]


def _named(row: dict[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    return {"admin1": row["admin1"], "admin1_name": names.get(row["admin1"] or "")} | row


def _moved_far(comparison: Comparison) -> int:
    """Schools of both sides whose position moved farther than a correction of it would."""
    pairs = np.flatnonzero(comparison.changed["latitude"] | comparison.changed["longitude"])
    before = [_degrees(comparison.before, name, comparison.paired_before[pairs]) for name in ("latitude", "longitude")]
    after = [_degrees(comparison.after, name, comparison.paired_after[pairs]) for name in ("latitude", "longitude")]
    is_known = is_position(*before) & is_position(*after)
    moved = moved_km(*(values[is_known] for values in (*before, *after)))
    return int(np.isfinite(moved).sum())


def _degrees(table: pa.Table, name: str, positions: Int64Array) -> FloatArray:
    return numbers(table[name].take(pa.array(positions)))


def _listed(comparison: Comparison, before: pa.Table, after: pa.Table, norm: Norm) -> tuple[Mapping[str, Any], ...]:
    """The first changed, added and removed schools, changed ones first."""
    changed = np.flatnonzero(comparison.is_changed)[:MAX_SCHOOLS_LISTED]
    rows = _described(after, comparison.paired_after[changed], norm, "after")
    former = _described(before, comparison.paired_before[changed], norm, "before")
    listed: list[dict[str, Any]] = []
    for position, now, was in zip(changed.tolist(), rows, former, strict=True):
        columns = [name for name, differs in comparison.changed.items() if differs[position]]
        listed.append({"change": "changed", "columns": columns, **was, **now})
    room = MAX_SCHOOLS_LISTED - len(listed)
    listed.extend({"change": "added", "columns": [], **row} for row in _described(after, comparison.added[:room], norm, "after"))
    room = MAX_SCHOOLS_LISTED - len(listed)
    listed.extend({"change": "removed", "columns": [], **row} for row in _described(before, comparison.removed[:room], norm, "before"))
    return tuple(listed)


def _described(table: pa.Table, positions: Int64Array, norm: Norm, side: str) -> list[dict[str, Any]]:
    picked = table.take(pa.array(positions))
    columns = school_columns(picked)
    codes = statuses(columns.connectivity, columns.download_speed_mbps(Basis.BEST), columns.num_students, norm)
    ids, names, regions = (pc.cast(picked[name], pa.string()).to_pylist() for name in ("school_id", "school_name", "admin1"))
    return [
        {"school_id": school_id, "school_name": name, "admin1": region, f"status_{side}": STATUSES[code].value}
        for school_id, name, region, code in zip(ids, names, regions, codes.tolist(), strict=True)
    ]


def empty_facts() -> pa.Table:
    """The facts of a deployment that has published nothing."""
    return FACTS_SCHEMA.empty_table()
