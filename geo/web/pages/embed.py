"""The map of a view for other sites' pages: map, finding and a link back, in a frame, without cookies."""

from __future__ import annotations

from werkzeug.wrappers import Response as AnyResponse

from geo.web.pages.blueprint import Frame, answer_page, asked, blueprint, frame_of, tidied
from geo.web.pages.places import place_members
from geo.web.pages.translation import url_for


@blueprint.get("/embed")
def embed() -> AnyResponse:
    """Show the country in a frame."""
    return _embedded(None)


@blueprint.get("/embed/regions/<code>")
def embed_region(code: str) -> AnyResponse:
    """Show a region or a district in a frame."""
    return _embedded(code)


def _embedded(code: str | None) -> AnyResponse:
    redirection = tidied()
    if redirection is not None:
        return redirection
    frame = frame_of(asked())
    return answer_page(frame, lambda: {**place_members(frame, code), "full_page": _full_page(frame, code)}, "embed.html")


def _full_page(frame: Frame, code: str | None) -> str:
    """Address of the page that the frame shows a part of."""
    parameters = frame.asked.parameters
    return url_for("pages.home", **parameters) if code is None else url_for("pages.region", code=code, **parameters)
