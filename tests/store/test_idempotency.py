"""What idempotency keys were first sent with, the same on both databases."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier

import pytest

from geo.model import ImportState, Role
from geo.store import (
    Catalog,
    Connection,
    NewImport,
    insert_import,
    insert_kept_request,
    insert_key,
    move_import,
    select_imports,
    select_kept_request,
    select_published_of,
)

SINCE = datetime.now(UTC) - timedelta(days=7)


class Repeated(Exception):
    """The key was taken."""


@pytest.fixture
def key_id(catalog: Catalog) -> int:
    """An access key."""
    with catalog.transaction() as connection:
        return insert_key(connection, prefix="qsl_a", name="a", role=Role.PUBLISHER, hash="a" * 64).id


def claim(connection: Connection, key_id: int, *, request: str = "r", since: datetime = SINCE) -> int | None:
    """Make an import under the key "k"; its id, None where the key is taken."""
    made = insert_import(connection, NewImport(file_name="a.csv", file_sha256="f" * 64, byte_count=1, created_by="a"))
    kept = insert_kept_request(connection, key_id, "k", request_sha256=request, import_id=made.id, since=since)
    return made.id if kept else None


def test_a_key_keeps_the_first_request_and_its_import(catalog: Catalog, key_id: int) -> None:
    with catalog.transaction() as connection:
        first, second = claim(connection, key_id), claim(connection, key_id, request="other")

    with catalog.reading() as connection:
        kept = select_kept_request(connection, key_id, "k", since=SINCE)
        assert kept is not None
        assert (second, kept.request_sha256, kept.import_id) == (None, "r", first)
        assert select_kept_request(connection, key_id, "another", since=SINCE) is None


def test_a_key_is_free_again_once_it_is_old(catalog: Catalog, key_id: int) -> None:
    later = datetime.now(UTC) + timedelta(minutes=1)
    with catalog.transaction() as connection:
        claim(connection, key_id)

    with catalog.transaction() as connection:
        assert select_kept_request(connection, key_id, "k", since=later) is None
        assert claim(connection, key_id, request="new", since=later) is not None


def test_of_several_at_once_one_keeps_the_key_and_makes_an_import(catalog: Catalog, key_id: int) -> None:
    together = Barrier(4)

    def ask(number: int) -> bool:
        together.wait()
        try:
            with catalog.transaction() as connection:
                if claim(connection, key_id, request=str(number)) is None:
                    raise Repeated
        except Repeated:
            return False
        return True

    with ThreadPoolExecutor(4) as pool:
        kept = list(pool.map(ask, range(4)))

    with catalog.reading() as connection:
        assert (sum(kept), len(select_imports(connection))) == (1, 1)


def test_published_imports_are_found_by_their_bytes(catalog: Catalog) -> None:
    with catalog.transaction() as connection:
        made = [
            insert_import(connection, NewImport(file_name="a.csv", file_sha256=letter * 64, byte_count=1, created_by="a"))
            for letter in "aab"
        ]
        for record in made[1:]:
            move_import(connection, record.id, (ImportState.QUEUED,), ImportState.PUBLISHED)

    with catalog.reading() as connection:
        assert [record.id for record in select_published_of(connection, "a" * 64)] == [made[1].id]
