"""`worker`: a process that reads and publishes files, so that the processes which answer readers do not."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
import threading
from contextlib import suppress
from pathlib import Path
from types import FrameType
from typing import NoReturn

import click

from geo.cli.shell import command, workspace
from geo.services.attending import STOP_S, give_back_all, work_until

NICENESS = 5
"""Readers go first: of a core that both want the system gives this process about a quarter. See sched(7)."""
_PR_SET_PDEATHSIG = 1
_STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@command("worker")
@click.option("--with-parent", metavar="PID", type=int, help="End when the process of this number, which started this one, ends (Linux).")
def worker(*, with_parent: int | None) -> None:
    """Read and publish uploaded files until told to stop. `serve` starts one; more may be started, on any machine.

    What is being done at the stop is given back, and begun anew by another worker or the next start.
    """
    stopping = threading.Event()

    def stop(_number: int, _frame: FrameType | None) -> None:
        stopping.set()

    for number in _STOP_SIGNALS:
        signal.signal(number, stop)
    os.nice(NICENESS)
    if with_parent is not None:
        _end_with_parent(with_parent)
        _step_back_as_session()
    ws = workspace()
    thread = threading.Thread(target=work_until, args=(ws, stopping), name="work", daemon=True)
    thread.start()
    while thread.is_alive() and not stopping.is_set():
        thread.join(0.5)
    ws.bell.ring()
    thread.join(STOP_S)
    if thread.is_alive():
        give_back_all(ws)
    _leave(0 if stopping.is_set() else 1)


def _leave(code: int) -> NoReturn:
    """End in the middle of a step that takes long: its job is given back, and whatever it would still write is refused."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def _end_with_parent(parent: int) -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:  # it went while this process was starting, which takes seconds
            os.kill(os.getpid(), signal.SIGTERM)


def _step_back_as_session() -> None:
    """Where the system weighs sessions against each other and not processes, let the whole session step back: see sched(7), autogroup."""
    with suppress(OSError):
        Path("/proc/self/autogroup").write_text(str(NICENESS), encoding="ascii")
