"""The landing page, conformance and collections: what clients need before they ask for a feature."""

from __future__ import annotations

import re
from datetime import datetime

import pytest

ROOT = "/api/v1"
COLLECTIONS = ["schools", "regions", "districts", "releases"]


def links_of(document, rel):
    return [link for link in document["links"] if link["rel"] == rel]


def test_landing_page_answers_with_and_without_the_last_slash(reader):
    bare, slashed = (reader.get(path, follow_redirects=True) for path in (ROOT, f"{ROOT}/"))

    assert bare.status_code == slashed.status_code == 200
    assert bare.json == slashed.json


@pytest.mark.parametrize("rel", ["self", "alternate", "service-desc", "service-doc", "conformance", "data", "license"])
def test_landing_page_links_what_clients_look_for(reader, rel):
    assert links_of(reader.get(f"{ROOT}/").json, rel)


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/conformance?f=html",
        "/collections",
        "/collections/schools",
        "/collections/schools/items?limit=1",
        "/collections/regions/items",
    ],
)
def test_every_link_is_absolute_and_says_its_media_type(reader, path):
    answer = reader.get(f"{ROOT}{path}")
    links = answer.json["links"] if answer.is_json or "geo+json" in answer.content_type else []
    told = re.findall(r'<([^>]+)>; rel="([^"]+)"; type="([^"]+)"', answer.headers["Link"])

    assert told
    assert [href for href, _, _ in told if not href.startswith("http://localhost/")] == []
    assert all(link["href"].startswith("http://localhost/") and link["type"] for link in links)


def test_every_link_of_landing_page_and_collections_leads_somewhere_of_its_type(reader):
    pages = [reader.get(f"{ROOT}/").json, *reader.get(f"{ROOT}/collections").json["collections"]]
    links = {(link["href"].removeprefix("http://localhost"), link["type"]) for page in pages for link in page["links"]}

    wrong = []
    for href, kind in sorted(links):
        answer = reader.head(href)
        if answer.status_code != 200 or answer.mimetype != kind.partition(";")[0]:
            wrong.append((href, kind, answer.status_code, answer.content_type))
    assert wrong == []


def test_description_in_openapi_3_0_comes_before_the_newer_one(reader):
    types = [link["type"] for link in links_of(reader.get(f"{ROOT}/").json, "service-desc")]

    assert types == ["application/vnd.oai.openapi+json;version=3.0", "application/vnd.oai.openapi+json;version=3.1"]


def test_conformance_claims_the_core(reader):
    claimed = reader.get(f"{ROOT}/conformance").json["conformsTo"]

    assert "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/core" in claimed
    assert len(set(claimed)) == len(claimed)


def test_collections_are_features_in_longitude_and_latitude_whose_items_are_linked(reader):
    collections = reader.get(f"{ROOT}/collections").json["collections"]

    assert [each["id"] for each in collections] == COLLECTIONS
    assert {each["itemType"] for each in collections} == {"feature"}
    assert {each["crs"][0] for each in collections} == {"http://www.opengis.net/def/crs/OGC/1.3/CRS84"}
    assert all(links_of(each, "items")[0]["type"] == "application/geo+json" for each in collections)


@pytest.mark.parametrize("name", COLLECTIONS)
def test_a_collection_says_of_itself_what_the_list_says_of_it(reader, name):
    listed = {each["id"]: each for each in reader.get(f"{ROOT}/collections").json["collections"]}

    assert reader.get(f"{ROOT}/collections/{name}").json == listed[name]


def test_extent_of_schools_is_that_of_their_positions_and_days(reader):
    extent = reader.get(f"{ROOT}/collections/schools").json["extent"]

    assert extent["spatial"]["bbox"] == [[10 + 1 / 64, 50.1, 10 + 69 / 64, 50.9]]
    assert extent["temporal"]["interval"] == [["2025-01-01T00:00:00Z", "2026-03-04T00:00:00Z"]]


def test_extent_of_regions_is_that_of_their_shapes(reader):
    assert reader.get(f"{ROOT}/collections/regions").json["extent"]["spatial"]["bbox"] == [[10.0, 50.0, 12.0, 51.0]]


def test_extent_of_releases_is_one_of_time_alone(reader):
    extent = reader.get(f"{ROOT}/collections/releases").json["extent"]
    first, last = (datetime.fromisoformat(moment) for moment in extent["temporal"]["interval"][0])

    assert "spatial" not in extent
    assert first <= last


def test_before_the_first_release_there_are_collections_without_schools(client):
    landing, collections, releases = (client.get(f"{ROOT}{path}") for path in ("/", "/collections", "/collections/releases/items"))
    schools = client.get(f"{ROOT}/collections/schools/items")

    assert landing.json["release"] is None
    assert [each["id"] for each in collections.json["collections"]] == COLLECTIONS
    assert (releases.json["numberMatched"], releases.json["features"]) == (0, [])
    assert schools.json["code"] == "no_release"


def test_a_collection_that_is_not_there_is_not_found(reader):
    assert reader.get(f"{ROOT}/collections/hospitals/items").json["code"] == "not_found"
