"""/api/v1/collections/schools/items: schools as GeoJSON features, page by page or one, and the same as pages."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import orjson
from flask import Response

from geo.model import ReleaseRecord, View, Where
from geo.school_properties import FEATURE_NAMES
from geo.services.coverage import release_summary
from geo.services.items import ItemsPage, item_text, items_page, page_text
from geo.services.school_tables import school_table
from geo.web.api.blueprint import query
from geo.web.api.features.answers import Answer, Link, href, json_text, negotiated, own_links, view_parameters
from geo.web.api.features.blueprint import (
    DEFAULT_ITEMS,
    FEATURE_DOCUMENT,
    FIELDS,
    FORMAT,
    GEOJSON,
    HTML,
    JSON,
    PAGE,
    PAGE_DOCUMENT,
    VIEW,
    blueprint,
)
from geo.web.caching import CURRENT, FIXED_RELEASE
from geo.web.current import workspace
from geo.web.languages import chosen_language, language, names_language
from geo.web.pages.translation import url_for
from geo.web.params import parameters_of, view_of

SCHOOLS = "/collections/schools"
SHOWN = ("school_id", "school_name", "admin1_name", "admin2_name", "school_area_type", "status", "num_students", "download_speed_mbps")
"""Properties that the page of schools shows."""


@blueprint.route(f"{SCHOOLS}/items")
@blueprint.accepts(*PAGE, *FIELDS)
@blueprint.response(200, PAGE_DOCUMENT, content_type=GEOJSON)
@blueprint.alt_response(200, schema={"type": "string"}, content_type=HTML, description="The schools, as JSON or as a page", success=True)
def get_school_items() -> Response:
    """Schools as features

    Rows that know most come first; the order is the same under every filter of a release. Follow `next` for the rest: it names the
    release, so pages never mix two.
    """
    values = query()
    view, limit, cursor = view_of(values), values.get("limit", DEFAULT_ITEMS), values.get("cursor")
    release = workspace().release(view.release_id)
    pinned = replace(view, release_id=release.id)
    chosen = _chosen(values)

    def make() -> Answer:
        found = items_page(workspace(), pinned, limit=limit, cursor=cursor)
        links = tuple(_page_links(view, found, chosen))
        return Answer(links, lambda: _page_body(found, links, names_of(values)), lambda: _page_context(found, view))

    return negotiated(
        make,
        release=release,
        depends=depends_on(release, view, cursor=cursor, **chosen),
        cache_control=CURRENT if view.release_id is None else FIXED_RELEASE,
        template="api/schools.html",
        media_type=GEOJSON,
    )


@blueprint.route(f"{SCHOOLS}/items/<feature_id>")
@blueprint.accepts(*VIEW, "lang", FORMAT, *FIELDS)
@blueprint.response(200, FEATURE_DOCUMENT, content_type=GEOJSON)
@blueprint.alt_response(200, schema={"type": "string"}, content_type=HTML, description="The school, as JSON or as a page", success=True)
def get_school_item(feature_id: str) -> Response:
    """One school as a feature

    Its id is `school_id`, which never changes.
    """
    values = query()
    view = view_of(values)
    release = workspace().release(view.release_id)

    def make() -> Answer:
        pinned = replace(view, release_id=release.id)
        _, text = item_text(workspace(), pinned, feature_id, names_of(values), language=names_language())
        links = tuple(feature_links(f"{SCHOOLS}/items/{feature_id}", view, SCHOOLS, **_chosen(values)))
        onward = url_for("pages.school", school_id=feature_id, **onward_parameters(view))
        context = {"feature": orjson.loads(text), "collection": "schools", "title": "Schools", "page_url": onward}
        return Answer(links, lambda: feature_body(text, release, links), lambda: context)

    return negotiated(
        make,
        release=release,
        depends=depends_on(release, view, **_chosen(values)),
        cache_control=CURRENT if view.release_id is None else FIXED_RELEASE,
        template="api/feature.html",
        media_type=GEOJSON,
    )


def names_of(values: Mapping[str, Any]) -> Collection[str]:
    """Properties that the present address asks for."""
    return tuple(name for name in FEATURE_NAMES if name in values["fields"]) if "fields" in values else FEATURE_NAMES


def _chosen(values: Mapping[str, Any]) -> dict[str, str | None]:
    """Parameters of a page that are not of its view, as links carry them."""
    fields = values.get("fields")
    return {"limit": str(values["limit"]) if "limit" in values else None, "fields": ",".join(fields) if fields else None}


def depends_on(release: ReleaseRecord, view: View, **others: str | None) -> dict[str, str]:
    """What an answer about a view depends on, for its tag."""
    norm = view.norm or workspace().default_norm.name
    return {**view_parameters(view, **others), "norm": norm, "of": str(release.id), "pinned": str(view.release_id)}


def page_links(path: str, view: View, release: ReleaseRecord, cursors: tuple[str | None, str | None], **chosen: str | None) -> list[Link]:
    """Links of a page of features: itself, its other format, the next and the one before by their cursors, and its collection.

    Parameters
    ----------
    path
        That of the collection.
    cursors
        Of the next page and of the one before: None where there is none, "" for the first page.
    """
    cursor = query().get("cursor")
    links = own_links(f"{path}/items", view_parameters(view, cursor=cursor, **chosen), GEOJSON)
    pinned = replace(view, release_id=release.id)
    for rel, place, title in (("next", cursors[0], "The next page"), ("prev", cursors[1], "The page before")):
        if place is not None:
            address = href(f"{path}/items", view_parameters(pinned, cursor=place or None, **chosen))
            links.append(Link(address, rel, links[0].type, title))
    links.append(Link(href(path), "collection", JSON, "The collection"))
    return links


def _page_links(view: View, found: ItemsPage, chosen: Mapping[str, str | None]) -> list[Link]:
    return page_links(SCHOOLS, view, found.shown.release, (found.following, found.preceding), **chosen)


def feature_links(path: str, view: View, collection: str, **chosen: str | None) -> list[Link]:
    """Links of one feature: itself, its other format, and its collection."""
    parameters = view_parameters(view, **chosen)
    return [*own_links(path, parameters, GEOJSON), Link(href(collection), "collection", JSON, "The collection")]


def page_body(features: bytes, release: ReleaseRecord | None, links: tuple[Link, ...], *, matched: int, returned: int) -> bytes:
    """A GeoJSON FeatureCollection of features that are JSON already, separated by commas."""
    head = {
        "type": "FeatureCollection",
        "timeStamp": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "numberMatched": matched,
        "numberReturned": returned,
        **({} if release is None else {"release": release_summary(release)}),
        "links": [link.as_dict() for link in links],
    }
    return json_text(head)[:-1] + b',"features":[' + features + b"]}"


def feature_body(text: bytes, release: ReleaseRecord | None, links: tuple[Link, ...]) -> bytes:
    """One GeoJSON feature that is JSON already, with its release and links."""
    tail = {**({} if release is None else {"release": release_summary(release)}), "links": [link.as_dict() for link in links]}
    return text[:-1] + b"," + json_text(tail)[1:]


def _page_body(found: ItemsPage, links: tuple[Link, ...], names: Collection[str]) -> bytes:
    text = page_text(workspace(), found, names, language=names_language())
    return page_body(text, found.shown.release, links, matched=found.page.matched, returned=len(found.page.rows))


def _page_context(found: ItemsPage, view: View) -> dict[str, Any]:
    rows = school_table(workspace(), found.shown, found.page.rows, SHOWN, language=language()).to_pylist()
    return {
        "schools": rows,
        "matched": found.page.matched,
        "release": found.shown.release,
        "norm": found.shown.norm,
        "chosen": view.where.as_parameters(),
        "onward": onward_parameters(view),
    }


def onward_parameters(view: View) -> dict[str, str]:
    """Parameters that pages for people take of a view without its filter."""
    return parameters_of(replace(view, where=Where())) | ({} if chosen_language() is None else {"lang": str(chosen_language())})
