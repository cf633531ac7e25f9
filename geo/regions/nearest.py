"""The nearest unit to points that lie in none, by distance on the ellipsoid.

Degrees are not distances: a candidate is found in a frame scaled to kilometres at the point's own latitude, and decided by the
geodesic to the nearest point of its border. Exact to a millimetre up to 89° of latitude.
"""

from __future__ import annotations

import numpy as np
import pyproj
import shapely

from geo.regions.areas import WGS84_ECCENTRICITY_SQUARED, WGS84_SEMI_MAJOR_KM
from geo.regions.raster import GridFrame, distinct, expanded, touched_cells
from geo.regions.units import BoolArray, BorderSegments, BoundaryUnits, FloatArray, Int32Array, Int64Array, border_segments

NEAREST_TOLERANCE_KM = 1.5
"""A point outside every unit but this near to one belongs to it. Source: Giga's school location checks, which accept 1.5 km."""

EQUAL_KM = 1e-6
"""Units whose borders are within a millimetre of the same distance are equally near; the smallest code wins."""

SEARCH_FRAME = GridFrame(west=-180.0, south=-90.0, cell_deg=0.05, columns=7201, rows=3601)
"""Cells in which border segments are looked up: at 0.05° (5.6 km from south to north) few are in reach of a point."""

POLAR_LATITUDE = 89.9
"""Nearer to a pole than this every longitude is searched."""

_GEOD = pyproj.Geod(ellps="WGS84")


class NearestUnits:
    """Finds the nearest unit within the tolerance; built once per set of units, at first need.

    Parameters
    ----------
    units
        Valid polygons, degrees, WGS84.
    outer
        What `outer_segments` gives for these units, where it is kept; None computes it.
    """

    def __init__(self, units: BoundaryUnits, outer: Int32Array | None = None) -> None:
        segments = oriented_segments(units)
        kept = outer_segments(segments)[0] if outer is None else outer
        self._segments = segments.taken(kept)
        cells, touching = touched_cells(SEARCH_FRAME, self._segments)
        order = np.argsort(cells, kind="stable")
        self._cells, self._in_cell = distinct(cells), touching[order]
        self._starts = np.append(np.searchsorted(cells[order], self._cells), len(cells))

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
        rows, segments = self._within_boxes(turned, latitudes[points])
        scaled_km = self._scaled_km(turned, latitudes[points], rows, segments)
        least_km = np.full(len(longitudes), np.inf)
        np.minimum.at(least_km, points[rows], scaled_km)
        # Over 1.5 km a meridian's degree keeps its length to 1e-5, a parallel's changes by 1.5 / 6357 × tan(latitude).
        slack = 1.001 + 1e-3 * np.tan(np.radians(np.minimum(np.abs(latitudes), POLAR_LATITUDE)))
        limit_km = np.minimum(least_km, NEAREST_TOLERANCE_KM) * slack + EQUAL_KM
        keep = scaled_km <= limit_km[points[rows]]
        return points[rows[keep]], turned[rows[keep]], segments[keep]

    def _within_boxes(self, longitudes: FloatArray, latitudes: FloatArray) -> tuple[Int64Array, Int64Array]:
        """Pairs of a point and a segment whose box comes within the tolerance of the point's parallel and meridian."""
        east_deg, north_deg = reach_deg(latitudes)
        west, south, east, north = longitudes - east_deg, latitudes - north_deg, longitudes + east_deg, latitudes + north_deg
        rows, cells = _cells_of_boxes(west, south, east, north)
        rows, place = self._places_in(rows, cells)
        found = self._segments.taken(self._in_cell[place])
        meets = (np.minimum(found.longitude0, found.longitude1) <= east[rows]) & (
            np.maximum(found.longitude0, found.longitude1) >= west[rows]
        )
        meets &= (np.minimum(found.latitude0, found.latitude1) <= north[rows]) & (
            np.maximum(found.latitude0, found.latitude1) >= south[rows]
        )
        return rows[meets], self._in_cell[place[meets]]

    def _places_in(self, rows: Int64Array, cells: Int64Array) -> tuple[Int64Array, Int64Array]:
        """Every entry of `_in_cell` in each cell, with the row that asked for the cell."""
        order = np.argsort(cells)  # ascending needles keep a binary search in the processor's cache
        rows, cells = rows[order], cells[order]
        number = np.minimum(np.searchsorted(self._cells, cells), len(self._cells) - 1)
        is_kept = self._cells[number] == cells
        rows, number = rows[is_kept], number[is_kept]
        pair, place = expanded(self._starts[number], self._starts[number + 1] - 1)
        return rows[pair], place

    def _scaled_km(self, longitudes: FloatArray, latitudes: FloatArray, rows: Int64Array, segments: Int64Array) -> FloatArray:
        """Distance of the segments to the points of the given rows, in the frame scaled at each point's latitude."""
        scale = np.stack(km_per_degree(latitudes))[:, rows]
        longitude, latitude = longitudes[rows], latitudes[rows]
        foot_longitude, foot_latitude = self._foot(longitude, latitude, segments, scale=scale)
        scaled_km: FloatArray = np.hypot((foot_longitude - longitude) * scale[0], (foot_latitude - latitude) * scale[1])
        return scaled_km

    def _foot(
        self, longitudes: FloatArray, latitudes: FloatArray, segments: Int64Array, *, scale: FloatArray
    ) -> tuple[FloatArray, FloatArray]:
        """Nearest position of each segment to its point, degrees; `scale` is kilometres per degree of longitude and latitude."""
        east_km, north_km = scale
        start_longitude, start_latitude = self._segments.longitude0[segments], self._segments.latitude0[segments]
        along_longitude = self._segments.longitude1[segments] - start_longitude
        along_latitude = self._segments.latitude1[segments] - start_latitude
        east_squared, north_squared = east_km**2, north_km**2
        across = along_longitude * (longitudes - start_longitude) * east_squared
        across += along_latitude * (latitudes - start_latitude) * north_squared
        squared = along_longitude**2 * east_squared + along_latitude**2 * north_squared
        fraction = np.clip(np.divide(across, squared, out=np.zeros_like(across), where=squared > 0), 0.0, 1.0)
        # At 1 the end itself, free of rounding: two units that share the vertex are then equally near.
        is_end = fraction == 1.0
        foot_longitude = np.where(is_end, self._segments.longitude1[segments], start_longitude + fraction * along_longitude)
        foot_latitude = np.where(is_end, self._segments.latitude1[segments], start_latitude + fraction * along_latitude)
        return foot_longitude, foot_latitude

    def _geodesic_km(self, longitudes: FloatArray, latitudes: FloatArray, segments: Int64Array) -> FloatArray:
        """Geodesic to the foot, which is found in a frame scaled half-way to it."""
        _, first_latitude = self._foot(longitudes, latitudes, segments, scale=np.stack(km_per_degree(latitudes)))
        scale = np.stack(km_per_degree((latitudes + first_latitude) / 2))
        foot_longitude, foot_latitude = self._foot(longitudes, latitudes, segments, scale=scale)
        _, _, metres = _GEOD.inv(longitudes, latitudes, foot_longitude, foot_latitude)
        return np.asarray(metres, dtype=np.float64) / 1000.0


def km_per_degree(latitudes: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Kilometres per degree of longitude and of latitude on the WGS84 ellipsoid at each latitude.

    Notes
    -----
    Radii of curvature in the prime vertical and in the meridian: Snyder, USGS 1395, equations 4-20 and 4-18.
    """
    sine = np.sin(np.radians(latitudes))
    squared = 1 - WGS84_ECCENTRICITY_SQUARED * sine**2
    prime_vertical_km = WGS84_SEMI_MAJOR_KM / np.sqrt(squared)
    meridian_km = prime_vertical_km * (1 - WGS84_ECCENTRICITY_SQUARED) / squared
    return np.radians(prime_vertical_km * np.cos(np.radians(latitudes))), np.radians(meridian_km)


def reach_deg(latitudes: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Degrees of longitude and of latitude within which everything in `NEAREST_TOLERANCE_KM` of a point lies, at each latitude."""
    north_deg = np.full(len(latitudes), NEAREST_TOLERANCE_KM / 110.5)  # no degree of latitude is shorter than 110.57 km
    farthest = np.abs(latitudes) + north_deg
    east_km, _ = km_per_degree(np.minimum(farthest, POLAR_LATITUDE))
    return np.where(farthest > POLAR_LATITUDE, 360.0, 1.001 * NEAREST_TOLERANCE_KM / east_km), north_deg


def crosses_antimeridian(longitudes: FloatArray, latitudes: FloatArray) -> BoolArray:
    """Whether something on the other side of the antimeridian may be within the tolerance of a point."""
    widest_deg, _ = reach_deg(np.abs(latitudes).max(initial=0.0, keepdims=True))
    crosses: BoolArray = np.abs(longitudes) + widest_deg >= 180  # few, as a rule
    east_deg, _ = reach_deg(latitudes[crosses])
    crosses[crosses] = np.abs(longitudes[crosses]) + east_deg >= 180
    return crosses


def _with_turns(longitudes: FloatArray, latitudes: FloatArray) -> tuple[Int64Array, FloatArray]:
    """Every point, and those near the antimeridian once more as seen from its other side."""
    points = np.arange(len(longitudes))
    again = np.flatnonzero(crosses_antimeridian(longitudes, latitudes))
    turned = longitudes[again] - np.copysign(360.0, longitudes[again])
    return np.concatenate((points, again)), np.concatenate((longitudes, turned))


def oriented_segments(units: BoundaryUnits) -> BorderSegments:
    """All border segments with the unit on their left: a border that two units share runs once each way."""
    return border_segments(np.asarray(shapely.orient_polygons(units.geometries), dtype=object))


def outer_segments(segments: BorderSegments) -> tuple[Int32Array, BoolArray]:
    """The segments that can be nearest to a point outside all units, and the lone ones, which may have no unit on their right.

    A segment that also runs the other way has units on both sides, so something else is nearer to any outside point, save where
    it ends on the outer border: there its unit is as near as those of the outer segments.

    Parameters
    ----------
    segments
        As `oriented_segments` gives them, shape (m,).

    Returns
    -------
    Positions of the former, ascending, and whether each segment is lone: that none runs the other way; shape (m,).
    """
    starts, ends = _vertex_numbers(segments)
    vertex_count = max(int(starts.max(initial=0)), int(ends.max(initial=0))) + 1
    is_lone = ~_is_among(starts * vertex_count + ends, ends * vertex_count + starts)
    on_outer_border = np.zeros(vertex_count, dtype=np.bool_)
    on_outer_border[starts[is_lone]] = True
    on_outer_border[ends[is_lone]] = True
    return np.flatnonzero(is_lone | on_outer_border[starts] | on_outer_border[ends]).astype(np.int32), is_lone


def _is_among(wanted: Int64Array, found: Int64Array) -> BoolArray:
    """Whether each wanted number is among those found; by sorting, which is several times faster here than np.isin."""
    if len(found) == 0:
        return np.zeros(len(wanted), dtype=np.bool_)
    ascending = np.sort(found)
    place = np.minimum(np.searchsorted(ascending, wanted), len(ascending) - 1)
    is_found: BoolArray = ascending[place] == wanted
    return is_found


def _vertex_numbers(segments: BorderSegments) -> tuple[Int64Array, Int64Array]:
    """A number for each start and end, equal where the positions are."""
    starts = segments.longitude0 + 1j * segments.latitude0
    ends = segments.longitude1 + 1j * segments.latitude1
    both = np.concatenate((starts, ends))
    order = np.argsort(both)
    is_new = np.diff(both[order], prepend=np.nan) != 0
    numbers = np.empty(len(both), dtype=np.int64)
    numbers[order] = np.cumsum(is_new) - 1
    return numbers[: len(starts)], numbers[len(starts) :]


def _cells_of_boxes(west: FloatArray, south: FloatArray, east: FloatArray, north: FloatArray) -> tuple[Int64Array, Int64Array]:
    """Pairs of a box and a cell of `SEARCH_FRAME` that it meets."""
    left, bottom = (np.floor(edge).astype(np.int64) for edge in SEARCH_FRAME.positions(west, south))
    right, top = (np.floor(edge).astype(np.int64) for edge in SEARCH_FRAME.positions(east, north))
    box, row = expanded(np.maximum(bottom, 0), np.minimum(top, SEARCH_FRAME.rows - 1))
    pair, column = expanded(np.maximum(left[box], 0), np.minimum(right[box], SEARCH_FRAME.columns - 1))
    return box[pair], row[pair] * SEARCH_FRAME.columns + column
