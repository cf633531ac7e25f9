"""Pages for frames: framed by whom the setting names and nobody else, without cookies; every other page by nobody at all."""

from __future__ import annotations

import html
import re
from dataclasses import replace
from typing import Any
from xml.etree import ElementTree

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app import create_app
from geo.config import Settings, read_settings
from geo.errors import ConfigurationError
from geo.model import Role
from geo.web.current import WORKSPACE
from geo.web.framing import is_for_frames
from tests.builders import make_school
from tests.web.published import publish_schools
from tests.web.sign_in import sign_in


@pytest.fixture
def app(app: Flask) -> Flask:
    publish_schools(app.extensions[WORKSPACE], make_school("A", connectivity="no", school_area_type="rural", num_students=30))
    return app


def policy_of(response: Any) -> str:
    return next(part.strip() for part in response.headers["Content-Security-Policy"].split(";") if "frame-ancestors" in part)


def test_page_for_frames_shows_map_finding_release_and_the_way_back(client: FlaskClient) -> None:
    page = client.get("/embed?count=students&lang=en").text

    assert "1 rural school has no connection." in page
    assert "30 students learn there." in page
    assert 'id="map_qosyl"' in page
    assert "Release 1" in page
    assert 'href="/?count=students&amp;lang=en"' in page


def test_page_for_frames_says_what_its_filter_is_and_hides(client: FlaskClient) -> None:
    page = client.get("/embed?enrolment=20-&lang=en").text

    assert "Number of students: 20 and more." in page
    assert "the filter hides" in page


def test_without_the_setting_only_this_site_frames_a_page(client: FlaskClient) -> None:
    response = client.get("/embed")

    assert policy_of(response) == "frame-ancestors 'self'"
    assert "X-Frame-Options" not in response.headers
    assert response.headers["Cross-Origin-Resource-Policy"] == "cross-origin"


@pytest.mark.parametrize(
    ("origins", "expected"),
    [
        (("https://gov.kz", "https://*.unicef.org"), "frame-ancestors 'self' https://gov.kz https://*.unicef.org"),
        (("*",), "frame-ancestors *"),
    ],
    ids=["two", "all"],
)
def test_setting_names_who_frames_a_page(app: Flask, settings: Settings, origins: tuple[str, ...], expected: str) -> None:
    other = create_app(replace(settings, embed_origins=origins))

    response = other.test_client().get("/embed")
    other.extensions[WORKSPACE].close()

    assert policy_of(response) == expected


@pytest.mark.parametrize("path", ["/", "/releases", "/embedded", "/embed/regions/XX", "/embed?norm=x", "/sign-in"])
def test_nothing_else_is_framed_by_anybody(client: FlaskClient, path: str) -> None:
    response = client.get(path)

    assert policy_of(response) == "frame-ancestors 'none'"
    assert response.headers["X-Frame-Options"] == "DENY"


def test_page_for_frames_reads_no_cookie_and_sets_none(client: FlaskClient, secret_of: Any) -> None:
    sign_in(client, secret_of(Role.ADMIN))

    response = client.get("/embed")

    assert "Set-Cookie" not in response.headers
    assert "no-store" not in response.headers["Cache-Control"]
    assert "Cookie" not in response.headers["Vary"]
    assert response.text == client.application.test_client().get("/embed").text  # type: ignore[union-attr]


def test_path_of_frames_is_no_beginning_of_another() -> None:
    paths = ["/embed", "/embed/regions/KZ61", "/embedded", "/", "/x/embed"]

    assert [is_for_frames(path) for path in paths] == [True, True, False, False, False]


@pytest.mark.parametrize(
    "text",
    [
        "gov.kz",
        "https://gov.kz/page",
        "https://gov.kz; script-src *",
        "*, https://gov.kz",
        "https://",
        "javascript:x",
        "'self'",
        "https://*",
    ],
)
def test_origins_that_a_policy_cannot_name_are_refused(text: str, tmp_path: Any) -> None:
    with pytest.raises(ConfigurationError, match="EMBED_ORIGINS"):
        read_settings({"EMBED_ORIGINS": text, "QOSYL_DATA_DIR": str(tmp_path)})


def test_origins_are_read_without_blanks_and_capitals(tmp_path: Any) -> None:
    read = read_settings({"EMBED_ORIGINS": " https://WWW.gov.kz/ ,http://localhost:8080,", "QOSYL_DATA_DIR": str(tmp_path)})

    assert read.embed_origins == ("https://www.gov.kz", "http://localhost:8080")


def test_code_on_the_page_is_one_element_that_leads_to_the_view(client: FlaskClient) -> None:
    page = client.get("/?count=students&lang=kk").text
    codes = [html.unescape(text) for text in re.findall(r"<textarea[^>]*>([^<]*)</textarea>", page)]

    frames = [ElementTree.fromstring(code.replace(" loading", " loading")) for code in codes]

    assert [frame.tag for frame in frames] == ["iframe", "iframe"]
    assert frames[0].get("src") == "http://localhost/embed?count=students&lang=kk"
    for frame in frames:
        assert client.get(frame.get("src")).status_code == 200


def test_pages_of_two_hosts_name_each_its_own(client: FlaskClient) -> None:
    here = client.get("/", base_url="http://localhost").text
    there = client.get("/", base_url="http://127.0.0.1").text

    assert "http://localhost/embed" in here
    assert "http://localhost/embed" not in there
