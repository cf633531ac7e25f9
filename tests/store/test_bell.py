"""The bell of a machine's workers: heard by whoever listens, and silent about nobody."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from geo.errors import StoreUnavailable
from geo.store import Bell
from geo.store.bell import BELL_FILE
from tests.store.publishing import settings_for


@pytest.fixture
def bell(tmp_path: Path) -> Bell:
    return Bell(settings_for(tmp_path))


def test_a_bell_that_nobody_hears_tells_so(bell: Bell) -> None:
    before = bell.ring()
    with bell.listen():
        meanwhile = bell.ring()

    assert (before, meanwhile, bell.ring()) == (False, True, False)


def test_each_ring_is_heard_once(bell: Bell) -> None:
    with bell.listen() as one, bell.listen() as two:
        bell.ring()
        heard = [one.wait(0), two.wait(0)]

    assert sorted(heard) == [False, True]


def test_a_killed_listener_hears_nothing(bell: Bell) -> None:
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        bell.listen()
        os.write(writing, b".")
        signal.pause()
    os.read(reading, 1)
    before = bell.ring()

    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)

    assert (before, bell.ring()) == (True, False)
    os.close(reading)
    os.close(writing)


def test_rings_that_nobody_answers_do_not_stop_whoever_rings(bell: Bell) -> None:
    with bell.listen() as listener:
        answers = [bell.ring() for _ in range(70_000)]

        assert all(answers)
        assert listener.wait(0)


def test_something_else_in_its_place_is_refused_and_rings_nobody(bell: Bell, tmp_path: Path) -> None:
    (tmp_path / BELL_FILE).write_bytes(b"")

    assert not bell.ring()
    with pytest.raises(StoreUnavailable, match="bell"):
        bell.listen()
