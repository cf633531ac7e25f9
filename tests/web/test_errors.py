"""Every refusal and failure answers in the canonical form and leaks nothing."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from flask import Flask

from geo import errors
from geo.web import guard
from geo.web.refusals import STATUS, title_of
from geo.web.security import HEADERS

MEMBERS = {"type", "title", "status", "detail", "code", "request_id"}


@pytest.fixture
def app(own_app: Flask, monkeypatch: pytest.MonkeyPatch) -> Flask:
    """The application with routes that fail."""

    def fail() -> str:
        raise ValueError("secret text of a failure")

    def refuse() -> str:
        raise errors.InvalidParameter("'norm' must be one of kz-2023, giga-20", parameter="norm")

    monkeypatch.setattr(
        guard, "ACCESS", {**guard.ACCESS, "test_fail": guard.PUBLIC, "test_refuse": guard.PUBLIC, "test_page": guard.PUBLIC}
    )
    own_app.add_url_rule("/api/v1/test-fail", "test_fail", fail)
    own_app.add_url_rule("/api/v1/test-refuse", "test_refuse", refuse)
    own_app.add_url_rule("/test-fail", "test_page", fail)
    return own_app


def test_unknown_address_of_the_api_is_a_problem_document(client):
    response = client.get("/api/v1/nothing-here")

    assert response.status_code == 404
    assert response.content_type == "application/problem+json"
    assert set(response.json) == MEMBERS
    assert response.json["code"] == "not_found"
    assert response.json["request_id"] == response.headers["X-Request-Id"]
    assert "nothing-here" not in response.text


def test_unknown_address_of_a_page_is_a_page(client):
    response = client.get("/nothing-here", headers={"Accept": "text/html"})

    assert response.status_code == 404
    assert response.mimetype == "text/html"
    assert response.headers["X-Request-Id"] in response.text


@pytest.mark.parametrize("path", ["/api/v1/test-fail", "/test-fail"])
def test_text_of_an_unknown_failure_stays_on_the_server(client, path):
    response = client.get(path)

    assert response.status_code == 500
    assert "secret text" not in response.text
    assert "Traceback" not in response.text
    assert response.headers["Content-Security-Policy"] == HEADERS["Content-Security-Policy"]


@pytest.mark.parametrize("query", ["norm=%25s%25", "norm=%25(x)s", "norm=%7B%7B7*7%7D%7D", "norm=%3Cscript%3E"])
def test_refused_value_is_text_on_its_error_page(client, caplog, query):
    response = client.get(f"/?{query}", headers={"Accept": "text/html"})

    assert response.status_code == 400
    assert "error page failed" not in caplog.text
    assert "<script>" not in response.text
    assert "49" not in response.text.split("<h1>")[1].split("</p>")[0]


def test_our_own_refusal_names_the_parameter(client):
    response = client.get("/api/v1/test-refuse")

    assert response.status_code == 400
    assert response.json["code"] == "invalid_parameter"
    assert response.json["parameter"] == "norm"


@pytest.mark.parametrize(
    "path", ["//evil.invalid", "//evil.invalid/", "/%2f/evil.invalid/", "/\\evil.invalid", "/..//evil.invalid/", "//api//v1//coverage"]
)
def test_no_path_redirects_to_another_host(client, path):
    response = client.get(path, base_url="http://localhost", headers={"Accept": "text/html"})

    target = urlsplit(response.headers.get("Location", "/"))
    assert target.netloc in ("", "localhost")
    assert not target.path.startswith("//")


@pytest.mark.parametrize("method", ["TRACE", "PUT", "DELETE", "PATCH", "POST"])
def test_method_that_a_route_does_not_take_is_405_with_allow(client, method):
    response = client.open("/healthz", method=method)

    assert response.status_code == 405
    assert "GET" in response.headers["Allow"]
    assert response.json["code"] == "method_not_allowed"


def test_foreign_host_is_refused(client):
    response = client.get("/healthz", headers={"Host": "evil.invalid"})

    assert response.status_code == 400
    assert response.json["code"] == "bad_host"
    assert "evil" not in response.text


@pytest.mark.parametrize("path", ["/", "/api/v1/coverage"])
def test_foreign_host_is_refused_on_pages_too(client, path):
    response = client.get(path, headers={"Host": "evil.invalid", "Accept": "text/html"})

    assert response.status_code == 400
    assert "evil" not in response.text


@pytest.mark.parametrize(
    ("status", "code", "path", "headers"),
    [
        (414, "uri_too_long", "/healthz?a=" + "a" * 16_000, {}),
        (431, "headers_too_large", "/healthz", {"X-Long": "a" * 32_000}),
        (431, "headers_too_large", "/healthz", {f"X-{i}": "a" for i in range(200)}),
    ],
    ids=["16 kB address", "32 kB header", "200 headers"],
)
def test_oversized_head_is_refused(client, status, code, path, headers):
    response = client.get(path, headers=headers)

    assert response.status_code == status
    assert response.json["code"] == code


@pytest.mark.parametrize("path", ["/schools/..%2f..%2fetc%2fpasswd", "/schools/%2e%2e/%2e%2e/etc/passwd", "/static/..%2f..%2fapp.py"])
def test_path_out_of_the_tree_is_not_found_and_not_echoed(client, path):
    response = client.get(path)

    assert response.status_code == 404
    assert "passwd" not in response.text
    assert "app.py" not in response.text


def classes_of(root: type[errors.QosylError]) -> list[type[errors.QosylError]]:
    """Every class of our exception tree but those of the web itself."""
    below = [found for child in root.__subclasses__() for found in classes_of(child)]
    return [root, *(found for found in below if found.__module__ == errors.__name__)]


def test_every_class_of_our_exceptions_has_a_status_of_its_own_or_an_ancestor_s():
    chosen = set(STATUS) - {errors.QosylError}
    without = [found for found in classes_of(errors.QosylError)[1:] if not set(found.__mro__) & chosen]

    assert without == []
    assert STATUS[errors.StoreFull] == 507
    assert STATUS[errors.StoreUnavailable] == 503


def test_every_code_has_a_title():
    assert {title_of(found.code, 400) for found in classes_of(errors.QosylError)} >= {"Conflict", "Not found", "Key needed"}
    assert title_of("invalid_norm", 400) == "Invalid norm"
