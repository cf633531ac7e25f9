"""Giga's data interface: lists by page, tried again where that helps, with a stop for every way of never ending.

What is asked and answered: https://uni-ooi-giga-maps-service.azurewebsites.net/api/v1, a Bearer key for each endpoint, pages from 1, no
total. What an answer holds is read by `geo.giga.answers`.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from types import TracebackType
from typing import Self

import pyarrow as pa
import pyarrow.compute as pc

from geo.errors import SourceFailed
from geo.giga.answers import Shape, is_message, records_of, table_of
from geo.giga.limits import MEGABYTE, Limits
from geo.giga.wire import Answer, Wire

PASSING_STATUSES = frozenset({429, 500, 502, 503, 504})
PASSING_FAULTS = frozenset({"unreachable", "too_slow", "broken_answer"})
"""Faults that may be gone a little later; the others would be the same again."""
SHORTEST_KEY_LOOKED_FOR = 8
"""A shorter key may stand in an answer by chance."""


class Client:
    """One pull's conversation with the interface. Use it as a context manager.

    Parameters
    ----------
    keys
        Endpoint → key.
    sleep
        Waits so many seconds.
    told
        Takes what is being done, for a person who waits.
    """

    def __init__(
        self,
        base_url: str,
        keys: Mapping[str, str],
        *,
        limits: Limits | None = None,
        sleep: Callable[[float], None] = time.sleep,
        told: Callable[[str], object] = lambda _: None,
    ) -> None:
        self._base_url = base_url.rstrip("/")
        self._keys = dict(keys)
        self._limits = limits or Limits()
        self._sleep = sleep
        self._told = told
        self._wire = Wire(self._limits)
        self._bytes = 0
        self._ends = time.monotonic() + self._limits.pull_s

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._wire.close()

    def records(self, shape: Shape, path: str, parameters: Mapping[str, str] | None = None) -> pa.Table:
        """A whole list, page by page.

        Parameters
        ----------
        shape
            The endpoint and the fields of its records.
        path
            Path below the base address.

        Returns
        -------
        One row a record, in the order sent, with the columns of the shape as text; no rows where the interface has no data.

        Raises
        ------
        SourceFailed
            Anything else than the list as the interface describes it, in bounded time; nothing is returned in part.
        """
        tables = list(self._pages(shape, path, dict(parameters or {})))
        if not tables:
            return table_of([], shape)
        whole = pa.concat_tables(tables).combine_chunks()
        shape.check_whole(whole)
        return whole

    def _pages(self, shape: Shape, path: str, parameters: dict[str, str]) -> Iterator[pa.Table]:
        size = self._limits.page_rows
        seen: set[bytes] = set()
        for number in range(1, self._limits.pages + 1):
            self._told(f"{shape.endpoint}: page {number}")
            answer = self._called(shape.endpoint, path, parameters | {"page": str(number), "size": str(size)})
            rows = [] if answer is None else records_of(answer, shape.endpoint)
            if len(rows) > size:
                raise SourceFailed("page_too_long", f"{shape.endpoint}: a page of {size:,} records was asked for, {len(rows):,} came")
            if rows:
                table = table_of(rows, shape)
                _check_new(table, seen, shape.endpoint)
                yield table
            if len(rows) < size:
                return
        raise SourceFailed("too_many_pages", f"{shape.endpoint}: the list has not ended after {self._limits.pages:,} pages")

    def _called(self, endpoint: str, path: str, parameters: dict[str, str]) -> bytes | None:
        """The body of an answer, or None where the interface says that it has no data."""
        for attempt in range(self._limits.attempts):
            is_last = attempt + 1 == self._limits.attempts
            try:
                answer = self._wire.get(f"{self._base_url}/{path}", parameters, key=self._keys[endpoint], seconds=self._seconds_left())
            except SourceFailed as error:
                if is_last or error.reason not in PASSING_FAULTS:
                    raise SourceFailed(error.reason, f"{endpoint}: {error}") from error
                answer = None
            if answer is not None and (is_last or answer.status not in PASSING_STATUSES):
                return self._judged(answer, endpoint)
            self._wait(wait_s(attempt, None if answer is None else answer.retry_after, limits=self._limits, now=datetime.now(UTC)))
        raise SourceFailed("unreachable", f"{endpoint}: it was never asked")

    def _judged(self, answer: Answer, endpoint: str) -> bytes | None:
        self._bytes += len(answer.body)
        if self._bytes > self._limits.pull_bytes:
            raise SourceFailed("too_large", f"all answers together have more than {self._limits.pull_bytes / MEGABYTE:.3g} MB")
        if answer.status == 404 and is_message(answer.body):
            return None
        if answer.status != 200:
            raise SourceFailed(*_refusal_of(answer.status, endpoint))
        if any(len(key) >= SHORTEST_KEY_LOOKED_FOR and key.encode() in answer.body for key in self._keys.values()):
            raise SourceFailed("key_repeated", f"{endpoint}: the answer repeats a key; nothing of it is kept")
        return answer.body

    def _seconds_left(self) -> float:
        """Seconds that the next call may take.

        Raises
        ------
        SourceFailed
            `too_slow`: the pull has used up its time.
        """
        left = self._ends - time.monotonic()
        if left <= 0:
            raise SourceFailed("too_slow", f"the pull was not done within {self._limits.pull_s:,.0f} s")
        return min(left, self._limits.call_s)

    def _wait(self, seconds: float) -> None:
        self._sleep(max(0.0, min(seconds, self._ends - time.monotonic())))


def wait_s(attempt: int, retry_after: str | None, *, limits: Limits, now: datetime) -> float:
    """Seconds to wait after a try that failed.

    Parameters
    ----------
    attempt
        Tries before this one.
    retry_after
        The header as sent: seconds or an HTTP date (RFC 9110, 10.2.3); anything else counts as none.
    """
    asked = None if retry_after is None else _asked_s(retry_after.strip(), now)
    backed_off = limits.first_wait_s * 2.0**attempt
    return min(backed_off if asked is None else max(asked, 0.0), limits.longest_wait_s)


def _asked_s(text: str, now: datetime) -> float | None:
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    return ((moment if moment.tzinfo else moment.replace(tzinfo=UTC)) - now).total_seconds()


def _refusal_of(status: int, endpoint: str) -> tuple[str, str]:
    if status in (401, 403):
        return "key_refused", f"{endpoint}: the key was refused ({status}); it may have expired, or be one for another endpoint"
    if status == 404:
        return "not_found", f"{endpoint}: there is no such interface at the base address (404)"
    if status == 429:
        return "too_busy", f"{endpoint}: it kept asking to come back later (429)"
    if status in PASSING_STATUSES:
        return "out_of_order", f"{endpoint}: it kept failing ({status})"
    return "refused", f"{endpoint}: it answered {status}"


def _check_new(table: pa.Table, seen: set[bytes], endpoint: str) -> None:
    """Refuse a page whose records came before, in whatever order."""
    rows = pc.binary_join_element_wise(*table.itercolumns(), "\x1f", null_handling="replace", null_replacement="\x1e").combine_chunks()
    in_order = rows.take(pc.sort_indices(rows))
    digest = hashlib.sha256(b"".join(buffer.to_pybytes() for buffer in in_order.buffers() if buffer is not None)).digest()
    if digest in seen:
        raise SourceFailed("repeated_page", f"{endpoint}: a page came twice; the list would never end")
    seen.add(digest)
