"""The interface on this machine, asked without any proxy."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.giga.interface import Interface, running


@pytest.fixture
def interface(monkeypatch: pytest.MonkeyPatch) -> Iterator[Interface]:
    """A server that speaks the interface and has no schools yet."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with running() as served:
        yield served
