"""The bundle to take away: what is in it, in which words, and that it is the same as what the service says."""

from __future__ import annotations

import csv
import io
import json
import re
import zipfile
from base64 import b64decode
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from geo.render.payload import decode_tile
from geo.services import Workspace
from geo.services import offline as service
from geo.web.current import WORKSPACE
from geo.web.pages.offline import MOST_AT_ONCE, PLACES
from tests.builders import make_school
from tests.hostile import NAMES
from tests.services.builders import load_regions, publish_csv
from tests.set_up import filled
from tests.web.published import publish_schools

HEADING = "school_id_govt,school_name,latitude,longitude,school_area_type,num_students,connectivity,download_speed_mbps\n"
SCHOOLS = (
    "w1,West one,50.2,10.2,rural,100,no,\n"
    "w2,West two,50.3,10.3,rural,300,no,\n"
    "w3,=West three,50.4,10.4,urban,100,yes,50\n"
    "e1,East one,50.2,11.2,urban,,yes,\n"
    "e2,,50.3,11.3,rural,480,yes,8\n"
    "n3,Placeless,,,unknown,100,unknown,\n"
)


@pytest.fixture(scope="module")
def published_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Data of a deployment with six schools in two regions and outside."""

    def fill(workspace: Workspace, directory: Path) -> None:
        load_regions(workspace, directory)
        publish_csv(workspace, HEADING + SCHOOLS)

    return filled(tmp_path_factory.mktemp("published"), fill)


@pytest.fixture
def set_up_data(request: pytest.FixtureRequest, set_up_data: Path, published_data: Path) -> Path:
    """The data that a test's application begins with: a copy of those schools where the test asks for them."""
    return published_data if "published" in request.fixturenames else set_up_data


@pytest.fixture
def published(client: FlaskClient) -> FlaskClient:
    """A client of a service with those schools."""
    return client


def bundle(client: FlaskClient, query: str = "lang=en") -> dict[str, bytes]:
    """Files of the bundle of a view by name."""
    answer = client.get(f"/offline.zip?{query}")
    assert answer.status_code == 200, answer.text
    with zipfile.ZipFile(io.BytesIO(answer.data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def data(files: dict[str, bytes], name: str) -> dict[str, Any]:
    """What a script of data says."""
    return dict(json.loads(files[name].decode().partition(" = ")[2].removesuffix(";\n")))


def cards(files: dict[str, bytes], view: str = "view.js") -> dict[int, dict[str, Any]]:
    """Cards by row, put together as static/offline.js does it."""
    schools, words = data(files, "schools.js"), data(files, view)["cards"]
    made = {}
    for at, row in enumerate(schools["rows"]):
        status, sentence, speed = words["states"][schools["states"][at]]
        students, needs = words["enrolments"][schools["enrolments"][at]]
        facts = [[words["students"], students], *([] if speed is None else [[words["speed"], speed]]), [words["needs"], needs]]
        name = schools["names"][at] or words["unnamed"].replace("{id}", schools["ids"][at])
        made[row] = {"name": name, "place": words["places"][schools["places"][at]], "status": status, "sentence": sentence, "facts": facts}
    return made


@pytest.mark.parametrize("language", ["en", "ru", "kk"])
def test_cards_say_what_the_service_says_of_each_school(published, app, language):
    files = bundle(published, f"lang={language}")
    tag = app.extensions[WORKSPACE].release().tag

    for row, card in cards(files).items():
        told = published.get(f"/map/{tag}/school/{row}.json?lang={language}").json
        assert card == {name: told[name] for name in card}


def test_pages_are_in_each_language_and_the_asked_one_opens_first(published):
    files = bundle(published, "lang=ru")

    languages = {name: re.search(r'<html lang="(\w+)"', text.decode())[1] for name, text in files.items() if name.endswith(".html")}
    assert languages == {
        "index.html": "ru",
        "index-kk.html": "kk",
        "index-en.html": "en",
        "definitions.html": "ru",
        "definitions-kk.html": "kk",
        "definitions-en.html": "en",
    }
    assert data(files, "view-kk.js")["words"] != data(files, "view.js")["words"]


def test_map_has_every_school_of_the_view_and_counts_those_without_a_position(published):
    tile = decode_tile(b64decode(data(bundle(published), "schools.js")["tile"]))

    assert (tile.is_complete, len(tile), sum(tile.not_placed)) == (True, 5, 1)


def test_every_address_in_the_pages_is_a_file_of_the_bundle(published):
    files = bundle(published)

    for name, text in files.items():
        if name.endswith(".html"):
            addresses = re.findall(r'(?:href|src|action)="([^"]*)"', text.decode())
            assert {address.partition("#")[0] or name for address in addresses} <= set(files), name


def test_pages_hold_no_script_and_no_style_of_their_own(published):
    for name, text in bundle(published).items():
        if name.endswith(".html"):
            assert re.findall(rb"<script(?! src=)[^>]*>|<style|\son\w+=|\sstyle=", text) == []


def test_figures_and_schools_are_there_as_csv_with_guarded_cells(published):
    files = bundle(published, "lang=en&area_type=urban")

    rows = list(csv.DictReader(io.StringIO(files["data/schools.csv"].decode("utf-8-sig"))))
    assert [(row["school_id"], row["school_name"], row["status"]) for row in rows] == [
        ("w3", "'=West three", "meets_norm"),
        ("e1", "East one", "norm_unknown"),
    ]
    assert [row["schools"] for row in csv.DictReader(io.StringIO(files["data/coverage.csv"].decode("utf-8-sig")))] == ["1", "1"]


def test_filter_is_told_and_its_schools_alone_are_in_the_bundle(published):
    files = bundle(published, "lang=en&area_type=rural&status=unconnected")

    assert {card["name"] for card in cards(files).values()} == {"West one", "West two"}
    assert "2 of 6 schools; the filter hides 4." in files["index.html"].decode()


def test_same_view_of_the_same_release_is_the_same_file_and_asked_for_again(published):
    first = published.get("/offline.zip?lang=en&release=1&norm=kz-2023")

    assert re.fullmatch(r'attachment; filename="qosyl-xa-offline-en-release-1-[0-9-]{10}\.zip"', first.headers["Content-Disposition"])
    assert first.headers["Cache-Control"] == "public, max-age=300"
    assert published.get("/offline.zip?lang=en&release=1&norm=kz-2023").data == first.data
    assert (
        published.get("/offline.zip?lang=en", headers={"If-None-Match": published.get("/offline.zip?lang=en").headers["ETag"]}).status_code
        == 304
    )
    assert "max-age=0" in published.get("/offline.zip?lang=en").headers["Cache-Control"]


def test_more_schools_than_a_bundle_holds_are_refused_with_a_way_out(published, monkeypatch):
    monkeypatch.setattr(service, "MAX_SCHOOLS", 5)

    answer = published.get("/offline.zip?lang=en", headers={"Accept": "application/json"})

    assert (answer.status_code, answer.json["code"]) == (400, "too_many_schools")
    assert "choose a region" in answer.json["detail"]
    assert published.get("/offline.zip?lang=en&area_type=rural").status_code == 200


def test_hexagons_are_asked_for_one_by_one_so_a_bundle_shows_regions(published):
    files = bundle(published, "lang=en&areas=hexagons_small")

    assert data(files, "view.js")["areas"]["shown"] == "admin1"


def test_hostile_names_are_data_in_every_file(app, client):
    publish_schools(app.extensions[WORKSPACE], *(make_school(f"H{at}", school_name=name) for at, name in enumerate(NAMES.values())))

    files = bundle(client)

    assert {card["name"] for card in cards(files).values()} == set(NAMES.values())
    for name, text in files.items():
        if name.endswith((".html", "schools.js", "view.js")):
            assert b"<script>document.title" not in text
            assert b"<img" not in text


def test_command_writes_the_bundle_of_a_view(published, app, tmp_path):
    runner = app.test_cli_runner()

    written = runner.invoke(args=["offline", str(tmp_path / "a.zip"), "--view", "release=1&norm=kz-2023", "--lang", "kk"])
    refused = runner.invoke(args=["offline", str(tmp_path / "b.zip"), "--view", "norm=nothing"])

    assert written.exit_code == 0, written.output
    assert (tmp_path / "a.zip").read_bytes() == published.get("/offline.zip?lang=kk&release=1&norm=kz-2023").data
    assert (refused.exit_code, (tmp_path / "b.zip").exists()) == (2, False)


def test_more_people_than_a_worker_has_threads_for_are_asked_to_come_again(published):
    with ExitStack() as others:
        for _ in range(MOST_AT_ONCE):
            others.enter_context(PLACES)
        refused = published.get("/offline.zip?lang=en")

    assert refused.status_code == 503
    assert published.get("/offline.zip?lang=en").status_code == 200
