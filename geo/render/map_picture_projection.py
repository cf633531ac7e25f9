"""Where degrees fall on a map on paper: equal-area, so that a large northern region looks as large as it is.

The page's map is Mercator because its zooming needs it; there Kazakhstan's north is drawn a third larger than its south and one scale
bar holds for one latitude only. A sheet has one extent, for which Lambert's azimuthal equal-area projection about its middle is off
in scale by about 1% for a country the size of Kazakhstan. Whole hemispheres and more are drawn as Equal Earth. The Earth is a sphere
here: that is off by less than 0.4%, which no scale bar shows.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from geo.schools import FloatArray

EARTH_RADIUS_KM = 6371.0088
"""Mean radius (IUGG)."""
WIDEST_DEG = 60.0
"""Extents that reach further from their middle than this are drawn as Equal Earth."""
LONGEST_EDGE_DEG = 1.0
"""Longer edges are bent with the map."""

_EQUAL_EARTH = (1.340264, -0.081106, 0.000893, 0.003796)
"""Coefficients of Šavrič, Patterson and Jenny, "The Equal Earth map projection" (2018)."""

Ring = npt.NDArray[np.float64]
"""Positions of a closed line, shape (n, 2): degrees with longitude first, or kilometres."""


@dataclass(frozen=True)
class Projection:
    """An equal-area projection about a middle, in kilometres, north up."""

    longitude: float
    latitude: float
    is_world: bool

    def places(self, longitude: Any, latitude: Any) -> tuple[FloatArray, FloatArray]:
        """Kilometres east and north of the middle for degrees; NaN gives NaN."""
        east = np.asarray(longitude, dtype=np.float64) - self.longitude
        east = np.radians(np.where(east > 180, east - 360, np.where(east < -180, east + 360, east)))
        north = np.radians(np.asarray(latitude, dtype=np.float64))
        return _equal_earth(east, north) if self.is_world else _azimuthal(east, north, math.radians(self.latitude))

    def scale_error(self, across_km: float, up_km: float) -> float:
        """By how much lengths may be off at the corners of an extent about the middle, as a fraction; of a world nothing is said."""
        half_chord = math.hypot(across_km, up_km) / 4 / EARTH_RADIUS_KM
        return 0.0 if self.is_world else 1 / math.sqrt(max(1 - half_chord**2, 0.01)) - 1


def _azimuthal(east: FloatArray, north: FloatArray, middle: float) -> tuple[FloatArray, FloatArray]:
    cosine = math.sin(middle) * np.sin(north) + math.cos(middle) * np.cos(north) * np.cos(east)
    stretch = EARTH_RADIUS_KM * np.sqrt(2 / np.maximum(1 + cosine, 1e-6))
    up = math.cos(middle) * np.sin(north) - math.sin(middle) * np.cos(north) * np.cos(east)
    return stretch * np.cos(north) * np.sin(east), stretch * up


def _equal_earth(east: FloatArray, north: FloatArray) -> tuple[FloatArray, FloatArray]:
    a, b, c, d = _EQUAL_EARTH
    angle = np.arcsin(math.sqrt(3) / 2 * np.sin(north))
    square = angle * angle
    sixth = square**3
    slope = 9 * d * sixth * square + 7 * c * sixth + 3 * b * square + a
    across = 2 * math.sqrt(3) / 3 * east * np.cos(angle) / slope
    up = angle * (a + b * square + sixth * (c + d * square))
    return EARTH_RADIUS_KM * across, EARTH_RADIUS_KM * up


def projection_about(longitude: FloatArray, latitude: FloatArray) -> Projection:
    """The projection for some positions, degrees; about 0, 0 without any.

    The middle lies opposite the widest stretch of longitudes without a position, so that a country on both sides of 180° is one.
    """
    if not len(longitude):
        return Projection(0.0, 0.0, is_world=True)
    around = np.unique(np.round(np.asarray(longitude, dtype=np.float64), 3))
    gaps = np.diff(np.append(around, around[0] + 360))
    widest = int(np.argmax(gaps))
    west, span = around[(widest + 1) % len(around)], 360 - float(gaps[widest])
    south, north = float(np.min(latitude)), float(np.max(latitude))
    middle = (float(west) + span / 2 + 180) % 360 - 180
    is_world = max(span * math.cos(math.radians((south + north) / 2)), north - south) / 2 > WIDEST_DEG
    return Projection(0.0 if is_world else middle, (south + north) / 2, is_world)


def rings_of(geometry: Mapping[str, Any]) -> list[Ring]:
    """All rings of a GeoJSON polygon or multipolygon, degrees; a height is not read."""
    polygons = [geometry["coordinates"]] if geometry["type"] == "Polygon" else geometry["coordinates"]
    return [np.asarray(ring, dtype=np.float64)[:, :2] for rings in polygons for ring in rings]


def bent(ring: Ring) -> Ring:
    """A ring with more positions on its long edges, so that they follow the map's curves."""
    steps = np.diff(ring, axis=0)
    parts = np.maximum(np.ceil(np.abs(steps).max(axis=1) / LONGEST_EDGE_DEG), 1).astype(int)
    if not len(parts) or parts.max() == 1:
        return ring
    starts = np.repeat(np.arange(len(parts)), parts)
    at = (np.arange(len(starts)) - np.repeat(np.cumsum(parts) - parts, parts)) / np.repeat(parts, parts)
    return np.vstack([ring[starts] + steps[starts] * at[:, None], ring[-1:]])


def positions_of(geometries: Iterable[Mapping[str, Any]]) -> tuple[FloatArray, FloatArray]:
    """Longitude and latitude of all corners of GeoJSON geometries, degrees."""
    rings = [ring for geometry in geometries for ring in rings_of(geometry)]
    joined = np.vstack(rings) if rings else np.empty((0, 2))
    return joined[:, 0], joined[:, 1]
