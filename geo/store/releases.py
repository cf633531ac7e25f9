"""Queries on `releases`: the chain of published releases. The newest row is the current release; rows are never changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, func, insert, select, text

from geo.errors import Conflict
from geo.model import ReleaseKind, ReleaseRecord
from geo.store.catalog import Catalog
from geo.store.tables import now, releases

# fmt: off
LOCK_CHAIN = text(
    "LOCK TABLE releases "
    "IN SHARE ROW EXCLUSIVE MODE"
)
"""PostgreSQL: one publisher at a time, readers go on. SQLite needs none: its writers already run one after another."""

SELECT_CURRENT_ID = (
    select(func.max(releases.c.id))
)
CURRENT_ID_SQL = str(SELECT_CURRENT_ID)
STANDING_SQL = (
    "SELECT (SELECT MAX(id) FROM releases) "
    "|| '/' || (SELECT COUNT(*) FROM withdrawals)"
)
SELECT_RELEASE = (
    select(releases)
    .where(releases.c.id == bindparam("release_id"))
)
SELECT_RELEASES = (
    select(releases)
    .order_by(releases.c.id.desc())
    .limit(bindparam("most"))
)
SELECT_RELEASES_BEFORE = (
    SELECT_RELEASES
    .where(releases.c.id < bindparam("before"))
)
SELECT_FILES = (
    select(releases.c.file_name, releases.c.sha256)
    .distinct()
)
SELECT_RELEASES_OF_FILE = (
    select(releases)
    .where(releases.c.sha256 == bindparam("sha256"))
    .order_by(releases.c.id)
)
# fmt: on


@dataclass(frozen=True, slots=True, kw_only=True)
class NewRelease:
    """What `insert_release` keeps: a `ReleaseRecord` before it has an id.

    Parameters
    ----------
    parent_id
        The release this one was made from; None for the first. It must be the current one when the row is inserted.
    published_at
        With a time zone; now where not given.
    """

    parent_id: int | None
    kind: ReleaseKind
    file_name: str
    sha256: str
    byte_count: int
    school_count: int
    country: str | None
    boundaries: Mapping[str, int]
    vintages: Mapping[str, str]
    sources: Sequence[str]
    counts: Mapping[str, int]
    reason: str
    published_by: str
    software_version: str
    import_id: int | None = None
    undone_release_id: int | None = None
    published_at: datetime | None = None


def _record(row: Row[Any]) -> ReleaseRecord:
    values = row._asdict()
    return ReleaseRecord(**values | {"kind": ReleaseKind(values["kind"]), "sources": tuple(values["sources"])})


def insert_release(connection: Connection, new: NewRelease) -> ReleaseRecord:
    """Publish: make a release the current one when the transaction commits.

    Its id is one more than its parent's, so ids have no gaps. Its file must be complete and synced before.

    Raises
    ------
    Conflict
        Another release was published since `parent_id` was current; nothing is changed.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(LOCK_CHAIN)
    current_id = select_current_release_id(connection)
    if new.parent_id != current_id:
        raise Conflict(
            f"made from release {new.parent_id or 'none'}, but the current release is now {current_id or 'none'}; look at it again"
        )
    made = {
        "id": (current_id or 0) + 1,
        "kind": new.kind.value,
        "boundaries": dict(new.boundaries),
        "vintages": dict(new.vintages),
        "sources": list(new.sources),
        "counts": dict(new.counts),
        "published_at": new.published_at or now(),
    }
    return _record(connection.execute(insert(releases).values(asdict(new) | made).returning(*releases.c)).one())


def select_current_release_id(connection: Connection) -> int | None:
    """Id of the current release, from the end of the primary key's index; None before the first."""
    current_id: int | None = connection.execute(SELECT_CURRENT_ID).scalar_one()
    return current_id


def read_current_release_id(catalog: Catalog, *, patience_s: float | None = None) -> int | None:
    """Id of the current release as of now, by the cheapest way there is; None before the first.

    Parameters
    ----------
    patience_s
        As `Catalog.first_value` takes it.

    Raises
    ------
    StoreUnavailable
        The catalog is locked, unreachable or not set up.
    """
    current_id: int | None = catalog.first_value(CURRENT_ID_SQL, patience_s=patience_s)
    return current_id


def read_standing(catalog: Catalog, *, patience_s: float | None = None) -> str | None:
    """Id of the current release and how many are withdrawn, as one text; None before the first release.

    Releases are only added and stay withdrawn, so that equal texts mean that nothing was published or withdrawn in between.

    Parameters
    ----------
    patience_s
        As `Catalog.first_value` takes it.

    Raises
    ------
    StoreUnavailable
        The catalog is locked, unreachable or not set up.
    """
    standing: str | None = catalog.first_value(STANDING_SQL, patience_s=patience_s)
    return standing


def select_current_release(connection: Connection) -> ReleaseRecord | None:
    """The current release; None before the first."""
    row = connection.execute(SELECT_RELEASES, {"most": 1}).one_or_none()
    return None if row is None else _record(row)


def select_release(connection: Connection, release_id: int) -> ReleaseRecord | None:
    """A release by its id; None where there is none."""
    row = connection.execute(SELECT_RELEASE, {"release_id": release_id}).one_or_none()
    return None if row is None else _record(row)


def select_releases(connection: Connection, limit: int = 50, before: int | None = None) -> tuple[ReleaseRecord, ...]:
    """The newest releases, newest first; those older than the release `before` where given."""
    if before is None:
        rows = connection.execute(SELECT_RELEASES, {"most": limit})
    else:
        rows = connection.execute(SELECT_RELEASES_BEFORE, {"most": limit, "before": before})
    return tuple(_record(row) for row in rows)


def select_releases_of_file(connection: Connection, sha256: str) -> tuple[ReleaseRecord, ...]:
    """Every release of the same data, oldest first: an undo names the file of a former release again."""
    return tuple(_record(row) for row in connection.execute(SELECT_RELEASES_OF_FILE, {"sha256": sha256}))


def select_release_files(connection: Connection) -> Mapping[str, str]:
    """SHA-256 by name of every file that a release names."""
    return {row.file_name: row.sha256 for row in connection.execute(SELECT_FILES)}
