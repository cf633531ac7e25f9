"""The web server's main process: granian with the settings its launcher hands over.

Run as a script by `geo.cli.launcher`, in a session of its own; it imports nothing of ours, so it stays small.
"""

from __future__ import annotations

import ctypes
import json
import logging
import signal
import sys
from pathlib import Path
from typing import Any

from granian import Granian
from granian.constants import Interfaces
from granian.log import LogLevels

_PR_SET_PDEATHSIG = 1
_TARGET = "app:create_app"


def _end_with_launcher() -> None:
    """On Linux, ask for SIGTERM when the launcher dies without a word; elsewhere the launcher's signals must do."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


def _is_worth_saying(record: logging.LogRecord) -> bool:
    """Leave out granian's warning about the number of threads: `geo.cli.launcher` says why there are so many."""
    return "Python threads" not in str(record.msg)


def run(options: dict[str, Any]) -> None:
    """Serve until SIGTERM.

    Parameters
    ----------
    options
        Keyword arguments of `granian.Granian` that are numbers, texts or booleans; `working_dir` is a path as text.
    """
    _end_with_launcher()
    working_dir = Path(options.pop("working_dir"))
    server = Granian(_TARGET, interface=Interfaces.WSGI, factory=True, working_dir=working_dir, log_level=LogLevels.warning, **options)
    logging.getLogger("_granian").addFilter(_is_worth_saying)
    server.serve()


if __name__ == "__main__":
    run(json.loads(sys.argv[1]))
