"""Any tile is one slice of the curve: its schools are exactly those that the Web Mercator formulas put into it."""

import math
from itertools import pairwise

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.tiles import MAX_ZOOM, UNPLACED, Curve, TileAddress, curve_codes, curve_order, world_cells
from geo.tiles.curve import gathered, spread
from tests.tiles.places import make_places


@given(st.lists(st.integers(0, 2**31 - 1), max_size=20))
def test_gathering_undoes_spreading(values):
    numbers = np.asarray(values, dtype=np.uint64)

    assert gathered(spread(numbers)).tolist() == values
    assert (spread(numbers) & np.uint64(0xAAAAAAAAAAAAAAAA)).sum() == 0


def tile_of(longitude: float, latitude: float, zoom: int) -> tuple[int, int]:
    """Column and row by the formulas of the OpenStreetMap wiki, "Slippy map tilenames"."""
    across = 2**zoom
    column = int((longitude + 180) / 360 * across)
    row = int((1 - math.asinh(math.tan(math.radians(latitude))) / math.pi) / 2 * across)
    return min(column, across - 1), min(max(row, 0), across - 1)


@given(
    st.lists(st.tuples(st.floats(-180, 180), st.floats(-85, 85)), min_size=1, max_size=30, unique=True),
    st.integers(0, MAX_ZOOM),
)
def test_each_school_lies_in_the_tile_that_the_formulas_name(positions, zoom):
    longitude, latitude = np.asarray(positions).T
    curve = Curve(longitude, latitude)
    wanted: dict[tuple[int, int], set[int]] = {}
    for row, (east, north) in enumerate(positions):
        if (east, north) != (0.0, 0.0):
            wanted.setdefault(tile_of(east, north, zoom), set()).add(row)

    for (column, row), rows in wanted.items():
        start, end = curve.range_of(TileAddress(zoom, column, row))
        assert set(curve.rows(np.arange(start, end, dtype=np.uint32)).tolist()) == rows


def test_tiles_of_a_zoom_hold_every_placed_school_once():
    places = make_places(3_000, unplaced=40)
    curve = places.curve

    for zoom in range(5):
        tiles = [TileAddress(zoom, column, row) for column in range(2**zoom) for row in range(2**zoom)]
        ranges = sorted(curve.range_of(tile) for tile in tiles)
        assert sum(end - start for start, end in ranges) == 2_960
        assert all(before[1] <= after[0] for before, after in pairwise(ranges))
    assert sorted(curve.unplaced_rows.tolist()) == list(range(2_960, 3_000))


def test_a_release_in_another_order_has_the_same_tiles_under_its_own_rows():
    places = make_places(500, unplaced=20)
    shuffled = np.random.default_rng(1).permutation(500)
    curve = Curve(places.longitude[shuffled], places.latitude[shuffled])
    mask = places.is_rural_unconnected

    found = curve.select(mask[shuffled])

    assert np.array_equal(curve.codes, places.curve.codes)
    assert np.array_equal(np.sort(shuffled[found.rows]), places.curve.select(mask).rows)
    assert np.isnan(places.longitude[shuffled][curve.unplaced_rows]).all()


def test_a_selection_counts_and_lists_what_its_mask_leaves():
    places = make_places(2_000, unplaced=10)
    selection = places.curve.select(places.is_rural_unconnected)
    wanted = np.flatnonzero(places.is_rural_unconnected[:1_990])

    assert np.array_equal(selection.rows, wanted)
    assert selection.count(100, 900) == len(selection.positions(100, 900)) == ((wanted >= 100) & (wanted < 900)).sum()


def test_nothing_but_a_position_is_placed():
    codes = curve_codes(np.asarray([0.0, np.nan, 71.0, np.inf, 0.0]), np.asarray([0.0, 51.0, np.nan, 51.0, 51.0]))

    assert (codes == UNPLACED).tolist() == [True, True, True, True, False]


def test_what_lies_beyond_the_square_is_put_on_its_edge():
    columns, rows = world_cells(curve_codes(np.asarray([180.0, -180.0, 10.0]), np.asarray([89.9, -90.0, 85.06])))

    assert columns[:2].tolist() == [2**31 - 1, 0]
    assert rows.tolist() == [0, 2**31 - 1, 0]


def test_schools_on_one_point_are_ordered_by_id():
    order = curve_order(np.asarray([1.0, 1.0, np.nan]), np.asarray([1.0, 1.0, 1.0]), pa.array(["b", "a", "0"]))

    assert order.tolist() == [1, 0, 2]


@pytest.mark.parametrize(("zoom", "column", "row"), [(MAX_ZOOM + 1, 0, 0), (-1, 0, 0), (0, 1, 0), (3, 0, 8), (3, -1, 0)])
def test_an_address_outside_the_square_is_no_tile(zoom, column, row):
    assert not TileAddress(zoom, column, row).is_real
