"""Kept files as answers: whole, in ranges, or 304. They are mapped rather than read, so that a range costs what it has."""

from __future__ import annotations

import mmap
from datetime import datetime
from pathlib import Path

from flask import Response, request

from geo.web.caching import NO_STORE
from geo.web.current import is_signed_in

CHUNK_BYTES = 256 * 1024


class MappedFile:
    """The bytes of a file from a position on, in chunks, as Werkzeug takes them for ranges; nobody needs to close it.

    A file that is removed meanwhile stays readable.
    """

    def __init__(self, path: Path) -> None:
        with path.open("rb") as file:
            self._pages = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        self._position = 0

    def __len__(self) -> int:
        return len(self._pages)

    def __iter__(self) -> MappedFile:
        return self

    def __next__(self) -> bytes:
        chunk = self._pages[self._position : self._position + CHUNK_BYTES]
        if not chunk:
            raise StopIteration
        self._position += len(chunk)
        return chunk

    def seekable(self) -> bool:
        """Whether `seek` works: always."""
        return True

    def seek(self, position: int) -> None:
        """Go on from a position, in bytes from the begin."""
        self._position = position

    def tell(self) -> int:
        """The position, in bytes from the begin."""
        return self._position


def mapped_answer(path: Path, etag: str, cache_control: str, *, media_type: str, name: str, last_modified: datetime) -> Response:
    """Send a kept file that is not empty as it is; `HEAD` tells its size.

    Parameters
    ----------
    etag
        Tag of the bytes; it is a strong one, since the file has one encoding, so that ranges can be put together.
    name
        What a browser saves it as, of ASCII letters, digits, "-", "_" and ".".
    last_modified
        When the release was published.
    """
    file = MappedFile(path)
    response = Response(file, mimetype=media_type, direct_passthrough=True)
    response.content_length = len(file)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["Cache-Control"] = NO_STORE if is_signed_in() else cache_control
    response.last_modified = last_modified
    response.set_etag(etag)
    return response.make_conditional(request, accept_ranges=True, complete_length=len(file))  # type: ignore[return-value]
