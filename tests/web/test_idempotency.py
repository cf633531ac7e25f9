"""`Idempotency-Key`: an upload that is sent twice is done once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from geo.model import Role
from tests.web.uploads import refusal, upload

SCHOOLS = "school_id_govt,latitude,longitude\n1,50.2,10.2\n"


@pytest.fixture
def publisher(secret_of) -> dict[str, str]:
    """Headers of a publisher's request under one idempotency key."""
    return {"Authorization": f"Bearer {secret_of(Role.PUBLISHER)}", "Idempotency-Key": "monday's list"}


def test_the_same_request_again_gives_the_same_import(client, publisher):
    first, second = (upload(client, SCHOOLS, publisher) for _ in range(2))

    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json["id"] == second.json["id"] == 1
    assert client.get("/api/v1/imports/2", headers=publisher).status_code == 404


def test_the_same_request_again_publishes_once(client, publisher):
    answers = [upload(client, SCHOOLS, publisher, publish="true") for _ in range(2)]

    assert [answer.json["state"] for answer in answers] == ["published", "published"]
    assert len(client.get("/api/v1/releases").json["releases"]) == 1


@pytest.mark.parametrize(
    ("content", "fields"),
    [(SCHOOLS + "2,50,10\n", {}), (SCHOOLS, {"mode": "replace"}), (SCHOOLS, {"name": "other.csv"})],
    ids=["file", "field", "file name"],
)
def test_the_same_key_for_another_request_is_refused(client, publisher, content, fields):
    upload(client, SCHOOLS, publisher)

    assert refusal(upload(client, content, publisher, **fields)) == (422, "idempotency_mismatch")


def test_the_same_word_of_another_access_key_is_another_request(client, publisher, secret_of):
    other = publisher | {"Authorization": f"Bearer {secret_of(Role.CONTRIBUTOR)}"}

    assert [upload(client, SCHOOLS, headers).json["id"] for headers in (publisher, other)] == [1, 2]


def test_a_refused_file_is_refused_again_and_kept_once(client, publisher):
    answers = [upload(client, "", publisher) for _ in range(2)]

    assert [refusal(answer) for answer in answers] == [(422, "empty_file")] * 2
    assert client.get("/api/v1/imports/2", headers=publisher).status_code == 404


def test_of_several_at_once_one_is_done(app, publisher):
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: upload(app.test_client(), SCHOOLS, publisher), range(4)))

    assert {answer.json["id"] for answer in answers} == {1}
    assert {answer.status_code for answer in answers} <= {201, 202}


@pytest.mark.parametrize("word", ["", "ключ", "x" * 256], ids=["empty", "not ASCII", "too long"])
def test_a_key_that_is_no_key_is_refused(client, publisher, word):
    headers = publisher | {"Idempotency-Key": word.encode().decode("latin-1")}

    assert refusal(upload(client, SCHOOLS, headers)) == (400, "invalid_idempotency_key")
