"""Marks, colours and share classes: the one list that stylesheet, map, legend and tests agree on.

Colours of statuses follow Okabe and Ito, darkened to 3:1 on white and lightened to 3:1 on the dark ground; classes of a share run
from pale to deep like Cividis, so that they keep their order in greyscale. Nothing here draws.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from geo.model import Status


@dataclass(frozen=True, slots=True)
class Mark:
    """How one status looks wherever it is shown.

    Parameters
    ----------
    symbol
        The mark as a text character, for places without drawing.
    light, dark
        Colour on the light and on the dark ground, `#RRGGBB`.
    """

    status: Status
    symbol: str
    light: str
    dark: str


MARKS: Mapping[Status, Mark] = {
    mark.status: mark
    for mark in (
        Mark(Status.UNCONNECTED, "▲", "#D55E00", "#FF8A3D"),
        Mark(Status.BELOW_NORM, "■", "#B07900", "#E0B040"),
        Mark(Status.NORM_UNKNOWN, "○", "#0072B2", "#5DB4EC"),
        Mark(Status.MEETS_NORM, "●", "#009E73", "#3CC79B"),
        Mark(Status.UNKNOWN, "◇", "#767676", "#A9AFB6"),
    )
}
"""The mark of each status, in the order of the legend."""

GROUND_LIGHT = "#FFFFFF"
GROUND_DARK = "#0F1419"
"""Ground of pages and of the map, and colour of the halo that parts a mark from the area under it."""

BORDER_LIGHT = "#37444F"
BORDER_DARK = "#A9B6C2"
"""Outlines of regions."""

INK_LIGHT = "#1A2027"
INK_DARK = "#E8ECF0"
QUIET_LIGHT = "#58636E"
QUIET_DARK = "#A3AEB9"
ACCENT_LIGHT = "#005A8C"
ACCENT_DARK = "#7CC4F4"
"""Text, quiet text and links."""


@dataclass(frozen=True, slots=True)
class ShareClass:
    """One class of a share, lower end included, upper end not, except that the last one includes 100%.

    Parameters
    ----------
    name
        Name used in class attributes: `share-1` is the lowest.
    lower_percent, upper_percent
        0 to 100.
    light, dark
        Area fill on the light and on the dark ground, `#RRGGBB`.
    """

    name: str
    lower_percent: int
    upper_percent: int
    light: str
    dark: str


SHARE_CLASSES: tuple[ShareClass, ...] = (
    ShareClass("share-1", 0, 50, "#FFF093", "#3C2502"),
    ShareClass("share-2", 50, 70, "#E3E2B9", "#3B3421"),
    ShareClass("share-3", 70, 90, "#B5D1D3", "#334344"),
    ShareClass("share-4", 90, 99, "#91B9D9", "#2E4E67"),
    ShareClass("share-5", 99, 100, "#6FA1DE", "#225A92"),
)

NO_SHARE = "share-none"
"""Class of an area whose share is null: drawn hatched, and in the legend with its count."""

WIDE_BOUNDS = 0.20
"""Bounds further apart than this are drawn dotted: the share then says little."""


def share_class(share: float | None) -> str:
    """Name of the class that a share of 0 to 1 falls in; `NO_SHARE` where the share is null.

    The share is compared unrounded: 0.6999 is in the class below 70%, whatever a page prints.
    """
    if share is None:
        return NO_SHARE
    for one in SHARE_CLASSES:
        if share * 100 < one.upper_percent:
            return one.name
    return SHARE_CLASSES[-1].name


def is_wide(lower: float | None, upper: float | None) -> bool:
    """Whether bounds of a share, 0 to 1, lie more than 20 points apart; never for null bounds."""
    return lower is not None and upper is not None and round(upper - lower, 9) > WIDE_BOUNDS


def _luminance(colour: str) -> float:
    """Relative luminance of `#RRGGBB`, 0 to 1, after WCAG 2.2."""
    channels = [int(colour[position : position + 2], 16) / 255 for position in (1, 3, 5)]
    linear = [value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(first: str, second: str) -> float:
    """Contrast ratio of two colours `#RRGGBB`, 1 to 21, after WCAG 2.2; the order does not matter."""
    darker, lighter = sorted((_luminance(first), _luminance(second)))
    return (lighter + 0.05) / (darker + 0.05)
