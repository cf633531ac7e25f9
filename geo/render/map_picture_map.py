"""The map of a picture: areas in an equal-area projection, schools as marks, names where there is room, and the scale."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely

from geo.model import STATUSES, Status
from geo.render.map_picture import Look, MapPicture, PictureArea, PictureSchools
from geo.render.map_picture_projection import Projection, Ring, bent, positions_of, projection_about, rings_of
from geo.render.map_picture_sheet import MARK_ORDER, RING_TIMES, Points, Sheet, places_of
from geo.render.map_picture_text import width_of, wrapped
from geo.render.palette import BORDER_LIGHT, INK_LIGHT, MARKS, QUIET_LIGHT
from geo.schools import BoolArray, Int64Array, is_position

PADDING = 6.0
PLAIN = Look("#F5F6F7")
BESIDE_EDGE = "#B9C2CA"
MOST_MARKS = 20_000
"""Above this, marks are thinned to one a cell; an SVG then holds them as an image."""
CELL_POINTS = 2.0
LABEL_POINTS = 6.5
LARGEST_CIRCLE_POINTS = 24.0
CIRCLE_FILL, CIRCLE_EDGE = MARKS[Status.UNCONNECTED].light + "80", INK_LIGHT
_DOT = 0.05


@dataclass(frozen=True)
class Box:
    """A rectangle of the sheet, in points from its top left."""

    left: float
    top: float
    width: float
    height: float

    @property
    def right(self) -> float:
        """Its right edge."""
        return self.left + self.width

    @property
    def bottom(self) -> float:
        """Its lower edge."""
        return self.top + self.height


@dataclass(frozen=True)
class Extent:
    """Where kilometres of a projection fall in a box."""

    projection: Projection
    box: Box
    middle: tuple[float, float]
    size_km: tuple[float, float]
    points_per_km: float

    def places(self, longitude: Any, latitude: Any) -> Points:
        """Degrees as positions on the sheet."""
        across, up = self.projection.places(longitude, latitude)
        east, north = self.middle
        return places_of(
            self.box.left + self.box.width / 2 + (across - east) * self.points_per_km,
            self.box.top + self.box.height / 2 - (up - north) * self.points_per_km,
        )

    @property
    def scale_error(self) -> float:
        """By how much lengths may be off at the corners, as a fraction."""
        return self.projection.scale_error(*self.size_km)


@dataclass(frozen=True)
class MapNotes:
    """What the map has to say about itself once it is drawn.

    Parameters
    ----------
    most_schools
        How many schools one mark stands for at most; 1 where each has its own.
    outside
        How many schools with a position lie outside the picture.
    has_rings
        Whether rural unconnected schools are ringed; where there are too many for that, their marks are only larger.
    latitude, scale_error
        Where the scale is true, degrees, and by how much it is off at most elsewhere, as a fraction.
    """

    most_schools: int
    outside: int
    has_rings: bool
    latitude: float
    scale_error: float


def extent_of(picture: MapPicture, box: Box) -> Extent:
    """The extent that shows all areas, or all schools where there are none, in a box."""
    longitude, latitude = positions_of(area.geometry for area in picture.areas)
    if not len(longitude):
        is_placed = is_position(picture.schools.latitude, picture.schools.longitude)
        longitude, latitude = picture.schools.longitude[is_placed], picture.schools.latitude[is_placed]
    projection = projection_about(longitude, latitude)
    if picture.areas:
        projected = [_projected(ring, projection) for area in picture.areas for ring in rings_of(area.geometry)]
        places = np.vstack(projected)
    else:
        places = places_of(*projection.places(longitude, latitude)) if len(longitude) else np.array([[-18_000.0, -8_000], [18_000, 8_000]])
    (west, south), (east, north) = places.min(axis=0), places.max(axis=0)
    across, up = max(east - west, 1.0), max(north - south, 1.0)
    scale = min((box.width - 2 * PADDING) / across, (box.height - 2 * PADDING) / up)
    return Extent(projection, box, ((west + east) / 2, (south + north) / 2), (across, up), scale)


def _projected(ring: Ring, projection: Projection) -> Points:
    line = bent(ring)
    return places_of(*projection.places(line[:, 0], line[:, 1]))


def natural_height(picture: MapPicture, width: float, most: float) -> float:
    """Height that the map needs at a width, at most so much."""
    extent = extent_of(picture, Box(0, 0, width, 1e9))
    longitude, latitude = positions_of(area.geometry for area in picture.areas)
    if not len(longitude):
        return min(most, width * 0.6)
    places = extent.places(longitude, latitude)
    return float(min(most, places[:, 1].max() - places[:, 1].min() + 2 * PADDING))


def draw_map(sheet: Sheet, picture: MapPicture, extent: Extent) -> MapNotes:
    """Draw the map of a picture."""
    box = extent.box
    shapes = [_rings(area.geometry, extent) for area in picture.areas]
    with sheet.clipped(box.left, box.top, box.width, box.height):
        for geometry in picture.beside:
            sheet.area(_rings(geometry, extent), PLAIN, edge=BESIDE_EDGE, line=0.4)
        for area, rings in zip(picture.areas, shapes, strict=True):
            sheet.area(rings, area.look, line=0.5 if len(shapes) < 100 else 0.25)
        _draw_circles(sheet, picture.areas, shapes)
        most_schools, outside, has_rings = draw_schools(sheet, picture.schools, extent)
        draw_labels(sheet, picture.areas, shapes, box)
    return MapNotes(most_schools, outside, has_rings, _latitude_of_middle(extent), extent.scale_error)


def _latitude_of_middle(extent: Extent) -> float:
    return extent.projection.latitude if not extent.projection.is_world else 0.0


def _rings(geometry: Mapping[str, Any], extent: Extent) -> list[Points]:
    """Rings of an area on the sheet; those smaller than a dot are left out, but never the only one."""
    rings = [extent.places(*bent(ring).T) for ring in rings_of(geometry)]
    seen = [ring for ring in rings if np.ptp(ring, axis=0).max() > _DOT]
    return seen or rings[:1]


def _draw_circles(sheet: Sheet, areas: Sequence[PictureArea], shapes: Sequence[Sequence[Points]]) -> None:
    """Circles whose surface is in proportion to a count, the large ones first."""
    sized = [(area.circle, rings) for area, rings in zip(areas, shapes, strict=True) if area.circle]
    for radius, rings in sorted(sized, key=lambda pair: -pair[0]):
        across, down, _ = _inside(rings)
        sheet.circle(across, down, LARGEST_CIRCLE_POINTS * radius, CIRCLE_FILL, CIRCLE_EDGE)


def draw_schools(sheet: Sheet, schools: PictureSchools, extent: Extent) -> tuple[int, int, bool]:
    """Draw schools as marks; gives how many schools a mark stands for at most, how many lie outside, and whether rural ones are ringed."""
    placed = np.flatnonzero(is_position(schools.latitude, schools.longitude))
    places = extent.places(schools.longitude[placed], schools.latitude[placed])
    box = extent.box
    is_inside = (places[:, 0] >= box.left) & (places[:, 0] <= box.right) & (places[:, 1] >= box.top) & (places[:, 1] <= box.bottom)
    rows, places = placed[is_inside], places[is_inside]
    ranks = _ranks(schools.statuses[rows], schools.is_rural[rows])
    most = 1
    if is_many := len(rows) > MOST_MARKS:
        kept, most = thinned(places, ranks)
        places, ranks = places[kept], ranks[kept]
    radius = max(0.8, min(2.6, 0.16 * math.sqrt(box.width * box.height / max(len(places), 1))))
    for rank, status in enumerate(MARK_ORDER):
        sheet.marks(status, places[ranks == rank], _size(status, radius), as_image=is_many)
    rural, size = places[ranks == len(MARK_ORDER)], RURAL_TIMES * _size(Status.UNCONNECTED, radius)
    has_rings = len(rural) * (RING_TIMES * size) ** 2 < MOST_RINGED * box.width * box.height
    sheet.marks(Status.UNCONNECTED, rural, size, is_ringed=has_rings, as_image=is_many)
    return most, int(len(placed) - is_inside.sum()), has_rings


def _ranks(statuses: Any, is_rural: BoolArray) -> Int64Array:
    """Which mark lies over which: place of each school's status in the drawing order, rural unconnected ones above all."""
    places = np.array([MARK_ORDER.index(status) for status in STATUSES])
    ranks = places[statuses.astype(np.int64)]
    return np.where(is_rural & (statuses == STATUSES.index(Status.UNCONNECTED)), len(MARK_ORDER), ranks)


_TIMES: Mapping[Status, float] = {
    Status.UNCONNECTED: 1.7,
    Status.BELOW_NORM: 1.25,
    Status.NORM_UNKNOWN: 1.35,
    Status.MEETS_NORM: 1.0,
    Status.UNKNOWN: 1.5,
}
"""Radius of each mark in those of the plain one; what meets the norm recedes."""
RURAL_TIMES = 1.25
MOST_RINGED = 0.04
"""Rings are drawn while the squares about their radii take less than this part of the map; beyond it they run into one another."""


def _size(status: Status, radius: float) -> float:
    """Radius of a status's mark, points; the unconnected ones stay large enough to be seen."""
    return max(1.7 if status is Status.UNCONNECTED else 0.0, _TIMES[status] * radius)


def thinned(places: Points, ranks: Int64Array) -> tuple[Int64Array, int]:
    """One school a cell, the one whose mark lies on top; gives their rows, in order, and the most schools of a cell."""
    cells = np.floor(places / CELL_POINTS).astype(np.int64)
    keys = cells[:, 0] * 1_000_000 + cells[:, 1]
    order = np.lexsort((-ranks, keys))
    is_first = np.ones(len(order), dtype=bool)
    is_first[1:] = np.diff(keys[order]) != 0
    counts = np.diff(np.append(np.flatnonzero(is_first), len(order)))
    return np.sort(order[is_first]), int(counts.max(initial=1))


def _inside(rings: Sequence[Points]) -> tuple[float, float, float]:
    """Middle of the largest circle in the largest ring, and its radius, in points."""
    largest = max(rings, key=lambda ring: abs(_surface(ring)))
    if len(largest) < 4 or abs(_surface(largest)) < 1e-6:
        across, down = largest.mean(axis=0)
        return float(across), float(down), 0.0
    shape = shapely.make_valid(shapely.Polygon(largest))
    line = shapely.maximum_inscribed_circle(shape, tolerance=max(0.5, math.sqrt(abs(_surface(largest))) / 50))
    (across, down), _ = shapely.get_coordinates(line)
    return float(across), float(down), float(shapely.length(line))


def _surface(ring: Points) -> float:
    across, down = ring[:, 0], ring[:, 1]
    return float(np.dot(across[:-1], down[1:]) - np.dot(across[1:], down[:-1])) / 2


@dataclass(frozen=True)
class _Label:
    """Lines of a label about a place, and the room they take."""

    lines: tuple[tuple[str, bool], ...]
    across: float
    middle: float
    width: float

    @property
    def edges(self) -> tuple[float, float, float, float]:
        """Left, top, right, bottom."""
        half = len(self.lines) * LABEL_POINTS * 1.15 / 2
        return self.across - self.width / 2, self.middle - half, self.across + self.width / 2, self.middle + half


def draw_labels(sheet: Sheet, areas: Sequence[PictureArea], shapes: Sequence[Sequence[Points]], box: Box) -> None:
    """Write names and figures on the areas, the large areas first; one that finds no room is left to the table."""
    taken: list[tuple[float, float, float, float]] = []
    sized = [(_inside(rings), area) for area, rings in zip(areas, shapes, strict=True) if area.name or area.figure]
    for (across, down, radius), area in sorted(sized, key=lambda one: -one[0][2]):
        label = next((one for one in _candidates(area, across, down, radius) if _has_room(one, taken, box)), None)
        if label is not None:
            taken.append(label.edges)
            _write(sheet, label)


def _candidates(area: PictureArea, across: float, down: float, radius: float) -> Iterable[_Label]:
    """Labels for an area, the best first: on its middle, then just above, below and beside it; without its figure at last."""
    name = [(line, False) for line in wrapped(area.name, 62, LABEL_POINTS, most=3)] if area.name else []
    figure = [(area.figure, True)] if area.figure else []
    for lines in ([*name, *figure], name):
        if not lines:
            continue
        width = max(width_of(line, LABEL_POINTS, is_bold) for line, is_bold in lines)
        step = max(radius, 2.0) + len(lines) * LABEL_POINTS * 0.6
        aside = max(radius, 2.0) + width / 2 + 2
        for right, below in ((0.0, 0.0), (0.0, -step), (0.0, step), (aside, 0.0), (-aside, 0.0)):
            yield _Label(tuple(lines), across + right, down + below, width)


def _has_room(label: _Label, taken: Sequence[tuple[float, float, float, float]], box: Box) -> bool:
    left, top, right, bottom = label.edges
    if left < box.left or right > box.right or top < box.top or bottom > box.bottom:
        return False
    return all(right < other[0] or left > other[2] or bottom < other[1] or top > other[3] for other in taken)


def _write(sheet: Sheet, label: _Label) -> None:
    down = label.edges[1] + LABEL_POINTS * 0.9
    for line, is_bold in label.lines:
        sheet.text(label.across, down, line, LABEL_POINTS, is_bold=is_bold, align="center", has_halo=True)
        down += LABEL_POINTS * 1.15


def scale_length_km(extent_km: float) -> float:
    """A round length, 1, 2 or 5 times a power of ten, of at most an extent."""
    power = 10.0 ** math.floor(math.log10(max(extent_km, 1e-3)))
    return max(step * power for step in (1, 2, 5) if step * power <= extent_km)


def draw_scale(sheet: Sheet, picture: MapPicture, extent: Extent, left: float, down: float) -> float:
    """Draw the scale bar on a base line; gives its width in points, words included."""
    length_km = scale_length_km(extent.box.width / 5 / extent.points_per_km)
    length = length_km * extent.points_per_km
    sheet.line(np.array([[left, down - 4], [left, down], [left + length, down], [left + length, down - 4]]), colour=BORDER_LIGHT, width=1.0)
    words = picture.words.kilometres(length_km)
    sheet.text(left + length + 4, down, words, 7, colour=QUIET_LIGHT)
    return length + 4 + width_of(words, 7)
