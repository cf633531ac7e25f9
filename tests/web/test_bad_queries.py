"""Queries that must not be answered as if nothing were wrong; each test is named for the row of the list of bad queries it keeps."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from geo.model import Role
from geo.web.current import WORKSPACE
from tests.builders import make_school
from tests.set_up import filled
from tests.web.published import publish_schools
from tests.web.sign_in import sign_in

SCHOOLS = (make_school("A", connectivity="no"), make_school("B", connectivity="yes"))


@pytest.fixture(scope="module")
def set_up_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Data of a deployment that holds two schools, made once and copied for each test."""
    return filled(tmp_path_factory.mktemp("filled"), lambda workspace, _: publish_schools(workspace, *SCHOOLS))


def refusal(response) -> tuple[int, str]:
    return response.status_code, response.json["code"]


@pytest.mark.parametrize("bbox", ["NaN,0,1,1", "0,0,1", "1e400,0,1,1"])
def test_q1_what_is_no_box_is_refused(client, bbox):
    assert refusal(client.get("/api/v1/coverage", query_string={"bbox": bbox})) == (400, "invalid_bbox")


def test_q2_box_that_crosses_the_antimeridian_is_the_schools_of_both_sides(app, client):
    east, west = (make_school(name, latitude=0.0, longitude=at) for name, at in (("E", 170.0), ("W", -170.0)))
    publish_schools(app.extensions[WORKSPACE], east, make_school("M", latitude=0.0, longitude=9.0), west)

    answer = client.get("/api/v1/coverage", query_string={"bbox": "160,-90,-160,90"})

    assert answer.json["total"]["schools"] == 2


@pytest.mark.parametrize("limit", ["-1", "0", "abc", "１０", "1.0", "1e3"])
def test_q3_limit_that_is_no_positive_whole_number_is_refused(client, limit):
    assert refusal(client.get("/api/v1/releases", query_string={"limit": limit})) == (400, "invalid_limit")


def test_q3_limit_above_the_maximum_means_the_maximum(client):
    assert len(client.get("/api/v1/releases?limit=99999999").json["releases"]) == 1


@pytest.mark.parametrize("before", [str(2**63), str(2**64), "9" * 40, "forged"])
def test_q4_cursor_beyond_any_row_is_refused(client, before):
    assert refusal(client.get("/api/v1/releases", query_string={"before": before})) == (400, "invalid_before")


@pytest.mark.parametrize("cursor", ["forged", "AAAA", str(2**64), "x" * 3_000, "\x00", "../.."])
def test_q4_place_in_a_list_that_no_answer_gave_is_refused(client, cursor):
    assert refusal(client.get("/api/v1/collections/schools/items", query_string={"cursor": cursor})) == (400, "invalid_cursor")


def test_q4_no_address_counts_from_an_offset(client):
    assert refusal(client.get("/api/v1/collections/schools/items", query_string={"offset": str(2**63)})) == (400, "unknown_parameter")


@pytest.mark.parametrize("code", ["' OR 1=1--", "\x00", "x" * 10_000, "KZ99"])
def test_q5_code_of_no_region_is_refused(client, code):
    status, said = refusal(client.get("/api/v1/coverage", query_string={"admin1": code}))

    assert (status, said) == (400, "invalid_admin1")


def test_q6_repeated_parameter_is_refused(client):
    assert refusal(client.get("/api/v1/releases?limit=1&limit=1000")) == (400, "repeated_parameter")


def test_q7_typo_never_gives_all_data_and_names_the_nearest_parameter(client):
    response = client.get("/api/v1/coverage?area_tipe=rural")

    assert refusal(response) == (400, "unknown_parameter")
    assert response.json["nearest"] == "area_type"


@pytest.mark.parametrize("path", ["/schools/..%2f..%2fetc%2fpasswd", "/schools/%2e%2e%2f%2e%2e%2fetc%2fpasswd", "/static/%2e%2e/app.py"])
def test_q8_path_out_of_the_tree_is_not_found_and_not_echoed(client, path):
    response = client.get(path, headers={"Accept": "application/json"})

    assert response.status_code == 404
    assert "passwd" not in response.text
    assert "create_app" not in response.text


@pytest.mark.parametrize("method", ["TRACE", "PUT", "DELETE", "PATCH"])
def test_q9_method_that_a_read_does_not_take_is_405_with_allow(client, method):
    response = client.open("/api/v1/coverage", method=method)

    assert response.status_code == 405
    assert set(response.headers["Allow"].split(", ")) == {"GET", "HEAD", "OPTIONS"}


def test_q10_xml_is_not_what_we_speak_and_no_callback_is_called(client):
    assert client.get("/api/v1/coverage", headers={"Accept": "application/xml"}).mimetype == "application/json"
    assert refusal(client.get("/api/v1/coverage?callback=alert")) == (400, "unknown_parameter")


def test_q11_foreign_host_is_refused(client):
    assert refusal(client.get("/api/v1/coverage", base_url="http://evil.invalid")) == (400, "bad_host")


@pytest.mark.parametrize(
    "target", ["/\\evil.invalid", "//evil.invalid", "javascript:alert(1)", "https://evil.invalid/", "/\t/evil.invalid"]
)
def test_q12_sign_in_leads_to_no_other_host(client, secret_of, target):
    response = sign_in(client, secret_of(Role.CONTRIBUTOR), then=target)

    assert (response.status_code, response.headers["Location"]) == (303, "/")


@pytest.mark.parametrize(
    ("path", "headers", "status"),
    [
        ("/api/v1/coverage", {"X-Long": "x" * 33_000}, 431),
        (f"/api/v1/coverage?admin1={'x' * 16_400}", {}, 414),
        ("/api/v1/coverage", {f"X-{number}": "1" for number in range(200)}, 431),
    ],
    ids=["one long header", "long address", "many headers"],
)
def test_q13_oversized_head_is_refused(client, path, headers, status):
    assert client.get(path, headers=headers).status_code == status


@pytest.mark.parametrize(
    ("body", "status"), [("[" * 10_000 + "]" * 10_000, 400), (json.dumps({"reason": "x" * 10_000_000}), 413)], ids=["deep", "large"]
)
def test_q14_deep_or_large_json_is_refused(client, secret_of, body, status):
    headers = {"Authorization": f"Bearer {secret_of(Role.PUBLISHER)}"}

    response = client.post("/api/v1/releases/1/undo", data=body, content_type="application/json", headers=headers)

    assert response.status_code == status
