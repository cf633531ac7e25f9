"""How the parts of a picture lie on its sheet: the finding on top, the map, figures and legend beside or below it, sources at the foot."""

from __future__ import annotations

from dataclasses import replace
from threading import BoundedSemaphore, Lock

import matplotlib

from geo.errors import NotReady
from geo.render.map_picture import MapPicture, PictureFormat, PictureSize
from geo.render.map_picture_map import Box, MapNotes, draw_map, draw_scale, extent_of, natural_height
from geo.render.map_picture_panels import (
    draw_figures,
    draw_foot,
    draw_head,
    draw_looks,
    draw_note,
    draw_statuses,
    draw_table,
    foot_height,
    map_notes,
)
from geo.render.map_picture_sheet import SETTINGS, Sheet
from geo.render.map_picture_text import cleaned
from geo.render.palette import QUIET_LIGHT

MARGIN = 26.0
GAP = 16.0
SIDE_SHARE = 0.31
"""Part of a wide sheet's width that figures and legend take."""
SCALE_HEIGHT = 14.0
NOTE_HEIGHT = 14.0
LOWEST_PANELS = 180.0
"""Height of legend and figures under the map of a square sheet, which has no room for the table."""
_DRAWING = Lock()
MOST_WAITING = 8
"""Pictures that may be asked for at once, the one that is drawn among them; they must not take every thread of a worker."""
_PLACES = BoundedSemaphore(MOST_WAITING)


def drawn(picture: MapPicture, size: PictureSize, picture_format: PictureFormat) -> bytes:
    """A picture as a file; equal content gives equal bytes.

    One picture is drawn at a time, since Matplotlib's settings belong to the process; a few others wait for their turn.

    Raises
    ------
    NotReady
        Too many wait already.
    """
    if not _PLACES.acquire(blocking=False):
        raise NotReady("Many pictures are being drawn now; ask again in a moment.")
    try:
        with _DRAWING, matplotlib.rc_context(SETTINGS):
            sheet = Sheet(replace(size, height=_height_alone(picture, size)) if size.is_map_alone else size)
            (_lay_out_alone if size.is_map_alone else lay_out)(sheet, picture)
            return sheet.as_file(picture_format, title=cleaned(picture.title), description=cleaned(picture.citation))
    finally:
        _PLACES.release()


def _height_alone(picture: MapPicture, size: PictureSize) -> float:
    return natural_height(picture, size.width, size.height - SCALE_HEIGHT - NOTE_HEIGHT) + SCALE_HEIGHT + NOTE_HEIGHT


def _lay_out_alone(sheet: Sheet, picture: MapPicture) -> None:
    """Put the map on a sheet of its own, with its scale and what it says about itself."""
    box = Box(0, 0, sheet.width, sheet.height - NOTE_HEIGHT)
    notes = _map_with_scale(sheet, picture, replace(box, left=2, width=box.width - 4))
    said = [picture.notice] if picture.notice else []
    draw_note(sheet, " · ".join([*said, *map_notes(picture, notes)]), Box(2, box.bottom, box.width - 4, NOTE_HEIGHT))


def lay_out(sheet: Sheet, picture: MapPicture) -> None:
    """Put all parts of a picture on a sheet."""
    inner = Box(MARGIN, MARGIN, sheet.width - 2 * MARGIN, sheet.height - 2 * MARGIN)
    below = draw_head(sheet, picture, inner)
    foot = foot_height(picture, inner.width)
    body = Box(inner.left, below + 8, inner.width, inner.bottom - foot - below - 16)
    notes = _beside(sheet, picture, body) if sheet.width > 1.2 * sheet.height else _below(sheet, picture, body)
    draw_foot(sheet, picture, Box(inner.left, inner.bottom - foot, inner.width, foot), notes)


def _map_with_scale(sheet: Sheet, picture: MapPicture, box: Box) -> MapNotes:
    """The map, and under it the scale and what it is worth."""
    frame = replace(box, height=box.height - SCALE_HEIGHT)
    extent = extent_of(picture, frame)
    notes = draw_map(sheet, picture, extent)
    width = draw_scale(sheet, picture, extent, box.left, box.bottom - 2)
    words = picture.words.projection(notes.latitude, 100 * notes.scale_error)
    sheet.text(box.left + width + 10, box.bottom - 2, words, 6.5, colour=QUIET_LIGHT)
    return notes


def _beside(sheet: Sheet, picture: MapPicture, body: Box) -> MapNotes:
    """A wide sheet: the map, and beside it figures, legend, and as much of the table as has room."""
    side_width = max(200.0, SIDE_SHARE * body.width)
    side = Box(body.right - side_width, body.top, side_width, body.height)
    notes = _map_with_scale(sheet, picture, replace(body, width=body.width - side_width - GAP))
    down = draw_statuses(sheet, picture, side, notes)
    down = draw_figures(sheet, picture, replace(side, top=down + 8))
    down = draw_looks(sheet, picture, replace(side, top=down + 8))
    draw_table(sheet, picture, Box(side.left, down + 8, side.width, side.bottom - down - 8))
    return notes


def _below(sheet: Sheet, picture: MapPicture, body: Box) -> MapNotes:
    """A high sheet: the map over the whole width, legend and figures in two columns under it, then the table."""
    most = max(0.52 * body.height, body.height - LOWEST_PANELS) if sheet.height < 1.2 * sheet.width else 0.52 * body.height
    height = natural_height(picture, body.width, most) + SCALE_HEIGHT
    notes = _map_with_scale(sheet, picture, replace(body, height=height))
    half = (body.width - GAP) / 2
    left = Box(body.left, body.top + height + 10, half, 0)
    right = replace(left, left=body.left + half + GAP)
    down_left = draw_statuses(sheet, picture, left, notes)
    down_right = draw_looks(sheet, picture, right)
    down_right = draw_figures(sheet, picture, replace(right, top=down_right + 8))
    down = max(down_left, down_right) + 10
    draw_table(sheet, picture, Box(body.left, down, body.width, body.bottom - down), columns=2)
    return notes
