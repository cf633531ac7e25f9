"""Which schools a range of enrolment selects, and that every way to write the same ranges is one filter."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.errors import InvalidParameter
from geo.model import where
from geo.schools import is_enrolled

STUDENTS = np.asarray([0, 99, 100, 299, 300, np.nan, 10_000])


@pytest.mark.parametrize(
    ("values", "selected"),
    [
        (("0-99",), [0, 1]),
        (("100-299",), [2, 3]),
        (("300-",), [4, 6]),
        (("none",), [5]),
        (("0-99", "none"), [0, 1, 5]),
        (("99-99",), [1]),
        (("0-",), [0, 1, 2, 3, 4, 6]),
    ],
)
def test_both_ends_belong_to_a_range_and_unknown_enrolment_is_only_in_none(values, selected):
    assert np.flatnonzero(is_enrolled(STUDENTS, values)).tolist() == selected


@given(st.lists(st.integers(0, 500), min_size=1, max_size=4, unique=True), st.lists(st.one_of(st.none(), st.integers(0, 600)), max_size=30))
def test_ranges_that_follow_one_another_and_none_hold_every_school_once(ends, students):
    column = np.asarray([np.nan if count is None else count for count in students], dtype=float)
    starts = sorted({0, *ends})
    ranges = [f"{low}-{high - 1}" for low, high in pairwise(starts)] + [f"{starts[-1]}-", "none"]

    assert (sum(is_enrolled(column, (text,)).astype(int) for text in ranges) == 1).all()
    assert is_enrolled(column, ranges).all()


@pytest.mark.parametrize("text", ["", "99", "-99", "9-1", "007-9", "1e2-", "１-", "1-2-3", "0-99 ", "NONE", "99999999-"])
def test_text_that_is_no_range_is_refused(text):
    with pytest.raises(InvalidParameter, match="enrolment"):
        is_enrolled(STUDENTS, (text,))


def test_ranges_are_ordered_by_number_so_that_one_filter_has_one_address():
    filtered = where(enrolment=("none", "1000-", "300-999", "0-99", "0-"))

    assert filtered == where(enrolment=("0-", "0-99", "300-999", "1000-", "none"))
    assert filtered.as_parameters() == {"enrolment": "0-99,0-,300-999,1000-,none"}
