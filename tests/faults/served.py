"""The whole service on a disk of its own that can be filled or made read-only, and a person's program that talks to it."""

from __future__ import annotations

import errno
import http.client
import json
import os
import re
import resource
import shutil
import subprocess
import threading
import time
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from geo.config import ROOT
from tests.cli.test_port import free_port
from tests.cli.test_serve import command, environment, said_until

DISK_MB = 64
SETTLE_SECONDS = 300
WORKING = ("queued", "reading", "publishing")
_MOUNT = f'mount -t tmpfs -o size={DISK_MB}m,mode=0755 qosyl "$0" || exit 99; exec "$@"'
_MOUNT_READ_ONLY = (
    f'mount -t tmpfs -o size={DISK_MB}m,mode=0755 qosyl "$0" && cp -a "$SEED/." "$0" && mount -o remount,ro "$0" || exit 99; exec "$@"'
)


def unshared() -> list[str]:
    """Command that gives what it runs mounts of its own, which nobody else sees and which go with it."""
    return ["unshare", "--mount", "--propagation", "private"] if os.geteuid() == 0 else ["unshare", "--user", "--map-root-user", "--mount"]


def may_mount(directory: Path) -> bool:
    """Whether a disk of our own can be mounted here; in some containers it cannot, and other means must do."""
    tried = [*unshared(), "sh", "-c", _MOUNT, str(directory), "true"]
    return shutil.which("unshare") is not None and subprocess.run(tried, capture_output=True, check=False).returncode == 0


@dataclass(frozen=True)
class Answer:
    """What the service answered, and how long it took."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes
    seconds: float

    @property
    def document(self) -> Any:
        return json.loads(self.body)


@dataclass
class Served:
    """A running service."""

    process: subprocess.Popen[str]
    port: int
    secret: str
    directory: Path
    has_disk: bool

    @property
    def disk(self) -> Path:
        """The data directory as the service sees it."""
        return Path(f"/proc/{self.process.pid}/root{self.directory}") if self.has_disk else self.directory

    def beside(self, *arguments: str) -> list[str]:
        """A command of another process that sees the same disk."""
        if not self.has_disk:
            return list(arguments)
        user = [] if os.geteuid() == 0 else ["--user", "--preserve-credentials"]
        return ["nsenter", "--target", str(self.process.pid), *user, "--mount", "--wdns=/", *arguments]

    def ask(self, method: str, path: str, body: bytes | None = None, headers: Mapping[str, str] | None = None) -> Answer:
        """Send one request."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=SETTLE_SECONDS)
        started = time.monotonic()
        try:
            connection.request(method, path, body, {"Authorization": f"Bearer {self.secret}", **(headers or {})})
            response = connection.getresponse()
            return Answer(response.status, response.headers, response.read(), time.monotonic() - started)
        finally:
            connection.close()

    def upload(self, text: str, **fields: str) -> Answer:
        """Send a file."""
        mark = uuid.uuid4().hex
        parts = [f'--{mark}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n' for name, value in fields.items()]
        head = f'--{mark}\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\nContent-Type: text/csv\r\n\r\n'
        body = "".join([*parts, head, text, f"\r\n--{mark}--\r\n"])
        return self.ask("POST", "/api/v1/imports", body.encode(), {"Content-Type": f"multipart/form-data; boundary={mark}"})

    def settled(self, import_id: int) -> Any:
        """The document of an import once nobody works on it any more."""
        started = time.monotonic()
        while (waited := time.monotonic() - started) < SETTLE_SECONDS:
            document = self.ask("GET", f"/api/v1/imports/{import_id}").document
            if document["state"] not in WORKING:
                return document
            time.sleep(min(0.1 + waited / 4, 1.0))
        raise AssertionError(f"import {import_id} is still {document['state']}")

    def published(self, text: str) -> Any:
        """The document of an import that was sent to be published, once it is."""
        sent = self.upload(text, publish="true")
        assert sent.status in (201, 202), sent.body
        return self.settled(sent.document["id"])

    def processes(self) -> list[psutil.Process]:
        """Server, web workers and the worker for uploads."""
        return psutil.Process(self.process.pid).children(recursive=True)

    def worker(self) -> psutil.Process:
        """The worker for uploads, once it listens."""
        end = time.monotonic() + SETTLE_SECONDS
        while time.monotonic() < end:
            for child in psutil.Process(self.process.pid).children():
                with suppress(psutil.Error):  # one that has just ended has no command any more
                    if "worker" in child.cmdline() and any("worker.bell" in entry.path for entry in _files(child)):
                        return child
            time.sleep(0.1)
        raise AssertionError("no worker for uploads came up")

    @contextmanager
    def full_disk(self) -> Iterator[None]:
        """Leave the service no space for one byte more while the block lasts."""
        if not self.has_disk:
            with self._no_larger_files():
                yield
            return
        filler = self.disk / "filler"
        with suppress_full(), filler.open("wb", buffering=0) as file:
            while True:
                file.write(bytes(1 << 20))
        with suppress_full(), filler.open("ab", buffering=0) as file:
            while True:
                file.write(bytes(512))
        try:
            yield
        finally:
            filler.unlink()

    @contextmanager
    def _no_larger_files(self) -> Iterator[None]:
        """Where no disk can be mounted: the system refuses every write to a file (EFBIG), as it does with quotas."""
        members = [child.pid for child in self.processes()]
        before = {pid: resource.prlimit(pid, resource.RLIMIT_FSIZE) for pid in members}
        for pid in members:
            resource.prlimit(pid, resource.RLIMIT_FSIZE, (0, before[pid][1]))
        try:
            yield
        finally:
            for pid in members:
                resource.prlimit(pid, resource.RLIMIT_FSIZE, before[pid])


@contextmanager
def suppress_full() -> Iterator[None]:
    """Let a write end where the disk is full, and only there."""
    try:
        yield
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise


@dataclass(frozen=True)
class _Entry:
    path: str


def _files(process: psutil.Process) -> list[_Entry]:
    """What a process has open; psutil leaves pipes out."""
    found = []
    for entry in Path(f"/proc/{process.pid}/fd").glob("*"):
        try:
            found.append(_Entry(os.readlink(entry)))
        except OSError:
            continue
    return found


def _command(directory: Path, seed: Path | None, *, has_disk: bool) -> list[str]:
    """How to start the service on a disk of its own, or held to the permissions of files where no disk can be mounted."""
    if has_disk:
        return [*unshared(), "sh", "-c", _MOUNT if seed is None else _MOUNT_READ_ONLY, str(directory), *command("serve")]
    if seed is None:
        return command("serve")
    shutil.copytree(seed, directory, dirs_exist_ok=True)
    for path in (*directory.rglob("*"), directory):
        path.chmod(0o555 if path.is_dir() else 0o444)
    held = ["setpriv", "--bounding-set=-dac_override,-dac_read_search"] if os.geteuid() == 0 else []
    return [*held, *command("serve")]


def _drain(process: subprocess.Popen[str]) -> None:
    """Read on what the service logs: one that nobody reads blocks whoever writes once its pipe is full."""
    with suppress(ValueError, OSError):
        for _ in process.stdout or ():
            pass


@contextmanager
def served(directory: Path, *, seed: Path | None = None, secret: str = "") -> Iterator[Served]:
    """A service that answers, on an empty disk, or read-only on a copy of the data directory `seed`."""
    directory.mkdir(exist_ok=True)
    has_disk, port = may_mount(directory), free_port()
    arguments = _command(directory, seed, has_disk=has_disk)
    env = environment(directory, port) | {"RATE_LIMIT_UPLOADS": "", "SEED": str(seed or "")}
    process = subprocess.Popen(arguments, cwd=ROOT, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    drain = threading.Thread(target=_drain, args=(process,), daemon=True)
    try:
        said = said_until(process, "Ctrl-C ends it")
        drain.start()
        shown = re.search(r"qsl_[\w-]{43}", said)
        yield Served(process, port, shown.group() if shown else secret, directory, has_disk)
    finally:
        process.kill()
        process.wait()
        if drain.ident is not None:
            drain.join()
        if process.stdout:
            process.stdout.close()
