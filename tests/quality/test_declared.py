"""Positions against the region that a file declares."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Geod

from geo.quality import OUTLIER_KM, Doubts, Regions, doubts
from geo.schools import FloatArray, Int32Array

GEOD = Geod(ellps="WGS84")
BOXES = (shapely.box(60, 50, 61, 51), shapely.box(61, 50, 62, 51))


def locate(longitude: FloatArray, latitude: FloatArray) -> Int32Array:
    """West is 60 to 61, east 61 to 62 degrees east, both 50 to 51 north."""
    inside = (latitude >= 50) & (latitude <= 51) & (longitude >= 60) & (longitude < 62)
    return np.where(inside, np.floor(longitude - 60), -1).astype(np.int32)


REGIONS = Regions(
    codes=("W", "E"),
    names=(("W", "West"), ("W", "Батыс"), ("E", "East"), ("W", "Both"), ("E", "Both")),
    geometry_of=BOXES.__getitem__,
    locate=locate,
)


def of(declared: str | None, latitude: float, longitude: float) -> Doubts:
    position = np.array([latitude]), np.array([longitude])
    return doubts(pa.chunked_array([[declared]], pa.string()), *position, locate(position[1], position[0]), REGIONS)


@pytest.mark.parametrize(
    ("declared", "expected"),
    [("west", False), ("БАТЫС", False), ("W", False), ("East", True), ("Both", False), ("Atlantis", False), (None, False)],
)
def test_a_declared_region_disagrees_when_the_point_lies_in_another(declared: str | None, expected: bool) -> None:
    assert of(declared, 50.5, 60.5).disagrees.tolist() == [expected]


@pytest.mark.parametrize(("beyond_km", "is_outlier"), [(-0.2, False), (0.2, True)])
@given(latitude=st.floats(50.1, 50.9))
def test_a_point_is_an_outlier_beyond_50_km_from_its_region(beyond_km: float, is_outlier: bool, latitude: float) -> None:
    longitude, north, _ = GEOD.fwd(60.0, latitude, 270.0, (OUTLIER_KM + beyond_km) * 1000)

    found = of("West", north, longitude)

    assert found.is_outlier.tolist() == [is_outlier]
    assert found.outside_km(np.array([0]))[0] == pytest.approx(OUTLIER_KM + beyond_km, abs=0.15)
    assert not found.disagrees.any()


def test_coordinates_that_fit_when_exchanged_are_swapped() -> None:
    found = of("West", 60.5, 50.5)

    assert (found.is_swapped.tolist(), found.is_outlier.tolist()) == ([True], [True])


def test_coordinates_that_fit_another_region_when_exchanged_are_not_swapped() -> None:
    assert not of("East", 60.5, 50.5).is_swapped.any()


def test_without_a_declared_region_a_point_in_none_is_swapped_when_exchanging_puts_it_into_one() -> None:
    assert of(None, 60.5, 50.5).is_swapped.all()
    assert not of(None, 10.0, 20.0).is_outlier.any()


def test_a_longitude_that_is_no_latitude_is_never_exchanged() -> None:
    assert not of("West", 50.5, 150.0).is_swapped.any()


@pytest.mark.parametrize(("west", "longitude"), [(179.0, -179.8), (-180.0, 179.8)], ids=["east of it", "west of it"])
def test_a_region_at_the_antimeridian_is_near_to_points_on_its_other_side(west: float, longitude: float) -> None:
    box = shapely.box(west, 50, west + 1, 51)
    regions = Regions(("A",), (), lambda number: box, lambda longitudes, latitudes: np.full(len(longitudes), -1, dtype=np.int32))

    found = doubts(pa.chunked_array([["A"]]), np.array([50.5]), np.array([longitude]), np.array([-1], np.int32), regions)

    assert not found.is_outlier.any()


@given(st.floats(-89, 89), st.floats(-179.9, 179.9))
def test_the_box_of_a_region_never_makes_a_near_point_an_outlier(latitude: float, longitude: float) -> None:
    found = of("West", latitude, longitude)

    if not found.is_swapped.any() and not (50 <= latitude <= 51 and 60 <= longitude <= 61):
        km = found.outside_km(np.array([0]))[0]
        assert found.is_outlier[0] == (km > OUTLIER_KM)


def test_schools_without_a_position_raise_no_doubts() -> None:
    found = of("West", float("nan"), float("nan"))

    assert not (found.disagrees | found.is_outlier | found.is_swapped).any()
