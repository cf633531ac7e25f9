"""The schools of a view for a bundle that opens without a network: what each card says, as codes of the few things that many share."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pyarrow as pa

from geo.errors import InvalidParameter
from geo.model import AREA_TYPES, STATUSES, AreaType, Grouping, ReleaseRecord, Status, View
from geo.norms import Norm, required_mbps
from geo.schools import RELEASE_SCHEMA, FloatArray, Int8Array, Int64Array, plain
from geo.services.coverage import Shown, resolve
from geo.services.places import SchoolLine, school_lines
from geo.services.tiles import MAX_MARKS
from geo.services.workspace import Workspace

MAX_SCHOOLS = MAX_MARKS
"""More than these are no single tile of the map any more, and their cards more than two megabytes."""
MOST_LISTED = 200
"""Unconnected rural schools that the page of a bundle lists; all schools are in its table."""
HIDDEN_COLUMNS = tuple(name for name in RELEASE_SCHEMA.names if name.endswith("_import"))
"""Columns of a release that mean something on the service alone."""


@dataclass(frozen=True)
class BundledSchools:
    """The schools of a view in the release's order, n of them.

    Parameters
    ----------
    rows
        Row of each in the release, shape (n,).
    table
        Their rows, columns as in `RELEASE_SCHEMA`, all chunks one.
    statuses, area_types
        Codes in the order of `STATUSES` and `AREA_TYPES`, shape (n,).
    speeds_mbps, required_mbps
        Speed under the view's basis, and what the norm asks for; NaN where that is not known. Shape (n,).
    num_students
        Enrolment, NaN where it is not known. Shape (n,).
    admin1
        Region as a position in `admin1_codes`, whose last one stands for none. Shape (n,).
    urgent, urgent_total
        The first unconnected rural schools, most students first, unknown enrolment last; and how many there are.
    """

    release: ReleaseRecord
    norm: Norm
    rows: Int64Array
    table: pa.Table
    statuses: Int8Array
    area_types: Int8Array
    speeds_mbps: FloatArray
    required_mbps: FloatArray
    num_students: FloatArray
    admin1: Int64Array
    admin1_codes: tuple[str | None, ...]
    urgent: tuple[SchoolLine, ...]
    urgent_total: int

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def names(self) -> list[str | None]:
        """Name of each school, None where it has none."""
        found: list[str | None] = self.table["school_name"].to_pylist()
        return found

    @property
    def ids(self) -> list[str]:
        """Our id of each school."""
        found: list[str] = self.table["school_id"].to_pylist()
        return found

    @cached_property
    def places(self) -> tuple[tuple[tuple[str | None, int], ...], Int64Array]:
        """Distinct pairs of region and area type (code), and which of them each school has, shape (n,)."""
        count = len(AREA_TYPES)
        distinct, which = np.unique(self.admin1 * count + self.area_types, return_inverse=True)
        return tuple((self.admin1_codes[key // count], int(key % count)) for key in distinct), which

    @cached_property
    def states(self) -> tuple[tuple[tuple[Status, float | None], ...], Int64Array]:
        """Distinct pairs of status and speed, and which of them each school has, shape (n,)."""
        speeds, which_speed = np.unique(self.speeds_mbps, return_inverse=True)
        distinct, which = np.unique(self.statuses.astype(np.int64) * (len(speeds) + 1) + which_speed, return_inverse=True)
        pairs = ((int(key) // (len(speeds) + 1), float(speeds[key % (len(speeds) + 1)])) for key in distinct)
        return tuple((STATUSES[status], None if np.isnan(speed) else speed) for status, speed in pairs), which

    @cached_property
    def enrolments(self) -> tuple[tuple[tuple[int | None, float | None], ...], Int64Array]:
        """Distinct numbers of students, each with what the norm asks for, and which of them each school has, shape (n,)."""
        distinct, first, which = np.unique(self.num_students, return_index=True, return_inverse=True)
        needs = self.required_mbps[first]
        pairs = zip(distinct.tolist(), needs.tolist(), strict=True)
        return tuple((_whole(students), None if np.isnan(need) else need) for students, need in pairs), which

    def listing(self) -> pa.Table:
        """The schools as a table to read elsewhere: what the release knows of each, then its status and what the norm asks for.

        Columns that say nothing of any school are left out.
        """
        is_told = {name: self.table[name].null_count < len(self) and name not in HIDDEN_COLUMNS for name in RELEASE_SCHEMA.names}
        kept = self.table.select([name for name in RELEASE_SCHEMA.names if is_told[name]])
        words = pa.array([status.value for status in STATUSES])
        return kept.append_column("status", words.take(pa.array(self.statuses))).append_column(
            "required_mbps", pa.array(self.required_mbps, from_pandas=True)
        )


def _whole(value: float) -> int | None:
    return None if np.isnan(value) else int(value)


def bundled_schools(workspace: Workspace, view: View) -> BundledSchools:
    """The schools that a view selects.

    Raises
    ------
    NoRelease, NotFound
        There is no such release.
    InvalidParameter
        The norm or a value of the filter is unknown, or the view selects more than `MAX_SCHOOLS` (code "too_many_schools").
    """
    shown = resolve(workspace, view)
    mask = shown.opened.mask(shown.where, shown.norm, shown.basis)
    columns = shown.opened.columns
    rows = np.arange(len(columns)) if mask is None else np.flatnonzero(mask)
    if len(rows) > MAX_SCHOOLS:
        raise InvalidParameter(
            f"a bundle to take away holds at most {MAX_SCHOOLS:,} schools; this view has {len(rows):,}; choose a region or another filter",
            code="too_many_schools",
        )
    return _of_rows(shown, rows)


def _of_rows(shown: Shown, rows: Int64Array) -> BundledSchools:
    columns = shown.opened.columns
    regions = columns.groupings[Grouping.ADMIN1]
    students = columns.num_students[rows]
    codes = regions.codes[rows].astype(np.int64)
    statuses, area_types = shown.opened.statuses(shown.norm, shown.basis)[rows], columns.area_type[rows]
    is_urgent = (statuses == STATUSES.index(Status.UNCONNECTED)) & (area_types == AREA_TYPES.index(AreaType.RURAL))
    urgent = rows[is_urgent][np.argsort(np.nan_to_num(-students[is_urgent], nan=1.0), kind="stable")]
    return BundledSchools(
        release=shown.release,
        norm=shown.norm,
        rows=rows,
        table=plain(shown.opened.table.take(pa.array(rows)), RELEASE_SCHEMA),
        statuses=statuses,
        area_types=area_types,
        speeds_mbps=columns.download_speed_mbps(shown.basis)[rows],
        required_mbps=required_mbps(shown.norm, students),
        num_students=students,
        admin1=np.where(codes < 0, len(regions.labels), codes),
        admin1_codes=(*regions.labels, None),
        urgent=school_lines(shown, urgent[:MOST_LISTED]),
        urgent_total=len(urgent),
    )
