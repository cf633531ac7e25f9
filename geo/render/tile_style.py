"""How a map of vector tiles looks: a MapLibre style (https://maplibre.org/maplibre-style-spec/) and the sheet of our five marks.

Marks, colours and their order are those of the service's own map (static/map/marks.js), on a light ground. Text is not drawn, so that no
font is needed, and the marks come from this service: nothing is loaded from elsewhere.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from geo.model import AreaType, Status
from geo.render.palette import GROUND_LIGHT, MARKS
from geo.schools import FloatArray

RURAL_UNCONNECTED = "unconnected_rural"
"""The mark of what is unconnected and rural: the triangle in a ring."""
MARK_ORDER = (
    str(Status.MEETS_NORM),
    str(Status.NORM_UNKNOWN),
    str(Status.BELOW_NORM),
    str(Status.UNKNOWN),
    str(Status.UNCONNECTED),
    RURAL_UNCONNECTED,
)
"""Marks from the bottom up."""
CELL = 40
"""Width of a mark's square on the plain sheet."""

_BASE = 4.5
"""Radius of the plain mark, the largest that the service's map draws."""
_RADII: Mapping[str, float] = {
    Status.MEETS_NORM: _BASE,
    Status.NORM_UNKNOWN: _BASE * 1.35,
    Status.BELOW_NORM: _BASE * 1.25,
    Status.UNKNOWN: _BASE * 1.5,
    Status.UNCONNECTED: _BASE * 2.15,
    RURAL_UNCONNECTED: _BASE * 2.15,
}
_OPEN_LINE = 0.42
"""Width of the line of open marks, of their radius."""
_HALO = 1.0
_SAMPLES = 4
"""Samples along a side of a pixel, for smooth edges."""
_SIZES = ("interpolate", ("linear",), ("zoom",), 2, 0.2, 6, 0.4, 9, 0.6, 13, 1)
"""Share of the full size by zoom: a country's schools must not cover one another."""

Distance = Callable[[FloatArray, FloatArray, float], FloatArray]


def tile_style(*, name: str, attribution: str, tilejson: str, layer: str, sheet: str) -> dict[str, Any]:
    """The style of a map that shows the tiles alone, without a ground.

    Parameters
    ----------
    tilejson
        Address of the tiles' TileJSON document.
    layer
        Name of the layer in the tiles.
    sheet
        Address of the sheet of marks without its ending, as the style specification asks.
    """
    return {
        "version": 8,
        "name": name,
        "metadata": {"qosyl:legend": [_legend_row(status) for status in MARKS]},
        "sprite": sheet,
        "sources": {"schools": {"type": "vector", "url": tilejson, "attribution": attribution}},
        "layers": [_layer(mark, layer) for mark in MARK_ORDER],
    }


def mark_index(ratio: int) -> dict[str, dict[str, int]]:
    """Where each mark is on the sheet of a ratio, pixels."""
    side = CELL * ratio
    return {
        mark: {"x": at * side, "y": 0, "width": side, "height": side, "pixelRatio": ratio}
        for at, mark in enumerate(MARK_ORDER)
    }  # fmt: skip


def mark_sheet(ratio: int) -> bytes:
    """The sheet of marks as PNG, side by side in `MARK_ORDER`, on nothing."""
    return _png(np.concatenate([_mark_pixels(mark, ratio) for mark in MARK_ORDER], axis=1))


def _legend_row(status: Status) -> dict[str, str]:
    mark = MARKS[status]
    return {"status": str(status), "symbol": mark.symbol, "light": mark.light, "dark": mark.dark}


def _layer(mark: str, layer: str) -> dict[str, Any]:
    status = Status.UNCONNECTED if mark == RURAL_UNCONNECTED else Status(mark)
    condition: list[Any] = ["==", ["get", "status"], str(status)]
    if status is Status.UNCONNECTED:
        comparison = "==" if mark == RURAL_UNCONNECTED else "!="
        condition = ["all", condition, [comparison, ["get", "area_type"], str(AreaType.RURAL)]]
    return {
        "id": f"schools-{mark.replace('_', '-')}",
        "type": "symbol",
        "source": "schools",
        "source-layer": layer,
        "filter": condition,
        "layout": {
            "icon-image": mark,
            "icon-size": [list(part) if isinstance(part, tuple) else part for part in _SIZES],
            "icon-allow-overlap": True,
            "icon-ignore-placement": True,
        },
    }


def _disc(x: FloatArray, y: FloatArray, r: float) -> FloatArray:
    return np.asarray(np.hypot(x, y) - r)


def _square(x: FloatArray, y: FloatArray, r: float) -> FloatArray:
    return np.asarray(np.maximum(np.abs(x), np.abs(y)) - 0.88 * r)


def _diamond(x: FloatArray, y: FloatArray, r: float) -> FloatArray:
    return np.asarray((np.abs(x) + np.abs(y) - r) / np.sqrt(2))


def _triangle(x: FloatArray, y: FloatArray, r: float) -> FloatArray:
    slope = np.hypot(1.85, 1.0)
    return np.asarray(np.maximum(y - 0.75 * r, (1.85 * np.abs(x) - y - 1.1 * r) / slope))


_SHAPES: Mapping[str, Distance] = {
    Status.UNCONNECTED: _triangle,
    Status.BELOW_NORM: _square,
    Status.NORM_UNKNOWN: _disc,
    Status.MEETS_NORM: _disc,
    Status.UNKNOWN: _diamond,
    RURAL_UNCONNECTED: _triangle,
}
"""How far a place is from the edge of each mark, pixels, negative inside."""


def _mark_pixels(mark: str, ratio: int) -> npt.NDArray[np.uint8]:
    """A mark with its halo: colours and opacity, shape (side, side, 4)."""
    fine = CELL * ratio * _SAMPLES
    steps = (np.arange(fine) + 0.5) / (ratio * _SAMPLES) - CELL / 2
    x, y = np.meshgrid(steps, steps)
    radius = _RADII[mark]
    edge = _SHAPES[mark](x, y, radius)
    line = radius * _OPEN_LINE / 2 if mark in (Status.NORM_UNKNOWN, Status.UNKNOWN) else 0.0
    inked = np.abs(edge) <= line if line else edge <= 0
    ground = edge <= line + _HALO
    if mark == RURAL_UNCONNECTED:
        ring = np.abs(_disc(x, y, radius * 1.5 + 0.5))
        inked, ground = inked | (ring <= 0.6), ground | (ring <= 1.2)
    status = Status.UNCONNECTED if mark == RURAL_UNCONNECTED else Status(mark)
    return _coloured(_shares(inked), _shares(ground | inked), MARKS[status].light)


def _shares(mask: npt.NDArray[np.bool_]) -> FloatArray:
    """Share of the samples of each pixel that a mask has."""
    side = len(mask) // _SAMPLES
    return np.asarray(mask.reshape(side, _SAMPLES, side, _SAMPLES).mean(axis=(1, 3)))


def _coloured(ink: FloatArray, opacity: FloatArray, colour: str) -> npt.NDArray[np.uint8]:
    share = np.divide(ink, opacity, out=np.zeros_like(ink), where=opacity > 0)[..., None]
    colours = share * _channels(colour) + (1 - share) * _channels(GROUND_LIGHT)
    return np.round(np.concatenate([colours, 255 * opacity[..., None]], axis=2)).astype(np.uint8)


def _channels(colour: str) -> FloatArray:
    return np.asarray([int(colour[at : at + 2], 16) for at in (1, 3, 5)], dtype=np.float64)


def _png(pixels: npt.NDArray[np.uint8]) -> bytes:
    """Pixels of colour and opacity, shape (height, width, 4), as PNG: https://www.w3.org/TR/png-3/."""
    height, width, _ = pixels.shape
    rows = np.concatenate([np.zeros((height, 1), np.uint8), pixels.reshape(height, -1)], axis=1)
    head = struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)
    chunks = ((b"IHDR", head), (b"IDAT", zlib.compress(rows.tobytes(), 9)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in chunks
    )
