"""The whole path over HTTP on both databases: two files in, a release, figures, an update, an undo."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import replace

import pytest
from flask import Flask
from flask.testing import FlaskClient

from geo.config import Settings
from geo.model import Role
from geo.services.keys import create_key
from geo.web.current import WORKSPACE
from tests.application import application
from tests.postgres import postgres_or_skip
from tests.web.sign_in import csrf_token, sign_in

SCHOOLS = (
    "school_id_giga,school_id_govt,school_name,latitude,longitude,school_area_type,num_students\n"
    "g1,001,Ақ мектеп,43.2,76.9,rural,120\n"
    "g2,002,${document.title=7*7},51.1,71.4,urban,400\n"
    'g3,003,"<img src=x onerror=alert(1)>",50.3,57.2,rural,80\n'
    "g4,004,Placeless,,,unknown,\n"
)
CONNECTIVITY = "giga_id_school,connectivity,download_speed_mbps\ng1,no,\ng2,yes,100\ng3,yes,4\n"
CORRECTION = "school_id_govt,connectivity,download_speed_mbps\n001,yes,25\n777,no,\n"


@pytest.fixture(params=["sqlite", "postgresql"])
def app(request: pytest.FixtureRequest, settings: Settings) -> Iterator[Flask]:
    """An application over an empty deployment on each database."""
    if request.param == "postgresql":
        settings = replace(settings, database_url=postgres_or_skip().new_database())
    app = application(settings)
    app.extensions[WORKSPACE].catalog.migrate()
    yield app
    app.extensions[WORKSPACE].close()


def send(client: FlaskClient, content: str, **fields: str) -> dict[str, object]:
    """Upload as a signed-in person's script would, with the form's token."""
    data = {"file": (io.BytesIO(content.encode()), "schools.csv"), "csrf_token": csrf_token(client), **fields}
    return dict(client.post("/api/v1/imports", data=data).json)


def figures(app: Flask) -> tuple[int, int, int]:
    """Schools, unconnected rural ones and those that meet the norm, as a stranger sees them."""
    total = app.test_client().get("/api/v1/coverage").json["total"]
    return total["schools"], total["schools_unconnected_rural"], total["schools_meets_norm"]


def test_two_files_become_figures_that_an_update_changes_and_an_undo_restores(app):
    client = app.test_client()
    sign_in(client, create_key(app.extensions[WORKSPACE], name="office", role=Role.PUBLISHER)[0])

    assert send(client, SCHOOLS, source="ministry", publish="true")["state"] == "published"
    assert send(client, CONNECTIVITY, source="provider", publish="true")["state"] == "published"
    assert figures(app) == (4, 1, 1)

    staged = send(client, CORRECTION)
    assert staged["rows"] == {**staged["rows"], "rows_in": 2, "changed": 1, "unmatched": 1}
    assert figures(app) == (4, 1, 1)

    published = client.post(
        f"/api/v1/imports/{staged['id']}/publish", json={"reason": "new line"}, headers={"X-CSRFToken": csrf_token(client)}
    )
    assert published.status_code == 201
    assert figures(app) == (4, 0, 2)

    undone = client.post(f"/api/v1/releases/{published.json['id']}/undo", headers={"X-CSRFToken": csrf_token(client)})
    assert (undone.status_code, undone.json["kind"]) == (201, "undo")
    assert figures(app) == (4, 1, 1)

    releases = app.test_client().get("/api/v1/releases").json["releases"]
    assert [(release["id"], release["kind"]) for release in releases] == [(4, "undo"), (3, "import"), (2, "import"), (1, "import")]
    assert {"ministry", "provider"} <= set(releases[0]["sources"])


def test_hostile_names_reach_the_pages_as_text(app):
    client = app.test_client()
    sign_in(client, create_key(app.extensions[WORKSPACE], name="office", role=Role.PUBLISHER)[0])
    send(client, SCHOOLS, publish="true")

    page = app.test_client().get("/schools/g3").text

    assert "<img src=x" not in page
    assert "&lt;img src=x onerror=alert(1)&gt;" in page
