"""Schools near one another, by true distance."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Geod

from geo.quality import CROWD_RADIUS_M, Neighbours, copy_number
from geo.quality.neighbours import MOST_COPIES
from geo.schools import FloatArray

GEOD = Geod(ellps="WGS84")

PLACES = st.sampled_from([(51.17, 71.45), (0.0, 0.0), (-33.9, 18.4), (69.6, 18.9), (10.0, 180.0), (-16.5, -179.9999), (89.2, 40.0)])


def metres(latitude: FloatArray, longitude: FloatArray) -> FloatArray:
    """Geodesic distances between all schools, shape (n, n)."""
    n = len(latitude)
    one, two = np.repeat(np.arange(n), n), np.tile(np.arange(n), n)
    return np.asarray(GEOD.inv(longitude[one], latitude[one], longitude[two], latitude[two])[2]).reshape(n, n)


def scattered(seed: int, place: tuple[float, float], count: int, spread_m: float) -> tuple[FloatArray, FloatArray]:
    """Schools around a place, some of them on one point."""
    rng = np.random.default_rng(seed)
    azimuth, away = rng.uniform(0, 360, count), np.abs(rng.normal(0, spread_m, count))
    away[rng.random(count) < 0.2] = 0.0
    longitude, latitude, _ = GEOD.fwd(np.full(count, place[1]), np.full(count, place[0]), azimuth, away)
    return np.asarray(latitude), np.asarray(longitude)


@given(st.integers(0, 10_000), PLACES, st.integers(2, 40), st.sampled_from([60.0, 300.0, 1_500.0]))
def test_pairs_are_those_whose_geodesic_is_at_most_the_distance(seed: int, place: tuple[float, float], count: int, spread_m: float) -> None:
    latitude, longitude = scattered(seed, place, count, spread_m)
    between = metres(latitude, longitude)

    pairs = Neighbours(latitude, longitude).pairs(100.0)

    found = np.zeros((count, count), dtype=bool)
    found[pairs[:, 0], pairs[:, 1]] = True
    is_clear = np.abs(between - 100.0) > 1e-4
    assert (found == np.triu(between <= 100.0, 1))[is_clear].all()
    assert (pairs[:, 0] < pairs[:, 1]).all()


@given(st.integers(0, 10_000), PLACES, st.integers(2, 60), st.sampled_from([200.0, 700.0, 3_000.0]))
def test_a_school_is_crowded_when_more_than_five_lie_within_a_square_kilometre(
    seed: int, place: tuple[float, float], count: int, spread_m: float
) -> None:
    latitude, longitude = scattered(seed, place, count, spread_m)
    between = metres(latitude, longitude)

    crowded = Neighbours(latitude, longitude).is_crowded()

    is_clear = (np.abs(between - CROWD_RADIUS_M) > 1e-3).all(axis=1)
    assert (crowded == ((between <= CROWD_RADIUS_M).sum(axis=1) > 5))[is_clear].all()


def test_two_schools_on_both_sides_of_a_grid_line_are_neighbours() -> None:
    latitude, longitude = np.array([51.16999, 51.17001]), np.array([71.44999, 71.45001])

    assert Neighbours(latitude, longitude).pairs(100.0).tolist() == [[0, 1]]


@pytest.mark.parametrize(("step_m", "is_pair"), [(99.9, True), (100.1, False)])
def test_a_step_across_a_hundred_metres_parts_a_pair(step_m: float, is_pair: bool) -> None:
    longitude, latitude, _ = GEOD.fwd(71.45, 51.17, 37.0, step_m)

    pairs = Neighbours(np.array([51.17, latitude]), np.array([71.45, longitude])).pairs(100.0)

    assert bool(len(pairs)) is is_pair


def test_schools_without_a_position_are_nobodys_neighbours() -> None:
    latitude, longitude = np.full(8, np.nan), np.full(8, np.nan)
    around = Neighbours(latitude, longitude)

    assert not around.is_crowded().any()
    assert len(around.pairs(100.0)) == 0


def test_thousands_of_schools_on_one_point_are_no_more_work_than_others() -> None:
    around = Neighbours(np.full(50_000, 51.17), np.full(50_000, 71.45))

    assert around.is_crowded().all()
    assert len(around.pairs(100.0)) == MOST_COPIES * (MOST_COPIES - 1) // 2


def test_copies_of_a_position_are_numbered() -> None:
    latitude, longitude = np.array([51.0, 52.0, 51.0, 51.0]), np.array([71.0, 71.0, 71.0, 72.0])

    assert copy_number(latitude, longitude).tolist() == [0, 0, 1, 0]
    assert copy_number(np.empty(0), np.empty(0)).tolist() == []


def test_pairs_beyond_the_search_are_refused() -> None:
    with pytest.raises(ValueError, match="564 m"):
        Neighbours(np.zeros(2), np.zeros(2)).pairs(600.0)
