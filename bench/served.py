"""The servers of `bench.bench_api`, each in processes of its own: the service, a bare application on the same server, and datasette."""

from __future__ import annotations

import http.client
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from geo.cli.deployment import BLOCKING_THREADS, CONNECTIONS, WORKERS_KILL_SECONDS
from geo.config import ROOT

WORKERS = 2
STARTED_S = 60.0
_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Server:
    """A running server.

    Parameters
    ----------
    pids
        The processes that were started; those they started in turn are theirs too.
    ports
        Where it listens.
    """

    pids: tuple[int, ...]
    ports: tuple[int, ...]

    def processes(self) -> tuple[int, ...]:
        """The processes and all that descend from them."""
        children: dict[int, list[int]] = {}
        for path in Path("/proc").glob("[0-9]*/stat"):
            try:
                children.setdefault(int(_stat(path)[1]), []).append(int(path.parent.name))
            except OSError:
                continue
        found = list(self.pids)
        for pid in found:
            found.extend(children.get(pid, ()))
        return tuple(found)

    def cpu_s(self) -> float:
        """Processor time of all of them so far, seconds."""
        return sum(sum(map(int, _stat(Path(f"/proc/{pid}/stat"))[11:13])) for pid in self.processes()) / _TICKS


def _stat(path: Path) -> list[str]:
    """Fields of `/proc/PID/stat` from the third on; see proc(5)."""
    return path.read_text(encoding="utf-8", errors="replace").rpartition(") ")[2].split()


def ask(port: int, path: str) -> tuple[int, bytes]:
    """Status and body of an answer."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
    try:
        connection.request("GET", path)
        response = connection.getresponse()
        return response.status, response.read()
    finally:
        connection.close()


def file_of(port: int, path: str) -> tuple[int, int, int]:
    """Status, bytes and records after the first line of a text file, read piece by piece and let go of."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
    size = lines = 0
    try:
        connection.request("GET", path)
        response = connection.getresponse()
        while piece := response.read(1 << 20):
            size += len(piece)
            lines += piece.count(b"\r\n")
        return response.status, size, lines - 1
    finally:
        connection.close()


@contextmanager
def _started(command: Sequence[str], port: int, log: Path, *, env: dict[str, str] | None = None, fds: Sequence[int] = ()) -> Iterator[int]:
    """A server, started and answering, until the block ends."""
    with (
        log.open("w") as file,
        subprocess.Popen(  # noqa: S603 - our own commands
            command, cwd=ROOT, env=os.environ | (env or {}), stdout=file, stderr=file, pass_fds=fds, start_new_session=True
        ) as process,
    ):
        try:
            _wait_for(process, port, log)
            yield process.pid
        finally:
            process.send_signal(signal.SIGTERM)


def _wait_for(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    end = time.monotonic() + STARTED_S
    while time.monotonic() < end and process.poll() is None:
        try:
            ask(port, "/")
        except OSError:
            time.sleep(0.2)
        else:
            return
    raise RuntimeError(f"a server does not answer: {log.read_text()[-2000:]}")


@contextmanager
def service(directory: Path, port: int) -> Iterator[Server]:
    """The service as `make run` starts it, on a data directory; what it logs goes to a file, as it would in production."""
    env = {"QOSYL_DATA_DIR": str(directory), "PORT": str(port), "QOSYL_DEMO": "0", "WORKERS": str(WORKERS), "RATE_LIMIT_READS": ""}
    log = directory.with_name("service.log")
    with _started([sys.executable, "-m", "flask", "--app", "app", "serve"], port, log, env=env) as pid:
        yield Server((pid,), (port,))


@contextmanager
def fixed_answer(port: int, log: Path) -> Iterator[Server]:
    """The same server, with the same options, of an application that does nothing but answer."""
    started_fd = os.open(os.devnull, os.O_WRONLY)
    options = {
        "address": "127.0.0.1",
        "port": port,
        "workers": WORKERS,
        "blocking_threads": BLOCKING_THREADS,
        "backpressure": CONNECTIONS,
        "websockets": False,
        "workers_kill_timeout": WORKERS_KILL_SECONDS,
        "working_dir": str(ROOT / "bench" / "fixed_answer"),
        "started_fd": started_fd,
    }
    command = [sys.executable, "-P", str(ROOT / "geo" / "cli" / "server_process.py"), json.dumps(options)]
    try:
        with _started(command, port, log, fds=[started_fd]) as pid:
            yield Server((pid,), (port,))
    finally:
        os.close(started_fd)


@contextmanager
def datasette(databases: Sequence[Path], ports: Sequence[int]) -> Iterator[Server]:
    """datasette, which has no option for workers: a process on each port, as behind a balancer; its files are opened as never changing."""
    with ExitStack() as stack:
        pids = []
        for port in ports:
            files = [part for database in databases for part in ("-i", str(database))]
            settings = ["--setting", "sql_time_limit_ms", "60000", "--setting", "suggest_facets", "off"]
            command = [str(Path(sys.executable).with_name("datasette")), "serve", *files, "-p", str(port), *settings]
            pids.append(stack.enter_context(_started(command, port, databases[0].with_name(f"datasette-{port}.log"))))
        yield Server(tuple(pids), tuple(ports))
