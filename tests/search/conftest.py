"""A deployment that is set up and empty."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from geo.config import Settings
from geo.services.workspace import Workspace, open_workspace
from tests.set_up import set_up


@pytest.fixture
def workspace(settings: Settings) -> Iterator[Workspace]:
    """Its services."""
    set_up(settings.data_dir)
    with open_workspace(settings) as workspace:
        yield workspace
