"""Search as people and programs ask for it: the page, the list under the field, and the API."""

from __future__ import annotations

from dataclasses import replace
from html import unescape

import pytest

from geo.errors import NotReady
from geo.model import Role
from geo.services.keys import create_key
from geo.web.current import WORKSPACE
from geo.web.errors import problem_of, problem_response
from tests.application import STANDARD, application
from tests.builders import make_school
from tests.set_up import set_up
from tests.web.published import publish_schools
from tests.web.sign_in import sign_in

HOSTILE_NAME = "\u202e<script>alert(1)</script>${x}`` </script>"
HOSTILE_QUERIES = (
    "\0",
    "%",
    "%25",
    "(.*[",
    "\\",
    "'; DROP TABLE schools--",
    "🎉" * 50,
    "\u202e\u200f\ufeff",
    "\r\nSet-Cookie: a=b",
    "<script>alert(1)</script>",
    "{{ 7*7 }}",
    "a" * 200,
    "ﷺ" * 100,
    "e\u0301" * 90,
)


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    """An application over a deployment of four schools in one release, and another one in an older release."""
    data_dir = set_up(tmp_path_factory.mktemp("search") / "data")
    app = application(replace(STANDARD, data_dir=data_dir))
    workspace = app.extensions[WORKSPACE]
    publish_schools(workspace, make_school("old-1", school_name="Ескі мектеп"))
    publish_schools(
        workspace,
        make_school("A-1", school_name="Қарашоқы орта мектебі", connectivity="no", latitude=49.5, longitude=81.0),
        make_school("A-2", school_name="Ақбұлақ <b>орта</b> мектебі", connectivity="yes"),
        make_school("A-3", school_name=HOSTILE_NAME),
        make_school("A/4?x=1", school_name=None),
    )
    yield app
    workspace.close()


@pytest.fixture
def client(served):
    return served.test_client()


@pytest.fixture
def secret_of(served):
    return lambda role: create_key(served.extensions[WORKSPACE], name=role.value, role=role)[0]


def results(client, query, path="/search.json", **more):
    response = client.get(path, query_string={"q": query, **more})
    assert response.status_code == 200, response.text
    return response.json["results"]


def test_the_page_lists_what_was_found_with_its_status_in_words_and_the_way_to_the_map(client):
    page = client.get("/search?q=karashoky&lang=en").text

    assert '<a href="/schools/A-1?lang=en"><bdi>Қарашоқы орта мектебі</bdi></a>' in page
    assert "mark-unconnected" in page.split("search-results")[1]
    assert "Not connected" in page
    assert "#map=12/49.5000/81.0000" in page


def test_the_page_carries_release_norm_basis_count_and_language_and_no_filter(client):
    page = client.get("/search?q=eski&release=1&norm=giga-20&count=students&lang=en").text

    assert "/schools/old-1?release=1&amp;norm=giga-20&amp;count=students&amp;lang=en" in page
    assert '<input type="hidden" name="norm" value="giga-20">' in page
    assert client.get("/search?q=eski&admin1=none", headers={"Accept": "application/json"}).status_code == 400


def test_a_release_that_is_named_is_searched_and_not_the_current_one(client):
    assert [hit["name"] for hit in results(client, "ескі", release=1)] == ["Ескі мектеп"]
    assert results(client, "ескі") == []


def test_an_empty_search_and_one_without_a_result_say_what_to_try(client):
    assert "Type any part" in client.get("/search?lang=en").text
    assert "Type any part" in client.get("/search?q=%20%E2%80%8B%20&lang=en").text
    nothing = client.get("/search?q=zzzzqq&lang=en").text
    assert "Nothing was found" in nothing
    assert "zzzzqq" in nothing


def test_misspellings_are_called_guesses(client):
    assert "This may be meant" in client.get("/search?q=karashky&lang=en").text
    assert "This may be meant" not in client.get("/search?q=karashoky&lang=en").text


def test_a_school_without_a_name_is_found_by_its_id_and_linked_safely(client):
    (hit,) = results(client, "a/4?x=1", lang="en")

    assert hit["name"] == "School A/4?x=1"
    assert hit["url"] == "/schools/A/4%3Fx=1?lang=en"
    assert client.get(hit["url"]).status_code == 200
    assert (hit["lat"], hit["lng"]) == (None, None)


def test_names_are_shown_as_text(client):
    page = client.get("/search?q=A-3&lang=en").text

    assert "<script>alert" not in page
    assert f"<bdi>{HOSTILE_NAME}</bdi>" in unescape(page)
    assert results(client, "a-3")[0]["name"] == HOSTILE_NAME


@pytest.mark.parametrize("query", HOSTILE_QUERIES)
def test_whatever_is_typed_is_answered(client, query):
    page = client.get("/search", query_string={"q": query})
    assert page.status_code == 200
    assert "<script>alert" not in page.text
    assert "49" not in page.text.split("search-results")[0].split('name="q"')[1].split(">")[0]
    for path in ("/search.json", "/api/v1/search"):
        assert client.get(path, query_string={"q": query}).status_code == 200


@pytest.mark.parametrize("length", [201, 4_000, 4_001])
def test_a_query_of_more_than_200_characters_is_refused_in_words(client, length):
    for path in ("/search.json", "/api/v1/search", "/search"):
        response = client.get(path, query_string={"q": "a" * length}, headers={"Accept": "application/json"})
        assert (response.status_code, response.json["code"]) == (400, "invalid_q")
    assert client.get("/search", query_string={"q": "a" * length}).mimetype == "text/html"


def test_answers_are_known_again_by_their_tag_and_differ_by_query(client):
    first = client.get("/search.json?q=karashoky")
    tag = {"If-None-Match": first.headers["ETag"]}

    assert client.get("/search.json?q=karashoky", headers=tag).status_code == 304
    assert client.get("/search.json?q=karashok", headers=tag).status_code == 200
    assert client.get("/search.json?q=karashoky&release=1", headers=tag).status_code == 200
    assert len(first.data) < 1_000


def test_signed_in_people_keep_no_answers(client, secret_of):
    sign_in(client, secret_of(Role.CONTRIBUTOR))

    for path in ("/search", "/search.json", "/api/v1/search"):
        assert client.get(path, query_string={"q": "karashoky"}).headers["Cache-Control"] == "no-store"


def test_the_api_tells_how_each_was_found_and_what_is_known_of_it(client):
    answer = client.get("/api/v1/search", query_string={"q": "қарашоқы мектеп", "norm": "giga-20"}).json

    assert answer["total"] == 1
    assert answer["query"] == "қарашоқы мектеп"
    assert (answer["release"]["id"], answer["norm"]["name"]) == (2, "giga-20")
    assert answer["results"][0] == {
        "kind": "school",
        "match": "name_begins",
        "id": "A-1",
        "name": "Қарашоқы орта мектебі",
        "school_id_giga": None,
        "school_id_govt": "A-1",
        "admin1": None,
        "admin1_name": None,
        "admin2": None,
        "admin2_name": None,
        "status": "unconnected",
        "latitude": 49.5,
        "longitude": 81.0,
    }


def test_the_api_lists_as_many_as_asked_for(client):
    assert len(results(client, "мектебі", path="/api/v1/search", limit=1)) == 1
    assert len(results(client, "мектебі", path="/api/v1/search")) == 2


@pytest.mark.parametrize("path", ["/", "/releases", "/about", "/schools/A-1", "/sign-in", "/search", "/no-such-page"])
def test_every_page_has_one_search_form(client, path):
    page = client.get(path).text

    assert page.count('role="search"') == 1
    assert page.count('name="q"') == 1


def test_before_the_first_release_search_says_so(app):
    response = app.test_client().get("/search.json?q=x", headers={"Accept": "application/json"})

    assert (response.status_code, response.json["code"]) == (404, "no_release")


def test_a_search_that_is_not_ready_says_so_and_not_that_the_store_is_gone(served):
    problem = problem_of(NotReady("the search of release 7 is being made ready; try again in a few seconds"))
    with served.test_request_context("/search?q=x&lang=ru", headers={"Accept": "text/html"}):
        page = problem_response(problem)
    with served.test_request_context("/search.json?q=x", headers={"Accept": "application/json"}):
        answer = problem_response(problem)

    assert page.status_code == answer.status_code == 503
    assert "Ещё не готово" in page.get_data(as_text=True)
    assert "хранилищ" not in page.get_data(as_text=True)
    assert answer.get_json(force=True)["code"] == "not_ready"
    assert answer.headers["Retry-After"] == "30"
