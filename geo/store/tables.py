"""The catalog's tables and the column types that make SQLite and PostgreSQL keep the same values.

Only definitions: queries are in the module named for their table. A change here needs a migration; a test compares the two.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    Dialect,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
)

NOT_STORABLE = {0: "\ufffd", **dict.fromkeys(range(0xD800, 0xE000), "\ufffd")}
"""NUL and lone surrogates, which PostgreSQL or UTF-8 cannot hold, become U+FFFD: a file's name may hold anything."""


class PlainText(TypeDecorator[str]):
    """Text of any origin: what a database cannot hold becomes U+FFFD, the same on both."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """Text as it can be stored."""
        return None if value is None else value.translate(NOT_STORABLE)


class UtcDateTime(TypeDecorator[datetime]):
    """A moment with its time zone, always UTC when read; SQLite keeps it without the zone."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """The moment in UTC.

        Raises
        ------
        ValueError
            The moment has no time zone.
        """
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"a stored moment needs a time zone; got {value.isoformat()}")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """The moment in UTC, whatever zone the database session uses."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def now() -> datetime:
    """The present moment in UTC."""
    return datetime.now(UTC)


def _json() -> JSON:
    return JSON(none_as_null=True)


def _id() -> Column[Any]:
    return Column("id", Integer, primary_key=True)


metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
    }
)

settings = Table(
    "settings",
    metadata,
    Column("name", PlainText, primary_key=True),
    Column("value", PlainText, nullable=False),
)
"""What is fixed for one deployment by use, such as its country; not the settings of the environment."""

access_keys = Table(
    "access_keys",
    metadata,
    _id(),
    Column("prefix", PlainText, nullable=False),
    Column("name", PlainText, nullable=False),
    Column("role", PlainText, nullable=False),
    Column("hash", PlainText, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime),
    Column("revoked_at", UtcDateTime),
    UniqueConstraint("hash"),
    sqlite_autoincrement=True,
)

boundary_sets = Table(
    "boundary_sets",
    metadata,
    _id(),
    Column("country", PlainText, nullable=False),
    Column("level", Integer, nullable=False),
    Column("vintage", PlainText, nullable=False),
    Column("directory", PlainText, nullable=False),
    Column("sha256", PlainText, nullable=False),
    Column("unit_count", Integer, nullable=False),
    Column("languages", _json(), nullable=False),
    Column("source_name", PlainText, nullable=False),
    Column("source_sha256", PlainText, nullable=False),
    Column("report", _json(), nullable=False),
    Column("loaded_at", UtcDateTime, nullable=False),
    Column("loaded_by", PlainText, nullable=False),
    UniqueConstraint("country", "level", "vintage"),
    sqlite_autoincrement=True,
)

imports = Table(
    "imports",
    metadata,
    _id(),
    Column("state", PlainText, nullable=False),
    Column("file_name", PlainText, nullable=False),
    Column("file_sha256", PlainText, nullable=False),
    Column("byte_count", BigInteger, nullable=False),
    Column("options", _json(), nullable=False),
    Column("source", PlainText),
    Column("base_release_id", Integer),
    Column("release_id", Integer),
    Column("staged_file", PlainText),
    Column("report", _json()),
    Column("failure", _json()),
    Column("progress", Float, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
    Column("created_by", PlainText, nullable=False),
    Column("created_by_key_id", Integer, ForeignKey("access_keys.id")),
    Column("step", PlainText),
    Column("prepared", _json()),
    sqlite_autoincrement=True,
)

releases = Table(
    "releases",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("parent_id", Integer, ForeignKey("releases.id")),
    Column("kind", PlainText, nullable=False),
    Column("file_name", PlainText, nullable=False),
    Column("sha256", PlainText, nullable=False),
    Column("byte_count", BigInteger, nullable=False),
    Column("school_count", Integer, nullable=False),
    Column("country", PlainText),
    Column("boundaries", _json(), nullable=False),
    Column("vintages", _json(), nullable=False),
    Column("sources", _json(), nullable=False),
    Column("counts", _json(), nullable=False),
    Column("import_id", Integer, ForeignKey("imports.id")),
    Column("undone_release_id", Integer, ForeignKey("releases.id")),
    Column("reason", PlainText, nullable=False),
    Column("published_at", UtcDateTime, nullable=False),
    Column("published_by", PlainText, nullable=False),
    Column("software_version", PlainText, nullable=False),
    CheckConstraint("id = COALESCE(parent_id, 0) + 1", name="chain_without_gap"),
)
"""One row a release, never changed. Several rows may name one file: undoing the current release names its parent's."""

withdrawals = Table(
    "withdrawals",
    metadata,
    Column("release_id", Integer, ForeignKey("releases.id"), primary_key=True, autoincrement=False),
    Column("reason", PlainText, nullable=False),
    Column("withdrawn_at", UtcDateTime, nullable=False),
    Column("withdrawn_by", PlainText, nullable=False),
)
"""Releases taken out of public reach for good; their rows stay, so that the chain has no gap."""

jobs = Table(
    "jobs",
    metadata,
    _id(),
    Column("kind", PlainText, nullable=False),
    Column("state", PlainText, nullable=False),
    Column("import_id", Integer, ForeignKey("imports.id")),
    Column("parameters", _json(), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("lease_owner", PlainText),
    Column("lease_until", UtcDateTime),
    Column("is_cancelled", Boolean, nullable=False),
    Column("failure", _json()),
    Column("created_at", UtcDateTime, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
    Index("ix_jobs_state", "state"),
    Index("ix_jobs_import_id", "import_id"),
    sqlite_autoincrement=True,
)
"""Work beyond about a second: who works on it until when, so that another worker takes it over when that one dies."""

crosswalk = Table(
    "crosswalk",
    metadata,
    _id(),
    Column("source", PlainText, nullable=False),
    Column("row_id", PlainText, nullable=False),
    Column("school_id", PlainText, nullable=False),
    Column("is_refused", Boolean, nullable=False),
    Column("import_id", Integer, ForeignKey("imports.id")),
    Column("decided_at", UtcDateTime, nullable=False),
    Column("decided_by", PlainText, nullable=False),
    UniqueConstraint("source", "row_id", "school_id"),
    sqlite_autoincrement=True,
)
"""Which of a source's ids is which school of ours, as a person decided, or is surely not."""

mappings = Table(
    "mappings",
    metadata,
    _id(),
    Column("name", PlainText, nullable=False),
    Column("options", _json(), nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
    Column("updated_by", PlainText, nullable=False),
    UniqueConstraint("name"),
    sqlite_autoincrement=True,
)
"""How the files of a source are read: headings, values, units; remembered under the source's name."""

sources = Table(
    "sources",
    metadata,
    _id(),
    Column("name", PlainText, nullable=False),
    Column("kind", PlainText, nullable=False),
    Column("base_url", PlainText, nullable=False),
    Column("country", PlainText, nullable=False),
    Column("options", _json(), nullable=False),
    Column("is_trusted", Boolean, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("created_by", PlainText, nullable=False),
    Column("pulling_since", UtcDateTime),
    Column("last_pull_at", UtcDateTime),
    Column("last_success_at", UtcDateTime),
    Column("last_state", PlainText),
    Column("last_import_id", Integer, ForeignKey("imports.id")),
    Column("last_report", _json()),
    Column("last_failure", _json()),
    UniqueConstraint("name"),
    sqlite_autoincrement=True,
)
"""Interfaces that data is pulled from; keys are never kept here."""

idempotency_keys = Table(
    "idempotency_keys",
    metadata,
    Column("access_key_id", Integer, ForeignKey("access_keys.id"), primary_key=True, autoincrement=False),
    Column("idempotency_key", PlainText, primary_key=True),
    Column("request_sha256", PlainText, nullable=False),
    Column("import_id", Integer, ForeignKey("imports.id"), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
)
"""What an `Idempotency-Key` was first sent with, so that a repeated request is answered and not done again."""

audit = Table(
    "audit",
    metadata,
    _id(),
    Column("at", UtcDateTime, nullable=False),
    Column("actor", PlainText, nullable=False),
    Column("action", PlainText, nullable=False),
    Column("subject", PlainText, nullable=False),
    Column("detail", _json(), nullable=False),
    sqlite_autoincrement=True,
)
