"""Geometries written in a filter: checked, in degrees, longitude first, WGS84 (CRS84)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import shapely
import shapely.geometry
from shapely.geometry.base import BaseGeometry

from geo.cql2.refusing import InvalidFilter, shown
from geo.errors import InvalidParameter
from geo.selecting import BoundingBox

MIN_RING = 4
"""Positions of the shortest ring, whose last is its first. Source: RFC 7946, section 3.1.6."""
ACCEPTED = "BBOX(66,42,71,46), POINT(66 42), POLYGON((66 42,71 42,71 46,66 42)) and their like, in degrees, longitude first"


def geometry_of(tree: Any) -> BoundingBox | BaseGeometry:
    """The box or geometry that a part of CQL2 JSON is; heights count for nothing.

    Raises
    ------
    InvalidFilter
        It is none, empty, not valid (a ring that is open or crosses itself), or lies beyond 180° or 90°.
    """
    if isinstance(tree, Mapping) and "bbox" in tree:
        try:
            return BoundingBox.read(",".join(f"{number:.15g}" for number in tree["bbox"]))
        except (InvalidParameter, TypeError, ValueError) as error:
            raise InvalidFilter(f"has a BBOX that is none: {error}") from error
    if not isinstance(tree, Mapping) or "type" not in tree:
        raise InvalidFilter(f"must compare the position with a geometry: {ACCEPTED}; got {shown(tree)}")
    _check_positions(tree)
    try:
        geometry = shapely.force_2d(shapely.geometry.shape(tree))
    except (ValueError, TypeError, IndexError, AttributeError, shapely.errors.ShapelyError) as error:
        raise InvalidFilter(f"has a {tree['type']} that is none; accepted are {ACCEPTED}") from error
    if geometry.is_empty or not geometry.is_valid:
        reason = "it is empty" if geometry.is_empty else shapely.is_valid_reason(geometry)
        raise InvalidFilter(f"has a {tree['type']} that is not valid: {reason}")
    return geometry


def _check_positions(tree: Mapping[str, Any]) -> None:
    for member in tree.get("geometries", ()):
        _check_positions(member)
    for ring in _lines(tree.get("coordinates", ())):
        for longitude, latitude, *_ in ring:
            if not (abs(longitude) <= 180 and abs(latitude) <= 90):
                raise InvalidFilter(
                    f"has a position beyond the world, {longitude:.15g} {latitude:.15g}; longitudes come first, from -180 to 180, then "
                    "latitudes from -90 to 90"
                )
        if tree["type"] in ("Polygon", "MultiPolygon") and (len(ring) < MIN_RING or list(ring[0]) != list(ring[-1])):
            raise InvalidFilter(f"has a ring that is not closed: at least {MIN_RING} positions, the last equal to the first")


def _lines(coordinates: Any) -> Iterator[list[list[float]]]:
    """Lists of positions within coordinates of any geometry; a single position is a list of one."""
    if coordinates and isinstance(coordinates[0], int | float):
        yield [coordinates]
    elif coordinates and coordinates[0] and isinstance(coordinates[0][0], int | float):
        yield coordinates
    else:
        for part in coordinates:
            yield from _lines(part)
