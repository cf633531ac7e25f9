"""Text of a picture: set in DejaVu Sans, which has the Kazakh letters and comes with Matplotlib, measured, wrapped and made harmless.

Names and sources come from files of other people. They are drawn as plain text, never as formulas, without control characters and
bidirectional controls; a letter that the font lacks becomes a box.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from itertools import accumulate
from pathlib import Path

import matplotlib
from matplotlib import ft2font
from matplotlib.font_manager import FontProperties

FONT_FILES = {False: "DejaVuSans.ttf", True: "DejaVuSans-Bold.ttf"}
"""File of the plain and of the bold face."""
LONGEST = 500
"""Characters of one text; more are cut off."""
NO_GLYPH = "□"
_MEASURED_AT = 100
_WORD = re.compile(r"( ?)([^ -]+-*|-+)")  # "a-b c" is "a-", "b" and " c"
_FIXED_POINT = 65536
"""FreeType gives advances that no grid has rounded in 65,536ths of a unit."""


def _path(is_bold: bool) -> Path:
    return Path(matplotlib.get_data_path()) / "fonts" / "ttf" / FONT_FILES[is_bold]


@lru_cache(maxsize=64)
def font(size: float, is_bold: bool = False) -> FontProperties:
    """The font in a size, in points; read from the package itself, whatever fonts the machine has."""
    return FontProperties(fname=_path(is_bold), size=size)


@lru_cache(maxsize=1)
def _known() -> frozenset[int]:
    return frozenset(_face(True).get_charmap()) & frozenset(_face(False).get_charmap())


def cleaned(text: str) -> str:
    """A text that can be drawn: composed, on one line, without controls, letters that the font lacks as boxes, at most 500 characters."""
    composed = unicodedata.normalize("NFC", text[: 4 * LONGEST])
    blank = "".join(" " if unicodedata.category(letter) in ("Cc", "Zl", "Zp") else letter for letter in composed)
    visible = "".join(letter for letter in blank if unicodedata.category(letter)[0] != "C")
    shown = " ".join(word for word in visible.split(" ") if word)  # blanks that hold a number together stay
    joined = "".join(letter if ord(letter) in _known() else NO_GLYPH for letter in shown)
    return joined if len(joined) <= LONGEST else joined[: LONGEST - 1] + "…"


@lru_cache(maxsize=2)
def _face(is_bold: bool) -> ft2font.FT2Font:
    """The font to measure with; one picture is drawn at a time, so that no two threads share it at once."""
    face = ft2font.FT2Font(str(_path(is_bold)))
    face.set_size(_MEASURED_AT, 72)
    return face


@lru_cache(maxsize=4096)
def _advance(letter: str, is_bold: bool) -> float:
    """How far a letter moves the pen, in parts of the size."""
    return float(_face(is_bold).load_char(ord(letter), flags=ft2font.LoadFlags.NO_HINTING).linearHoriAdvance) / _FIXED_POINT / _MEASURED_AT


def width_of(text: str, size: float, is_bold: bool = False) -> float:
    """Width of a cleaned text in points, pairs of letters not moved together: never less than it takes, but for a hair."""
    return size * sum(_advance(letter, is_bold) for letter in text)


def _fitting(text: str, width: float, size: float, is_bold: bool) -> int:
    """How many letters of a text fit in a width."""
    reached = accumulate(size * _advance(letter, is_bold) for letter in text)
    return sum(1 for right in reached if right <= width)


def wrapped(text: str, width: float, size: float, *, is_bold: bool = False, most: int = 9) -> list[str]:
    """A text in lines no wider than a width, in points; the last of the `most` lines ends in an ellipsis where there is more."""
    lines: list[str] = []
    line = ""
    for space, word in _pieces(cleaned(text), width, size, is_bold):
        longer = f"{line}{space}{word}" if line else word
        if not line or width_of(longer, size, is_bold) <= width:
            line = longer
        else:
            lines.append(line)
            line = word
    lines += [line] if line else []
    if len(lines) > most:
        lines = [*lines[: most - 1], shortened(f"{lines[most - 1]} …", width, size, is_bold=is_bold)]
    return lines


def _pieces(text: str, width: float, size: float, is_bold: bool) -> list[tuple[str, str]]:
    """Words, each after a space or, behind a hyphen, after none; one that is wider than a line is cut in pieces."""
    pieces: list[tuple[str, str]] = []
    for found in _WORD.finditer(text):
        space, rest = found.groups()
        while (fits := max(1, _fitting(rest, width, size, is_bold))) < len(rest):
            pieces.append((space, rest[:fits]))
            space, rest = "", rest[fits:]
        pieces.append((space, rest))
    return pieces


def shortened(text: str, width: float, size: float, *, is_bold: bool = False) -> str:
    """A text on one line no wider than a width, in points, its end left out for an ellipsis where it must be."""
    shown = cleaned(text)
    if width_of(shown, size, is_bold) <= width:
        return shown
    room = width - width_of("…", size, is_bold)
    return shown[: _fitting(shown, room, size, is_bold)].removesuffix("…").rstrip() + "…"
