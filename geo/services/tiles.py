"""Tiles of the schools that a view selects: the marks to draw, and how many schools have no place on any tile."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from geo.errors import NotFound
from geo.model import STATUSES, ReleaseRecord, View
from geo.points import LngLatBox
from geo.schools import BoolArray, Int8Array
from geo.services.coverage import Shown, resolve
from geo.services.opened import OpenedRelease
from geo.services.workspace import Workspace
from geo.tiles import (
    LAYER,
    MAX_LATITUDE,
    MAX_MARKS,
    MAX_ZOOM,
    Marks,
    Selection,
    TileAddress,
    UInt32Array,
    ranks_of,
    tile_marks,
    vector_tile,
    world_cells,
)

__all__ = [
    "LAYER",
    "MAX_LATITUDE",
    "MAX_MARKS",
    "MAX_ZOOM",
    "MapTile",
    "TileAddress",
    "ViewPoints",
    "map_tile",
    "mvt_of",
    "ranks_along_curve",
    "tile_bounds",
    "view_points",
    "world_places",
]


@dataclass(frozen=True)
class ViewPoints:
    """The schools of a view in all tiles of one zoom.

    Parameters
    ----------
    placed
        Schools with a position.
    not_placed
        Schools without one, by status code.
    """

    release: ReleaseRecord
    placed: int
    not_placed: tuple[int, ...]


@dataclass(frozen=True)
class MapTile:
    """The marks of one tile with what they look like; arrays of shape (marks,) hold codes of the schools that are shown.

    Parameters
    ----------
    points
        The view's schools in all tiles.
    """

    marks: Marks
    statuses: Int8Array
    area_types: Int8Array
    is_flagged: BoolArray
    points: ViewPoints


@dataclass(frozen=True)
class _Chosen:
    selection: Selection
    not_placed: tuple[int, ...]


def view_points(workspace: Workspace, view: View) -> ViewPoints:
    """How many schools of a view the map can draw.

    Raises
    ------
    NoRelease, NotFound
        There is no such release.
    InvalidParameter
        The norm or a value of the filter is unknown.
    """
    shown = resolve(workspace, view)
    return _points(shown, _chosen(shown))


def map_tile(workspace: Workspace, view: View, tile: TileAddress) -> MapTile:
    """The marks of a tile.

    Raises
    ------
    NoRelease, NotFound
        There is no such release or tile.
    InvalidParameter
        The norm or a value of the filter is unknown.
    """
    if not tile.is_real:
        raise NotFound(f"there is no tile {tile.zoom}/{tile.column}/{tile.row}; zooms go from 0 to {MAX_ZOOM}")
    shown = resolve(workspace, view)
    chosen = _chosen(shown)
    opened = shown.opened
    statuses, area_types = opened.statuses(shown.norm, shown.basis), opened.columns.area_type
    marks = tile_marks(chosen.selection, tile, ranks_along_curve(shown))
    rows = marks.rows
    return MapTile(marks, statuses[rows], area_types[rows], opened.is_flagged[rows], _points(shown, chosen))


def world_places(marks: Marks) -> tuple[UInt32Array, UInt32Array]:
    """Where marks lie, of 2**31 from the west and from the north, shape (marks,) each."""
    return world_cells(marks.codes)


def mvt_of(tile: MapTile) -> bytes:
    """A tile as a Mapbox Vector Tile with the layer `schools`."""
    return vector_tile(tile.marks, tile.statuses, tile.area_types)


def tile_bounds(shown: Shown) -> LngLatBox | None:
    """West, south, east and north of the schools of a view, degrees; None where none has a position.

    Latitudes are those of the Web Mercator square at most, onto whose edge tiles put what lies beyond.
    """
    selection = _chosen(shown).selection
    if not len(selection):
        return None
    rows = selection.rows
    longitude, latitude = (column[rows] for column in (shown.opened.columns.longitude, shown.opened.columns.latitude))
    south, north = np.clip((latitude.min(), latitude.max()), -MAX_LATITUDE, MAX_LATITUDE).tolist()
    return float(longitude.min()), south, float(longitude.max()), north


def ranks_along_curve(shown: Shown) -> npt.NDArray[np.uint8]:
    """Ranks of the schools along the curve, shape (placed,), kept with the statuses that they follow from."""
    opened = shown.opened

    def make() -> npt.NDArray[np.uint8]:
        curve = opened.curve
        ranks = ranks_of(opened.statuses(shown.norm, shown.basis), opened.columns.area_type)
        return ranks[: len(curve)] if curve.order is None else ranks[curve.order[: len(curve)]]

    return opened.ranks.get((shown.norm.name, shown.basis), make)


def _chosen(shown: Shown) -> _Chosen:
    key = (shown.where, shown.norm.name, shown.basis)
    return shown.opened.selections.get(key, lambda: _choose(shown.opened, shown))


def _choose(opened: OpenedRelease, shown: Shown) -> _Chosen:
    mask = opened.mask(shown.where, shown.norm, shown.basis)
    unplaced = opened.curve.unplaced_rows
    if mask is not None:
        unplaced = unplaced[mask[unplaced]]
    statuses = opened.statuses(shown.norm, shown.basis)
    not_placed = np.bincount(statuses[unplaced], minlength=len(STATUSES))
    return _Chosen(opened.curve.select(mask), tuple(not_placed.tolist()))


def _points(shown: Shown, chosen: _Chosen) -> ViewPoints:
    return ViewPoints(shown.release, len(chosen.selection), chosen.not_placed)
