"""What visitors of a deployment get that does not show exact points: which routes answer them, and which with words of their own.

A route that is not listed is refused, so that a new one never shows by accident what was to be kept back. Those listed here still work with
what `geo.web.current.workspace` gives, which holds nothing finer than a derived public release.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from flask import Flask, request
from werkzeug.wrappers import Response as AnyResponse

from geo.config import PublicDetail, Settings
from geo.errors import DetailWithheld
from geo.web.current import is_signed_in
from geo.web.guard import access_of

Answer = Callable[..., AnyResponse | str]

AS_IT_IS: Mapping[PublicDetail, frozenset[str]] = {
    PublicDetail.REGIONS: frozenset(
        {
            # nothing about schools
            "status.healthz",
            "status.readyz",
            "assets.static",
            "assets.vendor",
            "assets.bundle",
            "sessions.sign_in",
            "sessions.sign_in_post",
            "sessions.sign_out",
            "pages.regions_script",
            "pages.regions_geometry",
            "pages.ground_file",
            "pages.template_xlsx",
            "pages.file_format",
            "pages.template_text",
            "api.openapi",
            "api.openapi_3_0",
            "api.docs",
            "schema.get_schema",
            # about places alone
            "search.get_search",
        }
    ),
    PublicDetail.SNAPPED: frozenset(
        {
            "pages.map_points",
            "tiles.get_tilejson",
            "tiles.get_tile",
        }
    ),
}
"""Routes that answer visitors as they answer everybody, from the derived release; `snapped` has those of `regions` too."""

OWN: Mapping[str, Answer] = {}
"""Routes that answer visitors in their own way."""


def answers(endpoint: str, detail: PublicDetail) -> bool:
    """Whether a route answers visitors of a deployment with a setting."""
    if detail is PublicDetail.EXACT or endpoint in OWN or endpoint in AS_IT_IS[PublicDetail.REGIONS]:
        return True
    return detail is PublicDetail.SNAPPED and endpoint in AS_IT_IS[detail]


def _answer(detail: PublicDetail) -> AnyResponse | str | None:
    """The answer to a visitor where the route does not make it, None where it does.

    Raises
    ------
    DetailWithheld
        The route does not answer visitors.
    """
    endpoint = request.endpoint
    access = access_of(endpoint)
    if endpoint is None or access is None or access.role is not None or is_signed_in() or request.method == "OPTIONS":
        return None
    if not answers(endpoint, detail):
        raise DetailWithheld("This is shown to people with a key alone: this service does not publish exact data about schools.")
    own = OWN.get(endpoint)
    return None if own is None else own(**(request.view_args or {}))


def register(app: Flask, settings: Settings) -> None:
    """Put the refusals and answers for visitors before the routes, after everything else that looks at a request."""
    if settings.public_detail is not PublicDetail.EXACT:
        app.before_request(lambda: _answer(settings.public_detail))
