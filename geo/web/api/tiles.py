"""/api/v1/tiles: the schools of a view as Mapbox Vector Tiles, with a TileJSON document, for MapLibre, QGIS and others."""

from __future__ import annotations

from dataclasses import replace

import marshmallow as ma
from flask import Response, jsonify, url_for

from geo.model import STATUSES, ReleaseRecord, View
from geo.services.coverage import resolve
from geo.services.tile_archives import tile_archive, tile_words
from geo.services.tiles import MAX_ZOOM, TileAddress, map_tile, mvt_of, tile_bounds, view_points
from geo.web.api.blueprint import ApiBlueprint, query
from geo.web.api.fields import record, text, texts, whole
from geo.web.api.figure_files import file_name
from geo.web.api.file_answers import Marks, kept_answer, known_answer
from geo.web.caching import CURRENT, FIXED_RELEASE, answered, etag_of, is_known
from geo.web.current import workspace
from geo.web.params import API_VIEW_PARAMETERS, parameters_of, view_of

MEDIA_TYPE = "application/vnd.mapbox-vector-tile"
ARCHIVE_TYPE = "application/vnd.pmtiles"
TILEJSON = "3.0.0"
LAST = 2**MAX_ZOOM - 1
SHOWN_MAX_ZOOM = 14
"""The deepest zoom that clients are told of: a step of a coordinate is then 0.6 m, and they enlarge its tiles beyond."""
blueprint = ApiBlueprint("tiles", __name__, description="Schools as vector tiles")


class TileJsonSchema(ma.Schema):
    """Where the tiles are and what is in them, as TileJSON 3.0."""

    tilejson = text("Version of TileJSON.")
    name = text("What the tiles show.")
    description = text("One line that names everything the tiles depend on.")
    attribution = text("Where the data comes from, as HTML; says so where it is synthetic.")
    style = text("Address of a MapLibre style for these tiles, with the marks and colours of our legend; QGIS calls it the style URL.")
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
    release, norm = pinned(view)
    named = replace(view, release_id=release.id, norm=norm)
    home = url_for("tiles.get_tile", zoom=0, column=0, row=0, **parameters_of(named), _external=True)
    etag = etag_of(release.sha256, {**parameters_of(named), "home": home}, "application/json", has_words=False)

    def make() -> Response:
        return jsonify(_document(named, home.replace("/0/0/0.mvt", "/{z}/{x}/{y}.mvt")))

    return answered(etag, lasting(view), make, has_words=False)


@blueprint.route(f"/tiles/schools/<int(max={MAX_ZOOM}):zoom>/<int(max={LAST}):column>/<int(max={LAST}):row>.mvt")
@blueprint.accepts(*API_VIEW_PARAMETERS)
@blueprint.response(200, {"type": "string", "format": "binary"}, content_type=MEDIA_TYPE)
def get_tile(zoom: int, column: int, row: int) -> Response:
    """One vector tile of schools

    Mapbox Vector Tile 2 with the layer `schools`: points with `status`, `area_type` and `stands_for`. The id of a point that is one
    school is its row in the release. A tile without schools has no bytes.
    """
    view = view_of(query())
    release, norm = pinned(view)
    named = replace(view, release_id=release.id, norm=norm)
    etag = etag_of(release.sha256, parameters_of(named), MEDIA_TYPE, has_words=False)

    def make() -> Response:
        return Response(mvt_of(map_tile(workspace(), named, TileAddress(zoom, column, row))), mimetype=MEDIA_TYPE)

    return answered(etag, lasting(view), make, has_words=False)


@blueprint.route("/tiles/schools.pmtiles")
@blueprint.accepts("release", "norm", "basis")
@blueprint.response(200, {"type": "string", "format": "binary"}, content_type=ARCHIVE_TYPE)
def get_archive() -> Response:
    """All tiles of a release as one file

    PMTiles 3 with the tiles that the single addresses give, compressed by gzip, from zoom 0 down to one at which every tile has all of its
    schools, and deeper while the file stays small; clients enlarge the deepest ones beyond. Kept for each release, norm of a name, and
    basis. Answers ranges. While a large one is made for the first time: 503 `not_ready`.
    """
    view = view_of(query())
    archive = tile_archive(workspace(), view)
    shown = archive.shown
    words = {"norm": shown.norm.name, "basis": shown.basis.value}
    marks = Marks(
        etag=etag_of(shown.release.sha256, {**words, "release": str(shown.release.id)}, ARCHIVE_TYPE, has_words=False),
        modified=shown.release.published_at,
        cache_control=lasting(view),
        content_type=ARCHIVE_TYPE,
        file_name=file_name(shown.release, "-".join(("tiles", *words.values())), "pmtiles"),
    )
    return known_answer(marks, is_kept=True) if is_known(marks.etag) else kept_answer(archive.path.open("rb"), marks)


def pinned(view: View) -> tuple[ReleaseRecord, str]:
    """The release and the name of the norm that a view is about now."""
    return workspace().release(view.release_id), view.norm or workspace().default_norm.name


def lasting(view: View) -> str:
    """How long an answer about a view may be kept."""
    return CURRENT if view.release_id is None else FIXED_RELEASE


def _document(view: View, url: str) -> dict[str, object]:
    shown = resolve(workspace(), view)
    bounds = tile_bounds(shown)
    document: dict[str, object] = {
        "tilejson": TILEJSON,
        **tile_words(shown, SHOWN_MAX_ZOOM),
        "style": url_for("tile_looks.get_style", **parameters_of(view), _external=True),
        "scheme": "xyz",
        "tiles": [url],
        "minzoom": 0,
        "maxzoom": SHOWN_MAX_ZOOM,
        "not_placed": dict(zip(STATUSES, view_points(workspace(), view).not_placed, strict=True)),
    }
    return document if bounds is None else document | {"bounds": list(bounds)}
