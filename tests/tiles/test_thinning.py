"""A thinned tile hides no kind of school that matters more than what it shows, and its marks add up to its schools."""

import numpy as np
import pytest

from geo.model import AREA_TYPES, STATUSES
from geo.tiles import CELLS_ACROSS, MAX_MARKS, THINNING_ORDER, Curve, TileAddress, ranks_of, tile_marks, world_cells
from tests.tiles.places import make_places

WORLD = TileAddress(0, 0, 0)
COUNT = 40_000


@pytest.fixture(scope="module")
def crowded():
    """More schools than a tile shows one by one, spread over a continent."""
    return make_places(COUNT, unplaced=100, span=30.0)


def marks_of(places, tile=WORLD, mask=None):
    curve = places.curve
    return tile_marks(curve.select(mask), tile, ranks_of(places.statuses, places.area_types)[: len(curve)])


def cells(places, zoom):
    """Square of 2 x 2 pixels of each placed school."""
    columns, rows = world_cells(places.curve.codes)
    shift = 31 - zoom - 7
    return (columns.astype(np.int64) >> shift) * 2**31 + (rows.astype(np.int64) >> shift)


def test_rural_unconnected_come_first_and_what_meets_the_norm_last():
    pairs = [(status, area) for area in AREA_TYPES for status in STATUSES]
    statuses = np.asarray([STATUSES.index(status) for status, _ in pairs], dtype=np.int8)
    areas = np.asarray([AREA_TYPES.index(area) for _, area in pairs], dtype=np.int8)

    ranks = dict(zip(pairs, ranks_of(statuses, areas).tolist(), strict=True))

    assert [pair for pair, rank in ranks.items() if rank == 0] == [("unconnected", "rural")]
    assert {pair for pair, rank in ranks.items() if rank == 1} == {("unconnected", "urban"), ("unconnected", "unknown")}
    assert [max(ranks[status, area] for area in AREA_TYPES) for status in ("unknown", "below_norm", "norm_unknown", "meets_norm")] == [
        2,
        3,
        4,
        5,
    ]
    assert len(THINNING_ORDER) == 6


@pytest.mark.parametrize("wanted", [None, 1, 3])
def test_a_thinned_tile_shows_each_square_by_the_school_in_greatest_need(crowded, wanted):
    mask = None if wanted is None else crowded.statuses >= wanted
    keeps = np.ones(COUNT - 100, dtype=bool) if mask is None else mask[: COUNT - 100]
    marks = marks_of(crowded, mask=mask)
    ranks = ranks_of(crowded.statuses, crowded.area_types)[: COUNT - 100]
    squares = cells(crowded, 0)

    assert not marks.is_complete
    assert marks.schools == keeps.sum()
    assert len(marks) == len(np.unique(squares[keeps]))
    for row, count in zip(marks.rows.tolist()[::97], marks.counts.tolist()[::97], strict=True):
        together = np.flatnonzero(keeps & (squares == squares[row]))
        assert count == len(together)
        assert row == together[np.argmin(ranks[together])]


def test_marks_of_every_zoom_add_up_to_the_placed_schools(crowded):
    for zoom in range(4):
        tiles = [TileAddress(zoom, column, row) for column in range(2**zoom) for row in range(2**zoom)]
        assert sum(marks_of(crowded, tile).schools for tile in tiles) == COUNT - 100


def test_the_tiles_below_a_thinned_tile_add_up_to_it(crowded):
    parent = marks_of(crowded, TileAddress(1, 1, 0))
    children = [marks_of(crowded, TileAddress(2, column, row)) for column in (2, 3) for row in (0, 1)]

    assert parent.schools == sum(child.schools for child in children) > MAX_MARKS
    assert parent.most == parent.counts.max() > 1


def test_a_tile_of_as_many_schools_as_squares_is_complete_and_one_more_is_thinned():
    places = make_places(MAX_MARKS + 1, span=20.0)
    fits = np.ones(MAX_MARKS + 1, dtype=bool)
    fits[5] = False

    complete, thinned = marks_of(places, mask=fits), marks_of(places)

    assert MAX_MARKS == CELLS_ACROSS**2 == 16_384
    assert complete.is_complete
    assert (complete.counts == 1).all()
    assert np.array_equal(complete.rows, np.flatnonzero(fits))
    assert not thinned.is_complete
    assert thinned.schools == MAX_MARKS + 1
    assert len(thinned) < MAX_MARKS


def test_schools_on_one_point_are_one_mark_at_every_zoom():
    curve = Curve(np.full(MAX_MARKS + 10, 71.5), np.full(MAX_MARKS + 10, 51.2))
    deepest = TileAddress(18, *(int(part[0]) >> 13 for part in world_cells(curve.codes[:1])))

    marks = tile_marks(curve.select(None), deepest, np.zeros(len(curve), dtype=np.uint8))

    assert (len(marks), marks.most, marks.rows.tolist()) == (1, MAX_MARKS + 10, [0])


def test_an_empty_tile_is_complete_and_has_no_marks(crowded):
    marks = marks_of(crowded, TileAddress(9, 0, 511))

    assert (len(marks), marks.is_complete, marks.schools, marks.most) == (0, True, 0, 0)
