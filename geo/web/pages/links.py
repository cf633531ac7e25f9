"""Addresses that every page links to: itself in another language or release, and where signing in leads back to."""

from __future__ import annotations

from typing import Any

from flask import Flask, g, request

from geo.model import Key
from geo.web.languages import chosen_language
from geo.web.pages.blueprint import page_arguments
from geo.web.pages.translation import url_for


def signed_in_key() -> Key | None:
    """The key of the present request, as the guard found it; None on pages that no guard saw, such as that of an unknown address."""
    key: Key | None = g.get("key")
    return key


def same_page(**changes: Any) -> str:
    """Address of the present page with some parameters changed, None taking one out; the start page where this one cannot be asked for."""
    endpoint, arguments = request.endpoint, dict(request.view_args or {})
    if endpoint is None or request.method not in ("GET", "HEAD") or "problem" in g:
        endpoint, arguments = "pages.home", {}
    else:
        arguments |= {name: texts for name, texts in page_arguments().to_dict(flat=False).items() if name not in arguments}
    return url_for(endpoint, **{**arguments, **changes})


def next_page() -> str:
    """Where signing in leads back to: the present page; the start page from an address that was refused."""
    if request.method not in ("GET", "HEAD") or request.endpoint == "sessions.sign_in":
        return request.args.get("next", "/")
    if "problem" in g and g.problem.status not in (401, 403):
        return "/"
    return request.full_path.removesuffix("?") if "problem" in g else same_page()


def register(app: Flask) -> None:
    """Let an application's templates make the addresses."""
    app.jinja_env.globals.update(signed_in_key=signed_in_key, same_page=same_page, next_page=next_page, chosen_language=chosen_language)
