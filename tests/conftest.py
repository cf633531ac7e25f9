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
from xdist.scheduler import LoadScopeScheduling

from geo.config import ENVIRONMENT, Settings

IS_LONG = bool(os.environ.get("QOSYL_LONG"))
"""Whether `make test-long` asked for large counts."""

SHARING = ("browser", "clients")
"""Directories of tests that share what takes seconds to make, so that one process runs them; the longest first."""

hypothesis.settings.register_profile("short", max_examples=40, deadline=None, derandomize=True)
hypothesis.settings.register_profile("long", max_examples=2000, deadline=None)
hypothesis.settings.load_profile("long" if IS_LONG else "short")


def pytest_configure() -> None:
    """Forget the settings of whoever runs the tests."""
    for name in ENVIRONMENT.values():
        os.environ.pop(name, None)


class WholeModules(LoadScopeScheduling):
    """Gives each process whole modules, and directories that share to one, in the order in which they were collected.

    The library's own way, marks of groups, adds them to the ids of tests, which pytest 9.2 no longer lets it do: it said nothing, gave
    out single tests, and both processes made everything that a module shares, services and browser too.
    """

    def _split_scope(self, nodeid: str) -> str:
        return _group(Path(nodeid.partition("::")[0]))


def _group(module: Path) -> str:
    return module.parent.name if module.parent.name in SHARING else module.as_posix()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> WholeModules:
    """Take the schedule of whole modules whatever `--dist` says."""
    return WholeModules(config, log)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Where processes share the run, begin with the longest groups: else one works on them alone at the end."""
    if hasattr(config, "workerinput"):
        slow = {item.path for item in items if item.get_closest_marker("slow")}
        turns = {name: turn for turn, name in enumerate(SHARING)}
        items.sort(key=lambda item: turns.get(_group(item.path), len(SHARING) + (item.path not in slow)))


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
