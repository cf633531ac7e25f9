"""Keeps the bytes of public answers by their ETag, compressed as they were asked for, up to a fixed amount of memory."""

from __future__ import annotations

import gzip
from collections import OrderedDict
from dataclasses import dataclass
from functools import lru_cache
from threading import Lock

import brotli  # type: ignore[import-untyped]
import pyarrow as pa
from werkzeug.http import parse_accept_header

MAX_BYTES = 32 * 1024 * 1024
"""What one worker keeps in all."""
MAX_ANSWER_BYTES = 2 * 1024 * 1024
"""Larger answers are made again."""
MIN_COMPRESSED_BYTES = 500
BROTLI_QUALITY = 5
GZIP_LEVEL = 6
ZSTD_LEVEL = 9
"""Its window is 4 MB, half of what clients must take (RFC 9659)."""
QUICK_LEVEL = 3
"""Of all three, for data that hardly anybody asks for twice: a page of items would else take longer to pack than to make."""
ENCODINGS = ("zstd", "br", "gzip")
"""Encodings that are offered, the preferred one first: at these levels zstd makes the smallest answers in the least time."""


@dataclass(frozen=True, slots=True)
class Answer:
    """Body of an answer and the headers that belong to it."""

    body: bytes
    headers: tuple[tuple[str, str], ...]


@lru_cache(maxsize=256)
def chosen_encoding(accepted: str) -> str:
    """The encoding of `ENCODINGS` that an Accept-Encoding header likes best, the first of equals; "" for plain bytes.

    Takes "gzip, br;q=0.5", "*"; "br;q=0, *" is any other; "identity, gzip;q=0.5" and "" are plain bytes (RFC 9110, 12.5.3).
    """
    qualities = parse_accept_header(accepted)
    best = max(ENCODINGS, key=lambda name: qualities[name])
    plain = max((quality for name, quality in qualities if name == "identity"), default=0)
    return best if qualities[best] > 0 and qualities[best] >= plain else ""


def encoded(body: bytes, encoding: str, *, is_quick: bool = False) -> bytes:
    """Bytes in an encoding of `ENCODINGS`; a fifth larger but in a half to a seventh of the time where they are wanted quickly."""
    zstd, br, level = (QUICK_LEVEL,) * 3 if is_quick else (ZSTD_LEVEL, BROTLI_QUALITY, GZIP_LEVEL)
    if encoding == "zstd":
        return bytes(pa.Codec("zstd", compression_level=zstd).compress(body, asbytes=True))
    return bytes(brotli.compress(body, quality=br)) if encoding == "br" else gzip.compress(body, level, mtime=0)


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
