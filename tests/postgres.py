"""A PostgreSQL cluster of the tests' own: made in a temporary directory, run by an unprivileged user, gone afterwards.

Where PostgreSQL is not installed the tests that need it skip and say so.
"""

from __future__ import annotations

import atexit
import functools
import itertools
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
import pytest

START_TIMEOUT_S = 30
SERVER_OPTIONS = {
    "listen_addresses": "",
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "shared_buffers": "32MB",
    "max_connections": "80",
}


@dataclass
class PostgresServer:
    """A running cluster that answers on a socket in its directory."""

    binaries: Path
    directory: Path
    process: subprocess.Popen[bytes] | None = None
    numbers: itertools.count[int] = field(default_factory=itertools.count)

    def new_database(self, template: str | None = None) -> str:
        """SQLAlchemy address of a new database: empty, or a copy of one that `new_database` gave and nobody is connected to."""
        name = f"qosyl_{next(self.numbers)}"
        source = "template0" if template is None else template.split("?")[0].rsplit("/", 1)[1]
        with psycopg.connect(self._conninfo("postgres"), autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{source}"')
        return f"postgresql+psycopg://qosyl@/{name}?host={self.directory}"

    def end_connections(self) -> None:
        """End every client's connection, as a restart of the server would."""
        with psycopg.connect(self._conninfo("postgres"), autocommit=True) as connection:
            connection.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND usename = 'qosyl'")

    def start(self) -> None:
        """Make the cluster and start it."""
        self._run("initdb", "-D", str(self.directory / "data"), "-U", "qosyl", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync")
        options = [argument for name, value in SERVER_OPTIONS.items() for argument in ("-c", f"{name}={value}")]
        command = [self.binaries / "postgres", "-D", self.directory / "data", "-k", self.directory, *options]
        with (self.directory / "log").open("wb") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log, cwd=self.directory, **_unprivileged())
        self._wait()

    def stop(self) -> None:
        """Stop the cluster and remove its directory."""
        if self.process is not None:
            self.process.send_signal(signal.SIGQUIT)
            self.process.wait(START_TIMEOUT_S)
        shutil.rmtree(self.directory, ignore_errors=True)

    def _conninfo(self, database: str) -> str:
        return f"host={self.directory} user=qosyl dbname={database}"

    def _run(self, program: str, *arguments: str) -> None:
        command = [self.binaries / program, *arguments]
        done = subprocess.run(command, cwd=self.directory, capture_output=True, text=True, check=False, **_unprivileged())
        if done.returncode != 0:
            raise RuntimeError(f"{program} failed: {done.stderr}")

    def _wait(self) -> None:
        give_up = time.monotonic() + START_TIMEOUT_S
        while True:
            try:
                psycopg.connect(self._conninfo("postgres")).close()
            except psycopg.OperationalError:
                if time.monotonic() > give_up or self.process is None or self.process.poll() is not None:
                    raise RuntimeError(f"PostgreSQL did not start: {(self.directory / 'log').read_text()}") from None
                time.sleep(0.05)
            else:
                return


def _binaries() -> Path | None:
    """Directory of the newest PostgreSQL server installed; None where there is none."""
    found = [path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/initdb")]
    found += [Path(path).resolve().parent for path in [shutil.which("initdb")] if path]
    found = [directory for directory in found if (directory / "postgres").exists()]
    return max(found, key=lambda directory: [int(part) for part in directory.parts if part.isdigit()], default=None)


def _account() -> pwd.struct_passwd:
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise RuntimeError("PostgreSQL does not run as root, and there is neither a user postgres nor a user nobody")


def _unprivileged() -> dict[str, object]:
    """Arguments of Popen that give up root's rights; none where this is not root."""
    if os.geteuid() != 0:
        return {}
    account = _account()
    return {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}


@functools.cache
def running_server() -> PostgresServer | None:
    """The cluster of this test run, started at first need and stopped at exit; None where PostgreSQL is not installed."""
    binaries = _binaries()
    if binaries is None:
        return None
    directory = Path(tempfile.mkdtemp(prefix="qosyl-pg-"))
    if os.geteuid() == 0:
        os.chown(directory, _account().pw_uid, _account().pw_gid)
    server = PostgresServer(binaries, directory)
    atexit.register(server.stop)
    server.start()
    return server


def postgres_or_skip() -> PostgresServer:
    """The running cluster; skips the test where PostgreSQL is not installed."""
    server = running_server()
    if server is None:
        pytest.skip("PostgreSQL is not installed: no initdb in /usr/lib/postgresql/*/bin or on PATH")
    return server
