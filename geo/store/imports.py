"""Queries on `imports`: uploaded files and where each stands. State changes are guarded by the state they start from."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, insert, select, update

from geo.model import ImportRecord, ImportState, ImportStep
from geo.store.tables import imports, now

CHANGEABLE = frozenset(
    {"options", "source", "base_release_id", "release_id", "staged_file", "report", "failure", "progress", "step", "prepared"}
)
"""Columns that may change after an import was made, besides its state."""

# fmt: off
SELECT_IMPORT = (
    select(imports)
    .where(imports.c.id == bindparam("import_id"))
)
SELECT_IMPORTS = (
    select(imports)
    .order_by(imports.c.id.desc())
    .limit(bindparam("most"))
)
SELECT_IMPORTS_BEFORE = (
    SELECT_IMPORTS
    .where(imports.c.id < bindparam("before"))
)
SELECT_IN_STATES = (
    select(imports)
    .where(imports.c.state.in_(bindparam("states", expanding=True)))
    .order_by(imports.c.id)
)
SELECT_PUBLISHED_OF = (
    select(imports)
    .where(imports.c.file_sha256 == bindparam("file_sha256"))
    .where(imports.c.state == ImportState.PUBLISHED.value)
    .order_by(imports.c.id)
)
SELECT_PREPARED = (
    select(imports)
    .where(imports.c.state.in_(bindparam("states", expanding=True)))
    .where(imports.c.prepared.is_not(None))
    .order_by(imports.c.id.desc())
)
SELECT_FILES_IN_USE = (
    select(imports.c.file_sha256)
    .where(imports.c.state.in_(bindparam("states", expanding=True)))
    .distinct()
)
# fmt: on


@dataclass(frozen=True, slots=True, kw_only=True)
class NewImport:
    """What `insert_import` keeps: an `ImportRecord` before it has an id. `created_at` is now where not given."""

    file_name: str
    file_sha256: str
    byte_count: int
    created_by: str
    created_by_key_id: int | None = None
    options: Mapping[str, Any] | None = None
    source: str | None = None
    base_release_id: int | None = None
    state: ImportState = ImportState.QUEUED
    created_at: datetime | None = None


def _record(row: Row[Any]) -> ImportRecord:
    values = row._asdict()
    step = None if values["step"] is None else ImportStep(values["step"])
    return ImportRecord(**values | {"state": ImportState(values["state"]), "progress": float(values["progress"]), "step": step})


def _changed(changes: Mapping[str, Any]) -> dict[str, Any]:
    refused = sorted(set(changes) - CHANGEABLE)
    if refused:
        raise TypeError(f"an import's {', '.join(refused)} cannot be changed; only {', '.join(sorted(CHANGEABLE))}")
    return {**changes, "updated_at": now()}


def insert_import(connection: Connection, new: NewImport) -> ImportRecord:
    """Keep a new import."""
    moment = new.created_at or now()
    made = {"state": new.state.value, "options": dict(new.options or {}), "progress": 0.0, "created_at": moment, "updated_at": moment}
    return _record(connection.execute(insert(imports).values(asdict(new) | made).returning(*imports.c)).one())


def update_import(connection: Connection, import_id: int, **changes: Any) -> ImportRecord | None:
    """Change an import's columns, never its state; None where there is no such import.

    Raises
    ------
    TypeError
        A column that is not in `CHANGEABLE`.
    """
    # fmt: off
    statement = (
        update(imports)
        .where(imports.c.id == import_id)
        .values(_changed(changes))
        .returning(*imports.c)
    )
    # fmt: on
    row = connection.execute(statement).one_or_none()
    return None if row is None else _record(row)


def move_import(
    connection: Connection, import_id: int, from_states: Collection[ImportState], to_state: ImportState, **changes: Any
) -> bool:
    """Move an import to another state, and change its columns with it, only if it is in one of the states named.

    Returns
    -------
    Whether it moved. Of several that try at once, one does.

    Raises
    ------
    TypeError
        A column that is not in `CHANGEABLE`.
    """
    # fmt: off
    statement = (
        update(imports)
        .where(imports.c.id == import_id)
        .where(imports.c.state.in_([state.value for state in from_states]))
        .values(_changed(changes) | {"state": to_state.value})
    )
    # fmt: on
    return connection.execute(statement).rowcount == 1


def select_import(connection: Connection, import_id: int) -> ImportRecord | None:
    """An import by its id; None where there is none."""
    row = connection.execute(SELECT_IMPORT, {"import_id": import_id}).one_or_none()
    return None if row is None else _record(row)


def select_imports(connection: Connection, limit: int = 50, before: int | None = None) -> tuple[ImportRecord, ...]:
    """The newest imports, newest first; those older than the import `before` where given."""
    if before is None:
        rows = connection.execute(SELECT_IMPORTS, {"most": limit})
    else:
        rows = connection.execute(SELECT_IMPORTS_BEFORE, {"most": limit, "before": before})
    return tuple(_record(row) for row in rows)


def select_imports_in(connection: Connection, states: Collection[ImportState]) -> tuple[ImportRecord, ...]:
    """All imports in the states named, oldest first: such as those that a stopped service left unfinished."""
    return tuple(_record(row) for row in connection.execute(SELECT_IN_STATES, {"states": [state.value for state in states]}))


def select_published_of(connection: Connection, file_sha256: str) -> tuple[ImportRecord, ...]:
    """Published imports of the same bytes, oldest first."""
    return tuple(_record(row) for row in connection.execute(SELECT_PUBLISHED_OF, {"file_sha256": file_sha256}))


def select_prepared_imports(connection: Connection) -> tuple[ImportRecord, ...]:
    """Imports whose release is written ahead and may yet be published, newest first."""
    states = [ImportState.STAGED.value, ImportState.PUBLISHING.value]
    return tuple(_record(row) for row in connection.execute(SELECT_PREPARED, {"states": states}))


def select_upload_sha256s(connection: Connection, states: Collection[ImportState]) -> frozenset[str]:
    """SHA-256 of every uploaded file that an import in the states named came from."""
    return frozenset(connection.execute(SELECT_FILES_IN_USE, {"states": [state.value for state in states]}).scalars())
