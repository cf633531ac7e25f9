"""An application over an empty deployment, and keys of each role."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app import create_app
from geo.config import Settings
from geo.model import Role
from geo.services import attending
from geo.services.keys import create_key
from geo.web.current import WORKSPACE
from tests.application import application
from tests.set_up import set_up


@pytest.fixture(scope="session")
def set_up_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Data directory of a deployment that is set up and empty, to be copied: setting up takes longer than most tests."""
    return set_up(tmp_path_factory.mktemp("set-up") / "data")


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait for the end of reading and publishing however busy the machine is; a test that is about not waiting says so itself."""
    monkeypatch.setattr(attending, "WAIT_S", 60.0)


@pytest.fixture
def app(settings: Settings, set_up_data: Path) -> Iterator[Flask]:
    """An application whose catalog is set up and empty."""
    shutil.copytree(set_up_data, settings.data_dir)
    app = application(settings)
    yield app
    app.extensions[WORKSPACE].close()


@pytest.fixture
def own_app(settings: Settings, set_up_data: Path) -> Iterator[Flask]:
    """The same, made for one test, so that it can be given routes."""
    shutil.copytree(set_up_data, settings.data_dir)
    app = create_app(settings)
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
