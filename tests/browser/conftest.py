"""A service with the demo as people start it, Chromium, and a visitor who notices whatever a page must not do."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from geo.config import ROOT, Settings
from geo.services.deployment import initialise, load_demo
from geo.services.workspace import open_workspace
from tests.browser.visitor import Visitor, visiting
from tests.cli.test_port import free_port

HERE = Path(__file__).parent
START_SECONDS = 300
"""A busy machine takes a minute; a service that never starts says so by ending."""
NAMES_OF_CHROMIUM = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
OPTIONS = ("--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Run these tests last where one process runs all: their services and their browser then run for no longer than they are needed."""
    if not hasattr(config, "workerinput"):
        items.sort(key=lambda item: HERE in item.path.parents)


class Service:
    """A running service: where it answers, the key that its first start showed, and its data directory."""

    def __init__(self, port: int, secret: str, data_dir: Path) -> None:
        self.address = f"http://127.0.0.1:{port}"
        self.secret = secret
        self.data_dir = data_dir


@pytest.fixture(scope="session")
def chromium() -> str:
    """Path of the browser."""
    found = next((path for path in map(shutil.which, NAMES_OF_CHROMIUM) if path), None)
    if found is None:
        pytest.skip("Chromium is not installed; on Debian and Ubuntu: apt-get install chromium")
    return found


@pytest.fixture(scope="session")
def demo_data(chromium: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Data directory of a service over the demo, to be copied: loading it takes longer than starting the service."""
    directory = tmp_path_factory.mktemp("demo") / "data"
    with open_workspace(Settings(data_dir=directory, testing=True)) as workspace:
        initialise(workspace)
        load_demo(workspace)
    return directory


@pytest.fixture(scope="session")
def service(demo_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """The service over the demo, through the launcher and the server that `make run` starts; no test may change what it holds."""
    with _over_demo(demo_data, tmp_path_factory.mktemp("browser")) as started:
        yield started


@pytest.fixture(scope="session")
def service_to_change(demo_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """Another one, for tests that upload and publish; what it holds is what the tests before have left.

    A module takes it by a fixture of its own named `service` that returns it, so that its visitors go there.
    """
    with _over_demo(demo_data, tmp_path_factory.mktemp("browser-changed")) as started:
        yield started


@contextmanager
def _over_demo(demo_data: Path, directory: Path) -> Iterator[Service]:
    shutil.copytree(demo_data, directory / "data")
    with serving(directory) as started:
        yield started


@contextmanager
def serving(directory: Path) -> Iterator[Service]:
    """The command `serve` on a free port, ended at the end."""
    port = free_port()
    environment = os.environ | {"QOSYL_DATA_DIR": str(directory / "data"), "PORT": str(port), "WORKERS": "1", "NO_COLOR": "1"}
    with (directory / "said").open("w") as said:
        process = subprocess.Popen(
            [sys.executable, "-m", "flask", "--app", "app", "serve"], cwd=ROOT, env=environment, stdout=said, stderr=subprocess.STDOUT
        )
        try:
            yield Service(port, _secret(process, directory / "said"), directory / "data")
        finally:
            process.terminate()
            process.wait(timeout=20)


def _secret(process: subprocess.Popen[bytes], said: Path) -> str:
    """The key that was shown, once the service answers."""
    end = time.monotonic() + START_SECONDS
    while "Ctrl-C ends it" not in said.read_text():
        assert process.poll() is None, said.read_text()
        assert time.monotonic() < end, said.read_text()
        time.sleep(0.1)
    found = re.search(r"qsl_[\w-]{43}", said.read_text())
    assert found, said.read_text()
    return found.group()


@pytest.fixture(scope="session")
def browser(chromium: str) -> Iterator[Browser]:
    """Headless Chromium; its sandbox cannot be used by root, as which containers often run."""
    options = [*OPTIONS, "--no-sandbox"] if os.geteuid() == 0 else list(OPTIONS)
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=chromium, args=options)
        yield opened
        opened.close()


@pytest.fixture
def visitor(browser: Browser, service: Service) -> Iterator[Visitor]:
    """Somebody new, at whose end nothing may have gone wrong in the browser."""
    with visiting(browser, service.address) as somebody:
        yield somebody
        assert somebody.noticed == []
