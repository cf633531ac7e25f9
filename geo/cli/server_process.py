"""The web server's main process: granian with the settings its launcher hands over.

Run as a script by `geo.cli.launcher`, in a session of its own; it imports nothing of ours, so it stays small.
"""

from __future__ import annotations

import ctypes
import importlib
import json
import logging
import signal
import sys
from typing import Any

from granian import Granian
from granian.constants import Interfaces
from granian.log import LogLevels

_PR_SET_PDEATHSIG = 1


def _end_with_launcher() -> None:
    """On Linux, ask for SIGTERM when the launcher dies without a word; elsewhere the launcher's signals must do."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


def load_app() -> Any:
    """Make the application in a worker.

    Until granian's own handlers stand, a worker inherits those of the main process, which only note the signal: a stop during the
    import would go unheard until the worker is killed. So a worker that is still importing simply ends.
    """
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    return importlib.import_module("app").create_app()


def _is_worth_saying(record: logging.LogRecord) -> bool:
    """Leave out granian's warning about the number of threads: `geo.cli.launcher` says why there are so many."""
    return "Python threads" not in str(record.msg)


def run(options: dict[str, Any]) -> None:
    """Serve until SIGTERM.

    Parameters
    ----------
    options
        Keyword arguments of `granian.Granian` that are numbers, texts or booleans, and `working_dir`, where app.py is.
    """
    _end_with_launcher()
    sys.path.insert(0, options.pop("working_dir"))
    server = Granian("app", interface=Interfaces.WSGI, log_level=LogLevels.warning, **options)
    logging.getLogger("_granian").addFilter(_is_worth_saying)
    server.serve(target_loader=load_app, wrap_loader=False)


if __name__ == "__main__":
    run(json.loads(sys.argv[1]))
