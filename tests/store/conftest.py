"""A deployment on each of the two databases, empty and set up."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from pathlib import Path

import pytest

from geo.config import Settings
from geo.store import Catalog, ReleaseFiles, open_catalog
from tests.postgres import postgres_or_skip
from tests.set_up import set_up
from tests.store.publishing import settings_for

DATABASES = ("sqlite", "postgresql")


@functools.cache
def migrated_database() -> str:
    """Address of a PostgreSQL database that is set up, to be copied."""
    database_url = postgres_or_skip().new_database()
    catalog = open_catalog(settings_for(Path(), database_url))
    catalog.migrate()
    catalog.close()
    return database_url


@pytest.fixture(params=DATABASES)
def empty_settings(request: pytest.FixtureRequest, tmp_path: Path) -> Settings:
    """Settings of a deployment whose catalog was never set up, on each database."""
    database_url = postgres_or_skip().new_database() if request.param == "postgresql" else None
    return settings_for(tmp_path / "var", database_url)


@pytest.fixture(params=DATABASES)
def settings(request: pytest.FixtureRequest, tmp_path: Path) -> Settings:
    """Settings of a deployment whose catalog is set up, on each database."""
    if request.param == "sqlite":
        return settings_for(set_up(tmp_path / "var"))
    return settings_for(tmp_path / "var", postgres_or_skip().new_database(migrated_database()))


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
