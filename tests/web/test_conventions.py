"""What every public address of the API has in common: tags, encodings, other sites' pages, limits, languages, refusals."""

from __future__ import annotations

import ast
import gzip
import logging
import re
from collections.abc import Iterator
from pathlib import Path

import brotli
import pyarrow as pa
import pytest
from flask import Flask
from flask.testing import FlaskClient

from app import create_app
from geo import errors
from geo.config import ROOT, Settings
from geo.model import Role
from geo.services.keys import create_key
from geo.web.answer_memory import chosen_encoding
from geo.web.current import WORKSPACE
from geo.web.guard import ACCESS
from geo.web.logs import REQUEST
from geo.web.params import PARAMETERS
from geo.web.refusals import CODE_OF_STATUS, STATUS, STATUS_OF_CODE
from tests.application import application
from tests.builders import make_school
from tests.set_up import set_up
from tests.web.published import publish_schools

SECRET = "a secret of the tests, long enough for any"
EXAMPLES = {"release_id": "2", "zoom": "0", "column": "0", "row": "0", "school_id": "A", "feature_id": "A"}
FEATURE_IDS = {"regions": None, "districts": None, "releases": "1", "schools": "A"}
QUERIES = {"/api/v1/search": "q=A", "/api/v1/releases/1/changes.csv": "", "/api/v1/coverage": "by=area_type"}
HELD_BY = ("file", "xlsx", "gpkg")


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """An application with two releases, of one school and of two, and no limits."""
    directory = set_up(tmp_path_factory.mktemp("conventions") / "data")
    app = application(Settings(data_dir=directory, secret_key=SECRET, load_demo=False, testing=True))
    schools = [make_school(name, longitude=70.0, latitude=50.0, connectivity=word) for name, word in (("A", "no"), ("B", "yes"))]
    publish_schools(app.extensions[WORKSPACE], schools[0])
    publish_schools(app.extensions[WORKSPACE], *schools)
    yield app
    app.extensions[WORKSPACE].close()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client(use_cookies=False)


def public_reads(app: Flask) -> list[str]:
    """An address of every route of the API that anybody may read and that the release of the fixture can answer."""
    addresses = []
    for rule in app.url_map.iter_rules():
        if not rule.rule.startswith("/api/") or "GET" not in (rule.methods or ()) or ACCESS[rule.endpoint].role is not None:
            continue
        collection = re.search(r"/collections/(\w+)/", rule.rule)
        examples = EXAMPLES | ({"feature_id": FEATURE_IDS.get(collection[1])} if collection else {})
        if all(examples.get(name) for name in rule.arguments):
            path = rule.rule
            for name in rule.arguments:
                path = re.sub(rf"<(?:[^<>]+:)?{name}>", str(examples[name]), path)
            addresses.append(f"{path}?{QUERIES[path]}" if QUERIES.get(path) else path)
    return sorted(set(addresses))


def test_every_public_answer_has_a_tag_and_is_not_sent_twice(app: Flask, client: FlaskClient) -> None:
    faults = []
    for address in public_reads(app):
        answer = client.get(address)
        tag = answer.headers.get("ETag")
        again = client.get(address, headers={"If-None-Match": tag or '"none"'})
        kept = answer.headers.get("Cache-Control", "")
        if (answer.status_code, bool(tag), again.status_code, again.data) != (200, True, 304, b"") or not kept.startswith("public"):
            faults.append(f"{address}: {answer.status_code}, ETag {tag}, then {again.status_code}; {kept}")

    assert faults == []


def test_every_public_answer_is_told_of_without_being_sent(app: Flask, client: FlaskClient) -> None:
    faults = []
    for address in public_reads(app):
        got, head = client.get(address), client.head(address)
        if (head.status_code, head.data) != (got.status_code, b"") or head.content_type != got.content_type:
            faults.append(f"{address}: {head.status_code}, {head.content_type} rather than {got.content_type}")

    assert faults == []


def test_pages_of_other_sites_may_read_every_public_answer_and_nothing_with_a_key(app: Flask, client: FlaskClient) -> None:
    asked = {
        "Origin": "https://paper.example",
        "Access-Control-Request-Method": "GET",
        "Access-Control-Request-Headers": "range,if-none-match",
    }
    for address in public_reads(app):
        answer, preflight = client.get(address), client.options(address.partition("?")[0], headers=asked)
        assert answer.headers["Access-Control-Allow-Origin"] == preflight.headers["Access-Control-Allow-Origin"] == "*", address
        exposed = answer.headers["Access-Control-Expose-Headers"].split(", ")
        assert {"Link", "ETag", "RateLimit", "RateLimit-Policy", "Retry-After", "Content-Crs", "Location", "X-Request-Id"} <= set(exposed)
        assert {"Last-Modified", "Content-Disposition", "Content-Range", "Accept-Ranges", "Repr-Digest"} <= set(exposed)
        allowed = preflight.headers["Access-Control-Allow-Headers"].lower().split(", ")
        assert preflight.status_code == 200, address
        assert {"range", "if-none-match"} <= set(allowed)
        assert not {"authorization", "cookie", "*"} & set(allowed)
        assert preflight.headers["Access-Control-Allow-Methods"] == "GET, HEAD"
        assert not any("Credentials" in name for name, _ in [*answer.headers, *preflight.headers]), address


def test_pages_of_other_sites_learn_why_they_are_refused_but_may_not_upload(client: FlaskClient) -> None:
    refused, nowhere = client.get("/api/v1/coverage?x=1"), client.get("/api/v1/nowhere")
    upload = client.options("/api/v1/imports", headers={"Origin": "https://a.example", "Access-Control-Request-Method": "POST"})

    assert refused.headers["Access-Control-Allow-Origin"] == nowhere.headers["Access-Control-Allow-Origin"] == "*"
    assert not any(name.startswith("Access-Control") for name, _ in upload.headers)


@pytest.mark.parametrize(
    ("accepted", "chosen"),
    [
        ("gzip, deflate, br, zstd", "zstd"),
        ("gzip, br", "br"),
        ("gzip", "gzip"),
        ("gzip;q=1.0, br;q=0.5", "gzip"),
        ("*", "zstd"),
        ("zstd;q=0, *", "br"),
        ("identity, gzip;q=0.5", ""),
        ("identity;q=0.1, gzip", "gzip"),
        ("deflate, x-gzip", ""),
        ("br;q=nonsense", ""),
        ("", ""),
    ],
)
def test_answer_is_packed_as_the_asker_likes_best(accepted: str, chosen: str) -> None:
    assert chosen_encoding(accepted) == chosen


@pytest.mark.parametrize("encoding", ["zstd", "br", "gzip"])
@pytest.mark.parametrize("address", ["/api/v1/coverage?by=area_type", "/api/v1/openapi.json"], ids=["kept", "made anew"])
def test_packed_answer_holds_the_same_bytes_and_says_what_it_depends_on(client: FlaskClient, encoding: str, address: str) -> None:
    plain = client.get(address)
    packed = client.get(address, headers={"Accept-Encoding": encoding})

    assert packed.headers["Content-Encoding"] == encoding
    assert all("Accept-Encoding" in answer.headers["Vary"] for answer in (packed, plain))
    unpack = {
        "zstd": lambda data: pa.input_stream(pa.py_buffer(data), compression="zstd").read(),
        "br": brotli.decompress,
        "gzip": gzip.decompress,
    }
    assert unpack[encoding](packed.data) == plain.data
    assert len(packed.data) < len(plain.data)


def test_answer_that_names_its_release_is_kept_and_one_that_does_not_is_asked_for_anew(client: FlaskClient) -> None:
    named, current = client.get("/api/v1/coverage?release=1"), client.get("/api/v1/coverage")

    assert named.headers["Cache-Control"] == "public, max-age=86400, immutable"
    assert current.headers["Cache-Control"] == "public, max-age=0, must-revalidate"


def test_language_of_a_browser_changes_no_data_but_the_words_of_refusals(app: Flask, client: FlaskClient) -> None:
    for address in public_reads(app):
        told = [client.get(address, headers={"Accept-Language": tag, "Accept": "*/*"}) for tag in ("en", "ru", "kk")]
        if told[0].mimetype != "text/html":
            assert len({answer.headers["ETag"] for answer in told}) == 1, address
            assert len({_steady(answer.data) for answer in told}) == 1 or told[0].mimetype in HELD_BY, address


@pytest.mark.parametrize(
    ("address", "russian"),
    [
        ("/api/v1/coverage?area_tipe=rural", "Неизвестный параметр"),
        ("/api/v1/collections/schools/items?bbox=1", "Недопустимый параметр"),
        ("/api/v1/nowhere", "Не найдено"),
    ],
)
def test_title_of_a_refusal_is_in_the_language_of_the_browser_unless_the_address_names_one(
    client: FlaskClient, address: str, russian: str
) -> None:
    english = client.get(address)
    told = client.get(address, headers={"Accept-Language": "ru-RU, en;q=0.5"})
    named = client.get(f"{address}{'&' if '?' in address else '?'}lang=en", headers={"Accept-Language": "ru"})

    assert told.json["title"] == russian
    assert (english.json["title"], english.json["code"]) == (named.json["title"], told.json["code"])
    assert english.json["title"].isascii()


def test_pages_speak_the_language_of_the_browser(client: FlaskClient) -> None:
    pages = [client.get("/api/v1/collections", headers={"Accept": "text/html", "Accept-Language": tag}) for tag in ("en", "ru", "kk")]

    assert [re.search(r'<html lang="(\w+)"', page.text)[1] for page in pages] == ["en", "ru", "kk"]
    assert len({page.headers["ETag"] for page in pages}) == 3
    assert "Accept-Language" in pages[0].headers["Vary"]


def _steady(data: bytes) -> bytes:
    """An answer without the moment that it was made."""
    return re.sub(rb'"timeStamp": ?"[^"]*"', b"", data)


def test_limits_are_told_and_counted_by_address_and_by_key(tmp_path: Path) -> None:
    app = create_app(
        Settings(data_dir=set_up(tmp_path / "data"), secret_key=SECRET, rate_limit_reads="3/minute", load_demo=False, testing=True)
    )
    key = {"Authorization": f"Bearer {create_key(app.extensions[WORKSPACE], name='reader', role=Role.CONTRIBUTOR)[0]}"}
    client = app.test_client(use_cookies=False)

    answers = [client.get("/api/v1/releases") for _ in range(4)]
    with_key = client.get("/api/v1/releases", headers=key)
    elsewhere = client.get("/api/v1/releases", environ_base={"REMOTE_ADDR": "203.0.113.9"})

    assert {answer.headers["RateLimit-Policy"] for answer in answers} == {'"reads";q=3;w=60'}
    told = [re.fullmatch(r'"reads";r=(\d+);t=(\d+)', answer.headers["RateLimit"]) for answer in answers]
    assert [int(each[1]) for each in told] == [2, 1, 0, 0]
    assert all(0 < int(each[2]) <= 60 for each in told)
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert 0 < int(answers[3].headers["Retry-After"]) <= 60
    assert answers[3].json["code"] == "rate_limited"
    assert answers[3].headers["Access-Control-Allow-Origin"] == "*"
    assert [other.headers["RateLimit"].partition(";t")[0] for other in (with_key, elsewhere)] == ['"reads";r=2'] * 2
    assert "RateLimit" not in client.get("/healthz").headers
    app.extensions[WORKSPACE].close()


def test_nothing_is_told_of_limits_where_there_are_none(client: FlaskClient) -> None:
    assert "RateLimit" not in client.get("/api/v1/releases").headers


def test_refusal_names_the_request_by_which_the_log_knows_it(client: FlaskClient, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, logger="qosyl.request"):
        answer = client.get("/api/v1/coverage?area_tipe=rural")

    assert answer.json["request_id"] == answer.headers["X-Request-Id"]
    assert [getattr(record, REQUEST)["request_id"] for record in caplog.records] == [answer.json["request_id"]]


@pytest.mark.parametrize("method", ["TRACE", "PUT", "DELETE", "PATCH", "POST"])
def test_every_public_address_refuses_to_be_changed_and_says_what_it_takes(app: Flask, client: FlaskClient, method: str) -> None:
    for address in public_reads(app):
        answer = client.open(address.partition("?")[0], method=method)
        taken = answer.headers.get("Allow", "").split(", ")
        if method not in taken:
            assert (answer.status_code, answer.json["code"]) == (405, "method_not_allowed"), address
            assert {"GET", "HEAD"} <= set(taken), address


@pytest.mark.parametrize("accepted", ["application/xml", "image/webp", "text/csv;q=0.1, application/xml", "nonsense"])
def test_data_is_given_as_it_is_whatever_else_is_asked_for(app: Flask, client: FlaskClient, accepted: str) -> None:
    for address in public_reads(app):
        assert client.get(address, headers={"Accept": accepted}).status_code == 200, address


def test_every_public_address_names_the_parameter_that_is_given_twice(app: Flask, client: FlaskClient) -> None:
    for address in public_reads(app):
        path = address.partition("?")[0]
        taken = client.get(path, query_string={"nonsense": "1"})
        assert (taken.status_code, taken.json["code"]) == (400, "unknown_parameter"), path
        names = re.search(r"Accepted here: (.+)\.", taken.json["detail"])[1].split(", ")
        if names != ["none"]:
            twice = client.get(path, query_string=[(names[0], "1"), (names[0], "1")])
            assert (twice.status_code, twice.json["code"]) == (400, "repeated_parameter"), path


def test_api_page_lists_every_code_of_an_error_with_its_status() -> None:
    rows = re.findall(r"^\| (`[^|]+`) \| (\d{3}) \| [^|]+ \|$", (ROOT / "docs" / "api.md").read_text(encoding="utf-8"), re.MULTILINE)
    listed = {code: int(status) for codes, status in rows for code in re.findall(r"`([^`]+)`", codes)}
    family = {f"invalid_{name}" for name in PARAMETERS}

    given = codes_of_source()

    assert {code: statuses for code, statuses in given.items() if code not in family and {listed.get(code)} != statuses} == {}
    assert set(listed) - set(given) == {"invalid_…", "encoding_error"}  # the latter is a file's, as its problem says


def codes_of_source() -> dict[str, set[int]]:
    """Statuses of each code that is written in the source as one."""
    found: dict[str, set[int]] = {code: {status} for status, code in CODE_OF_STATUS.items()}
    for kind in (each for each in vars(errors).values() if isinstance(each, type) and issubclass(each, errors.QosylError)):
        found.setdefault(kind.code, set()).add(next(STATUS[each] for each in kind.__mro__ if each in STATUS))
    for code in STATUS_OF_CODE:
        found.setdefault(code, set()).add(STATUS_OF_CODE[code])
    for path in sorted((ROOT / "geo").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                for code, status in _codes_of_call(node):
                    found.setdefault(code, set()).add(status)
    return found


def _codes_of_call(node: ast.Call) -> Iterator[tuple[str, int]]:
    name = getattr(node.func, "id", getattr(node.func, "attr", ""))
    values = [each.value for each in node.args[:2] if isinstance(each, ast.Constant)]
    if name in ("Refusal", "Problem") and len(values) == 2:
        yield str(values[1]), int(values[0])
    elif name in ("InvalidParameter", "__init__"):
        yield from ((str(each.value.value), 400) for each in node.keywords if each.arg == "code" and isinstance(each.value, ast.Constant))


def test_what_changed_can_be_read_from_the_landing_page_and_the_documentation(client: FlaskClient) -> None:
    links = {link["rel"]: link["href"] for link in client.get("/api/v1/").json["links"]}
    page = client.get("/api/v1/changelog")

    assert links["version-history"] == "http://localhost/api/v1/changelog"
    assert 'href="/api/v1/changelog"' in client.get("/api/v1/docs").text
    assert "<h2" in page.text
    assert "/api/v1/tiles/schools.pmtiles" in page.text
