"""Where imports stand: found, listed, moved from state to state, and given up when their worker is gone."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from geo.errors import NotFound
from geo.model import ImportRecord, ImportState
from geo.services.workspace import Workspace
from geo.store import move_import, select_import, select_imports

ABANDONED_AFTER = timedelta(minutes=15)
"""An import that has been reading or publishing for longer has lost its worker."""


def import_record(workspace: Workspace, import_id: int) -> ImportRecord:
    """An import as it stands; one whose worker is gone is given up first.

    Raises
    ------
    NotFound
        There is no such import.
    """
    with workspace.catalog.reading() as connection:
        record = select_import(connection, import_id)
    if record is None:
        raise NotFound(f"there is no import {import_id}")
    return _given_up(workspace, record) if _is_abandoned(record) else record


def imports(workspace: Workspace, *, limit: int = 50, before: int | None = None) -> tuple[ImportRecord, ...]:
    """The newest imports, newest first; those older than the import `before` where given."""
    with workspace.catalog.reading() as connection:
        return select_imports(connection, limit, before)


def move(workspace: Workspace, import_id: int, from_states: Iterable[ImportState], to_state: ImportState, **changes: Any) -> bool:
    """Move an import to another state and change its columns with it, if it is in one of the states named; whether it was."""
    with workspace.catalog.transaction() as connection:
        return move_import(connection, import_id, tuple(from_states), to_state, **changes)


_WORKING = (ImportState.QUEUED, ImportState.READING, ImportState.PUBLISHING)


def _is_abandoned(record: ImportRecord) -> bool:
    return record.state in _WORKING and datetime.now(UTC) - record.updated_at > ABANDONED_AFTER


def _given_up(workspace: Workspace, record: ImportRecord) -> ImportRecord:
    """An unfinished publish is staged again, since its release was never named; an unfinished reading has failed."""
    if record.state is ImportState.PUBLISHING:
        move(workspace, record.id, (ImportState.PUBLISHING,), ImportState.STAGED)
    else:
        failure = {"code": "abandoned", "detail": "the service stopped while it was reading the file; upload it again"}
        move(workspace, record.id, (record.state,), ImportState.FAILED, failure=failure)
    with workspace.catalog.reading() as connection:
        found = select_import(connection, record.id)
    return found or record
