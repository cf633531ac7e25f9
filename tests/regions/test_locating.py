"""Points among units: one owner on borders, the nearest unit a little way outside, the index and shapely agree row by row."""

from __future__ import annotations

import os

import numpy as np
import numpy.typing as npt
import pyproj
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import MultiPolygon, Polygon, box

from geo.regions import BoundaryUnits, Located, Locator, build_index, repair
from tests.regions.shapes import CITY_INSIDE_ITS_REGION, EAST_HALF, WEST_HALF, make_units, random_units, vertices

EXAMPLES = 400 if os.environ.get("QOSYL_LONG") else 30
GEOD = pyproj.Geod(ellps="WGS84")
TO_SPACE = pyproj.Transformer.from_crs("EPSG:4979", "EPSG:4978", always_xy=True)

Floats = npt.NDArray[np.float64]


def with_and_without_index(units: BoundaryUnits, *, cell_count: int | None = 5000) -> list[Locator]:
    """The two ways to locate, which must never differ."""
    return [Locator(units, build_index(units, cell_count=cell_count)), Locator(units)]


def located(units: BoundaryUnits, *points: tuple[float, float]) -> Located:
    """Where the points lie, by index and by shapely alike."""
    longitudes, latitudes = np.array(points, dtype=float).reshape(-1, 2).T
    first, second = (locator.locate(longitudes, latitudes) for locator in with_and_without_index(units))
    assert_equal(first, second)
    return first


def assert_equal(first: Located, second: Located) -> None:
    """Same units, flags and distances in every row."""
    np.testing.assert_array_equal(first.unit, second.unit)
    np.testing.assert_array_equal(first.is_nearest, second.is_nearest)
    np.testing.assert_array_equal(first.distance_km, second.distance_km)


def covering_unit(units: BoundaryUnits, longitudes: Floats, latitudes: Floats) -> npt.NDArray[np.int64]:
    """Smallest unit that covers each point, each pair tested by shapely; -1 where none does."""
    points = shapely.points(longitudes, latitudes)
    covers = np.array([shapely.covered_by(points, unit) for unit in units.geometries]).reshape(len(units), len(points))
    return np.where(covers.any(axis=0), covers.argmax(axis=0), -1)


def border_km(unit: shapely.Geometry, longitudes: Floats, latitudes: Floats) -> Floats:
    """Distance of each point to a unit's border, straight through space: up to 20 km it is the geodesic to a centimetre."""
    border = shapely.get_coordinates(shapely.segmentize(shapely.boundary(unit), 1e-3))
    positions, points = in_space_km(*border.T), in_space_km(longitudes, latitudes)[:, None]
    starts, along = positions[:-1], np.diff(positions, axis=0)
    share = ((points - starts) * along).sum(axis=2) / (along**2).sum(axis=1)
    feet = starts + np.clip(share, 0, 1)[:, :, None] * along
    return np.asarray(np.linalg.norm(points - feet, axis=2).min(axis=1))


def in_space_km(longitudes: Floats, latitudes: Floats) -> Floats:
    """Positions on the ellipsoid from the middle of the earth, shape (n, 3)."""
    return np.stack(TO_SPACE.transform(longitudes, latitudes, np.zeros(len(longitudes))), axis=1) / 1000


@given(seed=st.integers(0, 2**32 - 1), columns=st.integers(1, 6), rows=st.integers(1, 5), cells=st.sampled_from([1, 7, 300, 40_000]))
@settings(max_examples=EXAMPLES)
def test_index_agrees_with_shapely_and_with_testing_every_pair(seed: int, columns: int, rows: int, cells: int) -> None:
    rng = np.random.default_rng(seed)
    units = random_units(rng, columns=columns, rows=rows)
    on_borders = vertices(units)
    on_raster = rng.integers(-8, 8 * max(columns, rows) + 8, (2, 150)) / 8
    anywhere = rng.uniform(-0.3, max(columns, rows) + 0.3, (2, 150))
    longitudes, latitudes = (np.concatenate(parts) for parts in zip(on_borders, on_raster, anywhere, strict=True))

    by_index, by_shapely = (locator.locate(longitudes, latitudes) for locator in with_and_without_index(units, cell_count=cells))

    assert_equal(by_index, by_shapely)
    held = np.where(by_index.is_nearest, -1, by_index.unit)
    np.testing.assert_array_equal(held, covering_unit(units, longitudes, latitudes))


@given(seed=st.integers(0, 2**32 - 1))
@settings(max_examples=EXAMPLES)
def test_overlapping_units_are_located_exactly_too(seed: int) -> None:
    rng = np.random.default_rng(seed)
    corners = rng.integers(0, 12, (8, 2)) / 4
    units = make_units(
        *(box(west, south, west + size / 2, south + size / 2) for (west, south), size in zip(corners, rng.integers(1, 5, 8), strict=True))
    )
    longitudes, latitudes = rng.integers(-2, 42, (2, 200)) / 8

    by_index, by_shapely = (locator.locate(longitudes, latitudes) for locator in with_and_without_index(units, cell_count=50))

    assert_equal(by_index, by_shapely)
    np.testing.assert_array_equal(np.where(by_index.is_nearest, -1, by_index.unit), covering_unit(units, longitudes, latitudes))


@given(seed=st.integers(0, 2**32 - 1), latitude=st.sampled_from([-75.0, -33.0, 0.0, 51.0, 84.0]))
@settings(max_examples=EXAMPLES)
def test_nearest_unit_is_the_one_at_the_smallest_geodesic_distance(seed: int, latitude: float) -> None:
    rng = np.random.default_rng(seed)
    units = random_units(rng, columns=3, rows=2, empty_share=0.6)
    small = units.with_geometries(shapely.transform(units.geometries, lambda positions: positions * (0.05, 0.02) + (30.0, latitude)))
    longitudes = 30.0 + rng.uniform(-0.1, 0.25, 30)
    latitudes = latitude + rng.uniform(-0.02, 0.06, 30)

    first, second = (locator.locate(longitudes, latitudes) for locator in with_and_without_index(small))

    assert_equal(first, second)
    outside = np.flatnonzero(first.distance_km != 0)
    distances = np.stack([border_km(unit, longitudes[outside], latitudes[outside]) for unit in small.geometries])
    for unit, distance_km, expected in zip(first.unit[outside], first.distance_km[outside], distances.T, strict=True):
        assert (unit >= 0) == (expected.min() <= 1.5) or abs(expected.min() - 1.5) < 1e-4
        if unit >= 0:
            assert distance_km == pytest.approx(expected.min(), abs=1e-4)
            assert expected[unit] == pytest.approx(expected.min(), abs=1e-4)


def test_point_on_a_shared_border_belongs_to_the_smaller_code() -> None:
    result = located(make_units(EAST_HALF, WEST_HALF), (1.0, 0.5), (1.0, 0.0), (0.0, 0.0), (2.0, 1.0))

    assert result.unit.tolist() == [0, 0, 1, 0]
    assert not result.is_nearest.any()
    assert result.distance_km.tolist() == [0.0] * 4


def test_point_in_a_hole_is_in_no_unit_and_on_its_rim_in_the_unit() -> None:
    ring = shapely.difference(WEST_HALF, CITY_INSIDE_ITS_REGION)

    result = located(make_units(ring), (0.5, 0.5), (0.4, 0.5), (0.6, 0.6), (0.39, 0.5))

    assert result.unit.tolist() == [-1, 0, 0, 0]


def test_point_in_a_city_inside_its_region_is_in_the_city() -> None:
    units, _ = repair(make_units(WEST_HALF, CITY_INSIDE_ITS_REGION))

    assert located(units, (0.5, 0.5), (0.1, 0.1)).unit.tolist() == [1, 0]


def test_unit_of_several_parts_holds_points_of_each() -> None:
    units = make_units(MultiPolygon([box(0, 0, 1, 1), box(3, 0, 4, 1)]), box(1, 0, 3, 1))

    assert located(units, (0.5, 0.5), (2.0, 0.5), (3.5, 0.5)).unit.tolist() == [0, 1, 0]


def test_unit_within_one_cell_of_the_grid_is_found() -> None:
    units = make_units(box(0, 0, 10, 10), box(20, 5, 20.001, 5.001))

    result = Locator(units, build_index(units, cell_count=10)).locate([20.0005, 20.0], [5.0005, 5.0])

    assert result.unit.tolist() == [1, 1]


@pytest.mark.parametrize(
    ("step_deg", "least", "most"),
    [(1.0, 4_000, 5_000), (1e-3, 80_000, 120_000), (2e-5, 3_900_000, 4_100_000)],
    ids=["plain shapes", "detailed shapes", "no end of vertices"],
)
def test_grid_has_cells_in_proportion_to_vertices_within_limits(step_deg: float, least: int, most: int) -> None:
    halves = make_units(WEST_HALF, EAST_HALF)

    index = build_index(halves.with_geometries(shapely.segmentize(halves.geometries, step_deg)))

    assert index is not None
    assert least <= len(index.cells) <= most


def test_grid_of_its_own_size_agrees_with_shapely() -> None:
    rng = np.random.default_rng(8)
    units = random_units(rng, columns=9, rows=7)
    longitudes, latitudes = rng.integers(-40, 400, (2, 20_000)) / 40

    assert_equal(*(locator.locate(longitudes, latitudes) for locator in with_and_without_index(units, cell_count=None)))


@pytest.mark.parametrize("latitude", [0.0, 51.0, 78.0, -78.0])
@pytest.mark.parametrize("azimuth", [0.0, 90.0, 180.0, 270.0])
def test_point_outside_is_assigned_at_1_4_km_and_not_at_1_6_km(latitude: float, azimuth: float) -> None:
    unit = box(69.9, latitude - 0.1, 70.1, latitude + 0.1)
    border = {0.0: (70, latitude + 0.1), 90.0: (70.1, latitude), 180.0: (70, latitude - 0.1), 270.0: (69.9, latitude)}[azimuth]
    near, far = (GEOD.fwd(*border, azimuth, metres)[:2] for metres in (1400, 1600))

    result = located(make_units(unit), near, far)

    assert (result.unit.tolist(), result.is_nearest.tolist()) == ([0, -1], [True, False])
    assert result.distance_km[0] == pytest.approx(1.4, abs=2e-3)
    assert np.isnan(result.distance_km[1])


def test_nearest_is_by_kilometres_not_by_degrees() -> None:
    # At 60° a degree of longitude is half as long: the unit 0.02° to the east is nearer than the one 0.012° to the north.
    units = make_units(box(-0.1, 60.012, 0.005, 60.1), box(0.02, 59.9, 0.1, 60.005))

    result = located(units, (0.0, 60.0))

    assert (result.unit.tolist(), result.is_nearest.tolist()) == ([1], [True])
    assert result.distance_km[0] == pytest.approx(1.116, abs=1e-3)


def test_equally_near_units_give_the_smaller_code() -> None:
    # The nearest place is the corner that all three share; the first of them has no outer border there.
    wedge = Polygon([(0, 0), (1, 0.5), (1, -0.5)])
    upper, lower = Polygon([(0, 0), (0, 0.5), (1, 0.5)]), Polygon([(0, 0), (1, -0.5), (0, -0.5)])
    units = make_units(wedge, shapely.transform(upper, lambda at: at * (1.0, 1.0)), lower)

    result = located(units, (-0.01, 0.0))

    assert (result.unit.tolist(), result.is_nearest.tolist()) == ([0], [True])


def test_units_meet_across_the_antimeridian() -> None:
    units = make_units(box(179, 60, 180, 61), box(-180, 61, -179, 62))

    result = located(units, (180, 60.5), (-180, 60.5), (180, 61.5), (-180, 61), (-179.99, 60.5), (179.99, 61.5), (-179.9, 60.5))

    assert result.unit.tolist() == [0, 0, 1, 0, 0, 1, -1]
    assert result.is_nearest.tolist() == [False, False, False, False, True, True, False]


def test_units_at_the_poles_are_located() -> None:
    units = make_units(box(-180, -90, 180, -89), box(-180, 89.5, 180, 90))

    assert located(units, (0, -90), (180, -89.5), (12, 90), (12, 0)).unit.tolist() == [0, 0, 1, -1]


@pytest.mark.parametrize(
    "position",
    [(np.nan, 0.5), (0.5, np.nan), (np.inf, 0.5), (0.5, -np.inf), (np.nan, np.nan), (360.5, 0.5), (0.5, 95.0), (1e300, 1e300)],
)
def test_position_that_is_not_on_earth_is_in_no_unit(position: tuple[float, float]) -> None:
    result = located(make_units(WEST_HALF), (0.5, 0.5), position, (0.25, 0.5))

    assert result.unit.tolist() == [0, -1, 0]
    assert np.isnan(result.distance_km[1])


def test_no_points_give_no_answers() -> None:
    result = located(make_units(WEST_HALF))

    assert (len(result.unit), len(result.is_nearest), len(result.distance_km)) == (0, 0, 0)
    assert (result.unit.dtype, result.is_nearest.dtype, result.distance_km.dtype) == (np.int32, np.bool_, np.float64)


def test_among_no_units_every_point_is_in_none() -> None:
    assert build_index(make_units()) is None
    assert Locator(make_units()).locate([0.5, np.nan], [0.5, 0.5]).unit.tolist() == [-1, -1]


def test_arrays_of_different_length_are_refused() -> None:
    with pytest.raises(ValueError, match="must have one shape"):
        Locator(make_units(WEST_HALF)).locate([0.5, 0.6], [0.5])


def test_points_given_are_not_changed() -> None:
    longitudes, latitudes = np.array([0.5, 180.0, np.nan]), np.array([0.5, 0.5, 0.5])

    with_and_without_index(make_units(WEST_HALF))[0].locate(longitudes, latitudes)

    np.testing.assert_array_equal(longitudes, [0.5, 180.0, np.nan])
