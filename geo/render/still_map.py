"""Maps without a script: regions as an SVG picture for browsers without JavaScript, and the outline on a school's page.

A picture carries its colours itself, since no stylesheet reaches it; an outline inside a page takes those of the page.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from typing import Any

import numpy as np
import numpy.typing as npt

from geo.model import STATUSES, Status
from geo.render.measures import MAX_RADIUS, PLAIN, Look, radius_px
from geo.render.palette import BORDER_LIGHT, GROUND_LIGHT, INK_LIGHT, MARKS, NO_SHARE, SHARE_CLASSES
from geo.render.school_map import Bounds, RegionShapes
from geo.schools import FloatArray, Int8Array, is_position

WIDTH = 960.0
"""Width of a picture in its own units; the height follows from the bounds."""
MARGIN = 8.0
OUTLINE_WIDTH = 320.0

_MAX_LATITUDE = 85.0


@dataclass(frozen=True)
class Frame:
    """Where degrees fall in a picture: spherical Mercator, scaled to a width.

    Parameters
    ----------
    bounds
        West, south, east, north, degrees.
    """

    bounds: Bounds
    width: float

    @property
    def scale(self) -> float:
        """Units of the picture in one radian at the equator."""
        west, _, east, _ = self.bounds
        return (self.width - 2 * MARGIN) / max(math.radians(east - west), 1e-6)

    @property
    def height(self) -> float:
        """Height of the picture, at most twice its width."""
        _, south, _, north = self.bounds
        return float(min(self.scale * (_mercator(north) - _mercator(south)) + 2 * MARGIN, 2 * self.width))

    @property
    def is_wide(self) -> bool:
        """Whether the bounds are clearly wider than high."""
        west, south, east, north = self.bounds
        return bool(math.radians(east - west) > 1.2 * (_mercator(north) - _mercator(south)))

    def places(self, longitude: Any, latitude: Any) -> tuple[FloatArray, FloatArray]:
        """Positions in the picture from the top left, rounded to tenths."""
        west, _, _, north = self.bounds
        across = MARGIN + self.scale * np.radians(np.asarray(longitude, dtype=np.float64) - west)
        down = MARGIN + self.scale * (_mercator(north) - _mercator(np.asarray(latitude, dtype=np.float64)))
        return np.round(across, 1), np.round(down, 1)


def _mercator(latitude: Any) -> Any:
    return np.arcsinh(np.tan(np.radians(np.clip(latitude, -_MAX_LATITUDE, _MAX_LATITUDE))))


def still_map(
    shapes: RegionShapes,
    looks: Mapping[str, Look],
    longitude: FloatArray,
    latitude: FloatArray,
    statuses: Int8Array,
    *,
    max_radius: float = MAX_RADIUS,
    note: str = "",
) -> str:
    """An SVG picture of areas by class or with a circle for a count, and a triangle for every unconnected school that has a position.

    Parameters
    ----------
    looks
        Look of each code (`measures.look_of`); codes without one are drawn as having no data.
    longitude, latitude, statuses
        One value a school; NaN where not placed.
    max_radius
        Radius of the largest circle, units of the picture.
    note
        What the picture must say wherever it goes, such as that its schools are not real.
    """
    frame = Frame(shapes.bounds or (-180.0, -60.0, 180.0, 75.0), WIDTH)
    paths = [
        f'<path d="{path_of(geometry, frame)}" fill="{_fill(looks.get(code, _NO_LOOK))}"/>'
        for code, geometry in zip(shapes.codes, shapes.geometries, strict=True)
    ]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {frame.width:g} {frame.height:.0f}">{_PATTERNS}'
        f'<rect width="100%" height="100%" fill="{GROUND_LIGHT}"/>'
        f'<g stroke="{BORDER_LIGHT}" stroke-width="0.8" stroke-linejoin="round" fill-rule="evenodd">{"".join(paths)}</g>'
        f"{_circles(shapes, looks, frame, max_radius)}"
        f"{_triangles(frame, longitude, latitude, statuses == STATUSES.index(Status.UNCONNECTED))}{written(note, frame)}</svg>"
    )


def written(note: str, frame: Frame) -> str:
    """A line of text at the lower left of a picture; "" for none."""
    if not note:
        return ""
    return f'<text x="8" y="{frame.height - 10:.0f}" font-family="sans-serif" font-size="16" fill="{INK_LIGHT}">{escape(note)}</text>'


_NO_LOOK = Look(NO_SHARE)
_PLAIN_FILL = "#F5F6F7"
_FILLS = {one.name: one.light for one in SHARE_CLASSES} | {NO_SHARE: "url(#hatch)", PLAIN: _PLAIN_FILL}
_DOTS = "".join(
    f'<pattern id="dots-{one.name}" width="7" height="7" patternUnits="userSpaceOnUse"><rect width="7" height="7" fill="{one.light}"/>'
    f'<circle cx="3.5" cy="3.5" r="1" fill="{BORDER_LIGHT}"/></pattern>'
    for one in SHARE_CLASSES
)
_PATTERNS = (
    '<defs><pattern id="hatch" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
    f'<rect width="6" height="6" fill="{_PLAIN_FILL}"/><path d="M0 0V6" stroke="#7B8691"/></pattern>{_DOTS}</defs>'
)


def _fill(look: Look) -> str:
    return f"url(#dots-{look.name})" if look.is_wide else _FILLS[look.fill]


def _circles(shapes: RegionShapes, looks: Mapping[str, Look], frame: Frame, max_radius: float) -> str:
    """A circle for each count, the largest first, so that none is hidden by a larger one."""
    largest = max((look.count or 0 for look in looks.values()), default=0)
    found = [(look.count, geometry) for code, geometry in zip(shapes.codes, shapes.geometries, strict=True) if (look := looks.get(code))]
    drawn = sorted(((count, geometry) for count, geometry in found if count), key=lambda pair: -pair[0])
    if not drawn:
        return ""
    middles = [ring_centre(geometry) for _, geometry in drawn]
    across, down = frame.places(*np.asarray(middles).T)
    circles = "".join(
        f'<circle cx="{x:g}" cy="{y:g}" r="{radius_px(count, largest, max_radius):g}"/>'
        for (count, _), x, y in zip(drawn, across.tolist(), down.tolist(), strict=True)
    )
    return f'<g class="counts" fill="{INK_LIGHT}" fill-opacity="0.2" stroke="{INK_LIGHT}" stroke-width="1.5">{circles}</g>'


def ring_centre(geometry: Mapping[str, Any]) -> tuple[float, float]:
    """Longitude and latitude, degrees, of the middle of the largest ring of a polygon or multipolygon: where its circle or name stands."""
    polygons = [geometry["coordinates"]] if geometry["type"] == "Polygon" else geometry["coordinates"]
    centres = [_centre(np.asarray(rings[0], dtype=np.float64)[:, :2]) for rings in polygons]
    _, longitude, latitude = max(centres, key=lambda centre: centre[0])
    return longitude, latitude


def _centre(ring: npt.NDArray[np.float64]) -> tuple[float, float, float]:
    """Area in square degrees and centre of mass of a closed ring; its first corner where it has no area."""
    x, y = (ring - ring[0]).T
    cross = x[:-1] * y[1:] - x[1:] * y[:-1]
    twice = float(cross.sum())
    if twice == 0:
        return 0.0, float(ring[0, 0]), float(ring[0, 1])
    longitude, latitude = (float(((side[:-1] + side[1:]) * cross).sum() / (3 * twice)) for side in (x, y))
    return abs(twice) / 2, float(ring[0, 0]) + longitude, float(ring[0, 1]) + latitude


def _triangles(frame: Frame, longitude: FloatArray, latitude: FloatArray, is_wanted: npt.NDArray[np.bool_]) -> str:
    is_placed = is_wanted & is_position(latitude, longitude)
    across, down = frame.places(longitude[is_placed], latitude[is_placed])
    moves = "".join(f"M{x:g} {y - 4:g}l3.6 6.6h-7.2z" for x, y in zip(across.tolist(), down.tolist(), strict=True))
    return f'<path d="{moves}" fill="{MARKS[Status.UNCONNECTED].light}" stroke="{GROUND_LIGHT}" stroke-width="0.8"/>' if moves else ""


def outline(shapes: RegionShapes, here: tuple[float, float] | None) -> str:
    """An SVG element for a page: regions in outline and a point, coloured by the page's stylesheet; "" without regions.

    Parameters
    ----------
    here
        Longitude and latitude of the point, degrees, WGS84.
    """
    if shapes.bounds is None:
        return ""
    frame = Frame(shapes.bounds, OUTLINE_WIDTH)
    paths = "".join(f'<path class="region share-plain" d="{path_of(geometry, frame)}"/>' for geometry in shapes.geometries)
    point = ""
    if here is not None:
        (across,), (down,) = frame.places([here[0]], [here[1]])
        point = f'<circle class="here" cx="{across:g}" cy="{down:g}" r="5"/>'
    return (
        f'<svg class="outline" viewBox="0 0 {frame.width:g} {frame.height:.0f}" aria-hidden="true" fill-rule="evenodd">{paths}{point}</svg>'
    )


def path_of(geometry: Mapping[str, Any], frame: Frame) -> str:
    """A polygon or multipolygon as the data of an SVG path; "" where it is smaller than a dot."""
    polygons = [geometry["coordinates"]] if geometry["type"] == "Polygon" else geometry["coordinates"]
    return "".join(_ring_path(np.asarray(ring, dtype=np.float64)[:, :2], frame) for rings in polygons for ring in rings)


def _ring_path(ring: npt.NDArray[np.float64], frame: Frame) -> str:
    """A ring as path commands; positions that fall together are drawn once, rings smaller than a dot not at all."""
    across, down = frame.places(ring[:, 0], ring[:, 1])
    moved = np.ones(len(across), dtype=bool)
    moved[1:] = (np.abs(np.diff(across)) + np.abs(np.diff(down))) >= 0.3
    across, down = across[moved], down[moved]
    if len(across) < 3:
        return ""
    return "M" + "L".join(f"{x:g} {y:g}" for x, y in zip(across.tolist(), down.tolist(), strict=True)) + "Z"
