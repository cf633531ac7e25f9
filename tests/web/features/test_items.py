"""Schools as features: every one of them, once, under exact counts, in pages that never mix two releases."""

from __future__ import annotations

import json
from urllib.parse import quote

import pytest
from werkzeug.datastructures import Headers

from geo.model import Basis, View, where
from geo.school_properties import FEATURE_PROPERTIES
from geo.services.coverage import coverage_answer
from geo.services.items import cursor_of, items_page, page_text
from geo.services.school_tables import school_table
from geo.web.caching import FIXED_RELEASE
from geo.web.current import WORKSPACE
from tests.builders import make_school
from tests.web.features.conftest import published, schools

ITEMS = "/api/v1/collections/schools/items"
GEOJSON = "application/geo+json"


def link_of(page, rel):
    return next((link for link in page["links"] if link["rel"] == rel), None)


def walked(reader, address):
    """Every page from an address on, by `next`."""
    pages = [reader.get(address).json]
    while link := link_of(pages[-1], "next"):
        assert link["type"] == GEOJSON
        pages.append(reader.get(link["href"]).json)
    return pages


def ids_of(pages):
    return [feature["id"] for page in pages for feature in page["features"]]


@pytest.mark.parametrize(
    "query",
    ["", "&area_type=rural", "&bbox=10.2,50.2,10.9,50.8", "&bbox=10.2,50.2,10.9,50.8&connectivity=no", "&connectivity=no,yes&lang=ru"],
)
def test_following_next_gives_every_matching_school_once(reader, query):
    pages = walked(reader, f"{ITEMS}?limit=7{query}")

    ids = ids_of(pages)
    assert len(set(ids)) == len(ids) == pages[0]["numberMatched"]
    assert {page["numberMatched"] for page in pages} == {len(ids)}
    assert [page["numberReturned"] for page in pages] == [len(page["features"]) for page in pages]
    assert sorted(ids) == sorted(ids_of([reader.get(f"{ITEMS}?limit=10000{query}").json]))


def test_prev_leads_back_through_the_same_pages(reader):
    pages = walked(reader, f"{ITEMS}?limit=20&release=3")
    back = [pages[-1]]
    while link := link_of(back[-1], "prev"):
        back.append(reader.get(link["href"]).json)

    assert [ids_of([page]) for page in reversed(back)] == [ids_of([page]) for page in pages]
    assert link_of(pages[0], "prev") is None


def test_next_keeps_every_parameter_and_pins_the_release(reader):
    address = link_of(reader.get(f"{ITEMS}?norm=20&basis=declared&area_type=rural&lang=ru&limit=5&f=json").json, "next")["href"]

    for term in ("release=3", "norm=20", "basis=declared", "area_type=rural", "lang=ru", "limit=5", "f=json", "cursor="):
        assert term in address


def test_pages_of_one_walk_are_of_one_release_whatever_is_published_meanwhile(app):
    workspace, client = app.extensions[WORKSPACE], app.test_client()
    published(workspace, schools()[:10])
    first = client.get(f"{ITEMS}?limit=6").json
    published(workspace, schools()[20:])

    last = client.get(link_of(first, "next")["href"]).json

    assert sorted(ids_of([first, last])) == [f"S{number:03}" for number in range(10)]
    assert {page["release"]["id"] for page in (first, last)} == {1}


def test_every_count_is_that_of_coverage(country, reader):
    for terms in ({}, {"area_type": ("rural",)}, {"status": ("unconnected",)}, {"bbox": ("10.1,50,10.7,50.55",), "status": ("unknown",)}):
        chosen = where(**terms)
        total = coverage_answer(country.extensions[WORKSPACE], View(where=chosen)).total["schools"]

        assert reader.get(ITEMS, query_string={**chosen.as_parameters(), "limit": "1"}).json["numberMatched"] == total


def test_schools_without_a_position_have_no_geometry_and_are_there(reader):
    features = {feature["id"]: feature for feature in reader.get(f"{ITEMS}?limit=100").json["features"]}

    assert len(features) == 70
    assert [name for name, feature in features.items() if feature["geometry"] is None] == sorted(
        (name for name in features if int(name[1:]) % 5 == 0), key=list(features).index
    )
    assert features["S001"]["geometry"] == {"type": "Point", "coordinates": [10 + 1 / 64, 50.1]}


def test_row_that_knows_most_comes_first_so_that_clients_see_types(reader):
    first = reader.get(f"{ITEMS}?limit=1").json["features"][0]

    assert first["id"] == "S069"
    assert first["properties"]["latency_ms"] == 20.0
    assert first["properties"]["connectivity_collected_on"] == "2026-03-04"


def test_properties_are_flat_and_all_there_in_the_order_of_files(reader):
    for feature in reader.get(f"{ITEMS}?limit=100").json["features"]:
        assert list(feature["properties"]) == [each.name for each in FEATURE_PROPERTIES]
        assert not any(isinstance(value, dict | list) for value in feature["properties"].values())
        assert feature["id"] == feature["properties"]["school_id"]


@pytest.mark.parametrize("basis", list(Basis))
@pytest.mark.parametrize("norm", ["kz-2023", "20"])
def test_text_written_column_by_column_is_that_of_the_table(country, norm, basis):
    workspace = country.extensions[WORKSPACE]
    found = items_page(workspace, View(norm=norm, basis=basis), limit=100)
    names = [each.name for each in FEATURE_PROPERTIES]
    table = school_table(workspace, found.shown, found.page.rows, names).to_pylist()

    for _ in ("made", "kept"):
        written = [feature["properties"] for feature in json.loads(b"[" + page_text(workspace, found) + b"]")]
        assert written == json.loads(json.dumps(table, default=str))


def test_names_of_regions_are_in_the_language_asked_for_and_english_otherwise(reader):
    address = f"{ITEMS}?admin1=XA10&limit=1"

    named = {lang: reader.get(f"{address}&lang={lang}").json["features"][0]["properties"]["admin1_name"] for lang in ("en", "ru")}

    assert named == {"en": "West", "ru": "Запад"}
    assert reader.get(address, headers={"Accept-Language": "ru"}).json["features"][0]["properties"]["admin1_name"] == "West"


def test_school_is_found_by_its_id(reader):
    one = reader.get(f"{ITEMS}/S007")
    listed = reader.get(f"{ITEMS}?school_id=S007").json["features"][0]

    assert one.mimetype == GEOJSON
    assert {name: one.json[name] for name in listed} == listed
    assert link_of(one.json, "collection")["href"].endswith("/collections/schools")


@pytest.mark.parametrize("feature_id", ["S999", "..", "%2e%2e", "..%2f..%2fetc%2fpasswd", "s007", "%00", "x" * 3000])
def test_q8_unknown_id_is_not_found_and_no_path_is_echoed(reader, feature_id):
    answer = reader.get(f"{ITEMS}/{feature_id}")

    assert (answer.status_code, answer.json["code"]) == (404, "not_found")
    assert "passwd" not in answer.text
    assert "/.." not in answer.text


def test_links_of_a_school_whose_id_is_not_ascii_lead_back_to_it(app):
    published(app.extensions[WORKSPACE], [make_school('Қ"1 <b>')])
    listed = app.test_client().get(ITEMS).json["features"][0]
    one = app.test_client().get(f"{ITEMS}/{quote(listed['id'])}")

    assert one.headers["Link"].isascii()
    assert app.test_client().get(link_of(one.json, "self")["href"]).json["id"] == 'Қ"1 <b>'


def test_effective_speed_and_status_follow_basis_and_norm(reader):
    told = {
        query: reader.get(f"{ITEMS}/S069?{query}").json["properties"] for query in ("norm=20", "norm=40", "norm=40&basis=declared&lang=en")
    }

    assert [each["status"] for each in told.values()] == ["meets_norm", "below_norm", "below_norm"]
    assert [each["download_speed_basis"] for each in told.values()] == ["measured", "measured", "declared"]
    assert [each["required_mbps"] for each in told.values()] == [20.0, 40.0, 40.0]


def refusal(reader, **query):
    answer = reader.get(ITEMS, query_string=query)
    return answer.status_code, answer.json["code"]


@pytest.mark.parametrize("bbox", ["NaN,0,1,1", "0,0,1", "1e400,0,1,1", "0,0,1,1,1", "x,0,1,1"])
def test_q1_what_is_no_box_is_refused(reader, bbox):
    assert refusal(reader, bbox=bbox) == (400, "invalid_bbox")


def test_q2_box_across_the_antimeridian_is_the_schools_of_both_sides(app):
    places = (("E", 170.0), ("W", -170.0), ("M", 9.0), ("Z", 180.0))
    published(app.extensions[WORKSPACE], [make_school(name, latitude=1.0, longitude=longitude) for name, longitude in places])

    page = app.test_client().get(f"{ITEMS}?bbox=160,-90,-160,90").json

    assert (sorted(ids_of([page])), page["numberMatched"]) == (["E", "W", "Z"], 3)


@pytest.mark.parametrize("limit", ["-1", "0", "abc", "１０", "1.0", "1e3", "9" * 40])
def test_q3_limit_that_is_no_positive_whole_number_is_refused(reader, limit):
    assert refusal(reader, limit=limit) == (400, "invalid_limit")


def test_q3_limit_above_the_maximum_means_the_maximum(reader):
    assert reader.get(f"{ITEMS}?limit=99999999").json["numberReturned"] == 70


@pytest.mark.parametrize("cursor", ["forged", "AAAA", "9" * 40, "x" * 1000, str(2**63), "AAAAAAAAAAAAAAAA", "é", "A=", "AAAAAAUAAAAAAAAA"])
def test_q4_forged_cursor_is_refused(reader, cursor):
    assert refusal(reader, cursor=cursor) == (400, "invalid_cursor")


def test_q4_cursor_of_another_release_is_refused(country, reader):
    cursor = cursor_of(country.extensions[WORKSPACE].release(2), 3)

    assert refusal(reader, cursor=cursor) == (400, "invalid_cursor")
    assert reader.get(f"{ITEMS}?release=2&cursor={cursor}").status_code == 200


def test_q4_cursor_beyond_the_last_school_is_an_empty_page(country, reader):
    page = reader.get(f"{ITEMS}?cursor={cursor_of(country.extensions[WORKSPACE].release(3), 10**9)}").json

    assert (page["features"], page["numberMatched"], link_of(page, "next")) == ([], 70, None)


@pytest.mark.parametrize("code", ["' OR 1=1--", "\x00", "x" * 10_000, "KZ99"])
def test_q5_code_of_no_region_is_refused(reader, code):
    assert refusal(reader, admin1=code) == (400, "invalid_admin1")


def test_q6_repeated_parameter_is_refused(reader):
    answer = reader.get(f"{ITEMS}?limit=1&limit=1000")

    assert (answer.status_code, answer.json["code"]) == (400, "repeated_parameter")


def test_q7_typo_never_gives_all_schools_and_names_the_nearest_parameter(reader):
    answer = reader.get(f"{ITEMS}?area_tipe=rural")

    assert (answer.status_code, answer.json["code"], answer.json["nearest"]) == (400, "unknown_parameter", "area_type")


@pytest.mark.parametrize("method", ["TRACE", "PUT", "DELETE", "PATCH", "POST"])
@pytest.mark.parametrize("path", ["/api/v1/", "/api/v1/collections/schools", ITEMS, f"{ITEMS}/S007"])
def test_q9_methods_that_change_something_are_refused_with_those_that_do_not(reader, method, path):
    answer = reader.open(path, method=method)

    assert answer.status_code == 405
    assert "GET" in answer.headers["Allow"]


def test_q10_format_that_there_is_not_is_json_and_callback_is_no_parameter(reader):
    assert reader.get(ITEMS, headers=Headers({"Accept": "application/xml"})).mimetype == GEOJSON
    assert refusal(reader, callback="run") == (400, "unknown_parameter")


@pytest.mark.parametrize(
    ("interval", "ids"),
    [
        ("2026-03-04", ["S069"]),
        ("2025-01-01T00:00:00Z/2026-01-01T00:00:00Z", ["S068"]),
        ("2025-06-01/..", ["S069"]),
        ("../2025-06-01", ["S068"]),
        ("0000-01-01T00:00:00Z/2025-06-01T00:00:00Z", ["S068"]),
        ("2025-01-01T00:00:00Z/9999-12-31T00:00:00Z", ["S069", "S068"]),
    ],
)
def test_datetime_is_the_day_that_connectivity_was_collected(reader, interval, ids):
    assert ids_of([reader.get(ITEMS, query_string={"datetime": interval}).json]) == ids


def test_pages_of_a_named_release_stay_the_same(reader):
    address = f"{ITEMS}?release=2&limit=9"
    first = reader.get(address)

    assert first.headers["Cache-Control"] == FIXED_RELEASE
    assert first.json["release"]["id"] == 2
    assert ids_of(walked(reader, address)) == ids_of(walked(reader, address))
    assert "S000" not in ids_of(walked(reader, address))
