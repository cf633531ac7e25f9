"""Connections, transactions and migrations of the catalog, and what a failing database becomes."""

from __future__ import annotations

import sqlite3
import threading
from concurrent.futures import ThreadPoolExecutor, wait
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Inspector, inspect, text

from geo.config import Settings
from geo.errors import ConfigurationError, Conflict, StoreFull, StoreUnavailable
from geo.store import (
    Catalog,
    insert_audit,
    insert_release,
    open_catalog,
    read_current_release_id,
    replace_setting,
    select_audit,
    select_setting,
)
from geo.store.catalog import CATALOG_FILE, migration_config
from geo.store.tables import metadata
from tests.postgres import postgres_or_skip
from tests.set_up import set_up
from tests.store.conftest import migrated_database
from tests.store.publishing import new_release, settings_for


def described(inspector: Inspector) -> dict[str, Any]:
    """Everything a database says about its tables but alembic's own."""
    tables = sorted(set(inspector.get_table_names()) - {"alembic_version"})
    return {
        table: {
            "columns": {column["name"]: (str(column["type"]), column["nullable"]) for column in inspector.get_columns(table)},
            "primary_key": inspector.get_pk_constraint(table)["constrained_columns"],
            "foreign_keys": sorted((key["constrained_columns"], key["referred_table"]) for key in inspector.get_foreign_keys(table)),
            "unique": sorted(str(unique["column_names"]) for unique in inspector.get_unique_constraints(table)),
            "checks": sorted(str(check["sqltext"]) for check in inspector.get_check_constraints(table)),
            "indexes": sorted(str(index["name"]) for index in inspector.get_indexes(table)),
        }
        for table in tables
    }


def test_migrations_give_exactly_the_tables_that_the_queries_use(catalog: Catalog) -> None:
    with catalog.transaction() as connection:
        differences = compare_metadata(MigrationContext.configure(connection, opts={"compare_type": True}), metadata)

    assert differences == []


def test_migrations_give_the_same_constraints_as_the_table_definitions(catalog: Catalog) -> None:
    with catalog.transaction() as connection:
        migrated = described(inspect(connection))
        command.downgrade(migration_config(connection), "base")
        left = set(inspect(connection).get_table_names()) - {"alembic_version"}
        metadata.create_all(connection)
        defined = described(inspect(connection))

    assert left == set()
    assert migrated == defined


def test_a_catalog_is_ready_only_after_its_migrations(empty_settings: Settings) -> None:
    catalog = open_catalog(empty_settings)

    before = catalog.is_ready()
    catalog.migrate()
    catalog.migrate()

    assert (before, catalog.is_ready()) == (False, True)
    catalog.close()


def test_several_may_migrate_at_once(empty_settings: Settings) -> None:
    catalogs = [open_catalog(empty_settings) for _ in range(2)]
    together = threading.Barrier(2)

    def migrate(catalog: Catalog) -> bool:
        together.wait()
        catalog.migrate()
        return catalog.is_ready()

    with ThreadPoolExecutor() as threads:
        assert list(threads.map(migrate, catalogs)) == [True, True]
    for catalog in catalogs:
        catalog.close()


def test_a_catalog_of_a_newer_version_is_left_alone(catalog: Catalog) -> None:
    with catalog.transaction() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))

    with pytest.raises(StoreUnavailable, match="newer version of the service"):
        catalog.migrate()
    assert not catalog.is_ready()


def test_a_catalog_that_was_never_set_up_says_how_to_mend_it(empty_settings: Settings) -> None:
    catalog = open_catalog(empty_settings)
    if catalog.is_sqlite:
        empty_settings.data_dir.mkdir()

    with pytest.raises(StoreUnavailable, match="flask --app app init"), catalog.reading() as connection:
        select_setting(connection, "country")
    with pytest.raises(StoreUnavailable, match="flask --app app init"):
        read_current_release_id(catalog)
    catalog.close()


def test_a_block_that_raises_leaves_nothing_behind(catalog: Catalog) -> None:
    def change_and_stop() -> None:
        with catalog.transaction() as connection:
            replace_setting(connection, "country", "KZ")
            raise KeyError("stop")

    with pytest.raises(KeyError, match="stop"):
        change_and_stop()

    with catalog.reading() as connection:
        assert select_setting(connection, "country") is None


def test_a_reading_connection_cannot_write(catalog: Catalog) -> None:
    with pytest.raises(StoreUnavailable, match="read-only"), catalog.reading() as connection:
        replace_setting(connection, "country", "KZ")

    with catalog.transaction() as connection:
        replace_setting(connection, "country", "MD")
        assert select_setting(connection, "country") == "MD"


def test_one_reading_block_sees_one_state_while_another_writes(catalog: Catalog) -> None:
    def change() -> None:
        with catalog.transaction() as writing:
            replace_setting(writing, "country", "KZ")

    with ThreadPoolExecutor() as threads:
        with catalog.reading() as connection:
            before = select_setting(connection, "country")
            changed = threads.submit(change)
            wait([changed], timeout=0.3)
            after = select_setting(connection, "country")
        changed.result(timeout=5)

    assert (before, after) == (None, None)
    with catalog.reading() as connection:
        assert select_setting(connection, "country") == "KZ"


def test_writers_in_threads_that_read_first_do_not_fail(catalog: Catalog) -> None:
    def add(times: int) -> None:
        for _ in range(times):
            with catalog.transaction() as connection:
                select_audit(connection, 1)
                insert_audit(connection, "tester", "wrote", "nothing")

    with ThreadPoolExecutor() as threads:
        list(threads.map(add, [10] * 4))

    with catalog.reading() as connection:
        assert len(select_audit(connection, 1000)) == 40


def refused_while_locked(settings: Settings) -> None:
    """A publish while another process publishes is refused, and is told afterwards what has changed."""
    catalog, other = open_catalog(settings), open_catalog(settings)
    with other.transaction() as held:
        insert_release(held, new_release())
        with pytest.raises(StoreUnavailable, match="locked by another process"), catalog.transaction() as connection:
            insert_release(connection, new_release())

    with pytest.raises(Conflict, match="made from release none, but the current release is now 1"), catalog.transaction() as connection:
        insert_release(connection, new_release())
    other.close()
    catalog.close()


@pytest.mark.slow
def test_a_locked_catalog_is_unavailable_after_about_five_seconds(tmp_path: Path) -> None:
    copied = postgres_or_skip().new_database(migrated_database())
    both = (settings_for(set_up(tmp_path / "sqlite")), settings_for(tmp_path / "postgresql", copied))

    with ThreadPoolExecutor(len(both)) as threads:  # both wait at the same time
        assert list(threads.map(refused_while_locked, both)) == [None, None]


def test_sqlite_runs_with_rollback_journal_full_sync_and_foreign_keys(tmp_path: Path) -> None:
    catalog = open_catalog(settings_for(tmp_path / "var"))
    catalog.migrate()

    with catalog.reading() as connection:
        found = [
            connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        ]

    assert found == ["delete", 2, 1, 5000]
    catalog.close()


def test_a_full_disk_under_sqlite_is_store_full(tmp_path: Path) -> None:
    catalog = open_catalog(settings_for(tmp_path / "var"))
    catalog.migrate()

    with catalog.transaction() as connection:
        connection.exec_driver_sql("PRAGMA max_page_count = 40")  # of the one pooled connection, as if the disk ended there

    with pytest.raises(StoreFull, match="no space left for the catalog"), catalog.transaction() as connection:
        insert_audit(connection, "tester", "wrote", "x" * 1_000_000)
    catalog.close()


def test_a_read_only_catalog_is_unavailable_and_says_so(settings: Settings) -> None:
    if settings.database_url is None:
        address = f"sqlite:///file:{settings.data_dir / CATALOG_FILE}?mode=ro&uri=true"
    else:
        address = f"{settings.database_url}&options=-c%20default_transaction_read_only%3Don"
    catalog = open_catalog(settings_for(settings.data_dir, address))

    with pytest.raises(StoreUnavailable, match="read-only"), catalog.transaction() as connection:
        replace_setting(connection, "country", "KZ")
    catalog.close()


def test_a_file_that_is_no_database_is_unavailable(tmp_path: Path) -> None:
    (tmp_path / CATALOG_FILE).write_bytes(b"not a database" * 1000)
    catalog = open_catalog(settings_for(tmp_path))

    with pytest.raises(StoreUnavailable, match="not a sound database"):
        catalog.migrate()
    assert not catalog.is_ready()
    catalog.close()


def test_a_directory_that_cannot_be_made_is_unavailable(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    catalog = open_catalog(settings_for(tmp_path / "file" / "var"))

    with pytest.raises(StoreUnavailable):
        catalog.migrate()
    catalog.close()


def test_an_unreachable_server_is_unavailable_and_its_password_is_not_told() -> None:
    catalog = open_catalog(Settings(database_url="postgresql://someone:hidden@127.0.0.1:1/qosyl"))

    with pytest.raises(StoreUnavailable, match="cannot be reached") as caught, catalog.reading():
        pass
    with pytest.raises(StoreUnavailable, match="cannot be reached"):
        read_current_release_id(catalog)
    assert not catalog.is_ready()
    assert "hidden" not in str(caught.value) + catalog.description
    catalog.close()


def test_the_catalog_comes_back_after_its_server_restarted(tmp_path: Path) -> None:
    postgres = postgres_or_skip()
    catalog = open_catalog(settings_for(tmp_path, postgres.new_database()))
    catalog.migrate()

    for ask in (catalog.is_ready, lambda: read_current_release_id(catalog) is None):
        postgres.end_connections()
        assert ask()
    catalog.close()


@pytest.mark.parametrize(
    "address",
    ["mysql://host/name", "sqlite://", "sqlite:///:memory:", "not an address", "postgresql+asyncpg://host/name"],
)
def test_an_address_of_no_supported_database_is_refused(address: str) -> None:
    with pytest.raises(ConfigurationError, match="DATABASE_URL must be"):
        open_catalog(Settings(database_url=address))


def test_a_password_is_not_told_when_an_address_is_refused() -> None:
    with pytest.raises(ConfigurationError) as caught:
        open_catalog(Settings(database_url="mysql://someone:hidden@host/name"))

    assert "hidden" not in str(caught.value)


def test_the_catalog_can_be_opened_with_plain_sqlite(tmp_path: Path) -> None:
    catalog = open_catalog(settings_for(tmp_path))
    catalog.migrate()

    with sqlite3.connect(tmp_path / CATALOG_FILE) as connection:
        tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    connection.close()

    assert tables >= set(metadata.tables)
    catalog.close()
