"""Longitudes brought to -180 … 180: shapes that run over the antimeridian are cut there.

Files put such shapes in one of three ways: cut already, running past 180 (170 … 190), or jumping from 179 to -179 between two
vertices. All three come out cut.
"""

from __future__ import annotations

import numpy as np
import shapely

from geo.errors import BoundaryError
from geo.regions.units import BoolArray, FloatArray, GeometryArray, border_segments, polygonal

ROUNDING_DEG = 1e-6
"""Coordinates this little beyond ±180 or ±90 are rounding in the file and are brought back (0.1 m)."""


def within_world(geometries: GeometryArray) -> GeometryArray:
    """Shapes with longitudes from -180 to 180.

    Parameters
    ----------
    geometries
        Polygons in degrees, WGS84, longitude first; shape (n,).

    Returns
    -------
    Shape (n,); shapes that need nothing are the same objects.

    Raises
    ------
    BoundaryError
        A coordinate is not a number, a latitude is beyond ±90 or a longitude beyond ±360: these are not degrees.
    """
    _check_degrees(geometries)
    result = np.array(geometries, dtype=object)
    for position in np.flatnonzero(_jumps(result)):
        result[position] = _unwrapped_parts(result[position])
    result = np.asarray(shapely.transform(result, _rounding_removed), dtype=object)
    bounds = shapely.bounds(result)
    for position in np.flatnonzero((bounds[:, 0] < -180) | (bounds[:, 2] > 180)):
        result[position] = _cut(result[position])
    return result


def _check_degrees(geometries: GeometryArray) -> None:
    positions = shapely.get_coordinates(geometries)
    if not np.isfinite(positions).all():
        raise BoundaryError("boundaries must have finite coordinates; some are not a number after conversion to WGS84")
    if len(positions) == 0:
        return
    west, south = positions.min(axis=0)
    east, north = positions.max(axis=0)
    if south < -90 - ROUNDING_DEG or north > 90 + ROUNDING_DEG or west < -360 or east > 360:
        found = f"west {west:g}, south {south:g}, east {east:g}, north {north:g}"
        raise BoundaryError(f"boundaries must be in degrees once converted to WGS84; got {found}: the file names a wrong CRS")


def _rounding_removed(positions: FloatArray) -> FloatArray:
    longitudes, latitudes = positions[:, 0], positions[:, 1]
    slightly_over = (np.abs(longitudes) > 180) & (np.abs(longitudes) <= 180 + ROUNDING_DEG)
    longitudes = np.where(slightly_over, np.sign(longitudes) * 180.0, longitudes)
    return np.column_stack((longitudes, np.clip(latitudes, -90.0, 90.0)))


def _jumps(geometries: GeometryArray) -> BoolArray:
    """Whether a shape has an edge over 180° long that does not run along the edge of the world, as Antarctica's does."""
    segments = border_segments(geometries)
    is_jump = np.abs(segments.longitude1 - segments.longitude0) > 180
    is_jump &= np.minimum(np.abs(segments.longitude0), np.abs(segments.longitude1)) < 180 - ROUNDING_DEG
    jumping = np.zeros(len(geometries), dtype=np.bool_)
    jumping[segments.owner[is_jump]] = True
    return jumping


def _unwrapped_parts(geometry: shapely.Geometry) -> shapely.Geometry:
    """The same shape with its jumping parts east of Greenwich only; parts that do not jump stay where they are."""
    parts = shapely.get_parts(geometry)
    jumping = _jumps(parts)
    parts[jumping] = shapely.transform(parts[jumping], _eastern)
    return parts[0] if len(parts) == 1 else shapely.multipolygons(parts)


def _eastern(positions: FloatArray) -> FloatArray:
    longitudes = positions[:, 0]
    return np.column_stack((np.where(longitudes < 0, longitudes + 360, longitudes), positions[:, 1]))


def _cut(geometry: shapely.Geometry) -> shapely.Geometry:
    pieces = []
    for turns in (-1, 0, 1):
        window = shapely.box(-180 + 360 * turns, -90, 180 + 360 * turns, 90)
        piece = shapely.intersection(shapely.make_valid(geometry), window)
        pieces.append(shapely.transform(piece, lambda positions, turns=turns: positions - (360.0 * turns, 0.0)))
    return polygonal(np.array([shapely.union_all(pieces)], dtype=object))[0]
