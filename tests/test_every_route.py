"""Every route there is: listed in the one registry, guarded, strict, and answering refusals in the canonical form."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.routing import IntegerConverter, Rule

from app import create_app
from geo.config import Settings
from geo.model import ROLES, Role
from geo.services.keys import create_key
from geo.web.current import WORKSPACE
from geo.web.errors import DATA_PREFIXES, PROBLEM_TYPE
from geo.web.guard import ACCESS
from geo.web.security import HEADERS
from tests.builders import make_school
from tests.web.published import publish_schools
from tests.web.sign_in import sign_in

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "TRACE")
MEMBERS = {"type", "title", "status", "detail", "code", "request_id"}
AS_PROGRAM = {"Accept": "application/json"}
HOSTILE_QUERIES = (
    "release=99999999999999999999",
    "release=1&release=2",
    "norm=nan&basis=%00",
    "admin1=%27%3Bdrop%20table",
    "by=" + "admin1," * 500,
    "limit=-1&before=1e9",
    "%ff%fe=%ff",
    "lang=../../etc/passwd",
    "area_typ=rural",
    "q=" + "%F0%9F%92%A9" * 50,
    "a" * 5_000,
)
HOSTILE_SEGMENTS = (
    "0",
    "99999999999999999999999",
    "-1",
    "x",
    "%00",
    "..%2f..%2fetc%2fpasswd",
    "%2e%2e",
    "１０",
    "%ff",
    "a" * 3_000,
    "'",
    "<script>",
)
HOSTILE_BODIES = (
    (b"", None),
    (b"{", "application/json"),
    (b"[" * 10_000, "application/json"),
    (b'{"reason": NaN}', "application/json"),
    (b'{"reason": 5, "accept_partial": "yes", "x": []}', "application/json"),
    (b"\xff\xfe", "application/json"),
    (b"x" * 1_000, "multipart/form-data; boundary=x"),
    (b"--x\r\n", "multipart/form-data"),
    (b"a=b&a=c", "application/x-www-form-urlencoded"),
    (b"<a/>", "application/xml"),
)


def deployment(directory: Path) -> Flask:
    """An application with one release of two schools, without rate limits."""
    settings = Settings(data_dir=directory, secret_key="x" * 40, rate_limit_uploads="", load_demo=False, testing=True)
    app = create_app(settings)
    app.extensions[WORKSPACE].catalog.migrate()
    publish_schools(app.extensions[WORKSPACE], make_school("A", connectivity="yes"), make_school("B", connectivity="no"))
    return app


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    app = deployment(tmp_path_factory.mktemp("routes"))
    yield app
    app.extensions[WORKSPACE].close()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client(use_cookies=False)


@pytest.fixture(scope="module")
def bearers(app: Flask) -> dict[Role, dict[str, str]]:
    """Authorization header of each role."""
    workspace = app.extensions[WORKSPACE]
    return {role: {"Authorization": f"Bearer {create_key(workspace, name=role.value, role=role)[0]}"} for role in ROLES}


def rules_of(app: Flask) -> list[Rule]:
    return sorted(app.url_map.iter_rules(), key=lambda rule: rule.rule)


def address(rule: Rule, segment: str | None = None) -> str:
    """An address of a rule; `segment` takes the place of every argument, else something harmless does."""
    parts = []
    for is_argument, text in rule._trace:
        if not is_argument:
            parts.append(text.lstrip("|"))
        elif segment is not None:
            parts.append(segment)
        else:
            parts.append("1" if isinstance(rule._converters[text], IntegerConverter) else "x")
    return "".join(parts)


def methods_of(rule: Rule) -> list[str]:
    return sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})


def calls(app: Flask) -> list[tuple[str, Rule]]:
    """Method and rule of everything that can be called."""
    return [(method, rule) for rule in rules_of(app) for method in methods_of(rule)]


def test_every_route_is_listed_in_the_registry(app):
    assert sorted({rule.endpoint for rule in rules_of(app)} - set(ACCESS)) == []


def test_the_registry_lists_no_route_that_is_gone(app):
    assert sorted(set(ACCESS) - {rule.endpoint for rule in rules_of(app)}) == []


def test_every_route_that_changes_something_needs_a_key(app):
    open_to_all = {rule.endpoint for method, rule in calls(app) if method != "GET" and ACCESS[rule.endpoint].role is None}

    assert open_to_all == {"sessions.sign_in_post", "sessions.sign_out"}


def test_every_guarded_route_refuses_strangers_with_equal_bodies(app, client):
    bodies = set()
    for method, rule in calls(app):
        if ACCESS[rule.endpoint].role is not None:
            response = client.open(address(rule), method=method, headers=AS_PROGRAM)
            assert response.status_code == 401, rule
            assert response.headers["WWW-Authenticate"] == 'Bearer realm="qosyl"'
            bodies.add(response.text.replace(response.json["request_id"], ""))

    assert len(bodies) == 1


def test_every_guarded_route_refuses_each_smaller_role(app, client, bearers):
    for method, rule in calls(app):
        needed = ACCESS[rule.endpoint].role
        for role in ROLES[: ROLES.index(needed)] if needed else ():
            response = client.open(address(rule), method=method, headers={**AS_PROGRAM, **bearers[role]})
            assert (response.status_code, response.json["code"]) == (403, "forbidden"), (rule, role)


def test_every_route_refuses_a_wrong_key_even_where_none_is_needed(app, client):
    for method, rule in calls(app):
        if ACCESS[rule.endpoint].weight != "none":
            headers = {**AS_PROGRAM, "Authorization": "Bearer qsl_wrong"}
            assert client.open(address(rule), method=method, headers=headers).status_code == 401, rule


def test_every_unsafe_route_asks_a_cookie_for_its_token(app):
    client = app.test_client()
    secret, _ = create_key(app.extensions[WORKSPACE], name="cookie", role=Role.ADMIN)
    assert sign_in(client, secret).status_code == 303
    for method, rule in calls(app):
        if method != "GET":
            response = client.open(address(rule), method=method, headers=AS_PROGRAM)
            assert (response.status_code, response.json["code"]) == (403, "csrf"), rule


def test_every_route_refuses_other_methods_and_says_which_it_takes(app, client):
    taken: dict[str, set[str]] = {}
    for rule in rules_of(app):
        taken.setdefault(address(rule), set()).update(rule.methods or ())
    for path, methods in taken.items():
        for method in set(METHODS) - methods:
            response = client.open(path, method=method, headers=AS_PROGRAM)
            assert response.status_code == 405, (method, path)
            assert {name.strip() for name in response.headers["Allow"].split(",")} >= methods - {"OPTIONS"}, path
            assert response.json["code"] == "method_not_allowed"


def check_refusal(response, about):
    """A refusal is canonical, and nothing is a failure of ours."""
    assert response.status_code < 500, about
    assert response.headers["Content-Security-Policy"] == HEADERS["Content-Security-Policy"], about
    assert response.headers["X-Request-Id"], about
    if response.status_code >= 400:
        assert response.content_type == PROBLEM_TYPE, about
        assert set(response.json) >= MEMBERS, about
        assert response.json["status"] == response.status_code, about
        assert "Traceback" not in response.text, about


@pytest.mark.parametrize("query", HOSTILE_QUERIES, ids=lambda query: query[:20])
def test_no_route_fails_under_a_hostile_query(app, client, bearers, query):
    for method, rule in calls(app):
        if method == "GET":
            response = client.get(f"{address(rule)}?{query}", headers={**AS_PROGRAM, **bearers[Role.ADMIN]})
            check_refusal(response, (rule, query))


@pytest.mark.parametrize("segment", HOSTILE_SEGMENTS, ids=lambda segment: segment[:20])
def test_no_route_fails_under_a_hostile_path(app, client, bearers, segment):
    for method, rule in calls(app):
        if rule.arguments:
            response = client.open(address(rule, segment), method=method, headers={**AS_PROGRAM, **bearers[Role.ADMIN]})
            check_refusal(response, (rule, segment))
            assert "passwd" not in response.text


@pytest.mark.parametrize(("body", "content_type"), HOSTILE_BODIES, ids=range(len(HOSTILE_BODIES)))
def test_no_route_fails_under_a_hostile_body(app, client, bearers, body, content_type):
    for method, rule in calls(app):
        if method != "GET" and ACCESS[rule.endpoint].role is not None:
            headers = {**AS_PROGRAM, **bearers[Role.ADMIN]}
            response = client.open(address(rule), method=method, headers=headers, data=body, content_type=content_type)
            check_refusal(response, (rule, body[:20]))


def test_no_data_route_takes_a_parameter_it_does_not_know(app, client):
    for method, rule in calls(app):
        is_data = rule.rule.startswith(DATA_PREFIXES[0]) and ACCESS[rule.endpoint].role is None
        if is_data and method == "GET":
            response = client.get(f"{address(rule)}?nonsense=1", headers=AS_PROGRAM)
            assert (response.status_code, response.json["code"]) == (400, "unknown_parameter"), rule


def test_answers_to_people_with_a_key_are_never_stored(app, client, bearers):
    for method, rule in calls(app):
        if method == "GET" and ACCESS[rule.endpoint].weight != "none":
            response = client.get(address(rule), headers={**AS_PROGRAM, **bearers[Role.ADMIN]})
            assert response.headers["Cache-Control"] == "no-store", rule


def test_two_applications_live_in_one_process(tmp_path):
    one, other = deployment(tmp_path / "one"), deployment(tmp_path / "other")
    publish_schools(other.extensions[WORKSPACE], make_school("C"))

    assert one.test_client().get("/api/v1/coverage").json["total"]["schools"] == 2
    assert other.test_client().get("/api/v1/coverage").json["total"]["schools"] == 1
    for app in (one, other):
        app.extensions[WORKSPACE].close()
