"""Colours can be told apart, read on both grounds, and are the same in stylesheet and code."""

import itertools
import math
import re
from pathlib import Path

import pytest

from geo.model import STATUSES
from geo.render.palette import (
    ACCENT_DARK,
    ACCENT_LIGHT,
    BORDER_DARK,
    BORDER_LIGHT,
    GROUND_DARK,
    GROUND_LIGHT,
    INK_DARK,
    INK_LIGHT,
    MARKS,
    NO_SHARE,
    QUIET_DARK,
    QUIET_LIGHT,
    SHARE_CLASSES,
    contrast,
    is_wide,
    share_class,
)

STYLESHEET = Path(__file__).resolve().parents[2] / "static" / "qosyl.css"


def test_contrast_of_black_on_white_is_21():
    assert contrast("#000000", "#FFFFFF") == pytest.approx(21)


def test_every_status_has_its_own_mark_and_colour():
    assert tuple(MARKS) == STATUSES
    assert len({mark.symbol for mark in MARKS.values()}) == 5
    assert len({mark.light for mark in MARKS.values()}) == 5
    assert len({mark.dark for mark in MARKS.values()}) == 5


@pytest.mark.parametrize("mark", MARKS.values(), ids=str)
def test_mark_stands_out_from_the_ground_and_from_its_halo(mark):
    assert contrast(mark.light, GROUND_LIGHT) >= 3
    assert contrast(mark.dark, GROUND_DARK) >= 3


@pytest.mark.parametrize("mark", MARKS.values(), ids=str)
@pytest.mark.parametrize("area", SHARE_CLASSES, ids=lambda area: area.name)
def test_mark_on_dark_stands_out_from_every_area_fill(mark, area):
    assert contrast(mark.dark, area.dark) >= 3


@pytest.mark.parametrize("area", SHARE_CLASSES, ids=lambda area: area.name)
def test_region_outline_stands_out_from_its_fill(area):
    assert contrast(BORDER_LIGHT, area.light) >= 3
    assert contrast(BORDER_DARK, area.dark) >= 3


@pytest.mark.parametrize(
    ("text", "ground"),
    [
        (INK_LIGHT, GROUND_LIGHT),
        (QUIET_LIGHT, GROUND_LIGHT),
        (ACCENT_LIGHT, GROUND_LIGHT),
        (INK_DARK, GROUND_DARK),
        (QUIET_DARK, GROUND_DARK),
        (ACCENT_DARK, GROUND_DARK),
    ],
)
def test_text_reaches_4_5_to_1(text, ground):
    assert contrast(text, ground) >= 4.5


def test_share_classes_keep_their_order_in_greyscale():
    lights = [contrast(one.light, "#000000") for one in SHARE_CLASSES]
    darks = [contrast(one.dark, "#000000") for one in SHARE_CLASSES]

    assert lights == sorted(lights, reverse=True)
    assert darks == sorted(darks)


def test_share_classes_join_without_gap_or_overlap():
    uppers = [one.upper_percent for one in SHARE_CLASSES]
    lowers = [one.lower_percent for one in SHARE_CLASSES]

    assert lowers == [0, *uppers[:-1]]
    assert uppers[-1] == 100


@pytest.mark.parametrize(
    ("share", "name"),
    [
        (None, NO_SHARE),
        (0.0, "share-1"),
        (0.4999, "share-1"),
        (0.5, "share-2"),
        (0.6999, "share-2"),
        (0.7, "share-3"),
        (0.9, "share-4"),
        (0.99, "share-5"),
        (1.0, "share-5"),
    ],
)
def test_share_falls_in_the_class_that_holds_its_lower_end(share, name):
    assert share_class(share) == name


@pytest.mark.parametrize(
    ("lower", "upper", "expected"),
    [(0.4, 0.6, False), (0.4, 0.61, True), (None, None, False), (0.0, 1.0, True)],
)
def test_bounds_wider_than_20_points_are_wide(lower, upper, expected):
    assert is_wide(lower, upper) is expected


def _declared(block: str) -> dict[str, str]:
    return dict(re.findall(r"--([a-z0-9-]+):\s*(#[0-9A-F]{6});", block))


def test_stylesheet_carries_the_same_colours():
    text = STYLESHEET.read_text(encoding="utf-8")
    light = _declared(text.split("@media (prefers-color-scheme: dark)", 1)[0])
    dark = _declared(text.split("@media (prefers-color-scheme: dark)", 1)[1].split("}\n}", 1)[0])

    for mark in MARKS.values():
        name = f"status-{mark.status.replace('_', '-')}"
        assert (light[name], dark[name]) == (mark.light, mark.dark)
    for one in SHARE_CLASSES:
        assert (light[one.name], dark[one.name]) == (one.light, one.dark)
    assert (light["ground"], light["border"], light["ink"], light["quiet"], light["accent"]) == (
        GROUND_LIGHT,
        BORDER_LIGHT,
        INK_LIGHT,
        QUIET_LIGHT,
        ACCENT_LIGHT,
    )
    assert (dark["ground"], dark["border"], dark["ink"], dark["quiet"], dark["accent"]) == (
        GROUND_DARK,
        BORDER_DARK,
        INK_DARK,
        QUIET_DARK,
        ACCENT_DARK,
    )


def test_paper_gets_the_light_colours_even_where_the_screen_is_dark():
    text = STYLESHEET.read_text(encoding="utf-8")

    assert "@media screen and (prefers-color-scheme: dark)" not in text or "@media (prefers-color-scheme: dark)" not in text


@pytest.mark.parametrize("ground", ["light", "dark"])
def test_neighbouring_share_classes_can_be_told_apart(ground):
    labs = [_lab(getattr(one, ground)) for one in SHARE_CLASSES]

    differences = [math.dist(first, second) for first, second in itertools.pairwise(labs)]

    assert min(differences) > 14
    assert min(abs(first[0] - second[0]) for first, second in itertools.pairwise(labs)) > 4.5


def _lab(colour: str) -> tuple[float, float, float]:
    """CIE 1976 L*a*b* of `#RRGGBB` under D65: distances of about 2 are the least that are seen, side by side."""
    channels = [int(colour[position : position + 2], 16) / 255 for position in (1, 3, 5)]
    red, green, blue = (value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in channels)
    x = (0.4124 * red + 0.3576 * green + 0.1805 * blue) / 0.95047
    y = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    z = (0.0193 * red + 0.1192 * green + 0.9505 * blue) / 1.08883
    fx, fy, fz = (value ** (1 / 3) if value > 0.008856 else 7.787 * value + 16 / 116 for value in (x, y, z))
    return 116 * fy - 16, 500 * (fx - fy), 200 * (fy - fz)
