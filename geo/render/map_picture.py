"""A map as a picture to take away, PNG or SVG: what it shows, and the sizes it comes in.

Content alone: `geo.render.map_picture_page` draws it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from geo.model import Status
from geo.schools import BoolArray, FloatArray, Int8Array

POINTS_PER_MM = 72 / 25.4


class PictureFormat(StrEnum):
    """What a picture can be."""

    PNG = "png"
    SVG = "svg"


@dataclass(frozen=True, slots=True)
class PictureSize:
    """Size of a sheet.

    Parameters
    ----------
    width, height
        Points (1/72 inch).
    dots_per_inch
        Of the PNG; an SVG has none.
    is_map_alone
        Whether the map with its scale is all there is; the height then is the most that it may take.
    """

    width: float
    height: float
    dots_per_inch: int
    is_map_alone: bool = False


SIZES: Mapping[str, PictureSize] = {
    "a4-landscape": PictureSize(297 * POINTS_PER_MM, 210 * POINTS_PER_MM, 150),
    "a4-portrait": PictureSize(210 * POINTS_PER_MM, 297 * POINTS_PER_MM, 150),
    "slide": PictureSize(960, 540, 144),
    "square": PictureSize(600, 600, 144),
    "map": PictureSize(540, 430, 144, is_map_alone=True),
}
"""Sizes by name: A4 to print, 16:9 for a slide (1920 × 1080), 1:1 for a post (1200 × 1200), and the map without anything beside it, for
pages and documents that say the rest themselves."""
DEFAULT_SIZE = "a4-landscape"


class Texture(StrEnum):
    """What lies over the fill of an area."""

    NONE = "none"
    HATCH = "hatch"
    DOTS = "dots"


@dataclass(frozen=True, slots=True)
class Look:
    """How an area is drawn, on the map and in the legend: `fill` is `#RRGGBB`."""

    fill: str
    texture: Texture = Texture.NONE


@dataclass(frozen=True, slots=True)
class PictureArea:
    """An area of the map.

    Parameters
    ----------
    name, figure
        What is written on it, "" for nothing: its name, and its figure in words.
    geometry
        GeoJSON polygon or multipolygon, degrees, WGS84, longitude first.
    circle
        Radius of the circle on it, of that of the largest, 0 to 1, where a count is shown; None draws none.
    """

    name: str
    figure: str
    geometry: Mapping[str, Any]
    look: Look
    circle: float | None = None


@dataclass(frozen=True, slots=True)
class PictureSchools:
    """Schools of a map, one value a school in each array; NaN positions are not drawn."""

    longitude: FloatArray
    latitude: FloatArray
    statuses: Int8Array
    is_rural: BoolArray


@dataclass(frozen=True, slots=True)
class StatusLine:
    """One status in the bar and in the legend; `fraction` of the bar, 0 to 1."""

    status: Status
    word: str
    figure: str
    share: str
    fraction: float


@dataclass(frozen=True, slots=True)
class LookLine:
    """One class of areas in the legend."""

    look: Look
    word: str
    figure: str


@dataclass(frozen=True, slots=True)
class KeyFigure:
    """A figure that stands large: its value, its bounds, and what it is of."""

    value: str
    bounds: str
    word: str


@dataclass(frozen=True, slots=True)
class PictureTable:
    """The places in figures, in the order of need; the first cell of a row is text, the others are figures."""

    title: str = ""
    head: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True)
class PictureWords:
    """Words that depend on what is drawn, in the language of the picture.

    Parameters
    ----------
    kilometres
        A length.
    projection
        What the scale is worth: latitude of the middle in degrees, and by how many percent it is off at most.
    marks
        That one mark stands for up to n schools.
    outside
        That n schools lie outside the picture.
    more
        That a table has n rows more.
    """

    kilometres: Callable[[float], str]
    projection: Callable[[float, float], str]
    marks: Callable[[int], str]
    outside: Callable[[int], str]
    more: Callable[[int], str]


@dataclass(frozen=True)
class MapPicture:
    """Everything that a picture shows, in the words of its language; all of it is drawn as plain text.

    Parameters
    ----------
    place
        Whose schools these are.
    notice
        What must be seen first, such as that the data are synthetic; "" for nothing.
    extras
        Further lines of the legend of schools: word and figure. The first is that of the ringed mark.
    sizes
        Circles to compare with: radius, of that of the largest, and the count in words.
    areas
        Areas with a look; the picture shows all of them.
    beside
        GeoJSON of what lies around them, drawn plain.
    foot
        Lines about release, norm, sources and boundaries.
    """

    place: str
    title: str
    lines: tuple[str, ...]
    notice: str
    statuses_title: str
    statuses: tuple[StatusLine, ...]
    extras: tuple[tuple[str, str], ...]
    figures: tuple[KeyFigure, ...]
    looks_title: str
    looks: tuple[LookLine, ...]
    sizes: tuple[tuple[float, str], ...]
    areas: tuple[PictureArea, ...]
    beside: tuple[Mapping[str, Any], ...]
    schools: PictureSchools
    foot: tuple[str, ...]
    words: PictureWords
    table: PictureTable = field(default_factory=PictureTable)
    citation: str = ""
