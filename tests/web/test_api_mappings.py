"""Mappings and the file format over HTTP: who may see and remove them, and the documents anybody may have."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from geo.model import Role
from geo.web.current import WORKSPACE
from tests.builders import make_school
from tests.web.published import publish_schools

MAPPINGS = "/api/v1/mappings"


@pytest.fixture
def bearer(secret_of: Callable[[Role], str]) -> Callable[[Role], dict[str, str]]:
    return lambda role: {"Authorization": f"Bearer {secret_of(role)}"}


def upload(client: FlaskClient, headers: dict[str, str], text: str, **fields: Any) -> dict[str, Any]:
    data = {"file": (BytesIO(text.encode()), "list.csv"), **fields}
    answer = client.post("/api/v1/imports", data=data, headers=headers)
    assert answer.status_code in (200, 201), answer.get_json()
    document: dict[str, Any] = answer.get_json()
    return document


def test_a_mapping_is_remembered_shown_used_and_removed(app: Flask, client: FlaskClient, bearer: Callable[[Role], dict[str, str]]) -> None:
    publish_schools(app.extensions[WORKSPACE], make_school("A"), make_school("B"))
    publisher, contributor = bearer(Role.PUBLISHER), bearer(Role.CONTRIBUTOR)
    fields = {"source": "Аудан/1", "map": ["kod=school_id_govt", "net=connectivity"]}
    first = upload(client, contributor, "kod,net\nA,no\n", **fields)

    assert client.put(f"{MAPPINGS}/Аудан/1", json={"import_id": first["id"]}, headers=contributor).status_code == 403
    assert client.put(f"{MAPPINGS}/Аудан/1", json={"import_id": first["id"]}, headers=publisher).status_code == 200
    listed = client.get(MAPPINGS, headers=contributor).get_json()["mappings"]
    again = upload(client, contributor, "kod,net\nB,no\n", source="Аудан/1")

    assert [(found["name"], found["options"]) for found in listed] == [
        ("Аудан/1", {"mapping": {"kod": "school_id_govt", "net": "connectivity"}})
    ]
    assert (again["report"]["mapping_from"], again["report"]["questions"]) == ("Аудан/1", [])
    assert [column["how"] for column in again["report"]["columns"]] == ["mapped", "mapped", "constant"]
    assert client.delete(f"{MAPPINGS}/Аудан/1", headers=contributor).status_code == 403
    assert client.delete(f"{MAPPINGS}/Аудан/1", headers=publisher).status_code == 204
    assert client.delete(f"{MAPPINGS}/Аудан/1", headers=publisher).status_code == 404
    assert client.get(MAPPINGS, headers=contributor).get_json() == {"mappings": []}


def test_a_report_has_scores_and_suggestions_of_columns_and_words(client: FlaskClient, bearer: Callable[[Role], dict[str, str]]) -> None:
    found = upload(client, bearer(Role.CONTRIBUTOR), "shcool_id_govt,connectivity,number of computers\n1,yess,3\n")

    columns = found["report"]["columns"]
    assert found["state"] == "needs_confirmation"
    assert (columns[0]["how"], columns[0]["score"], columns[0]["suggestions"][0]) == ("suggested", 0.93, ["school_id_govt", 0.93])
    assert (columns[2]["name"], columns[2]["suggestions"][0][0]) == (None, "num_students")
    assert found["report"]["questions"][0]["guess"] == "school_id_govt"
    assert found["report"]["value_suggestions"][0]["suggestions"][0][0] == "yes"


def test_a_column_mapped_to_nothing_at_upload_is_left_out(client: FlaskClient, bearer: Callable[[Role], dict[str, str]]) -> None:
    found = upload(client, bearer(Role.CONTRIBUTOR), "school_id_govt,conectivity\n1,yes\n", map="conectivity=")

    assert (found["state"], found["report"]["columns"][1]["name"]) == ("staged", None)


@pytest.mark.parametrize("body", [None, {}, {"import_id": "7"}, {"import_id": 0}, {"import_id": 1, "x": 1}])
def test_a_body_that_names_no_import_is_refused(
    client: FlaskClient, bearer: Callable[[Role], dict[str, str]], body: dict[str, Any] | None
) -> None:
    answer = (
        client.put(f"{MAPPINGS}/x", json=body, headers=bearer(Role.PUBLISHER))
        if body is not None
        else client.put(f"{MAPPINGS}/x", headers=bearer(Role.PUBLISHER))
    )

    assert (answer.status_code, answer.get_json()["code"]) == (422, "invalid_body")


def test_the_table_schema_is_public_cached_and_in_the_language_asked_for(client: FlaskClient) -> None:
    answer = client.get("/api/v1/schema/schools.json")
    again = client.get("/api/v1/schema/schools.json", headers={"If-None-Match": answer.headers["ETag"]})
    russian = client.get("/api/v1/schema/schools.json?lang=ru", headers={"If-None-Match": answer.headers["ETag"]})

    assert (answer.status_code, again.status_code, russian.status_code) == (200, 304, 200)
    assert answer.get_json()["fields"][0]["name"] == "school_id"


@pytest.mark.parametrize("ending", ["xlsx", "csv"])
def test_the_template_is_public_and_kept_by_its_tag(client: FlaskClient, ending: str) -> None:
    answer = client.get(f"/imports/template.{ending}?lang=kk")
    again = client.get(f"/imports/template.{ending}?lang=kk", headers={"If-None-Match": answer.headers["ETag"]})
    refused = client.get(f"/imports/template.{ending}?lang=de")

    assert (answer.status_code, again.status_code, refused.status_code) == (200, 304, 400)
    assert answer.headers["Content-Disposition"] == f'attachment; filename="schools-template-kk.{ending}"'
    assert answer.data[:2] == b"PK" or "Мектеп коды" in answer.data.decode()
