"""Requests that may be sent twice: the second time they are answered and not done again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from geo.errors import IdempotencyMismatch
from geo.model import ImportRecord, ImportState, Key
from geo.services.attending import import_record, refusal_from
from geo.services.workspace import Workspace
from geo.store import Connection, insert_kept_request, select_kept_request

KEPT_FOR = timedelta(days=7)
"""How long a key is remembered; as long as the file of an import that is not published."""

Claim = Callable[[Connection, ImportRecord], None]


@dataclass(frozen=True, slots=True)
class OnceOnly:
    """A request that is to be done once.

    Parameters
    ----------
    actor
        The access key that asks: each has idempotency keys of its own.
    idempotency_key
        The word that whoever asks chose for the request.
    request_sha256
        SHA-256 of everything that it asks for, in hexadecimal digits.
    """

    actor: Key
    idempotency_key: str
    request_sha256: str


class _AlreadyAsked(Exception):
    """Another request under the same key was kept meanwhile."""


def done_once(workspace: Workspace, once: OnceOnly, make: Callable[[Claim], ImportRecord]) -> ImportRecord:
    """Make an import, or give the one that the same request made before.

    Parameters
    ----------
    make
        Makes the import and calls what it is given in the transaction of its row.

    Raises
    ------
    IdempotencyMismatch
        The key was used for another request.
    FileRefused
        The file was, or is, refused.
    """
    found = _earlier(workspace, once)
    if found is not None:
        return found
    try:
        return make(lambda connection, record: _claim(connection, once, record))
    except _AlreadyAsked:
        found = _earlier(workspace, once)
        if found is None:
            raise
        return found


def _claim(connection: Connection, once: OnceOnly, record: ImportRecord) -> None:
    kept = insert_kept_request(
        connection, once.actor.id, once.idempotency_key, request_sha256=once.request_sha256, import_id=record.id, since=_since()
    )
    if not kept:
        raise _AlreadyAsked


def _earlier(workspace: Workspace, once: OnceOnly) -> ImportRecord | None:
    with workspace.catalog.reading() as connection:
        kept = select_kept_request(connection, once.actor.id, once.idempotency_key, since=_since())
    if kept is None:
        return None
    if kept.request_sha256 != once.request_sha256:
        raise IdempotencyMismatch(
            f"this 'Idempotency-Key' was sent before with another file or other fields, which made import {kept.import_id}; take a new one"
        )
    record = import_record(workspace, kept.import_id)
    if record.state is ImportState.FAILED and record.failure is not None:
        raise refusal_from(record.failure)
    return record


def _since() -> datetime:
    return datetime.now(UTC) - KEPT_FOR
