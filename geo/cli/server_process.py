"""The web server's main process: granian with the settings its launcher hands over.

Run as a script by `geo/cli/launcher.py`, in a session of its own; it imports nothing of ours, so it stays small.
"""

from __future__ import annotations

import ctypes
import importlib
import json
import logging
import os
import signal
import sys
import time
from typing import Any

from granian import Granian
from granian.constants import Interfaces
from granian.log import LogLevels

_PR_SET_PDEATHSIG = 1


def load_app() -> Any:
    """Make the application in a worker.

    Until granian's own handlers stand, a worker inherits those of the main process, which only note the signal: a stop during the
    import would go unheard until the worker is killed. So a worker that is still importing simply ends.
    """
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    return importlib.import_module("app").create_app()


class Spoken(logging.Filter):
    """Lets through what a person should know, and tells the launcher of each worker that has started.

    Parameters
    ----------
    started_fd
        Where to write one byte a started worker; non-blocking, since nobody may read any more.
    kill_seconds
        How long a worker may take to end before it is killed.
    """

    def __init__(self, started_fd: int, kill_seconds: float) -> None:
        super().__init__()
        self._started_fd = started_fd
        self._kill_seconds = kill_seconds
        self._stopped_at: float | None = None

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether to print a line: warnings but the one about the number of threads (`geo.cli.deployment` says why), and respawns."""
        message = record.getMessage()
        if message.startswith("Started worker-"):
            self._tell()
        elif message.startswith("Shutting down"):
            self._stopped_at = time.monotonic()
        elif message.startswith("Killing worker-"):
            return self._is_late()
        return message.startswith("Respawning") or (record.levelno >= logging.WARNING and "Python threads" not in message)

    def _is_late(self) -> bool:
        """Whether a worker that is said to be killed had its time.

        Two threads of granian wait for each worker; the one that comes second takes a worker that has just ended for one that refuses to.
        """
        return self._stopped_at is None or time.monotonic() - self._stopped_at >= self._kill_seconds

    def _tell(self) -> None:
        try:
            os.write(self._started_fd, b".")
        except (BlockingIOError, BrokenPipeError):
            return


def _log_config(started_fd: int, kill_seconds: float) -> dict[str, Any]:
    console = {"class": "logging.StreamHandler", "formatter": "generic", "stream": "ext://sys.stderr"}
    return {
        "filters": {"spoken": {"()": Spoken, "started_fd": started_fd, "kill_seconds": kill_seconds}},
        "handlers": {"console": {**console, "filters": ["spoken"]}, "access": console},
    }


def _end_with_launcher() -> None:
    """On Linux, ask for SIGTERM when the launcher dies without a word; elsewhere the launcher's signals must do."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


def run(options: dict[str, Any]) -> None:
    """Serve until SIGTERM.

    Parameters
    ----------
    options
        Keyword arguments of `granian.Granian` that are numbers, texts or booleans; `working_dir`, where app.py is; `started_fd`.
    """
    _end_with_launcher()
    sys.path.insert(0, options.pop("working_dir"))
    log_config = _log_config(options.pop("started_fd"), options["workers_kill_timeout"])
    server = Granian("app", interface=Interfaces.WSGI, log_level=LogLevels.info, log_dictconfig=log_config, **options)
    server.serve(target_loader=load_app, wrap_loader=False)


if __name__ == "__main__":
    run(json.loads(sys.argv[1]))
