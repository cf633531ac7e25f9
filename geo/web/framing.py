"""Who may show our pages in a frame: those made for it, to the sites that the setting EMBED_ORIGINS names; no other page, to nobody.

A page in a frame is an answer like a picture's: it reads no cookie and sets none, so that it never shows what belongs to one person
and whoever frames it learns nothing about who looks.
"""

from __future__ import annotations

from collections.abc import Callable

from flask import Flask, Response, request

from geo.config import Settings

PATH = "/embed"
"""Where pages for frames are."""
NOBODY = "frame-ancestors 'none'"
SHOWN = (200, 304)
"""Statuses of a page that a frame shows; a redirection is followed."""


def is_for_frames(path: str) -> bool:
    """Whether a path is that of a page for frames: takes "/embed" and "/embed/regions/KZ61", refuses "/embedded"."""
    return path == PATH or path.startswith(f"{PATH}/")


def frame_ancestors(origins: tuple[str, ...]) -> str:
    """The directive that lets this site and some origins frame a page; "*" lets every site."""
    return "frame-ancestors *" if "*" in origins else " ".join(("frame-ancestors", "'self'", *origins))


def _let_in(allowed: str) -> Callable[[Response], Response]:
    def let_in(response: Response) -> Response:
        """Change the headers of a page that is shown; a refusal is for nobody's frame."""
        if is_for_frames(request.path) and response.status_code in SHOWN:
            policy = response.headers["Content-Security-Policy"]
            response.headers["Content-Security-Policy"] = policy.replace(NOBODY, allowed)
            response.headers.pop("X-Frame-Options", None)
            response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"  # for sites that embed under COEP
        return response

    return let_in


def register(app: Flask, settings: Settings) -> None:
    """Let an application's pages for frames be framed; comes before `security.register`, whose headers it changes."""
    app.after_request(_let_in(frame_ancestors(settings.embed_origins)))
