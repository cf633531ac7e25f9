"""The map as a picture for browsers without JavaScript: what the map shows, under the same address parameters."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Response

from geo.model import Areas, Grouping, ReleaseRecord
from geo.render.measures import HEXAGON_RADIUS, MAX_RADIUS, Look, look_of, looks_of
from geo.render.school_map import RegionShapes, bounds_of
from geo.render.still_map import still_map
from geo.services.coverage import coverage_answer, is_synthetic
from geo.services.hexagons import SIZES, hexagon_coverage
from geo.services.maps import map_schools
from geo.web.caching import PAGE_PART, cached, etag_of, is_known, not_modified
from geo.web.current import workspace
from geo.web.pages.blueprint import Asked, blueprint, static_digest
from geo.web.pages.maps import NO_BOUNDARIES, fixed, shapes_of
from geo.web.pages.translation import gettext, url_for


def still_address(release: ReleaseRecord, asking: Asked, parameters: Mapping[str, str]) -> str:
    """Address of the picture of a page; `parameters` are those of the map's files."""
    return url_for("pages.still_picture", tag=release.tag, **parameters, **asking.looks)


@blueprint.get("/map/<tag>/still.svg")
def still_picture(tag: str) -> Response:
    """Serve the map as a picture: areas by the chosen measure, unconnected schools on top."""
    release, asking = fixed(tag)
    etag = etag_of(release.sha256, {**asking.parameters, "static": static_digest()}, "image/svg+xml")
    if is_known(etag):
        return not_modified(etag, PAGE_PART)
    shapes, looks = _areas(asking, release.boundaries)
    found = map_schools(workspace(), asking.view)
    radius = HEXAGON_RADIUS if asking.areas in SIZES else MAX_RADIUS
    note = gettext("Synthetic data") if is_synthetic(release) else ""
    text = still_map(shapes, looks, found.longitude, found.latitude, found.statuses, max_radius=radius, note=note)
    return cached(Response(text, mimetype="image/svg+xml"), etag, PAGE_PART)


def _areas(asking: Asked, boundaries: Mapping[str, int]) -> tuple[RegionShapes, dict[str, Look]]:
    """Shapes and looks of the areas that the picture shows: what is asked for where there is such, else regions."""
    if asking.areas in SIZES:
        return _hexagons(asking)
    by_district = asking.areas is Areas.ADMIN2 and Grouping.ADMIN2.value in boundaries
    grouping = Grouping.ADMIN2 if by_district else Grouping.ADMIN1
    rows = coverage_answer(workspace(), asking.view, (grouping,)).rows
    looks = {code: look_of(asking.measure, asking.count, row.figures) for row in rows if (code := row.keys[grouping])}
    return shapes_of(boundaries.get(grouping.value, NO_BOUNDARIES)), looks


def _hexagons(asking: Asked) -> tuple[RegionShapes, dict[str, Look]]:
    found = hexagon_coverage(workspace(), asking.view, asking.areas)
    rings = [[*ring, ring[0]] for ring in found.corners.tolist()]
    geometries = tuple({"type": "Polygon", "coordinates": [ring]} for ring in rings)
    codes = tuple(str(position) for position in range(len(rings)))
    looks = looks_of(asking.measure, asking.count, found.figures).each(asking.measure, asking.count)
    return RegionShapes(codes, geometries, bounds_of(geometries)), dict(zip(codes, looks, strict=True))
