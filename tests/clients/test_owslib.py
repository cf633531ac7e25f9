"""OWSLib, which QGIS plugins and Python scripts use: what its classes need of the landing page and the collections."""

from __future__ import annotations

import pytest
from owslib.ogcapi.features import Features

from tests.clients.conftest import Live
from tests.clients.schools import COUNT, KAZAKH

IDS = ["schools", "regions", "districts", "releases"]


@pytest.fixture(scope="module")
def service(live: Live) -> Features:
    """What a script begins with."""
    return Features(f"{live.api}/")


def test_collections_are_found_whichever_way_they_are_asked_for(service: Features) -> None:
    assert service.feature_collections() == IDS
    assert [each["id"] for each in service.collections()["collections"]] == IDS
    assert service.collection("schools")["extent"]["spatial"]["bbox"][0][:2] == pytest.approx([10, 50], abs=0.05)


def test_it_asks_for_anything_and_is_given_json(live: Live, service: Features) -> None:
    before = len(live.noted())

    assert service.conformance()["conformsTo"]

    assert live.noted()[before]["HTTP_ACCEPT"] == "*/*"


def test_description_is_found_by_its_media_type_and_is_openapi_3_0(service: Features) -> None:
    document = service.api()

    assert document["openapi"].startswith("3.0")
    assert "/collections/schools/items" in "".join(document["paths"])


def test_queryables_and_schema_name_the_properties_that_items_have(service: Features) -> None:
    item = service.collection_item("schools", "S00777")

    assert item["properties"]["school_name"] == f"{KAZAKH} 777"
    assert set(item["properties"]) == set(service.collection_schema("schools")["properties"]) - {"geometry"}
    assert set(item["properties"]) <= set(service.collection_queryables("schools")["properties"])


def test_pages_are_followed_under_box_and_filter(service: Features, live: Live) -> None:
    page = service.collection_items("schools", bbox=[10, 50, 11, 51], limit=300, connectivity="yes")
    matched = page["numberMatched"]
    found = page["features"]
    while following := [link for link in page["links"] if link["rel"] == "next"]:
        assert following[0]["type"] == "application/geo+json"
        page = live.json(following[0]["href"])
        found += page["features"]

    assert 300 < matched == len(found) == len({each["id"] for each in found}) < COUNT
    assert {each["properties"]["connectivity"] for each in found} == {"yes"}
    assert all(10 <= each["geometry"]["coordinates"][0] <= 11 for each in found)


def test_text_filters_and_days_narrow_too(service: Features) -> None:
    narrow = service.collection_items("schools", filter="num_students > 500 AND connectivity = 'no'", limit=1)
    whole = service.collection_items("schools", connectivity="no", limit=1)
    dated = service.collection_items("schools", datetime_="2026-09-01/..", limit=1)

    assert 0 < narrow["numberMatched"] < whole["numberMatched"]
    assert 0 < dated["numberMatched"] < COUNT
