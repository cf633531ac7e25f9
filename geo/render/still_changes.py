"""The map of what changed between two releases as one SVG picture, for browsers without JavaScript; it carries its colours itself."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from geo.render.change_map import CHANGE_CLASSES
from geo.render.change_marks import CHANGE_MARKS, HALO_WIDTH, STROKE_WIDTH, ChangeMark
from geo.render.palette import BORDER_LIGHT, GROUND_LIGHT, NO_SHARE
from geo.render.school_map import WORLD, RegionShapes
from geo.render.still_map import WIDTH, Frame, path_of, written
from geo.schools import FloatArray

NOT_SURE = "not-sure"
"""Class of a region whose share may not have moved at all."""
FILLS: Mapping[str, str] = dict(zip(CHANGE_CLASSES, ("#5B8FC7", "#C3DAF0", "#F5F6F7", "#F6D9B4", "#E0A25A"), strict=True)) | {
    NO_SHARE: "url(#hatch)",
    NOT_SURE: "#F5F6F7",
}
"""Fill of a region by the class of its move (geo.render.change_map)."""
CELL = 5.0
"""Marks of one kind closer than this lie on one another, so one is drawn, units of the picture."""
HATCH = (
    '<defs><pattern id="hatch" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
    '<rect width="6" height="6" fill="#F5F6F7"/><path d="M0 0V6" stroke="#7B8691"/></pattern></defs>'
)


def still_changes(
    shapes: RegionShapes, classes: Mapping[str, str], marks: Mapping[str, tuple[FloatArray, FloatArray]], *, note: str = ""
) -> str:
    """An SVG picture of regions by the class of their move, with a mark for each changed school that has a place of its own in it.

    Parameters
    ----------
    classes
        Class of each region's code (`change_map.change_class`, or `NOT_SURE`); codes without one are hatched.
    marks
        Kind of change → longitude and latitude, degrees, WGS84, one value a school; kinds later in the mapping are drawn on top.
    note
        What the picture must say wherever it goes, such as that its schools are not real.
    """
    frame = Frame(shapes.bounds or WORLD, WIDTH)
    paths = "".join(
        f'<path d="{path_of(geometry, frame)}" fill="{FILLS[classes.get(code, NO_SHARE)]}"/>'
        for code, geometry in zip(shapes.codes, shapes.geometries, strict=True)
    )
    drawn = "".join(_marks(CHANGE_MARKS[kind], *places, frame) for kind, places in marks.items() if len(places[0]))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {frame.width:g} {frame.height:.0f}">'
        f'<rect width="100%" height="100%" fill="{GROUND_LIGHT}"/>{HATCH}'
        f'<g stroke="{BORDER_LIGHT}" stroke-width="0.8" stroke-linejoin="round" fill-rule="evenodd">{paths}</g>'
        f"{drawn}{written(note, frame)}</svg>"
    )


def _marks(mark: ChangeMark, longitude: FloatArray, latitude: FloatArray, frame: Frame) -> str:
    """Marks of one kind, each with a halo, drawn through one shape that is written once."""
    across, down = frame.places(longitude, latitude)
    _, first = np.unique(np.floor(np.column_stack([across, down]) / CELL), axis=0, return_index=True)
    name = f"m{list(CHANGE_MARKS.values()).index(mark)}"
    halo = f'stroke="{GROUND_LIGHT}" stroke-width="{2 * HALO_WIDTH + (0 if mark.is_filled else STROKE_WIDTH):g}"'
    shape = f'fill="{mark.light}"' if mark.is_filled else f'fill="none" stroke="{mark.light}" stroke-width="{STROKE_WIDTH:g}"'
    symbol = (
        f'<defs><g id="{name}" stroke-linecap="round"><path d="{mark.path}" fill="none" {halo}/><path d="{mark.path}" {shape}/></g></defs>'
    )
    uses = "".join(f'<use href="#{name}" x="{x:g}" y="{y:g}"/>' for x, y in zip(across[first].tolist(), down[first].tolist(), strict=True))
    return symbol + uses
