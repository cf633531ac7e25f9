"""The sweep removes what nobody needs once it is old, and nothing else."""

from __future__ import annotations

import os
import threading
import time
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest

from geo.model import ImportState
from geo.store import (
    Catalog,
    NewImport,
    ReleaseFiles,
    StagedFiles,
    Swept,
    UploadFiles,
    insert_import,
    insert_release,
    open_catalog,
    sweep,
)
from tests.store.publishing import assert_whole, current_release, new_release, numbered_table, publish_next, settings_for

DAY = timedelta(days=1)
TWO_DAYS_S = 2 * 86_400


def grow_old(path: Path) -> None:
    """Set a file's time to two days ago."""
    moment = time.time() - TWO_DAYS_S
    os.utime(path, (moment, moment))


def grow_all_old(directory: Path) -> None:
    for path in directory.rglob("*"):
        if path.is_file():
            grow_old(path)


def names_in(directory: Path) -> list[str]:
    return sorted(path.name for path in directory.iterdir())


def test_old_temporary_and_orphan_files_go_and_named_files_stay(catalog: Catalog, files: ReleaseFiles) -> None:
    record = publish_next(catalog, files)
    orphan = files.write(numbered_table(9, 10), {}).file_name
    directory = files.read_bytes_path(record).parent
    (directory / ".tmp-1").write_bytes(b"half")
    grow_all_old(directory)

    swept = sweep(catalog, files, DAY)

    assert swept.release_files == (".tmp-1", orphan)
    assert swept.byte_count > 1000
    assert names_in(directory) == [record.file_name]
    assert_whole(files, record)


def test_young_files_stay_whoever_they_belong_to(catalog: Catalog, files: ReleaseFiles) -> None:
    record = publish_next(catalog, files)
    orphan = files.write(numbered_table(9, 10), {}).file_name
    directory = files.read_bytes_path(record).parent
    (directory / ".tmp-1").write_bytes(b"half")

    swept = sweep(catalog, files, timedelta(hours=1))

    assert swept == Swept()
    assert names_in(directory) == sorted([".tmp-1", record.file_name, orphan])


def test_a_sweep_during_a_publish_does_not_harm_it(catalog: Catalog, files: ReleaseFiles) -> None:
    publish_next(catalog, files)
    stop = threading.Event()

    def sweep_on() -> None:
        while not stop.is_set():
            sweep(catalog, files, timedelta(hours=1))

    sweeper = threading.Thread(target=sweep_on)
    sweeper.start()
    records = [publish_next(catalog, files) for _ in range(5)]
    stop.set()
    sweeper.join()

    for record in records:
        assert_whole(files, record)


def test_a_sweep_of_younger_files_is_refused(catalog: Catalog, files: ReleaseFiles) -> None:
    with pytest.raises(ValueError, match="must leave files younger than 1:00:00"):
        sweep(catalog, files, timedelta(minutes=59))


def test_a_catalog_without_a_release_sweeps_no_release_file(catalog: Catalog, files: ReleaseFiles) -> None:
    files.write(numbered_table(9, 10), {})
    directory = files.folder.fetch(files.folder.entries()[0].name).parent
    (directory / ".tmp-1").write_bytes(b"half")
    grow_all_old(directory)

    swept = sweep(catalog, files, DAY)

    assert swept.release_files == (".tmp-1",)
    assert len(names_in(directory)) == 1


def test_a_file_that_only_an_undone_release_names_stays(catalog: Catalog, files: ReleaseFiles) -> None:
    first = publish_next(catalog, files)
    second = publish_next(catalog, files)
    with catalog.transaction() as connection:
        insert_release(connection, new_release(2, file_name=first.file_name, sha256=first.sha256, byte_count=first.byte_count))
    grow_all_old(files.read_bytes_path(first).parent)

    assert sweep(catalog, files, DAY).release_files == ()
    assert_whole(files, second)


def test_serving_copies_out_of_use_go_and_are_made_again_when_asked_for(catalog: Catalog, files: ReleaseFiles) -> None:
    releases = [publish_next(catalog, files) for _ in range(3)]
    for record in releases:
        files.prepare(record)
    grow_all_old(files.cache.directory)
    table = files.open(releases[1])

    swept = sweep(catalog, files, DAY)

    assert [files.is_prepared(record) for record in releases] == [False, True, True]
    assert len(swept.cached_files) == 1
    assert table["num_students"].unique().to_pylist() == [2]
    assert_whole(files, releases[0])


def test_uploads_of_open_and_published_imports_stay_and_others_go(catalog: Catalog, files: ReleaseFiles) -> None:
    settings = settings_for(files.cache.directory.parents[1])
    uploads = UploadFiles(settings)
    orphan = uploads.keep(b"orphan")
    names = {state: uploads.keep(state.encode()) for state in ImportState}
    with catalog.transaction() as connection:
        for state, sha256 in names.items():
            insert_import(connection, NewImport(file_name="a.csv", file_sha256=sha256, byte_count=4, created_by="tester", state=state))
    grow_all_old(settings.data_dir)

    swept = sweep(catalog, files, DAY, uploads=uploads)

    over = (ImportState.DISCARDED, ImportState.FAILED, ImportState.CANCELLED)
    assert set(swept.uploads) == {orphan, *(names[state] for state in over)}
    assert uploads.read(names[ImportState.PUBLISHED]) == b"published"


def test_staged_tables_of_imports_that_are_over_go(catalog: Catalog, files: ReleaseFiles) -> None:
    settings = settings_for(files.cache.directory.parents[1])
    staged = StagedFiles(settings)
    with catalog.transaction() as connection:
        for state in ImportState:
            made = insert_import(
                connection, NewImport(file_name="a.csv", file_sha256="aa" * 32, byte_count=4, created_by="tester", state=state)
            )
            staged.write(made.id, numbered_table(1, 1))
    grow_all_old(settings.data_dir)

    swept = sweep(catalog, files, DAY, staged=staged)

    over = {ImportState.PUBLISHED, ImportState.DISCARDED, ImportState.FAILED, ImportState.CANCELLED}
    assert set(swept.staged_tables) == {f"import-{number}.arrow" for number, state in enumerate(ImportState, 1) if state in over}


def test_copies_of_shared_uploads_go_and_the_uploads_stay(tmp_path: Path) -> None:
    settings = settings_for(tmp_path / "var", data_url=f"memory://{uuid4().hex}")
    catalog, files, uploads = open_catalog(settings), ReleaseFiles(settings), UploadFiles(settings)
    catalog.migrate()
    copy = uploads.path(uploads.keep(b"kept"))
    grow_old(copy)

    sweep(catalog, files, DAY, uploads=uploads)

    assert not copy.exists()
    assert uploads.read(copy.name) == b"kept"
    catalog.close()


def test_orphans_at_a_shared_address_go_by_age_too(tmp_path: Path) -> None:
    settings = settings_for(tmp_path / "var", data_url=f"memory://{uuid4().hex}")
    catalog, files = open_catalog(settings), ReleaseFiles(settings)
    catalog.migrate()
    record = publish_next(catalog, files)
    orphan = files.write(numbered_table(9, 10), {}).file_name

    young = sweep(catalog, files, DAY)
    for name in (orphan, record.file_name):
        stored = files.folder._file_system.store[files.folder._address(name)]
        stored.modified -= timedelta(days=2)
    old = sweep(catalog, files, DAY)

    assert (young, old.release_files) == (Swept(), (orphan,))
    assert current_release(catalog) == record
    assert_whole(files, record)
    catalog.close()
