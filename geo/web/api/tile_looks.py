"""How the tiles look: a MapLibre style for a view, and the sheet of marks that it names."""

from __future__ import annotations

from dataclasses import replace

from flask import Response, jsonify, url_for

from geo.render.tile_style import mark_index, mark_sheet, tile_style
from geo.services.coverage import resolve
from geo.services.tile_archives import tile_words
from geo.services.tiles import LAYER
from geo.web.api.blueprint import ApiBlueprint, query
from geo.web.api.tiles import SHOWN_MAX_ZOOM, lasting, pinned
from geo.web.caching import CURRENT, answered, etag_of
from geo.web.current import workspace
from geo.web.params import API_VIEW_PARAMETERS, parameters_of, view_of

PNG = "image/png"
blueprint = ApiBlueprint("tile_looks", __name__, description="How vector tiles look")


@blueprint.route("/tiles/schools/style.json")
@blueprint.accepts(*API_VIEW_PARAMETERS)
@blueprint.response(200, {"type": "object"})
def get_style() -> Response:
    """How the tiles look: a MapLibre style

    Style specification 8, for MapLibre and QGIS: a layer for each status with the mark and the colour of our legend, drawn in our order.
    Pinned to the release. It needs no font, and its sheet of marks is here.
    """
    view = view_of(query())
    release, norm = pinned(view)
    named = replace(view, release_id=release.id, norm=norm)
    tilejson = url_for("tiles.get_tilejson", **parameters_of(named), _external=True)
    etag = etag_of(release.sha256, {**parameters_of(named), "home": tilejson}, "application/json", has_words=False)

    def make() -> Response:
        words = tile_words(resolve(workspace(), named), SHOWN_MAX_ZOOM)
        sheet = url_for("tile_looks.get_marks", _external=True).removesuffix(".json")
        return jsonify(tile_style(name=words["name"], attribution=words["attribution"], tilejson=tilejson, layer=LAYER, sheet=sheet))

    return answered(etag, lasting(view), make, has_words=False)


@blueprint.route("/tiles/marks.json")
@blueprint.accepts()
@blueprint.response(200, {"type": "object"})
def get_marks() -> Response:
    """Where each mark is on the sheet of marks"""
    return _index(1)


@blueprint.route("/tiles/marks@2x.json")
@blueprint.accepts()
@blueprint.response(200, {"type": "object"})
def get_dense_marks() -> Response:
    """Where each mark is on the sheet for dense screens"""
    return _index(2)


@blueprint.route("/tiles/marks.png")
@blueprint.accepts()
@blueprint.response(200, {"type": "string", "format": "binary"}, content_type=PNG)
def get_mark_sheet() -> Response:
    """The marks of the legend side by side"""
    return _sheet(1)


@blueprint.route("/tiles/marks@2x.png")
@blueprint.accepts()
@blueprint.response(200, {"type": "string", "format": "binary"}, content_type=PNG)
def get_dense_mark_sheet() -> Response:
    """The marks of the legend side by side, for dense screens"""
    return _sheet(2)


def _index(ratio: int) -> Response:
    return answered(etag_of("", {}, "application/json", has_words=False), CURRENT, lambda: jsonify(mark_index(ratio)), has_words=False)


def _sheet(ratio: int) -> Response:
    return answered(etag_of("", {}, PNG, has_words=False), CURRENT, lambda: Response(mark_sheet(ratio), mimetype=PNG), has_words=False)
