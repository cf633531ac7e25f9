"""Where the service's log goes: one line of JSON a record on standard error; nothing where somebody else already takes it."""

from __future__ import annotations

import json
import logging
import sys
from datetime import UTC, datetime

NAME = "qosyl"
REQUEST = "request"
"""Attribute of a record that carries the members of a request's line."""


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
