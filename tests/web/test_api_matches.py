"""Suggested matches over HTTP: listed with their reasons, as CSV too, and only for those who may upload."""

from __future__ import annotations

import csv
import io

import jsonschema
import pytest
from flask import Flask

from geo.model import Role
from geo.web.current import WORKSPACE
from tests.builders import make_school
from tests.web.published import publish_schools

FOREIGN = "school_id_govt,school_name,latitude,longitude,connectivity\nX1,=Aksu №7,50.001,70.001,yes\n"


@pytest.fixture
def app(app: Flask) -> Flask:
    """The application with one release of one school."""
    publish_schools(app.extensions[WORKSPACE], make_school("S1", school_name="№ 7 Ақсу орта мектебі", latitude=50.0, longitude=70.0))
    return app


@pytest.fixture
def headers(secret_of) -> dict[str, str]:
    """Headers of a contributor's request."""
    return {"Authorization": f"Bearer {secret_of(Role.CONTRIBUTOR)}"}


@pytest.fixture
def address(client, headers) -> str:
    """Address of a staged import whose row has a foreign id."""
    sent = {"file": (io.BytesIO(FOREIGN.encode()), "list.csv"), "source": "operator"}
    return client.post("/api/v1/imports", data=sent, headers=headers).json["links"]["self"]


def test_suggested_matches_are_listed_with_their_reasons_as_documented(client, headers, address):
    answer = client.get(f"{address}/matches", headers=headers).json

    documented = client.get("/api/v1/openapi.json").json
    schema = {"$ref": "#/components/schemas/Matches", "components": documented["components"]}
    jsonschema.Draft202012Validator(schema).validate(answer)
    assert (answer["total"], answer["source"], answer["accepted"], answer["refused"]) == (1, "operator", [], [])
    assert answer["matches"][0]["school_id"] == "S1"
    assert answer["matches"][0]["reasons"] == ["same_name", "same_number", "near"]
    assert answer["matches"][0]["score"] >= answer["default_score"]


def test_suggested_matches_as_csv_guard_cells_that_a_spreadsheet_would_run(client, headers, address):
    answer = client.get(f"{address}/matches.csv", headers=headers)

    rows = list(csv.DictReader(io.StringIO(answer.data.decode("utf-8-sig"))))
    assert answer.content_type == "text/csv; charset=utf-8"
    assert [(row["row_id"], row["row_name"], row["reasons"]) for row in rows] == [("X1", "'=Aksu №7", "same_name same_number near")]


@pytest.mark.parametrize("ending", ["matches", "matches.csv"])
def test_suggested_matches_need_a_key_and_an_import(client, headers, address, ending):
    assert client.get(f"{address}/{ending}").status_code == 401
    assert client.get(f"/api/v1/imports/99/{ending}", headers=headers).status_code == 404


def test_matches_are_accepted_and_refused_by_a_change_of_the_import(client, headers, address):
    accepted = client.patch(address, json={"accept_above": 0.8}, headers=headers)
    assert accepted.status_code == 200
    assert accepted.json["report"]["tiers"]["crosswalk"] == 1
    assert client.get(f"{address}/matches", headers=headers).json["accepted"] == [{"row_id": "X1", "school_id": "S1"}]

    refused = client.patch(address, json={"refuse": [{"row_id": "X1", "school_id": "S1"}]}, headers=headers)

    assert refused.json["report"]["tiers"]["crosswalk"] == 0
    found = client.get(f"{address}/matches", headers=headers).json
    assert (found["total"], found["accepted"], found["refused"]) == (0, [], [{"row_id": "X1", "school_id": "S1"}])


def test_what_was_accepted_is_taken_back_by_null(client, headers, address):
    client.patch(address, json={"accept": [{"row_id": "X1", "school_id": "S1"}]}, headers=headers)

    answer = client.patch(address, json={"accept": [{"row_id": "X1", "school_id": None}]}, headers=headers)

    assert answer.json["report"]["tiers"]["crosswalk"] == 0
    assert client.get(f"{address}/matches", headers=headers).json["total"] == 1


def test_a_decision_about_a_row_that_is_not_there_is_refused(client, headers, address):
    answer = client.patch(address, json={"accept": [{"row_id": "none", "school_id": "S1"}]}, headers=headers)

    assert (answer.status_code, answer.json["code"]) == (400, "invalid_parameter")
