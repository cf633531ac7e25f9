"""A small server that speaks Giga's data interface on this machine, and misbehaves where a test tells it to."""

from __future__ import annotations

import gzip
import json
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from geo.giga import Limits

KEYS = {
    "schools_location": "key-of-locations-0f3a",
    "schools_profile": "key-of-profiles-91bc",
    "all_measurements": "key-of-measurements-77de",
}
QUICK = Limits(connect_s=0.5, call_s=0.4, pull_s=5.0, attempts=3, first_wait_s=0.01, longest_wait_s=0.05, page_rows=3, pages=20)
"""Limits under which everything that goes wrong goes wrong soon."""


class Handler(BaseHTTPRequestHandler):
    """Answers one request as its interface says."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: Server

    def do_GET(self) -> None:
        self.server.interface.answer(self)

    def log_message(self, *_: Any) -> None:
        """Keep quiet."""

    def send(self, status: int, body: bytes, **headers: str) -> None:
        """A whole answer; `retry_after="1"` is the header Retry-After."""
        self.send_response(status)
        for name, value in ({"content_type": "application/json", "content_length": str(len(body))} | headers).items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)


class Server(ThreadingHTTPServer):
    """Keeps the interface at hand and is not upset by clients that go away."""

    daemon_threads = True
    interface: Interface

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Keep quiet."""


Behaviour = Callable[[Handler], None]


@dataclass
class Interface:
    """What the server answers.

    `lists` are the records of each endpoint. The next request is answered by the first of `next_replies`, which is then gone; every
    other one by `always`, or where there is none from the lists.
    """

    address: str
    lists: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    is_bare: bool = False
    next_replies: list[Behaviour | None] = field(default_factory=list)
    always: Behaviour | None = None
    asked: list[tuple[str, dict[str, str], dict[str, str]]] = field(default_factory=list)
    is_over: threading.Event = field(default_factory=threading.Event)

    def answer(self, handler: Handler) -> None:
        parts = urlsplit(handler.path)
        query = dict(parse_qsl(parts.query))
        self.asked.append((parts.path, query, {name.lower(): value for name, value in handler.headers.items()}))
        reply = self.next_replies.pop(0) if self.next_replies else self.always
        if reply is not None:
            reply(handler)
        else:
            self.answer_list(handler, parts.path.removeprefix("/api/v1/").split("/")[0], query)

    def answer_list(self, handler: Handler, endpoint: str, query: dict[str, str]) -> None:
        if handler.headers["Authorization"] != f"Bearer {KEYS.get(endpoint)}":
            handler.send(401, b'{"message": "no such key", "status": 401}')
            return
        start = (int(query["page"]) - 1) * int(query["size"])
        found = self.lists.get(endpoint, [])[start : start + int(query["size"])]
        body = found if self.is_bare else {"success": True, "data": found, "timestamp": f"now, request {len(self.asked)}"}
        handler.send(200, json.dumps(body).encode())

    def pages_asked(self, endpoint: str) -> list[str]:
        """Numbers of the pages of an endpoint in the order they were asked for."""
        return [query["page"] for path, query, _ in self.asked if path.startswith(f"/api/v1/{endpoint}")]

    # ways to misbehave

    def hang(self, handler: Handler) -> None:
        """Say nothing until the test is over."""
        self.is_over.wait(5)
        handler.close_connection = True

    def drip(self, handler: Handler) -> None:
        """Send a body that is never whole, a byte at a time, each sooner than any time-out."""
        handler.send_response(200)
        handler.send_header("Content-Length", "100000")
        handler.end_headers()
        while not self.is_over.wait(0.02):
            handler.wfile.write(b" ")

    def drip_headers(self, handler: Handler) -> None:
        """The same before the body begins."""
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nX-Name: ")
        while not self.is_over.wait(0.02):
            handler.wfile.write(b"x")

    def drip_redirect(self, handler: Handler) -> None:
        """A redirect to another host, with a body that is never whole."""
        handler.send_response(302)
        handler.send_header("Location", "https://example.org/")
        handler.send_header("Content-Length", "100000")
        handler.end_headers()
        while not self.is_over.wait(0.02):
            handler.wfile.write(b" ")


def status(code: int, **headers: str) -> Behaviour:
    """An answer with a status and Giga's message."""
    return lambda handler: handler.send(code, json.dumps({"message": "sorry", "status": code}).encode(), **headers)


def body(data: bytes, **headers: str) -> Behaviour:
    """An answer that is fine but for its body."""
    return lambda handler: handler.send(200, data, **headers)


def records(*found: dict[str, Any]) -> Behaviour:
    """An answer with these records, whatever was asked."""
    return body(json.dumps({"success": True, "data": found}).encode())


def cut_short(handler: Handler) -> None:
    """Half of an answer, and the line is closed."""
    handler.send_response(200)
    handler.send_header("Content-Length", "1000")
    handler.end_headers()
    handler.wfile.write(b'{"success": true, "data": [')
    handler.close_connection = True


def endless(handler: Handler) -> None:
    """A body of 60 MB without a length."""
    handler.send_response(200)
    handler.end_headers()
    handler.close_connection = True
    for _ in range(60):
        handler.wfile.write(b" " * 1024 * 1024)


def endless_chunk_size(handler: Handler) -> None:
    """A chunk whose size is 60 MB of digits."""
    handler.send_response(200)
    handler.send_header("Transfer-Encoding", "chunked")
    handler.end_headers()
    handler.close_connection = True
    for _ in range(60):
        handler.wfile.write(b"1" * 1024 * 1024)


SELF_SIGNED = Path(__file__).with_name("self_signed.pem")
GZIP_BOMB = gzip.compress(b" " * 60 * 1024 * 1024, compresslevel=6)


def location(number: int, **other: Any) -> dict[str, Any]:
    """A record of schools_location."""
    return {
        "giga_id_school": giga_id(number),
        "country_iso3_code": "KAZ",
        "school_name": f"School {number}",
        "latitude": 50.5 + number / 1000,
        "longitude": 70.5,
        "education_level": "Secondary",
        "school_data_source": "Ministry",
    } | other


def profile(number: int, **other: Any) -> dict[str, Any]:
    """A record of schools_profile."""
    return {
        "giga_id_school": giga_id(number),
        "country_iso3_code": "KAZ",
        "admin1": "Akmola",
        "admin2": "Unknown",
        "school_area_type": "rural",
        "connectivity": True,
        "connectivity_RT": False,
        "connectivity_RT_datasource": None,
        "connectivity_type": "{ADSL,NULL}",
        "school_data_source": "Ministry",
    } | other


def measurement(number: int, day: str, download_speed: Any, **other: Any) -> dict[str, Any]:
    """A record of all_measurements."""
    return {
        "date": day,
        "giga_id_school": giga_id(number),
        "country_iso3_code": "KAZ",
        "download_speed": download_speed,
        "upload_speed": 1,
        "latency": 20,
        "data_source": "Giga Meter",
    } | other


def giga_id(number: int) -> str:
    """A school's id under Giga."""
    return f"00000000-0000-3000-8000-{number:012d}"


@contextmanager
def running(*, certificate: Path | None = None) -> Iterator[Interface]:
    """A server on a free port of this machine for as long as the block lasts; with a certificate it speaks TLS."""
    server = Server(("127.0.0.1", 0), Handler)
    if certificate is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    interface = Interface(f"http{'s' if certificate else ''}://127.0.0.1:{server.server_port}/api/v1")
    server.interface = interface
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield interface
    finally:
        interface.is_over.set()
        server.shutdown()
        thread.join()
        server.server_close()
