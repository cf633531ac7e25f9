"""The parts of a picture beside its map: head, bar of statuses, legend, large figures, table and foot. Each says where it ends."""

from __future__ import annotations

import numpy as np

from geo.model import Status
from geo.render.map_picture import MapPicture
from geo.render.map_picture_map import CIRCLE_EDGE, CIRCLE_FILL, LARGEST_CIRCLE_POINTS, Box, MapNotes
from geo.render.map_picture_sheet import Sheet
from geo.render.map_picture_text import shortened, width_of, wrapped
from geo.render.palette import BORDER_LIGHT, GROUND_LIGHT, INK_LIGHT, MARKS, QUIET_LIGHT

SMALL = 7.0
ROW = 11.5
RULE = "#DDE1E5"
NOTICE_FILL, NOTICE_INK = "#FFF6DF", "#5C4200"
BAR_HEIGHT = 11.0


def draw_head(sheet: Sheet, picture: MapPicture, box: Box) -> float:
    """Place, notice, title and the sentences under it; gives where they end."""
    down = box.top + 8
    sheet.text(
        box.left, down, shortened(f"Qosyl · {picture.place}" if picture.place else "Qosyl", box.width, 8.5, is_bold=True), 8.5, is_bold=True
    )
    if picture.notice:
        down = _notice(sheet, picture.notice, box, down + 6)
    size = 20.0 if box.width > 600 else 16.0
    for line in wrapped(picture.title, box.width, size, is_bold=True, most=3):
        down += size * 1.22
        sheet.text(box.left, down, line, size, is_bold=True)
    for line in wrapped(" ".join(picture.lines), box.width, 10, most=3):
        down += 14
        sheet.text(box.left, down, line, 10, colour=QUIET_LIGHT)
    return down + 2


def _notice(sheet: Sheet, text: str, box: Box, top: float) -> float:
    shown = shortened(text, box.width - 12, 8.5, is_bold=True)
    sheet.rectangle(box.left, top, width_of(shown, 8.5, True) + 12, 14, NOTICE_FILL, edge=NOTICE_INK, line=0.6)
    sheet.text(box.left + 6, top + 10, shown, 8.5, colour=NOTICE_INK, is_bold=True)
    return top + 16


def _title(sheet: Sheet, text: str, box: Box) -> float:
    lines = wrapped(text, box.width, SMALL + 0.5, is_bold=True, most=3)
    for at, line in enumerate(lines):
        sheet.text(box.left, box.top + 8 + 9.5 * at, line, SMALL + 0.5, is_bold=True)
    return box.top + 9.5 * len(lines) + 4


def _row(sheet: Sheet, box: Box, down: float, word: str, *figures: str, indent: float = 16) -> None:
    """A word at the left and figures at the right, each in a column of its own."""
    right = box.right
    for figure, width in zip(reversed(figures), (44.0, 40.0), strict=False):
        sheet.text(right, down, figure, SMALL, align="right")
        right -= max(width, width_of(figure, SMALL) + 8)
    sheet.text(box.left + indent, down, shortened(word, right - box.left - indent, SMALL), SMALL)


def _lines(sheet: Sheet, box: Box, down: float, word: str, *figures: str) -> float:
    """A row whose word may take several lines; gives the base line of the last."""
    for number, line in enumerate(wrapped(word, box.width - 16 - 92, SMALL, most=3)):
        down += 0.8 * ROW if number else ROW
        _row(sheet, box, down, line, *([""] * len(figures) if number else figures))
    return down


def draw_statuses(sheet: Sheet, picture: MapPicture, box: Box, notes: MapNotes) -> float:
    """The bar of five statuses, and the legend of marks with their counts."""
    down = _title(sheet, picture.statuses_title, box)
    left = box.left
    for one in picture.statuses:
        width = box.width * one.fraction
        if width:
            sheet.rectangle(left, down, width, BAR_HEIGHT, MARKS[one.status].light, edge=GROUND_LIGHT, line=0.6)
        left += width
    down += BAR_HEIGHT + 1
    for one in picture.statuses:
        _mark(sheet, one.status, box.left + 6, down + ROW - 2.5)
        down = _lines(sheet, box, down, one.word, one.figure, one.share)
    for at, (word, figure) in enumerate(picture.extras):
        if at == 0:
            _mark(sheet, Status.UNCONNECTED, box.left + 6, down + ROW - 2.5, is_ringed=notes.has_rings)
        down = _lines(sheet, box, down, word, figure, "")
    for words in map_notes(picture, notes):
        for line in wrapped(words, box.width - 16, SMALL, most=3):
            down += ROW * 0.85
            sheet.text(box.left + 16, down, line, SMALL, colour=QUIET_LIGHT)
    return down + 4


def map_notes(picture: MapPicture, notes: MapNotes) -> list[str]:
    """What the picture says about its marks: what one stands for where there are many, and what lies outside."""
    said = [picture.words.marks(notes.most_schools)] if notes.most_schools > 1 else []
    return said + ([picture.words.outside(notes.outside)] if notes.outside else [])


def _mark(sheet: Sheet, status: Status, across: float, down: float, *, is_ringed: bool = False) -> None:
    radius = {Status.UNCONNECTED: 4.2, Status.MEETS_NORM: 2.6, Status.BELOW_NORM: 3.4}.get(status, 3.6)
    sheet.marks(status, np.array([[across, down]]), 2.9 if is_ringed else radius, is_ringed=is_ringed)


def draw_looks(sheet: Sheet, picture: MapPicture, box: Box) -> float:
    """The legend of areas, and of circles where a count is shown."""
    if not picture.looks and not picture.sizes:
        return box.top
    down = _title(sheet, picture.looks_title, box)
    for one in picture.looks:
        down += ROW
        corners = np.array([[0.0, -7], [14, -7], [14, 1], [0, 1], [0, -7]]) + np.array([box.left, down])
        sheet.area([corners], one.look)
        _row(sheet, box, down, one.word, one.figure, indent=20)
    left = box.left
    largest = 2 * LARGEST_CIRCLE_POINTS * max((radius for radius, _ in picture.sizes), default=0.0)
    for radius, words in picture.sizes:
        half = LARGEST_CIRCLE_POINTS * radius
        sheet.circle(left + half, down + 4 + largest / 2, half, CIRCLE_FILL, CIRCLE_EDGE)
        sheet.text(left + 2 * half + 4, down + 6.5 + largest / 2, words, SMALL)
        left += 2 * half + 14 + width_of(words, SMALL)
    return down + 4 + largest


def draw_figures(sheet: Sheet, picture: MapPicture, box: Box) -> float:
    """Large figures side by side, each over the words it is of."""
    if not picture.figures:
        return box.top
    width = box.width / len(picture.figures)
    lowest = box.top
    for at, one in enumerate(picture.figures):
        left = box.left + at * width
        sheet.text(left, box.top + 13, one.value, 13, is_bold=True)
        down = box.top + 14
        for text, most in ((one.bounds, 1), (one.word, 3)):
            for line in wrapped(text, width - 5, SMALL - 0.5, most=most):
                down += 8.5
                sheet.text(left, down, line, SMALL - 0.5, colour=QUIET_LIGHT)
        lowest = max(lowest, down)
    return lowest + 4


def draw_table(sheet: Sheet, picture: MapPicture, box: Box, *, columns: int = 1) -> None:
    """As many rows of the table as have room, and how many more there are; nothing where fewer than two have."""
    rows = picture.table.rows
    room = int((box.height - 14 - ROW) // ROW)
    if not rows or room < 2:
        return
    top = _title(sheet, picture.table.title, box)
    width = (box.width - (columns - 1) * 16) / columns
    shown = list(rows[: room * columns])
    left_over = len(rows) - len(shown)
    if left_over:
        shown, left_over = shown[:-1], left_over + 1
    per_column = -(-(len(shown) + bool(left_over)) // columns)
    for at in range(columns):
        part = shown[at * per_column : (at + 1) * per_column]
        if part:
            down = _table_column(sheet, picture.table.head, part, Box(box.left + at * (width + 16), top, width, box.height))
    if left_over:
        sheet.text(box.left + (columns - 1) * (width + 16), down + ROW, picture.words.more(left_over), SMALL, colour=QUIET_LIGHT)


def _table_column(sheet: Sheet, head: tuple[str, ...], rows: list[tuple[str, ...]], box: Box) -> float:
    """A part of the table; figures at the right in columns as wide as they need."""
    widths = [max(width_of(row[at], SMALL) for row in (head, *rows)) + 8 for at in range(1, len(head))]
    down = box.top
    for number, row in enumerate((head, *rows)):
        down += ROW
        colour, right = (QUIET_LIGHT if number == 0 else INK_LIGHT), box.right
        for text, width in zip(reversed(row[1:]), reversed(widths), strict=True):
            sheet.text(right, down, text, SMALL, align="right", colour=colour)
            right -= width
        sheet.text(box.left, down, shortened(row[0], right - box.left, SMALL), SMALL, colour=colour)
        sheet.line(np.array([[box.left, down + 3], [box.right, down + 3]]), colour=BORDER_LIGHT if number == 0 else RULE, width=0.4)
    return down


def foot_lines(picture: MapPicture, width: float) -> list[str]:
    """Lines of the foot; each statement begins its own."""
    return [line for text in picture.foot if text for line in wrapped(text, width, SMALL - 0.5, most=2)]


def foot_height(picture: MapPicture, width: float) -> float:
    """Height that the foot takes."""
    return 8.5 * len(foot_lines(picture, width)) + 8


def draw_foot(sheet: Sheet, picture: MapPicture, box: Box, notes: MapNotes) -> None:
    """Release, norm, sources and boundaries."""
    sheet.line(np.array([[box.left, box.top], [box.right, box.top]]), colour=BORDER_LIGHT, width=0.5)
    for at, line in enumerate(foot_lines(picture, box.width)):
        sheet.text(box.left, box.top + 9 + 8.5 * at, line, SMALL - 0.5, colour=QUIET_LIGHT)


def draw_note(sheet: Sheet, text: str, box: Box) -> None:
    """A line under a map that stands alone."""
    sheet.text(box.left, box.top + 9, shortened(text, box.width, SMALL + 0.5, is_bold=True), SMALL + 0.5, is_bold=True)
