"""Filters of the API alone: boxes and spans of days refuse what they cannot read, and select what they say."""

from __future__ import annotations

from datetime import date

import numpy as np
import pyarrow as pa
import pytest

from geo.errors import InvalidParameter
from geo.selecting import BoundingBox, Interval, has_value, is_any_of, is_collected, is_in_bbox


@pytest.mark.parametrize(
    "text", ["NaN,0,1,1", "1,2,3", "1e400,0,1,1", "1,2,3,4,5", "0,1,0,0", "0,0,0,91", "181,0,1,1", "", "１,0,1,1", "0,0,9,1,1,1", "0,,1,1"]
)
def test_what_is_no_box_is_refused(text):
    with pytest.raises(InvalidParameter) as caught:
        BoundingBox.read(text)

    assert caught.value.specific_code == "invalid_bbox"


def test_heights_of_a_box_count_for_nothing():
    assert BoundingBox.read("1,2,-5,3,4,5") == BoundingBox.read("1, 2, 3, 4.0")


def test_box_whose_west_is_greater_than_its_east_crosses_the_antimeridian():
    longitude = np.array([179.0, -179.0, 0.0, np.nan, 170.0])
    latitude = np.array([1.0, 1.0, 1.0, np.nan, 11.0])

    found = is_in_bbox(longitude, latitude, BoundingBox.read("170,0,-170,10"))

    assert found.tolist() == [True, True, False, False, False]


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("2024-05-01", "2024-05-01"),
        ("2024-05-01T23:30:00-05:00", "2024-05-02"),
        ("2024-01-01/..", "2024-01-01/.."),
        ("/2024-01-01T00:00:00Z", "../2024-01-01"),
        ("0000-01-01T00:00:00Z/2024-02-01", "../2024-02-01"),
        ("2024-01-01/9999-12-31T00:00:00Z", "2024-01-01/9999-12-31"),
    ],
)
def test_time_has_one_canonical_text(text, canonical):
    assert str(Interval.read(text)) == canonical


@pytest.mark.parametrize("text", ["", "..", "../..", "/", "2024", "2024-13-01", "2024-01-01/2024-01-02/..", "2024-02-01/2024-01-01", "now"])
def test_what_is_no_time_is_refused(text):
    with pytest.raises(InvalidParameter) as caught:
        Interval.read(text)

    assert caught.value.specific_code == "invalid_datetime"


@pytest.mark.parametrize("text", ["2024-01-01T/..", "../2024-01-01T", "2024-01-01T"])
def test_time_that_gdal_sends_for_every_column_of_dates_is_refused_with_a_way_out(text):
    with pytest.raises(InvalidParameter, match="name the column in filter"):
        Interval.read(text)


def test_school_without_a_date_was_not_reported_on_in_any_span():
    days = pa.chunked_array([pa.array([date(2024, 1, 1), None, date(2024, 3, 1)])])

    assert is_collected(days, Interval.read("../2024-02-01")).tolist() == [True, False, False]
    assert is_collected(days, Interval.read("2024-03-01")).tolist() == [False, False, True]


def test_value_is_compared_exactly_and_none_is_the_schools_without_one():
    names = pa.chunked_array([pa.array(["A", "a", None])]).dictionary_encode()

    assert has_value(names, ("A",)).tolist() == [True, False, False]
    assert has_value(names, ("a", "none")).tolist() == [False, True, True]


@pytest.mark.parametrize("wanted", [[], [-1], [0, 2], [-1, 11], [*range(12)], [-1, *range(12)]], ids=str)
def test_codes_are_any_of_the_wanted_ones_however_many_these_are(wanted):
    codes = np.arange(-1, 12, dtype=np.int8)

    assert is_any_of(codes, wanted, 12).tolist() == [code in wanted for code in range(-1, 12)]
