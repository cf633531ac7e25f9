"""Keeps the bytes of public answers by their ETag, compressed as they were asked for, up to a fixed amount of memory."""

from __future__ import annotations

import gzip
from collections import OrderedDict
from dataclasses import dataclass
from threading import Lock

import brotli  # type: ignore[import-untyped]

MAX_BYTES = 32 * 1024 * 1024
"""What one worker keeps in all."""
MAX_ANSWER_BYTES = 2 * 1024 * 1024
"""Larger answers are made again."""
MIN_COMPRESSED_BYTES = 500
BROTLI_QUALITY = 5
GZIP_LEVEL = 6
ENCODINGS = ("br", "gzip")
"""Encodings that are offered, the preferred one first."""


@dataclass(frozen=True, slots=True)
class Answer:
    """Body of an answer and the headers that belong to it."""

    body: bytes
    headers: tuple[tuple[str, str], ...]


def encoded(body: bytes, encoding: str) -> bytes:
    """Bytes in an encoding of `ENCODINGS`."""
    return bytes(brotli.compress(body, quality=BROTLI_QUALITY)) if encoding == "br" else gzip.compress(body, GZIP_LEVEL, mtime=0)


class AnswerMemory:
    """The answers asked for last; safe to share between threads."""

    def __init__(self, max_bytes: int = MAX_BYTES) -> None:
        self._max_bytes = max_bytes
        self._bytes = 0
        self._kept: OrderedDict[tuple[str, str], Answer] = OrderedDict()
        self._lock = Lock()

    def get(self, etag: str, encoding: str) -> Answer | None:
        """The answer with a tag in an encoding ("" is none), or None."""
        with self._lock:
            answer = self._kept.get((etag, encoding))
            if answer is not None:
                self._kept.move_to_end((etag, encoding))
            return answer

    def keep(self, etag: str, encoding: str, answer: Answer) -> None:
        """Keep an answer; the ones asked for longest ago make room for it."""
        if len(answer.body) > min(MAX_ANSWER_BYTES, self._max_bytes):
            return
        with self._lock:
            former = self._kept.pop((etag, encoding), None)
            self._bytes += len(answer.body) - (len(former.body) if former else 0)
            self._kept[(etag, encoding)] = answer
            while self._bytes > self._max_bytes:
                _, oldest = self._kept.popitem(last=False)
                self._bytes -= len(oldest.body)

    def __len__(self) -> int:
        return len(self._kept)
