"""What every test runs under: no settings from outside, no other host, a steady hypothesis."""

from __future__ import annotations

import gc
import ipaddress
import os
import socket
from pathlib import Path
from typing import Any

import hypothesis
import pytest

from geo.config import ENVIRONMENT, Settings

IS_LONG = bool(os.environ.get("QOSYL_LONG"))
"""Whether `make test-long` asked for large counts."""

SHARING = {Path(__file__).with_name(name): name for name in ("browser", "clients")}
"""Directories of tests that share what takes seconds to make: each is a group of its own."""

hypothesis.settings.register_profile("short", max_examples=40, deadline=None, derandomize=True)
hypothesis.settings.register_profile("long", max_examples=2000, deadline=None)
hypothesis.settings.load_profile("long" if IS_LONG else "short")


def pytest_configure() -> None:
    """Forget the settings of whoever runs the tests."""
    for name in ENVIRONMENT.values():
        os.environ.pop(name, None)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give each process of a run whole modules, and all tests in a browser to one, so that what they share is made once."""
    for item in items:
        item.add_marker(pytest.mark.xdist_group(SHARING.get(item.path.parent, item.path.name)))


def pytest_collection_finish() -> None:
    """Put aside what lasts as long as the run: else every collection of garbage goes through all modules again."""
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True)
def _no_other_host(monkeypatch: pytest.MonkeyPatch) -> None:
    """Refuse connections that leave this machine."""
    connect = socket.socket.connect

    def connect_here(self: socket.socket, address: Any) -> None:
        if self.family in (socket.AF_INET, socket.AF_INET6) and not _is_loopback(address[0]):
            raise AssertionError(f"a test wanted to reach {address[0]}")
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", connect_here)


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Settings of an empty deployment in the test's own directory."""
    return Settings(data_dir=tmp_path / "data", secret_key="a secret of the tests, long enough for any", load_demo=False, testing=True)
