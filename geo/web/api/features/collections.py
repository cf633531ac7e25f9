"""/api/v1/collections: what can be listed, how far it reaches, and where its items are."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import marshmallow as ma
from flask import Response

from geo.services.collections import COLLECTIONS, Collection, Extent, extent_of, newest_release
from geo.web.api.features.answers import (
    CRS84,
    OGC_RELATION,
    Answer,
    Link,
    href,
    json_text,
    license_link,
    negotiated,
    own_links,
)
from geo.web.api.features.blueprint import FORMAT, GEOJSON, HTML, blueprint
from geo.web.api.features.landing import FILE_LINKS, TILES_LINK, Target, links_field, view_parameters_of_language
from geo.web.api.fields import nested, record, text, texts
from geo.web.caching import CURRENT
from geo.web.current import public_workspace, workspace
from geo.web.pages.blueprint import _

GREGORIAN = "http://www.opengis.net/def/uom/ISO-8601/0/Gregorian"
SCHEMA = "application/schema+json"
OF_COLLECTION: tuple[Target, ...] = (
    ("/feature-schema", "describedby", SCHEMA, _("Schema of a GeoJSON feature of the collection")),
    ("/schema", f"{OGC_RELATION}schema", SCHEMA, _("Schema of the properties, OGC API - Features Part 5")),
    ("/queryables", f"{OGC_RELATION}queryables", SCHEMA, _("What can be filtered by")),
)
"""What each collection has besides items; paths are under its own."""
OF_SCHOOLS: tuple[Target, ...] = (TILES_LINK, *(FILE_LINKS[ending] for ending in ("csv", "geojson", "gpkg", "parquet")))


class CollectionSchema(ma.Schema):
    """A collection of features."""

    id = text("Its id in addresses.")
    title = text("What it holds.")
    description = text("What it holds, in full.")
    itemType = text("What its items are.", words=("feature",))  # noqa: N815  # the standard's word
    extent = record("`spatial.bbox` in CRS84 and `temporal.interval`; only what is known.")
    crs = texts("Coordinate reference systems of its items.")
    links = links_field()


class CollectionsSchema(ma.Schema):
    """All collections."""

    links = links_field()
    collections = nested(CollectionSchema, "The collections.", is_list=True)


@blueprint.route("/collections")
@blueprint.accepts("lang", FORMAT)
@blueprint.response(200, CollectionsSchema)
@blueprint.alt_response(
    200, schema={"type": "string"}, content_type=HTML, description="The collections, as JSON or as a page", success=True
)
def get_collections() -> Response:
    """Collections of features

    Schools, regions, districts and releases.
    """

    def make() -> Answer:
        links = tuple(own_links("/collections", view_parameters_of_language()))
        described = [_document(each) for each in COLLECTIONS if public_workspace() is None or each.id == "schools"]
        document = {"links": [link.as_dict() for link in links], "collections": described}
        return Answer(links, lambda: json_text(document), lambda: {"collections": described})

    return _answered(make, "api/collections.html")


def _answered(make: Any, template: str) -> Response:
    release = newest_release(workspace())
    depends = {"release": str(release.id) if release else ""}
    return negotiated(make, release=release, depends=depends, cache_control=CURRENT, template=template)


def _one(collection_id: str) -> Response:
    collection = next(each for each in COLLECTIONS if each.id == collection_id)

    def make() -> Answer:
        links = tuple(_links(collection))
        document = _document(collection)
        return Answer(links, lambda: json_text(document), lambda: {"collection": document})

    return _answered(make, "api/collection.html")


def _document(collection: Collection) -> dict[str, Any]:
    extent = _extent(extent_of(workspace(), collection.id))
    return {
        "id": collection.id,
        "title": collection.title,
        "description": collection.description,
        "itemType": "feature",
        **({"extent": extent} if extent else {}),
        "crs": [CRS84],
        "links": [link.as_dict() for link in _links(collection)],
    }


def _links(collection: Collection) -> list[Link]:
    path = f"/collections/{collection.id}"
    words = view_parameters_of_language()
    own = [(f"{path}{ending}", rel, kind, title) for ending, rel, kind, title in OF_COLLECTION]
    offered = (*own, *(OF_SCHOOLS if collection.id == "schools" else ()))
    return [
        *own_links(path, words),
        Link(href(f"{path}/items"), "items", GEOJSON, _("Items as GeoJSON")),
        Link(href(f"{path}/items", {"f": "html"}), "items", HTML, _("Items as a page")),
        *(Link(href(address), rel, kind, title) for address, rel, kind, title in offered),
        license_link(),
    ]


def _extent(extent: Extent) -> Mapping[str, Any]:
    found: dict[str, Any] = {}
    if extent.bounds is not None:
        found["spatial"] = {"bbox": [list(extent.bounds)], "crs": CRS84}
    if extent.first is not None or extent.last is not None:
        found["temporal"] = {"interval": [[_instant(extent.first), _instant(extent.last)]], "trs": GREGORIAN}
    return found


def _instant(moment: datetime | None) -> str | None:
    """A moment in UTC as RFC 3339 has it, with the letter that every client knows."""
    if moment is None:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@blueprint.route("/collections/schools")
@blueprint.accepts("lang", FORMAT)
@blueprint.response(200, CollectionSchema)
@blueprint.alt_response(200, schema={"type": "string"}, content_type=HTML, description="The collection, as JSON or as a page", success=True)
def get_schools() -> Response:
    """The collection of schools"""
    return _one("schools")


@blueprint.route("/collections/regions")
@blueprint.accepts("lang", FORMAT)
@blueprint.response(200, CollectionSchema)
@blueprint.alt_response(200, schema={"type": "string"}, content_type=HTML, description="The collection, as JSON or as a page", success=True)
def get_regions() -> Response:
    """The collection of regions"""
    return _one("regions")


@blueprint.route("/collections/districts")
@blueprint.accepts("lang", FORMAT)
@blueprint.response(200, CollectionSchema)
@blueprint.alt_response(200, schema={"type": "string"}, content_type=HTML, description="The collection, as JSON or as a page", success=True)
def get_districts() -> Response:
    """The collection of districts"""
    return _one("districts")


@blueprint.route("/collections/releases")
@blueprint.accepts("lang", FORMAT)
@blueprint.response(200, CollectionSchema)
@blueprint.alt_response(200, schema={"type": "string"}, content_type=HTML, description="The collection, as JSON or as a page", success=True)
def get_releases() -> Response:
    """The collection of releases"""
    return _one("releases")
