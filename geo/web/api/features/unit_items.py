"""/api/v1/collections/regions/items and …/districts/items: regions and districts as features, with the figures of their schools."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from flask import Response

from geo.model import Grouping, View
from geo.services.items import cursor_of, place_of
from geo.services.unit_features import UnitPage, unit_feature, unit_page
from geo.web.api.blueprint import query
from geo.web.api.features.answers import Answer, Link, json_text, negotiated, wants_html
from geo.web.api.features.blueprint import DEFAULT_ITEMS, FEATURE_DOCUMENT, FORMAT, GEOJSON, HTML, PAGE, PAGE_DOCUMENT, VIEW, blueprint
from geo.web.api.features.items import depends_on, feature_body, feature_links, onward_parameters, page_body, page_links
from geo.web.caching import CURRENT, FIXED_RELEASE
from geo.web.current import workspace
from geo.web.languages import language, names_language
from geo.web.pages.translation import url_for
from geo.web.params import view_of

IDS = {Grouping.ADMIN1: "regions", Grouping.ADMIN2: "districts"}


def _page(grouping: Grouping) -> Response:
    values = query()
    view, limit, cursor = view_of(values), values.get("limit", DEFAULT_ITEMS), values.get("cursor")
    release = workspace().release(view.release_id)
    path, chosen = f"/collections/{IDS[grouping]}", {"limit": str(values["limit"]) if "limit" in values else None}

    def make() -> Answer:
        start = 0 if cursor is None else place_of(release, cursor)
        spoken = language() if wants_html() else names_language()
        found = unit_page(workspace(), replace(view, release_id=release.id), grouping, start=start, limit=limit, language=spoken)
        links = tuple(page_links(path, view, release, _cursors(found), **chosen))
        return Answer(links, lambda: _body(found, links), lambda: _context(found, grouping, view))

    return negotiated(
        make,
        release=release,
        depends=depends_on(release, view, cursor=cursor, **chosen),
        cache_control=CURRENT if view.release_id is None else FIXED_RELEASE,
        template="api/units.html",
        media_type=GEOJSON,
    )


def _cursors(found: UnitPage) -> tuple[str | None, str | None]:
    following = None if found.following is None else cursor_of(found.release, found.following)
    if not found.preceding:
        return following, None if found.preceding is None else ""
    return following, cursor_of(found.release, found.preceding)


def _body(found: UnitPage, links: tuple[Link, ...]) -> bytes:
    features = b",".join(json_text(feature.as_dict()) for feature in found.features)
    return page_body(features, found.release, links, matched=found.matched, returned=len(found.features))


def _context(found: UnitPage, grouping: Grouping, view: View) -> dict[str, Any]:
    return {
        "units": found,
        "kind": IDS[grouping].removesuffix("s"),
        "title": IDS[grouping].capitalize(),
        "chosen": view.where.as_parameters(),
        "onward": onward_parameters(view),
    }


def _item(grouping: Grouping, feature_id: str) -> Response:
    view = view_of(query())
    release = workspace().release(view.release_id)
    collection = f"/collections/{IDS[grouping]}"

    def make() -> Answer:
        _, feature = unit_feature(workspace(), replace(view, release_id=release.id), grouping, feature_id, language=names_language())
        links = tuple(feature_links(f"{collection}/items/{feature_id}", view, collection))
        body = json_text(feature.as_dict())
        context = {
            "feature": {"id": feature.code, "properties": feature.properties},
            "collection": IDS[grouping],
            "title": IDS[grouping].capitalize(),
            "page_url": url_for("pages.region", code=feature.code, **onward_parameters(view)),
        }
        return Answer(links, lambda: feature_body(body, release, links), lambda: context)

    return negotiated(
        make,
        release=release,
        depends=depends_on(release, view),
        cache_control=CURRENT if view.release_id is None else FIXED_RELEASE,
        template="api/feature.html",
        media_type=GEOJSON,
    )


@blueprint.route("/collections/regions/items")
@blueprint.accepts(*PAGE)
@blueprint.response(200, PAGE_DOCUMENT, content_type=GEOJSON)
@blueprint.alt_response(200, schema={"type": "string"}, content_type=HTML, description="The regions, as JSON or as a page", success=True)
def get_region_items() -> Response:
    """Regions as features

    Their figures are those of `/coverage?by=admin1` under the same norm and filter. `bbox` chooses regions that it touches, and
    `admin1` regions by code.
    """
    return _page(Grouping.ADMIN1)


@blueprint.route("/collections/districts/items")
@blueprint.accepts(*PAGE)
@blueprint.response(200, PAGE_DOCUMENT, content_type=GEOJSON)
@blueprint.alt_response(200, schema={"type": "string"}, content_type=HTML, description="The districts, as JSON or as a page", success=True)
def get_district_items() -> Response:
    """Districts as features

    Their figures are those of `/coverage?by=admin2` under the same norm and filter. `bbox` chooses districts that it touches,
    `admin1` those of a region and `admin2` districts by code.
    """
    return _page(Grouping.ADMIN2)


@blueprint.route("/collections/regions/items/<feature_id>")
@blueprint.accepts(*VIEW, "lang", FORMAT)
@blueprint.response(200, FEATURE_DOCUMENT, content_type=GEOJSON)
@blueprint.alt_response(200, schema={"type": "string"}, content_type=HTML, description="The region, as JSON or as a page", success=True)
def get_region_item(feature_id: str) -> Response:
    """One region as a feature

    Its id is its code.
    """
    return _item(Grouping.ADMIN1, feature_id)


@blueprint.route("/collections/districts/items/<feature_id>")
@blueprint.accepts(*VIEW, "lang", FORMAT)
@blueprint.response(200, FEATURE_DOCUMENT, content_type=GEOJSON)
@blueprint.alt_response(200, schema={"type": "string"}, content_type=HTML, description="The district, as JSON or as a page", success=True)
def get_district_item(feature_id: str) -> Response:
    """One district as a feature

    Its id is its code.
    """
    return _item(Grouping.ADMIN2, feature_id)
