"""PMTiles files that are kept: one is made for everybody, a broken one anew, and they never fill the disk."""

from __future__ import annotations

import os
import threading
import time
from pathlib import Path
from typing import BinaryIO

import pytest

from geo.errors import NotReady, StoreFull
from geo.services.kept_archives import KeptArchives
from geo.store import TileArchives
from geo.store.folders import LocalFolder
from geo.store.tile_archives import MAGIC


@pytest.fixture
def folder(tmp_path: Path) -> LocalFolder:
    return LocalFolder(tmp_path / "cache", "cache")


def content(file: BinaryIO) -> None:
    file.write(MAGIC + b"tiles")


def test_archive_that_many_want_at_once_is_made_once(folder: LocalFolder) -> None:
    makings: list[int] = []
    begun = threading.Barrier(4)

    def write(file: BinaryIO) -> None:
        makings.append(1)
        content(file)

    def ask() -> None:
        begun.wait()
        assert KeptArchives(TileArchives(folder)).get("a", write).read_bytes() == MAGIC + b"tiles"

    askers = [threading.Thread(target=ask) for _ in range(4)]
    for asker in askers:
        asker.start()
    for asker in askers:
        asker.join()

    assert makings == [1]


def test_who_asks_for_what_takes_long_is_told_to_come_again_and_then_gets_it(folder: LocalFolder) -> None:
    may_end = threading.Event()
    kept = KeptArchives(TileArchives(folder), patience_s=0.01)

    def write(file: BinaryIO) -> None:
        may_end.wait(10)
        content(file)

    with pytest.raises(NotReady, match="try again"):
        kept.get("a", write)
    may_end.set()

    assert KeptArchives(TileArchives(folder)).get("a", write).read_bytes() == MAGIC + b"tiles"


def test_archive_that_cannot_be_made_is_a_failure_and_tried_again(folder: LocalFolder) -> None:
    kept = KeptArchives(TileArchives(folder))

    def fail(file: BinaryIO) -> None:
        raise StoreFull("no space left")

    with pytest.raises(StoreFull):
        kept.get("a", fail)

    assert kept.get("a", content).exists()


def test_file_that_is_no_archive_is_made_anew(folder: LocalFolder) -> None:
    folder.make()
    (folder.directory / TileArchives.name_of("a")).write_bytes(b"broken")

    assert KeptArchives(TileArchives(folder)).get("a", content).read_bytes() == MAGIC + b"tiles"


def test_archives_asked_for_longest_ago_make_room_and_other_files_stay(folder: LocalFolder) -> None:
    for age, name in enumerate("abc"):
        TileArchives(folder).make(name, content)
        (folder.directory / "other.arrow").write_bytes(bytes(100))
        os.utime(folder.directory / TileArchives.name_of(name), (time.time() - 100 + age,) * 2)

    archives = TileArchives(folder, max_bytes=30)
    archives.open("a")
    archives.make("d", content)

    assert [archives.has(name) for name in "abcd"] == [True, False, False, True]
    assert (folder.directory / "other.arrow").exists()
