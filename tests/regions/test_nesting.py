"""Districts that do not lie in the region they name are found, with how much of them does."""

from __future__ import annotations

import pytest
from shapely import box

from geo.regions import nesting
from geo.regions.nesting import StrayUnit
from tests.regions.shapes import EAST_HALF, WEST_HALF, make_units

REGIONS = make_units(WEST_HALF, EAST_HALF, codes=["E", "W"])


def test_districts_inside_their_regions_nest() -> None:
    districts = make_units(box(0, 0, 1, 0.5), box(0, 0.5, 1, 1), EAST_HALF, parents=["E", "E", "W"])

    report = nesting(REGIONS, districts)

    assert (report.is_nested, report.nested_count, report.strays) == (True, 3, ())
    assert report.smallest_share == pytest.approx(1.0)


def test_district_across_two_regions_is_reported_with_its_shares() -> None:
    report = nesting(REGIONS, make_units(box(0.9, 0, 1.9, 1), parents=["E"]))

    (stray,) = report.strays
    assert (stray.code, stray.parent, stray.largest) == ("A", "E", "W")
    assert (stray.share_in_parent, stray.share_in_largest) == (pytest.approx(0.1), pytest.approx(0.9))
    assert not report.is_nested


def test_district_without_or_with_an_unknown_parent_does_not_nest() -> None:
    report = nesting(REGIONS, make_units(WEST_HALF, EAST_HALF, parents=[None, "KZ99"]))

    assert (report.without_parent, report.unknown_parent, report.smallest_share) == (("A",), ("B",), None)
    assert [stray.largest for stray in report.strays] == ["E", "W"]


def test_district_far_from_every_region_lies_in_none() -> None:
    report = nesting(REGIONS, make_units(box(10, 10, 11, 11), parents=["E"]))

    assert report.strays == (StrayUnit("A", "E", 0.0, None, 0.0),)


def test_no_districts_nest() -> None:
    assert nesting(REGIONS, make_units()).is_nested
