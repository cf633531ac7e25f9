"""Pictures of a change: what class a move is, what is drawn, and that no text of a file becomes markup."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest

from geo.render.change_map import CHANGE_CLASSES, ChangePictures, RegionLook, change_class, mark_path
from geo.render.palette import NO_SHARE
from geo.render.school_map import RegionShapes

SQUARE = {"type": "Polygon", "coordinates": [[[10, 50], [11, 50], [11, 51], [10, 51], [10, 50]]]}
EAST = {"type": "Polygon", "coordinates": [[[11, 50], [12, 50], [12, 51], [11, 51], [11, 50]]]}
SHAPES = RegionShapes(("W", "E"), (SQUARE, EAST), (10.0, 50.0, 12.0, 51.0))
KINDS = ("lost_connection", "gone_silent", "removed", "newly_connected", "added", "moved", "changed")


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (0.5, 0.6, "change-up-2"),
        (0.5, 0.599, "change-up-1"),
        (0.5, 0.505, "change-up-1"),
        (0.5, 0.5049, "change-none"),
        (0.5, 0.45, "change-down-1"),
        (0.5, 0.4, "change-down-2"),
        (None, 0.4, NO_SHARE),
        (0.4, None, NO_SHARE),
        (None, None, "change-none"),
    ],
)
def test_move_of_a_share_falls_in_its_class(before, after, expected):
    assert change_class(before, after) == expected
    assert expected in (*CHANGE_CLASSES, NO_SHARE)


def test_pictures_share_one_set_of_shapes():
    pictures = ChangePictures(SHAPES)
    defined = set(re.findall(r'id="([^"]+)"', pictures.definitions))

    picture = pictures.picture("After", {"W": RegionLook("change-up-1", "West")})

    assert defined == {"shape-0", "shape-1"}
    assert set(re.findall(r'href="#([^"]+)"', picture)) == defined
    assert len(picture) < len(pictures.definitions)


def test_each_school_is_one_mark_at_its_place():
    picture = ChangePictures(SHAPES).picture("", {}, {"added": [[10.5, 50.5], [11.5, 50.5]], "removed": []})

    (moves,) = re.findall(r'class="place place-added" d="([^"]+)"', picture)
    assert moves.count("M") == 2
    assert "place-removed" not in picture


def test_names_of_regions_stay_text():
    picture = ChangePictures(SHAPES).picture('"><script>', {"W": RegionLook("share-1", "</title><script>alert(1)</script>")})

    root = ElementTree.fromstring(picture)
    assert [element.tag for element in root.iter() if "script" in element.tag] == []
    assert root.attrib["aria-label"] == '"><script>'


def test_picture_needs_no_style_that_a_policy_would_block():
    pictures = ChangePictures(SHAPES)
    markup = pictures.definitions + pictures.picture("Before", {"W": RegionLook("share-1", "West")}, {"moved": [[10.5, 50.5]]})

    assert "style" not in markup


def test_picture_without_regions_still_shows_the_schools():
    picture = ChangePictures(RegionShapes()).picture("", {}, {"changed": [[70.0, 50.0]]})

    assert "place-changed" in picture


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_has_a_mark_that_shrinks_where_there_are_many(kind):
    assert re.fullmatch(r"(?:[ml]-?[\d.]+ -?[\d.]+|z)+", mark_path(kind))
    assert width(mark_path(kind, 1_000)) == pytest.approx(width(mark_path(kind)) / 2, rel=0.01)


def width(path: str) -> float:
    """How far a path of relative commands goes across."""
    across, places = 0.0, []
    for _, step in re.findall(r"([ml])(-?[\d.]+) ", path):
        across += float(step)
        places.append(across)
    return max(places) - min(places)
