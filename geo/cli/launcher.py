"""Start the web server, wait until it answers, and end it cleanly: what granian alone does not do.

granian hangs on Ctrl-C with two workers (both the main process and the workers get the signal), shares a port with another server
without a word (SO_REUSEPORT), and stops altogether when a worker dies. So: the port is tried by a plain bind and held, the
server runs in a session of its own, and INT, TERM and HUP all become one SIGTERM to its main process.
"""

from __future__ import annotations

import http.client
import json
import os
import queue
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from enum import Enum
from pathlib import Path
from types import FrameType
from typing import Any

from geo.config import ROOT, Settings
from geo.errors import ConfigurationError

BLOCKING_THREADS = 32
"""Python threads a worker. A half-sent upload holds a thread until it ends: 4 threads stop answering under 40 slow uploads, 32 do not."""
CONNECTIONS = 1024
"""Connections a worker keeps at once, idle ones included; a browser keeps up to six."""
WORKERS_KILL_SECONDS = 7
"""What a request in flight may still take when the service stops; with `STOP_SECONDS` it keeps the whole stop under 10 seconds."""
STOP_SECONDS = 8.5
START_SECONDS = 60.0
_RESPAWN_SECONDS = 0.5
_POLL_SECONDS = 0.1
_STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class _Event(Enum):
    STOP_ASKED = "stop asked"
    ENDED = "ended"


def hold_port(host: str, port: int) -> socket.socket:
    """Bind a port that nobody uses, and let the server that is started next share it.

    The socket never listens, so it takes no connection; while it is open no second launcher gets the port.

    Raises
    ------
    ConfigurationError
        The port is in use, may not be used by this user, or the host is no address of this machine.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    held = socket.socket(family, socket.SOCK_STREAM)
    held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        _bind_alone(held, host, port)
    except OSError as error:
        held.close()
        advice = "stop what uses it or choose another port: make run PORT=8123"
        raise ConfigurationError(f"cannot serve on {host} port {port} ({error.strerror or error}); {advice}") from error
    held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    return held


def _bind_alone(held: socket.socket, host: str, port: int) -> None:
    """Bind without SO_REUSEPORT, which refuses a port that another server listens on or another launcher holds."""
    held.bind((host, port))
    # Two sockets with SO_REUSEADDR may both be bound while neither listens; dropping the option closes that gap.
    held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 0)


def address(settings: Settings) -> str:
    """Address a person on this machine can open."""
    host = settings.host
    if host in ("0.0.0.0", "::"):  # noqa: S104 - compared, not bound
        host = "127.0.0.1"
    return f"http://{f'[{host}]' if ':' in host else host}:{settings.port}"


def _server_options(settings: Settings) -> dict[str, Any]:
    return {
        "address": settings.host,
        "port": settings.port,
        "workers": settings.workers,
        "blocking_threads": BLOCKING_THREADS,
        "backpressure": CONNECTIONS,
        "websockets": False,
        "respawn_failed_workers": True,
        "respawn_interval": _RESPAWN_SECONDS,
        "workers_kill_timeout": WORKERS_KILL_SECONDS,
        "working_dir": str(ROOT),
    }


def _start(settings: Settings) -> subprocess.Popen[bytes]:
    script = Path(__file__).with_name("server_process.py")
    # -P keeps this directory out of the module search path.
    command = [sys.executable, "-P", str(script), json.dumps(_server_options(settings))]
    return subprocess.Popen(command, start_new_session=True)  # noqa: S603 - our own script, no shell


def _answers(settings: Settings) -> bool:
    """Whether the service answers; any answer that is not a server error counts, since host rules may refuse this one."""
    host = settings.trusted_hosts[0].lstrip(".") if settings.trusted_hosts else settings.host
    connection = http.client.HTTPConnection(address(settings).partition("://")[2], timeout=2)
    try:
        connection.request("GET", "/healthz", headers={"Host": host})
        return connection.getresponse().status < 500
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _end_group(process: subprocess.Popen[bytes]) -> None:
    """Kill what is left of the server's session: workers whose main process is gone."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        return


class _Running:
    """A started server and the queue that tells what happens to it."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._events: queue.SimpleQueue[_Event] = queue.SimpleQueue()
        # Handlers first: a signal that comes while the server starts waits in the queue.
        for number in _STOP_SIGNALS:
            signal.signal(number, self._ask_to_stop)
        self._process = _start(settings)
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
        """Wait until the service answers; None then, or what came first instead."""
        end = time.monotonic() + START_SECONDS
        while time.monotonic() < end:
            event = self._next_event(_POLL_SECONDS)
            if event or _answers(self._settings):
                return event
        self.stop()
        return _Event.ENDED

    def event(self) -> _Event | None:
        """Wait for whatever happens next."""
        return self._next_event(None)

    def stop(self) -> None:
        """End the server within `STOP_SECONDS`, finishing requests in flight; then kill what is left."""
        end = time.monotonic() + STOP_SECONDS
        while self._process.returncode is None and time.monotonic() < end:
            self._process.terminate()  # again each second: granian can lose one that comes while a worker is replaced
            second = time.monotonic() + 1
            while self._process.returncode is None and time.monotonic() < second:
                self._next_event(_POLL_SECONDS)
        _end_group(self._process)


def launch(settings: Settings, *, when_up: Callable[[], None]) -> None:
    """Serve until INT, TERM or HUP; returns when the service has ended. The port is the caller's to hold.

    Parameters
    ----------
    settings
        Host, port and number of workers; the workers read the rest from the environment themselves.
    when_up
        Called once, when the service answers; what it raises ends the service.

    Raises
    ------
    ConfigurationError
        The server ended by itself.
    """
    running = _Running(settings)
    try:
        event = running.event_before_up()
        if event is None:
            when_up()
            event = running.event()
    finally:
        running.stop()
    if event is _Event.ENDED:
        raise ConfigurationError("the web server ended by itself; what it said stands above")
