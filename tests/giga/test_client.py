"""The client against a real server on this machine: lists by page, further tries, and every way of not ending."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from geo.errors import SourceFailed
from geo.giga import Client, Limits
from geo.giga.answers import LOCATIONS
from geo.giga.client import wait_s
from geo.giga.wire import redirect_target
from tests.giga.interface import (
    GZIP_BOMB,
    KEYS,
    QUICK,
    SELF_SIGNED,
    Behaviour,
    Interface,
    body,
    cut_short,
    endless,
    endless_chunk_size,
    location,
    records,
    running,
    status,
)

PATH = "schools_location/country/KAZ"
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def names(interface: Interface, limits: Limits = QUICK, sleep: Callable[[float], None] = time.sleep) -> list[str]:
    """Names of the schools that a client reads."""
    with Client(interface.address, KEYS, limits=limits, sleep=sleep) as client:
        return list(client.records(LOCATIONS, PATH)["school_name"].to_pylist())


def fault(interface: Interface, limits: Limits = QUICK) -> str:
    """Word for what a client makes of an interface that fails; nothing the other side sent is in the message."""
    with pytest.raises(SourceFailed) as caught:
        names(interface, limits)
    assert not [word for word in (*KEYS.values(), "sorry") if word in str(caught.value)]
    return caught.value.reason


@pytest.mark.parametrize(("count", "pages"), [(0, 1), (2, 1), (3, 2), (7, 3)])
@pytest.mark.parametrize("is_bare", [False, True], ids=["envelope", "bare list"])
def test_pages_are_read_until_one_is_short(interface: Interface, count: int, pages: int, is_bare: bool) -> None:
    interface.lists["schools_location"] = [location(number) for number in range(count)]
    interface.is_bare = is_bare

    assert names(interface) == [f"School {number}" for number in range(count)]
    assert interface.pages_asked("schools_location") == [str(number + 1) for number in range(pages)]


def test_key_goes_in_the_header_and_nowhere_else(interface: Interface) -> None:
    interface.lists["schools_location"] = [location(1)]

    names(interface)

    path, query, headers = interface.asked[0]
    assert (path, query) == ("/api/v1/schools_location/country/KAZ", {"page": "1", "size": "3"})
    assert headers["authorization"] == f"Bearer {KEYS['schools_location']}"
    assert headers["accept"] == "application/json"
    assert not [value for name, value in headers.items() if KEYS["schools_location"] in value and name != "authorization"]


def test_key_of_a_netrc_file_never_stands_in_for_ours(
    interface: Interface, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path_factory.mktemp("home") / "netrc"
    netrc.write_text("machine 127.0.0.1 login somebody password else\n", encoding="ascii")
    monkeypatch.setenv("NETRC", str(netrc))
    interface.lists["schools_location"] = [location(1)]

    names(interface)

    assert interface.asked[0][2]["authorization"] == f"Bearer {KEYS['schools_location']}"


@pytest.mark.parametrize("passing", [status(429), status(500), status(502), status(503), status(504), cut_short], ids=lambda _: "")
def test_passing_fault_is_tried_again(interface: Interface, passing: Behaviour) -> None:
    interface.lists["schools_location"] = [location(1)]
    interface.next_replies = [passing]

    assert names(interface) == ["School 1"]
    assert len(interface.asked) == 2


def test_fault_in_the_middle_of_a_list_is_tried_again_where_it_happened(interface: Interface) -> None:
    interface.lists["schools_location"] = [location(number) for number in range(5)]
    interface.next_replies = [None, interface.hang]

    assert len(names(interface)) == 5
    assert interface.pages_asked("schools_location") == ["1", "2", "2"]


def test_retry_after_is_waited_for(interface: Interface) -> None:
    interface.lists["schools_location"] = [location(1)]
    interface.next_replies = [status(429, retry_after="2"), status(503)]
    waits: list[float] = []

    names(interface, replace(QUICK, longest_wait_s=4.0), waits.append)

    assert waits == [2.0, 0.02]


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (None, 4.0),
        ("7", 7.0),
        (" 7 ", 7.0),
        ("0", 0.0),
        ("999999999999999999999999", 60.0),
        ("Sun, 01 Mar 2026 12:00:20 GMT", 20.0),
        ("Sun, 01 Mar 2026 11:00:00 GMT", 0.0),
        ("Sun, 01 Mar 2099 12:00:00 GMT", 60.0),
        ("-5", 4.0),
        ("soon", 4.0),
        ("", 4.0),
        ("٧", 4.0),
    ],
)
def test_wait_is_what_is_asked_for_within_limits_else_doubled_each_time(header: str | None, seconds: float) -> None:
    assert wait_s(2, header, limits=Limits(), now=NOON) == seconds


@pytest.mark.parametrize(
    ("reply", "reason", "tries"),
    [
        (status(429), "too_busy", 3),
        (status(500), "out_of_order", 3),
        (cut_short, "broken_answer", 3),
        (status(400), "refused", 1),
        (status(401), "key_refused", 1),
        (status(403), "key_refused", 1),
        (status(204), "refused", 1),
        (body(b"<html><h1>Maintenance</h1></html>", content_type="text/html"), "not_json", 1),
        (lambda handler: handler.send(404, b"<html>no such page</html>"), "not_found", 1),
        (body(b'{"success": true, "data": [{"giga_id'), "not_json", 1),
        (body(b""), "not_json", 1),
        (body(b'{"success": true, "data": [NaN]}'), "not_json", 1),
        (body(b"[" * 100_000), "not_json", 1),
        (body(b"\xff\xfe[]"), "not_json", 1),
        (body(b'[{"school_name": "\\ud800"}]'), "not_json", 1),
        (body(b"[" + b"{}," * 1_000_001 + b"{}]"), "too_large", 1),
        (lambda handler: handler.send(404, b'{"message": "' + b"x" * 70_000 + b'"}'), "not_found", 1),
        (body(b'{"success": false, "data": []}'), "refused", 1),
        (body(b'{"message": "sorry"}'), "schema_changed", 1),
        (body(b'"sorry"'), "schema_changed", 1),
        (body(b"[1, 2]"), "schema_changed", 1),
        (body(b'{"data": {"rows": []}}'), "schema_changed", 1),
        (records(*[location(number) for number in range(4)]), "page_too_long", 1),
        (records({"id": 1, "name": "School 1"}), "schema_changed", 1),
        (records(location(1, giga_id_school=17)), "schema_changed", 1),
        (records(location(1, latitude=[50, 70])), "schema_changed", 1),
        (records(location(1, latitude=True)), "schema_changed", 1),
        (records(location(1, school_name={"en": "First"})), "schema_changed", 1),
        (records(location(1, school_name="x" * 5000)), "schema_changed", 1),
        (body(b"x", content_encoding="br"), "broken_answer", 3),
        (body(b"not gzip", content_encoding="gzip"), "broken_answer", 3),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_no_list_is_refused_for_what_it_is(interface: Interface, reply: Behaviour, reason: str, tries: int) -> None:
    interface.always = reply

    assert fault(interface) == reason
    assert len(interface.asked) == tries


def test_not_found_with_gigas_message_means_no_data(interface: Interface) -> None:
    interface.always = status(404)

    assert names(interface) == []


def test_nobody_there_is_said(interface: Interface) -> None:
    with Client("http://127.0.0.1:1/api/v1", KEYS, limits=QUICK) as client, pytest.raises(SourceFailed) as caught:
        client.records(LOCATIONS, PATH)

    assert caught.value.reason == "unreachable"


@pytest.mark.parametrize("how", ["hang", "drip", "drip_headers"])
def test_call_that_does_not_end_is_ended(interface: Interface, how: str) -> None:
    interface.always = getattr(interface, how)

    assert fault(interface, replace(QUICK, attempts=1, call_s=0.2)) == "too_slow"


def test_pull_that_would_take_too_long_is_ended(interface: Interface) -> None:
    interface.always = interface.hang

    assert fault(interface, replace(QUICK, attempts=1000, pull_s=0.3, call_s=0.1)) == "too_slow"


@pytest.mark.parametrize(
    "reply",
    [endless, body(GZIP_BOMB, content_encoding="gzip"), body(b" " * (2**20 * 50 + 1))],
    ids=["without a length", "bomb", "a byte too many"],
)
def test_answer_over_50_mb_is_given_up(interface: Interface, reply: Behaviour) -> None:
    interface.always = reply

    assert fault(interface, replace(QUICK, call_s=20.0)) == "too_large"
    assert len(interface.asked) == 1


def test_proxy_never_sees_a_key_that_goes_without_tls(interface: Interface, monkeypatch: pytest.MonkeyPatch) -> None:
    interface.lists["schools_location"] = [location(1)]
    monkeypatch.delenv("NO_PROXY")
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")

    assert names(interface) == ["School 1"]


def test_size_of_a_chunk_is_not_read_without_end(interface: Interface) -> None:
    interface.always = endless_chunk_size

    assert fault(interface, replace(QUICK, attempts=1)) == "broken_answer"


def test_certificate_that_nobody_vouches_for_is_refused_before_the_key_is_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with running(certificate=SELF_SIGNED) as interface:
        assert fault(interface) == "tls_failed"
        assert interface.asked == []


def test_certificate_that_the_machine_trusts_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(SELF_SIGNED))
    with running(certificate=SELF_SIGNED) as interface:
        interface.lists["schools_location"] = [location(1)]
        assert names(interface) == ["School 1"]


def test_all_answers_together_have_a_limit_too(interface: Interface) -> None:
    interface.lists["schools_location"] = [location(number) for number in range(30)]

    assert fault(interface, replace(QUICK, pull_bytes=3000)) == "too_large"


@pytest.mark.parametrize(
    "target",
    [
        "http://localhost:{port}/api/v1/x",
        "http://127.0.0.1:1/api/v1/x",
        "//example.org/",
        "http://user:word@127.0.0.1:{port}/",
        "ftp://127.0.0.1/",
        "file:///etc/passwd",
        "http://[broken/",
        "",
    ],
)
def test_redirect_to_another_place_is_refused(interface: Interface, target: str) -> None:
    interface.always = status(302, location=target.format(port=interface.address.split(":")[2].split("/")[0]))

    assert fault(interface) == "redirected"
    assert len(interface.asked) == 1


def test_redirect_on_the_same_host_is_followed_a_few_times(interface: Interface) -> None:
    interface.lists["schools_location"] = [location(1)]
    interface.next_replies = [status(307, location="/api/v1/schools_location/KAZ?page=1&size=3")]

    assert names(interface) == ["School 1"]
    assert [path for path, _, _ in interface.asked] == ["/api/v1/schools_location/country/KAZ", "/api/v1/schools_location/KAZ"]


def test_body_of_a_redirect_is_not_read(interface: Interface) -> None:
    interface.always = interface.drip_redirect

    assert fault(interface) == "redirected"


def test_redirect_in_a_circle_ends(interface: Interface) -> None:
    interface.always = status(302, location="/api/v1/again")

    assert fault(interface) == "redirected"
    assert len(interface.asked) == 4


def test_redirect_may_add_tls_and_never_take_it_away() -> None:
    assert redirect_target("http://giga.example/a", "https://giga.example/b") == "https://giga.example/b"
    with pytest.raises(SourceFailed, match="another place"):
        redirect_target("https://giga.example/a", "http://giga.example/b")


@pytest.mark.parametrize("is_shuffled", [False, True], ids=["as it was", "in another order"])
def test_page_that_comes_again_for_ever_is_noticed(interface: Interface, is_shuffled: bool) -> None:
    same = [location(1), location(2), location(3)]
    interface.next_replies = [records(*same), records(*(reversed(same) if is_shuffled else same))]

    assert fault(interface) == "repeated_page"
    assert len(interface.asked) == 2


def test_list_that_never_ends_is_ended(interface: Interface) -> None:
    interface.lists["schools_location"] = [location(number) for number in range(100)]

    assert fault(interface) == "too_many_pages"
    assert len(interface.asked) == QUICK.pages


def test_answer_that_repeats_a_key_is_not_kept(interface: Interface) -> None:
    interface.always = records(location(1, school_name=f"School {KEYS['schools_profile']}"))

    assert fault(interface) == "key_repeated"


def test_null_as_text_and_missing_fields_are_nothing(interface: Interface) -> None:
    bare = {"giga_id_school": "a", "latitude": "null", "longitude": None, "school_name": " null "}
    interface.lists["schools_location"] = [bare, location(2)]

    with Client(interface.address, KEYS, limits=QUICK) as client:
        first = client.records(LOCATIONS, PATH).to_pylist()[0]

    assert first == dict.fromkeys(LOCATIONS.kinds) | {"giga_id_school": "a"}
