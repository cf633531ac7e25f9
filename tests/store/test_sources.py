"""Queries on `sources`, on each database."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta

import pytest

from geo.config import Settings
from geo.model import ImportState, PullState, SourceRecord
from geo.store import (
    Catalog,
    NewImport,
    ReleaseFiles,
    UploadFiles,
    claim_source,
    delete_source,
    insert_import,
    insert_source,
    select_pulled_sha256s,
    select_source,
    select_sources,
    sweep,
    update_pull_done,
    update_pull_failed,
)

BEGAN = datetime(2026, 3, 1, 12, 0, 0, 123456, tzinfo=UTC)
LONG_AGO = BEGAN - timedelta(hours=3)


def made(catalog: Catalog, name: str = "Giga") -> SourceRecord:
    with catalog.transaction() as connection:
        return insert_source(
            connection,
            name=name,
            kind="giga",
            base_url="https://example.org",
            country="KAZ",
            options={"a": 1},
            is_trusted=True,
            created_by="x",
        )


def of_name(catalog: Catalog, name: str = "Giga") -> SourceRecord | None:
    with catalog.reading() as connection:
        return select_source(connection, name)


def test_source_is_kept_as_it_was_given_and_listed_by_name(catalog: Catalog) -> None:
    second, first = made(catalog, "B"), made(catalog, "A")

    with catalog.reading() as connection:
        assert select_sources(connection) == (first, second)
    assert (first.options, first.is_trusted, first.last_state) == ({"a": 1}, True, None)


def test_one_pull_at_a_time_may_begin_until_it_is_abandoned(catalog: Catalog) -> None:
    source = made(catalog)

    def claimed(at: datetime) -> bool:
        with catalog.transaction() as connection:
            return claim_source(connection, source.id, at=at, abandoned_before=at - timedelta(hours=3))

    assert [claimed(BEGAN), claimed(BEGAN + timedelta(hours=2)), claimed(BEGAN + timedelta(hours=4))] == [True, False, True]


@pytest.mark.parametrize("is_ours", [True, False], ids=["still ours", "taken over"])
def test_end_of_a_pull_is_kept_unless_another_took_over(catalog: Catalog, is_ours: bool) -> None:
    source = made(catalog)
    with catalog.transaction() as connection:
        imported = insert_import(
            connection, NewImport(file_name="a", file_sha256="f" * 64, byte_count=1, created_by="x", state=ImportState.DISCARDED)
        )
        claim_source(connection, source.id, at=BEGAN, abandoned_before=LONG_AGO)
        began = BEGAN if is_ours else LONG_AGO
        update_pull_done(
            connection, source.id, began_at=began, at=BEGAN, state=PullState.UNCHANGED, import_id=imported.id, report={"counts": {}}
        )

    record = of_name(catalog)
    assert record is not None
    assert (record.last_state, record.last_import_id) == ((PullState.UNCHANGED, imported.id) if is_ours else (None, None))
    assert (record.pulling_since is None) is is_ours
    with catalog.reading() as connection:
        assert select_pulled_sha256s(connection) == (frozenset({"f" * 64}) if is_ours else frozenset())


def test_failure_keeps_what_the_last_good_pull_brought(catalog: Catalog) -> None:
    source = made(catalog)
    with catalog.transaction() as connection:
        claim_source(connection, source.id, at=BEGAN, abandoned_before=LONG_AGO)
        update_pull_done(connection, source.id, began_at=BEGAN, at=BEGAN, state=PullState.STAGED, import_id=None, report={"held": None})
        claim_source(connection, source.id, at=BEGAN, abandoned_before=LONG_AGO)
        later = BEGAN + timedelta(days=1)
        update_pull_failed(connection, source.id, began_at=BEGAN, at=later, failure={"code": "too_slow"})

    record = of_name(catalog)
    assert record is not None
    assert (record.last_success_at, record.last_pull_at, record.last_state) == (BEGAN, later, PullState.FAILED)
    assert (record.last_report, record.last_failure) == ({"held": None}, {"code": "too_slow"})


def test_file_of_the_last_good_pull_is_never_swept(catalog: Catalog, settings: Settings, files: ReleaseFiles) -> None:
    source, uploads = made(catalog), UploadFiles(settings)
    kept, other = uploads.keep(b"the last pull"), uploads.keep(b"the pull before it")
    with catalog.transaction() as connection:
        new = NewImport(file_name="a", file_sha256=kept, byte_count=1, created_by="x", state=ImportState.DISCARDED)
        imported = insert_import(connection, new)
        claim_source(connection, source.id, at=BEGAN, abandoned_before=LONG_AGO)
        update_pull_done(connection, source.id, began_at=BEGAN, at=BEGAN, state=PullState.UNCHANGED, import_id=imported.id, report={})
    for sha256 in (kept, other):
        os.utime(uploads.path(sha256), (0, 0))

    swept = sweep(catalog, files, timedelta(days=1), uploads=uploads)

    assert swept.uploads == (other,)


def test_removed_source_is_gone_once(catalog: Catalog) -> None:
    made(catalog)

    with catalog.transaction() as connection:
        removed = [delete_source(connection, "Giga"), delete_source(connection, "Giga")]

    assert removed == [True, False]
    assert of_name(catalog) is None
