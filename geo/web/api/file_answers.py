"""Files as answers: whole or by ranges, from a file that is kept or made for one request, or sent while they are made.

A kept file has a strong tag, so that a broken download goes on where it stopped; each encoding of it is a file with a tag and ranges of its
own. What is made for one request has no ranges: each would make the whole of it again.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import BinaryIO

from flask import Response, request
from werkzeug.exceptions import RequestedRangeNotSatisfiable
from werkzeug.http import parse_range_header

from geo.web.caching import NO_STORE
from geo.web.current import is_signed_in
from geo.web.refusals import Refusal

GZIP = "gzip"
GZIP_LEVEL = 3
"""Three times as fast as the usual level, for files a tenth larger."""
_GZIP_WINDOW = 31
"""A window of 32 kB with gzip's head and tail: https://zlib.net/manual.html (deflateInit2)."""
BUFFER_BYTES = 256 * 1024


class FileBody:
    """An open file as the body of an answer: read in parts, from anywhere in it, and closed with the answer or when nobody has it."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.length = file.seek(0, 2)
        file.seek(0)

    def __iter__(self) -> FileBody:
        return self

    def __next__(self) -> bytes:
        part = self._file.read(BUFFER_BYTES)
        if not part:
            raise StopIteration
        return part

    def seekable(self) -> bool:
        """Whether a range can begin anywhere: yes."""
        return True

    def seek(self, place: int) -> int:
        """Go to a byte."""
        return self._file.seek(place)

    def tell(self) -> int:
        """The byte that is read next."""
        return self._file.tell()

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def __del__(self) -> None:
        self._file.close()


@dataclass(frozen=True)
class Sent:
    """A file that is sent while it is made: its parts."""

    parts: Iterator[bytes]

    def __iter__(self) -> Iterator[bytes]:
        return self.parts


@dataclass(frozen=True)
class Marks:
    """What an answer says of its file.

    Parameters
    ----------
    etag
        Tag of the content in its encoding.
    modified
        When the content was made known: the moment the release was published.
    cache_control
        How long it may be kept.
    content_type, file_name
        Type with its charset, and the name to save the file under.
    encoding
        "gzip", or "" where the bytes are the file's own.
    links
        Value of the header Link.
    """

    etag: str
    modified: datetime
    cache_control: str
    content_type: str
    file_name: str
    encoding: str
    links: str


def wanted_encoding(*, is_text: bool) -> str:
    """Encoding that the present request takes, of those that pay: text shrinks to a tenth, the other formats are packed already."""
    return GZIP if is_text and request.accept_encodings[GZIP] > 0 else ""


def gzipped(parts: Iterable[bytes]) -> Iterator[bytes]:
    """Parts of a file as parts of a gzip file; equal content gives equal bytes."""
    packer = zlib.compressobj(GZIP_LEVEL, zlib.DEFLATED, _GZIP_WINDOW)
    for part in parts:
        packed = packer.compress(part)
        if packed:
            yield packed
    yield packer.flush()


def known_answer(marks: Marks, *, is_kept: bool) -> Response:
    """The empty answer to somebody who has the file already."""
    response = Response(status=304)
    _mark(response, marks, is_strong=is_kept)
    return response


def kept_answer(file: BinaryIO, marks: Marks) -> Response:
    """A kept file as an answer, whole or the range that is asked for; it is closed with the answer.

    Raises
    ------
    Refusal
        416: the range begins behind the end of the file.
    """
    body = FileBody(file)
    response = Response(body, direct_passthrough=True)
    response.content_length = body.length
    _mark(response, marks, is_strong=True)
    takes_range = request.method == "GET" and _is_one_range()
    try:
        response.make_conditional(request.environ, accept_ranges=True, complete_length=body.length if takes_range else None)
    except RequestedRangeNotSatisfiable as error:
        response.close()
        detail = f"The file has {body.length} bytes; the range that was asked for lies behind them."
        raise Refusal(416, "range_not_satisfiable", detail, headers={"Content-Range": f"bytes */{body.length}"}) from error
    return response


def passing_answer(made: BinaryIO | Sent | None, marks: Marks) -> Response:
    """What is made for one request as an answer, without ranges; None where only what is said of it is asked for."""
    body = made if made is None or isinstance(made, Sent) else FileBody(made)
    response = Response(body, direct_passthrough=isinstance(body, FileBody))
    response.headers["Accept-Ranges"] = "none"
    _mark(response, marks, is_strong=False)
    if isinstance(body, FileBody):
        response.content_length = body.length
    elif body is None:
        response.automatically_set_content_length = False
        response.headers.pop("Content-Length", None)
    return response


def _is_one_range() -> bool:
    """Whether one range of bytes is asked for: other units and several ranges at once may be answered by the whole, and are.

    Source: RFC 9110, 14.2.
    """
    asked = parse_range_header(request.headers.get("Range"))
    return asked is not None and asked.units == "bytes" and len(asked.ranges) == 1


def _mark(response: Response, marks: Marks, *, is_strong: bool) -> None:
    response.headers["Content-Type"] = marks.content_type
    response.headers["Content-Disposition"] = f'attachment; filename="{marks.file_name}"'
    response.headers["Link"] = marks.links
    response.last_modified = marks.modified
    if marks.encoding:
        response.headers["Content-Encoding"] = marks.encoding
    # Encodings are chosen here: whatever else could pack the answer would break its length, its ranges and its tag.
    request.environ["HTTP_ACCEPT_ENCODING"] = "identity"
    response.vary.add("Accept-Encoding")
    response.headers["Cache-Control"] = NO_STORE if is_signed_in() else marks.cache_control
    if not is_signed_in():
        response.set_etag(marks.etag, weak=not is_strong)
