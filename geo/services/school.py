"""What a page of a school shows: what is known, from whom and since when, what the norm asks of it, and what it was before."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date
from typing import Any

from geo.errors import NotFound
from geo.model import AREA_TYPES, FACT_COLUMNS, STATUSES, AreaType, Fact, Flag, Grouping, ReleaseRecord, Status, View
from geo.norms import Norm, required_for
from geo.services.coverage import Shown, resolve, unit_names
from geo.services.releases import releases
from geo.services.workspace import Workspace

HISTORY_RELEASES = 12
"""How many releases back a school's history is read; each is opened for it."""


@dataclass(frozen=True)
class SchoolFact:
    """A fact as last reported: its columns' values, and who reported it when in which import."""

    fact: Fact
    values: dict[str, Any]
    source: str | None
    collected_on: date | None
    import_id: int | None


@dataclass(frozen=True)
class HistoryEntry:
    """What a school was from one release on; None where the release does not have it."""

    release: ReleaseRecord
    status: Status | None
    download_speed_mbps: float | None


@dataclass(frozen=True)
class SchoolPage:
    """A school in a release under a norm.

    Parameters
    ----------
    values
        Its row of the release, by column.
    required_mbps
        What the norm asks of it; None where that needs an enrolment that is unknown.
    admin1_name, admin2_name
        Names of its units in the language asked for.
    history
        Releases in which its status or speed changed, newest first, as far back as `HISTORY_RELEASES`.
    """

    release: ReleaseRecord
    norm: Norm
    view: View
    row: int
    values: dict[str, Any]
    status: Status
    area_type: AreaType
    download_speed_mbps: float | None
    required_mbps: float | None
    admin1_name: str | None
    admin2_name: str | None
    facts: tuple[SchoolFact, ...]
    flags: tuple[Flag, ...]
    history: tuple[HistoryEntry, ...]


def school_page(workspace: Workspace, view: View, school_id: str, *, language: str = "en") -> SchoolPage:
    """The page of a school by our id.

    Raises
    ------
    NotFound
        The release has no such school.
    """
    shown = resolve(workspace, view)
    row = shown.opened.row_of(school_id)
    if row is None:
        raise NotFound(f"release {shown.release.id} has no school '{school_id[:80]}'")
    values = _values(shown, row)
    return SchoolPage(
        release=shown.release,
        norm=shown.norm,
        view=view,
        row=row,
        values=values,
        status=_status(shown, row),
        area_type=AREA_TYPES[shown.opened.columns.area_type[row]],
        download_speed_mbps=_speed(shown, row),
        required_mbps=required_for(shown.norm, values["num_students"]),
        admin1_name=_unit_name(workspace, shown, Grouping.ADMIN1, values, language),
        admin2_name=_unit_name(workspace, shown, Grouping.ADMIN2, values, language),
        facts=tuple(_fact(fact, values) for fact in Fact),
        flags=tuple(Flag(word) for word in (values["flags"] or "").split()),
        history=_history(workspace, shown, view, school_id),
    )


@dataclass(frozen=True)
class SchoolCard:
    """What the map shows of a school that was pointed at."""

    school_id: str
    school_name: str | None
    status: Status
    area_type: AreaType
    admin1: str | None
    num_students: int | None
    download_speed_mbps: float | None
    required_mbps: float | None


def school_card(workspace: Workspace, view: View, row: int) -> SchoolCard:
    """The school in a row of a release.

    Raises
    ------
    NotFound
        The release has no such row.
    """
    shown = resolve(workspace, view)
    if not 0 <= row < shown.opened.table.num_rows:
        raise NotFound(f"release {shown.release.id} has no row {row}")
    values = _values(shown, row)
    return SchoolCard(
        school_id=values["school_id"],
        school_name=values["school_name"],
        status=_status(shown, row),
        area_type=AREA_TYPES[shown.opened.columns.area_type[row]],
        admin1=values["admin1"],
        num_students=values["num_students"],
        download_speed_mbps=_speed(shown, row),
        required_mbps=required_for(shown.norm, values["num_students"]),
    )


def _values(shown: Shown, row: int) -> dict[str, Any]:
    found: dict[str, Any] = shown.opened.table.slice(row, 1).to_pylist()[0]
    return found


def _status(shown: Shown, row: int) -> Status:
    return STATUSES[int(shown.opened.statuses(shown.norm, shown.basis)[row])]


def _speed(shown: Shown, row: int) -> float | None:
    speed = float(shown.opened.columns.download_speed_mbps(shown.basis)[row])
    return None if math.isnan(speed) else speed


def _unit_name(workspace: Workspace, shown: Shown, grouping: Grouping, values: dict[str, Any], language: str) -> str | None:
    code = values[grouping.value]
    return None if code is None else unit_names(workspace, shown.release, grouping, language).get(code, values[f"{grouping}_name"])


def _fact(fact: Fact, values: dict[str, Any]) -> SchoolFact:
    return SchoolFact(
        fact=fact,
        values={column: values[column] for column in FACT_COLUMNS[fact]},
        source=values[f"{fact}_source"],
        collected_on=values[f"{fact}_collected_on"],
        import_id=values[f"{fact}_import"],
    )


def _history(workspace: Workspace, shown: Shown, view: View, school_id: str) -> tuple[HistoryEntry, ...]:
    """Newest first; a release that left status and speed as they were is left out, but for the oldest that was read."""
    entries: list[HistoryEntry] = []
    for record in releases(workspace, limit=HISTORY_RELEASES, before=shown.release.id + 1):
        earlier = Shown(workspace.opened(record), shown.norm, view.basis, view.where)
        row = earlier.opened.row_of(school_id)
        status, speed = (None, None) if row is None else (_status(earlier, row), _speed(earlier, row))
        if entries and (entries[-1].status, entries[-1].download_speed_mbps) == (status, speed):
            entries[-1] = HistoryEntry(record, status, speed)
        else:
            entries.append(HistoryEntry(record, status, speed))
    return tuple(entries)
