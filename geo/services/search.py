"""Search for schools and places of a release by names in any of three alphabets, by ids and by where they are."""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
import shapely

from geo.errors import QosylError
from geo.model import AREA_TYPES, STATUSES, AreaType, Grouping, ReleaseRecord, Status, View
from geo.norms import Norm
from geo.schools import ID_COLUMNS, Int32Array, Int64Array, is_position
from geo.search import MAX_QUERY_CHARACTERS, Located, Match, find, tidy_query
from geo.services.coverage import Shown, resolve, unit_names
from geo.services.opened import OpenedRelease
from geo.services.search_indexes import AT_ONCE
from geo.services.workspace import LEVELS, Workspace

__all__ = [
    "MAX_QUERY_CHARACTERS",
    "Hit",
    "Match",
    "PlaceHit",
    "SchoolHit",
    "SearchAnswer",
    "make_search_index_ahead",
    "place_names",
    "search",
    "tidy_query",
]

LOGGER = logging.getLogger("qosyl.services")

_SCHOOL_COLUMNS = (*ID_COLUMNS, "school_name", "admin1", "admin1_name", "admin2", "admin2_name")


@dataclass(frozen=True)
class SchoolHit:
    """A school that was found, under the norm asked for.

    Parameters
    ----------
    row
        Its row of the release.
    latitude, longitude
        Degrees; None where no map can draw it.
    admin1_name, admin2_name
        Names of its units in the language asked for.
    """

    match: Match
    row: int
    school_id: str
    school_id_giga: str | None
    school_id_govt: str | None
    name: str | None
    admin1: str | None
    admin1_name: str | None
    admin2: str | None
    admin2_name: str | None
    status: Status
    area_type: AreaType
    latitude: float | None
    longitude: float | None


@dataclass(frozen=True)
class PlaceHit:
    """A region or district that was found: where a point surely inside it lies, and what it is in."""

    match: Match
    grouping: Grouping
    code: str
    name: str
    parent_name: str | None
    latitude: float
    longitude: float


Hit = SchoolHit | PlaceHit


@dataclass(frozen=True)
class SearchAnswer:
    """What a query found in a release.

    Parameters
    ----------
    query
        As it was looked for: one line without invisible marks.
    hits
        The best, in the order of `geo.search.finding`; a place once, however many of its names were found.
    total
        How many names of places and schools were found in all.
    """

    release: ReleaseRecord
    norm: Norm
    query: str
    hits: tuple[Hit, ...]
    total: int


def search(workspace: Workspace, view: View, query: str, *, limit: int = 10, language: str = "en") -> SearchAnswer:
    """The schools and places that a query finds, best first; filters of the view play no part.

    Raises
    ------
    NoRelease, NotFound
        There is no such release.
    InvalidParameter
        There is no such norm.
    NotReady
        The release is large and its index is being made.
    """
    shown = resolve(workspace, view)
    index = workspace.search_indexes.get(shown.opened, lambda: place_names(workspace, shown.release))
    ids = shown.opened.table.select(ID_COLUMNS)
    found = find(index, query, ids=ids, located=_located(workspace, shown.opened), limit=limit)
    is_school = found.documents < index.schools
    schools = iter(_schools(workspace, shown, found.documents[is_school], language))
    places = iter(_places(workspace, shown.release, index.units[found.documents[~is_school] - index.schools], language))
    hits = [replace(next(schools if own else places), match=match) for own, match in zip(is_school.tolist(), found.matches, strict=True)]
    return SearchAnswer(shown.release, shown.norm, tidy_query(query), tuple(hits), found.total)


def make_search_index_ahead(workspace: Workspace, record: ReleaseRecord) -> None:
    """Make the search index of a large release before anybody asks for it; that of a small one is made in no time by who asks first.

    The release may yet be published or dropped; nobody waits for this. The index is not kept in memory; one that cannot be made now is
    made by who asks first.
    """
    if record.school_count <= AT_ONCE:
        return
    try:
        opened = OpenedRelease(record, workspace.release_files.open(record), {})
        workspace.search_indexes.make(opened, lambda: place_names(workspace, record))
    except QosylError as error:
        LOGGER.warning("the search index of file %s is not made ahead: %s", record.file_name, error)


def place_names(workspace: Workspace, record: ReleaseRecord) -> list[tuple[int, str]]:
    """Number and name of each region, then each district: its names in every language, each spelling once, and its code."""
    pairs: list[tuple[int, str]] = []
    first = 0
    for grouping in _groupings(record):
        units = workspace.boundary_set(record.boundaries[grouping.value]).units
        for position, code in enumerate(units.codes):
            spellings = dict.fromkeys([*(names[position] for names in units.names.values()), code])
            pairs += [(first + position, name) for name in spellings]
        first += len(units)
    return pairs


def _groupings(record: ReleaseRecord) -> list[Grouping]:
    return [grouping for grouping in LEVELS if grouping.value in record.boundaries]


def _located(workspace: Workspace, opened: OpenedRelease) -> tuple[Located, ...]:
    """Which places the schools are in, by the numbers of `place_names`."""
    numbers = workspace.search_indexes.numbers.get(opened.record.id, lambda: _numbers(workspace, opened))
    return tuple(Located(opened.columns.groupings[grouping].codes, own) for grouping, own in numbers.items())


def _first_number(workspace: Workspace, record: ReleaseRecord, grouping: Grouping) -> int:
    """Number of the first place of a level."""
    groupings = _groupings(record)
    before = groupings[: groupings.index(grouping)]
    return sum(len(workspace.boundary_set(record.boundaries[other.value]).units) for other in before)


def _numbers(workspace: Workspace, opened: OpenedRelease) -> dict[Grouping, Int32Array]:
    """For each level, the number of the place of each label of the release's column."""
    found = {}
    for grouping in _groupings(opened.record):
        codes = workspace.boundary_set(opened.record.boundaries[grouping.value]).units.codes
        numbers = {code: number for number, code in enumerate(codes, _first_number(workspace, opened.record, grouping))}
        labels = opened.columns.groupings[grouping].labels
        found[grouping] = np.asarray([numbers.get(label, -1) for label in labels], dtype=np.int32)
    return found


def _schools(workspace: Workspace, shown: Shown, rows: Int64Array, language: str) -> list[Hit]:
    """Schools of some rows, in the order given."""
    columns = shown.opened.columns
    values = shown.opened.table.select(_SCHOOL_COLUMNS).take(pa.array(rows)).to_pylist()
    names = {grouping: unit_names(workspace, shown.release, grouping, language) for grouping in _groupings(shown.release)}
    statuses = shown.opened.statuses(shown.norm, shown.basis)[rows]
    latitude, longitude = columns.latitude[rows], columns.longitude[rows]
    is_placed = is_position(latitude, longitude)
    return [
        SchoolHit(
            match=Match.NAME,
            row=row,
            school_id=own["school_id"],
            school_id_giga=own["school_id_giga"],
            school_id_govt=own["school_id_govt"],
            name=own["school_name"],
            admin1=own["admin1"],
            admin1_name=names.get(Grouping.ADMIN1, {}).get(own["admin1"], own["admin1_name"]),
            admin2=own["admin2"],
            admin2_name=names.get(Grouping.ADMIN2, {}).get(own["admin2"], own["admin2_name"]),
            status=STATUSES[statuses[line]],
            area_type=AREA_TYPES[columns.area_type[row]],
            latitude=float(latitude[line]) if is_placed[line] else None,
            longitude=float(longitude[line]) if is_placed[line] else None,
        )
        for line, (row, own) in enumerate(zip(rows.tolist(), values, strict=True))
    ]


def _places(workspace: Workspace, record: ReleaseRecord, numbers: Int32Array, language: str) -> list[Hit]:
    """Places by their numbers, in the order given."""
    return [_place(workspace, record, number, language) for number in numbers.tolist()]


def _place(workspace: Workspace, record: ReleaseRecord, number: int, language: str) -> PlaceHit:
    grouping = next(grouping for grouping in reversed(_groupings(record)) if _first_number(workspace, record, grouping) <= number)
    units = workspace.boundary_set(record.boundaries[grouping.value]).units
    position = number - _first_number(workspace, record, grouping)
    code, parent = units.codes[position], units.parents[position]
    above = unit_names(workspace, record, Grouping.ADMIN1, language) if grouping is Grouping.ADMIN2 and parent is not None else {}
    inside = shapely.point_on_surface(units.geometries[position])
    return PlaceHit(
        match=Match.NAME,
        grouping=grouping,
        code=code,
        name=units.names.get(language, units.names["en"])[position],
        parent_name=above.get(parent or ""),
        latitude=inside.y,
        longitude=inside.x,
    )
