"""Flags and what checks find, over HTTP: in the report of an upload, as filters, in figures and on pages."""

from __future__ import annotations

import csv
import io
import json
import re
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from geo.model import POSITION_FLAGS, Role
from geo.render.payload import decode_tile
from geo.services import Workspace
from geo.web.current import WORKSPACE
from tests.services.builders import load_regions, publish_csv
from tests.set_up import filled

HEAD = "school_id_govt,school_name,latitude,longitude,admin1,connectivity,download_speed_declared_mbps,download_speed_measured_mbps\n"
SCHOOLS = (
    "a,Placed,50.23456,10.23456,West,yes,100,90\n"
    "b,Swapped,10.34567,50.34567,West,yes,100,8\n"
    "c,Coarse,50.4,10.4,West,no,,\n"
    "d,Elsewhere,50.51234,11.51234,West,yes,50,\n"
)


@pytest.fixture(scope="module")
def flagged_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Data of a deployment with four schools in or near two regions, three of them at doubtful positions."""

    def fill(workspace: Workspace, directory: Path) -> None:
        load_regions(workspace, directory)
        publish_csv(workspace, HEAD + SCHOOLS)

    return filled(tmp_path_factory.mktemp("flagged"), fill)


@pytest.fixture
def set_up_data(request: pytest.FixtureRequest, set_up_data: Path, flagged_data: Path) -> Path:
    """The data that a test's application begins with: a copy of those schools where the test asks for them."""
    return flagged_data if "flagged" in request.fixturenames else set_up_data


@pytest.fixture
def flagged(client: FlaskClient) -> FlaskClient:
    """A client of a service with those schools."""
    return client


def total(client: FlaskClient, query: str) -> dict[str, object]:
    answer = client.get(f"/api/v1/coverage?{query}")
    assert answer.status_code == 200, answer.text
    found: dict[str, object] = answer.json["total"]
    return found


def test_b38_swapped_coordinates_are_201_with_line_and_distance_by_family(app, client, secret_of, tmp_path):
    load_regions(app.extensions[WORKSPACE], tmp_path)
    key = {"Authorization": f"Bearer {secret_of(Role.CONTRIBUTOR)}"}

    answer = client.post("/api/v1/imports", data={"file": (io.BytesIO((HEAD + SCHOOLS).encode()), "s.csv")}, headers=key)

    assert answer.status_code == 201
    assert {"family": "regions", "code": "location_outlier", "severity": "warning", "count": 1} in answer.json["report"]["checks"]
    problem = next(problem for problem in answer.json["notices"] if problem["code"] == "location_outlier")
    assert (problem["line"], answer.json["publishable"]) == (3, True)


@pytest.mark.parametrize(
    ("query", "schools"),
    [
        ("flag=location_outlier", 1),
        ("flag=low_precision,location_outlier", 2),
        ("flag=" + ",".join(POSITION_FLAGS), 3),
        ("flag=excel_mangled_id", 0),
        ("disagrees=true", 1),
        ("disagrees=false", 3),
        ("disagrees=true&flag=low_precision", 0),
    ],
)
def test_schools_are_filtered_by_flag_and_by_speeds_that_disagree(flagged, query, schools):
    assert total(flagged, query)["schools"] == schools


def test_flagged_positions_of_regions_add_up_to_those_of_the_whole(flagged):
    answer = flagged.get("/api/v1/coverage?by=admin1").json
    rows = list(csv.DictReader(io.StringIO(flagged.get("/api/v1/coverage?by=admin1&f=csv").text.lstrip("\ufeff"))))

    counts = [row["schools_flagged_position"] for row in answer["rows"]]
    assert sum(counts) == answer["total"]["schools_flagged_position"] == 3
    assert [int(row["schools_flagged_position"]) for row in rows] == counts


@pytest.mark.parametrize("query", ["flag=low", "flag=", "flag=low_precision,", "disagrees=yes", "disagrees=true,false"])
def test_words_that_are_no_flag_are_refused(flagged, query):
    answer = flagged.get(f"/api/v1/coverage?{query}")

    assert answer.status_code == 400
    assert answer.json["code"] in ("invalid_flag", "invalid_disagrees")


def test_the_order_of_flags_in_an_address_changes_nothing(flagged):
    answers = [
        flagged.get(f"/api/v1/coverage?flag={words}").json for words in ("low_precision,same_position", "same_position,low_precision")
    ]

    assert answers[0] == answers[1]
    assert answers[0]["where"] == {"flag": "low_precision,same_position"}


def test_home_says_how_many_positions_are_doubtful_and_leads_to_them(flagged):
    link = re.search(r'<a href="([^"]+)"[^>]*>The positions of 3 schools are doubtful\.', flagged.get("/").text)

    assert link
    page = flagged.get(link[1].replace("&amp;", "&"))
    assert page.status_code == 200
    assert "are doubtful." not in page.text
    assert re.search(r'<option value="[a-z_,]+" selected>any doubt about the position</option>', page.text)


def test_a_filter_by_flag_says_how_many_schools_it_shows(flagged):
    assert "3 schools are shown." in flagged.get("/?disagrees=false").text
    assert "1 school is shown." in flagged.get("/?flag=low_precision").text


def test_the_page_of_a_school_says_what_is_to_be_checked_and_which_speeds_differ(flagged):
    page = " ".join(re.sub(r"<[^>]+>", " ", flagged.get("/schools/b").text).split())

    assert "latitude and longitude are exchanged" in page
    assert "lie on different sides of the norm. Declared: 100 Mbps; measured: 8 Mbps." in page


def test_the_map_of_a_filter_by_flag_holds_its_schools_alone(flagged):
    page = flagged.get("/?flag=location_outlier").text
    view = json.loads(re.search(r'id="map-view"[^>]*>(.*?)</script>', page, re.DOTALL)[1])
    tile = decode_tile(flagged.get(view["points"]["url"].format(z=0, x=0, y=0)).data)

    assert "flag=location_outlier" in view["points"]["url"]
    assert len(tile) == view["points"]["placed"] > 0
    assert tile.is_flagged.all()
