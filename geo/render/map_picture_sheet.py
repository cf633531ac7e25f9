"""A sheet of paper for pictures, and how one becomes a file: points from its top left, plain text, the five marks, textures of areas.

The only module that holds Matplotlib's figures. It uses them as objects, without `pyplot` and its state, and gives every setting itself,
so that no file of the machine changes a picture.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from typing import Any, Literal

import matplotlib
import numpy as np
from matplotlib.artist import Artist
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.collections import PathCollection
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import PathPatch, Rectangle
from matplotlib.path import Path
from matplotlib.patheffects import withStroke
from matplotlib.text import Text
from matplotlib.transforms import Affine2D, Bbox, IdentityTransform, TransformedBbox

from geo.model import STATUSES, Status
from geo.render.map_picture import Look, PictureFormat, PictureSize, Texture
from geo.render.map_picture_svg import slender_svg
from geo.render.map_picture_text import cleaned, font
from geo.render.palette import BORDER_LIGHT, GROUND_LIGHT, INK_LIGHT, MARKS
from geo.schools import FloatArray

HATCH_INK = "#7B8691"
HATCH = "////"
DOTS = ".."
RING_TIMES = 1.75
"""Radius of the ring about a mark, in those of the mark."""
SETTINGS: Any = {
    **{name: value for name, value in matplotlib.rcParamsDefault.items() if name != "backend"},
    "svg.hashsalt": "qosyl",
    "svg.fonttype": "path",
    "svg.image_inline": True,
    "text.parse_math": False,
    "text.usetex": False,
    "text.hinting": "none",
    "hatch.linewidth": 0.6,
    "path.simplify": True,
    "path.simplify_threshold": 0.1,
    "savefig.bbox": None,
    "savefig.transparent": False,
}
"""Matplotlib's defaults, whatever a file of the machine says, and what differs from them."""

Points = np.ndarray[Any, np.dtype[np.float64]]
"""Positions in points from the top left, shape (n, 2)."""


def _mark(status: Status) -> Path:
    """A mark about 0, 0, of radius 1, up being positive: those of templates/parts/marks.html and static/map/marks.js."""
    match status:
        case Status.UNCONNECTED:
            return Path([(0, 1.1), (1, -0.75), (-1, -0.75), (0, 1.1)], closed=True)
        case Status.BELOW_NORM:
            return Path([(-0.88, -0.88), (0.88, -0.88), (0.88, 0.88), (-0.88, 0.88), (-0.88, -0.88)], closed=True)
        case Status.UNKNOWN:
            return Path([(0, 1), (1, 0), (0, -1), (-1, 0), (0, 1)], closed=True)
        case _:
            return Path.unit_circle()


@dataclass(frozen=True, slots=True)
class _Stroke:
    """Fill and edge of marks, and the width of the edge in points."""

    fill: str
    edge: str
    width: float


class Sheet:
    """A figure whose unit is the point, from the top left, y downwards."""

    def __init__(self, size: PictureSize) -> None:
        self.width, self.height = size.width, size.height
        self._figure = Figure(figsize=(size.width / 72, size.height / 72), dpi=size.dots_per_inch, facecolor=GROUND_LIGHT)
        self._points = Affine2D().scale(1, -1).translate(0, size.height).scale(1 / 72) + self._figure.dpi_scale_trans
        self._level = 0
        self._clip: TransformedBbox | None = None

    @contextmanager
    def clipped(self, across: float, down: float, width: float, height: float) -> Iterator[None]:
        """Show only what lies in a rectangle, from its top left, of all that is drawn meanwhile."""
        self._clip = TransformedBbox(Bbox.from_bounds(across, down, width, height), self._points)
        try:
            yield
        finally:
            self._clip = None

    def _add(self, artist: Artist) -> None:
        """Draw an artist over all before it."""
        self._level += 1
        artist.set_zorder(self._level)
        artist.set_clip_box(self._clip)
        self._figure.add_artist(artist)

    def text(
        self,
        across: float,
        down: float,
        text: str,
        size: float,
        *,
        colour: str = INK_LIGHT,
        is_bold: bool = False,
        align: Literal["left", "center", "right"] = "left",
        has_halo: bool = False,
    ) -> None:
        """One line of text on a base line."""
        shown = cleaned(text)
        if not shown:
            return
        artist = Text(
            across,
            down,
            shown,
            color=colour,
            horizontalalignment=align,
            verticalalignment="baseline",
            fontproperties=font(size, is_bold),
            parse_math=False,
            transform=self._points,
        )
        if has_halo:
            artist.set_path_effects([withStroke(linewidth=size / 3.2, foreground=GROUND_LIGHT)])
        self._add(artist)

    def rectangle(
        self, across: float, down: float, width: float, height: float, fill: str, *, edge: str = "none", line: float = 0.5
    ) -> None:
        """A rectangle from its top left."""
        self._add(Rectangle((across, down), width, height, facecolor=fill, edgecolor=edge, linewidth=line, transform=self._points))

    def line(self, places: Points, *, colour: str = INK_LIGHT, width: float = 0.5) -> None:
        """A line along positions."""
        self._add(Line2D(places[:, 0], places[:, 1], color=colour, linewidth=width, transform=self._points, solid_capstyle="butt"))

    def area(self, rings: Sequence[Points], look: Look, *, edge: str = BORDER_LIGHT, line: float = 0.5) -> None:
        """Rings filled as one area, holes left open, and its texture over it."""
        parts = [Path(ring, closed=True) for ring in rings if len(ring) > 3]
        if not parts:
            return
        path = Path.make_compound_path(*parts)
        self._add(PathPatch(path, facecolor=look.fill, edgecolor=edge, linewidth=line, joinstyle="round", transform=self._points))
        if look.texture is not Texture.NONE:
            pattern, ink = (HATCH, HATCH_INK) if look.texture is Texture.HATCH else (DOTS, BORDER_LIGHT)
            self._add(
                PathPatch(path, facecolor="none", edgecolor=edge, linewidth=line, hatch=pattern, hatchcolor=ink, transform=self._points)
            )

    def marks(self, status: Status, places: Points, radius: float, *, is_ringed: bool = False, as_image: bool = False) -> None:
        """Marks of one status, outlined in the colour of the ground; ringed ones have a circle about them.

        Parameters
        ----------
        radius
            In points.
        as_image
            Whether an SVG holds them as an image, since there are too many to name each.
        """
        if not len(places):
            return
        colour = MARKS[status].light
        is_open = status in (Status.NORM_UNKNOWN, Status.UNKNOWN)
        if is_ringed:
            self._collection(Path.unit_circle(), places, RING_TIMES * radius, _Stroke("none", colour, 0.2 * radius), as_image=as_image)
        halo = max(0.25, 0.18 * radius)
        if is_open:
            stroke = max(0.45, 0.34 * radius)
            fill = GROUND_LIGHT if status is Status.UNKNOWN else "none"
            self._collection(_mark(status), places, radius, _Stroke(fill, GROUND_LIGHT, stroke + 2 * halo), as_image=as_image)
            self._collection(_mark(status), places, radius, _Stroke(fill, colour, stroke), as_image=as_image)
        else:
            self._collection(_mark(status), places, radius, _Stroke(colour, GROUND_LIGHT, halo), as_image=as_image)

    def _collection(self, path: Path, places: Points, radius: float, look: _Stroke, *, as_image: bool = False) -> None:
        collection = PathCollection(
            [path],
            sizes=[radius**2],
            offsets=places,
            offset_transform=self._points,
            facecolors=look.fill,
            edgecolors=look.edge,
            linewidths=look.width,
        )
        collection.set_transform(IdentityTransform())  # `sizes` is the square of a scale in points
        collection.set_rasterized(as_image)
        self._add(collection)

    def circle(self, across: float, down: float, radius: float, fill: str, edge: str) -> None:
        """A circle about a place."""
        self._collection(Path.unit_circle(), np.array([[across, down]]), radius, _Stroke(fill, edge, 0.75))

    def as_file(self, picture_format: PictureFormat, *, title: str, description: str) -> bytes:
        """The sheet as a file that says what it shows and not when it was made."""
        out = BytesIO()
        if picture_format is PictureFormat.PNG:
            png = {"Title": title, "Description": description, "Software": "Qosyl"}
            FigureCanvasAgg(self._figure).print_png(out, metadata=png)  # type: ignore[no-untyped-call]
        else:
            svg = {"Title": title, "Description": description, "Creator": "Qosyl", "Date": None}
            FigureCanvasSVG(self._figure).print_svg(out, metadata=svg)  # type: ignore[no-untyped-call]
            return slender_svg(out.getvalue().decode()).encode()
        return out.getvalue()


def places_of(across: FloatArray, down: FloatArray) -> Points:
    """Two arrays of length n as positions, shape (n, 2)."""
    return np.column_stack([across, down])


MARK_ORDER: tuple[Status, ...] = (Status.MEETS_NORM, Status.NORM_UNKNOWN, Status.BELOW_NORM, Status.UNKNOWN, Status.UNCONNECTED)
"""From the bottom up, as on the page's map."""
assert set(MARK_ORDER) == set(STATUSES)
