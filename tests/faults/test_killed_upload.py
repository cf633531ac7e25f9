"""Staging and publishing killed at any moment: the old release or the new one, nothing acknowledged is lost, the next worker goes on."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from geo.config import Settings
from geo.model import ImportState, ReleaseRecord
from geo.services import Workspace, open_workspace
from geo.services.attending import HANDLERS
from geo.services.background import Found
from geo.services.imports import import_record, imports, publish_import
from geo.services.jobs import work_once
from geo.services.releases import current_release, releases
from tests.conftest import IS_LONG
from tests.faults.numbered import SCHOOLS, students_of
from tests.store.conftest import settings

__all__ = ["settings"]

UPLOADER = Path(__file__).with_name("uploader.py")
KILLS = 250 if IS_LONG else 6
"""On each of the two databases."""
LONGEST_LIFE_IN_UPLOADS = 2.0
SETTLED = (ImportState.STAGED, ImportState.PUBLISHED, ImportState.DISCARDED)

pytestmark = pytest.mark.slow


@dataclass
class Acknowledged:
    """What one child was told is done before it was killed."""

    staged: list[int] = field(default_factory=list)
    published: dict[int, int] = field(default_factory=dict)


class Uploader:
    """Runs `uploader.py`."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        self._input, self._output = process.stdin, process.stdout

    def child(self) -> int:
        """Start a child; its process id."""
        self._input.write("go\n")
        self._input.flush()
        ready, child = self._output.readline().split()
        assert ready == "ready"
        return int(child)

    def line(self) -> list[str]:
        """What the child says next."""
        return self._output.readline().split()

    def acknowledged(self) -> Acknowledged:
        """What the child was told, until it is gone."""
        told = Acknowledged()
        while (words := self.line()) != ["ended"]:
            if words[0] == "staged":
                told.staged.append(int(words[1]))
            else:
                told.published[int(words[1])] = int(words[2])
        return told


@contextmanager
def uploader(settings: Settings) -> Iterator[Uploader]:
    arguments = [str(settings.data_dir), *([settings.database_url] if settings.database_url else [])]
    with subprocess.Popen([sys.executable, str(UPLOADER), *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        yield Uploader(process)


def seconds_of_an_upload(started: Uploader) -> float:
    """Machines differ, and so must the moments of the kills: the time of the second upload of a child, which is then killed."""
    child = started.child()
    moments = []
    while len(moments) < 2:
        if started.line()[0] == "published":
            moments.append(time.monotonic())
    os.kill(child, signal.SIGKILL)
    started.acknowledged()
    return moments[1] - moments[0]


def finish_what_is_left(workspace: Workspace) -> None:
    """Do what the next worker does, until nothing is unfinished."""
    while work_once(workspace, HANDLERS, threading.Event()) is not Found.NOTHING:
        pass


def assert_whole(workspace: Workspace, record: ReleaseRecord) -> None:
    """A release is one upload and nothing else, and its file is what the catalog says."""
    workspace.release_files.verify(record)
    table = workspace.opened(record).table
    assert table.num_rows == record.school_count == SCHOOLS
    assert table["num_students"].unique().to_pylist() == [students_of(int(record.reason))]
    assert record.import_id is not None
    published = import_record(workspace, record.import_id)
    assert (published.state, published.release_id, published.file_name) == (ImportState.PUBLISHED, record.id, f"{record.reason}.csv")


def test_b84_a_killed_upload_leaves_old_or_new_and_loses_nothing_acknowledged(settings: Settings) -> None:
    moments = random.Random(84)
    with open_workspace(settings) as workspace, uploader(settings) as started:
        longest_life_s = LONGEST_LIFE_IN_UPLOADS * seconds_of_an_upload(started)
        for _ in range(KILLS):
            finish_what_is_left(workspace)
            before = current_release(workspace)
            child = started.child()
            time.sleep(moments.uniform(0, longest_life_s))
            os.kill(child, signal.SIGKILL)
            told = started.acknowledged()

            after = current_release(workspace)
            last_told = max(told.published.values(), default=before.id if before else 0)
            assert after is not None
            assert after.id in (last_told, last_told + 1)
            assert_whole(workspace, after)
            finish_what_is_left(workspace)
            assert {import_record(workspace, import_id).state for import_id in told.staged} <= set(SETTLED)
            for import_id, release_id in told.published.items():
                assert import_record(workspace, import_id).release_id == release_id

        assert {record.state for record in imports(workspace, limit=10_000)} <= set(SETTLED)
        chain = releases(workspace, limit=100_000)
        assert [release.id for release in chain] == list(range(len(chain), 0, -1))
        for release in chain[:: max(1, len(chain) // 20)]:
            assert_whole(workspace, release)
        left = [record for record in imports(workspace, limit=10_000) if record.state is ImportState.STAGED]
        if left:
            assert publish_import(workspace, left[0].id, reason=left[0].file_name.removesuffix(".csv")).import_id == left[0].id
