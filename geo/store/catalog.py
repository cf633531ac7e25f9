"""The catalog: one small SQL database, its connections, its transactions and its migrations.

The only place that opens or commits a transaction. It holds no query: each table's are in the module named for it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import URL, Connection, Engine, PoolProxiedConnection, create_engine, event, make_url, text
from sqlalchemy.exc import ArgumentError

from geo.config import Settings
from geo.errors import ConfigurationError, StoreUnavailable
from geo.store.faults import database_faults, file_faults

CATALOG_FILE = "catalog.sqlite"
BUSY_TIMEOUT_S = 5
"""How long a statement waits for a lock another process holds."""

WRITES = "qosyl_writes"
"""Execution option of connections that may write."""

MIGRATION_LOCK = 7_161_979
"""Any fixed number: key of PostgreSQL's advisory lock under which migrations run one at a time."""

SQLITE_PRAGMAS = (
    "PRAGMA foreign_keys = ON",
    "PRAGMA journal_mode = DELETE",  # write-ahead logging can lose commits before SQLite 3.51.3
    "PRAGMA synchronous = FULL",
)

POSTGRESQL_SESSION = (
    f"SET lock_timeout = '{BUSY_TIMEOUT_S}s'",
    "SET idle_in_transaction_session_timeout = '5min'",
)

LOCK_MIGRATIONS = text("SELECT pg_advisory_xact_lock(:key)")


class Catalog:
    """An open catalog; safe to share between threads, not across a fork. Make it with `open_catalog`."""

    def __init__(self, engine: Engine, directory: Path | None) -> None:
        self._directory = directory
        self._engine = engine
        if self.is_sqlite:
            self._reader = engine
        else:
            self._reader = engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        self._writer = engine.execution_options(**{WRITES: True})
        self._askers: dict[float, list[PoolProxiedConnection]] = {}

    @property
    def is_sqlite(self) -> bool:
        """Whether this is the embedded database."""
        return self._engine.dialect.name == "sqlite"

    @property
    def description(self) -> str:
        """Kind and address of the database without its password, for the person who runs the service."""
        return self._engine.url.render_as_string(hide_password=True)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Connection that sees one state of the catalog throughout and cannot change it.

        Keep the block short: on SQLite a writer cannot commit while it is open.

        Raises
        ------
        StoreUnavailable
            The catalog is locked, unreachable or not set up.
        """
        with database_faults(), self._reader.connect() as connection, connection.begin() as transaction:
            yield connection
            transaction.rollback()

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """Connection whose changes are committed together when the block ends, and undone when it raises.

        On SQLite writers run one after another from the start of the block; on PostgreSQL from `insert_release` on.

        Raises
        ------
        StoreUnavailable
            The catalog is locked, read-only, unreachable or not set up.
        StoreFull
            No space left.
        """
        with database_faults(), self._writer.connect() as connection, connection.begin():
            yield connection

    def first_value(self, statement: str, *, patience_s: float | None = None) -> Any:
        """First value of one reading statement without parameters, outside any transaction; None where it gives no row.

        Several times cheaper than `reading`: for what every request asks.

        Parameters
        ----------
        patience_s
            How long SQLite waits for a lock, for whoever knows what to do without an answer; `BUSY_TIMEOUT_S` where not given.

        Raises
        ------
        StoreUnavailable
            The catalog is locked, unreachable or not set up.
        """
        try:
            if self.is_sqlite:
                return self._asked(statement, BUSY_TIMEOUT_S if patience_s is None else patience_s)
            with database_faults(), closing(self._engine.raw_connection()) as connection:
                return _first_value(connection, statement)
        except self._engine.dialect.loaded_dbapi.Error as error:
            if patience_s is not None:
                raise StoreUnavailable("the catalog does not answer at once") from error
        with self.reading() as slower:  # once more, to say what is wrong or to find that it has passed
            return slower.exec_driver_sql(statement).scalar()

    def _asked(self, statement: str, patience_s: float) -> Any:
        """First value from SQLite, on a connection that is kept, with its patience, for what every request asks."""
        idle = self._askers.setdefault(patience_s, [])
        try:
            asker = idle.pop()  # appending and popping are atomic, so threads need no lock
        except IndexError:
            asker = self._new_asker(patience_s)
        driver: Any = asker.dbapi_connection
        try:
            row = driver.execute(statement).fetchone()
        except BaseException:
            asker.close()
            raise
        idle.append(asker)
        return None if row is None else row[0]

    def _new_asker(self, patience_s: float) -> PoolProxiedConnection:
        with database_faults():
            asker = self._engine.raw_connection()
            asker.detach()
        driver: Any = asker.dbapi_connection
        driver.execute(f"PRAGMA busy_timeout = {int(1000 * patience_s)}").close()
        return asker

    def migrate(self) -> None:
        """Bring the tables to this version, making database file and directory where needed; safe to run by several processes at once.

        Raises
        ------
        StoreUnavailable
            The catalog cannot be written, or was made by a newer version of the service.
        """
        if self._directory is not None:
            with file_faults("catalog"):
                self._directory.mkdir(parents=True, exist_ok=True)
        with self.transaction() as connection:
            if not self.is_sqlite:
                connection.execute(LOCK_MIGRATIONS, {"key": MIGRATION_LOCK})
            known = {script.revision for script in ScriptDirectory.from_config(migration_config()).walk_revisions()}
            present = MigrationContext.configure(connection).get_current_revision()
            if present is not None and present not in known:
                raise StoreUnavailable(f"the catalog was made by a newer version of the service (revision {present}); update the service")
            command.upgrade(migration_config(connection), "head")

    def revision(self) -> str | None:
        """Migration the tables are at; None before the first.

        Raises
        ------
        StoreUnavailable
            The catalog cannot be read.
        """
        with self.reading() as connection:
            return MigrationContext.configure(connection).get_current_revision()

    def is_ready(self) -> bool:
        """Whether the catalog can be read and its tables are those of this version."""
        try:
            return self.revision() == ScriptDirectory.from_config(migration_config()).get_current_head()
        except StoreUnavailable:
            return False

    def close(self) -> None:
        """Close all connections; the catalog opens new ones if it is used again."""
        for idle in self._askers.values():
            while idle:
                idle.pop().close()
        self._engine.dispose()


def migration_config(connection: Connection | None = None) -> Config:
    """Alembic's configuration for the migrations of this package, run on a connection whose transaction the caller owns."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def open_catalog(settings: Settings) -> Catalog:
    """Open the catalog that the settings name; nothing is read or written before it is used.

    Raises
    ------
    ConfigurationError
        DATABASE_URL is not an address of a SQLite file or a PostgreSQL database.
    """
    url = _catalog_url(settings)
    if url.get_backend_name() == "sqlite":
        engine = _sqlite_engine(url)
        is_plain_path = not (url.database or "").startswith("file:")
        return Catalog(engine, Path(url.database or "").parent if is_plain_path else None)
    return Catalog(_postgresql_engine(url), None)


def _catalog_url(settings: Settings) -> URL:
    if settings.database_url is None:
        return URL.create("sqlite", database=str(settings.data_dir / CATALOG_FILE))
    accepted = "DATABASE_URL must be sqlite:///FILE or postgresql+psycopg://…"
    try:
        url = make_url(settings.database_url.replace("postgres://", "postgresql://", 1))
    except ArgumentError as error:
        raise ConfigurationError(f"{accepted}; it cannot be read as an address") from error
    if url.drivername in ("postgresql", "postgresql+psycopg"):
        return url.set(drivername="postgresql+psycopg")
    if url.drivername == "sqlite" and url.database not in (None, "", ":memory:"):
        return url
    raise ConfigurationError(f"{accepted}; got {url.render_as_string(hide_password=True)!r}")


def _sqlite_engine(url: URL) -> Engine:
    engine = create_engine(url, json_serializer=_as_json, connect_args={"timeout": BUSY_TIMEOUT_S})
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _postgresql_engine(url: URL) -> Engine:
    engine = create_engine(
        url,
        json_serializer=_as_json,
        pool_pre_ping=True,
        pool_timeout=BUSY_TIMEOUT_S,
        connect_args={"connect_timeout": BUSY_TIMEOUT_S},
    )
    event.listen(engine, "connect", _prepare_postgresql)
    return engine


_as_json = partial(json.dumps, allow_nan=False, separators=(",", ":"))


def _first_value(connection: PoolProxiedConnection, statement: str) -> Any:
    driver: Any = connection.driver_connection
    was_autocommit = getattr(driver, "autocommit", None)
    if was_autocommit is not None:
        driver.autocommit = True  # PostgreSQL: one round trip in place of three
    try:
        row = driver.execute(statement).fetchone()
    except BaseException:
        connection.invalidate()
        raise
    if was_autocommit is not None:
        driver.autocommit = was_autocommit
    return None if row is None else row[0]


def _prepare_sqlite(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # the driver's own BEGIN comes too late and never IMMEDIATE
    for pragma in SQLITE_PRAGMAS:
        connection.execute(pragma).close()


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get(WRITES, False)
    connection.exec_driver_sql(f"PRAGMA query_only = {'OFF' if writes else 'ON'}")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _prepare_postgresql(connection: Any, _record: object) -> None:
    connection.autocommit = True
    for statement in POSTGRESQL_SESSION:
        connection.execute(statement).close()
    connection.autocommit = False
