"""A publisher killed at any moment leaves the old release or the new one, whole; what it acknowledged stays."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from geo.config import Settings
from geo.store import Catalog, ReleaseFiles, select_releases
from tests.store.publishing import assert_whole, current_release

PUBLISHER = Path(__file__).with_name("publisher.py")
KILLS = 200 if os.environ.get("QOSYL_LONG") == "1" else 6
LONGEST_LIFE_IN_PUBLISHES = 3
PUBLISHERS = 3
RELEASES_EACH = 4


class Publisher:
    """Runs `publisher.py`."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        self._process, self._input, self._output = process, process.stdin, process.stdout

    def go(self) -> int:
        """Start a child; its process id."""
        self._input.write("go\n")
        self._input.flush()
        ready, child = self._output.readline().split()
        assert ready == "ready"
        return int(child)

    def ids_until_ended(self) -> Iterator[int]:
        """Ids that the child acknowledges, until it is gone."""
        while (line := self._output.readline()) != "ended\n":
            yield int(line)


@contextmanager
def publisher(settings: Settings, count: int) -> Iterator[Publisher]:
    arguments = [str(settings.data_dir), str(count), *([settings.database_url] if settings.database_url else [])]
    command = [sys.executable, str(PUBLISHER), *arguments]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        yield Publisher(process)


def seconds_to_publish(settings: Settings) -> float:
    """Publish releases 1 and 2 and time the second: machines differ, and so must the moments of the kills."""
    with publisher(settings, 2) as started:
        started.go()
        moments = [(number, time.monotonic()) for number in started.ids_until_ended()]
    (first, began), (second, ended) = moments
    assert (first, second) == (1, 2)
    return ended - began


@pytest.mark.slow
def test_a_killed_publisher_leaves_the_old_or_the_new_release_whole(catalog: Catalog, files: ReleaseFiles, settings: Settings) -> None:
    moments = random.Random(20231)
    longest_life_s = LONGEST_LIFE_IN_PUBLISHES * seconds_to_publish(settings)
    current_id = 2

    with publisher(settings, 0) as started:
        for _ in range(KILLS):
            child = started.go()
            time.sleep(moments.uniform(0, longest_life_s))
            os.kill(child, signal.SIGKILL)
            acknowledged = list(started.ids_until_ended())

            record = current_release(catalog)
            assert acknowledged == list(range(current_id + 1, current_id + 1 + len(acknowledged)))
            last_acknowledged = current_id + len(acknowledged)
            assert record is not None
            assert record.id in (last_acknowledged, last_acknowledged + 1)
            assert_whole(files, record)
            current_id = record.id

    with catalog.reading() as connection:
        chain = select_releases(connection, limit=100_000)
    assert [release.id for release in chain] == list(range(current_id, 0, -1))
    for release in chain[:: max(1, len(chain) // 20)]:
        assert_whole(files, release)


@pytest.mark.slow
def test_several_publishers_at_once_make_one_chain_without_a_gap(catalog: Catalog, files: ReleaseFiles, settings: Settings) -> None:
    ids = range(1, PUBLISHERS * RELEASES_EACH + 1)

    with publisher(settings, RELEASES_EACH) as one, publisher(settings, RELEASES_EACH) as two, publisher(settings, RELEASES_EACH) as three:
        for started in (one, two, three):
            started.go()
        acknowledged = [number for started in (one, two, three) for number in started.ids_until_ended()]

    assert sorted(acknowledged) == list(ids)
    with catalog.reading() as connection:
        chain = select_releases(connection, limit=100)
    assert [(release.id, release.parent_id) for release in reversed(chain)] == [(number, number - 1 or None) for number in ids]
    for release in chain:
        assert_whole(files, release)
