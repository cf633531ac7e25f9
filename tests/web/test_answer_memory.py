"""Public answers are made once a release and query, within a fixed amount of memory, and never for people with a key."""

from __future__ import annotations

import gzip

import brotli
import pytest
from flask import Flask

from geo.model import Role
from geo.web.answer_memory import Answer, AnswerMemory
from geo.web.caching import MEMORY
from geo.web.current import WORKSPACE
from tests.builders import make_school
from tests.web.published import publish_schools

QUERY = "/api/v1/coverage?by=area_type"


@pytest.fixture
def app(app: Flask) -> Flask:
    """The application with one release."""
    publish_schools(app.extensions[WORKSPACE], make_school("A", connectivity="yes"), make_school("B"))
    return app


def test_oldest_answers_make_room_for_new_ones():
    memory = AnswerMemory(max_bytes=100)
    for tag in "abc":
        memory.keep(tag, "", Answer(bytes(40), ()))

    assert [memory.get(tag, "") is not None for tag in "abc"] == [False, True, True]


def test_answer_asked_for_again_is_kept_before_others():
    memory = AnswerMemory(max_bytes=100)
    memory.keep("a", "", Answer(bytes(40), ()))
    memory.keep("b", "", Answer(bytes(40), ()))
    memory.get("a", "")
    memory.keep("c", "", Answer(bytes(40), ()))

    assert [memory.get(tag, "") is not None for tag in "abc"] == [True, False, True]


def test_answer_larger_than_the_memory_is_not_kept():
    memory = AnswerMemory(max_bytes=100)
    memory.keep("a", "", Answer(bytes(101), ()))

    assert len(memory) == 0


def test_same_answer_twice_takes_its_room_once():
    memory = AnswerMemory(max_bytes=100)
    for _ in range(5):
        memory.keep("a", "", Answer(bytes(60), ()))
    memory.keep("b", "", Answer(bytes(40), ()))

    assert memory.get("a", "") is not None


@pytest.mark.parametrize("path", [QUERY, f"{QUERY}&f=csv", "/api/v1/releases/1"])
def test_kept_answer_is_the_one_that_was_made(client, path):
    first, second = client.get(path), client.get(path)
    packed, zipped = (client.get(path, headers={"Accept-Encoding": name}) for name in ("br", "gzip"))

    assert second.data == first.data
    assert {name: value for name, value in second.headers if name != "X-Request-Id"} == {
        name: value for name, value in first.headers if name != "X-Request-Id"
    }
    assert brotli.decompress(packed.data) == gzip.decompress(zipped.data) == first.data
    assert packed.headers["Content-Type"] == first.headers["Content-Type"]
    assert packed.headers["ETag"] == first.headers["ETag"]


def test_answer_to_somebody_with_a_key_is_not_kept(app, client, secret_of):
    headers = {"Authorization": f"Bearer {secret_of(Role.CONTRIBUTOR)}"}
    for path in (QUERY, "/api/v1/releases", "/api/v1/releases/1"):
        client.get(path, headers=headers)

    assert len(app.extensions[MEMORY]) == 0
    assert "published_by" not in client.get("/api/v1/releases/1").json["release"]


def test_answer_says_that_it_depends_on_encoding_and_language(client):
    vary = client.get(QUERY, headers={"Accept-Encoding": "br"}).headers["Vary"]

    assert {"Accept-Encoding", "Accept-Language", "Cookie"} <= {name.strip() for name in vary.split(",")}


def test_language_chosen_in_one_address_is_not_handed_on_by_the_page_of_another(client):
    by_browser = client.get("/", headers={"Accept-Language": "ru"})
    by_address = client.get("/?lang=ru")

    assert 'class="brand" href="/?lang=ru"' in by_address.text
    assert 'class="brand" href="/?lang=ru"' not in by_browser.text
    assert by_address.headers["ETag"] != by_browser.headers["ETag"]


def test_link_counters_of_one_visitor_are_in_no_other_visitor_s_page(client):
    first = client.get("/?utm_source=letter")
    second = client.get("/")

    assert "utm_source" not in first.text + second.text
