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
from geo.web.api.public_figures import public_coverage, public_regions
from geo.web.current import is_signed_in
from geo.web.guard import access_of
from geo.web.pages.public_places import public_place, public_school

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
            "pages.about",
            "pages.template_xlsx",
            "pages.file_format",
            "pages.template_text",
            "api.openapi",
            "api.openapi_3_0",
            "api.docs",
            "api.try_it",
            "api.changelog",
            "schema.get_schema",
            "features.get_landing",
            "features.get_conformance",
            "features.get_schools_queryables",
            "features.get_schools_schema",
            "features.get_schools_feature_schema",
            # about places alone, or of no schools where there are none
            "pages.map_points",
            "search.get_search",
            "pages.search",
            "pages.search_json",
        }
    ),
    PublicDetail.SNAPPED: frozenset(
        {
            "tiles.get_tilejson",
            "tiles.get_tile",
            "tiles.get_archive",
            "tile_looks.get_style",
            "tile_looks.get_marks",
            "tile_looks.get_dense_marks",
            "tile_looks.get_mark_sheet",
            "tile_looks.get_dense_mark_sheet",
            "features.get_collections",
            "features.get_schools",
            "features.get_school_items",
            "features.get_school_item",
            "files.get_schools_csv",
            "files.get_schools_xlsx",
            "files.get_schools_geojson",
            "files.get_schools_ndjson",
            "files.get_schools_gpkg",
            "files.get_schools_parquet",
            "files.get_schools_fgb",
        }
    ),
}
"""Routes that answer visitors as they answer everybody, from the derived release; `snapped` has those of `regions` too."""

OWN: Mapping[PublicDetail, Mapping[str, Answer]] = {
    PublicDetail.REGIONS: {
        "pages.home": public_place,
        "pages.region": public_place,
        "pages.embed": public_place,
        "pages.embed_region": public_place,
        "coverage.get_coverage": public_coverage,
        "regions.list_regions": public_regions,
    },
    PublicDetail.SNAPPED: {"pages.map_school": public_school},
}
"""Routes that answer visitors in their own way; `snapped` has those of `regions` too."""


def answers(endpoint: str, detail: PublicDetail) -> bool:
    """Whether a route answers visitors of a deployment with a setting."""
    return (
        detail is PublicDetail.EXACT
        or own_answer(endpoint, detail) is not None
        or any(endpoint in AS_IT_IS[each] for each in _within(detail))
    )


def own_answer(endpoint: str, detail: PublicDetail) -> Answer | None:
    """What makes a route's answer to visitors, None where that is the route itself or nothing."""
    return next((OWN[each][endpoint] for each in _within(detail) if endpoint in OWN[each]), None)


def _within(detail: PublicDetail) -> tuple[PublicDetail, ...]:
    return (PublicDetail.REGIONS,) if detail is PublicDetail.REGIONS else (PublicDetail.REGIONS, PublicDetail.SNAPPED)


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
    own = own_answer(endpoint, detail)
    return None if own is None else own(**(request.view_args or {}))


def register(app: Flask, settings: Settings) -> None:
    """Put the refusals and answers for visitors before the routes, after everything else that looks at a request."""
    app.jinja_env.globals["answers_visitor"] = lambda endpoint: is_signed_in() or answers(endpoint, settings.public_detail)
    if settings.public_detail is not PublicDetail.EXACT:
        app.before_request(lambda: _answer(settings.public_detail))
