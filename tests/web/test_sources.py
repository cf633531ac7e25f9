"""How old what was pulled is: on the about page and in the API, to everybody, without a key or an address."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from geo.config import Settings
from geo.model import PullState, Role
from geo.services.sources import NewSource, add_source
from geo.store import claim_source, update_pull_done, update_pull_failed
from geo.web.current import WORKSPACE

PATH = "/api/v1/sources"


@pytest.fixture
def pulled(app: Flask, settings: Settings, client: FlaskClient) -> FlaskClient:
    """A client of a deployment with a source whose last good pull is three days old, and that failed since."""
    workspace = app.extensions[WORKSPACE]
    key_file = settings.data_dir / "where-keys-are"
    key_file.write_text("schools_location = a-key-of-giga", encoding="ascii")
    new = NewSource("Giga <KZ>", "KAZ", base_url="https://inside.example.org", key_file=key_file, has_profiles=False)
    source = add_source(workspace, new)
    now = datetime.now(UTC)
    before = now - timedelta(days=3, hours=1)
    with workspace.catalog.transaction() as connection:
        claim_source(connection, source.id, at=before, abandoned_before=before)
        update_pull_done(connection, source.id, began_at=before, at=before, state=PullState.STAGED, import_id=None, report={"counts": {}})
        claim_source(connection, source.id, at=now, abandoned_before=now)
        update_pull_failed(connection, source.id, began_at=now, at=now, failure={"code": "too_slow", "detail": "not for everybody"})
    return client


def test_api_says_how_old_it_is_and_what_failed_last(pulled: FlaskClient) -> None:
    answer = pulled.get(PATH)
    (source,) = answer.get_json()["sources"]

    assert answer.status_code == 200
    assert {name: source[name] for name in ("name", "country", "age_days", "last_state", "last_failure_code")} == {
        "name": "Giga <KZ>",
        "country": "KAZ",
        "age_days": 3,
        "last_state": "failed",
        "last_failure_code": "too_slow",
    }
    assert not [word for word in ("inside.example.org", "where-keys-are", "a-key-of-giga", "not for everybody") if word in answer.text]


def test_import_and_counts_are_for_people_with_a_key(pulled: FlaskClient, secret_of: Callable[[Role], str]) -> None:
    (open_to_all,) = pulled.get(PATH).get_json()["sources"]
    (with_key,) = pulled.get(PATH, headers={"Authorization": f"Bearer {secret_of(Role.CONTRIBUTOR)}"}).get_json()["sources"]

    assert set(with_key) - set(open_to_all) == {"last_import_id", "last_report"}


def test_about_page_shows_the_age_and_that_the_last_try_failed(pulled: FlaskClient) -> None:
    page = pulled.get("/about?lang=en").text

    assert "Giga &lt;KZ&gt;" in page
    assert "last pulled 3 days ago; the last try failed" in " ".join(page.split())


def test_about_page_without_sources_says_nothing_of_them(client: FlaskClient) -> None:
    assert "Pulled from other services" not in client.get("/about").text
