"""Complete files: made once, whole or not at all, and let go of when others need the room."""

from __future__ import annotations

import multiprocessing
import os
import time
from datetime import timedelta
from pathlib import Path

import pytest

from geo.config import Settings
from geo.errors import StoreUnavailable
from geo.store import Catalog, CompleteFiles, ReleaseFiles, sweep


def settings_of(directory: Path) -> Settings:
    return Settings(data_dir=directory, testing=True)


@pytest.fixture
def complete(tmp_path: Path) -> CompleteFiles:
    return CompleteFiles(settings_of(tmp_path), max_bytes=100)


def names(complete: CompleteFiles) -> list[str]:
    return sorted(entry.name for entry in complete.folder.entries() if not complete.is_lock(entry.name))


def content(complete: CompleteFiles, name: str, text: str = "") -> str:
    with complete.opened(name, lambda path: path.write_text(text or name) and None) as file:
        return file.read().decode()


def test_file_is_made_once(complete: CompleteFiles) -> None:
    assert content(complete, "a.csv", "first") == content(complete, "a.csv", "second") == "first"


def test_file_that_could_not_be_made_leaves_nothing_and_is_made_the_next_time(complete: CompleteFiles) -> None:
    def fail(path: Path) -> None:
        path.write_text("half")
        path.with_name(path.name + "-journal").write_text("beside")
        raise PermissionError(13, "Permission denied")

    with pytest.raises(StoreUnavailable):
        complete.opened("a.gpkg", fail)

    assert names(complete) == []
    assert content(complete, "a.gpkg", "whole") == "whole"


def test_file_for_one_reader_has_no_name_and_can_be_read_to_its_end(complete: CompleteFiles) -> None:
    with complete.passing(".gpkg", lambda path: path.write_text("content") and None) as file:
        assert names(complete) == []
        assert file.read() == b"content"


def test_files_asked_for_longest_ago_make_room_and_the_last_one_stays(complete: CompleteFiles) -> None:
    for age, name in enumerate(("c.csv", "b.csv", "a.csv")):
        content(complete, name, "x" * 40)
        moment = time.time() - 100 + age
        if complete.has(name):
            os.utime(complete.folder.directory / name, (moment, moment))
    content(complete, "b.csv")

    content(complete, "huge.csv", "x" * 70)

    assert names(complete) == ["huge.csv"]
    content(complete, "tiny.csv", "x")
    assert names(complete) == ["huge.csv", "tiny.csv"]


def test_asking_for_a_file_keeps_it_before_others(complete: CompleteFiles) -> None:
    for age, name in enumerate(("a.csv", "b.csv")):
        content(complete, name, "x" * 40)
        moment = time.time() - 100 + age
        os.utime(complete.folder.directory / name, (moment, moment))
    content(complete, "a.csv")

    content(complete, "c.csv", "x" * 40)

    assert names(complete) == ["a.csv", "c.csv"]


def test_file_that_is_let_go_of_is_read_to_its_end(complete: CompleteFiles) -> None:
    with complete.opened("a.csv", lambda path: path.write_text("x" * 90) and None) as file:
        content(complete, "b.csv", "y" * 90)

        assert names(complete) == ["b.csv"]
        assert file.read() == b"x" * 90


def test_sweep_lets_go_of_old_exports_and_of_what_killed_makers_left(
    catalog: Catalog, files: ReleaseFiles, complete: CompleteFiles
) -> None:
    for name in ("old.csv", "new.csv"):
        content(complete, name)
    directory = complete.folder.directory
    (directory / ".tmp-1.gpkg-journal").write_text("half")
    two_days_ago = time.time() - 2 * 86_400
    for name in ("old.csv", ".tmp-1.gpkg-journal", "csv.lock"):
        os.utime(directory / name, (two_days_ago, two_days_ago))

    swept = sweep(catalog, files, timedelta(days=1), complete=complete)

    assert sorted(swept.cached_files) == [".tmp-1.gpkg-journal", "old.csv"]
    assert sorted(path.name for path in directory.iterdir()) == ["csv.lock", "new.csv"]


def make_slowly(directory: Path, made: Path) -> None:
    def write(path: Path) -> None:
        time.sleep(0.2)
        path.write_text("content")
        with made.open("a") as file:
            file.write("made\n")

    CompleteFiles(settings_of(directory)).opened("a.csv", write).close()


def test_two_processes_that_want_a_file_at_once_make_it_once(tmp_path: Path) -> None:
    made = tmp_path / "made.txt"
    processes = [multiprocessing.get_context("fork").Process(target=make_slowly, args=(tmp_path, made)) for _ in range(2)]

    for process in processes:
        process.start()
    for process in processes:
        process.join(30)

    assert [process.exitcode for process in processes] == [0, 0]
    assert made.read_text() == "made\n"
