"""What a map fetches: folium's script, the schools as compact bytes, and one school as JSON."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, replace
from typing import cast

from flask import Response, current_app, jsonify, request

from geo.errors import NotFound
from geo.model import Grouping, ReleaseRecord, View
from geo.render.school_map import WORLD, RegionShapes, bounds_of, map_script
from geo.render.still_map import Frame
from geo.services.maps import unit_shapes
from geo.services.opened import Memory
from geo.services.school import school_card
from geo.web.caching import IMMUTABLE, PAGE_PART, answered, cached, etag_of, is_known, not_modified
from geo.web.current import workspace
from geo.web.pages.blueprint import Asked, asked, blueprint
from geo.web.pages.sentences import card_members
from geo.web.pages.translation import url_for
from geo.web.params import read_query
from geo.web.readers import MAX_ID

EXTENSION = "qosyl_map_scripts"
KEPT_SCRIPTS = 32
DIGEST_CHARACTERS = 12
NO_BOUNDARIES = 0
"""Stands for a boundary set in the address of a map without regions."""


@dataclass(frozen=True)
class MapScript:
    """The script of a map, the name that its content gives it, and whether what it draws is wider than high."""

    text: str
    digest: str
    is_wide: bool


@dataclass(frozen=True)
class MapAddress:
    """Where the script of a map is, and whether the map is wider than high."""

    url: str
    is_wide: bool


@dataclass(frozen=True)
class GeometryAddress:
    """Where regions are as GeoJSON, and what tells them from others."""

    key: str
    url: str


def script_address(release: ReleaseRecord, grouping: Grouping = Grouping.ADMIN1, parent: str | None = None) -> MapAddress:
    """Address of the script that builds the map of a release's regions, or of the districts of one region."""
    identity = release.boundaries.get(grouping.value, NO_BOUNDARIES)
    made = _script(identity, parent)
    url = url_for("pages.regions_script", boundary_set_id=identity, digest=made.digest, admin1=parent, lang=None)
    return MapAddress(url, made.is_wide)


def geometry_address(release: ReleaseRecord, grouping: Grouping, parent: str | None = None) -> GeometryAddress:
    """Address of a release's regions, or of the districts of one region, for a page that changes from one level to another."""
    identity = release.boundaries.get(grouping.value, NO_BOUNDARIES)
    digest = _geometry_digest(identity)
    url = url_for("pages.regions_geometry", boundary_set_id=identity, digest=digest, admin1=parent, lang=None)
    return GeometryAddress(f"{identity}-{digest}-{parent or ''}", url)


def _geometry_digest(boundary_set_id: int) -> str:
    return "none" if boundary_set_id == NO_BOUNDARIES else workspace().boundary_record(boundary_set_id).sha256[:DIGEST_CHARACTERS]


def shapes_of(boundary_set_id: int, parent: str | None = None) -> RegionShapes:
    """Shapes of a boundary set, or of its units in one parent; none for `NO_BOUNDARIES`.

    Raises
    ------
    NotFound
        There is no such boundary set.
    """
    if boundary_set_id == NO_BOUNDARIES:
        return RegionShapes()
    found = unit_shapes(workspace(), boundary_set_id)
    if parent is None:
        return RegionShapes(found.codes, found.geometries, found.bounds)
    parents = dict(zip(found.codes, workspace().boundary_set(boundary_set_id).units.parents, strict=True))
    pairs = [(code, geometry) for code, geometry in zip(found.codes, found.geometries, strict=True) if parents[code] == parent]
    geometries = tuple(geometry for _, geometry in pairs)
    return RegionShapes(tuple(code for code, _ in pairs), geometries, bounds_of(geometries))


def _script(boundary_set_id: int, parent: str | None) -> MapScript:
    """The script, kept by the process: it never changes while the boundary set lives."""
    memory = cast(Memory, current_app.extensions.setdefault(EXTENSION, Memory(KEPT_SCRIPTS)))
    sha256 = "" if boundary_set_id == NO_BOUNDARIES else workspace().boundary_record(boundary_set_id).sha256

    def make() -> MapScript:
        shapes = shapes_of(boundary_set_id, parent)
        text = map_script(shapes)
        return MapScript(text, hashlib.sha256(text.encode()).hexdigest()[:DIGEST_CHARACTERS], Frame(shapes.bounds or WORLD, 1.0).is_wide)

    return memory.get((boundary_set_id, sha256, parent), make)


@blueprint.get(f"/map/regions/<int(max={MAX_ID}):boundary_set_id>/<digest>.js")
def regions_script(boundary_set_id: int, digest: str) -> Response:
    """Serve the script of a map; kept for ever under the name of its content, not at all under another."""
    (parent,) = read_query(request.args, ("admin1",)).get("admin1", (None,))[:1]
    made = _script(boundary_set_id, parent)
    response = Response(made.text, mimetype="text/javascript")
    response.set_etag(made.digest, weak=True)
    response.headers["Cache-Control"] = IMMUTABLE if digest == made.digest else "no-cache"
    return response.make_conditional(request)  # type: ignore[return-value]


@blueprint.get(f"/map/regions/<int(max={MAX_ID}):boundary_set_id>/<digest>.json")
def regions_geometry(boundary_set_id: int, digest: str) -> Response:
    """Serve the regions of a map as GeoJSON; kept for ever under the name of their boundary set, not at all under another."""
    (parent,) = read_query(request.args, ("admin1",)).get("admin1", (None,))[:1]
    own = _geometry_digest(boundary_set_id)
    etag = etag_of(own, {"admin1": parent or ""}, "application/geo+json", has_words=False)

    def make() -> Response:
        return Response(json.dumps(shapes_of(boundary_set_id, parent).feature_collection()), mimetype="application/geo+json")

    return answered(etag, IMMUTABLE if digest == own else "no-cache", make, has_words=False)


def release_of(tag: str) -> ReleaseRecord:
    """The release that a tag names.

    Raises
    ------
    NotFound
        There is none, or its file is another than the tag says.
    """
    identity = tag.partition("-")[0]
    record = workspace().release(int(identity)) if identity.isascii() and identity.isdigit() and len(identity) < 10 else None
    if record is None or record.tag != tag:
        raise NotFound(f"there is no release '{tag[:40]}'")
    return record


def fixed(tag: str) -> tuple[ReleaseRecord, Asked]:
    """The release that a tag names, and what the present address asks of it.

    Raises
    ------
    NotFound
        There is no such release.
    """
    release = release_of(tag)
    asking = asked()
    view = asking.view
    return release, replace(asking, view=View(release.id, view.norm or workspace().default_norm.name, view.basis, view.where))


@blueprint.get(f"/map/<tag>/school/<int(max={MAX_ID}):row>.json")
def map_school(tag: str, row: int) -> Response:
    """Serve what the map's popup says of one school."""
    release, asking = fixed(tag)
    etag = etag_of(release.sha256, {**asking.parameters, "row": str(row)}, "application/json")
    if is_known(etag):
        return not_modified(etag, PAGE_PART)
    card = school_card(workspace(), asking.view, row)
    return cached(jsonify(card_members(card, release, asking)), etag, PAGE_PART)
