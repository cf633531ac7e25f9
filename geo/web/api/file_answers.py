"""Files as answers: whole or by ranges, from a file that is kept or made for one request, or sent while they are made.

A kept file has a strong tag, so that a broken download goes on where it stopped; each encoding of it is a file with a tag and ranges of its
own. What is made for one request has no ranges: each would make the whole of it again.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from io import BufferedReader
from threading import BoundedSemaphore
from typing import BinaryIO, Self

from flask import Response, request
from werkzeug.exceptions import RequestedRangeNotSatisfiable
from werkzeug.http import parse_range_header

from geo.errors import NotReady
from geo.web.caching import NO_STORE
from geo.web.current import is_signed_in
from geo.web.refusals import Refusal

GZIP = "gzip"
GZIP_LEVEL = 3
"""Three times as fast as the usual level, for files a tenth larger."""
_GZIP_WINDOW = 31
"""A window of 32 kB with gzip's head and tail: https://zlib.net/manual.html (deflateInit2)."""
PART_BYTES = 64 * 1024
"""What is handed to the server at once: it takes 32 of them ahead of a slow reader."""
MOST_SENT = 16
"""Files that a worker sends at once. A slow reader of one holds a thread; half of them are left for everybody else."""
SENDERS = BoundedSemaphore(MOST_SENT)


class Body:
    """What is sent of a file, part by part; it has one of the places for senders until it is closed, or nobody has it any more.

    Raises
    ------
    NotReady
        All places are taken.
    """

    def __init__(self, source: BinaryIO | Iterator[bytes]) -> None:
        self._source = source
        self._has_place = SENDERS.acquire(blocking=False)
        if not self._has_place:
            self.close()
            raise NotReady("Many files are being sent now; ask again in a moment.")

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> bytes:
        raise NotImplementedError

    def close(self) -> None:
        """Let go of the source, which then makes or reads nothing more, and of the place."""
        close = getattr(self._source, "close", None)
        if close is not None:
            close()
        if self._has_place:
            self._has_place = False
            SENDERS.release()

    def __del__(self) -> None:
        self.close()


class FileBody(Body):
    """An open file, read from anywhere in it."""

    def __init__(self, file: BinaryIO) -> None:
        super().__init__(file)
        self._file = file
        self.length = file.seek(0, 2)
        file.seek(0)

    def __next__(self) -> bytes:
        part = self._file.read(PART_BYTES)
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


class SentBody(Body):
    """A file that is sent while it is made."""

    def __init__(self, parts: Iterator[bytes]) -> None:
        super().__init__(parts)
        self._pieces = _pieces(parts)

    def __next__(self) -> bytes:
        return next(self._pieces)


def _pieces(parts: Iterator[bytes]) -> Iterator[bytes]:
    for part in parts:
        for start in range(0, len(part), PART_BYTES):
            yield part[start : start + PART_BYTES]


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
        Value of the header Link; "" where there is none.
    """

    etag: str
    modified: datetime
    cache_control: str
    content_type: str
    file_name: str
    encoding: str = ""
    links: str = ""


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


def passing_answer(made: BinaryIO | Iterator[bytes] | None, marks: Marks) -> Response:
    """What is made for one request as an answer, without ranges; None where only what is said of it is asked for."""
    body = None if made is None else FileBody(made) if isinstance(made, BufferedReader) else SentBody(made)
    # Passed through, else whoever asks for its length would first read it all into memory.
    response = Response(body, direct_passthrough=body is not None)
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
    if marks.links:
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
