"""Positions that are probably not where the school is."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Geod

from geo.quality import CENTRE_M, is_at_centre, is_null_island, is_round, is_shared

GEOD = Geod(ellps="WGS84")
COORDINATES = st.sampled_from([51.1, 51.16939, -51.1, 0.0, -0.0, 71.44907, float("nan")])


@given(st.lists(st.tuples(COORDINATES, COORDINATES), max_size=12))
def test_a_position_is_shared_when_another_school_has_the_very_same(positions: list[tuple[float, float]]) -> None:
    latitude, longitude = (np.array([position[axis] for position in positions], dtype=float) for axis in (0, 1))
    times = Counter(position for position in positions if not np.isnan(position).any())

    assert is_shared(latitude, longitude).tolist() == [times[position] > 1 for position in positions]


def test_0_0_alone_is_null_island() -> None:
    latitude, longitude = np.array([0.0, -0.0, 0.0, np.nan]), np.array([0.0, 0.0, 71.4, 0.0])

    assert is_null_island(latitude, longitude).tolist() == [True, True, False, False]


@pytest.mark.parametrize(
    ("position", "expected"),
    [((51.1, 71.45), True), ((-51.0, 0.01), True), ((51.169, 71.45), False), ((51.1, 71.44907), False), ((179.99, 0.29), True)],
)
def test_a_position_is_round_when_neither_coordinate_has_a_third_decimal(position: tuple[float, float], expected: bool) -> None:
    assert is_round(np.array([position[0]]), np.array([position[1]])).tolist() == [expected]


@given(st.integers(-9_000, 9_000), st.integers(-18_000, 18_000))
def test_every_position_of_two_decimals_is_round_however_it_is_stored(north: int, east: int) -> None:
    assert is_round(np.array([north / 100]), np.array([float(f"{east / 100:.2f}")])).all()


@pytest.mark.parametrize(("away_m", "expected"), [(CENTRE_M - 0.1, True), (CENTRE_M + 0.1, False)])
@given(azimuth=st.floats(0, 360))
def test_a_school_is_in_the_middle_up_to_100_m_from_it(away_m: float, expected: bool, azimuth: float) -> None:
    longitude, latitude, _ = GEOD.fwd(71.45, 51.17, azimuth, away_m)

    near = is_at_centre(
        np.array([latitude]), np.array([longitude]), np.array([1], np.int32), np.array([0.0, 51.17]), np.array([0.0, 71.45])
    )

    assert near.tolist() == [expected]


def test_a_school_without_a_unit_is_in_the_middle_of_none() -> None:
    near = is_at_centre(
        np.array([51.17, np.nan]), np.array([71.45, np.nan]), np.array([-1, 0], np.int32), np.array([51.17]), np.array([71.45])
    )

    assert not near.any()
