"""Where the index of a release comes from: mapped where it is made, made where it is not, and never keeping a reader waiting for long."""

from __future__ import annotations

import os
import threading
from datetime import timedelta

import pytest

from geo.errors import NotReady
from geo.model import View
from geo.services.opened import OpenedRelease
from geo.services.search import make_search_index_ahead, search
from geo.services.search_indexes import AT_ONCE, SearchIndexes
from geo.store import sweep
from geo.store.array_files import ArrayFiles
from tests.builders import make_school
from tests.web.published import publish_schools


@pytest.fixture
def record(workspace):
    return publish_schools(workspace, make_school("A", school_name="Қарашоқы"), make_school("B", school_name="Ақбұлақ"))


def opened(workspace, record):
    return OpenedRelease(record, workspace.release_files.open(record), {})


def test_the_first_reader_of_a_small_release_makes_its_index(workspace, record):
    assert workspace.release_files.search_arrays(record) is None

    answer = search(workspace, View(), "karashoky")

    assert [hit.school_id for hit in answer.hits] == ["A"]
    assert workspace.release_files.search_arrays(record) is not None


def test_an_index_in_use_is_not_made_again(workspace, record):
    indexes = SearchIndexes(workspace.release_files)
    first = indexes.get(opened(workspace, record), list)

    assert indexes.get(opened(workspace, record), lambda: pytest.fail("made twice")) is first
    assert SearchIndexes(workspace.release_files).get(opened(workspace, record), lambda: pytest.fail("made twice")).schools == 2


def test_a_reader_of_a_large_release_is_told_to_come_again_while_its_index_is_made(workspace, record):
    may_go_on = threading.Event()
    indexes = SearchIndexes(workspace.release_files, at_once=0, patience_s=0.01)

    def slow_places():
        assert may_go_on.wait(60)
        return []

    for _ in range(2):
        with pytest.raises(NotReady, match=f"release {record.id} "):
            indexes.get(opened(workspace, record), slow_places)
    makers = [thread for thread in threading.enumerate() if thread.name == "search index"]
    may_go_on.set()
    for maker in makers:
        maker.join(60)

    assert len(makers) == 1
    assert indexes.get(opened(workspace, record), list).schools == 2


def test_an_index_that_cannot_be_kept_is_held_in_memory(workspace, record):
    table = opened(workspace, record)
    path = workspace.release_files.cache.directory / ArrayFiles.name_of(record.sha256)
    path.mkdir()
    (path / "in the way").touch()

    index = SearchIndexes(workspace.release_files).get(table, list)

    assert index.schools == 2
    assert path.is_dir()


def test_only_large_releases_have_their_index_made_ahead(workspace, record):
    assert record.school_count <= AT_ONCE
    make_search_index_ahead(workspace, record)

    assert workspace.release_files.search_arrays(record) is None


def test_the_sweep_leaves_the_index_of_the_current_release_and_takes_older_ones_out_of_use(workspace, record):
    search(workspace, View(), "karashoky")
    newer = publish_schools(workspace, make_school("C", school_name="Ақтал"))
    search(workspace, View(), "aqtal")
    for path in workspace.release_files.cache.directory.iterdir():
        os.utime(path, (0, 0))

    swept = sweep(workspace.catalog, workspace.release_files, timedelta(days=1))

    assert ArrayFiles.name_of(record.sha256) in swept.cached_files
    assert workspace.release_files.search_arrays(record) is None
    assert workspace.release_files.search_arrays(newer) is not None
    assert search(workspace, View(release_id=record.id), "karashoky").total == 1
