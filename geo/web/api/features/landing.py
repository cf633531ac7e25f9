"""/api/v1/ and /api/v1/conformance: where everything is, and which standards it keeps."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import marshmallow as ma
from flask import Response

from geo.services.collections import newest_release
from geo.services.coverage import release_summary
from geo.web.api.blueprint import query
from geo.web.api.features.answers import OGC_RELATION, Answer, Link, href, json_text, license_link, negotiated, own_links
from geo.web.api.features.blueprint import FORMAT, HTML, JSON, blueprint
from geo.web.api.features.conformance import CONFORMANCE
from geo.web.api.fields import record, text, texts
from geo.web.api.file_formats import FORMATS
from geo.web.caching import CURRENT
from geo.web.current import workspace
from geo.web.pages.blueprint import _

OPENAPI_3_0 = "application/vnd.oai.openapi+json;version=3.0"
OPENAPI_3_1 = "application/vnd.oai.openapi+json;version=3.1"
TITLE = "Qosyl: school connectivity"
DESCRIPTION = _(
    "Which schools are without a usable internet connection, how many children learn in them, and how we know. "
    "OGC API - Features, coverage figures, whole files and vector tiles."
)
Target = tuple[str, str, str, str]
"""Path, relation, media type and title of a link."""


def _file(ending: str, title: str) -> Target:
    return f"/schools.{ending}", "enclosure", FORMATS[ending].media_type, title


FILE_LINKS: Mapping[str, Target] = {
    "csv": _file("csv", _("All schools as CSV")),
    "xlsx": _file("xlsx", _("All schools as a workbook")),
    "geojson": _file("geojson", _("All schools as GeoJSON")),
    "gpkg": _file("gpkg", _("All schools as a GeoPackage")),
    "parquet": _file("parquet", _("All schools as GeoParquet")),
    "fgb": _file("fgb", _("All schools as FlatGeobuf")),
}
TILES_LINK: Target = ("/tiles/schools.json", f"{OGC_RELATION}tilesets-vector", JSON, _("Schools as vector tiles (TileJSON)"))
SERVICE_LINKS: tuple[Target, ...] = (
    ("/coverage", "related", JSON, _("Coverage: counts, shares and bounds, in groups")),
    *FILE_LINKS.values(),
    TILES_LINK,
    ("/changelog", "version-history", HTML, _("What changed in the API")),
)
"""Where the landing page leads besides what the standard asks for."""


class LinkSchema(ma.Schema):
    """A link."""

    href = text("Absolute address.")
    rel = text("Relation, a word of IANA's register or an address of OGC's.")
    type = text("Media type of what it leads to.")
    title = text("What it leads to.")


def links_field() -> ma.fields.Field[Any]:
    """The links of an answer."""
    return ma.fields.List(ma.fields.Nested(LinkSchema), metadata={"description": "Where to go from here."})


class LandingSchema(ma.Schema):
    """The landing page of the API."""

    title = text("What this is.")
    description = text("What it is for.")
    release = record("The current release; null before the first.", is_nullable=True)
    links = links_field()


class ConformanceSchema(ma.Schema):
    """Which standards the API keeps."""

    conformsTo = texts("Addresses of conformance classes.")  # noqa: N815  # the standard's word


@blueprint.route("/", strict_slashes=False)
@blueprint.accepts("lang", FORMAT)
@blueprint.response(200, LandingSchema)
@blueprint.alt_response(
    200, schema={"type": "string"}, content_type=HTML, description="The landing page, as JSON or as a page", success=True
)
def get_landing() -> Response:
    """Landing page

    Where the description, the collections, the files and the figures are.
    """
    release = newest_release(workspace())
    summary = release_summary(release) if release else None

    def make() -> Answer:
        links = tuple(_links())
        document = {"title": TITLE, "description": DESCRIPTION, "release": summary, "links": [link.as_dict() for link in links]}
        return Answer(links, lambda: json_text(document), lambda: {"document": document, "address": href("")})

    return negotiated(make, release=release, depends=_depends(release), cache_control=CURRENT, template="api/landing.html")


def _depends(release: Any) -> dict[str, str]:
    return {"release": str(release.id) if release else "", "classes": str(len(CONFORMANCE))}


def _links() -> list[Link]:
    words = view_parameters_of_language()
    fixed = [
        ("/openapi-3.0.json", "service-desc", OPENAPI_3_0, _("Description of the API, OpenAPI 3.0")),
        ("/openapi.json", "service-desc", OPENAPI_3_1, _("Description of the API, OpenAPI 3.1")),
        ("/docs", "service-doc", HTML, _("Description of the API, to read and try")),
        ("/conformance", "conformance", JSON, _("Standards that the API keeps")),
        ("/collections", "data", JSON, _("Collections of features")),
    ]
    return [
        *own_links("/", words),
        *(Link(href(path), rel, kind, title) for path, rel, kind, title in (*fixed, *SERVICE_LINKS)),
        license_link(),
    ]


def view_parameters_of_language() -> dict[str, str]:
    """Language and format of the present address, as its links carry them on."""
    named = {"lang": query().get("lang"), "f": query().get("f")}
    return {name: value for name, value in named.items() if value is not None}


@blueprint.route("/conformance")
@blueprint.accepts("lang", FORMAT)
@blueprint.response(200, ConformanceSchema)
@blueprint.alt_response(200, schema={"type": "string"}, content_type=HTML, description="The classes, as JSON or as a page", success=True)
def get_conformance() -> Response:
    """Conformance classes

    Those that hold, no others.
    """

    def make() -> Answer:
        links = tuple(own_links("/conformance", view_parameters_of_language()))
        return Answer(links, lambda: json_text({"conformsTo": CONFORMANCE}), lambda: {"classes": CONFORMANCE})

    release = newest_release(workspace())
    return negotiated(make, release=None, depends=_depends(release), cache_control=CURRENT, template="api/conformance.html")
