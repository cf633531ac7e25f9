"""Gives an answer that was given before to the very same request, without routing it again, while the releases are the same.

It stands before Flask as an HTTP cache would, and knows what such a cache cannot: whether a release was published or withdrawn since,
which it asks the catalog each time. Only answers that `geo.web.caching.answered` keeps by an ETag come from here, and only to visitors.
"""

from __future__ import annotations

import secrets
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from threading import Lock
from typing import Any, cast

from flask import Flask, Request
from werkzeug.http import http_date

from geo.config import PublicDetail, Settings
from geo.errors import StoreUnavailable
from geo.services.standing import Standing
from geo.services.workspace import Workspace
from geo.web.answer_memory import AnswerMemory
from geo.web.current import WORKSPACE
from geo.web.logs import log_request

RECALL = "qosyl_recall"
"""Name under which an application keeps its memory of requests."""
KEPT_AS = "qosyl.kept_as"
"""Where in the environment of a request `answered` says what it answered: the memory, ETag and encoding of the body, or None for a 304."""
ENDPOINTS = frozenset(
    (
        "coverage.get_coverage",
        "features.get_school_items",
        "pages.map_points",
        "regions.list_regions",
        "tiles.get_tile",
        "tiles.get_tilejson",
        "trend.get_compare",
        "trend.get_trend",
    )
)
"""Routes whose answers depend on their request, on published releases and on nothing else."""
MAX_KEPT = 1_024
"""Requests that are remembered, a few kilobytes each; bodies are in the memory of answers."""
MAX_KEY_CHARACTERS = 4_000
VARYING = (
    "wsgi.url_scheme",
    "HTTP_HOST",
    "SCRIPT_NAME",
    "PATH_INFO",
    "QUERY_STRING",
    "HTTP_ACCEPT",
    "HTTP_ACCEPT_ENCODING",
    "HTTP_ACCEPT_LANGUAGE",
    "HTTP_IF_NONE_MATCH",
)
"""What of a request its answer depends on."""
HARMLESS = frozenset(
    (
        *VARYING,
        "HTTP_CACHE_CONTROL",
        "HTTP_CONNECTION",
        "HTTP_DNT",
        "HTTP_ORIGIN",
        "HTTP_PRAGMA",
        "HTTP_PRIORITY",
        "HTTP_REFERER",
        "HTTP_SEC_CH_UA",
        "HTTP_SEC_CH_UA_MOBILE",
        "HTTP_SEC_CH_UA_PLATFORM",
        "HTTP_SEC_FETCH_DEST",
        "HTTP_SEC_FETCH_MODE",
        "HTTP_SEC_FETCH_SITE",
        "HTTP_USER_AGENT",
        "HTTP_X_FORWARDED_FOR",
        "HTTP_X_FORWARDED_HOST",
        "HTTP_X_FORWARDED_PROTO",
        "HTTP_X_REAL_IP",
    )
)
"""Headers that a request may have besides; one with any other is answered in full. No cookie and no key is among them."""
_MADE_ANEW = ("x-request-id", "date")

Environ = dict[str, Any]
Headers = list[tuple[str, str]]
Application = Callable[[Environ, Callable[..., Any]], Iterable[bytes]]


@dataclass(frozen=True, slots=True)
class _Answered:
    """An answer that was given: when, where its body is kept, and what is told of it."""

    standing: str
    status: str
    headers: tuple[tuple[str, str], ...]
    kept_as: tuple[AnswerMemory, str, str] | None
    path: str
    names: tuple[str, ...]

    def body(self) -> bytes | None:
        """The body; None where the memory has let go of it."""
        if self.kept_as is None:
            return b""
        memory, etag, encoding = self.kept_as
        answer = memory.get(etag, encoding)
        return None if answer is None else answer.body


class Recall:
    """The requests that were answered last; safe to share between threads."""

    def __init__(self, workspace: Workspace) -> None:
        self._standing = Standing(workspace)
        self._known: OrderedDict[tuple[Any, ...], _Answered | None] = OrderedDict()
        self._lock = Lock()

    def answer(self, environ: Environ, start_response: Callable[..., Any], make: Application) -> Iterable[bytes]:
        """Answer a request of WSGI as before, or let the application `make` answer it."""
        started = time.perf_counter()
        key = _key(environ)
        # Only what is asked for a second time is remembered, so that filters nobody asks for again cost nothing.
        if key is None or not self._is_seen(key):
            return make(environ, start_response)
        standing = self._standing_now()
        found = self._known.get(key)
        if standing is not None and found is not None and found.standing == standing:
            body = found.body()
            if body is not None:
                return _given(found, body, start_response, started)
        return make(environ, self._noting(key, standing, environ, start_response))

    def _is_seen(self, key: tuple[Any, ...]) -> bool:
        with self._lock:
            is_seen = key in self._known
            if is_seen:
                self._known.move_to_end(key)
            else:
                self._known[key] = None
                if len(self._known) > MAX_KEPT:
                    self._known.popitem(last=False)
        return is_seen

    def _standing_now(self) -> str | None:
        try:
            return self._standing.now()
        except StoreUnavailable:
            return None

    def _noting(
        self, key: tuple[Any, ...], standing: str | None, environ: Environ, start_response: Callable[..., Any]
    ) -> Callable[..., Any]:
        """What begins an answer and remembers it; `standing` is from before it, so that no answer counts as newer than it is."""

        def start(status: str, headers: Headers, *rest: Any) -> Any:
            endpoint, kept_as = environ.get(KEPT_AS, (None, None))
            if standing is not None and endpoint in ENDPOINTS and _is_plain(status, headers, kept_as):
                told = tuple((name, value) for name, value in headers if name.lower() not in _MADE_ANEW)
                with self._lock:
                    self._known[key] = _Answered(standing, status, told, kept_as, *_told_of(environ))
            return start_response(status, headers, *rest)

        return start


def _is_plain(status: str, headers: Headers, kept_as: object) -> bool:
    """Whether an answer is the one that is kept: 200 or 304, and nobody's own."""
    is_expected = status.startswith("304" if kept_as is None else "200")
    return is_expected and not any(name.lower() in ("set-cookie", "retry-after") for name, _ in headers)


def _key(environ: Environ) -> tuple[Any, ...] | None:
    """What an answer depends on; None for a request that is not a visitor's plain reading."""
    if environ["REQUEST_METHOD"] != "GET" or environ.get("CONTENT_LENGTH") not in (None, "", "0") or environ.get("CONTENT_TYPE"):
        return None
    if "html" in environ.get("HTTP_ACCEPT", "") or "html" in environ.get("QUERY_STRING", ""):
        return None  # a page depends on the files that it loads too
    size = 0
    for name, value in environ.items():
        if name.startswith("HTTP_"):
            if name not in HARMLESS:
                return None
            size += len(value)
    key = tuple(environ.get(name) for name in VARYING)
    return key if size + len(environ.get("PATH_INFO", "")) + len(environ.get("QUERY_STRING", "")) <= MAX_KEY_CHARACTERS else None


def _told_of(environ: Environ) -> tuple[str, tuple[str, ...]]:
    """Path and names of parameters, for the log."""
    request = Request(environ)
    return request.path, tuple(request.args)


def _given(found: _Answered, body: bytes, start_response: Callable[..., Any], started: float) -> Iterable[bytes]:
    request_id = secrets.token_hex(8)
    start_response(found.status, [*found.headers, ("Date", http_date()), ("X-Request-Id", request_id)])
    log_request(request_id, "GET", found.path, found.names, status=int(found.status[:3]), size=len(body), started=started)
    return (body,)


class RecallingFlask(Flask):
    """Flask that looks whether it has answered the very same request before."""

    def wsgi_app(self, environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Answer a request of WSGI."""
        recall: Recall | None = self.extensions.get(RECALL)
        make = cast(Application, super().wsgi_app)
        return make(environ, start_response) if recall is None else recall.answer(environ, start_response, make)


def register(app: Flask, settings: Settings) -> None:
    """Let an application remember requests.

    Where reads are counted every request must be, and where visitors get less than what is published, who asks decides more than a
    request says: there every request is answered in full.
    """
    if not settings.rate_limit_reads and settings.public_detail is PublicDetail.EXACT:
        app.extensions[RECALL] = Recall(app.extensions[WORKSPACE])
