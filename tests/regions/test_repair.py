"""Defects of boundary sets are mended into a coverage, and told in square kilometres."""

from __future__ import annotations

import json

import numpy as np
import pyproj
import pytest
import shapely
from shapely import Polygon, box

from geo.errors import BoundaryError
from geo.regions import BoundaryUnits, areas_km2, repair, simplified
from geo.regions.repair import GAP_WIDTH_DEG
from tests.regions.shapes import BOW_TIE, CITY_INSIDE_ITS_REGION, EAST_HALF, WEST_HALF, make_units, random_units


def area_km2(shape: shapely.Geometry) -> float:
    """Area of one shape."""
    return float(areas_km2(np.array([shape], dtype=object))[0])


def rough_units() -> BoundaryUnits:
    """A coverage with many vertices on wavy borders."""
    units = random_units(np.random.default_rng(3), columns=5, rows=4)
    fine = shapely.segmentize(units.geometries, 0.02)
    return units.with_geometries(shapely.transform(fine, lambda positions: positions + 0.02 * np.sin(25 * positions[:, ::-1])))


@pytest.mark.parametrize("south", [0, 45, 60, 80])
def test_area_of_a_degree_square_is_that_on_the_ellipsoid(south: int) -> None:
    square = box(10, south, 11, south + 1)

    geodesic_m2, _ = pyproj.Geod(ellps="WGS84").geometry_area_perimeter(shapely.segmentize(square, 0.001))

    assert area_km2(square) == pytest.approx(geodesic_m2 / 1e6, rel=1e-7)


def test_area_of_the_whole_world_is_that_of_the_ellipsoid() -> None:
    assert area_km2(box(-180, -90, 180, 90)) == pytest.approx(510_065_622, rel=1e-6)


def test_sound_coverage_comes_back_unchanged() -> None:
    units = make_units(WEST_HALF, EAST_HALF)

    repaired, report = repair(units)

    assert report.was_coverage
    assert (report.invalid, report.overlaps, report.gaps_filled, report.holes_left) == ((), (), 0, 0)
    assert shapely.equals_identical(repaired.geometries, units.geometries).all()


def test_bow_tie_ring_is_mended_and_reported_with_its_reason() -> None:
    repaired, report = repair(make_units(WEST_HALF, BOW_TIE))

    assert shapely.is_valid(repaired.geometries).all()
    assert [(unit.code, unit.reason.split("[")[0]) for unit in report.invalid] == [("B", "Self-intersection")]
    assert not report.was_coverage


@pytest.mark.parametrize("codes", [("city", "region"), ("zity", "region")], ids=["city first", "city last"])
def test_city_keeps_what_its_region_also_claims(codes: tuple[str, str]) -> None:
    by_code = dict(zip(codes, (CITY_INSIDE_ITS_REGION, WEST_HALF), strict=True))
    ordered = sorted(by_code)

    repaired, report = repair(make_units(*(by_code[code] for code in ordered), codes=ordered))

    city = repaired.geometries[ordered.index(codes[0])]
    assert shapely.equals(city, CITY_INSIDE_ITS_REGION)
    assert shapely.coverage_is_valid(repaired.geometries)
    assert [(overlap.kept_by, round(overlap.area_km2, 3)) for overlap in report.overlaps] == [
        (codes[0], round(area_km2(CITY_INSIDE_ITS_REGION), 3))
    ]


def test_overlap_along_a_border_goes_to_the_smaller_unit() -> None:
    repaired, report = repair(make_units(box(0, 0, 1.1, 1), box(1, 0, 3, 1)))

    assert shapely.area(repaired.geometries) == pytest.approx([1.1, 1.9])
    assert (report.overlap_count, report.overlaps[0].kept_by) == (1, "A")
    assert report.overlap_area_km2 == pytest.approx(area_km2(box(1, 0, 1.1, 1)), rel=1e-6)


def test_hairline_gap_is_filled_and_reported_with_its_area() -> None:
    gap = GAP_WIDTH_DEG / 3
    left = Polygon([(0, 0), (1, 0), (1, 0.2), (1 - gap, 0.5), (1, 0.8), (1, 1), (0, 1)])
    right = Polygon([(1, 0), (2, 0), (2, 1), (1, 1), (1, 0.8), (1, 0.2)])

    repaired, report = repair(make_units(left, right))

    assert (report.gaps_filled, report.holes_left) == (1, 0)
    assert report.gap_area_km2 == pytest.approx(area_km2(box(0, 0, 1, 1)) - area_km2(left), rel=1e-3)
    assert shapely.coverage_is_valid(repaired.geometries, gap_width=GAP_WIDTH_DEG)


def test_lake_wider_than_a_hairline_stays_a_hole() -> None:
    lake = box(0.5, 0.5, 0.5 + 2 * GAP_WIDTH_DEG, 0.5 + 2 * GAP_WIDTH_DEG)

    repaired, report = repair(make_units(shapely.difference(WEST_HALF, lake), box(0.9, 0, 2, 1)))

    assert (report.gaps_filled, report.holes_left) == (0, 1)
    assert not shapely.intersects(repaired.geometries, lake.centroid).any()


def test_enclave_of_another_country_between_two_units_stays_a_hole() -> None:
    enclave = box(0.99, 0.45, 1.01, 0.55)

    _, report = repair(make_units(shapely.difference(WEST_HALF, enclave), shapely.difference(EAST_HALF, enclave)))

    assert (report.gaps_filled, report.holes_left) == (0, 1)


def test_unmatched_vertices_on_a_shared_border_are_matched() -> None:
    with_more_vertices = Polygon([(1, 0), (2, 0), (2, 1), (1, 1), (1, 0.5)])

    repaired, report = repair(make_units(WEST_HALF, with_more_vertices))

    assert not report.was_coverage
    assert report.overlaps == ()
    assert shapely.coverage_is_valid(repaired.geometries)


def test_heights_are_dropped() -> None:
    repaired, _ = repair(make_units(shapely.force_3d(WEST_HALF, 5.0), shapely.force_3d(EAST_HALF, 7.0)))

    assert not shapely.has_z(repaired.geometries).any()


def test_unit_drawn_twice_under_two_codes_is_refused() -> None:
    with pytest.raises(BoundaryError, match="is covered by other units wholly"):
        repair(make_units(WEST_HALF, WEST_HALF, EAST_HALF))


def test_unit_that_is_only_a_line_is_refused() -> None:
    with pytest.raises(BoundaryError, match="unit B has no area"):
        repair(make_units(WEST_HALF, Polygon([(0, 0), (1, 1), (0, 0)])))


def test_no_units_need_no_repair() -> None:
    repaired, report = repair(make_units())

    assert (len(repaired), report.unit_count, report.area_km2, report.was_coverage) == (0, 0, 0.0, True)


def test_report_is_plain_json() -> None:
    _, report = repair(make_units(box(0, 0, 1.1, 1), box(1, 0, 3, 1), BOW_TIE))

    assert json.loads(json.dumps(report.as_dict())) == json.loads(json.dumps(report.as_dict(), allow_nan=False))


def test_simplified_units_share_their_borders_and_four_decimals() -> None:
    units, _ = repair(rough_units())

    drawn = simplified(units, 0.05)

    assert shapely.coverage_is_valid(drawn.geometries)
    assert drawn.vertex_count < units.vertex_count / 2
    positions = shapely.get_coordinates(drawn.geometries)
    assert (positions == np.round(positions, 4)).all()
    assert drawn.codes == units.codes


def test_unit_too_small_for_four_decimals_keeps_its_ground() -> None:
    tiny = box(0.50001, 0.50001, 0.50004, 0.50004)
    units, _ = repair(make_units(tiny, shapely.difference(WEST_HALF, tiny)))

    drawn = simplified(units)

    assert (shapely.area(drawn.geometries) > 0).all()
    assert shapely.coverage_is_valid(drawn.geometries)


def test_overlapping_units_are_not_simplified_in_silence() -> None:
    with pytest.raises(BoundaryError, match="repair the units first"):
        simplified(make_units(box(0, 0, 1.1, 1), box(1, 0, 3, 1)))


def test_no_units_simplify_to_none() -> None:
    assert len(simplified(make_units())) == 0
