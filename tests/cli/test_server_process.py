"""What the web server's main process says aloud."""

from __future__ import annotations

import logging
import os

import pytest

from geo.cli.server_process import Spoken


def record(message: str, level: int = logging.WARNING) -> logging.LogRecord:
    return logging.LogRecord("_granian", level, "", 0, message, None, None)


@pytest.mark.parametrize(("kill_seconds", "is_said"), [(3600.0, False), (0.0, True)])
def test_worker_is_said_to_be_killed_only_when_its_time_is_over(kill_seconds: float, is_said: bool) -> None:
    spoken = Spoken(os.open(os.devnull, os.O_WRONLY), kill_seconds)
    spoken.filter(record("Shutting down granian", logging.INFO))

    assert spoken.filter(record("Killing worker-1 after it refused to gracefully stop")) is is_said


def test_other_warnings_are_said_and_the_one_about_threads_is_not() -> None:
    spoken = Spoken(os.open(os.devnull, os.O_WRONLY), 7.0)

    assert spoken.filter(record("Unexpected exit from worker-1"))
    assert not spoken.filter(record("Configuration allows spawning up to 32 Python threads"))
    assert not spoken.filter(record("Spawning worker-1", logging.INFO))
