"""The points of a map: the schools of a view as tiles, at addresses that stand for one content for ever."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from flask import Response, request

from geo.model import FILTERS, ReleaseRecord, View
from geo.render.payload import FORMAT_VERSION, TilePoints, encode_tile
from geo.services.tiles import MAX_ZOOM, MapTile, TileAddress, map_tile, view_points, world_places
from geo.web.caching import IMMUTABLE, answered, etag_of
from geo.web.current import workspace
from geo.web.pages.blueprint import blueprint
from geo.web.pages.maps import release_of
from geo.web.pages.translation import url_for
from geo.web.params import parameters_of, read_query, view_of

ACCEPTED = ("norm", "basis", *FILTERS)
LAST = 2**MAX_ZOOM - 1
MEDIA_TYPE = "application/octet-stream"


def points_member(release: ReleaseRecord, view: View, parameters: Mapping[str, str]) -> dict[str, Any]:
    """What the JSON beside a map says of its points: where the tiles are, how deep they go, and how many schools they show.

    Parameters
    ----------
    parameters
        Query parameters that choose the view in the addresses of the map's files.

    Returns
    -------
    `url` with `{z}`, `{x}` and `{y}`; `max_zoom`; `placed`; and `not_placed` by status code.
    """
    found = view_points(workspace(), replace(view, release_id=release.id))
    url = url_for("pages.map_points", tag=release.tag, zoom=0, column=0, row=0, **{**parameters, "lang": None})
    return {
        "url": url.replace("/0/0/0.bin", "/{z}/{x}/{y}.bin"),
        "max_zoom": MAX_ZOOM,
        "placed": found.placed,
        "not_placed": found.not_placed,
    }


@blueprint.get(f"/map/<tag>/points-{FORMAT_VERSION}/<int(max={MAX_ZOOM}):zoom>/<int(max={LAST}):column>/<int(max={LAST}):row>.bin")
def map_points(tag: str, zoom: int, column: int, row: int) -> Response:
    """Serve one tile of the schools of a view as bytes (geo.render.payload)."""
    release = release_of(tag)
    chosen = view_of(read_query(request.args, ACCEPTED))
    norm = workspace().default_norm.name
    view = View(release.id, chosen.norm or norm, chosen.basis, chosen.where)
    etag = etag_of(release.sha256, parameters_of(view), MEDIA_TYPE, has_words=False)
    is_default = not view.where and view == View(release.id, norm)

    def make() -> Response:
        tile = map_tile(workspace(), view, TileAddress(zoom, column, row))
        return Response(encode_tile(payload_of(tile)), mimetype=MEDIA_TYPE)

    return answered(etag, IMMUTABLE, make, has_words=False, is_default=is_default)


def payload_of(tile: MapTile) -> TilePoints:
    """What the payload of a tile says."""
    marks, address = tile.marks, tile.marks.tile
    columns, rows = world_places(marks)
    return TilePoints(
        tile=(address.zoom, address.column, address.row),
        is_complete=marks.is_complete,
        columns=columns,
        rows=rows,
        statuses=tile.statuses,
        area_types=tile.area_types,
        is_flagged=tile.is_flagged,
        counts=marks.counts,
        school_rows=marks.rows,
        placed=tile.points.placed,
        not_placed=tile.points.not_placed,
    )
