"""The nearest unit to points that lie in none, by distance on the ellipsoid.

Degrees are not distances: a candidate is found in a frame scaled to kilometres at the point's own latitude, and decided by the
geodesic to the nearest point of its border. Exact to a millimetre up to 89° of latitude.
"""

from __future__ import annotations

import numpy as np
import pyproj
import shapely

from geo.regions.areas import WGS84_ECCENTRICITY_SQUARED, WGS84_SEMI_MAJOR_KM
from geo.regions.units import BoolArray, BorderSegments, BoundaryUnits, FloatArray, Int64Array, border_segments

NEAREST_TOLERANCE_KM = 1.5
"""A point outside every unit but this near to one belongs to it. Source: Giga's school location checks, which accept 1.5 km."""

EQUAL_KM = 1e-6
"""Units whose borders are within a millimetre of the same distance are equally near; the smallest code wins."""

CHUNK = 16
"""Border segments that share one box in the search tree."""

POLAR_LATITUDE = 89.9
"""Nearer to a pole than this every longitude is searched."""

_GEOD = pyproj.Geod(ellps="WGS84")


class NearestUnits:
    """Finds the nearest unit within the tolerance; built once per set of units, at first need."""

    def __init__(self, units: BoundaryUnits) -> None:
        self._segments = border_segments(units.geometries)
        self._chunk_starts = np.arange(0, len(self._segments.owner), CHUNK)
        self._tree = shapely.STRtree(_chunk_boxes(self._segments, self._chunk_starts))

    def find(self, longitudes: FloatArray, latitudes: FloatArray) -> tuple[Int64Array, FloatArray]:
        """Nearest unit and distance to its border.

        Parameters
        ----------
        longitudes, latitudes
            Points outside every unit; degrees, WGS84, finite, longitude -180 to 180; shape (n,).

        Returns
        -------
        Position of the unit, -1 where none is within `NEAREST_TOLERANCE_KM`; kilometres to it, NaN where none. Shape (n,) each.
        """
        unit = np.full(len(longitudes), -1, dtype=np.int64)
        distance_km = np.full(len(longitudes), np.nan)
        points, turned, segments = self._candidates(longitudes, latitudes)
        if len(points) == 0:
            return unit, distance_km
        found_km = self._geodesic_km(turned, latitudes[points], segments)
        near = found_km <= NEAREST_TOLERANCE_KM
        points, owners, found_km = points[near], self._segments.owner[segments[near]], found_km[near]
        nearest_km = np.full(len(longitudes), np.inf)
        np.minimum.at(nearest_km, points, found_km)
        tied = found_km <= nearest_km[points] + EQUAL_KM
        points, owners, found_km = points[tied], owners[tied], found_km[tied]
        descending = np.lexsort((-found_km, -owners))
        unit[points[descending]] = owners[descending]
        distance_km[points[descending]] = found_km[descending]
        return unit, distance_km

    def _candidates(self, longitudes: FloatArray, latitudes: FloatArray) -> tuple[Int64Array, FloatArray, Int64Array]:
        """Triples of a point, its longitude as seen from the segment's side of the antimeridian, and a segment that may be nearest."""
        points, turned = _with_turns(longitudes, latitudes)
        east_deg, north_deg = reach_deg(latitudes[points])
        boxes = shapely.box(turned - east_deg, latitudes[points] - north_deg, turned + east_deg, latitudes[points] + north_deg)
        rows, chunks = self._tree.query(boxes)
        offsets = np.arange(CHUNK)
        segments = (self._chunk_starts[chunks][:, None] + offsets).ravel()
        rows = np.repeat(rows, CHUNK)
        existing = segments < len(self._segments.owner)
        rows, segments = rows[existing], segments[existing]
        scaled_km, slack = self._scaled_km(turned[rows], latitudes[points[rows]], segments)
        least_km = np.full(len(longitudes), np.inf)
        np.minimum.at(least_km, points[rows], scaled_km)
        keep = scaled_km <= np.minimum(least_km[points[rows]], NEAREST_TOLERANCE_KM) * slack + EQUAL_KM
        return points[rows[keep]], turned[rows[keep]], segments[keep]

    def _scaled_km(self, longitudes: FloatArray, latitudes: FloatArray, segments: Int64Array) -> tuple[FloatArray, FloatArray]:
        """Distance in the frame scaled at each point, and by what factor two such distances may be in the wrong order."""
        foot_longitude, foot_latitude = self._foot(longitudes, latitudes, segments, at_latitude=latitudes)
        east_km, north_km = km_per_degree(latitudes)
        scaled_km = np.hypot((foot_longitude - longitudes) * east_km, (foot_latitude - latitudes) * north_km)
        # Over 1.5 km a meridian's degree keeps its length to 1e-5, a parallel's changes by 1.5 / 6357 × tan(latitude).
        slack = 1.001 + 1e-3 * np.tan(np.radians(np.minimum(np.abs(latitudes), POLAR_LATITUDE)))
        return scaled_km, slack

    def _foot(
        self, longitudes: FloatArray, latitudes: FloatArray, segments: Int64Array, *, at_latitude: FloatArray
    ) -> tuple[FloatArray, FloatArray]:
        """Nearest position of each segment to its point, in a frame scaled at the given latitudes; degrees."""
        east_km, north_km = km_per_degree(at_latitude)
        start_longitude, start_latitude = self._segments.longitude0[segments], self._segments.latitude0[segments]
        along_longitude = self._segments.longitude1[segments] - start_longitude
        along_latitude = self._segments.latitude1[segments] - start_latitude
        across = along_longitude * (longitudes - start_longitude) * east_km**2 + along_latitude * (latitudes - start_latitude) * north_km**2
        squared = (along_longitude * east_km) ** 2 + (along_latitude * north_km) ** 2
        fraction = np.clip(np.divide(across, squared, out=np.zeros_like(across), where=squared > 0), 0.0, 1.0)
        # At 1 the end itself, free of rounding: two units that share the vertex are then equally near.
        is_end = fraction == 1.0
        foot_longitude = np.where(is_end, self._segments.longitude1[segments], start_longitude + fraction * along_longitude)
        foot_latitude = np.where(is_end, self._segments.latitude1[segments], start_latitude + fraction * along_latitude)
        return foot_longitude, foot_latitude

    def _geodesic_km(self, longitudes: FloatArray, latitudes: FloatArray, segments: Int64Array) -> FloatArray:
        _, first_latitude = self._foot(longitudes, latitudes, segments, at_latitude=latitudes)
        middle = (latitudes + first_latitude) / 2
        foot_longitude, foot_latitude = self._foot(longitudes, latitudes, segments, at_latitude=middle)
        _, _, metres = _GEOD.inv(longitudes, latitudes, foot_longitude, foot_latitude)
        return np.asarray(metres, dtype=np.float64) / 1000.0


def km_per_degree(latitudes: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Kilometres per degree of longitude and of latitude on the WGS84 ellipsoid at each latitude.

    Notes
    -----
    Radii of curvature in the prime vertical and in the meridian: Snyder, USGS 1395, equations 4-20 and 4-18.
    """
    sine = np.sin(np.radians(latitudes))
    root = np.sqrt(1 - WGS84_ECCENTRICITY_SQUARED * sine**2)
    prime_vertical_km = WGS84_SEMI_MAJOR_KM / root
    meridian_km = WGS84_SEMI_MAJOR_KM * (1 - WGS84_ECCENTRICITY_SQUARED) / root**3
    return np.radians(prime_vertical_km * np.cos(np.radians(latitudes))), np.radians(meridian_km)


def reach_deg(latitudes: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Degrees of longitude and of latitude within which everything in `NEAREST_TOLERANCE_KM` of a point lies, at each latitude."""
    north_deg = np.full(len(latitudes), NEAREST_TOLERANCE_KM / 110.5)  # no degree of latitude is shorter than 110.57 km
    farthest = np.abs(latitudes) + north_deg
    east_km, _ = km_per_degree(np.minimum(farthest, POLAR_LATITUDE))
    return np.where(farthest > POLAR_LATITUDE, 360.0, 1.001 * NEAREST_TOLERANCE_KM / east_km), north_deg


def crosses_antimeridian(longitudes: FloatArray, latitudes: FloatArray) -> BoolArray:
    """Whether something on the other side of the antimeridian may be within the tolerance of a point."""
    east_deg, _ = reach_deg(latitudes)
    return np.abs(longitudes) + east_deg >= 180


def _with_turns(longitudes: FloatArray, latitudes: FloatArray) -> tuple[Int64Array, FloatArray]:
    """Every point, and those near the antimeridian once more as seen from its other side."""
    points = np.arange(len(longitudes))
    again = np.flatnonzero(crosses_antimeridian(longitudes, latitudes))
    turned = longitudes[again] - np.copysign(360.0, longitudes[again])
    return np.concatenate((points, again)), np.concatenate((longitudes, turned))


def _chunk_boxes(segments: BorderSegments, starts: Int64Array) -> shapely.Geometry:
    if len(starts) == 0:
        return np.empty(0, dtype=object)
    return shapely.box(
        np.minimum.reduceat(np.minimum(segments.longitude0, segments.longitude1), starts),
        np.minimum.reduceat(np.minimum(segments.latitude0, segments.latitude1), starts),
        np.maximum.reduceat(np.maximum(segments.longitude0, segments.longitude1), starts),
        np.maximum.reduceat(np.maximum(segments.latitude0, segments.latitude1), starts),
    )
