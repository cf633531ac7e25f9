"""Queries on `audit`: who did what to what, when. Lines are added and read, never changed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, insert, select

from geo.model import AuditRecord
from geo.store.tables import audit, now

# fmt: off
SELECT_NEWEST = (
    select(audit)
    .order_by(audit.c.id.desc())
    .limit(bindparam("most"))
)
# fmt: on


def insert_audit(
    connection: Connection, actor: str, action: str, subject: str, detail: Mapping[str, Any] | None = None, *, at: datetime | None = None
) -> AuditRecord:
    """Add a line; `at` is now where not given. It is kept only if the transaction of what it tells of is."""
    values = {"at": at or now(), "actor": actor, "action": action, "subject": subject, "detail": dict(detail or {})}
    return AuditRecord(**connection.execute(insert(audit).values(values).returning(*audit.c)).one()._asdict())


def select_audit(connection: Connection, limit: int = 100) -> tuple[AuditRecord, ...]:
    """The newest lines, newest first."""
    return tuple(AuditRecord(**row._asdict()) for row in connection.execute(SELECT_NEWEST, {"most": limit}))
