"""Boundary units as one immutable value: codes, names, parents and geometries in the same order.

Owns the shape that every other part of this package takes and returns. Reads and writes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely

GeometryArray = npt.NDArray[np.object_]
FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]
Int32Array = npt.NDArray[np.int32]
Int64Array = npt.NDArray[np.int64]

DEFAULT_LANGUAGE = "en"


@dataclass(frozen=True, eq=False)
class BoundaryUnits:
    """The units of one level of one country: n of each, in ascending order of code.

    Parameters
    ----------
    codes
        Identity of each unit: distinct, not blank, ascending by code point. A unit's position here is its number everywhere.
    names
        Language ("en", "kk", "ru", …) to the name of each unit. Always has "en"; a name the file lacks is the "en" name,
        then the code.
    parents
        Code of the unit of the level above that holds this one; None where the file does not say.
    geometries
        Shapely polygons and multipolygons, degrees, WGS84, longitude first, from -180 to 180; shape (n,), read-only.
    """

    codes: tuple[str, ...]
    names: Mapping[str, tuple[str, ...]]
    parents: tuple[str | None, ...]
    geometries: GeometryArray

    def __post_init__(self) -> None:
        self.geometries.flags.writeable = False

    def __len__(self) -> int:
        return len(self.codes)

    @property
    def vertex_count(self) -> int:
        """Vertices of all rings, the closing one of each ring included."""
        return int(shapely.get_num_coordinates(self.geometries).sum())

    def with_geometries(self, geometries: GeometryArray) -> BoundaryUnits:
        """Same units, other shapes, shape (n,) in the same order."""
        return BoundaryUnits(self.codes, self.names, self.parents, np.array(geometries, dtype=object))


@dataclass(frozen=True, eq=False)
class BorderSegments:
    """Straight pieces of all borders in degrees, shape (m,) each, with the position of the shape each belongs to."""

    longitude0: FloatArray
    latitude0: FloatArray
    longitude1: FloatArray
    latitude1: FloatArray
    owner: Int64Array

    def taken(self, positions: Int32Array | Int64Array) -> BorderSegments:
        """The segments at the given positions, in that order."""
        return BorderSegments(
            longitude0=self.longitude0[positions],
            latitude0=self.latitude0[positions],
            longitude1=self.longitude1[positions],
            latitude1=self.latitude1[positions],
            owner=self.owner[positions],
        )


def border_segments(geometries: GeometryArray) -> BorderSegments:
    """Segments of all rings, holes too, shape by shape in the order given.

    Parameters
    ----------
    geometries
        Polygons and multipolygons, shape (n,).
    """
    polygons, shape_of_polygon = shapely.get_parts(geometries, return_index=True)
    rings, polygon_of_ring = shapely.get_rings(polygons, return_index=True)
    positions, ring_of_position = shapely.get_coordinates(rings, return_index=True)
    starts = np.flatnonzero(ring_of_position[1:] == ring_of_position[:-1])
    longitudes, latitudes = positions[:, 0], positions[:, 1]
    owner = shape_of_polygon[polygon_of_ring[ring_of_position[starts]]]
    return BorderSegments(longitudes[starts], latitudes[starts], longitudes[starts + 1], latitudes[starts + 1], owner)


def polygonal(geometries: GeometryArray) -> GeometryArray:
    """Polygon parts of each geometry as a polygon or multipolygon; lines and points are left out.

    Parameters
    ----------
    geometries
        Any shapely geometries, shape (n,); None is taken as empty.

    Returns
    -------
    Shape (n,). A geometry without any polygon becomes an empty polygon.
    """
    kinds = shapely.get_type_id(geometries)
    result = np.array(geometries, dtype=object)
    for position in np.flatnonzero((kinds != shapely.GeometryType.POLYGON) & (kinds != shapely.GeometryType.MULTIPOLYGON)):
        result[position] = _polygons_of(result[position])
    return result


def _polygons_of(geometry: shapely.Geometry | None) -> shapely.Geometry:
    parts = shapely.get_parts(shapely.get_parts(np.array([geometry], dtype=object)))
    polygons = parts[shapely.get_type_id(parts) == shapely.GeometryType.POLYGON]
    if len(polygons) == 0:
        return shapely.Polygon()
    return polygons[0] if len(polygons) == 1 else shapely.multipolygons(polygons)
