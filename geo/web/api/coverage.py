"""GET /api/v1/coverage: how many schools and students have which status, in groups, as counts, shares and bounds."""

from __future__ import annotations

from dataclasses import replace

from flask import Response, request

from geo.web.api.blueprint import ApiBlueprint, query
from geo.web.api.coverage_asked import Asked
from geo.web.api.coverage_fields import CoverageSchema
from geo.web.api.coverage_files import figures_response
from geo.web.api.coverage_parameters import BY, FORMAT, NORM, PINNED, RELEASE, WEIGHT
from geo.web.api.figure_files import MEDIA_TYPES
from geo.web.caching import CURRENT, FIXED_RELEASE, answered, etag_of
from geo.web.citing import absolute, check_figures, check_releases, cite
from geo.web.current import workspace
from geo.web.languages import names_language
from geo.web.params import API_VIEW_PARAMETERS
from geo.web.readers import Parameter

FILTER_PARAMETERS = tuple(name for name in API_VIEW_PARAMETERS if name not in ("release", "norm"))
"""Basis and filter."""
ACCEPTED: tuple[str | Parameter, ...] = (RELEASE, NORM, *FILTER_PARAMETERS, BY, WEIGHT, "lang", FORMAT, *PINNED)
IN_EACH_FORMAT = "The coverage answer; f=csv gives its rows as CSV, f=xlsx as a workbook, f=datapackage a descriptor of the CSV"
blueprint = ApiBlueprint("coverage", __name__, description="Which schools are connected, and how well")


@blueprint.route("/coverage")
@blueprint.accepts(*ACCEPTED)
@blueprint.response(200, CoverageSchema)
@blueprint.alt_response(200, schema={"type": "string"}, content_type=MEDIA_TYPES["csv"], description=IN_EACH_FORMAT, success=True)
@blueprint.alt_response(
    200,
    schema={"type": "string", "format": "binary"},
    content_type=MEDIA_TYPES["xlsx"],
    description=IN_EACH_FORMAT,
    success=True,
)
@blueprint.alt_response(
    200,
    schema={"type": "object"},
    content_type=MEDIA_TYPES["datapackage"],
    description=IN_EACH_FORMAT,
    success=True,
)
def get_coverage() -> Response:
    """Coverage of schools and students

    Counts of the five statuses, shares with bounds, and the rural gap, for all schools or those of a filter, in up to three groupings,
    of one release or several, under one norm or several.
    """
    asked = Asked(query(), workspace(), names_language())
    kind = query().get("f", "json")
    check_releases(asked.values, asked.pinned)
    depends_on = {**asked.canonical, "f": kind, "host": request.host_url, "figures": query().get("figures", "")}
    etag = etag_of(",".join(release.sha256 for release in asked.counted.records), depends_on, MEDIA_TYPES[kind])

    def make() -> Response:
        answer = asked.answer()
        cited = answer.cited
        check_figures(asked.values, cited)
        link = absolute(replace(cited, weight=asked.weight))
        return cite(figures_response(answer, kind, link=link, weight=asked.weight), link)

    return answered(etag, FIXED_RELEASE if "release" in asked.values else CURRENT, make)
