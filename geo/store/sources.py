"""Queries on `sources`: interfaces that data is pulled from, and how the last pull of each went. Keys are never here."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, delete, insert, or_, select, update

from geo.model import PullState, SourceRecord
from geo.store.tables import imports, now, sources

# fmt: off
SELECT_SOURCES = (
    select(sources)
    .order_by(sources.c.name, sources.c.id)
)
SELECT_SOURCE = (
    select(sources)
    .where(sources.c.name == bindparam("source_name"))
)
DELETE_SOURCE = (
    delete(sources)
    .where(sources.c.name == bindparam("source_name"))
)
SELECT_PULLED_FILES = (
    select(imports.c.file_sha256)
    .join(sources, sources.c.last_import_id == imports.c.id)
    .distinct()
)
# fmt: on


def _record(row: Row[Any]) -> SourceRecord:
    values = row._asdict()
    state = values["last_state"]
    return SourceRecord(**values | {"last_state": None if state is None else PullState(state)})


def insert_source(
    connection: Connection,
    *,
    name: str,
    kind: str,
    base_url: str,
    country: str,
    options: Mapping[str, Any],
    is_trusted: bool,
    created_by: str,
    created_at: datetime | None = None,
) -> SourceRecord:
    """Keep a new source; `created_at` is now where not given."""
    # fmt: off
    statement = (
        insert(sources)
        .values(name=name, kind=kind, base_url=base_url, country=country, options=dict(options), is_trusted=is_trusted)
        .values(created_at=created_at or now(), created_by=created_by)
        .returning(*sources.c)
    )
    # fmt: on
    return _record(connection.execute(statement).one())


def select_sources(connection: Connection) -> tuple[SourceRecord, ...]:
    """All sources by name."""
    return tuple(_record(row) for row in connection.execute(SELECT_SOURCES))


def select_source(connection: Connection, name: str) -> SourceRecord | None:
    """A source by its name; None where there is none."""
    row = connection.execute(SELECT_SOURCE, {"source_name": name}).one_or_none()
    return None if row is None else _record(row)


def delete_source(connection: Connection, name: str) -> bool:
    """Forget a source; whether there was one. What was imported from it stays."""
    return connection.execute(DELETE_SOURCE, {"source_name": name}).rowcount == 1


def update_trust(connection: Connection, name: str, *, is_trusted: bool) -> SourceRecord | None:
    """Say whether a source is trusted; None where there is none of that name."""
    # fmt: off
    statement = (
        update(sources)
        .where(sources.c.name == name)
        .values(is_trusted=is_trusted)
        .returning(*sources.c)
    )
    # fmt: on
    row = connection.execute(statement).one_or_none()
    return None if row is None else _record(row)


def claim_source(connection: Connection, source_id: int, *, at: datetime, abandoned_before: datetime) -> bool:
    """Begin a pull, if no other runs that began after `abandoned_before`; whether it may go on. Of several at once, one may."""
    # fmt: off
    statement = (
        update(sources)
        .where(sources.c.id == source_id)
        .where(or_(sources.c.pulling_since.is_(None), sources.c.pulling_since < abandoned_before))
        .values(pulling_since=at)
    )
    # fmt: on
    return connection.execute(statement).rowcount == 1


def update_pull_done(
    connection: Connection,
    source_id: int,
    *,
    began_at: datetime,
    at: datetime,
    state: PullState,
    import_id: int | None,
    report: Mapping[str, Any],
) -> None:
    """Keep how a pull that brought something ended; nothing happens where another pull has taken over from it."""
    done = {"last_pull_at": at, "last_success_at": at, "last_state": state.value, "last_import_id": import_id}
    _end(connection, source_id, began_at, {**done, "last_report": dict(report), "last_failure": None})


def update_pull_failed(connection: Connection, source_id: int, *, began_at: datetime, at: datetime, failure: Mapping[str, Any]) -> None:
    """Keep why a pull failed; what the last good one brought stays named."""
    _end(connection, source_id, began_at, {"last_pull_at": at, "last_state": PullState.FAILED.value, "last_failure": dict(failure)})


def _end(connection: Connection, source_id: int, began_at: datetime, values: Mapping[str, Any]) -> None:
    # fmt: off
    connection.execute(
        update(sources)
        .where(sources.c.id == source_id)
        .where(sources.c.pulling_since == began_at)
        .values(pulling_since=None, **values)
    )
    # fmt: on


def select_pulled_sha256s(connection: Connection) -> frozenset[str]:
    """SHA-256 of the file of each source's last good pull: the next one is held against it."""
    return frozenset(connection.execute(SELECT_PULLED_FILES).scalars())
