"""The changelog of the API as a page: docs/api-changelog.md."""

from __future__ import annotations

import hashlib

from flask import Response, render_template

from geo.web.api.documentation import part
from geo.web.caching import CURRENT, cached, etag_of


def changelog() -> Response:
    """Show what changed in the API, and what is to go."""
    shown = part("api-changelog.md")
    digest = hashlib.sha256(shown.body.encode()).hexdigest()
    page = Response(render_template("api/changelog.html", part=shown), mimetype="text/html")
    return cached(page, etag_of(digest, {}, "text/html"), CURRENT)
