"""Maps without a script: every unconnected school in the picture, every region in its class, nothing executable."""

import re
from xml.etree import ElementTree

import numpy as np
import pytest

from geo.model import STATUSES, Status
from geo.render.measures import Look
from geo.render.palette import MARKS, NO_SHARE, SHARE_CLASSES
from geo.render.school_map import RegionShapes, bounds_of
from geo.render.still_map import Frame, outline, still_map

SVG = "{http://www.w3.org/2000/svg}"
UNCONNECTED, MEETS = STATUSES.index(Status.UNCONNECTED), STATUSES.index(Status.MEETS_NORM)


def make_square(west, south):
    ring = [[west, south], [west + 1, south], [west + 1, south + 1], [west, south + 1], [west, south]]
    return {"type": "Polygon", "coordinates": [ring]}


def make_shapes(*corners):
    geometries = tuple(make_square(*corner) for corner in corners)
    return RegionShapes(tuple(f"C{number}" for number in range(len(corners))), geometries, bounds_of(geometries))


def drawn(shapes, classes, schools):
    longitude, latitude, statuses = (np.array(column) for column in zip(*schools, strict=True)) if schools else (np.array([]),) * 3
    looks = {code: Look(name) for code, name in classes.items()}
    text = still_map(shapes, looks, longitude.astype(float), latitude.astype(float), statuses.astype(np.int8))
    return ElementTree.fromstring(text)


def triangles(picture):
    marks = picture.findall(f"{SVG}path")
    return sum(mark.get("d").count("M") for mark in marks if mark.get("fill") == MARKS[Status.UNCONNECTED].light)


def test_picture_has_one_triangle_for_every_unconnected_school_with_a_position():
    schools = [(10.5, 50.5, UNCONNECTED), (10.6, 50.5, UNCONNECTED), (10.7, 50.5, MEETS)]

    assert triangles(drawn(make_shapes((10, 50)), {}, schools)) == 2


@pytest.mark.parametrize("position", [(np.nan, 50.5), (10.5, np.nan), (np.inf, 50.5), (0.0, 0.0)], ids=str)
def test_school_without_position_is_not_drawn(position):
    assert triangles(drawn(make_shapes((10, 50)), {}, [(*position, UNCONNECTED)])) == 0


def test_region_is_filled_by_its_class_and_hatched_without_one():
    picture = drawn(make_shapes((10, 50), (11, 50), (12, 50)), {"C0": "share-1", "C1": NO_SHARE}, [])

    fills = [path.get("fill") for path in picture.find(f"{SVG}g")]
    assert fills == [SHARE_CLASSES[0].light, "url(#hatch)", "url(#hatch)"]


def test_picture_of_no_regions_and_no_schools_is_still_a_picture():
    assert drawn(RegionShapes(), {}, []).tag == f"{SVG}svg"


def test_picture_needs_no_style_that_a_policy_would_block():
    text = still_map(make_shapes((10, 50)), {}, np.array([10.5]), np.array([50.5]), np.array([UNCONNECTED], dtype=np.int8))

    assert "style" not in text
    assert "<script" not in text


def test_ring_of_a_hole_is_drawn_too():
    outer, inner = make_square(10, 50)["coordinates"][0], [[10.2, 50.2], [10.8, 50.2], [10.8, 50.8], [10.2, 50.2]]
    geometry = {"type": "Polygon", "coordinates": [outer, inner]}

    text = outline(RegionShapes(("C0",), (geometry,), bounds_of([geometry])), None)

    assert re.search(r'd="M[^M"]+ZM[^M"]+Z"', text)
    assert 'fill-rule="evenodd"' in text


def test_outline_marks_the_place_it_is_given_and_none_otherwise():
    shapes = make_shapes((10, 50))

    assert outline(shapes, (10.5, 50.5)).count('class="here"') == 1
    assert "here" not in outline(shapes, None)


def test_outline_of_nothing_is_empty():
    assert outline(RegionShapes(), (10.5, 50.5)) == ""


def test_north_is_up_and_east_is_right():
    across, down = Frame((10.0, 50.0, 12.0, 52.0), 100.0).places([10.0, 12.0], [50.0, 52.0])

    assert across[0] < across[1]
    assert down[0] > down[1]


@pytest.mark.parametrize(
    ("bounds", "expected"),
    [((46.0, 40.0, 87.0, 55.0), True), ((10.0, 0.0, 11.0, 5.0), False), ((0.0, 0.0, 1.0, 1.0), False)],
    ids=["wide", "high", "square"],
)
def test_bounds_clearly_wider_than_high_are_wide(bounds, expected):
    assert Frame(bounds, 1.0).is_wide is expected


def test_picture_says_what_it_must_say_wherever_it_goes():
    picture = ElementTree.fromstring(still_map(make_shapes((10, 50)), {}, *(np.array([]) for _ in range(3)), note="Not <real>"))

    assert [text.text for text in picture.findall(f"{SVG}text")] == ["Not <real>"]
