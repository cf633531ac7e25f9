"""What a page of a place shows: the country, a region or a district, its figures, its parts, and the schools to connect first."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from geo.coverage import CoverageRow
from geo.errors import NotFound
from geo.model import AREA_TYPES, NO_VALUE, STATUSES, AreaType, Grouping, ReleaseRecord, Status, View, Where
from geo.norms import NORMS, Norm, norm_named, required_mbps
from geo.schools import BoolArray, Int64Array, is_position, numbers
from geo.services.coverage import Shown, coverage_answer, resolve, unit_names
from geo.services.workspace import Workspace

PAGE_LENGTH = 50
"""Schools of a list on one page; further ones are on the pages after it."""


@dataclass(frozen=True)
class SchoolLine:
    """One school of a list.

    `row` is its row in the release; `place` its longitude and latitude in degrees (WGS84), None where no map can show it;
    `required_mbps` is None where the norm needs an enrolment that is unknown; `nearest_connected_km` is a straight line.
    """

    row: int
    place: tuple[float, float] | None
    school_id: str
    school_name: str | None
    status: Status
    area_type: AreaType
    admin2_name: str | None
    num_students: int | None
    download_speed_mbps: float | None
    required_mbps: float | None
    nearest_connected_km: float | None


@dataclass(frozen=True)
class PlaceRow:
    """A part of a place with its coverage; `code` None is the schools in none of the parts."""

    code: str | None
    name: str | None
    figures: CoverageRow


@dataclass(frozen=True)
class PlacePage:
    """A place under a view.

    Parameters
    ----------
    grouping
        Level of the place: None for the country.
    parent
        Code and name of the region that a district lies in.
    total
        Coverage of the filtered schools of the place.
    parts
        Regions of the country or districts of the region that have a filtered school: ascending meets-norm share, null shares last,
        ties by unconnected rural schools descending; the schools in none of them at the end.
    unconnected_rural
        The first unconnected rural schools, most students first, unknown enrolment last; none where the country is shown.
    schools
        A page of all filtered schools: the unconnected rural ones first, then by status, most students first.
    schools_page
        Which page that is, from 1; None where no list was asked for.
    not_placed
        Filtered schools that no map can draw.
    """

    release: ReleaseRecord
    norm: Norm
    view: View
    grouping: Grouping | None
    code: str | None
    name: str | None
    parent: tuple[str, str] | None
    total: CoverageRow
    parts_grouping: Grouping | None
    parts: tuple[PlaceRow, ...]
    unconnected_rural: tuple[SchoolLine, ...]
    unconnected_rural_total: int
    schools: tuple[SchoolLine, ...]
    schools_total: int
    schools_page: int | None
    not_placed: int

    @property
    def schools_pages(self) -> int:
        """How many pages the list of all filtered schools has, at least one."""
        return max(1, -(-self.schools_total // PAGE_LENGTH))


def place_page(
    workspace: Workspace,
    view: View,
    code: str | None = None,
    *,
    language: str = "en",
    by_district: bool = False,
    list_page: int | None = None,
) -> PlacePage:
    """The country's page, or that of the region or district of a code.

    Parameters
    ----------
    by_district
        Whether the parts of the country are its districts, where it has any.
    list_page
        Which page of the list of schools is wanted, the last one if there are fewer; None for no list.

    Raises
    ------
    NoRelease, NotFound
        There is no such release or place.
    InvalidParameter
        The norm or a value of the filter is unknown.
    """
    shown = resolve(workspace, view)
    grouping, name, parent = _identity(workspace, shown.release, code, language)
    inner = view if grouping is None or code is None else replace(view, where=narrowed(view.where, grouping, code))
    shown = replace(shown, where=inner.where)
    parts_grouping = _parts_grouping(shown.release, grouping, by_district=by_district)
    answer = coverage_answer(workspace, inner, (parts_grouping,) if parts_grouping else (), language=language)
    names = answer.names.get(parts_grouping, {}) if parts_grouping else {}
    mask = shown.opened.mask(inner.where, shown.norm, shown.basis)
    unconnected = _unconnected_rural(shown, mask) if grouping is not None else np.zeros(0, dtype=np.int64)
    everyone = np.flatnonzero(mask) if mask is not None else np.arange(len(shown.opened.columns))
    listed, shown_page = _page_of(shown, everyone, list_page)
    return PlacePage(
        release=shown.release,
        norm=shown.norm,
        view=view,
        grouping=grouping,
        code=code,
        name=name,
        parent=parent,
        total=answer.total,
        parts_grouping=parts_grouping,
        parts=_parts(answer.rows, parts_grouping, names),
        unconnected_rural=school_lines(shown, unconnected[:PAGE_LENGTH]),
        unconnected_rural_total=len(unconnected),
        schools=school_lines(shown, listed),
        schools_total=len(everyone),
        schools_page=shown_page,
        not_placed=int((~_is_placed(shown)[everyone]).sum()),
    )


def narrowed(where: Where, grouping: Grouping, code: str) -> Where:
    """A filter that also asks for one unit; its other terms stay."""
    others = tuple(term for term in where.terms if term[0] != grouping.value)
    order = {name: position for position, name in enumerate(("admin1", "admin2"))}
    return Where(tuple(sorted(((grouping.value, (code,)), *others), key=lambda term: order.get(term[0], 2))))


def _identity(
    workspace: Workspace, release: ReleaseRecord, code: str | None, language: str
) -> tuple[Grouping | None, str | None, tuple[str, str] | None]:
    """Level, name and parent of a code in the release's boundaries; region codes win over district codes."""
    if code is None:
        return None, None, None
    if code == NO_VALUE:
        return Grouping.ADMIN1, None, None
    for grouping in (Grouping.ADMIN1, Grouping.ADMIN2):
        names = unit_names(workspace, release, grouping, language)
        if code in names:
            return grouping, names[code], _parent(workspace, release, grouping, code, language)
    raise NotFound(f"release {release.id} has no region or district '{code[:60]}'")


def _parent(workspace: Workspace, release: ReleaseRecord, grouping: Grouping, code: str, language: str) -> tuple[str, str] | None:
    if grouping is not Grouping.ADMIN2:
        return None
    units = workspace.boundary_set(release.boundaries[grouping.value]).units
    parent = units.parents[units.codes.index(code)]
    names = unit_names(workspace, release, Grouping.ADMIN1, language)
    return (parent, names[parent]) if parent is not None and parent in names else None


def _parts_grouping(release: ReleaseRecord, grouping: Grouping | None, *, by_district: bool) -> Grouping | None:
    if by_district and grouping is None and Grouping.ADMIN2.value in release.boundaries:
        return Grouping.ADMIN2
    inner = {None: Grouping.ADMIN1, Grouping.ADMIN1: Grouping.ADMIN2}.get(grouping)
    return inner if inner is not None and inner.value in release.boundaries else None


def _parts(rows: tuple[CoverageRow, ...], grouping: Grouping | None, names: Mapping[str, str]) -> tuple[PlaceRow, ...]:
    if grouping is None:
        return ()
    parts = [PlaceRow(code, names.get(code) if code else None, row) for row in rows for code in (row.keys[grouping],)]
    return tuple(sorted(parts, key=_need))


def _need(part: PlaceRow) -> tuple[bool, bool, float, int, str]:
    share = part.figures["schools_meets_norm_share"]
    return part.code is None, share is None, share or 0.0, -part.figures["schools_unconnected_rural"], part.code or ""


def _is_placed(shown: Shown) -> BoolArray:
    columns = shown.opened.columns
    return is_position(columns.latitude, columns.longitude)


def _unconnected_rural(shown: Shown, mask: BoolArray | None) -> Int64Array:
    """Rows of the unconnected rural schools, most students first, unknown enrolment last."""
    columns = shown.opened.columns
    is_wanted = columns.area_type == AREA_TYPES.index(AreaType.RURAL)
    is_wanted &= shown.opened.statuses(shown.norm, shown.basis) == STATUSES.index(Status.UNCONNECTED)
    if mask is not None:
        is_wanted &= mask
    rows = np.flatnonzero(is_wanted)
    students = columns.num_students[rows]
    return np.asarray(rows[np.argsort(np.where(np.isnan(students), 1.0, -students), kind="stable")])


def _page_of(shown: Shown, rows: Int64Array, page: int | None) -> tuple[Int64Array, int | None]:
    """Rows of one page of the list by need, and which page it is; none where no page is wanted."""
    if page is None:
        return rows[:0], None
    last = max(1, -(-len(rows) // PAGE_LENGTH))
    start = (min(page, last) - 1) * PAGE_LENGTH
    return _by_need(shown, rows)[start : start + PAGE_LENGTH], min(page, last)


def _by_need(shown: Shown, rows: Int64Array) -> Int64Array:
    """Rows ordered: unconnected rural schools first, then by status code, then by students descending, unknown enrolment last."""
    columns = shown.opened.columns
    students = columns.num_students[rows]
    codes = shown.opened.statuses(shown.norm, shown.basis)[rows]
    is_first = (codes == STATUSES.index(Status.UNCONNECTED)) & (columns.area_type[rows] == AREA_TYPES.index(AreaType.RURAL))
    return np.asarray(rows[np.lexsort((np.where(np.isnan(students), 1.0, -students), codes, ~is_first))])


_LISTED_COLUMNS = ["school_id", "school_name", "admin2_name", "num_students", "nearest_connected_km"]


def school_lines(shown: Shown, rows: Int64Array) -> tuple[SchoolLine, ...]:
    """The schools of some rows of a release, in the order given; at most a page of them."""
    if not len(rows):
        return ()
    picked = shown.opened.table.select(_LISTED_COLUMNS).take(pa.array(rows))
    columns = shown.opened.columns
    speeds = columns.download_speed_mbps(shown.basis)[rows]
    required = required_mbps(shown.norm, columns.num_students[rows])
    texts = {name: pc.cast(picked[name], pa.string()).to_pylist() for name in ("school_id", "school_name", "admin2_name")}
    students = picked["num_students"].to_pylist()
    nearest = numbers(picked["nearest_connected_km"])
    statuses = shown.opened.statuses(shown.norm, shown.basis)[rows]
    is_placed = is_position(columns.latitude[rows], columns.longitude[rows])
    return tuple(
        SchoolLine(
            row=row,
            place=(float(columns.longitude[row]), float(columns.latitude[row])) if is_placed[line] else None,
            school_id=texts["school_id"][line],
            school_name=texts["school_name"][line],
            status=STATUSES[statuses[line]],
            area_type=AREA_TYPES[columns.area_type[row]],
            admin2_name=texts["admin2_name"][line],
            num_students=students[line],
            download_speed_mbps=_known(speeds[line]),
            required_mbps=_known(required[line]),
            nearest_connected_km=_known(nearest[line]),
        )
        for line, row in enumerate(rows.tolist())
    )


def _known(value: float) -> float | None:
    return None if np.isnan(value) else float(value)


@dataclass(frozen=True)
class FilterChoices:
    """What the filters of a page can be set to, from the release: codes with names, and words in use."""

    admin1: tuple[tuple[str, str], ...]
    education_levels: tuple[str, ...]
    connectivity_types: tuple[str, ...]
    norms: tuple[Norm, ...]
    default_norm: Norm


def filter_choices(workspace: Workspace, view: View, *, language: str = "en") -> FilterChoices:
    """Choices for the filters of a view's release; regions sorted by name."""
    shown = resolve(workspace, View(release_id=view.release_id))
    names = unit_names(workspace, shown.release, Grouping.ADMIN1, language)
    groupings = shown.opened.columns.groupings
    offered = tuple(NORMS)
    chosen = () if view.norm is None or view.norm in offered else (view.norm,)
    return FilterChoices(
        admin1=tuple(sorted(names.items(), key=lambda item: item[1])),
        education_levels=groupings[Grouping.EDUCATION_LEVEL].labels,
        connectivity_types=groupings[Grouping.CONNECTIVITY_TYPE].labels,
        norms=tuple(norm_named(name) for name in (*offered, *chosen)),
        default_norm=workspace.default_norm,
    )
