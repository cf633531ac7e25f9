"""Marks of what happened to schools between two releases: one shape a kind, none of them a mark of a status, and their colours on paper."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from geo.model import Status
from geo.render.palette import ACCENT_LIGHT, INK_LIGHT, MARKS


@dataclass(frozen=True, slots=True)
class ChangeMark:
    """How one kind of change looks.

    Parameters
    ----------
    path
        Data of an SVG path around 0, 0, within 8 units to each side.
    is_filled
        Whether the path is an area; else it is a stroke of `STROKE_WIDTH`.
    light
        Colour on a light ground, `#RRGGBB`; pages take theirs from the stylesheet (static/time.css).
    """

    path: str
    is_filled: bool
    light: str


STROKE_WIDTH = 2.75
HALO_WIDTH = 2.5
"""How far a mark's halo reaches beyond it on each side, so that it parts from what lies under it."""

CHANGE_MARKS: Mapping[str, ChangeMark] = {
    "lost_connection": ChangeMark("M-3 -7H3V0H7L0 7.5L-7 0H-3Z", True, MARKS[Status.UNCONNECTED].light),
    "gone_silent": ChangeMark("M-3.5 -3.5A3.5 3.5 0 1 1 0 .5V2.5M0 6.5h.01", False, MARKS[Status.UNKNOWN].light),
    "removed": ChangeMark("M-5.5 -5.5L5.5 5.5M-5.5 5.5L5.5 -5.5", False, "#A8261B"),
    "newly_connected": ChangeMark("M3 7H-3V0H-7L0 -7.5L7 0H3Z", True, MARKS[Status.MEETS_NORM].light),
    "added": ChangeMark("M-6.5 0H6.5M0 -6.5V6.5", False, ACCENT_LIGHT),
    "moved": ChangeMark("M-7 0H7M-4 -3L-7 0L-4 3M4 -3L7 0L4 3", False, INK_LIGHT),
    "status_changed": ChangeMark("M-4 -4H4V4H-4Z", False, MARKS[Status.BELOW_NORM].light),
}
"""The mark of each kind, what needs a look first at the head; a school is drawn as the first of its kinds that is shown."""
