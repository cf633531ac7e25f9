"""Where imports stand: found and listed."""

from __future__ import annotations

from geo.errors import NotFound
from geo.model import ImportRecord
from geo.services.workspace import Workspace
from geo.store import select_import, select_imports


def import_record(workspace: Workspace, import_id: int) -> ImportRecord:
    """An import as it stands.

    Raises
    ------
    NotFound
        There is no such import.
    """
    with workspace.catalog.reading() as connection:
        record = select_import(connection, import_id)
    if record is None:
        raise NotFound(f"there is no import {import_id}")
    return record


def imports(workspace: Workspace, *, limit: int = 50, before: int | None = None) -> tuple[ImportRecord, ...]:
    """The newest imports, newest first; those older than the import `before` where given."""
    with workspace.catalog.reading() as connection:
        return select_imports(connection, limit, before)
