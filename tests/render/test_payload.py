"""The payload gives back every school where it was, and counts those that cannot be drawn."""

import gzip

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from geo.render.payload import HEADER, RESOLUTION_DEG, STEPS, SchoolPoints, decode, encode, step_grain


def make_points(longitude, latitude, *, statuses=None, area_types=None, rows=None, is_flagged=None):
    count = len(longitude)
    return SchoolPoints(
        longitude=np.asarray(longitude, dtype=np.float64),
        latitude=np.asarray(latitude, dtype=np.float64),
        statuses=np.asarray(statuses if statuses is not None else [0] * count, dtype=np.int8),
        area_types=np.asarray(area_types if area_types is not None else [1] * count, dtype=np.int8),
        is_flagged=np.asarray(is_flagged if is_flagged is not None else [False] * count, dtype=np.bool_),
        rows=None if rows is None else np.asarray(rows, dtype=np.uint32),
    )


COORDINATE = st.one_of(st.floats(-180, 180), st.sampled_from([float("nan"), float("inf"), 0.0]))
SCHOOL = st.tuples(COORDINATE, COORDINATE, st.integers(0, 4), st.integers(0, 2), st.booleans(), st.integers(0, 2**32 - 1))


@given(st.lists(SCHOOL, max_size=40), st.booleans())
@example([(0.0, 2e-77, 0, 0, False, 0), (0.0, -1.0, 0, 0, False, 0)], False)  # placed, though it rounds onto 0,0
def test_decode_gives_back_what_was_encoded_within_a_grain(schools, has_rows):
    columns = list(zip(*schools, strict=True)) if schools else [()] * 6
    points = make_points(
        columns[0],
        columns[1],
        statuses=columns[2],
        area_types=columns[3],
        is_flagged=columns[4],
        rows=columns[5] if has_rows else None,
    )

    payload = decode(encode(points))

    placed = points.is_placed
    assert np.array_equal(payload.points.statuses, points.statuses)
    assert np.array_equal(payload.points.area_types, points.area_types)
    assert np.array_equal(payload.points.is_flagged, points.is_flagged)
    assert (payload.points.rows is None) == (points.rows is None)
    if points.rows is not None:
        assert np.array_equal(payload.points.rows, points.rows)
    for found, given_ in ((payload.points.longitude, points.longitude), (payload.points.latitude, points.latitude)):
        assert np.array_equal(np.isnan(found), ~placed)
        if placed.any():
            span = given_[placed].max() - given_[placed].min()
            step = span * step_grain(span) / STEPS if span > 1e-9 else 1e-9
            assert np.abs(found[placed] - given_[placed]).max() <= step * 1.01 + 1e-12


@given(st.floats(1e-6, 360))
def test_grain_stays_within_the_stated_resolution_or_is_one_step(span):
    grain = step_grain(span)

    assert grain == 1 or span * grain / STEPS <= RESOLUTION_DEG


@given(st.lists(SCHOOL, max_size=40))
def test_placed_and_not_placed_add_up_to_all(schools):
    columns = list(zip(*schools, strict=True)) if schools else [()] * 6
    points = make_points(columns[0], columns[1], statuses=columns[2])

    payload = decode(encode(points))

    assert sum(payload.not_placed) + int(points.is_placed.sum()) == len(points)


def test_school_at_zero_zero_or_without_position_is_counted_as_not_placed_under_its_status():
    points = make_points([0.0, np.nan, 71.4, 0.0], [0.0, 51.2, np.inf, 51.2], statuses=[0, 1, 4, 3])

    payload = decode(encode(points))

    assert payload.not_placed == (1, 1, 0, 0, 1)
    assert payload.points.longitude[3] == 0.0
    assert payload.bounds == (0.0, 51.2, 0.0, 51.2)


def test_no_schools_give_a_header_alone():
    data = encode(make_points([], []))

    assert len(data) == HEADER.size
    assert decode(data).not_placed == (0, 0, 0, 0, 0)


def test_equal_input_gives_equal_bytes():
    points = make_points([71.1, 72.2], [51.0, 43.0], statuses=[0, 3])

    assert encode(points) == encode(make_points([71.1, 72.2], [51.0, 43.0], statuses=[0, 3]))


def test_typed_arrays_start_at_aligned_offsets():
    assert HEADER.size % 8 == 0


@pytest.mark.parametrize(
    "damage",
    [lambda data: data[:-1], lambda data: b"XXXX" + data[4:], lambda data: data[:4] + b"\x09" + data[5:], lambda data: b""],
    ids=["cut short", "other magic", "other version", "empty"],
)
def test_damaged_payload_is_refused(damage):
    data = encode(make_points([71.1], [51.0]))

    with pytest.raises(ValueError, match=r"payload|version"):
        decode(damage(data))


def test_eight_thousand_schools_listed_by_place_fit_in_45_kilobytes_compressed():
    generator = np.random.default_rng(7)
    count = 8000
    towns = generator.uniform((47, 41), (87, 55), size=(600, 2))
    places = towns[np.sort(generator.integers(0, 600, count))] + generator.normal(0, 0.3, size=(count, 2))
    statuses = generator.choice(5, count, p=[0.04, 0.23, 0.02, 0.65, 0.06])
    points = make_points(places[:, 0], places[:, 1], statuses=statuses, area_types=generator.choice(3, count, p=[0.25, 0.74, 0.01]))

    assert len(gzip.compress(encode(points), 6)) <= 45_000
