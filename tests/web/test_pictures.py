"""Pictures over HTTP: what the page says is in them, they are cached like it, and an address decides all that they show."""

from __future__ import annotations

import os
import struct
import subprocess
import sys
from typing import Any
from xml.etree import ElementTree

import pytest
from flask import Flask
from flask.testing import FlaskClient

from geo.config import ROOT
from geo.render.map_picture import SIZES, PictureFormat
from geo.render.map_picture_page import drawn
from geo.web.current import WORKSPACE
from geo.web.pages.blueprint import asked, frame_of
from geo.web.pages.picture_content import picture_of
from geo.web.pages.pictures import place_of
from tests.builders import make_school
from tests.render.test_map_picture import make_picture
from tests.web.published import publish_schools

SYNTHETIC = "synthetic demonstration data: no real school"
HOSTILE = "$\\frac{1}{0}$ ${x} </svg><script>alert(1)</script>"


@pytest.fixture
def app(app: Flask) -> Flask:
    publish_schools(
        app.extensions[WORKSPACE],
        make_school(
            "A", connectivity="no", school_area_type="rural", num_students=30, latitude=48.1, longitude=67.2, school_source=HOSTILE
        ),
        make_school("B", connectivity="yes", download_speed_declared_mbps=50.0, num_students=100, latitude=48.2, longitude=67.3),
        make_school("C", school_area_type="urban", school_source=SYNTHETIC),
    )
    return app


def content_of(app: Flask, address: str) -> Any:
    """What the picture of an address holds, before it is drawn."""
    with app.test_request_context(address):
        return picture_of(place_of(frame_of(asked("size")), None))


def test_picture_says_what_the_page_says(app: Flask, client: FlaskClient) -> None:
    picture = content_of(app, "/map.svg?lang=en")
    page = client.get("/?lang=en").text

    assert picture.title in page
    assert all(line in page for line in picture.lines)
    assert [line.figure for line in picture.statuses] == ["1", "0", "0", "1", "1"]
    assert ("of all schools, without a position: not on the map", "1") in picture.extras


def test_picture_names_release_norm_sources_and_the_address_of_its_figures(app: Flask, client: FlaskClient) -> None:
    picture = content_of(app, "/map.svg?norm=giga-20&count=students&lang=en")
    foot = "\n".join(picture.foot)

    assert "Release 1" in foot
    assert "giga-20" in foot
    assert HOSTILE in foot
    assert picture.foot[-1] == "http://localhost/?release=1&norm=giga-20&count=students&lang=en"
    assert client.get(picture.foot[-1]).status_code == 200


def test_picture_with_synthetic_schools_says_so(app: Flask) -> None:
    assert content_of(app, "/map.svg?lang=en").notice == "Synthetic demonstration data: no real school."


def test_filter_is_told_in_words_with_what_it_hides(app: Flask) -> None:
    picture = content_of(app, "/map.svg?area_type=rural&lang=en")

    assert "Only: Area: rural. 1 of 3 schools; the filter hides 2." in picture.foot


def test_png_and_svg_are_named_kept_and_recognised(client: FlaskClient) -> None:
    for ending, media_type in (("png", "image/png"), ("svg", "image/svg+xml")):
        first = client.get(f"/map.{ending}?size=square&lang=en", headers={"Accept-Encoding": "br"})
        again = client.get(f"/map.{ending}?size=square&lang=en", headers={"If-None-Match": first.headers["ETag"]})

        assert first.mimetype == media_type
        assert "release-1-" in first.headers["Content-Disposition"]
        assert first.headers.get("Content-Encoding") == ("br" if ending == "svg" else None)
        assert again.status_code == 304
    assert struct.unpack(">II", client.get("/map.png?size=square&lang=en").data[16:24]) == (1200, 1200)


def test_tag_of_a_picture_changes_with_size_view_language_and_host(client: FlaskClient) -> None:
    addresses = ["/map.svg?size=map", "/map.svg?size=map&lang=kk", "/map.svg?size=map&measure=unknown", "/map.svg?size=map&release=1"]
    tags = [client.get(address).headers["ETag"] for address in addresses]
    tags.append(client.get(addresses[0], base_url="http://127.0.0.1").headers["ETag"])

    assert len(set(tags)) == len(tags)


def test_svg_holds_nothing_that_runs(client: FlaskClient) -> None:
    picture = ElementTree.fromstring(client.get("/map.svg?size=square").data)

    assert not [one for one in picture.iter() if one.tag.endswith(("script", "foreignObject", "style"))]
    assert not [name for one in picture.iter() for name in one.attrib if name.startswith("on") or name == "style"]


@pytest.mark.parametrize("query", ["size=huge", "size=square&size=map", "measure=x", "sice=map"])
def test_picture_of_no_known_size_or_view_is_refused(client: FlaskClient, query: str) -> None:
    assert client.get(f"/map.png?{query}").status_code == 400


def test_region_that_there_is_not_has_no_picture(client: FlaskClient) -> None:
    assert client.get("/regions/XX/map.png").status_code == 404


def test_service_starts_without_the_library_that_draws_and_every_process_draws_alike() -> None:
    code = (
        "import sys, app; assert 'matplotlib' not in sys.modules; from tests.render.test_map_picture import *; "
        "sys.stdout.buffer.write(drawn(make_picture(), SIZES['map'], PictureFormat.SVG))"
    )
    other = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, check=True, env={**os.environ, "PYTHONHASHSEED": "7"}
    )

    assert other.stdout == drawn(make_picture(), SIZES["map"], PictureFormat.SVG)
