"""Regions and districts of a release as features: their shapes as maps draw them, their names, and the figures of their schools."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import orjson
import shapely

from geo.coverage import coverage
from geo.errors import NotFound
from geo.model import Grouping, ReleaseRecord, View, Where
from geo.regions.units import BoundaryUnits, GeometryArray
from geo.schools import BoolArray, Int64Array
from geo.selecting import BoundingBox
from geo.services.coverage import Shown, resolve
from geo.services.workspace import LEVELS, Workspace


@dataclass(frozen=True)
class UnitFeature:
    """A unit: its code, its shape as GeoJSON text (WGS84, longitude first, outer rings counter-clockwise) and its flat properties."""

    code: str
    geometry: bytes
    properties: Mapping[str, Any]

    def as_dict(self) -> dict[str, Any]:
        """The unit as a GeoJSON feature."""
        return {"type": "Feature", "id": self.code, "geometry": orjson.Fragment(self.geometry), "properties": dict(self.properties)}


@dataclass(frozen=True)
class UnitPage:
    """A page of units in the order of their codes.

    Parameters
    ----------
    matched
        How many units there are in all.
    following, preceding
        Places that the neighbouring pages begin at; None where there is none.
    """

    release: ReleaseRecord
    features: tuple[UnitFeature, ...]
    matched: int
    following: int | None
    preceding: int | None


def unit_page(workspace: Workspace, view: View, grouping: Grouping, *, start: int, limit: int, language: str = "en") -> UnitPage:
    """Units of a level that located a view's release, from a place on; none where it had no boundaries of the level.

    The box of the view and codes of regions choose units; the figures are those of all schools in each unit that the rest of the
    filter leaves.

    Raises
    ------
    NoRelease, NotFound, Withdrawn
        There is no such release.
    InvalidParameter
        The norm or a value of the filter is unknown.
    """
    shown = resolve(workspace, replace(view, where=_without_box(view.where)))
    shown.opened.mask(shown.where, shown.norm, shown.basis)
    units = _units(workspace, shown, grouping)
    if units is None:
        return UnitPage(shown.release, (), 0, None, None)
    chosen = np.flatnonzero(_is_chosen(units, view.where, grouping))
    first = int(np.searchsorted(chosen, start))
    positions = chosen[first : first + limit]
    following = int(positions[-1]) + 1 if len(positions) and first + limit < len(chosen) else None
    preceding = int(chosen[max(0, first - limit)]) if first and len(chosen) else None
    return UnitPage(shown.release, _features(shown, units, grouping, positions, language), len(chosen), following, preceding)


def unit_feature(workspace: Workspace, view: View, grouping: Grouping, code: str, *, language: str = "en") -> tuple[Shown, UnitFeature]:
    """One unit by its code.

    Raises
    ------
    NoRelease, NotFound, Withdrawn
        There is no such release, or no such unit in its boundaries.
    """
    shown = resolve(workspace, view)
    units = _units(workspace, shown, grouping)
    if units is None or code not in units.codes:
        raise NotFound(f"release {shown.release.id} has no unit of level {LEVELS[grouping]} '{code[:64]}'")
    return shown, _features(shown, units, grouping, np.asarray([units.codes.index(code)]), language)[0]


def _without_box(where: Where) -> Where:
    return Where(tuple(term for term in where.terms if term[0] != "bbox"))


def _units(workspace: Workspace, shown: Shown, grouping: Grouping) -> BoundaryUnits | None:
    identity = shown.release.boundaries.get(grouping.value)
    return None if identity is None else workspace.boundary_set(identity).simplified


def _is_chosen(units: BoundaryUnits, where: Where, grouping: Grouping) -> BoolArray:
    """Which units a filter asks for by code, by the region above or by a box that they touch, shape (n,)."""
    is_chosen = np.ones(len(units), dtype=bool)
    regions = units.codes if grouping is Grouping.ADMIN1 else units.parents
    for name, codes in ((Grouping.ADMIN1, regions), (Grouping.ADMIN2, units.codes if grouping is Grouping.ADMIN2 else None)):
        wanted = where.values_of(name.value)
        if wanted and codes is not None:
            is_chosen &= np.asarray([code in wanted for code in codes])
    for text in where.values_of("bbox"):
        is_chosen &= _touches(units.geometries, BoundingBox.read(text))
    return is_chosen


def _touches(geometries: GeometryArray, box: BoundingBox) -> BoolArray:
    if box.west <= box.east:
        return np.asarray(shapely.intersects(geometries, _rectangle(box.west, box.south, box.east, box.north)))
    sides = (_rectangle(box.west, box.south, 180.0, box.north), _rectangle(-180.0, box.south, box.east, box.north))
    return np.asarray(shapely.intersects(geometries, sides[0]) | shapely.intersects(geometries, sides[1]))


def _rectangle(west: float, south: float, east: float, north: float) -> shapely.Geometry:
    """A box as a shape; a line or a point where it has no width or height."""
    if west == east and south == north:
        return shapely.Point(west, south)
    if west == east or south == north:
        return shapely.LineString([(west, south), (east, north)])
    return shapely.box(west, south, east, north)


def _features(shown: Shown, units: BoundaryUnits, grouping: Grouping, positions: Int64Array, language: str) -> tuple[UnitFeature, ...]:
    table = shown.opened.coverage((grouping,), shown.where, shown.norm, shown.basis)
    figures = {row.keys[grouping]: row.figures for row in table.rows()}
    nothing = _nothing(shown)
    shapes = shapely.to_geojson(_multipolygons(units.geometries[positions]))
    return tuple(
        UnitFeature(
            units.codes[at],
            shape.encode(),
            {**_described(shown, units, grouping, at, language), **figures.get(units.codes[at], nothing)},
        )
        for at, shape in zip(positions.tolist(), shapes, strict=True)
    )


def _multipolygons(geometries: GeometryArray) -> GeometryArray:
    """All as multipolygons, so that clients see one type, with outer rings counter-clockwise (RFC 7946, section 3.1.6)."""
    oriented = shapely.orient_polygons(geometries)
    return np.array([shapely.multipolygons(shapely.get_parts(each)) for each in oriented], dtype=object)


def _described(shown: Shown, units: BoundaryUnits, grouping: Grouping, at: int, language: str) -> dict[str, Any]:
    names = {spoken: units.names[spoken][at] for spoken in ("en", "ru", "kk") if spoken in units.names}
    return {
        "code": units.codes[at],
        "name": names.get(language, names["en"]),
        **{f"name_{spoken}": names.get(spoken) for spoken in ("en", "ru", "kk")},
        "parent": units.parents[at],
        "level": LEVELS[grouping],
        "vintage": shown.release.vintages.get(grouping.value),
        "norm": shown.norm.name,
    }


def _nothing(shown: Shown) -> Mapping[str, Any]:
    """Figures of a unit without a school of the filter."""
    columns = shown.opened.columns
    nobody = np.zeros(len(columns), dtype=bool)
    return coverage(columns, shown.opened.statuses(shown.norm, shown.basis), mask=nobody).rows()[0].figures
