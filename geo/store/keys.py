"""Queries on `access_keys`. The secret of a key is never here: the service hashes it before it asks."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, Row, bindparam, func, insert, select, update

from geo.model import Key, Role
from geo.store.tables import access_keys, now

COLUMNS = tuple(column for column in access_keys.c if column.name != "hash")

# fmt: off
SELECT_KEYS = (
    select(*COLUMNS)
    .order_by(access_keys.c.id)
)
SELECT_KEY = (
    select(*COLUMNS)
    .where(access_keys.c.id == bindparam("key_id"))
)
SELECT_KEY_BY_HASH = (
    select(*COLUMNS)
    .where(access_keys.c.hash == bindparam("key_hash"))
)
REVOKE_KEY = (
    update(access_keys)
    .where(access_keys.c.id == bindparam("key_id"))
    .values(revoked_at=func.coalesce(access_keys.c.revoked_at, bindparam("at", type_=access_keys.c.revoked_at.type)))
)
# fmt: on


def _key(row: Row[tuple[object, ...]]) -> Key:
    values = row._asdict()
    return Key(**values | {"role": Role(values["role"])})


def insert_key(
    connection: Connection,
    *,
    prefix: str,
    name: str,
    role: Role,
    hash: str,
    expires_at: datetime | None = None,
    created_at: datetime | None = None,
) -> Key:
    """Keep a new key.

    Parameters
    ----------
    prefix
        First characters of the secret, shown in lists.
    hash
        SHA-256 of the secret in hexadecimal digits; distinct for every key.
    created_at
        With a time zone; now where not given.
    """
    # fmt: off
    statement = (
        insert(access_keys)
        .values(prefix=prefix, name=name, role=role.value, hash=hash)
        .values(created_at=created_at or now(), expires_at=expires_at, revoked_at=None)
        .returning(*COLUMNS)
    )
    # fmt: on
    return _key(connection.execute(statement).one())


def select_keys(connection: Connection) -> tuple[Key, ...]:
    """All keys, expired and revoked ones too, oldest first."""
    return tuple(_key(row) for row in connection.execute(SELECT_KEYS))


def select_key(connection: Connection, key_id: int) -> Key | None:
    """A key by its id, expired or revoked or not; None where there is none."""
    row = connection.execute(SELECT_KEY, {"key_id": key_id}).one_or_none()
    return None if row is None else _key(row)


def select_key_by_hash(connection: Connection, hash: str) -> Key | None:
    """The key whose secret has this SHA-256, expired or revoked or not; None where there is none."""
    row = connection.execute(SELECT_KEY_BY_HASH, {"key_hash": hash}).one_or_none()
    return None if row is None else _key(row)


def revoke_key(connection: Connection, key_id: int, *, at: datetime | None = None) -> Key | None:
    """Revoke a key from now on (or from `at`, with a time zone); one revoked before keeps its first moment. None where there is none."""
    connection.execute(REVOKE_KEY, {"key_id": key_id, "at": at or now()})
    return select_key(connection, key_id)
