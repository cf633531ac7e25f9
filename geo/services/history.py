"""One school across the releases: what each changed of it, from what to what, and by whose word."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from geo.errors import NotFound
from geo.model import FACT_COLUMNS, Fact, ReleaseRecord
from geo.services.releases import releases
from geo.services.withdrawals import withdrawals_of
from geo.services.workspace import Workspace

MAX_RELEASES = 50
"""Releases that are opened for one answer."""

FACT_OF_COLUMN = {column: fact for fact, columns in FACT_COLUMNS.items() for column in columns}
HISTORY_COLUMNS = ("school_id_giga", "school_id_govt", *FACT_OF_COLUMN)


@dataclass(frozen=True)
class FactChange:
    """One column of a school that a release changed; None is "not known". Source and date are those of the new value."""

    column: str
    before: Any
    after: Any
    source: str | None
    collected_on: date | None


@dataclass(frozen=True)
class SchoolChange:
    """What a release did to a school: `added`, `removed` or `changed`."""

    release: ReleaseRecord
    change: str
    facts: tuple[FactChange, ...]


@dataclass(frozen=True)
class SchoolHistory:
    """The changes of a school, newest first, in the releases from `oldest` on; `is_complete` where that is the first of all.

    Withdrawn releases are passed over: what they changed shows in the next release after them.
    """

    school_id: str
    changes: tuple[SchoolChange, ...]
    oldest: int | None
    is_complete: bool


def school_history(workspace: Workspace, school_id: str, *, before: int | None = None, limit: int = MAX_RELEASES) -> SchoolHistory:
    """What the newest releases changed of a school.

    Parameters
    ----------
    before
        Only releases older than this one.
    limit
        Releases that are looked at, at most.

    Raises
    ------
    NotFound
        None of the releases looked at has such a school.
    """
    found = releases(workspace, limit=limit + 1, before=before)
    withdrawn = withdrawals_of(workspace, found)
    kept = [record for record in found if record.id not in withdrawn]
    is_complete = not found or found[-1].id == 1
    states = [_state(workspace, record, school_id) for record in kept]
    if not any(state is not None for state in states):
        raise NotFound(f"no release has a school '{school_id[:80]}'")
    if is_complete:
        states.append(None)
    pairs = zip(kept, states, states[1:], strict=False)
    changes = tuple(change for record, now, was in pairs if (change := _change(record, was, now)) is not None)
    return SchoolHistory(school_id, changes, kept[min(len(kept), limit) - 1].id if kept else None, is_complete)


def _state(workspace: Workspace, record: ReleaseRecord, school_id: str) -> dict[str, Any] | None:
    """A school's row of a release; None where it is not in it. Opened beside the releases that are kept open for readers."""
    table = workspace.release_files.open(record)
    row = pc.index(table["school_id"], pa.scalar(school_id, pa.string())).as_py()
    return None if row < 0 else dict(table.slice(row, 1).to_pylist()[0])


def _change(record: ReleaseRecord, was: dict[str, Any] | None, now: dict[str, Any] | None) -> SchoolChange | None:
    if was is None and now is None:
        return None
    if now is None:
        return SchoolChange(record, "removed", ())
    facts = tuple(_fact_change(name, was, now) for name in HISTORY_COLUMNS if now[name] != (was or {}).get(name))
    if was is None:
        return SchoolChange(record, "added", tuple(fact for fact in facts if fact.after is not None))
    return SchoolChange(record, "changed", facts) if facts else None


def _fact_change(name: str, was: dict[str, Any] | None, now: dict[str, Any]) -> FactChange:
    fact: Fact | None = FACT_OF_COLUMN.get(name)
    source, day = (None, None) if fact is None else (now[f"{fact}_source"], now[f"{fact}_collected_on"])
    return FactChange(name, None if was is None else was[name], now[name], source, day)
