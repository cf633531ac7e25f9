"""The payload of a tile gives back every mark where it was, what it stands for, and the row of each school."""

import gzip
import struct

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from geo.render.payload import HEADER, PLACE_BITS, WORLD_BITS, TilePoints, decode_tile, encode_tile

NOT_PLACED = (3, 0, 1, 0, 7)


def make_points(columns, rows, *, counts=None, school_rows=None, statuses=None, area_types=None, is_flagged=None, tile=(0, 0, 0)):
    count = len(columns)
    stands_for = np.asarray(counts if counts is not None else [1] * count, dtype=np.uint32)
    return TilePoints(
        tile=tile,
        is_complete=counts is None,
        columns=np.asarray(columns, dtype=np.uint32),
        rows=np.asarray(rows, dtype=np.uint32),
        statuses=np.asarray(statuses if statuses is not None else [0] * count, dtype=np.int8),
        area_types=np.asarray(area_types if area_types is not None else [1] * count, dtype=np.int8),
        is_flagged=np.asarray(is_flagged if is_flagged is not None else [False] * count, dtype=np.bool_),
        counts=stands_for,
        school_rows=np.asarray(school_rows if school_rows is not None else range(count), dtype=np.uint32),
        placed=count,
        not_placed=NOT_PLACED,
    )


WORLD = st.integers(0, 2**WORLD_BITS - 1)
MARK = st.tuples(WORLD, WORLD, st.integers(0, 4), st.integers(0, 2), st.booleans(), st.integers(1, 2**20), st.integers(0, 2**32 - 1))


@given(st.lists(MARK, max_size=40), st.booleans())
@example([(0, 0, 0, 0, False, 1, 2**32 - 1), (5, 5, 1, 1, True, 1, 0)], True)  # rows need not ascend: a release may be in another order
def test_every_mark_comes_back_with_its_attributes_count_and_row(marks, is_complete):
    columns = list(zip(*marks, strict=True)) if marks else [()] * 7
    points = make_points(
        columns[0],
        columns[1],
        statuses=columns[2],
        area_types=columns[3],
        is_flagged=columns[4],
        counts=None if is_complete else columns[5],
        school_rows=columns[6],
    )

    found = decode_tile(encode_tile(points))

    assert (found.tile, found.is_complete) == (points.tile, points.is_complete)
    for name in ("statuses", "area_types", "is_flagged", "counts"):
        assert np.array_equal(getattr(found, name), getattr(points, name))
    single = points.counts == 1
    assert np.array_equal(found.school_rows[single], points.school_rows[single])
    assert (found.placed, found.not_placed) == (len(points), NOT_PLACED)
    step = 2 ** (WORLD_BITS - (PLACE_BITS if is_complete else 8))
    for came, went in ((found.columns, points.columns), (found.rows, points.rows)):
        assert np.abs(came.astype(np.int64) - went.astype(np.int64)).max(initial=0) <= step / 2


def test_rows_that_follow_each_other_cost_nothing():
    following = make_points([1, 2, 3], [1, 2, 3], school_rows=[70, 71, 72])
    filtered = make_points([1, 2, 3], [1, 2, 3], school_rows=[70, 75, 76])

    assert encode_tile(following)[67] == 0
    assert len(encode_tile(filtered)) == len(encode_tile(following)) + 3


def test_a_row_after_a_mark_of_many_is_found_by_the_counts():
    points = make_points([1, 2, 3], [1, 2, 3], counts=[1, 40, 1], school_rows=[5, 17, 46])

    data = encode_tile(points)

    assert data[67] == 0
    assert decode_tile(data).school_rows.tolist()[::2] == [5, 46]


def test_header_says_how_many_schools_the_tile_has_and_the_largest_mark():
    data = encode_tile(make_points([1, 2, 3], [1, 2, 3], counts=[1, 300, 2], tile=(3, 5, 2)))

    assert struct.unpack_from("<4I", data, 4) == (2, 0, 3, 3)
    assert struct.unpack_from("<4I", data, 20) == (5, 2, 303, 300)


def test_a_complete_tile_at_a_deep_zoom_is_finer_than_its_pixels():
    points = make_points([0, 2**13 - 1], [0, 0], tile=(18, 0, 0))

    found = decode_tile(encode_tile(points))

    assert np.abs(found.columns.astype(int) - points.columns).max() <= 2 ** (WORLD_BITS - 18 - 8) / 2


def test_no_marks_give_a_header_alone():
    data = encode_tile(make_points([], []))

    assert len(data) == HEADER.size == 96
    assert decode_tile(data).not_placed == NOT_PLACED


def test_equal_input_gives_equal_bytes():
    assert encode_tile(make_points([7, 9], [3, 3])) == encode_tile(make_points([7, 9], [3, 3]))


@pytest.mark.parametrize(
    "damage",
    [lambda data: data[:-1], lambda data: b"XXXX" + data[4:], lambda data: data[:4] + b"\x01" + data[5:], lambda data: b""],
    ids=["cut short", "other magic", "other version", "empty"],
)
def test_damaged_payload_is_refused(damage):
    data = encode_tile(make_points([71], [51]))

    with pytest.raises(ValueError, match=r"payload|version"):
        decode_tile(damage(data))


def test_eight_thousand_schools_along_the_curve_fit_in_40_kilobytes_compressed():
    generator = np.random.default_rng(7)
    count = 8000
    towns = generator.uniform((0.63, 0.33), (0.74, 0.41), size=(600, 2))  # the country that the demo shows
    places = towns[generator.integers(0, 600, count)] + generator.normal(0, 0.0008, size=(count, 2))
    columns, rows = (places * 2**WORLD_BITS).astype(np.uint32).T
    near = np.lexsort((rows >> 22, columns >> 22))
    statuses = generator.choice(5, count, p=[0.04, 0.23, 0.02, 0.65, 0.06])
    points = make_points(columns[near], rows[near], statuses=statuses, area_types=generator.choice(3, count, p=[0.25, 0.74, 0.01]))

    assert len(gzip.compress(encode_tile(points), 6)) <= 40_000
