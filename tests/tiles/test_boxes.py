"""Schools in a box, found along the curve: those and no others that a look at each one finds."""

from __future__ import annotations

import numpy as np
import pytest

from geo.selecting import BoundingBox, is_in_bbox
from geo.tiles import Curve
from geo.tiles.boxes import found_in_box
from tests.tiles.places import make_places


def check(longitude, latitude, box):
    curve = Curve(longitude, latitude)
    found = found_in_box(curve, longitude, latitude, (box.west, box.south, box.east, box.north))
    rows = found.taken(curve.rows(np.arange(len(curve), dtype=np.uint32)))

    assert len(found) == len(rows)
    assert np.sort(rows).tolist() == np.flatnonzero(is_in_bbox(longitude, latitude, box)).tolist()


@pytest.mark.parametrize("seed", range(40))
def test_random_boxes_hold_what_a_look_at_every_school_finds(seed):
    places = make_places(3_000, unplaced=20)
    rng = np.random.default_rng(seed)
    at = rng.integers(0, 2_900)
    half = 10 ** rng.uniform(-4, 1.5)
    west, east = np.clip(places.longitude[at] + [-half, half], -180, 180)
    south, north = np.clip(places.latitude[at] + [-half, half / 2], -90, 90)

    check(places.longitude, places.latitude, BoundingBox(west, south, east, north))


@pytest.mark.parametrize(
    "text",
    [
        "-180,-90,180,90",
        "180,-90,-180,90",
        "170,-90,-170,90",
        "0,0,0,0",
        "179.5,85.06,180,90",
        "-180,-90,-179,-85.1",
        "10,50,10,50",
        "5,-1,-5,1",
        "-0.000001,-0.000001,0.000001,0.000001",
    ],
)
def test_boxes_at_the_edges_of_the_world_hold_what_is_there(text):
    longitude = np.array([180.0, -180.0, 179.5, 0.0, 0.0, 10.0, np.nan, 10.0, -179.5, 1e-7])
    latitude = np.array([0.0, 0.0, 89.0, 0.0, 1e-7, 50.0, np.nan, 50.0000001, -89.0, 0.0])

    check(longitude, latitude, BoundingBox.read(text))


def test_box_whose_edge_goes_through_schools_holds_them():
    longitude, latitude = np.repeat(np.arange(10.0, 20.0), 10), np.tile(np.arange(50.0, 60.0), 10)

    check(longitude, latitude, BoundingBox(12.0, 53.0, 15.0, 57.0))
