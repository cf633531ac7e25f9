"""Signing in with a key, and what ends it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask, jsonify

from app import create_app
from geo.config import Settings
from geo.model import Role
from geo.services.keys import create_key, list_keys, revoke_key
from geo.web import guard
from geo.web.current import WORKSPACE
from geo.web.sessions import current_key, is_loopback, safe_next
from tests.application import STANDARD, application
from tests.web.sign_in import TOKEN, csrf_token, sign_in


@pytest.fixture(scope="module")
def made() -> Flask:
    """An application with one page and one action that need keys, and a route that nobody listed."""
    made = create_app(STANDARD)
    made.add_url_rule("/test-page", "test_page", lambda: jsonify(key=current_key().name))
    made.add_url_rule("/test-public", "test_public", lambda: jsonify(name=current_key() and current_key().name))
    made.add_url_rule("/api/v1/test-publish", "test_publish", lambda: jsonify(done=True), methods=["POST"])
    made.add_url_rule("/api/v1/test-forgotten", "test_forgotten", lambda: "open")
    return made


@pytest.fixture
def app(made: Flask, settings: Settings, set_up_data: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Flask]:
    """That application over a deployment of the test's own."""
    access = {**guard.ACCESS, "test_page": guard.CONTRIBUTOR, "test_publish": guard.PUBLISHER, "test_public": guard.PUBLIC}
    monkeypatch.setattr(guard, "ACCESS", access)
    shutil.copytree(set_up_data, settings.data_dir)
    app = application(settings, made)
    yield app
    app.extensions[WORKSPACE].close()


def bearer(secret: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {secret}"}


def test_signing_in_opens_pages_that_need_a_key(client, secret_of):
    answer = sign_in(client, secret_of(Role.CONTRIBUTOR), then="/test-page?norm=20")

    assert (answer.status_code, answer.location) == (303, "/test-page?norm=20")
    assert client.get("/test-page").json == {"key": "test contributor"}


def test_session_cookie_is_kept_from_scripts_and_other_sites(client, secret_of):
    cookie = sign_in(client, secret_of(Role.CONTRIBUTOR)).headers["Set-Cookie"]

    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Secure" not in cookie
    assert "qsl_" not in cookie


def test_session_cookie_is_secure_away_from_loopback(tmp_path):
    app = create_app(Settings(data_dir=tmp_path, secret_key="x" * 40, trusted_hosts=("qosyl.example",), testing=True))

    cookie = app.test_client().get("/sign-in", base_url="http://qosyl.example/").headers["Set-Cookie"]

    assert "Secure" in cookie


@pytest.mark.parametrize("accept", ["text/html", "application/json"])
def test_wrong_expired_and_revoked_keys_are_answered_alike(app, client, secret_of, accept):
    workspace = app.extensions[WORKSPACE]
    revoked = secret_of(Role.ADMIN)
    revoke_key(workspace, list_keys(workspace)[-1].id)
    soon = datetime.now(UTC) + timedelta(milliseconds=30)
    expired = create_key(workspace, name="short", role=Role.ADMIN, expires_at=soon)[0]
    while datetime.now(UTC) < soon:
        pass

    answers = []
    for headers in (
        {},
        bearer("qsl_wrong"),
        bearer(expired),
        bearer(revoked),
        {"Authorization": "Basic eDp5"},
        {"Authorization": "Bearer"},
    ):
        answer = client.post("/api/v1/test-publish", headers={"Accept": accept, **headers})
        answers.append((answer.status_code, answer.headers["WWW-Authenticate"], {**answer.json, "request_id": ""}))

    assert answers == [answers[0]] * 6
    assert answers[0][0] == 401


def test_revoking_a_key_ends_its_sessions_at_once(app, client, secret_of):
    sign_in(client, secret_of(Role.CONTRIBUTOR))
    assert client.get("/test-page").status_code == 200

    revoke_key(app.extensions[WORKSPACE], list_keys(app.extensions[WORKSPACE])[-1].id)

    assert client.get("/test-page", headers={"Accept": "application/json"}).status_code == 401
    assert client.get("/test-public").json == {"name": None}


def test_key_of_a_smaller_role_is_forbidden(client, secret_of):
    answer = client.post("/api/v1/test-publish", headers=bearer(secret_of(Role.CONTRIBUTOR)))

    assert (answer.status_code, answer.json["code"]) == (403, "forbidden")


def test_bearer_key_needs_no_token(client, secret_of):
    assert client.post("/api/v1/test-publish", headers=bearer(secret_of(Role.PUBLISHER))).status_code == 200


def test_request_with_a_bearer_key_ignores_the_cookie(client, secret_of):
    sign_in(client, secret_of(Role.ADMIN))

    answer = client.post("/api/v1/test-publish", headers=bearer("qsl_wrong"))

    assert answer.status_code == 401
    assert "Set-Cookie" not in answer.headers


def test_unsafe_request_with_a_cookie_alone_is_refused_as_cross_site(client, secret_of):
    sign_in(client, secret_of(Role.PUBLISHER))

    answer = client.post("/api/v1/test-publish")

    assert (answer.status_code, answer.json["code"]) == (403, "csrf")


def test_unsafe_request_with_cookie_and_token_is_accepted(client, secret_of):
    sign_in(client, secret_of(Role.PUBLISHER))

    answer = client.post("/api/v1/test-publish", headers={"X-CSRFToken": csrf_token(client)})

    assert answer.status_code == 200


def test_sign_in_form_from_another_site_is_refused(client, secret_of):
    assert client.post("/sign-in", data={"key": secret_of(Role.ADMIN)}).status_code == 403


def test_signing_in_over_https_works_with_the_referrer_that_our_policy_lets_browsers_send(client, secret_of):
    site = "https://localhost"
    token = TOKEN.search(client.get("/sign-in", base_url=site).text)[1]
    form = {"key": secret_of(Role.CONTRIBUTOR), "csrf_token": token}

    without = client.post("/sign-in", base_url=site, data=form)
    foreign = client.post("/sign-in", base_url=site, data=form, headers={"Referer": "https://evil.invalid/sign-in"})
    own = client.post("/sign-in", base_url=site, data=form, headers={"Referer": f"{site}/sign-in"})

    assert [answer.status_code for answer in (without, foreign, own)] == [403, 403, 303]
    assert "Secure" in own.headers["Set-Cookie"]


def test_sign_in_form_with_a_nameless_part_is_400_and_no_failure(client):
    body = b"--x\r\nContent-Disposition: form-data\r\n\r\nvalue\r\n--x--"

    assert client.post("/sign-in", data=body, content_type="multipart/form-data; boundary=x").status_code == 400


def test_stranger_who_opens_a_page_is_sent_to_sign_in_and_back(client):
    answer = client.get("/test-page?lang=kk", headers={"Accept": "text/html"})

    assert answer.status_code == 303
    assert answer.location == "/sign-in?next=/test-page?lang%3Dkk&lang=kk"


def test_signing_out_ends_the_session(client, secret_of):
    sign_in(client, secret_of(Role.CONTRIBUTOR))

    answer = client.post("/sign-out", data={"csrf_token": csrf_token(client)})

    assert answer.status_code == 303
    assert client.get("/test-page", headers={"Accept": "application/json"}).status_code == 401


def test_answers_to_signed_in_people_are_not_stored(client, secret_of):
    sign_in(client, secret_of(Role.CONTRIBUTOR))

    assert client.get("/test-page").headers["Cache-Control"] == "no-store"


def test_eleventh_sign_in_within_a_minute_is_refused(client):
    statuses = [sign_in(client, "qsl_guess").status_code for _ in range(11)]

    assert statuses == [401] * 10 + [429]


def test_refused_sign_in_says_when_to_try_again(client):
    answers = [sign_in(client, "qsl_guess") for _ in range(11)]

    assert 0 < int(answers[-1].headers["Retry-After"]) <= 60


def test_unlisted_route_is_closed_to_everybody(client, secret_of):
    answer = client.get("/api/v1/test-forgotten", headers=bearer(secret_of(Role.ADMIN)))

    assert answer.status_code == 403


@pytest.mark.parametrize("target", ["/", "/imports", "/imports?lang=kk&norm=20", "/schools/KZ%2F1"])
def test_path_of_this_service_is_kept_after_sign_in(target):
    assert safe_next(target) == target


OTHER_ADDRESSES = (
    *(None, "", "evil", "https://evil.invalid", "javascript:alert(1)", "//evil.invalid", "///evil.invalid", "/\\evil.invalid", "/a\\b"),
    *("\\\\evil.invalid", "/\t/evil.invalid", "/\n/evil.invalid", "/ /evil", "/\u2028/evil", "/%09/../\x00"),
)


@pytest.mark.parametrize("target", OTHER_ADDRESSES)
def test_other_address_leads_to_the_start_page_after_sign_in(target):
    assert safe_next(target) == "/"


@pytest.mark.parametrize("host", ["localhost:8000", "127.0.0.1", "[::1]:80", "127.8.0.1"])
def test_loopback_is_recognised(host):
    assert is_loopback(host)


@pytest.mark.parametrize("host", ["localhost.evil.invalid", "10.0.0.1:8000", "", "qosyl.example"])
def test_other_hosts_are_not_loopback(host):
    assert not is_loopback(host)
