"""Ground to draw under a map: lakes, rivers, roads and places from a file, made small enough to send to a browser.

Pure: a file in, arrays out. Degrees, WGS84, longitude first.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import shapely

from geo.errors import BoundaryError
from geo.model import GroundKind
from geo.regions.reading import in_wgs84, texts_of
from geo.regions.sources import read_layer
from geo.regions.units import FloatArray, GeometryArray, polygonal

TOLERANCE_DEG = 0.005
"""Lines are drawn off by at most this: half a kilometre, half of what regions are simplified by."""
DECIMALS = 3
"""Of a degree: 111 m."""
MOST_VERTICES = 60_000
"""About 400 kB compressed: more than a map's ground may cost."""
MOST_PLACES = 2_000
MARGIN_DEG = 0.5
"""Ground this far beyond the country is kept, so that rivers do not end at its border."""

Box = tuple[float, float, float, float]


@dataclass(frozen=True, eq=False)
class Ground:
    """Features of one kind, n of them, those that matter most first.

    Parameters
    ----------
    geometries
        Polygons of lakes, lines of rivers and roads, points of places, shape (n,).
    names
        Language to the name of each feature, None where it has none; always has "en".
    """

    kind: GroundKind
    geometries: GeometryArray
    names: Mapping[str, tuple[str | None, ...]]

    def __len__(self) -> int:
        return len(self.geometries)

    @property
    def vertex_count(self) -> int:
        """Vertices of all geometries."""
        return int(shapely.get_num_coordinates(self.geometries).sum())


def read_ground(
    path: Path,
    kind: GroundKind,
    *,
    layer: str | None = None,
    name_columns: Mapping[str, str] | None = None,
    size_column: str | None = None,
    box: Box | None = None,
) -> Ground:
    """Read ground of one kind from a file, simplified.

    Parameters
    ----------
    path
        GeoJSON (also .gz), GeoPackage, shapefile (also in a .zip), FlatGeobuf or GeoParquet.
    layer
        Layer name; None where there is only one.
    name_columns
        Language to column; places need one. Without "en" the first one stands for it.
    size_column
        Column of numbers, such as inhabitants: larger ones matter more. Without it the order is that of the file, or of lengths and areas.
    box
        West, south, east, north, degrees: ground further than half a degree outside is left out.

    Raises
    ------
    BoundaryError
        The file cannot be read, a column is not there, its CRS is unknown, it holds nothing of the kind near the country, or too much.
    """
    names = dict(name_columns or {})
    if kind is GroundKind.PLACES and not names:
        raise BoundaryError("places need the column of their names")
    columns = (*names.values(), *([size_column] if size_column else []))
    table = read_layer(path, layer=layer, columns=tuple(dict.fromkeys(columns)))
    shapes = _near(_of_kind(in_wgs84(table, path.name), kind), box)
    rows = np.flatnonzero(~(shapely.is_missing(shapes) | shapely.is_empty(shapes)))
    if len(rows) == 0:
        raise BoundaryError(f"{path.name} holds no {_SHAPES[kind]} near the country")
    sizes = _sizes(texts_of(table[size_column]), size_column) if size_column else _extents(shapes)
    rows = rows[np.argsort(-sizes[rows], kind="stable")]
    texts = {language: texts_of(table[column]) for language, column in names.items()}
    texts.setdefault("en", next(iter(texts.values()), [None] * len(table)))
    ground = Ground(kind, _simplified(shapes[rows]), {language: tuple(values[row] for row in rows) for language, values in texts.items()})
    _check_size(ground, path.name)
    return ground


_SHAPES: Mapping[GroundKind, str] = {
    GroundKind.LAKES: "polygons",
    GroundKind.RIVERS: "lines",
    GroundKind.ROADS: "lines",
    GroundKind.PLACES: "points",
}
_LINES = (shapely.GeometryType.LINESTRING, shapely.GeometryType.LINEARRING)


def _of_kind(shapes: GeometryArray, kind: GroundKind) -> GeometryArray:
    """The parts of each geometry that ground of a kind is drawn with; empty where it has none."""
    positions = shapely.get_coordinates(shapes)
    if not (np.isfinite(positions).all() and (np.abs(positions) <= (360.0, 90.0)).all()):
        raise BoundaryError("coordinates must be degrees once converted to WGS84: longitude first, latitude within 90")
    if kind is GroundKind.LAKES:
        return np.asarray(shapely.make_valid(polygonal(shapes)), dtype=object)
    wanted = (shapely.GeometryType.POINT,) if kind is GroundKind.PLACES else _LINES
    parts, owner = shapely.get_parts(shapes, return_index=True)
    fits = np.isin(shapely.get_type_id(parts), wanted)
    found = np.full(len(shapes), shapely.GeometryCollection(), dtype=object)
    make = shapely.multipoints if kind is GroundKind.PLACES else shapely.multilinestrings
    held = np.unique(owner[fits])
    found[held] = [make(parts[fits & (owner == at)]) for at in held] if len(held) < len(parts[fits]) else parts[fits]
    return found


def _near(shapes: GeometryArray, box: Box | None) -> GeometryArray:
    """Shapes cut to a box and its margin; a box of half the globe, as of a country across the antimeridian, cuts nothing."""
    if box is None or box[2] - box[0] > 180:
        return shapes
    west, south, east, north = box
    return np.asarray(
        shapely.clip_by_rect(shapes, west - MARGIN_DEG, south - MARGIN_DEG, east + MARGIN_DEG, north + MARGIN_DEG), dtype=object
    )


def _extents(shapes: GeometryArray) -> FloatArray:
    return np.asarray(np.where(shapely.area(shapes) > 0, shapely.area(shapes), shapely.length(shapes)), dtype=np.float64)


def _sizes(texts: list[str | None], column: str | None) -> FloatArray:
    try:
        return np.asarray([float(text) if text is not None else 0.0 for text in texts], dtype=np.float64)
    except ValueError as error:
        raise BoundaryError(f"column {column!r} must hold numbers; {error}") from error


def _simplified(shapes: GeometryArray) -> GeometryArray:
    def round_positions(positions: FloatArray) -> FloatArray:
        return np.round(positions, DECIMALS) + 0.0

    return np.asarray(shapely.transform(shapely.simplify(shapes, TOLERANCE_DEG), round_positions), dtype=object)


def _check_size(ground: Ground, name: str) -> None:
    if ground.kind is GroundKind.PLACES and len(ground) > MOST_PLACES:
        raise BoundaryError(
            f"{name} holds {len(ground):,} places near the country; at most {MOST_PLACES:,} can be drawn: keep the larger ones"
        )
    if ground.vertex_count > MOST_VERTICES:
        raise BoundaryError(
            f"{name} needs {ground.vertex_count:,} vertices once simplified; at most {MOST_VERTICES:,}: take a coarser file"
        )
