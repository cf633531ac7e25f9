"""Where the service's log goes: one line of JSON a record on standard error; nothing where somebody else already takes it."""

from __future__ import annotations

import json
import logging
import sys
import time
from collections.abc import Iterable
from datetime import UTC, datetime

NAME = "qosyl"
REQUEST = "request"
"""Attribute of a record that carries the members of a request's line."""
LOGGER = logging.getLogger("qosyl.request")


class JSONLines(logging.Formatter):
    """One line a record: line breaks and control characters of what is logged are escaped, so that no line can be forged."""

    def format(self, record: logging.LogRecord) -> str:
        """The record as JSON: time, level, message, what the record carries about its request, and the traceback where there is one."""
        moment = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        members = {"time": moment, "level": record.levelname.lower(), "message": record.getMessage()}
        members |= getattr(record, REQUEST, {})
        request_id = getattr(record, "request_id", None)
        members |= {"request_id": request_id} if request_id else {}
        members |= {"traceback": self.formatException(record.exc_info)} if record.exc_info else {}
        return json.dumps(members)


def configure() -> None:
    """Send the service's records to standard error, once a process, unless a handler takes them already."""
    logger = logging.getLogger(NAME)
    if logger.level != logging.INFO:  # setting it empties what every logger remembers, which is no work for each request
        logger.setLevel(logging.INFO)
    if not logger.hasHandlers():
        handler = logging.StreamHandler(sys.stderr)
        handler.setFormatter(JSONLines())
        logger.addHandler(handler)


def log_request(
    request_id: str,
    method: str,
    path: str,
    names: Iterable[str],
    *,
    status: int,
    size: int | None,
    started: float,
    key_id: int | None = None,
) -> None:
    """Write one line a request: names of parameters, never their values.

    Parameters
    ----------
    size
        Bytes of the answer's body; None where it is not known before it is sent.
    started
        When the request came, on the clock of `time.perf_counter`.
    """
    members = {
        "request_id": request_id,
        "method": method[:10],
        "path": path[:200],
        "parameters": sorted(name[:30] for name in names)[:20],
        "status": status,
        "bytes": size,
        "milliseconds": round((time.perf_counter() - started) * 1000, 1),
        "key_id": key_id,
    }
    if LOGGER.isEnabledFor(logging.INFO):  # without a search for the calling line, which no record shows
        LOGGER.handle(LOGGER.makeRecord(LOGGER.name, logging.INFO, __file__, 0, "request", (), None, extra={REQUEST: members}))
