"""One live service over synthetic schools, which the clients that people use ask over HTTP."""

from __future__ import annotations

import http.client
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from email.message import Message
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from geo.config import ROOT, Settings
from geo.model import ReleaseKind
from geo.services.publishing import Draft, boundaries_in_force, composed, current_release, publish
from geo.services.workspace import open_workspace
from tests.builders import make_facts_table
from tests.cli.test_port import free_port
from tests.clients.schools import made_schools
from tests.clients.served import NOTES
from tests.services.builders import load_districts, load_regions
from tests.set_up import set_up

START_SECONDS = 300


@dataclass(frozen=True)
class Answer:
    """What a request was answered."""

    status: int
    headers: Message
    body: bytes


@dataclass(frozen=True)
class Live:
    """A running service: where its API answers, and the file of what it was asked."""

    api: str
    notes: Path

    def ask(self, path: str, method: str = "GET", **headers: str) -> Answer:
        """Answer to a request of a path under the API, or of a whole address of this service; header names have `_` for `-`."""
        address = urlsplit(path if path.startswith("http") else f"{self.api}{path}")
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        with closing(http.client.HTTPConnection(str(address.hostname), address.port, timeout=60)) as connection:
            connection.request(method, f"{address.path}{'?' * bool(address.query)}{address.query}", headers=sent)
            response = connection.getresponse()
            return Answer(response.status, response.headers, response.read())

    def json(self, path: str, **headers: str) -> dict[str, Any]:
        """The JSON of an answer that succeeds."""
        answer = self.ask(path, **headers)
        assert answer.status == 200, answer.body
        found: dict[str, Any] = json.loads(answer.body)
        return found

    def noted(self) -> list[dict[str, str]]:
        """Every request so far, in order."""
        return [json.loads(line) for line in self.notes.read_text(encoding="utf-8").splitlines()]


@pytest.fixture(scope="session")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    """The application under granian in a process of its own: clients in C hold Python's lock while they wait for it."""
    directory = tmp_path_factory.mktemp("clients")
    set_up(directory / "data")
    _publish(directory)
    port, notes = free_port(), directory / "notes"
    notes.touch()
    environment = os.environ | {"QOSYL_DATA_DIR": str(directory / "data"), "QOSYL_DEMO": "0", "PORT": str(port), NOTES: str(notes)}
    command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--workers", "1", "--blocking-threads", "4"]
    command += ["--host", "127.0.0.1", "--port", str(port), "--factory", "tests.clients.served:noting"]
    with (directory / "said").open("wb") as said:
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=said, stderr=subprocess.STDOUT)
    try:
        _wait(process, port, directory / "said")
        yield Live(f"http://127.0.0.1:{port}/api/v1", notes)
    finally:
        process.terminate()
        process.wait(timeout=30)


def _publish(directory: Path) -> None:
    """Two releases: a few schools, then all of them."""
    schools = made_schools()
    with open_workspace(Settings(data_dir=directory / "data", testing=True)) as workspace:
        load_regions(workspace, directory)
        load_districts(workspace, directory)
        for rows in (schools[:20], schools):
            before = current_release(workspace)
            boundaries = boundaries_in_force(workspace, before)
            draft = Draft(before, ReleaseKind.IMPORT, boundaries, "synthetic schools", None)
            publish(workspace, draft, composed(workspace, make_facts_table(*rows), boundaries))


def _wait(process: subprocess.Popen[bytes], port: int, said: Path) -> None:
    """Until the service answers."""
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end:
        assert process.poll() is None, said.read_text()
        with suppress(OSError), closing(http.client.HTTPConnection("127.0.0.1", port, timeout=60)) as connection:
            connection.request("GET", "/healthz")
            if connection.getresponse().status == 200:
                return
        time.sleep(0.05)
    raise AssertionError(said.read_text())
