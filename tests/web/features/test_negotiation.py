"""JSON or a page at the same address: JSON for everybody who does not ask for HTML in so many words."""

from __future__ import annotations

import pytest

from tests.web.features.conftest import HOSTILE

ITEMS = "/api/v1/collections/schools/items"
BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
ADDRESSES = (
    "/api/v1/",
    "/api/v1/conformance",
    "/api/v1/collections",
    "/api/v1/collections/schools",
    ITEMS,
    f"{ITEMS}/S007",
    "/api/v1/collections/regions/items",
    "/api/v1/collections/regions/items/XA10",
    "/api/v1/collections/districts/items",
    "/api/v1/collections/releases/items",
    "/api/v1/collections/releases/items/2",
)


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        (None, "application/geo+json"),
        ("*/*", "application/geo+json"),
        ("application/json", "application/geo+json"),
        ("application/xml", "application/geo+json"),
        ("text/*", "application/geo+json"),
        ("application/geo+json, text/html;q=0.9", "application/geo+json"),
        ("text/html;q=0.5, */*", "application/geo+json"),
        ("text/html, application/json", "application/geo+json"),
        (BROWSER, "text/html"),
        ("text/html", "text/html"),
        ("text/html, application/json;q=0.9", "text/html"),
    ],
)
def test_page_is_given_to_who_prefers_it_in_so_many_words(reader, accept, kind):
    answer = reader.get(ITEMS, headers={} if accept is None else {"Accept": accept})

    assert answer.mimetype == kind


def test_format_in_the_address_decides_whatever_the_header_says(reader):
    assert reader.get(f"{ITEMS}?f=json", headers={"Accept": BROWSER}).mimetype == "application/geo+json"
    assert reader.get(f"{ITEMS}?f=html", headers={"Accept": "application/json"}).mimetype == "text/html"


def test_answers_that_differ_by_format_have_different_tags_and_say_what_they_vary_by(reader):
    data, page = (reader.get(ITEMS, headers={"Accept": accept}) for accept in ("*/*", BROWSER))

    assert data.headers["ETag"] != page.headers["ETag"]
    assert {"Accept", "Accept-Language"} <= set(data.vary) & set(page.vary)


def test_an_answer_that_is_known_is_not_sent_again(reader):
    tag = reader.get(ITEMS).headers["ETag"]

    assert reader.get(ITEMS, headers={"If-None-Match": tag}).status_code == 304
    assert reader.get(ITEMS, headers={"If-None-Match": tag, "Accept": BROWSER}).status_code == 200


def test_language_of_the_browser_changes_pages_alone(reader):
    answers = [reader.get(f"{ITEMS}?limit=1", headers={"Accept-Language": spoken}).json for spoken in ("ru", "en")]
    pages = [reader.get(f"{ITEMS}?f=html", headers={"Accept-Language": spoken}).text for spoken in ("ru", "en")]

    assert answers[0]["features"] == answers[1]["features"]
    assert '<html lang="ru">' in pages[0]
    assert '<html lang="en">' in pages[1]


@pytest.mark.parametrize("address", ADDRESSES)
@pytest.mark.parametrize("language", ["en", "ru", "kk"])
def test_every_address_has_a_page_in_every_language(reader, address, language):
    answer = reader.get(address, query_string={"lang": language}, headers={"Accept": BROWSER})

    assert (answer.status_code, answer.mimetype) == (200, "text/html")
    assert f'<html lang="{language}">' in answer.text
    assert answer.text.count("<h1>") == 1
    assert 'rel="self"; type="text/html"' in answer.headers["Link"]


def test_names_are_inert_on_pages_and_exact_in_data(reader):
    address = f"{ITEMS}?school_id=S007"

    assert "<script>alert" not in reader.get(f"{address}&f=html").text
    assert "<script>alert" not in reader.get(f"{ITEMS}/S007?f=html").text
    assert reader.get(address).json["features"][0]["properties"]["school_name"] == HOSTILE


def test_page_of_schools_leads_to_the_next_page_and_to_the_same_as_json(reader):
    page = reader.get(f"{ITEMS}?f=html&limit=3&area_type=rural").text

    assert 'rel="next" href="http://localhost/api/v1/collections/schools/items?release=3&amp;area_type=rural' in page
    assert "f=json" in page
