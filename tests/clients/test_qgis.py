"""The steps of QGIS's provider for OGC API - Features, taken one by one: which links, words and types it looks for, and where."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from geo.school_properties import FEATURE_PROPERTIES
from tests.clients.conftest import Live
from tests.clients.schools import COUNT

OPENAPI_3_0 = "application/vnd.oai.openapi+json;version=3.0"
OPENAPI = (OPENAPI_3_0, "application/openapi+json;version=3.0")
FEATURES_1 = "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf"
FOR_TEXT_FILTERS = {
    "http://www.opengis.net/spec/cql2/1.0/conf/cql2-text",
    "http://www.opengis.net/spec/cql2/1.0/conf/basic-cql2",
    "http://www.opengis.net/spec/ogcapi-features-3/1.0/conf/filter",
    "http://www.opengis.net/spec/ogcapi-features-3/1.0/conf/features-filter",
}
SCHEMAS = {"http://www.opengis.net/spec/ogcapi-features-5/1.0/conf/schemas", "http://www.opengis.net/spec/ogcapi-common-3/1.0/conf/schemas"}
SINGLE_TYPES = {"string", "number", "integer", "boolean"}
TYPES_OF_JSON = {str: {"string"}, int: {"integer", "number"}, float: {"number"}}
LONG_RELATION = "http://www.opengis.net/def/rel/ogc/1.0"


def link(document: dict[str, Any], relation: str, media_type: str | None = None) -> dict[str, Any]:
    """The first link of a relation, and of a media type."""
    links: list[dict[str, Any]] = document["links"]
    return next(each for each in links if each["rel"] == relation and media_type in (None, each["type"]))


@pytest.fixture(scope="module")
def landing(live: Live) -> dict[str, Any]:
    return live.json("", Accept="application/json")


@pytest.fixture(scope="module")
def description(live: Live, landing: dict[str, Any]) -> dict[str, Any]:
    """The description that the landing page leads to."""
    answer = live.ask(link(landing, "service-desc", OPENAPI_3_0)["href"], Accept=", ".join((*OPENAPI, "application/json")))
    assert answer.headers["Content-Type"].replace(" ", "").startswith(OPENAPI_3_0)
    document: dict[str, Any] = json.loads(answer.body.decode("utf-8"))
    return document


@pytest.fixture(scope="module")
def schools(live: Live, landing: dict[str, Any]) -> dict[str, Any]:
    """The collection as `/collections` describes it."""
    collections = live.json(link(landing, "data")["href"], Accept="application/json")["collections"]
    found: dict[str, Any] = next(each for each in collections if each["id"] == "schools")
    return found


def items_path(description: dict[str, Any]) -> dict[str, Any]:
    """The entry of the items of schools: QGIS looks for the literal path, under the address of the server."""
    found: dict[str, Any] = next(item for path, item in description["paths"].items() if path.endswith("/collections/schools/items"))
    return found


def resolved(description: dict[str, Any], parameter: dict[str, Any]) -> dict[str, Any]:
    """A parameter, or the component that it refers to."""
    if "$ref" not in parameter:
        return parameter
    found: dict[str, Any] = description["components"]["parameters"][parameter["$ref"].rpartition("/")[2]]
    return found


@pytest.mark.parametrize("path", ["", "/"])
def test_landing_page_has_every_link_with_relation_type_and_whole_address(live: Live, path: str) -> None:
    document = live.json(path, Accept="*/*")

    assert {"self", "service-desc", "data", "conformance"} <= {each["rel"] for each in document["links"]}
    for each in document["links"]:
        assert each["href"].startswith("http://127.0.0.1:")
        assert each["type"]


def test_version_3_0_is_described_before_3_1(landing: dict[str, Any]) -> None:
    types = [each["type"] for each in landing["links"] if each["rel"] == "service-desc"]

    assert types == [OPENAPI_3_0, "application/vnd.oai.openapi+json;version=3.1"]


def test_the_largest_page_is_read_from_the_components_and_is_given(live: Live, description: dict[str, Any]) -> None:
    limit = description["components"]["parameters"]["limit"]

    assert (limit["name"], limit["in"], limit["schema"]["type"]) == ("limit", "query", "integer")
    assert limit["schema"]["maximum"] >= limit["schema"]["default"] > 0
    assert live.json(f"/collections/schools/items?limit={limit['schema']['maximum'] + 1}")["numberReturned"] == COUNT


def test_each_filter_has_the_five_words_without_which_it_is_overlooked(description: dict[str, Any]) -> None:
    parameters = [resolved(description, each) for each in items_path(description)["get"]["parameters"]]
    named = {each["name"]: each for each in parameters}

    assert {"connectivity", "status", "school_area_type", "area_type", "admin1", "education_level", "num_students"} <= set(named)
    for name in ("connectivity", "status", "school_area_type", "area_type", "admin1", "education_level"):
        found = named[name]
        assert (found["in"], found.get("style"), found.get("explode"), found["schema"]["type"]) == ("query", "form", False, "string"), name


def test_conformance_declares_text_filters_and_schemas_together(live: Live, landing: dict[str, Any]) -> None:
    classes = set(live.json(link(landing, "conformance")["href"])["conformsTo"])

    assert {f"{FEATURES_1}/core", f"{FEATURES_1}/geojson", f"{FEATURES_1}/oas30"} <= classes
    assert classes >= FOR_TEXT_FILTERS
    assert classes >= SCHEMAS


def test_collection_says_what_it_is_where_it_lies_and_that_longitude_comes_first(schools: dict[str, Any]) -> None:
    assert schools["title"]
    assert schools["description"]
    assert schools["itemType"] == "feature"
    assert schools["crs"][0] == "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
    assert schools.get("storageCrs", schools["crs"][0]) == schools["crs"][0]
    (box,) = schools["extent"]["spatial"]["bbox"]
    assert box == pytest.approx([10, 50, 12, 51], abs=0.05)


def test_items_are_linked_as_geojson(live: Live, schools: dict[str, Any]) -> None:
    answer = live.ask(link(schools, "items", "application/geo+json")["href"] + "?limit=10", Accept="application/geo+json, application/json")

    assert answer.headers["Content-Type"].startswith("application/geo+json")
    assert len(json.loads(answer.body)["features"]) == 10


def test_flat_schema_gives_every_property_a_single_type_that_values_have(live: Live, schools: dict[str, Any]) -> None:
    schema = live.json(link(schools, f"{LONG_RELATION}/schema", "application/schema+json")["href"])
    properties: dict[str, Any] = schema["properties"]
    (geometry,) = [name for name, each in properties.items() if each.get("format") == "geometry-point"]
    flat = {name: each for name, each in properties.items() if name != geometry}

    assert "type" not in properties[geometry]
    assert "$ref" not in properties[geometry]
    assert [name for name, each in properties.items() if each.get("x-ogc-role") == "id"] == ["school_id"]
    assert set(flat) == {each.name for each in FEATURE_PROPERTIES}
    assert {each["type"] for each in flat.values()} <= SINGLE_TYPES
    assert all(each["title"] for each in flat.values())
    for feature in live.json("/collections/schools/items?limit=2000")["features"]:
        for name, value in feature["properties"].items():
            assert value is None or flat[name]["type"] in TYPES_OF_JSON[type(value)], (name, value)


def test_feature_schema_has_types_where_gdal_looks(live: Live, schools: dict[str, Any]) -> None:
    schema = live.json(link(schools, "describedby", "application/schema+json")["href"])
    properties = schema["properties"]["properties"]["properties"]

    assert set(properties) == {each.name for each in FEATURE_PROPERTIES}
    assert {type(each["type"]) for each in properties.values()} == {str}


def test_queryables_are_where_the_relation_says_with_single_types(live: Live, schools: dict[str, Any]) -> None:
    found = link(schools, f"{LONG_RELATION}/queryables", "application/schema+json")["href"]

    assert urlsplit(found).path.endswith("/collections/schools/queryables")
    properties = live.json(found)["properties"]
    assert {each["type"] for each in properties.values() if "type" in each} <= SINGLE_TYPES
    assert [each["format"] for each in properties.values() if "type" not in each] == ["geometry-point"]


def test_pages_follow_each_other_with_every_filter_until_none_is_left(live: Live) -> None:
    address = "/collections/schools/items?limit=700&school_area_type=rural&bbox=9,49,13,52"
    found: list[str] = []
    asked = parse_qs(urlsplit(address).query)
    page = live.json(address)
    while True:
        assert page["numberReturned"] == len(page["features"])
        assert page["timeStamp"].endswith("Z")
        found += [each["id"] for each in page["features"]]
        following = [each for each in page["links"] if each["rel"] == "next"]
        if not following:
            break
        given = parse_qs(urlsplit(following[0]["href"]).query)
        assert following[0]["type"] == "application/geo+json"
        assert {name: given[name] for name in asked} == asked
        page = live.json(following[0]["href"])

    assert len(found) == len(set(found)) == page["numberMatched"] > 700


@pytest.mark.parametrize(
    ("period", "same"),
    [
        ("0000-01-01T00:00:00Z/2026-09-30T00:00:00Z", "../2026-09-30T00:00:00Z"),
        ("2026-08-01T00:00:00Z/9999-12-31T00:00:00Z", "2026-08-01T00:00:00Z/.."),
        ("2026-09-01", "2026-09-01/2026-09-01"),
    ],
)
def test_time_of_an_open_end_may_be_the_first_or_last_year(live: Live, period: str, same: str) -> None:
    counts = [live.json(f"/collections/schools/items?limit=1&datetime={each}")["numberMatched"] for each in (period, same)]

    assert counts[0] == counts[1] > 0


def test_boxes_have_four_or_six_numbers_and_may_cross_the_antimeridian(live: Live) -> None:
    boxes = ("10.2,50.2,10.6,50.7", "10.2,50.2,-100,10.6,50.7,9000", "170,-90,-170,90", "9,49,-170,52")
    counts = [live.json(f"/collections/schools/items?limit=1&bbox={box}")["numberMatched"] for box in boxes]

    assert counts[0] == counts[1] > 0
    assert counts[2] == 0
    assert counts[3] > counts[0]


def test_text_filter_with_a_box_is_worked_out_as_qgis_writes_it(live: Live) -> None:
    """Its expressions quote names and compare in the language that it names."""
    query = "limit=1&bbox=10,50,11,51&filter-lang=cql2-text&filter=%28%22num_students%22%20%3E%20400%29"

    assert 0 < live.json(f"/collections/schools/items?{query}")["numberMatched"] < COUNT


def test_properties_are_flat(live: Live) -> None:
    for feature in live.json("/collections/schools/items?limit=50")["features"]:
        assert isinstance(feature["id"], str)
        assert "id" not in feature["properties"]
        assert not [name for name, value in feature["properties"].items() if isinstance(value, (dict, list))]
