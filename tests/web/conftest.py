"""An application over an empty deployment, and keys of each role."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app import create_app
from geo.config import Settings
from geo.model import Role
from geo.services.keys import create_key
from geo.web.current import WORKSPACE


@pytest.fixture
def app(settings: Settings) -> Iterator[Flask]:
    """An application whose catalog is set up and empty."""
    app = create_app(settings)
    app.extensions[WORKSPACE].catalog.migrate()
    yield app
    app.extensions[WORKSPACE].close()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A client that keeps cookies."""
    return app.test_client()


@pytest.fixture
def secret_of(app: Flask) -> Callable[[Role], str]:
    """Make a key of a role and give its secret."""
    return lambda role: create_key(app.extensions[WORKSPACE], name=f"test {role}", role=role)[0]
