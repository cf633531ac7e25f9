"""/api/v1/collections/releases/items: releases as features without geometry."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Response

from geo.model import ReleaseRecord, View
from geo.services.collections import newest_release
from geo.services.release_features import release_feature, release_page
from geo.web.api.blueprint import query
from geo.web.api.features.answers import Answer, Link, href, json_text, negotiated, own_links, view_parameters
from geo.web.api.features.blueprint import (
    CURSOR,
    DEFAULT_ITEMS,
    FEATURE_DOCUMENT,
    FORMAT,
    GEOJSON,
    HTML,
    JSON,
    LIMIT,
    PAGE_DOCUMENT,
    blueprint,
)
from geo.web.api.features.items import feature_body, feature_links, page_body
from geo.web.caching import CURRENT
from geo.web.current import workspace
from geo.web.pages.translation import url_for

RELEASES = "/collections/releases"


@blueprint.route(f"{RELEASES}/items")
@blueprint.accepts("bbox", "datetime", LIMIT, CURSOR, "lang", FORMAT)
@blueprint.response(200, PAGE_DOCUMENT, content_type=GEOJSON)
@blueprint.alt_response(200, schema={"type": "string"}, content_type=HTML, description="The releases, as JSON or as a page", success=True)
def get_release_items() -> Response:
    """Releases as features

    Newest first, without geometry. `datetime` is when they were published; `bbox` leaves all, since they are in no place.
    """
    values = query()
    limit, cursor = values.get("limit", DEFAULT_ITEMS), values.get("cursor")
    interval: str | None = next(iter(values.get("datetime", ())), None)
    chosen = {"limit": str(values["limit"]) if "limit" in values else None, "datetime": interval}

    def make() -> Answer:
        found = release_page(workspace(), interval=interval, limit=limit, cursor=cursor)
        links = own_links(f"{RELEASES}/items", view_parameters(View(), cursor=cursor, **chosen), GEOJSON)
        if found.following is not None:
            address = href(f"{RELEASES}/items", view_parameters(View(), cursor=found.following, **chosen))
            links.append(Link(address, "next", links[0].type, "The next page"))
        links.append(Link(href(RELEASES), "collection", JSON, "The collection"))
        told = tuple(links)

        def body() -> bytes:
            features = b",".join(json_text(feature) for feature in found.features)
            return page_body(features, None, told, matched=found.matched, returned=len(found.features))

        return Answer(told, body, lambda: {"found": found, "chosen": {"datetime": interval} if interval else {}})

    newest = newest_release(workspace())
    return negotiated(
        make,
        release=newest,
        depends=_depends(newest, {"cursor": cursor, **chosen}),
        cache_control=CURRENT,
        template="api/releases.html",
        media_type=GEOJSON,
    )


def _depends(newest: ReleaseRecord | None, chosen: Mapping[str, Any]) -> dict[str, str]:
    withdrawn = ",".join(map(str, sorted(workspace().withdrawn_ids())))
    return {"newest": str(newest.id) if newest else "", "withdrawn": withdrawn, **{name: str(value) for name, value in chosen.items()}}


@blueprint.route(f"{RELEASES}/items/<feature_id>")
@blueprint.accepts("lang", FORMAT)
@blueprint.response(200, FEATURE_DOCUMENT, content_type=GEOJSON)
@blueprint.alt_response(200, schema={"type": "string"}, content_type=HTML, description="The release, as JSON or as a page", success=True)
def get_release_item(feature_id: str) -> Response:
    """One release as a feature

    A withdrawn one is told without its figures.
    """
    feature = release_feature(workspace(), feature_id)

    def make() -> Answer:
        links = tuple(feature_links(f"{RELEASES}/items/{feature['id']}", View(), RELEASES))
        context = {
            "feature": feature,
            "collection": "releases",
            "title": "Releases",
            "page_url": url_for("pages.release", release_id=int(feature["id"])),
        }
        return Answer(links, lambda: feature_body(json_text(feature), None, links), lambda: context)

    newest = newest_release(workspace())
    return negotiated(
        make,
        release=newest,
        depends=_depends(newest, {}),
        cache_control=CURRENT,
        template="api/feature.html",
        media_type=GEOJSON,
    )
