"""What is said of filters and features is what filters take and features hold, in the forms that QGIS and GDAL read."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import jsonschema
import pytest

from geo.model import ReleaseKind
from geo.school_properties import PropertyKind
from geo.services.filters import FILTERABLE, GEOMETRY
from geo.services.publishing import Draft, boundaries_in_force, composed, publish
from geo.web.api.features.conformance import CONFORMANCE
from geo.web.current import WORKSPACE
from tests.application import STANDARD, application
from tests.builders import make_facts_table, make_school
from tests.services.builders import load_districts, load_regions
from tests.set_up import set_up

COLLECTIONS = ("schools", "regions", "districts", "releases")
WITH_GEOMETRY = COLLECTIONS[:3]
VALUES = {
    PropertyKind.TEXT: "'unknown'",
    PropertyKind.WHOLE_NUMBER: "5",
    PropertyKind.NUMBER: "1.5",
    PropertyKind.DATE: "DATE('2024-01-01')",
}


@pytest.fixture(scope="module")
def client(tmp_path_factory):
    """A client of a deployment with two regions, four districts and three schools, one of them without a position."""
    directory = tmp_path_factory.mktemp("queryables")
    app = application(replace(STANDARD, data_dir=set_up(directory / "var")))
    workspace = app.extensions[WORKSPACE]
    load_regions(workspace, directory)
    load_districts(workspace, directory)
    placed = {"latitude": 50.25, "longitude": 10.25, "connectivity": "yes", "download_speed_declared_mbps": 8.5, "num_students": 300}
    schools = (
        make_school("A", school_name="Lyceum", connectivity_collected_on=date(2024, 5, 1), **placed),
        make_school("B", latitude=50.75, longitude=11.5, connectivity="no", num_students=20),
        make_school("C", school_area_type="rural"),
    )
    boundaries = boundaries_in_force(workspace, None)
    draft = Draft(None, ReleaseKind.IMPORT, boundaries, "for a test", None)
    publish(workspace, draft, composed(workspace, make_facts_table(*schools), boundaries))
    yield app.test_client()
    workspace.close()


def schema(client, collection, kind):
    response = client.get(f"/api/v1/collections/{collection}/{kind}")
    assert (response.status_code, response.mimetype) == (200, "application/schema+json")
    jsonschema.Draft202012Validator.check_schema(response.json)
    assert response.json["$id"] == f"http://localhost/api/v1/collections/{collection}/{kind}"
    return response.json


@pytest.mark.parametrize("collection", COLLECTIONS)
def test_every_type_is_one_word_of_json_schema(client, collection):
    for kind in ("queryables", "schema"):
        for name, each in schema(client, collection, kind)["properties"].items():
            if name == GEOMETRY:
                assert "type" not in each
                assert "$ref" not in each
            else:
                assert each["type"] in ("string", "integer", "number", "boolean")


@pytest.mark.parametrize("collection", COLLECTIONS)
def test_flat_schema_names_one_id_and_puts_properties_in_order(client, collection):
    properties = schema(client, collection, "schema")["properties"]

    assert [each.get("x-ogc-role") for each in properties.values()].count("id") == 1
    assert [each["x-ogc-propertySeq"] for each in properties.values()] == list(range(1, len(properties) + 1))
    assert all(each["title"] and each["description"] for each in properties.values())


@pytest.mark.parametrize("collection", COLLECTIONS)
def test_features_hold_what_the_schemas_say_and_nothing_else(client, collection):
    flat, shaped = schema(client, collection, "schema"), schema(client, collection, "feature-schema")
    features = client.get(f"/api/v1/collections/{collection}/items").json["features"]

    assert features
    for feature in features:
        assert list(feature["properties"]) == [name for name in flat["properties"] if name != GEOMETRY]
        assert list(feature["properties"]) == list(shaped["properties"]["properties"]["properties"])
        known = {name: value for name, value in feature["properties"].items() if value is not None}
        jsonschema.validate({**feature, "properties": known}, shaped, format_checker=jsonschema.FormatChecker())
        jsonschema.validate(known, flat, format_checker=jsonschema.FormatChecker())


@pytest.mark.parametrize("collection", COLLECTIONS)
def test_id_of_a_feature_is_the_property_of_that_role(client, collection):
    properties = schema(client, collection, "schema")["properties"]
    identity = next(name for name, each in properties.items() if each.get("x-ogc-role") == "id")

    for feature in client.get(f"/api/v1/collections/{collection}/items").json["features"]:
        assert str(feature["properties"][identity]) == feature["id"]


@pytest.mark.parametrize("collection", WITH_GEOMETRY)
def test_geometry_has_a_format_and_a_role(client, collection):
    geometry = schema(client, collection, "schema")["properties"][GEOMETRY]

    assert geometry["x-ogc-role"] == "primary-geometry"
    assert geometry["format"] == ("geometry-point" if collection == "schools" else "geometry-polygon-or-multipolygon")


def test_releases_have_no_geometry(client):
    assert GEOMETRY not in schema(client, "releases", "schema")["properties"]


@pytest.mark.parametrize("name", sorted(FILTERABLE))
def test_every_queryable_is_taken_by_a_filter(client, name):
    known = FILTERABLE[name]
    value = f"'{known.words[0]}'" if known.words else VALUES[known.kind]

    for text in (f"{name} = {value}", f"{name} > {value}", f"{name} IS NULL"):
        assert client.get("/api/v1/collections/schools/items", query_string={"filter": text, "limit": "1"}).status_code == 200


def test_nothing_but_queryables_is_taken_by_a_filter(client):
    queryables = schema(client, "schools", "queryables")

    assert set(queryables["properties"]) == {*FILTERABLE, GEOMETRY}
    assert queryables["additionalProperties"] is False
    refused = client.get("/api/v1/collections/schools/items", query_string={"filter": "school_nam = 'x'"})
    assert (refused.status_code, refused.json["code"], refused.json["nearest"]) == (400, "invalid_filter", "school_name")


def test_words_of_a_queryable_are_those_that_it_can_be(client):
    properties = schema(client, "schools", "queryables")["properties"]

    assert properties["status"]["enum"] == ["unconnected", "below_norm", "norm_unknown", "meets_norm", "unknown"]
    assert properties["connectivity_collected_on"]["format"] == "date"
    assert properties["download_speed_mbps"]["x-ogc-unit"] == "Mbit/s"


@pytest.mark.parametrize("collection", COLLECTIONS[1:])
def test_collections_whose_filters_choose_schools_have_no_queryables(client, collection):
    assert schema(client, collection, "queryables")["properties"] == {}


@pytest.mark.parametrize("collection", COLLECTIONS)
def test_collection_links_to_its_schemas_with_their_type(client, collection):
    links = {link["rel"]: link for link in client.get(f"/api/v1/collections/{collection}").json["links"]}

    for rel, kind in (
        ("describedby", "feature-schema"),
        ("http://www.opengis.net/def/rel/ogc/1.0/schema", "schema"),
        ("http://www.opengis.net/def/rel/ogc/1.0/queryables", "queryables"),
    ):
        assert links[rel]["href"] == f"http://localhost/api/v1/collections/{collection}/{kind}"
        assert links[rel]["type"] == "application/schema+json"


def test_classes_that_qgis_looks_for_are_declared(client):
    declared = client.get("/api/v1/conformance").json["conformsTo"]

    assert tuple(declared) == CONFORMANCE
    assert {each.split("/spec/")[1] for each in declared} >= {
        "cql2/1.0/conf/cql2-text",
        "cql2/1.0/conf/basic-cql2",
        "ogcapi-features-3/1.0/conf/filter",
        "ogcapi-features-3/1.0/conf/features-filter",
        "ogcapi-features-5/1.0/conf/schemas",
        "ogcapi-common-3/1.0/conf/schemas",
    }


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("num_students BETWEEN 100 AND 300", ["A"]),
        ("NOT num_students > 100", ["B"]),
        ("num_students IS NULL", ["C"]),
        ("S_INTERSECTS(geometry, POLYGON((11 50,12 50,12 51,11 51,11 50)))", ["B"]),
        ("NOT S_INTERSECTS(geometry, BBOX(11,50,12,51))", ["A"]),
        ("status = 'unconnected' OR school_area_type = 'rural'", ["B", "C"]),
        ("required_mbps > 0 AND admin1 = 'XA10'", ["A"]),
        ("download_speed_mbps = 8.5 AND download_speed_basis = 'declared'", ["A"]),
        ("connectivity_collected_on >= DATE('2024-05-01')", ["A"]),
        ("school_name LIKE 'Ly%'", ["A"]),
        ("CASEI(school_name) = CASEI('LYCEUM')", ["A"]),
        ("FALSE", []),
    ],
)
def test_filter_selects_features_and_figures_alike(client, text, ids):
    query = {"filter": text, "filter-lang": "cql2-text", "filter-crs": "http://www.opengis.net/def/crs/OGC/1.3/CRS84"}

    page = client.get("/api/v1/collections/schools/items", query_string=query).json

    assert sorted(feature["id"] for feature in page["features"]) == ids
    assert page["numberMatched"] == len(ids)
    assert client.get("/api/v1/coverage", query_string=query).json["total"]["schools"] == len(ids)


def test_status_in_a_filter_follows_the_norm(client):
    for norm, count in (("1", 1), ("20", 0)):
        query = {"filter": "status = 'meets_norm'", "norm": norm}
        assert client.get("/api/v1/coverage", query_string=query).json["total"]["schools"] == count


@pytest.mark.parametrize(("name", "value"), [("filter-lang", "cql2-json"), ("filter-crs", "http://www.opengis.net/def/crs/EPSG/0/4326")])
def test_filter_in_another_language_or_reference_system_is_refused(client, name, value):
    refused = client.get("/api/v1/coverage", query_string={"filter": "TRUE", name: value})

    assert (refused.status_code, refused.json["code"]) == (400, f"invalid_{name}")


def test_next_page_keeps_the_filter(client):
    page = client.get("/api/v1/collections/schools/items", query_string={"filter": "num_students>1", "limit": "1"}).json
    following = next(link["href"] for link in page["links"] if link["rel"] == "next")

    rest = client.get(following).json

    assert (page["numberMatched"], rest["numberMatched"]) == (2, 2)
    assert {page["features"][0]["id"], rest["features"][0]["id"]} == {"A", "B"}
