"""/api/v1/tiles: the schools of a view as Mapbox Vector Tiles, with a TileJSON document, for MapLibre, QGIS and others."""

from __future__ import annotations

from dataclasses import replace

import marshmallow as ma
from flask import Response, jsonify, url_for
from markupsafe import escape

from geo.model import AREA_TYPES, STATUSES, ReleaseRecord, View
from geo.services.coverage import citation, is_synthetic, resolve
from geo.services.tiles import LAYER, MAX_LATITUDE, MAX_MARKS, MAX_ZOOM, TileAddress, map_tile, mvt_of, position_bounds, view_points
from geo.web.api.blueprint import ApiBlueprint, query
from geo.web.api.fields import record, text, texts, whole
from geo.web.caching import CURRENT, FIXED_RELEASE, answered, etag_of
from geo.web.current import workspace
from geo.web.params import API_VIEW_PARAMETERS, parameters_of, view_of

MEDIA_TYPE = "application/vnd.mapbox-vector-tile"
TILEJSON = "3.0.0"
LAST = 2**MAX_ZOOM - 1
SHOWN_MAX_ZOOM = 14
"""The deepest zoom that clients are told of: a step of a coordinate is then 0.6 m, and they enlarge its tiles beyond."""
SHOWN_SOURCES = 10
FIELDS = {
    "status": f"Status under the norm: {', '.join(STATUSES)}.",
    "area_type": f"Area type: {', '.join(AREA_TYPES)}.",
    "stands_for": "How many schools the point stands for; 1 in every tile of at most "
    f"{MAX_MARKS:,} schools. Where it is more, the point shows the school in greatest need.",
}
blueprint = ApiBlueprint("tiles", __name__, description="Schools as vector tiles")


class TileJsonSchema(ma.Schema):
    """Where the tiles are and what is in them, as TileJSON 3.0."""

    tilejson = text("Version of TileJSON.")
    name = text("What the tiles show.")
    description = text("One line that names everything the tiles depend on.")
    attribution = text("Where the data comes from, as HTML; says so where it is synthetic.")
    scheme = text("How rows are counted: xyz is from the north.")
    tiles = texts("Address of a tile with {z}, {x} and {y}; it names the release and the norm, so its content never changes.")
    vector_layers = ma.fields.List(
        ma.fields.Dict(keys=ma.fields.String()), metadata={"description": "The layer `schools` with its fields."}
    )
    bounds = ma.fields.List(
        ma.fields.Float(),
        metadata={"description": "West, south, east and north of the schools, degrees; absent where none has a position."},
    )
    minzoom = whole("Least zoom.")
    maxzoom = whole("Largest zoom.")
    not_placed = record("Schools without a position, which no tile shows, by status.")


@blueprint.route("/tiles/schools.json")
@blueprint.accepts(*API_VIEW_PARAMETERS)
@blueprint.response(200, TileJsonSchema)
def get_tilejson() -> Response:
    """Schools as vector tiles: where they are and what is in them

    TileJSON 3.0 for MapLibre, QGIS and others. The address of the tiles is pinned to the release.
    """
    view = view_of(query())
    release, norm = _pinned(view)
    pinned = replace(view, release_id=release.id, norm=norm)
    home = url_for("tiles.get_tile", zoom=0, column=0, row=0, **parameters_of(pinned), _external=True)
    etag = etag_of(release.sha256, {**parameters_of(pinned), "home": home}, "application/json", has_words=False)

    def make() -> Response:
        return jsonify(_document(pinned, release, home.replace("/0/0/0.mvt", "/{z}/{x}/{y}.mvt")))

    return answered(etag, CURRENT if view.release_id is None else FIXED_RELEASE, make, has_words=False)


@blueprint.route(f"/tiles/schools/<int(max={MAX_ZOOM}):zoom>/<int(max={LAST}):column>/<int(max={LAST}):row>.mvt")
@blueprint.accepts(*API_VIEW_PARAMETERS)
@blueprint.response(200, {"type": "string", "format": "binary"}, content_type=MEDIA_TYPE)
def get_tile(zoom: int, column: int, row: int) -> Response:
    """One vector tile of schools

    Mapbox Vector Tile 2 with the layer `schools`: points with `status`, `area_type` and `stands_for`. The id of a point that is one
    school is its row in the release. A tile without schools has no bytes.
    """
    view = view_of(query())
    release, norm = _pinned(view)
    pinned = replace(view, release_id=release.id, norm=norm)
    etag = etag_of(release.sha256, parameters_of(pinned), MEDIA_TYPE, has_words=False)

    def make() -> Response:
        return Response(mvt_of(map_tile(workspace(), pinned, TileAddress(zoom, column, row))), mimetype=MEDIA_TYPE)

    return answered(etag, CURRENT if view.release_id is None else FIXED_RELEASE, make, has_words=False)


def _pinned(view: View) -> tuple[ReleaseRecord, str]:
    return workspace().release(view.release_id), view.norm or workspace().default_norm.name


def _document(view: View, release: ReleaseRecord, url: str) -> dict[str, object]:
    shown = resolve(workspace(), view)
    bounds = position_bounds(workspace(), view)
    points = view_points(workspace(), view)
    document: dict[str, object] = {
        "tilejson": TILEJSON,
        "name": f"Schools by connectivity, release {release.id}",
        "description": citation(release, shown.norm, shown.basis, shown.where),
        "attribution": _attribution(release),
        "scheme": "xyz",
        "tiles": [url],
        "vector_layers": [
            {
                "id": LAYER,
                "description": "Schools with a position",
                "minzoom": 0,
                "maxzoom": SHOWN_MAX_ZOOM,
                "fields": FIELDS,
            }
        ],
        "minzoom": 0,
        "maxzoom": SHOWN_MAX_ZOOM,
        "not_placed": dict(zip(STATUSES, points.not_placed, strict=True)),
    }
    if bounds is not None:
        west, south, east, north = bounds
        document["bounds"] = [west, max(south, -MAX_LATITUDE), east, min(north, MAX_LATITUDE)]
    return document


def _attribution(release: ReleaseRecord) -> str:
    """The release and its sources; clients show it as HTML, and sources are texts that people typed."""
    named = [str(escape(source)) for source in release.sources[:SHOWN_SOURCES]]
    more = [f"and {len(release.sources) - SHOWN_SOURCES} more"] if len(release.sources) > SHOWN_SOURCES else []
    warning = "Synthetic demonstration data: these are not real schools. " if is_synthetic(release) else ""
    return f"{warning}Qosyl release {release.id} of {release.published_at:%Y-%m-%d}" + (
        f"; sources: {'; '.join(named + more)}" if named else ""
    )
