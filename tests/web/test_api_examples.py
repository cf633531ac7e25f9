"""The page of examples is what the service answers, shows every call there is, and can be read and tried as a page."""

from __future__ import annotations

import re

import pytest

from geo.services import attending
from tests import api_examples


def test_every_example_is_what_the_service_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attending, "WAIT_S", 60.0)

    made = api_examples.page()

    assert made.splitlines() == api_examples.PAGE.read_text(encoding="utf-8").splitlines(), "run make api-examples"


def test_every_call_of_the_api_has_an_example(client) -> None:
    document = client.get("/api/v1/openapi.json").get_json()
    base = document["servers"][0]["url"].rstrip("/").removeprefix("/api/v1")
    methods = ("get", "post", "put", "patch", "delete")
    calls = {(method.upper(), base + path) for path, item in document["paths"].items() for method in methods if method in item}
    shown = {(example.method, example.rule) for example in api_examples.EXAMPLES}

    assert sorted(calls - {(method, path) for method, rule in shown for path in (rule, f"/api/v1{rule}")}) == []


def test_page_shows_each_example_and_where_it_can_be_tried(client) -> None:
    page = client.get("/api/v1/docs").get_data(as_text=True)

    open_reads = re.findall(r"^```http\nGET \S+\n```$", api_examples.PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    assert page.count('class="try"') == len(open_reads) > 50
    assert "<h2>Recipes</h2>" in page
