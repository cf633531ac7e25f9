"""Which class a figure falls in, what is dotted and hatched, and that circles have areas in proportion to counts."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.model import Measure
from geo.render.measures import (
    COUNTS,
    MAX_RADIUS,
    RATES,
    Look,
    classes_of,
    look_of,
    looks_of,
    radius_px,
    round_sizes,
)
from geo.render.palette import NO_SHARE, SHARE_CLASSES, share_class


def make_row(share=None, lower=None, upper=None, *, gap=None, unknown=0, schools=10, rural=0):
    names = {"meets_norm_share": (share, lower, upper), "connected_share": (share, lower, upper), "meets_norm_gap_points": (gap, gap, gap)}
    row = {"schools": schools, "schools_unknown": unknown, "schools_unconnected_rural": rural}
    for name, values in names.items():
        row |= {f"schools_{name}{end}": value for end, value in zip(("", "_lower", "_upper"), values, strict=True)}
    return row


def class_of(measure, **figures):
    return look_of(measure, "schools", make_row(**figures)).name


@pytest.mark.parametrize("measure", RATES)
def test_classes_of_a_rate_join_and_use_each_fill_once(measure):
    classes = classes_of(measure, "schools")

    assert all(first.upper == second.lower for first, second in itertools.pairwise(classes))
    assert {one.name for one in classes} == {one.name for one in SHARE_CLASSES}


@given(st.floats(0, 1))
def test_class_of_a_share_is_that_of_the_palette(share):
    rounded = round(share, 6)

    assert class_of(Measure.MEETS_NORM, share=rounded, lower=rounded, upper=rounded) == share_class(rounded)


@pytest.mark.parametrize(
    ("unknown", "name"),
    [
        (0, "share-5"),
        (9, "share-5"),
        (10, "share-4"),
        (99, "share-4"),
        (100, "share-3"),
        (200, "share-2"),
        (500, "share-1"),
        (1000, "share-1"),
    ],
)
def test_the_less_is_reported_the_paler_is_the_class(unknown, name):
    assert class_of(Measure.UNKNOWN, unknown=unknown, schools=1000) == name


@pytest.mark.parametrize(
    ("gap", "name"),
    [
        (-30, "share-5"),
        (-5.01, "share-5"),
        (-5, "share-4"),
        (4.99, "share-4"),
        (5, "share-3"),
        (100 * (0.6 - 0.4), "share-2"),
        (40, "share-1"),
    ],
)
def test_the_further_rural_schools_are_behind_the_paler_is_the_class(gap, name):
    assert class_of(Measure.RURAL_GAP, gap=gap) == name


@pytest.mark.parametrize("measure", Measure)
def test_area_without_a_school_of_the_choice_has_no_data(measure):
    assert look_of(measure, "schools", None) == Look(NO_SHARE)


@pytest.mark.parametrize(("measure", "figures"), [(Measure.MEETS_NORM, {}), (Measure.RURAL_GAP, {}), (Measure.UNKNOWN, {"schools": 0})])
def test_null_figure_has_no_data_whatever_its_bounds(measure, figures):
    assert look_of(measure, "schools", make_row(lower=0.0, upper=1.0, **figures)) == Look(NO_SHARE)


@pytest.mark.parametrize(
    ("lower", "upper", "is_wide"), [(0.7, 0.9, False), (0.4, 0.6, False), (0.5, 0.7, False), (0.5, 0.7001, True), (0, 1, True)]
)
def test_rates_are_dotted_only_where_bounds_are_more_than_20_points_apart(lower, upper, is_wide):
    assert look_of(Measure.CONNECTED, "schools", make_row(0.6, lower, upper)).is_wide is is_wide


def test_count_has_a_circle_and_a_plain_fill_and_is_never_dotted():
    look = look_of(Measure.UNCONNECTED_RURAL, "schools", make_row(0.5, 0, 1, rural=12))

    assert (look.fill, look.count, look.is_wide) == ("share-plain", 12, False)


@pytest.mark.parametrize("count", COUNTS)
def test_no_unconnected_rural_school_is_a_class_of_its_own(count):
    none, one = classes_of(Measure.UNCONNECTED_RURAL, count)[:2]

    assert (none.lower, none.upper, one.lower) == (0, 1, 1)


@pytest.mark.parametrize("measure", Measure)
def test_many_areas_look_as_each_alone(measure):
    rows = [
        make_row(0.6, 0.5, 0.9, gap=-7.0, unknown=3, rural=2),
        make_row(0.995, 0.99, 1.0, gap=50.0, rural=0),
        make_row(schools=0),
    ]
    columns = {name: np.array([row[name] for row in rows], dtype=float) for name in rows[0]}

    many = looks_of(measure, "schools", columns)

    assert many.each(measure, "schools") == tuple(look_of(measure, "schools", row) for row in rows)
    assert sum(many.areas(measure, "schools").values()) == len(many.letters()) == 3


@given(st.integers(1, 10**6), st.integers(1, 10**6))
def test_areas_of_circles_are_in_proportion_to_counts(first, second):
    largest = max(first, second)

    assert radius_px(first, largest) ** 2 * second == pytest.approx(radius_px(second, largest) ** 2 * first, rel=0.2, abs=0.05 * largest)
    assert radius_px(largest, largest) == MAX_RADIUS


def test_none_has_no_circle():
    assert radius_px(0, 10) == radius_px(0, 0) == 0


@pytest.mark.parametrize(("largest", "sizes"), [(0, ()), (1, (1,)), (3, (2,)), (66, (50, 10, 2)), (48_231, (20_000, 10_000, 2_000))])
def test_legend_of_sizes_has_round_counts_that_are_reached(largest, sizes):
    assert round_sizes(largest) == sizes
    assert all(math.log10(size / int(str(size)[0])).is_integer() for size in sizes)
