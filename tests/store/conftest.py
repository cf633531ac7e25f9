"""A deployment on each of the two databases, empty and set up."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from geo.config import Settings
from geo.store import Catalog, ReleaseFiles, open_catalog
from tests.postgres import postgres_or_skip
from tests.store.publishing import settings_for


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_settings(request: pytest.FixtureRequest, tmp_path: Path) -> Settings:
    """Settings of a deployment whose catalog was never set up, on each database."""
    database_url = postgres_or_skip().new_database() if request.param == "postgresql" else None
    return settings_for(tmp_path / "var", database_url)


@pytest.fixture
def settings(empty_settings: Settings) -> Settings:
    """Settings of a deployment whose catalog is set up, on each database."""
    catalog = open_catalog(empty_settings)
    catalog.migrate()
    catalog.close()
    return empty_settings


@pytest.fixture
def catalog(settings: Settings) -> Iterator[Catalog]:
    """A catalog that is set up and empty, on each database."""
    opened = open_catalog(settings)
    yield opened
    opened.close()


@pytest.fixture
def files(settings: Settings) -> ReleaseFiles:
    """The release files of the same deployment."""
    return ReleaseFiles(settings)
