"""What every answer carries, what the log tells, and what a deployment refuses to start with."""

from __future__ import annotations

import json
import logging

import pytest
from flask import request

from app import create_app
from geo.config import DEFAULT_SECRET, Settings
from geo.errors import ConfigurationError
from geo.model import Role
from geo.web.current import WORKSPACE
from geo.web.logs import REQUEST, JSONLines
from geo.web.security import HEADERS
from tests.builders import make_school
from tests.web.published import publish_schools

SECRET = "x" * 40
PATHS = ("/", "/healthz", "/api/v1/coverage", "/api/v1/docs", "/sign-in", "/nothing", "/static/0/nothing.css", "/imports")


@pytest.mark.parametrize("path", PATHS)
def test_every_answer_carries_the_security_headers(client, path):
    headers = client.get(path).headers

    assert {name: headers[name] for name in HEADERS if name != "Cross-Origin-Resource-Policy"} == {
        name: value for name, value in HEADERS.items() if name != "Cross-Origin-Resource-Policy"
    }
    assert "Server" not in headers


@pytest.mark.parametrize("path", PATHS)
def test_no_page_needs_an_inline_script_or_style(app, client, path):
    publish_schools(app.extensions[WORKSPACE], make_school("A", latitude=43.0, longitude=76.0))

    text = client.get(path).text

    assert " style=" not in text
    assert "<style" not in text
    heads = [tag.partition(">")[0] for tag in text.split("<script")[1:]]
    assert all(' src="/' in head or "application/json" in head for head in heads)
    assert "javascript:" not in text
    assert " onclick=" not in text


def test_https_is_asked_for_again_only_over_https(client):
    assert "Strict-Transport-Security" in client.get("/healthz", base_url="https://localhost").headers
    assert "Strict-Transport-Security" not in client.get("/healthz").headers


def test_other_sites_may_read_open_data_but_nothing_that_needs_a_key(client, secret_of):
    bearer = {"Authorization": f"Bearer {secret_of(Role.ADMIN)}"}

    assert client.get("/api/v1/releases").headers["Access-Control-Allow-Origin"] == "*"
    assert "Access-Control-Allow-Origin" not in client.get("/api/v1/imports/1", headers=bearer).headers
    assert "Access-Control-Allow-Origin" not in client.get("/sign-in").headers
    assert "Access-Control-Allow-Credentials" not in client.get("/api/v1/releases").headers


@pytest.mark.parametrize("path", ["/api/v1/releases", "/healthz", "/sign-in"])
def test_head_is_answered_like_get_without_a_body(client, path):
    response = client.head(path)

    assert (response.status_code, response.data) == (200, b"")


def test_options_lists_methods_and_nothing_else(client):
    response = client.options("/api/v1/imports")

    assert (response.status_code, response.data) == (200, b"")
    assert set(response.headers["Allow"].split(", ")) == {"POST", "OPTIONS"}


@pytest.mark.parametrize("settings", [
    {"secret_key": DEFAULT_SECRET, "trusted_hosts": ("a.example",)},
    {"secret_key": "short", "trusted_hosts": ("a.example",)},
    {"secret_key": SECRET},
], ids=["default secret", "short secret", "no hosts"])  # fmt: skip
def test_production_does_not_start_unsafe(tmp_path, settings):
    with pytest.raises(ConfigurationError):
        create_app(Settings(data_dir=tmp_path, environment="production", **settings))


def test_production_starts_with_secret_and_hosts_and_answers_only_for_them(tmp_path):
    app = create_app(Settings(data_dir=tmp_path, environment="production", secret_key=SECRET, trusted_hosts=("a.example",), testing=True))

    assert app.test_client().get("/healthz", base_url="https://a.example").status_code == 200
    assert app.test_client().get("/healthz", base_url="https://b.example").status_code == 400


@pytest.mark.parametrize(("proxies", "expected"), [(0, "127.0.0.1"), (1, "203.0.113.9"), (2, "198.51.100.7")])
def test_forwarded_address_counts_only_behind_the_stated_proxies(tmp_path, proxies, expected):
    app = create_app(Settings(data_dir=tmp_path, secret_key=SECRET, trusted_proxies=proxies, testing=True))
    seen: list[str | None] = []
    app.before_request_funcs.setdefault(None, []).insert(0, lambda: seen.append(request.remote_addr))

    app.test_client().get("/healthz", headers={"X-Forwarded-For": "198.51.100.7, 203.0.113.9"})

    assert seen == [expected]


def test_reads_are_limited_where_the_setting_says_so(tmp_path):
    app = create_app(Settings(data_dir=tmp_path, secret_key=SECRET, rate_limit_reads="2/minute", testing=True))
    app.extensions[WORKSPACE].catalog.migrate()
    client = app.test_client()

    answers = [client.get("/api/v1/releases") for _ in range(3)]

    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert answers[2].json["code"] == "rate_limited"
    assert int(answers[2].headers["Retry-After"]) > 0
    assert client.get("/api/v1/openapi.json").status_code == 429
    assert client.get("/healthz").status_code == 200
    assert client.get("/api/v1/releases", headers={"X-Forwarded-For": "203.0.113.9"}).status_code == 429


@pytest.mark.parametrize(
    "setting", [{"rate_limit_reads": "often"}, {"rate_limit_uploads": "60 per moon"}, {"rate_limit_storage": "nothing://"}]
)
def test_limit_that_cannot_be_used_is_a_configuration_error(tmp_path, setting):
    with pytest.raises(ConfigurationError, match="RATE_LIMIT"):
        create_app(Settings(data_dir=tmp_path, secret_key=SECRET, testing=True, **setting))


def test_store_that_was_never_set_up_is_unavailable_and_not_a_failure(tmp_path):
    client = create_app(Settings(data_dir=tmp_path, secret_key=SECRET, testing=True)).test_client()

    response = client.get("/api/v1/coverage")

    assert (response.status_code, response.json["code"]) == (503, "store_unavailable")
    assert int(response.headers["Retry-After"]) > 0
    assert client.get("/healthz").status_code == 200
    assert client.get("/readyz").status_code == 503


def test_ready_service_names_its_release_and_its_age(app, client):
    publish_schools(app.extensions[WORKSPACE], make_school("A"))

    document = client.get("/readyz").json

    assert (document["status"], document["release"]) == ("ready", 1)
    assert 0 <= document["release_age_seconds"] < 60


def test_log_tells_of_a_request_without_its_secrets(client, caplog, secret_of):
    secret = secret_of(Role.ADMIN)
    with caplog.at_level(logging.INFO, "qosyl.request"):
        client.get("/api/v1/coverage?admin1=hidden-value", headers={"Authorization": f"Bearer {secret}"})

    line = JSONLines().format(caplog.records[-1])
    members = json.loads(line)
    assert members["path"] == "/api/v1/coverage"
    assert members["parameters"] == ["admin1"]
    assert members["status"] == 404
    assert members["request_id"]
    assert members["key_id"] == 1
    assert "hidden-value" not in line
    assert secret[4:] not in line


def test_log_line_cannot_be_forged_by_a_path(client, caplog):
    with caplog.at_level(logging.INFO, "qosyl.request"):
        client.get("/a%0a%7B%22level%22:%22error%22%7D%1b[31m")

    line = JSONLines().format(caplog.records[-1])
    assert "\n" not in line
    assert "\x1b" not in line
    assert getattr(caplog.records[-1], REQUEST)["status"] == 404


def test_failure_is_logged_with_its_request_id_on_one_line(app, client, caplog):
    app.view_functions["status.healthz"] = lambda: 1 / 0

    response = client.get("/healthz")

    lines = [JSONLines().format(record) for record in caplog.records if record.levelname == "ERROR"]
    assert len(lines) == 1
    assert json.loads(lines[0])["request_id"] == response.json["request_id"]
    assert "ZeroDivisionError" in json.loads(lines[0])["traceback"]
    assert "\n" not in lines[0]
