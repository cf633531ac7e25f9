"""Signing a test client in, through the form as a person does."""

from __future__ import annotations

import re

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')


def csrf_token(client: FlaskClient, path: str = "/sign-in") -> str:
    """The token of the first form on a page."""
    found = TOKEN.search(client.get(path).text)
    assert found, f"no form with a token on {path}"
    return found[1]


def sign_in(client: FlaskClient, secret: str, *, then: str = "/") -> TestResponse:
    """Send the sign-in form."""
    return client.post("/sign-in", data={"key": secret, "next": then, "csrf_token": csrf_token(client)})
