"""One request and its answer over HTTP, whatever the other side does: in bounded time, of bounded size, from the host that was asked.

The only module that speaks HTTP. It knows nothing of what is asked for. No message holds a byte that the other side sent.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass
from http.cookiejar import DefaultCookiePolicy
from socket import SHUT_RDWR
from types import MappingProxyType
from typing import Any, TypeVar
from urllib.parse import SplitResult, urljoin, urlsplit

import requests
from requests.adapters import HTTPAdapter

from geo.errors import SourceFailed
from geo.giga.limits import MEGABYTE, Limits

T = TypeVar("T")

CHUNK_BYTES = 65_536
MAX_REDIRECTS = 3
REDIRECTS = frozenset({301, 302, 303, 307, 308})
READABLE_ENCODINGS = frozenset({"", "identity", "gzip"})
LIBRARY_FAULTS = (requests.RequestException, requests.exceptions.BaseHTTPError, OSError, ValueError)  # type: ignore[attr-defined]
"""What the library raises for an exchange that failed; some of it is no exception of its own."""
PROXIES: Mapping[str, str] = MappingProxyType({"http": ""})
"""Proxies are those of the environment, but without TLS none: a proxy would see the key, and this machine alone is asked so."""
DEFAULT_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: status, body after decompression, and the `Retry-After` header as sent (None where there is none)."""

    status: int
    body: bytes
    retry_after: str | None


class _Bearer(requests.auth.AuthBase):
    """Our key in the header; as `auth`, so that a netrc file of this machine never replaces it."""

    def __init__(self, key: str) -> None:
        self._key = key

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Bearer {self._key}"
        return request


class _Session(requests.Session):
    """Looks at no redirect itself: even where it follows none, the library would read the whole body of one, of whatever size."""

    def get_redirect_target(self, resp: requests.Response) -> None:
        """None: we look ourselves."""


class _Adapter(HTTPAdapter):
    """Remembers its newest connections, so that one that the other side keeps dripping into can be closed from outside."""

    def __init__(self) -> None:
        super().__init__(pool_connections=2, pool_maxsize=1)
        self.opened: deque[Any] = deque(maxlen=8)

    def get_connection_with_tls_context(self, *args: Any, **named: Any) -> Any:
        """The pool of a host, whose new connections are remembered."""
        pool: Any = super().get_connection_with_tls_context(*args, **named)
        make = type(pool).ConnectionCls

        def remembered(*made_of: Any, **options: Any) -> Any:
            connection = make(*made_of, **options)
            self.opened.append(connection)
            return connection

        pool.ConnectionCls = remembered
        return pool

    def cut(self) -> None:
        """Close every open connection, also while another thread waits on it."""
        for connection in tuple(self.opened):
            with suppress(OSError, AttributeError):
                connection.sock.shutdown(SHUT_RDWR)


@dataclass(frozen=True, slots=True)
class _Call:
    """One request as it runs in a thread of its own; `timeout` is for the connection and between two reads, in seconds."""

    session: requests.Session
    auth: _Bearer
    timeout: tuple[float, float]
    is_late: threading.Event


class Wire:
    """Asks one interface; kept for the calls of one pull, so that they share a connection. Not safe between threads."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._open()

    def _open(self) -> None:
        self._adapter = _Adapter()
        self._session = _Session()
        self._session.mount("https://", self._adapter)
        self._session.mount("http://", self._adapter)
        self._session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=()))
        self._session.headers.update({"Accept": "application/json", "Accept-Encoding": "gzip", "User-Agent": "qosyl"})

    def close(self) -> None:
        """Close all connections."""
        self._session.close()

    def get(self, url: str, parameters: dict[str, str], *, key: str, seconds: float) -> Answer:
        """Ask once.

        Parameters
        ----------
        seconds
            What the whole of it may take, redirects included.

        Raises
        ------
        SourceFailed
            `unreachable`, `tls_failed`, `too_slow`, `too_large`, `broken_answer`, `redirected`.
        """
        adapter = self._adapter
        call = _Call(self._session, _Bearer(key), (min(self._limits.connect_s, seconds), seconds), threading.Event())
        try:
            return _within(seconds, lambda: self._ask(call, url, parameters))
        except TimeoutError as error:
            call.is_late.set()
            adapter.cut()
            self._open()
            raise SourceFailed("too_slow", f"it did not answer in full within {seconds:.3g} s") from error

    def _ask(self, call: _Call, url: str, parameters: dict[str, str]) -> Answer:
        """Ask, and follow redirects that stay on the host."""
        asked: dict[str, str] | None = parameters
        for _ in range(MAX_REDIRECTS + 1):
            try:
                with call.session.get(
                    url, params=asked, auth=call.auth, timeout=call.timeout, proxies=dict(PROXIES), stream=True, allow_redirects=False
                ) as response:
                    if response.status_code not in REDIRECTS:
                        return Answer(response.status_code, self._body(response, call.is_late), response.headers.get("Retry-After"))
                    url, asked = redirect_target(url, response.headers.get("Location", "")), None
            except LIBRARY_FAULTS as error:
                raise _fault_of(error) from None
        raise SourceFailed("redirected", f"it redirected more than {MAX_REDIRECTS} times")

    def _body(self, response: requests.Response, is_late: threading.Event) -> bytes:
        """The body after decompression, given up as soon as it is too large.

        Read through the standard library's parser of chunks, which bounds the length of every line; that of `iter_content` does not.
        """
        if response.headers.get("Content-Encoding", "").strip().lower() not in READABLE_ENCODINGS:
            raise SourceFailed("broken_answer", "its answer is compressed in a way that was not asked for")
        body = bytearray()
        while not is_late.is_set() and (chunk := response.raw.read(CHUNK_BYTES, decode_content=True)):
            body += chunk
            if len(body) > self._limits.call_bytes:
                raise SourceFailed("too_large", f"one answer has more than {self._limits.call_bytes / MEGABYTE:.3g} MB")
        return bytes(body)


def redirect_target(url: str, location: str) -> str:
    """Where a redirect leads, if it stays on the host.

    The scheme may change from http to https, and the port with it to that of https; nothing else but path and query may.

    Raises
    ------
    SourceFailed
        `redirected`: to another host or port, from https to http, to no address at all.
    """
    try:
        here, there = urlsplit(url), urlsplit(urljoin(url, location))
        is_upgrade = (here.scheme, there.scheme) == ("http", "https") and _port(there) == DEFAULT_PORTS["https"]
        is_here = (there.scheme, _port(there)) == (here.scheme, _port(here)) or is_upgrade
        is_same = bool(location) and there.hostname == here.hostname and is_here
    except ValueError:
        is_same = False
    if not is_same or "@" in there.netloc:
        raise SourceFailed("redirected", "it redirected to another place; only the address that was given is asked")
    return there.geturl()


def _port(address: SplitResult) -> int | None:
    return address.port or DEFAULT_PORTS.get(address.scheme)


def _fault_of(error: Exception) -> SourceFailed:
    """What a failure of the library means; its own text may hold what the other side sent."""
    if isinstance(error, requests.exceptions.SSLError):
        return SourceFailed("tls_failed", "its certificate is not valid, or no secure connection could be made")
    if isinstance(error, requests.exceptions.ReadTimeout):
        return SourceFailed("too_slow", "it stopped answering")
    if isinstance(error, requests.exceptions.ConnectionError | requests.exceptions.Timeout):
        return SourceFailed("unreachable", "no connection could be made, or it was broken off")
    return SourceFailed("broken_answer", "its answer broke off or cannot be read as HTTP")


def _within(seconds: float, work: Callable[[], T]) -> T:
    """Result of some work, at most so many seconds later.

    A thread does it, since a name look-up, a handshake or headers that drip can outlast every time-out of a socket.

    Raises
    ------
    TimeoutError
        It is not done; the thread may go on for a while, and nobody waits for it.
    """
    done: Future[T] = Future()

    def run() -> None:
        try:
            done.set_result(work())
        except BaseException as error:  # noqa: BLE001 - raised again where it is waited for
            done.set_exception(error)

    threading.Thread(target=run, name="source call", daemon=True).start()
    return done.result(timeout=seconds)
