"""Start the web server, wait until it answers, and end it cleanly: what granian alone does not do.

granian hangs on Ctrl-C with two workers (both the main process and the workers get the signal) and stops altogether when a
worker dies. So the server runs in a session of its own, INT, TERM and HUP all become one SIGTERM to its main process, and what is
left after a while is killed. Beside the server runs one worker process for uploads (`flask worker`), replaced when it dies.

The command `serve` becomes this script by exec, so that the process that only waits stays small: it imports the standard library
alone.
"""

from __future__ import annotations

import http.client
import json
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from dataclasses import asdict, dataclass
from enum import Enum
from pathlib import Path
from types import FrameType
from typing import NoReturn

STOP_SECONDS = 8.5
"""When what is left is killed; granian kills workers before, so the whole stop takes less than 10 seconds."""
UNHEARD_STOP_SECONDS = 3.0
"""The same for a service that is not up yet: nobody waits for an answer, and a worker that starts may not hear the stop."""
START_SECONDS = 180.0
WORKER_RESPAWN_SECONDS = 1.0
_POLL_SECONDS = 0.1
_STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@dataclass(frozen=True)
class Launch:
    """What to start and how to see that it is up.

    Parameters
    ----------
    server
        Options of `geo/cli/server_process.py`.
    workers
        How many workers must have started before the service is up.
    location, host_name
        Host and port to ask for /healthz, and the name to ask for it by.
    announcement
        What is said when the service answers.
    """

    server: dict[str, str | int | float | bool]
    workers: int
    location: str
    host_name: str
    announcement: str


def become_launcher(launch: Launch, held: int) -> NoReturn:
    """Replace this process by the launcher; returns never.

    Parameters
    ----------
    held
        Descriptor of the socket that holds the port; it stays open as long as the launcher.
    """
    os.set_inheritable(held, True)
    sys.stdout.flush()
    sys.stderr.flush()
    # -P keeps the script's own directory out of the module search path.
    os.execv(sys.executable, [sys.executable, "-P", __file__, json.dumps(asdict(launch))])  # noqa: S606 - our own script, no shell


class _Event(Enum):
    STOP_ASKED = "stop asked"
    ENDED = "ended"


class _Worker:
    """The process that reads and publishes uploads, started again whenever it ends by itself."""

    def __init__(self, directory: str) -> None:
        self._directory = directory
        self._stopping = threading.Event()
        self._process: subprocess.Popen[bytes] | None = None
        self._lock = threading.Lock()
        # One thread for good: the system tells the worker of the end of the thread that started it.
        self._keeper = threading.Thread(target=self._keep, daemon=True)
        self._keeper.start()

    def _keep(self) -> None:
        while True:
            with self._lock:
                if self._stopping.is_set():
                    return
                process = self._process = self._start()
            process.wait()
            self._stopping.wait(WORKER_RESPAWN_SECONDS)

    def _start(self) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "flask", "--app", "app", "worker", "--with-parent", str(os.getpid())]
        return subprocess.Popen(command, cwd=self._directory, start_new_session=True)  # noqa: S603 - our own command, no shell

    def ask_to_stop(self) -> None:
        """Tell the worker to give its job back and end."""
        self._stopping.set()
        with self._lock:
            if self._process is not None:
                self._process.terminate()

    def kill(self, end: float) -> None:
        """Wait for it until a moment of the monotonic clock, then kill it."""
        if self._process is None:
            return
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(max(0.0, end - time.monotonic()))
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)


class _Running:
    """A started server and the queue that tells what happens to it."""

    def __init__(self, launch: Launch) -> None:
        self._launch = launch
        self._events: queue.SimpleQueue[_Event] = queue.SimpleQueue()
        # Handlers first: a signal that comes while the server starts waits in the queue.
        for number in _STOP_SIGNALS:
            signal.signal(number, self._ask_to_stop)
        self._worker = _Worker(str(launch.server["working_dir"]))
        self._started_fd, told_fd = os.pipe()
        os.set_blocking(self._started_fd, False)
        os.set_blocking(told_fd, False)
        self._workers_started = 0
        script = Path(__file__).with_name("server_process.py")
        command = [sys.executable, "-P", str(script), json.dumps({**launch.server, "started_fd": told_fd})]
        self._process = subprocess.Popen(command, start_new_session=True, pass_fds=(told_fd,))  # noqa: S603 - our own script, no shell
        os.close(told_fd)
        threading.Thread(target=self._watch, daemon=True).start()

    def _ask_to_stop(self, _number: int, _frame: FrameType | None) -> None:
        self._events.put(_Event.STOP_ASKED)

    def _watch(self) -> None:
        self._process.wait()
        self._events.put(_Event.ENDED)

    def _next_event(self, seconds: float | None) -> _Event | None:
        try:
            return self._events.get(timeout=seconds)
        except queue.Empty:
            return None

    def event_before_up(self) -> _Event | None:
        """Wait until every worker has started and the service answers; None then, or what came first instead.

        A worker that is asked to stop while it starts may not hear it, so nobody is told before all of them are up.
        """
        end = time.monotonic() + START_SECONDS
        while time.monotonic() < end:
            event = self._next_event(_POLL_SECONDS)
            if event or (self._all_started() and self._answers()):
                return event
        return _Event.ENDED

    def _all_started(self) -> bool:
        with suppress(BlockingIOError):
            self._workers_started += len(os.read(self._started_fd, 1024))
        return self._workers_started >= self._launch.workers

    def event(self) -> _Event | None:
        """Wait for whatever happens next."""
        return self._next_event(None)

    def stop(self, seconds: float) -> None:
        """End the server within so many seconds, finishing requests in flight; then kill what is left of its session."""
        end = time.monotonic() + seconds
        self._worker.ask_to_stop()
        while self._process.returncode is None and time.monotonic() < end:
            self._process.terminate()  # again each second: granian can lose one that comes while a worker is replaced
            second = time.monotonic() + 1
            while self._process.returncode is None and time.monotonic() < second:
                self._next_event(_POLL_SECONDS)
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._worker.kill(end)

    def _answers(self) -> bool:
        """Whether the service answers; any answer that is not a server error counts, since host rules may refuse this one."""
        connection = http.client.HTTPConnection(self._launch.location, timeout=2)
        try:
            connection.request("GET", "/healthz", headers={"Host": self._launch.host_name})
            return connection.getresponse().status < 500
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()


def serve(launch: Launch) -> int:
    """Serve until INT, TERM or HUP; the exit code: 1 where the server did not start or ended by itself."""
    running = _Running(launch)
    event = running.event_before_up()
    is_up = event is None
    if is_up:
        print(launch.announcement, flush=True)
        event = running.event()
    running.stop(STOP_SECONDS if is_up else UNHEARD_STOP_SECONDS)
    if event is _Event.ENDED:
        print("Refused: the web server ended by itself; what it said stands above", file=sys.stderr)
        return 1
    print("Qosyl has ended.")
    return 0


if __name__ == "__main__":
    sys.exit(serve(Launch(**json.loads(sys.argv[1]))))
