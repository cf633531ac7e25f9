"""Pictures of a change: how each region's share moves, what it was and will be, and the schools that change, as SVG for a page.

The shapes of regions are written once and used by each picture, so three pictures take little more than one. Colours are those of the
page's stylesheet, so that the pictures follow its light and dark.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from html import escape

import numpy as np

from geo.render.palette import NO_SHARE
from geo.render.school_map import WORLD, RegionShapes
from geo.render.still_map import Frame, path_of

WIDTH = 720.0
"""Width of a picture in its own units."""
MARGIN_POINTS = 0.5
"""A share that moves by less than this many percentage points reads the same before and after."""
LARGE_POINTS = 10.0
"""From here on a move is large."""

CHANGE_CLASSES: tuple[str, ...] = ("change-up-2", "change-up-1", "change-none", "change-down-1", "change-down-2")
"""Classes of a share's move, the best news first."""


def change_class(before: float | None, after: float | None) -> str:
    """Class of a move between two shares of 0 to 1; `NO_SHARE` where either is null, since nothing can be said then."""
    if before is None or after is None:
        return NO_SHARE if before is not None or after is not None else "change-none"
    points = round(100 * (after - before), 9)  # so that 0.6 from 0.5 is ten
    if abs(points) < MARGIN_POINTS:
        return "change-none"
    direction = "up" if points > 0 else "down"
    return f"change-{direction}-{2 if abs(points) >= LARGE_POINTS else 1}"


@dataclass(frozen=True)
class RegionLook:
    """How a region looks in one picture: its class, and what a pointer resting on it says."""

    name: str
    title: str


Line = tuple[tuple[float, float], ...]


def _circle(radius: float) -> Line:
    """Twelve corners, which at the size of a mark is a circle."""
    angles = [math.pi * at / 6 for at in range(12)]
    return tuple((round(radius * math.cos(angle), 2), round(radius * math.sin(angle), 2)) for angle in angles)


_CLOSED: Mapping[str, Line] = {
    "lost_connection": ((0, -7.5), (7, 5), (-7, 5)),
    "gone_silent": ((0, -6.5), (6.5, 0), (0, 6.5), (-6.5, 0)),
    "newly_connected": _circle(5.5),
    "moved": ((-6, -4.5), (6, -4.5), (6, 4.5), (-6, 4.5)),
    "changed": _circle(2.5),
}
_OPEN: Mapping[str, tuple[Line, ...]] = {
    "removed": (((-5.5, -5.5), (5.5, 5.5)), ((-5.5, 5.5), (5.5, -5.5))),
    "added": (((-6, 0), (6, 0)), ((0, -6), (0, 6))),
}
"""Mark of each kind of change as offsets from its place, in units of the picture: filled shapes, and strokes."""

_FEW, _MANY = 40, 150


def mark_path(kind: str, count: int = 1) -> str:
    """Mark of a kind as relative path commands; the smaller the more there are, so that they do not hide one another."""
    size = 1.0 if count <= _FEW else 0.75 if count <= _MANY else 0.5
    lines = (_CLOSED[kind],) if kind in _CLOSED else _OPEN[kind]
    end = "z" if kind in _CLOSED else ""
    path, here = "", (0.0, 0.0)
    for line in lines:
        path += _steps(line, here, size) + end
        here = line[0] if end else line[-1]
    return path


def _steps(line: Line, here: tuple[float, float], size: float) -> str:
    """A line as relative commands, beginning with a move from where the pen is."""
    moves = [(size * (x - was_x), size * (y - was_y)) for (was_x, was_y), (x, y) in zip((here, *line), line, strict=False)]
    return "".join(f"{'ml'[at > 0]}{across:.4g} {down:.4g}" for at, (across, down) in enumerate(moves))


@dataclass(frozen=True)
class ChangePictures:
    """Pictures of regions that share one set of shapes.

    Parameters
    ----------
    shapes
        The regions; without any, the pictures show the marks alone.
    """

    shapes: RegionShapes

    @property
    def frame(self) -> Frame:
        """Where degrees fall in the pictures."""
        return Frame(self.shapes.bounds or WORLD, WIDTH)

    @cached_property
    def definitions(self) -> str:
        """The shapes, to stand once in the page before its pictures."""
        frame = self.frame
        paths = "".join(
            f'<path id="shape-{at}" vector-effect="non-scaling-stroke" d="{path_of(geometry, frame)}"/>'
            for at, geometry in enumerate(self.shapes.geometries)
        )
        return f'<svg class="patterns" aria-hidden="true"><defs>{paths}</defs></svg>'

    def picture(self, label: str, looks: Mapping[str, RegionLook], marks: Mapping[str, Sequence[Sequence[float]]] | None = None) -> str:
        """One picture.

        Parameters
        ----------
        label
            What it shows, for people who do not see it.
        looks
            Look of each region by code; a region without one is plain.
        marks
            Kind of change → longitude and latitude of each school, degrees, WGS84; kinds later in the mapping are drawn on top.
        """
        frame = self.frame
        regions = "".join(_region(at, looks.get(code)) for at, code in enumerate(self.shapes.codes))
        drawn = "".join(_marks(kind, places, frame) for kind, places in (marks or {}).items())
        return (
            f'<svg class="change-map" viewBox="0 0 {frame.width:g} {frame.height:.0f}" role="img" aria-label="{escape(label)}" '
            f'fill-rule="evenodd">{regions}{drawn}</svg>'
        )


def _region(at: int, look: RegionLook | None) -> str:
    if look is None:
        return f'<use class="region share-plain" href="#shape-{at}"/>'
    return f'<g class="region {escape(look.name)}"><title>{escape(look.title)}</title><use href="#shape-{at}"/></g>'


def _marks(kind: str, places: Sequence[Sequence[float]], frame: Frame) -> str:
    """All marks of a kind as one path."""
    if not places:
        return ""
    across, down = frame.places(*np.asarray(places, dtype=np.float64).T)
    mark = mark_path(kind, len(places))
    moves = "".join(f"M{x:g} {y:g}{mark}" for x, y in zip(across.tolist(), down.tolist(), strict=True))
    return f'<path class="place place-{escape(kind.replace("_", "-"))}" d="{moves}"/>'
