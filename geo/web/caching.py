"""How long answers may be kept and how they are recognised: ETag, Cache-Control, 304, compression.

An ETag names the release by its sha256, the canonical query, the media type, the language and the software version: everything
a public answer depends on. It is weak because one answer has several encodings.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping

from flask import Flask, Response, current_app, request
from flask_compress import Compress

from geo import __version__
from geo.web.answer_memory import ENCODINGS, MIN_COMPRESSED_BYTES, ZSTD_LEVEL, Answer, AnswerMemory, chosen_encoding, encoded
from geo.web.current import is_signed_in
from geo.web.languages import chosen_language, language
from geo.web.recall import KEPT_AS

MEMORY = "qosyl_answers"
DEFAULTS = "qosyl_default_answers"
MAX_DEFAULT_BYTES = 16 * 1024 * 1024
"""What a worker keeps, besides, of the answers that everybody asks for, so that many filters do not push them out."""
NO_STORE = "no-store"
CURRENT = "public, max-age=0, must-revalidate"
"""For answers about the current release: kept, but asked for anew each time; the answer then is a 304."""
FIXED_RELEASE = "public, max-age=86400, immutable"
"""For answers of the API that name a release by id: its figures never change, so nobody asks again meanwhile. A day and not longer, since a
release may be withdrawn, and the norm that is meant where none is named may be set anew."""
PAGE_PART = "public, max-age=300"
"""For parts of pages that name a release by id: they must fit the scripts of the software that answers."""
IMMUTABLE = "public, max-age=31536000, immutable"
"""For addresses that name a release by id and sha256 and the format of the answer."""
DATA_TYPES = frozenset(("application/json", "application/geo+json", "text/csv"))
"""Types of answers whose filters are seldom asked for twice."""
COMPRESSED_TYPES = [
    "text/html",
    "text/css",
    "text/csv",
    "text/plain",
    "text/javascript",
    "application/json",
    "application/geo+json",
    "application/problem+json",
    "application/octet-stream",
    "application/vnd.mapbox-vector-tile",
    "application/vnd.oai.openapi+json",
    "image/svg+xml",
]


def etag_of(release_sha256: str, query: Mapping[str, str], media_type: str, *, has_words: bool = True) -> str:
    """Tag of an answer to the present request.

    Parameters
    ----------
    release_sha256
        sha256 of the release file; "" where nothing has been published.
    query
        Canonical parameters (`geo.web.params.parameters_of` and what else the address takes).
    has_words
        Whether the answer has words of a language.
    """
    # An address that names its language hands it on to every link of the page; one that does not, does not. The API's data speaks the
    # language of the address alone.
    is_data = media_type != "text/html" and request.path.startswith("/api/")
    spoken = f"{'' if is_data else language()} {chosen_language() or ''}" if has_words else ""
    parts = [release_sha256, request.path, *(f"{name}={query[name]}" for name in sorted(query)), media_type, spoken, __version__]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:32]


def is_known(etag: str) -> bool:
    """Whether the asker already has the answer with this tag, so that it need not be made; never for signed-in people."""
    return not is_signed_in() and request.method in ("GET", "HEAD") and request.if_none_match.contains_weak(etag)


def not_modified(etag: str, cache_control: str) -> Response:
    """The empty answer to somebody who has the answer already."""
    return cached(Response(status=304), etag, cache_control)


def cached(response: Response, etag: str, cache_control: str, *, has_words: bool = True) -> Response:
    """Mark an answer with its tag and how long it may be kept; a signed-in person's answer is not kept at all."""
    if is_signed_in():
        response.headers["Cache-Control"] = NO_STORE
        return response
    response.set_etag(etag, weak=True)
    response.headers["Cache-Control"] = cache_control
    if has_words:
        response.vary.update(("Accept", "Accept-Language"))
    return response.make_conditional(request)  # type: ignore[return-value]


def answered(etag: str, cache_control: str, make: Callable[[], Response], *, has_words: bool = True, is_default: bool = False) -> Response:
    """Answer a public read: 304 to somebody who has the answer, the bytes kept from last time, or those that `make` makes now.

    Parameters
    ----------
    has_words
        Whether the answer has words of a language.
    is_default
        Whether it is one that everybody asks for, which answers to a few do not push out of memory.
    """
    if is_known(etag):
        request.environ[KEPT_AS] = request.endpoint, None
        return cached(Response(status=304), etag, cache_control, has_words=has_words)
    if is_signed_in():
        return cached(make(), etag, cache_control)
    memory: AnswerMemory = current_app.extensions[DEFAULTS if is_default else MEMORY]
    encoding = chosen_encoding(request.headers.get("Accept-Encoding", ""))
    answer = memory.get(etag, encoding)
    if answer is None:
        answer = _as_answer(make(), encoding)
        memory.keep(etag, encoding, answer)
    request.environ[KEPT_AS] = request.endpoint, (memory, etag, encoding)
    response = Response(answer.body, headers=dict(answer.headers))
    return cached(response, etag, cache_control, has_words=has_words)


def _as_answer(made: Response, encoding: str) -> Answer:
    """A response as what is kept of it: body, type, links, and name to save it under."""
    headers = {name: made.headers[name] for name in ("Content-Type", "Content-Disposition", "Link") if name in made.headers}
    body = made.get_data()
    if encoding and made.mimetype in COMPRESSED_TYPES and len(body) >= MIN_COMPRESSED_BYTES:
        is_data = made.mimetype in DATA_TYPES and request.path.startswith("/api/")
        return Answer(encoded(body, encoding, is_quick=is_data), (*headers.items(), ("Content-Encoding", encoding)))
    return Answer(body, tuple(headers.items()))


def _never_keep_by_default(response: Response) -> Response:
    """What no route has marked is not kept."""
    if is_signed_in():
        response.headers["Cache-Control"] = NO_STORE
        response.headers.pop("ETag", None)
    response.headers.setdefault("Cache-Control", NO_STORE)
    return response


def register(app: Flask) -> None:
    """Let an application compress its answers and mark those that no route marked."""
    app.config.update(
        COMPRESS_MIMETYPES=COMPRESSED_TYPES,
        COMPRESS_ALGORITHM=[*ENCODINGS],
        COMPRESS_ALGORITHM_STREAMING=["zstd", "br"],
        COMPRESS_BR_LEVEL=5,
        COMPRESS_ZSTD_LEVEL=ZSTD_LEVEL,
    )
    app.extensions[MEMORY] = AnswerMemory()
    app.extensions[DEFAULTS] = AnswerMemory(MAX_DEFAULT_BYTES)
    Compress(app)
    app.after_request(_never_keep_by_default)
