"""The application as clients reach it, with a note of every request: what granian serves for the tests of clients."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable
from typing import Any

from app import create_app

NOTES = "REQUEST_NOTES"
"""Name in the environment of the file that takes the notes, one JSON object a line."""
NOTED = ("REQUEST_METHOD", "PATH_INFO", "QUERY_STRING", "HTTP_ACCEPT", "HTTP_RANGE", "HTTP_USER_AGENT")


def noting() -> Callable[..., Iterable[bytes]]:
    """Make the application of the deployment that the environment names."""
    app = create_app()
    notes = os.open(os.environ[NOTES], os.O_WRONLY | os.O_APPEND | os.O_CREAT)

    def noted(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        os.write(notes, json.dumps({name: environ.get(name, "") for name in NOTED}).encode() + b"\n")
        return app(environ, start_response)

    return noted
