"""Answers given again to the very same request: as if they had been made anew, and never after a release was published or withdrawn."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from geo.config import PublicDetail, Settings
from geo.model import Role
from geo.services.withdrawals import withdraw_release
from geo.web.answer_memory import AnswerMemory
from geo.web.caching import MEMORY
from geo.web.current import WORKSPACE
from geo.web.logs import REQUEST
from geo.web.recall import RECALL, register
from tests.builders import make_school
from tests.web.published import publish_schools

PATH = "/api/v1/coverage?by=area_type"


def asked(client: FlaskClient, times: int = 4, headers: Mapping[str, str] | None = None, path: str = PATH) -> list[TestResponse]:
    """The answers to one request that is made again and again: from the third on they may be recalled."""
    return [client.get(path, headers=dict(headers or {})) for _ in range(times)]


def published(app: Flask, *school_ids: str) -> int:
    """Publish a release of some schools; its id."""
    return publish_schools(app.extensions[WORKSPACE], *(make_school(school_id=school_id) for school_id in school_ids)).id


def test_a_recalled_answer_differs_from_the_first_in_its_request_id_alone(app: Flask, client: FlaskClient) -> None:
    published(app, "1")

    answers = asked(client)

    told = [{name: value for name, value in answer.headers if name not in ("X-Request-Id", "Date")} for answer in answers]
    assert told == [told[0]] * 4
    assert [answer.data for answer in answers] == [answers[0].data] * 4
    assert len({answer.headers["X-Request-Id"] for answer in answers}) == 4
    assert all(sorted(name for name, _ in answer.headers) == sorted(name for name, _ in answers[0].headers) for answer in answers)


def test_a_repeated_request_is_not_made_by_the_application(app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    published(app, "1")
    asked(client, 2)
    monkeypatch.setattr(app, "full_dispatch_request", None)

    assert client.get(PATH).status_code == 200


def test_a_repeated_request_gets_the_release_that_was_published_meanwhile(app: Flask, client: FlaskClient) -> None:
    seen = []
    for school_ids in (("1",), ("1", "2"), ("1", "2", "3")):
        published(app, *school_ids)
        seen += [answer.get_json()["total"]["schools"] for answer in asked(client)]

    assert seen == [1] * 4 + [2] * 4 + [3] * 4


def test_a_repeated_request_for_a_release_is_refused_once_it_is_withdrawn(app: Flask, client: FlaskClient) -> None:
    first = published(app, "1")
    published(app, "1", "2")
    path = f"{PATH}&release={first}"
    before = asked(client, path=path)

    withdraw_release(app.extensions[WORKSPACE], first, reason="names of pupils")

    assert [answer.status_code for answer in (*before, *asked(client, path=path))] == [200] * 4 + [410] * 4


def test_an_answer_to_somebody_with_a_key_is_neither_recalled_nor_remembered(app: Flask, client: FlaskClient, secret_of) -> None:
    published(app, "1")
    signed = {"Authorization": f"Bearer {secret_of(Role.CONTRIBUTOR)}"}

    mine = asked(client, headers=signed)
    everybodys = asked(client)
    mine += asked(client, headers=signed)

    assert {answer.headers["Cache-Control"] for answer in mine} == {"no-store"}
    assert not any("no-store" in answer.headers["Cache-Control"] for answer in everybodys)


def test_a_wrong_key_is_refused_although_the_answer_is_known(app: Flask, client: FlaskClient) -> None:
    published(app, "1")
    asked(client)

    assert client.get(PATH, headers={"Authorization": "Bearer no such key"}).status_code == 401


def test_headers_that_no_honest_client_sends_are_refused_although_the_answer_is_known(app: Flask, client: FlaskClient) -> None:
    published(app, "1")
    asked(client)

    assert client.get(PATH, headers={"User-Agent": "x" * 40_000}).status_code == 431
    assert client.get(PATH, headers={"Host": "elsewhere.example"}).status_code == 400


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"Accept-Encoding": "gzip"}, {"Accept-Encoding": "identity"}),
        ({"Accept-Encoding": "gzip"}, {"Accept-Encoding": "br"}),
        ({"Host": "localhost"}, {"Host": "127.0.0.1"}),
    ],
    ids=["with and without compression", "two encodings", "two hosts"],
)
def test_requests_that_are_answered_differently_are_told_apart(
    app: Flask, client: FlaskClient, one: dict[str, str], other: dict[str, str]
) -> None:
    published(app, "1")
    first = [client.get(PATH, headers=one), client.get(PATH, headers=other)]

    again = [client.get(PATH, headers=headers) for _ in range(3) for headers in (one, other)]

    assert [answer.data for answer in again] == [answer.data for answer in first] * 3
    assert [answer.headers.get("Content-Encoding") for answer in again] == [answer.headers.get("Content-Encoding") for answer in first] * 3


def test_who_has_the_answer_is_told_so_again_and_again(app: Flask, client: FlaskClient) -> None:
    published(app, "1")
    etag = client.get(PATH).headers["ETag"]

    before = asked(client, headers={"If-None-Match": etag})
    published(app, "1", "2")
    after = asked(client, headers={"If-None-Match": etag})

    assert [answer.status_code for answer in before] == [304] * 4
    assert [answer.status_code for answer in after] == [200] * 4
    assert [answer.data for answer in before] == [b""] * 4


def test_an_answer_too_large_to_be_kept_is_made_each_time(app: Flask, client: FlaskClient) -> None:
    published(app, "1")
    app.extensions[MEMORY] = AnswerMemory(max_bytes=100)

    answers = asked(client)

    assert [answer.get_json()["total"]["schools"] for answer in answers] == [1] * 4


def test_a_recalled_answer_is_logged_as_any_other(app: Flask, client: FlaskClient, caplog: pytest.LogCaptureFixture) -> None:
    published(app, "1")

    with caplog.at_level(logging.INFO, "qosyl.request"):
        asked(client)

    lines = [{**getattr(record, REQUEST), "request_id": "", "milliseconds": 0} for record in caplog.records]
    assert lines == [lines[0]] * 4
    assert lines[0]["parameters"] == ["by"]


def test_refusals_are_not_remembered(app: Flask, client: FlaskClient) -> None:
    published(app, "1")

    answers = asked(client, path="/api/v1/coverage?by=nothing")

    assert [answer.status_code for answer in answers] == [400] * 4
    assert len({answer.get_json()["request_id"] for answer in answers}) == 4


@pytest.mark.parametrize(
    "changes",
    [{"rate_limit_reads": "600/minute"}, {"public_detail": PublicDetail.SNAPPED}],
    ids=["reads are counted", "visitors get less"],
)
def test_no_request_is_remembered_where(settings: Settings, changes: dict[str, Any]) -> None:
    bare = Flask("bare")

    register(bare, replace(settings, **changes))

    assert RECALL not in bare.extensions


def test_a_page_is_made_anew_since_it_depends_on_the_files_that_it_loads(
    app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    published(app, "1")
    path, browser = "/api/v1/collections/schools/items", {"Accept": "text/html,*/*;q=0.8"}
    asked(client, 3, path=path, headers=browser)
    monkeypatch.setattr(app, "full_dispatch_request", None)

    assert client.get(path, headers=browser).status_code == 500  # the application was asked
