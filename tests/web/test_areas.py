"""What the map shows follows measure and areas: looks, legend, hexagons, districts, still picture, own ground and base map."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from geo.config import Settings, read_settings
from geo.errors import ConfigurationError
from geo.model import GroundKind, Measure
from geo.services.ground import GroundFile, load_ground, remove_ground
from geo.web.current import WORKSPACE
from tests.application import STANDARD, application
from tests.services.builders import EAST, WEST, load_districts, load_regions, publish_csv
from tests.set_up import set_up

HEADING = "school_id_govt,school_name,latitude,longitude,school_area_type,num_students,connectivity,download_speed_mbps\n"
SCHOOLS = (
    "w1,West one,50.2,10.2,rural,100,no,\n"
    "w2,West two,50.3,10.3,rural,300,no,\n"
    "w3,West three,50.4,10.4,urban,100,yes,50\n"
    "w4,West four,50.7,10.4,rural,100,yes,50\n"
    "e1,East one,50.2,11.2,urban,100,yes,50\n"
    "e2,East two,50.3,11.3,rural,,unknown,\n"
    "n3,Placeless,,,unknown,100,unknown,\n"
)


@pytest.fixture(scope="module")
def deployment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """A service with seven schools in two regions of two districts each, which tests only read."""
    directory = tmp_path_factory.mktemp("areas")
    app = application(replace(STANDARD, data_dir=set_up(directory / "data")))
    load_regions(app.extensions[WORKSPACE], directory)
    load_districts(app.extensions[WORKSPACE], directory)
    publish_csv(app.extensions[WORKSPACE], HEADING + SCHOOLS)
    yield app
    app.extensions[WORKSPACE].close()


@pytest.fixture
def published(deployment: Flask) -> FlaskClient:
    """A client of it."""
    return deployment.test_client()


def view_of(client: FlaskClient, address: str) -> dict[str, Any]:
    """The JSON beside the map of a page."""
    found = re.search(r'id="map-view">(.*?)</script>', client.get(address).text, re.DOTALL)
    assert found
    return json.loads(found[1])


def legend_of(client: FlaskClient, address: str) -> dict[str, str]:
    """Count of each class that the legend has a line for."""
    return dict(re.findall(r'class="count" data-class="([^"]+)">([^<]*)<', client.get(address).text))


def looks(view: dict[str, Any]) -> dict[str, tuple[str, bool]]:
    return {code: (region["fill"], region["is_wide"]) for code, region in view["regions"].items()}


@pytest.mark.parametrize(
    ("measure", "expected"),
    [
        ("meets_norm", {WEST: ("share-2", False), EAST: ("share-5", True)}),
        ("connected", {WEST: ("share-2", False), EAST: ("share-5", True)}),
        ("rural_gap", {WEST: ("share-1", False), EAST: ("share-none", False)}),
        ("unknown", {WEST: ("share-5", False), EAST: ("share-1", False)}),
        ("unconnected_rural", {WEST: ("share-plain", False), EAST: ("share-plain", False)}),
    ],
)
def test_regions_look_by_the_measure(published, measure, expected):
    assert looks(view_of(published, f"/?measure={measure}")) == expected


@pytest.mark.parametrize("measure", Measure)
@pytest.mark.parametrize("areas", ["admin1", "admin2", "hexagons_small"])
def test_legend_counts_every_area_once(published, measure, areas):
    address = f"/?measure={measure}&areas={areas}"
    view = view_of(published, address)
    hexagons = view["areas"]["hexagons"]
    drawn = published.get(hexagons["url"]).json["hexagons"] if hexagons else len(view["regions"])

    counts = legend_of(published, address)

    assert drawn == {"admin1": 2, "admin2": 4}.get(areas, drawn)
    assert sum(int(count) for name, count in counts.items() if name != "is-wide") == drawn


def test_only_a_count_has_circles_and_the_largest_is_that_of_the_legend(published):
    regions = view_of(published, "/?measure=unconnected_rural&count=students")["regions"]

    assert regions[WEST]["radius"] == 26
    assert "400 students in unconnected rural schools" in regions[WEST]["share"]
    assert "radius" not in regions[EAST]
    assert '<svg class="size"' in published.get("/?measure=unconnected_rural").text
    assert "radius" not in json.dumps(view_of(published, "/?measure=connected")["regions"])


def test_filter_that_leaves_a_region_empty_hatches_it(published):
    regions = view_of(published, "/?area_type=rural&status=unconnected&measure=connected")["regions"]

    assert (regions[WEST]["fill"], regions[EAST]["fill"]) == ("share-1", "share-none")


def test_areas_by_district_draw_and_list_the_districts(published):
    page = published.get("/?areas=admin2").text

    assert set(view_of(published, "/?areas=admin2")["regions"]) == {f"{region}{half}" for region in (WEST, EAST) for half in "NS"}
    assert f'data-region="{WEST}S"' in page
    assert f'data-region="{WEST}"' not in page


def test_districts_seen_from_near_are_those_of_the_page_by_district(published):
    finer = view_of(published, "/?measure=unknown")["areas"]["finer"]
    asked_for = view_of(published, "/?measure=unknown&areas=admin2")

    near = published.get(finer["url"]).json

    assert looks(near) == looks(asked_for)
    assert near["legend"]["counts"] == legend_of(published, "/?measure=unknown&areas=admin2") | {"is-wide": "0"}
    assert finer["geometry"] == asked_for["areas"]["geometry"]
    assert {feature["id"] for feature in json.loads(published.get(finer["geometry"]["url"]).text)["features"]} == set(near["regions"])


def test_hexagons_hold_every_school_with_a_position_and_serve_all_measures(published):
    hexagons = view_of(published, "/?areas=hexagons_large")["areas"]["hexagons"]
    answer = published.get(hexagons["url"])

    found = answer.json

    assert (found["schools"], found["not_placed"]) == (6, 1)
    assert len(found["corners"]) == 12 * found["hexagons"]
    assert all(len(found["looks"][count][measure]) == found["hexagons"] for count in ("schools", "students") for measure in Measure)
    assert "immutable" in answer.headers["Cache-Control"]
    assert view_of(published, "/?areas=hexagons_large&measure=unknown")["areas"]["hexagons"]["url"] == hexagons["url"]


def test_hexagons_say_their_figures_in_words_and_sum_to_the_count(published):
    hexagons = view_of(published, "/?areas=hexagons_large&measure=unconnected_rural&lang=ru")["areas"]["hexagons"]
    counts = published.get(hexagons["url"]).json["counts"]["schools"]

    cards = [published.get(hexagons["one_url"].replace("{n}", str(at))) for at in range(len(counts))]

    assert sum(counts) == 2
    assert all(card.json["name"].startswith("16") for card in cards)
    assert any(re.search("2.*сельск", card.json["share"]) for card in cards)
    assert published.get(hexagons["one_url"].replace("{n}", str(len(counts)))).status_code == 404


def test_hexagons_of_a_region_hold_its_schools_alone(published):
    hexagons = view_of(published, f"/regions/{EAST}?areas=hexagons_small")["areas"]["hexagons"]

    assert published.get(hexagons["url"]).json["schools"] == 2


@pytest.mark.parametrize(("query", "circles"), [("measure=unconnected_rural", 1), ("measure=connected", 0), ("areas=hexagons_large", 0)])
def test_still_picture_follows_measure_and_areas(published, query, circles):
    found = re.search(r'class="still" src="([^"]+)"', published.get(f"/?{query}").text)
    assert found

    picture = published.get(found[1].replace("&amp;", "&"))

    assert query in found[1]
    assert picture.status_code == 200
    assert picture.text.count("<circle cx") - picture.text.count('r="1" fill') == circles


def test_choice_of_measure_and_areas_is_kept_in_links_to_regions(published):
    page = published.get("/?measure=unknown&areas=hexagons_small").text

    assert f"/regions/{WEST}?measure=unknown&amp;areas=hexagons_small" in page


@pytest.mark.parametrize("query", ["measure=colour", "areas=hexagons", "measure=unknown&measure=unknown"])
def test_measure_that_there_is_not_is_refused(published, query):
    assert published.get(f"/?{query}").status_code == 400


def test_ground_is_nothing_until_it_is_loaded_and_then_text_in_the_language_of_the_page(published, deployment, tmp_path):
    town = {"type": "Feature", "properties": {"name": "Town", "ru": "<b>Город"}, "geometry": {"type": "Point", "coordinates": [10.5, 50.5]}}
    (tmp_path / "towns.geojson").write_text(json.dumps({"type": "FeatureCollection", "features": [town]}), encoding="utf-8")
    before = view_of(published, "/")["areas"]["ground"]

    file = GroundFile(tmp_path / "towns.geojson", GroundKind.PLACES, "Somebody", "CC BY 4.0", name_columns={"en": "name", "ru": "ru"})
    loaded = load_ground(deployment.extensions[WORKSPACE], file)

    after = view_of(published, "/?lang=ru")["areas"]["ground"]["layers"]
    assert before == {}
    assert after["credits"] == ["Somebody (CC BY 4.0)"]
    assert published.get(after["url"]).json["places"][0]["name"] == "<b>Город"
    assert "immutable" in published.get(after["url"]).headers["Cache-Control"]
    assert published.get("/map/ground/0123456789ab.json").headers["Cache-Control"] == "no-cache"
    remove_ground(deployment.extensions[WORKSPACE], loaded.name)
    assert view_of(published, "/")["areas"]["ground"] == {}


def test_base_map_is_off_by_default_and_widens_the_policy_by_its_origin_alone(published, settings: Settings, tmp_path):
    plain = published.get("/")
    set_up(tmp_path / "second")
    widened = replace(
        settings,
        data_dir=tmp_path / "second",
        basemap_url="https://tiles.example.org/{z}/{x}/{y}.png?key=1",
        basemap_attribution="© Somebody",
    )
    app = application(widened)
    publish_csv(app.extensions[WORKSPACE], HEADING + SCHOOLS)

    page = app.test_client().get("/")

    assert "basemap" not in plain.text
    assert "img-src 'self' https://tiles.example.org data:;" in page.headers["Content-Security-Policy"]
    assert page.headers["Content-Security-Policy"].replace(" https://tiles.example.org", "") == plain.headers["Content-Security-Policy"]
    assert view_of(app.test_client(), "/")["areas"]["ground"]["basemap"]["credit"] == "© Somebody"
    app.extensions[WORKSPACE].close()


@pytest.mark.parametrize(
    ("url", "attribution"),
    [
        ("http://tiles.example.org/{z}/{x}/{y}.png", "© A"),
        ("https://{s}.example.org/{z}/{x}/{y}.png", "© A"),
        ("https://tiles.example.org/{z}/{x}.png", "© A"),
        ("https://tiles.example.org; script-src */{z}/{x}/{y}", "© A"),
        ("https://tiles.example.org/{z}/{x}/{y}{r}.png", "© A"),
        ("https://tiles.example.org/{z}/{x}/{y}.png", ""),
        ("https://tiles.example.org/{z}/{x}/{y}.png", "x" * 201),
        ("", "© A"),
    ],
)
def test_base_map_that_could_not_be_shown_or_named_is_refused_at_start(tmp_path, url, attribution):
    environment = {"QOSYL_DATA_DIR": str(tmp_path), "BASEMAP_URL": url, "BASEMAP_ATTRIBUTION": attribution}

    with pytest.raises(ConfigurationError, match="BASEMAP_"):
        read_settings(environment)


def test_page_is_asked_for_anew_once_it_has_a_base_map(deployment, published):
    former = published.get("/").headers["ETag"]
    base_map = {"basemap_url": "https://tiles.example.org/{z}/{x}/{y}.png", "basemap_attribution": "Somebody"}
    app = application(replace(deployment.extensions[WORKSPACE].settings, **base_map))

    answer = app.test_client().get("/", headers={"If-None-Match": former})

    assert answer.status_code == 200
    app.extensions[WORKSPACE].close()


def test_circles_in_a_frame_say_what_they_count(published):
    page = published.get("/embed?measure=unconnected_rural&lang=en").text

    assert "Unconnected rural schools:" in page
    assert 'class="count-circle"' in page
