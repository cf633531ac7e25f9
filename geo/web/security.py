"""What every request is held to and every answer carries: lengths, encodings, request id, security headers, one log line."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable

from flask import Flask, Response, g, request
from werkzeug.middleware.proxy_fix import ProxyFix

from geo.config import Settings
from geo.web import logs
from geo.web.configuration import UNSAFE_METHODS
from geo.web.guard import access_of, is_upload
from geo.web.logs import log_request
from geo.web.refusals import Refusal

MAX_TARGET_BYTES = 15_000
MAX_HEADER_BYTES = 30_000
MAX_HEADERS = 100
MAX_PLAIN_BODY_BYTES = 256 * 1024
"""Bodies that are not uploads: forms and JSON."""

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; font-src 'self'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=(), browsing-topics=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
OPEN_DATA_HEADERS = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "Accept-Ranges, Content-Crs, Content-Disposition, Content-Range, Deprecation, ETag, Last-Modified, "
    "Link, Location, RateLimit, RateLimit-Policy, Repr-Digest, Retry-After, Sunset, X-Request-Id",
    "Cross-Origin-Resource-Policy": "cross-origin",
}
"""For answers that anybody may read: pages of other sites may too, without anybody's key."""
PREFLIGHT_HEADERS = {
    "Access-Control-Allow-Methods": "GET, HEAD",
    "Access-Control-Allow-Headers": "Accept, Accept-Language, If-Match, If-Modified-Since, If-None-Match, If-Range, Range",
    "Access-Control-Max-Age": "86400",
}
"""What a browser that asks first is told besides. Keys and cookies are not among the headers that other sites may send."""
_OPEN_DATA_NAMES = frozenset(name.lower() for name in OPEN_DATA_HEADERS)
_PLAIN = [(name.lower(), (name, value)) for name, value in HEADERS.items()]
_OPEN_DATA = [(name.lower(), (name, value)) for name, value in (HEADERS | OPEN_DATA_HEADERS).items()]


def _check_head() -> None:
    """Refuse addresses and headers no honest client sends."""
    environ = request.environ
    target = len(environ.get("PATH_INFO", "")) + len(environ.get("QUERY_STRING", ""))
    if target > MAX_TARGET_BYTES:
        raise Refusal(414, "uri_too_long", f"An address may have at most {MAX_TARGET_BYTES} bytes.")
    sizes = [len(name) + len(value) for name, value in request.headers]
    if len(sizes) > MAX_HEADERS or sum(sizes) > MAX_HEADER_BYTES:
        detail = f"A request may have at most {MAX_HEADERS} headers of {MAX_HEADER_BYTES} bytes together."
        raise Refusal(431, "headers_too_large", detail)


def _check_body() -> None:
    """Refuse bodies of unstated, excessive or encoded content before a byte of them is read."""
    if request.method not in UNSAFE_METHODS:
        return
    if request.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise Refusal(415, "unsupported_encoding", "Send the body as it is, without Content-Encoding.")
    has_body = "Transfer-Encoding" in request.headers or request.content_type
    if request.content_length is None and has_body:
        raise Refusal(411, "length_required", "Send the body with a Content-Length, not chunked.")
    if not is_upload():
        request.max_content_length = MAX_PLAIN_BODY_BYTES
    limit = request.max_content_length or 0
    if (request.content_length or 0) > limit:
        size = f"{limit // 1024 // 1024} MB" if limit >= 1024 * 1024 else f"{limit // 1024} kB"
        raise Refusal(413, "too_large", f"A body here may have at most {size}.")


def _begin() -> None:
    g.request_id = secrets.token_hex(8)
    g.started = time.perf_counter()


def _is_open_data() -> bool:
    """Whether pages of other sites may read the answer: open data, refusals of reading what is not there, and what allows reading."""
    if request.method not in ("GET", "HEAD", "OPTIONS") or not request.path.startswith("/api/"):
        return False
    access = access_of(request.endpoint)
    return request.method != "OPTIONS" if access is None else access.role is None


def _add_headers(response: Response) -> Response:
    headers = response.headers
    is_open = _is_open_data()
    present = {name.lower() for name in headers.keys()}  # noqa: SIM118 - its own iteration gives pairs
    for name in present & _OPEN_DATA_NAMES if is_open else ():
        headers.remove(name)
    kept = present - _OPEN_DATA_NAMES if is_open else present
    # Added in one pass, since setting each by its name goes through all of them every time.
    headers.extend([pair for name, pair in (_OPEN_DATA if is_open else _PLAIN) if name not in kept])
    if is_open and request.method == "OPTIONS":
        headers.extend(PREFLIGHT_HEADERS)
    headers["X-Request-Id"] = g.get("request_id", "")
    if request.is_secure:
        headers.setdefault("Strict-Transport-Security", "max-age=31536000")
    return response


def _log(response: Response) -> Response:
    log_request(
        g.get("request_id", ""),
        request.method,
        request.path,
        request.args,
        status=response.status_code,
        size=response.calculate_content_length(),
        started=g.get("started", time.perf_counter()),
        key_id=g.get("key_id"),
    )
    return response


def _policy_with_pictures_of(origin: str) -> Callable[[Response], Response]:
    """Let pages show pictures of one other origin: the tiles of BASEMAP_URL."""
    policy = CONTENT_SECURITY_POLICY.replace("img-src 'self'", f"img-src 'self' {origin}")

    def widen(response: Response) -> Response:
        response.headers.setdefault("Content-Security-Policy", policy)
        return response

    return widen


def register(app: Flask, settings: Settings) -> None:
    """Put the checks before and the headers behind everything an application answers."""
    if settings.trusted_proxies:
        count = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=count, x_proto=count, x_host=count)  # type: ignore[method-assign]
    if not settings.testing:
        app.before_request(logs.configure)  # here and not at start, so that commands keep the terminal to themselves
    app.before_request(_begin)
    app.before_request(_check_head)
    app.before_request(_check_body)
    app.after_request(_log)
    app.after_request(_add_headers)
    if settings.basemap_origin:
        app.after_request(_policy_with_pictures_of(settings.basemap_origin))  # what is registered last runs first
