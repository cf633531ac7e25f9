"""The API's writing half over HTTP: what is refused before a file is read, and what an upload is answered."""

from __future__ import annotations

import csv
import io
import time
from typing import Any

import jsonschema
import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app import create_app
from geo.config import Settings
from geo.model import Role
from geo.services import attending
from geo.services.keys import create_key, list_keys, revoke_key
from geo.web.configuration import MAX_FIELD_BYTES, MAX_FORM_PARTS
from geo.web.current import WORKSPACE
from tests.web.sign_in import csrf_token, sign_in

SCHOOLS = (
    "school_id_govt,school_name,latitude,longitude,school_area_type,num_students,connectivity,download_speed_mbps\n"
    "0001,№1 мектеп,43.2,76.9,rural,120,no,\n"
    "0002,School 2,51.1,71.4,urban,400,yes,100\n"
    "0003,School 3,50.3,57.2,rural,80,yes,4\n"
)
UPDATE = "school_id_govt,connectivity,download_speed_mbps\n0001,yes,30\n9999,yes,10\n"
BROKEN = "school_id_govt,latitude,longitude,connectivity\n0001,43.2,76.9,maybe\n0002,91,71.4,yes\n0004,50,60,yes\n"


@pytest.fixture
def publisher(secret_of) -> dict[str, str]:
    """Headers of a publisher's request."""
    return {"Authorization": f"Bearer {secret_of(Role.PUBLISHER)}"}


@pytest.fixture
def contributor(secret_of) -> dict[str, str]:
    """Headers of a contributor's request."""
    return {"Authorization": f"Bearer {secret_of(Role.CONTRIBUTOR)}"}


def upload(client: FlaskClient, content: str | bytes, headers: dict[str, str], *, name: str = "schools.csv", **fields: Any) -> TestResponse:
    """Send a file as curl does."""
    data = content.encode() if isinstance(content, str) else content
    return client.post("/api/v1/imports", data={"file": (io.BytesIO(data), name), **fields}, headers=headers)


def raw(client: FlaskClient, body: bytes, headers: dict[str, str], length: int | None = None) -> TestResponse:
    """Send a form body as it stands under the boundary "x"."""
    environ = {"CONTENT_LENGTH": str(len(body) if length is None else length)}
    kind = "multipart/form-data; boundary=x"
    return client.post("/api/v1/imports", input_stream=io.BytesIO(body), content_type=kind, headers=headers, environ_overrides=environ)


def refusal(response: TestResponse) -> tuple[int, str]:
    return response.status_code, response.json["code"]


def test_staged_file_changes_nothing_public(client, contributor):
    response = upload(client, SCHOOLS, contributor)

    assert response.status_code == 201
    assert response.json["state"] == "staged"
    assert response.json["publishable"] is True
    assert response.json["rows"]["rows_in"] == response.json["rows"]["new"] == 3
    assert response.headers["Location"] == response.json["links"]["self"]
    assert client.get("/api/v1/releases").json["releases"] == []


def test_publish_true_publishes_a_clean_file_in_the_same_call(client, publisher):
    response = upload(client, SCHOOLS, publisher, publish="true", reason="first list")

    assert (response.status_code, response.json["state"]) == (201, "published")
    assert client.get("/api/v1/coverage").json["total"]["schools"] == 3
    assert client.get("/api/v1/releases", headers=publisher).json["releases"][0]["reason"] == "first list"
    assert "reason" not in client.get("/api/v1/releases").json["releases"][0]


def test_publish_true_leaves_a_file_with_row_errors_staged(client, publisher):
    response = upload(client, BROKEN, publisher, publish="true")

    assert (response.status_code, response.json["state"], response.json["publishable"]) == (201, "staged", False)
    assert response.json["errors_total"] == 2


def test_contributor_may_not_publish_in_the_same_call_and_nothing_is_staged(client, contributor):
    assert refusal(upload(client, SCHOOLS, contributor, publish="true")) == (403, "forbidden")
    assert client.get("/api/v1/imports/1", headers=contributor).status_code == 404


def test_errors_name_line_column_code_value_and_remedy(client, contributor):
    errors = upload(client, BROKEN, contributor).json["errors"]

    assert [(error["line"], error["column"], error["code"], error["value"]) for error in errors] == [
        (2, "connectivity", "invalid_enum", "maybe"),
        (3, "latitude", "out_of_range", "91"),
    ]
    assert all(error["fix"] and error["sentence"] for error in errors)


def test_row_errors_are_published_around_only_on_purpose(client, publisher):
    upload(client, BROKEN, publisher)

    assert refusal(client.post("/api/v1/imports/1/publish", headers=publisher)) == (409, "has_row_errors")
    accepted = client.post("/api/v1/imports/1/publish", json={"accept_partial": True}, headers=publisher)
    assert (accepted.status_code, accepted.json["schools"]) == (201, 1)
    assert client.get("/api/v1/imports/1", headers=publisher).json["rows"]["rejected"] == 2


def test_all_problems_come_as_csv_with_formulas_guarded(client, contributor):
    upload(client, BROKEN.replace("maybe", "=cmd|calc"), contributor)

    response = client.get("/api/v1/imports/1/errors.csv", headers=contributor)

    rows = list(csv.DictReader(io.StringIO(response.data.decode("utf-8-sig"))))
    assert response.mimetype == "text/csv"
    assert rows[0]["line"] == "2"
    assert rows[0]["value"] == "'=cmd|calc"


def test_the_uploaded_file_comes_back_byte_for_byte_to_those_with_a_key(client, contributor):
    upload(client, BROKEN, contributor)

    response = client.get("/api/v1/imports/1/file", headers=contributor)

    assert response.data == BROKEN.encode()
    assert response.mimetype == "application/octet-stream"
    assert response.headers["Content-Disposition"] == 'attachment; filename="import-1.upload"'
    assert client.get("/api/v1/imports/1/file").status_code == 401


def test_update_reports_both_sides_of_the_join(client, publisher):
    upload(client, SCHOOLS, publisher, publish="true")

    document = upload(client, UPDATE, publisher).json

    assert (document["rows"]["changed"], document["rows"]["unmatched"]) == (1, 1)
    assert document["report"]["schools_without_row"]["total"] == 2
    assert document["report"]["impact"]["counts"]["schools_newly_connected"] == 1


def test_same_file_again_is_unchanged_and_makes_no_release(client, publisher):
    upload(client, SCHOOLS, publisher, publish="true")

    response = upload(client, SCHOOLS, publisher, publish="true")

    assert (response.status_code, response.json["unchanged"]) == (200, True)
    assert len(client.get("/api/v1/releases").json["releases"]) == 1


def test_same_file_after_undo_is_staged_again(client, publisher):
    upload(client, SCHOOLS, publisher, publish="true")
    upload(client, UPDATE, publisher, publish="true")
    client.post("/api/v1/releases/2/undo", headers=publisher)

    assert upload(client, UPDATE, publisher).status_code == 201


def test_undo_gives_the_former_figures_under_a_new_release(client, publisher):
    upload(client, SCHOOLS, publisher, publish="true")
    before = client.get("/api/v1/coverage").json["total"]
    upload(client, UPDATE, publisher, publish="true")
    assert client.get("/api/v1/coverage").json["total"] != before

    response = client.post("/api/v1/releases/2/undo", json={"reason": "wrong file"}, headers=publisher)

    assert (response.status_code, response.json["id"], response.json["undone_release_id"]) == (201, 3, 2)
    assert client.get("/api/v1/coverage").json["total"] == before
    assert client.get("/api/v1/coverage?release=2").json["total"] != before


def test_first_release_cannot_be_undone(client, publisher):
    upload(client, SCHOOLS, publisher, publish="true")

    assert refusal(client.post("/api/v1/releases/1/undo", headers=publisher)) == (409, "conflict")


def test_discarded_import_cannot_be_published(client, publisher):
    upload(client, SCHOOLS, publisher)

    assert client.delete("/api/v1/imports/1", headers=publisher).json["state"] == "discarded"
    assert refusal(client.post("/api/v1/imports/1/publish", headers=publisher)) == (409, "conflict")


def test_map_and_set_are_taken_as_often_as_needed(client, contributor):
    content = "Код;=x,Связь\n0001,yes\n"

    document = upload(
        client, content, contributor, map=["Код;=x=school_id_govt", "Связь=connectivity"], set=["latitude=50", "longitude=60"]
    ).json

    assert document["options"]["map"] == {"Код;=x": "school_id_govt", "Связь": "connectivity"}
    assert document["options"]["set"] == {"latitude": "50", "longitude": "60"}


FIELDS = [
    ({"mpa": "a=b"}, "unknown_parameter"),
    ({"map": "school_id_govt"}, "invalid_map"),
    ({"map": "=school_id_govt"}, "invalid_map"),
    ({"set": "yes"}, "invalid_set"),
    ({"set": ["connectivity=yes", "connectivity=no"]}, "invalid_set"),
    ({"publish": "yes"}, "invalid_publish"),
    ({"publish": ["true", "true"]}, "repeated_parameter"),
    ({"source": "x" * 600}, "invalid_source"),
    ({"source": "a\x1b[31mred"}, "invalid_source"),
]


@pytest.mark.parametrize(("fields", "code"), FIELDS, ids=[f"{next(iter(fields))} {code}" for fields, code in FIELDS])
def test_field_that_is_not_documented_is_refused(client, contributor, fields, code):
    assert refusal(upload(client, SCHOOLS, contributor, **fields)) == (400, code)


@pytest.mark.parametrize(
    ("content", "status", "code"),
    [
        ("", 422, "empty_file"),
        ("\ufeff", 422, "empty_file"),
        ("school_id_govt,connectivity\n", 422, "no_rows"),
        ("connectivity\nyes\n", 422, "missing_column"),
        ("school_id_govt,guardian_phone\n1,2\n", 422, "personal_data_column"),
        (b"\x89PNG\r\n\x1a\n" + bytes(200), 415, "not_a_table"),
        (b"PK\x03\x04" + bytes(200), 415, "not_a_table"),
    ],
    ids=["empty", "byte-order mark only", "header only", "no id", "personal data", "png", "zip"],
)
def test_file_that_cannot_be_staged_is_refused_with_its_code(client, contributor, content, status, code):
    response = upload(client, content, contributor)

    assert refusal(response) == (status, code)
    assert response.json["errors"][0]["code"] == code
    assert response.json["errors"][0]["fix"]


def test_slow_reading_is_answered_202_and_can_be_asked_for(client, contributor, monkeypatch):
    monkeypatch.setattr(attending, "WAIT_S", 0.0)

    response = upload(client, SCHOOLS, contributor)

    assert response.status_code == 202
    assert response.json["state"] in ("queued", "reading", "staged")
    assert response.headers["Retry-After"] == "1"
    give_up = time.monotonic() + 20
    while (found := client.get(response.headers["Location"], headers=contributor).json)["state"] in ("queued", "reading"):
        assert time.monotonic() < give_up
        time.sleep(0.02)
    assert found["state"] == "staged"


def test_b68_many_errors_are_counted_exactly_and_listed_in_full_as_csv(client, contributor):
    rows = "".join(f"{number:06},43.2,76.9,maybe\n" for number in range(1_200))

    response = upload(client, "school_id_govt,latitude,longitude,connectivity\n" + rows, contributor)

    assert (response.json["errors_total"], len(response.json["errors"])) == (1_200, 1_000)
    assert len(response.data) < 1_000_000
    listed = client.get(response.json["links"]["errors"], headers=contributor).data.decode("utf-8-sig")
    assert len(list(csv.DictReader(io.StringIO(listed)))) == 1_200


def test_b81_two_staged_files_are_published_one_after_the_other(client, publisher):
    upload(client, SCHOOLS, publisher, publish="true")
    first, second = upload(client, UPDATE, publisher).json, upload(client, UPDATE.replace("0001", "0003"), publisher).json

    answers = [client.post(f"/api/v1/imports/{found['id']}/publish", headers=publisher) for found in (first, second)]

    assert [answer.status_code for answer in answers] == [201, 201]
    total = client.get("/api/v1/coverage").json["total"]
    assert (total["schools_unconnected"], total["schools_meets_norm"]) == (0, 3)


def test_b71_body_over_the_limit_is_413_and_names_the_limit(tmp_path):
    app = create_app(Settings(data_dir=tmp_path, secret_key="x" * 40, max_upload_mb=1, testing=True))
    app.extensions[WORKSPACE].catalog.migrate()
    secret, _ = create_key(app.extensions[WORKSPACE], name="a", role=Role.CONTRIBUTOR)

    response = raw(app.test_client(), b"x" * (1024 * 1024 + 1), {"Authorization": f"Bearer {secret}"})

    assert refusal(response) == (413, "too_large")
    assert "1 MB" in response.json["detail"]
    app.extensions[WORKSPACE].close()


def test_b71_chunked_body_is_411(client, contributor):
    response = client.post(
        "/api/v1/imports",
        headers={**contributor, "Transfer-Encoding": "chunked", "Content-Type": "multipart/form-data; boundary=x"},
        input_stream=io.BytesIO(b"--x--"),
    )

    assert refusal(response) == (411, "length_required")


PART = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\nschool_id_govt,latitude,longitude\n1,50,60\n\r\n'


@pytest.mark.parametrize("length", [len(PART) + 5 + 500, len(PART) - 20], ids=["too long", "too short"])
def test_b72_content_length_that_lies_is_400(client, contributor, length):
    assert refusal(raw(client, PART + b"--x--", contributor, length)) == (400, "bad_request")


def test_b72_part_without_a_name_is_400(client, contributor):
    nameless = b"--x\r\nContent-Disposition: form-data\r\n\r\nvalue\r\n"

    assert refusal(raw(client, nameless + PART + b"--x--", contributor)) == (400, "bad_request")


def test_b72_two_files_are_ambiguous(client, contributor):
    data = {"file": [(io.BytesIO(b"a"), "a.csv"), (io.BytesIO(b"b"), "b.csv")]}

    assert refusal(client.post("/api/v1/imports", data=data, headers=contributor)) == (400, "ambiguous_file")


@pytest.mark.parametrize(
    "data",
    [{"file": "school_id_govt\n1\n"}, {"source": "ministry"}, {"file": (io.BytesIO(b""), "")}],
    ids=["text field", "no file", "no name"],
)
def test_b72_form_without_a_file_is_told_so(client, contributor, data):
    response = client.post("/api/v1/imports", data=data, headers=contributor, content_type="multipart/form-data")

    assert refusal(response) == (400, "file_missing")


def test_b73_too_many_parts_are_413(client, contributor):
    assert refusal(upload(client, SCHOOLS, contributor, set=["a=b"] * 2_000)) == (413, "too_many_parts")


def test_b73_field_beyond_its_limit_is_413(client, contributor):
    assert refusal(upload(client, SCHOOLS, contributor, source="x" * (MAX_FIELD_BYTES + 1))) == (413, "too_many_parts")
    assert MAX_FORM_PARTS < 2_000


def test_b74_encoded_body_is_415(client, contributor):
    response = upload(client, SCHOOLS, {**contributor, "Content-Encoding": "gzip"})

    assert refusal(response) == (415, "unsupported_encoding")


def test_b74_json_body_is_415(client, contributor):
    assert refusal(client.post("/api/v1/imports", json={"file": "x"}, headers=contributor)) == (415, "unsupported_type")


@pytest.mark.parametrize("name", ["../../etc/passwd", "C:\\evil.csv", "<script>.csv", "a\x00b.csv", "…" * 300, "CON"])
def test_b75_hostile_file_name_is_only_text(client, contributor, settings, name):
    before = {path for path in settings.data_dir.parent.rglob("*") if not path.is_relative_to(settings.data_dir)}

    response = upload(client, SCHOOLS, contributor, name=name)

    assert response.status_code == 201
    assert {path for path in settings.data_dir.parent.rglob("*") if not path.is_relative_to(settings.data_dir)} == before
    assert not [path for path in settings.data_dir.rglob("*") if "evil" in path.name or "passwd" in path.name]


def test_b76_body_of_a_stranger_is_not_read(client):
    class Unread(io.RawIOBase):
        def readinto(self, buffer: Any) -> int:
            raise AssertionError("the body was read")

    kind = "multipart/form-data; boundary=x"
    environ = {"CONTENT_LENGTH": "1000", "wsgi.input": Unread()}
    answers = [
        client.post("/api/v1/imports", content_type=kind, headers=headers, environ_overrides=environ)
        for headers in ({}, {"Authorization": "Bearer qsl_wrong"})
    ]

    assert [refusal(answer) for answer in answers] == [(401, "unauthorized")] * 2


def test_b76_revoked_key_is_refused_at_once(app, client, contributor):
    revoke_key(app.extensions[WORKSPACE], list_keys(app.extensions[WORKSPACE])[-1].id)

    assert refusal(upload(client, SCHOOLS, contributor)) == (401, "unauthorized")


def test_b78_form_from_another_site_with_a_cookie_is_refused(client, secret_of):
    sign_in(client, secret_of(Role.PUBLISHER))

    assert refusal(upload(client, SCHOOLS, {}, publish="true")) == (403, "csrf")


def test_b79_more_uploads_than_the_limit_are_429_and_say_when_to_come_again(tmp_path):
    app = create_app(Settings(data_dir=tmp_path, secret_key="x" * 40, rate_limit_uploads="2/hour", testing=True))
    app.extensions[WORKSPACE].catalog.migrate()
    secrets = [create_key(app.extensions[WORKSPACE], name=name, role=Role.CONTRIBUTOR)[0] for name in ("a", "b")]
    client = app.test_client()

    answers = [upload(client, SCHOOLS, {"Authorization": f"Bearer {secrets[0]}"}) for _ in range(3)]

    assert [answer.status_code for answer in answers] == [201, 201, 429]
    assert answers[2].json["code"] == "rate_limited"
    assert 0 < int(answers[2].headers["Retry-After"]) <= 3600
    assert "2 per 1 hour" in answers[2].json["detail"]
    assert "Retry-After" not in answers[0].headers
    assert upload(client, SCHOOLS, {"Authorization": f"Bearer {secrets[1]}"}).status_code == 201
    app.extensions[WORKSPACE].close()


def test_b79_uploads_by_page_and_by_api_count_together(tmp_path):
    app = create_app(Settings(data_dir=tmp_path, secret_key="x" * 40, rate_limit_uploads="1/hour", testing=True))
    app.extensions[WORKSPACE].catalog.migrate()
    client = app.test_client()
    sign_in(client, create_key(app.extensions[WORKSPACE], name="a", role=Role.CONTRIBUTOR)[0])
    form = {"csrf_token": csrf_token(client)}

    by_page = client.post("/imports", data={"file": (io.BytesIO(SCHOOLS.encode()), "a.csv"), **form})
    by_api = upload(client, SCHOOLS, {}, **form)

    assert (by_page.status_code, by_api.status_code) == (303, 429)
    app.extensions[WORKSPACE].close()


def test_import_is_as_the_document_says(client, publisher):
    document = client.get("/api/v1/openapi.json").json
    schema = document["components"]["schemas"]["Import"]
    published = upload(client, SCHOOLS, publisher, publish="true").json
    answers = [published, upload(client, BROKEN, publisher).json, client.get(published["links"]["self"], headers=publisher).json]

    for answer in answers:
        jsonschema.validate(answer, {**schema, "components": document["components"]}, cls=jsonschema.Draft202012Validator)
        assert set(answer) == set(schema["properties"])


@pytest.mark.parametrize("text", ["[" * 10_000, '{"reason": NaN}', '{"reason": "a", "reason": "b"}', "{", '"\\ud800"'[:-1]])
def test_q14_body_that_is_no_strict_json_is_400(client, publisher, text):
    response = client.post("/api/v1/releases/1/undo", data=text, content_type="application/json", headers=publisher)

    assert refusal(response) == (400, "invalid_json")


def test_q14_json_of_ten_megabytes_is_413(client, publisher):
    response = client.post("/api/v1/releases/1/undo", data=b" " * 10_000_000, content_type="application/json", headers=publisher)

    assert refusal(response) == (413, "too_large")


def test_json_member_that_is_not_documented_is_422_by_name(client, publisher):
    response = client.post("/api/v1/imports/1/publish", json={"acept_partial": True}, headers=publisher)

    assert refusal(response) == (422, "invalid_body")
    assert "acept_partial" in response.json["detail"]


def test_form_body_on_a_json_route_is_415(client, publisher):
    response = client.post("/api/v1/imports/1/publish", data={"accept_partial": "true"}, headers=publisher)

    assert refusal(response) == (415, "unsupported_type")
