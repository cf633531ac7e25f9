"""Regions, districts and releases as features: shapes, figures of coverage, and no figure of what is withdrawn."""

from __future__ import annotations

import shapely
from shapely.geometry import shape

from geo.model import Role
from geo.services.keys import create_key
from geo.services.withdrawals import withdraw_release
from geo.web.current import WORKSPACE
from tests.web.features.conftest import published, schools

ROOT = "/api/v1/collections"


def features_of(reader, address):
    return {feature["id"]: feature for feature in reader.get(f"{ROOT}/{address}").json["features"]}


def test_regions_have_the_figures_of_coverage_under_the_same_filter(reader):
    for query in ("", "area_type=rural", "norm=20&basis=declared&status=unconnected,unknown", "connectivity=no"):
        rows = {row["admin1"]: row for row in reader.get(f"/api/v1/coverage?by=admin1&{query}").json["rows"]}
        features = features_of(reader, f"regions/items?{query}")

        assert sorted(features) == ["XA10", "XA20"]
        for code, feature in features.items():
            figures = {name: value for name, value in rows[code].items() if name not in ("admin1", "admin1_name")}
            assert {name: feature["properties"][name] for name in figures} == figures


def test_region_without_a_school_of_the_filter_is_there_with_zeros(reader):
    features = features_of(reader, "regions/items?school_id=S001")

    assert (features["XA10"]["properties"]["schools"], features["XA20"]["properties"]["schools"]) == (1, 0)
    assert features["XA20"]["properties"]["schools_connected_share"] is None


def test_regions_say_their_names_in_every_language_and_one_in_that_asked_for(reader):
    one = reader.get(f"{ROOT}/regions/items/XA10?lang=ru").json["properties"]

    assert [one[name] for name in ("code", "name", "name_en", "name_ru", "level", "parent", "vintage")] == [
        "XA10",
        "Запад",
        "West",
        "Запад",
        1,
        None,
        "2022",
    ]


def test_shapes_are_valid_and_wound_as_geojson_wants(reader):
    for address in ("regions/items", "districts/items"):
        for feature in features_of(reader, address).values():
            drawn = shape(feature["geometry"])
            assert drawn.is_valid
            assert drawn.geom_type == "MultiPolygon"
            assert all(shapely.is_ccw(part.exterior) for part in drawn.geoms)


def test_box_chooses_the_regions_that_it_touches_and_leaves_their_figures_whole(reader):
    whole = features_of(reader, "regions/items")

    touched = features_of(reader, "regions/items?bbox=10.1,50.1,10.2,50.2")
    across = features_of(reader, "regions/items?bbox=11.5,50,-170,60")

    assert touched == {"XA10": whole["XA10"]}
    assert sorted(across) == ["XA20"]
    assert features_of(reader, "regions/items?bbox=13,50,14,51") == {}


def test_districts_are_chosen_by_their_region(reader):
    assert sorted(features_of(reader, "districts/items?admin1=XA10")) == ["XA10N", "XA10S"]
    assert sorted(features_of(reader, "districts/items?admin2=XA20S")) == ["XA20S"]


def test_districts_come_by_pages(reader):
    first = reader.get(f"{ROOT}/districts/items?limit=3").json
    link = next(link for link in first["links"] if link["rel"] == "next")
    last = reader.get(link["href"]).json

    assert [feature["id"] for page in (first, last) for feature in page["features"]] == ["XA10N", "XA10S", "XA20N", "XA20S"]
    assert (first["numberMatched"], last["numberReturned"]) == (4, 1)


def test_release_without_boundaries_has_no_regions(reader):
    answer = reader.get(f"{ROOT}/districts/items?release=1")

    assert (answer.status_code, answer.json["numberMatched"], answer.json["features"]) == (200, 0, [])


def test_unknown_region_is_not_found(reader):
    for path in (
        "regions/items/KZ99",
        "districts/items/XA10",
        "regions/items/..%2fx",
        "releases/items/9",
        "releases/items/1e3",
        "releases/items/x",
    ):
        assert reader.get(f"{ROOT}/{path}").json["code"] == "not_found"


def test_releases_are_listed_newest_first_by_pages(reader):
    first = reader.get(f"{ROOT}/releases/items?limit=2").json
    link = next(link for link in first["links"] if link["rel"] == "next")
    last = reader.get(link["href"]).json

    listed = [feature for page in (first, last) for feature in page["features"]]
    assert [feature["id"] for feature in listed] == ["3", "2", "1"]
    assert [feature["properties"]["is_current"] for feature in listed] == [True, False, False]
    assert [feature["properties"]["schools"] for feature in listed] == [70, 69, 2]
    assert {feature["geometry"] for feature in listed} == {None}


def test_datetime_of_releases_is_when_they_were_published(reader):
    published_on = reader.get(f"{ROOT}/releases/items/1").json["properties"]["published_at"][:10]

    assert reader.get(f"{ROOT}/releases/items?datetime={published_on}").json["numberMatched"] == 3
    assert reader.get(f"{ROOT}/releases/items?datetime=../2001-01-01").json["numberMatched"] == 0


def test_cursor_of_releases_is_an_id(reader):
    assert reader.get(f"{ROOT}/releases/items?cursor=forged").json["code"] == "invalid_cursor"


def test_withdrawn_release_is_told_without_its_figures(app):
    workspace, client = app.extensions[WORKSPACE], app.test_client()
    published(workspace, schools()[:3])
    published(workspace, schools()[:2])
    before = client.get(f"{ROOT}/releases/items").json
    withdraw_release(workspace, 1, reason="it held a name", actor=create_key(workspace, name="somebody", role=Role.ADMIN)[1])

    told = client.get(f"{ROOT}/releases/items/1").json["properties"]

    assert before["features"][1]["properties"]["schools"] == 3
    assert (told["schools"], told["sources"], told["withdrawal_reason"]) == (None, None, "it held a name")
    assert client.get(f"{ROOT}/releases/items").json["features"][1]["properties"]["schools"] is None
    assert client.get(f"{ROOT}/schools/items?release=1").status_code == 410
