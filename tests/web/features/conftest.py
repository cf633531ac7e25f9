"""One deployment that all tests of features read: two regions with districts, seventy schools, three releases."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from geo.model import ReleaseKind
from geo.services.publishing import Draft, composed, current_release, publish
from geo.services.workspace import Workspace
from geo.web.current import WORKSPACE
from tests.application import STANDARD, application
from tests.builders import make_facts_table, make_school
from tests.services.builders import load_districts, load_regions
from tests.set_up import set_up

HOSTILE = '"><script>alert(1)</script> ${7*7} `x` é Қ'


def schools() -> list[dict[str, Any]]:
    """Seventy schools, most of them knowing little; every fifth has no position, the last one knows all."""
    made = [
        make_school(
            f"S{number:03}",
            school_name=HOSTILE if number == 7 else None if number % 4 == 0 else f"School {number}",
            longitude=None if number % 5 == 0 else 10 + number / 64,
            latitude=None if number % 5 == 0 else 50 + (number % 10) / 10,
            school_area_type=("urban", "rural", "unknown")[number % 3],
            connectivity=("yes", "no", "unknown")[number % 3],
            num_students=number * 10 if number % 2 else None,
            download_speed_declared_mbps=number / 2 if number % 4 == 1 else None,
        )
        for number in range(70)
    ]
    told = date(2026, 3, 4)
    made[69] |= {
        "download_speed_measured_mbps": 34.5,
        "upload_speed_mbps": 3.0,
        "latency_ms": 20.0,
        "fiber_node_distance_km": 1.25,
        "num_students": 500,
        "connectivity_source": "survey",
        "connectivity_collected_on": told,
        "school_collected_on": told,
    }
    made[68] |= {"connectivity_collected_on": date(2025, 1, 1), "connectivity_source": "survey"}
    return made


def published(workspace: Workspace, rows: list[dict[str, Any]], boundaries: dict[str, int] | None = None) -> None:
    """Publish schools and no others."""
    draft = Draft(current_release(workspace), ReleaseKind.IMPORT, boundaries or {}, "for a test", None)
    publish(workspace, draft, composed(workspace, make_facts_table(*rows), boundaries or {}))


@pytest.fixture(scope="session")
def country(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """Release 1 has two schools and no boundaries, 2 all but one with them, 3 all; no test changes it."""
    directory = tmp_path_factory.mktemp("features")
    app = application(replace(STANDARD, data_dir=set_up(directory / "data")))
    workspace = app.extensions[WORKSPACE]
    published(workspace, schools()[:2])
    boundaries = {"admin1": load_regions(workspace, directory).id, "admin2": load_districts(workspace, directory).id}
    published(workspace, schools()[1:], boundaries)
    published(workspace, schools(), boundaries)
    yield app
    workspace.close()


@pytest.fixture
def reader(country: Flask) -> FlaskClient:
    """A visitor of that deployment."""
    return country.test_client(use_cookies=False)
