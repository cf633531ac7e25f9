"""The service as `make run` starts it: a launcher, granian and its workers, on a port and a directory of its own."""

from __future__ import annotations

import http.client
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest

from geo.cli.deployment import WORKERS_KILL_SECONDS
from geo.config import ROOT
from tests.cli.test_port import free_port

START_SECONDS = 300
"""A busy machine takes a minute; a service that never starts says so by ending."""
STOP_SECONDS = 15
"""The launcher ends everything within ten; what a busy machine needs to notice is added."""
ROWS = b"school_id_govt,latitude,longitude,connectivity\n" + b"".join(b"%04d,50.5,70.5,yes\n" % number for number in range(200))
HEAD = b'--half\r\nContent-Disposition: form-data; name="file"; filename="schools.csv"\r\nContent-Type: text/csv\r\n\r\n'
UPLOAD = HEAD + ROWS + b"\r\n--half--\r\n"

pytestmark = pytest.mark.slow


@dataclass
class Service:
    """A started launcher, what it has said, and where it serves."""

    process: subprocess.Popen[str]
    port: int
    said: str

    @property
    def secret(self) -> str:
        """The key that was shown at the first start."""
        found = re.search(r"qsl_[\w-]{43}", self.said)
        assert found, self.said
        return found.group()

    def connection(self) -> http.client.HTTPConnection:
        """A connection to the service, for the caller to close."""
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)

    def status(self, path: str) -> int:
        """Status of a GET."""
        connection = self.connection()
        connection.request("GET", path)
        status = connection.getresponse().status
        connection.close()
        return status

    def main_process(self) -> psutil.Process:
        """granian's main process; its children are the workers."""
        return next(child for child in self.children() if not _is_upload_worker(child))

    def children(self) -> list[psutil.Process]:
        return psutil.Process(self.process.pid).children()


def _is_upload_worker(process: psutil.Process) -> bool:
    """Whether a process reads uploads; one that has just ended does not."""
    with suppress(psutil.Error):
        return "worker" in process.cmdline()
    return False


def environment(data_dir: Path, port: int, workers: int = 2) -> dict[str, str]:
    own = {"QOSYL_DATA_DIR": str(data_dir), "PORT": str(port), "QOSYL_DEMO": "0", "NO_COLOR": "1", "WORKERS": str(workers)}
    return os.environ | own


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "flask", "--app", "app", *arguments]


@contextmanager
def service(data_dir: Path, port: int, workers: int = 2) -> Iterator[Service]:
    """A service that answers; if it still runs at the end its launcher is killed, and the rest ends with it."""
    process = subprocess.Popen(
        command("serve"), cwd=ROOT, env=environment(data_dir, port, workers), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    try:
        yield Service(process, port, said_until(process, "Ctrl-C ends it"))
    finally:
        process.kill()
        process.wait()
        if process.stdout:
            process.stdout.close()


def said_until(process: subprocess.Popen[str], sign: str) -> str:
    """What a process says up to and with the line of a sign."""
    assert process.stdout is not None
    end = time.monotonic() + START_SECONDS
    said = ""
    while sign not in said:
        line = process.stdout.readline()
        said += line
        assert line, f"it ended without a sign of life: {said}"
        assert time.monotonic() < end, said
    return said


def stop(process: subprocess.Popen[str], number: signal.Signals) -> tuple[int, str, float]:
    """Send a signal; exit code, what was said after it, and seconds until the end."""
    started = time.monotonic()
    process.send_signal(number)
    said, _ = process.communicate(timeout=2 * STOP_SECONDS)
    return process.returncode, said, time.monotonic() - started


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A service that the tests which use it leave running."""
    with service(tmp_path_factory.mktemp("shared") / "data", free_port()) as started:
        yield started


@dataclass
class Ended:
    """How a service ended that was told to while one upload was still to be finished and another never would be."""

    data_dir: Path
    status: int
    seconds: float
    left: list[psutil.Process]


@pytest.fixture(scope="module")
def ended(tmp_path_factory: pytest.TempPathFactory) -> Ended:
    """A first start and its end; with one web worker, which starts sooner."""
    data_dir = tmp_path_factory.mktemp("ended") / "data"
    with service(data_dir, free_port(), workers=1) as first:
        family = psutil.Process(first.process.pid).children(recursive=True)
        upload, unending = half_sent_upload(first), half_sent_upload(first)
        status, seconds = end_while_one_is_finished(first, upload)
        unending.close()
    return Ended(data_dir, status, seconds, [member for member in family if member.is_running()])


def end_while_one_is_finished(started: Service, upload: http.client.HTTPConnection) -> tuple[int, float]:
    """Tell the service to end and send the other half of an upload; its status, and seconds until the service has ended."""
    begun = time.monotonic()
    started.process.send_signal(signal.SIGINT)
    time.sleep(1)
    upload.send(UPLOAD[len(UPLOAD) // 2 :])
    status = upload.getresponse().status
    upload.close()
    started.process.communicate(timeout=2 * STOP_SECONDS)
    assert started.process.returncode == 0
    return status, time.monotonic() - begun


def test_request_in_flight_is_finished_when_the_service_stops(ended: Ended) -> None:
    assert ended.status in (201, 202)


def test_request_that_never_ends_does_not_keep_the_service(ended: Ended) -> None:
    assert WORKERS_KILL_SECONDS - 1 < ended.seconds < STOP_SECONDS
    assert ended.left == []


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_no_key_is_shown_at_a_later_start_and_a_signal_ends_every_process(ended: Ended, number: signal.Signals) -> None:
    with service(ended.data_dir, free_port(), workers=1) as again:
        family = psutil.Process(again.process.pid).children(recursive=True)
        code, said, seconds = stop(again.process, number)

    assert "qsl_" not in again.said
    assert (code, said) == (0, "Qosyl has ended.\n")
    assert seconds < STOP_SECONDS
    assert [member for member in family if member.is_running()] == []


def test_second_service_on_the_port_is_refused_and_the_first_goes_on(running: Service, tmp_path: Path) -> None:
    second = subprocess.run(
        command("serve"),
        cwd=ROOT,
        env=environment(tmp_path / "other", running.port),
        capture_output=True,
        text=True,
        check=False,
        timeout=START_SECONDS,
    )

    assert second.returncode == 1
    assert re.fullmatch(rf"Refused: cannot serve on 127\.0\.0\.1 port {running.port} [^\n]*choose another port[^\n]*\n", second.stderr)
    assert running.status("/healthz") == 200


def half_sent_upload(own: Service) -> http.client.HTTPConnection:
    """A connection on which half an upload has been sent."""
    connection = own.connection()
    connection.putrequest("POST", "/api/v1/imports")
    connection.putheader("Authorization", f"Bearer {own.secret}")
    connection.putheader("Content-Type", "multipart/form-data; boundary=half")
    connection.putheader("Content-Length", str(len(UPLOAD)))
    connection.endheaders(UPLOAD[: len(UPLOAD) // 2])
    end = time.monotonic() + START_SECONDS
    while not is_taken(own, connection):
        assert time.monotonic() < end
        time.sleep(0.05)
    time.sleep(0.5)  # until the worker that took it reads
    return connection


def is_taken(own: Service, connection: http.client.HTTPConnection) -> bool:
    """Whether a web worker has the other end of a connection."""
    port = connection.sock.getsockname()[1]
    taken = [entry for member in own.main_process().children() for entry in member.net_connections() if entry.raddr]
    return any(entry.raddr.port == port for entry in taken)


def test_killed_worker_is_replaced(running: Service) -> None:
    main = running.main_process()
    victim, *_ = workers = main.children()

    victim.kill()
    end = time.monotonic() + START_SECONDS
    while len(main.children()) < len(workers) or victim in main.children():
        assert time.monotonic() < end
        time.sleep(0.1)

    assert running.status("/healthz") == 200


def test_killed_worker_for_uploads_is_replaced(running: Service) -> None:
    end = time.monotonic() + START_SECONDS
    while not (workers := [child for child in running.children() if _is_upload_worker(child)]):
        assert time.monotonic() < end
        time.sleep(0.1)

    (victim,) = workers
    victim.kill()
    while not any(_is_upload_worker(child) for child in running.children() if child != victim):
        assert time.monotonic() < end
        time.sleep(0.1)

    assert running.status("/healthz") == 200


def test_wrong_setting_is_one_line_and_no_traceback(tmp_path: Path) -> None:
    wrong = environment(tmp_path, 8000) | {"PORT": "eighty"}

    result = subprocess.run(command("serve"), cwd=ROOT, env=wrong, capture_output=True, text=True, check=False, timeout=START_SECONDS)

    assert result.returncode == 1
    assert result.stderr == "Refused: PORT must be a whole number from 1 to 65535; got 'eighty'\n"


def test_server_ends_when_its_launcher_is_killed(running: Service) -> None:
    """The last of the tests that share the service: it ends it."""
    family = psutil.Process(running.process.pid).children(recursive=True)

    running.process.kill()
    _, alive = psutil.wait_procs(family, timeout=2 * STOP_SECONDS)

    assert alive == []
