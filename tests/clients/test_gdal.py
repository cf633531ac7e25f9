"""GDAL 3.12, as pyogrio's wheel bundles it and QGIS, R and geopandas use it: every school, typed, filtered by the service."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import parse_qs

import geopandas
import pyogrio
import pytest

from geo.school_properties import FEATURE_PROPERTIES, PropertyKind
from tests.clients.conftest import Live
from tests.clients.schools import COUNT, HOSTILE, KAZAKH, PLACELESS, SPEEDLESS, made_schools, school_id

OGR_TYPES = {
    PropertyKind.TEXT: "OFTString",
    PropertyKind.WHOLE_NUMBER: "OFTInteger",
    PropertyKind.NUMBER: "OFTReal",
    PropertyKind.DATE: "OFTDate",
}
LOOKED_AT = 30
"""More schools than GDAL takes types from where it has no schema."""


@pytest.fixture(scope="module")
def address(live: Live) -> str:
    """What a person writes for GDAL."""
    return f"OAPIF:{live.api}"


@pytest.fixture(scope="module")
def read(live: Live, address: str) -> tuple[geopandas.GeoDataFrame, list[dict[str, str]]]:
    """All schools, and what GDAL asked for them."""
    before = len(live.noted())
    frame = geopandas.read_file(address, layer="schools")
    return frame, live.noted()[before:]


def pages(requests: list[dict[str, str]]) -> list[dict[str, list[str]]]:
    """Parameters of the pages of schools that GDAL read rows from: it asks for fewer to look at them."""
    asked = [parse_qs(each["QUERY_STRING"]) for each in requests if each["PATH_INFO"].endswith("/schools/items")]
    return [each for each in asked if int(each["limit"][0]) > LOOKED_AT]


def asked_for(live: Live, read_some: Callable[[], geopandas.GeoDataFrame]) -> tuple[geopandas.GeoDataFrame, list[dict[str, list[str]]]]:
    """What a reading gives, and the pages that it asked for."""
    before = len(live.noted())
    return read_some(), pages(live.noted()[before:])


def test_every_school_is_read_over_several_pages_of_one_release(read: tuple[geopandas.GeoDataFrame, list[dict[str, str]]]) -> None:
    frame, requests = read

    assert len(frame) == COUNT
    assert sorted(frame["id"]) == [school_id(number) for number in range(COUNT)]
    assert (frame["id"] == frame["school_id"]).all()
    assert len(pages(requests)) == 3
    assert [each.get("release") for each in pages(requests)] == [None, ["2"], ["2"]]


def test_the_collections_are_asked_for_first_and_then_the_page_without_a_slash(
    read: tuple[geopandas.GeoDataFrame, list[dict[str, str]]],
) -> None:
    paths = [each["PATH_INFO"] for each in read[1]]

    assert paths[0] == "/api/v1/collections"
    assert "/api/v1" in paths
    assert "/api/v1/openapi-3.0.json" in paths
    assert "/api/v1/collections/schools/feature-schema" in paths


def test_values_arrive_letter_by_letter_and_schools_without_a_position_too(
    read: tuple[geopandas.GeoDataFrame, list[dict[str, str]]],
) -> None:
    frame = read[0].set_index("id")

    assert frame.loc["S00001", "school_name"] == HOSTILE
    assert frame.loc["S00777", "school_name"] == f"{KAZAKH} 777"
    assert frame.loc["S00777", "school_id_govt"] == "000777"
    assert set(frame.index[frame.geometry.isna()]) == {school_id(number) for number in range(PLACELESS)}
    expected = made_schools()[777]
    assert (frame.loc["S00777"].geometry.x, frame.loc["S00777"].geometry.y) == (expected["longitude"], expected["latitude"])
    assert str(frame.crs) == "EPSG:4326"


def test_columns_have_their_types_though_the_first_schools_have_no_speed(live: Live, address: str) -> None:
    first = live.json(f"/collections/schools/items?limit={LOOKED_AT}")["features"]
    info = pyogrio.read_info(address, layer="schools")

    assert {each["properties"]["download_speed_mbps"] for each in first} == {None}
    assert LOOKED_AT < SPEEDLESS
    found = dict(zip(info["fields"], info["ogr_types"], strict=True))
    assert found == {"id": "OFTString"} | {each.name: OGR_TYPES[each.kind] for each in FEATURE_PROPERTIES}


@pytest.mark.parametrize(
    ("name", "value"), [("connectivity", "yes"), ("status", "unconnected"), ("school_area_type", "rural"), ("admin1", "XA10")]
)
def test_equality_is_worked_out_by_the_service(
    live: Live, address: str, read: tuple[geopandas.GeoDataFrame, list[dict[str, str]]], name: str, value: str
) -> None:
    frame, asked = asked_for(live, lambda: geopandas.read_file(address, layer="schools", where=f"{name} = '{value}'"))

    assert {tuple(each[name]) for each in asked} == {(value,)}
    assert set(frame["id"]) == set(read[0].loc[read[0][name] == value, "id"]) != set()


def test_several_equalities_are_pushed_down_together_and_ranges_are_right_all_the_same(
    live: Live, address: str, read: tuple[geopandas.GeoDataFrame, list[dict[str, str]]]
) -> None:
    where = "connectivity = 'yes' AND school_area_type = 'urban' AND num_students > 400"
    frame, asked = asked_for(live, lambda: geopandas.read_file(address, layer="schools", where=where))

    assert {(*each["connectivity"], *each["school_area_type"]) for each in asked} == {("yes", "urban")}
    everything = read[0]
    chosen = (everything["connectivity"] == "yes") & (everything["school_area_type"] == "urban") & (everything["num_students"] > 400)
    assert set(frame["id"]) == set(everything.loc[chosen, "id"]) != set()


def test_comparison_of_dates_that_gdal_takes_for_another_column_is_refused_in_words(address: str) -> None:
    with pytest.raises(pyogrio.errors.FeatureError, match="name the column in filter"):
        geopandas.read_file(address, layer="schools", where="location_collected_on >= '2026-09-01'")


def test_a_school_looked_for_by_its_id_is_asked_for_alone(live: Live, address: str) -> None:
    before = len(live.noted())

    frame = geopandas.read_file(address, layer="schools", where="id = 'S00012'")

    assert frame["school_name"].tolist() == [f"{KAZAKH} 12"]
    asked = live.noted()[before:]
    assert asked[-1]["PATH_INFO"] == "/api/v1/collections/schools/items/S00012"
    assert pages(asked) == []


def test_a_box_is_worked_out_by_the_service(live: Live, address: str, read: tuple[geopandas.GeoDataFrame, list[dict[str, str]]]) -> None:
    frame, asked = asked_for(live, lambda: geopandas.read_file(address, layer="schools", bbox=(10.2, 50.2, 10.6, 50.7)))

    assert [float(edge) for edge in asked[0]["bbox"][0].split(",")][:2] == [10.2, 50.2]
    assert set(frame["id"]) == set(read[0].cx[10.2:10.6, 50.2:50.7]["id"]) != set()  # type: ignore[misc]


def test_regions_districts_and_releases_are_layers_too(address: str) -> None:
    layers = dict(pyogrio.list_layers(address))

    assert set(layers) == {"schools", "regions", "districts", "releases"}
    regions = geopandas.read_file(address, layer="regions")
    assert sorted(regions["id"]) == ["XA10", "XA20"]
    assert set(regions.geom_type) <= {"Polygon", "MultiPolygon"}
    assert len(geopandas.read_file(address, layer="districts")) == 4
    assert len(pyogrio.read_dataframe(address, layer="releases")) == 2


def test_without_the_prefix_only_the_first_page_is_read(live: Live) -> None:
    """Why the documents ask for `OAPIF:`: a client that takes the address for a file sees no further page."""
    assert len(geopandas.read_file(f"{live.api}/collections/schools/items?f=json")) == 100
