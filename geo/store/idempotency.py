"""Queries on `idempotency_keys`: what each `Idempotency-Key` was first sent with, and the import that came of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, bindparam, delete, select
from sqlalchemy.dialects import postgresql, sqlite

from geo.store.tables import idempotency_keys, now

# fmt: off
SELECT_KEPT = (
    select(idempotency_keys.c.request_sha256, idempotency_keys.c.import_id)
    .where(idempotency_keys.c.access_key_id == bindparam("access_key_id"))
    .where(idempotency_keys.c.idempotency_key == bindparam("idempotency_key"))
    .where(idempotency_keys.c.created_at >= bindparam("since", type_=idempotency_keys.c.created_at.type))
)
DELETE_OLD = (
    delete(idempotency_keys)
    .where(idempotency_keys.c.created_at < bindparam("before", type_=idempotency_keys.c.created_at.type))
)
# fmt: on


@dataclass(frozen=True, slots=True)
class KeptRequest:
    """A request that was made under an idempotency key: SHA-256 of what it asked for, and the import it made."""

    request_sha256: str
    import_id: int


def select_kept_request(connection: Connection, access_key_id: int, idempotency_key: str, *, since: datetime) -> KeptRequest | None:
    """What an access key asked for under an idempotency key since a moment; None where it did not use it."""
    given = {"access_key_id": access_key_id, "idempotency_key": idempotency_key, "since": since}
    row = connection.execute(SELECT_KEPT, given).one_or_none()
    return None if row is None else KeptRequest(row.request_sha256, row.import_id)


def insert_kept_request(
    connection: Connection, access_key_id: int, idempotency_key: str, *, request_sha256: str, import_id: int, since: datetime
) -> bool:
    """Keep what was asked for under an idempotency key, and forget everything older than `since`.

    Returns
    -------
    Whether it was kept: of several requests at once under one key, one is.
    """
    connection.execute(DELETE_OLD, {"before": since})
    dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
    values = {
        "access_key_id": access_key_id,
        "idempotency_key": idempotency_key,
        "request_sha256": request_sha256,
        "import_id": import_id,
        "created_at": now(),
    }
    # fmt: off
    statement = (
        dialect.insert(idempotency_keys)
        .values(values)
        .on_conflict_do_nothing()
        .returning(idempotency_keys.c.import_id)
    )
    # fmt: on
    return connection.execute(statement).one_or_none() is not None
