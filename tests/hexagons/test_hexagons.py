"""Hexagons hold what lies in them, have equal areas wherever they lie, and know no seam at the antimeridian."""

import numpy as np
import pyproj
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from geo.hexagons import AREAS_KM2, EqualAreaPlane, HexagonGrid, middle_of

KAZAKHSTAN = (67.0, 48.0)
FIJI = (179.0, -17.0)
GEOD = pyproj.Geod(ellps="WGS84")
centres = pytest.mark.parametrize("centre", [KAZAKHSTAN, FIJI, (-179.0, 66.0), (0.0, 0.0), (20.0, -80.0)], ids=str)


def scattered(centre, count=400, degrees=12.0):
    random = np.random.default_rng(1)
    return centre[0] + random.uniform(-degrees, degrees, count), np.clip(centre[1] + random.uniform(-degrees, degrees, count), -89, 89)


@centres
def test_plane_is_the_equal_area_projection_of_proj(centre):
    longitude, latitude = scattered(centre, degrees=30)
    proj = pyproj.Transformer.from_crs(
        "OGC:CRS84", f"+proj=laea +lon_0={centre[0]} +lat_0={centre[1]} +datum=WGS84 +units=km", always_xy=True
    )

    ours, theirs = EqualAreaPlane(*centre).places(longitude, latitude), proj.transform(longitude, latitude)

    assert np.allclose(ours, theirs, atol=0.001)


@centres
def test_position_comes_back_from_the_plane(centre):
    longitude, latitude = scattered(centre)
    plane = EqualAreaPlane(*centre)

    back = plane.positions(*plane.places(longitude, latitude))

    assert np.allclose(back, (longitude, latitude), atol=1e-7)


@centres
@pytest.mark.parametrize("area_km2", AREAS_KM2)
def test_every_position_lies_in_its_hexagon(centre, area_km2):
    longitude, latitude = scattered(centre)
    grid = HexagonGrid(EqualAreaPlane(*centre), area_km2)

    keys, cell = np.unique(grid.keys_of(longitude, latitude), return_inverse=True)

    east, north = grid.plane.places(*grid.corners(keys).reshape(-1, 2).T)
    polygons = shapely.polygons(np.stack([east, north], axis=-1).reshape(-1, 6, 2))
    points = shapely.points(*grid.plane.places(longitude, latitude))
    assert (shapely.distance(polygons[cell], points) < 1e-6).all()


@centres
@pytest.mark.parametrize("area_km2", AREAS_KM2)
def test_hexagons_have_their_area_on_the_ellipsoid(centre, area_km2):
    grid = HexagonGrid(EqualAreaPlane(*centre), area_km2)

    corners = grid.corners(np.unique(grid.keys_of(*scattered(centre, 40))))

    areas = [abs(GEOD.polygon_area_perimeter(*ring.T)[0]) / 1e6 for ring in corners]
    assert np.allclose(areas, area_km2, rtol=0.005)


def test_neighbours_meet_without_gap_or_overlap():
    grid = HexagonGrid(EqualAreaPlane(*KAZAKHSTAN), 16_000)
    keys = np.unique(grid.keys_of(*np.meshgrid(np.linspace(60, 74, 60), np.linspace(44, 52, 60), indexing="ij")).ravel())

    cells = shapely.polygons(np.round(grid.corners(keys), 6))

    assert len(cells) > 50
    assert shapely.union_all(cells).area == pytest.approx(shapely.area(cells).sum(), rel=1e-9)
    assert shapely.union_all(cells).geom_type == "Polygon"


def test_hexagon_across_the_antimeridian_is_one_and_holds_schools_of_both_sides():
    grid = HexagonGrid(EqualAreaPlane(*FIJI), 16_000)
    longitude, latitude = np.array([179.99, -179.99, 180.0, -180.0]), np.full(4, -17.0)

    keys = np.unique(grid.keys_of(longitude, latitude))

    assert len(keys) == 1
    corners = grid.corners(keys)[0]
    assert np.ptp(corners[:, 0]) < 2
    assert -180 <= grid.centres(keys)[0][0] - 360 * np.floor((grid.centres(keys)[0][0] + 180) / 360) <= 180


@given(st.floats(-180, 180), st.floats(-90, 90))
def test_every_place_on_earth_has_a_hexagon(longitude, latitude):
    grid = HexagonGrid(EqualAreaPlane(*KAZAKHSTAN), 1_000)

    corners = grid.corners(grid.keys_of(np.array([longitude]), np.array([latitude])))

    assert np.isfinite(corners).all()


@pytest.mark.parametrize(
    ("longitude", "latitude", "middle"),
    [
        ([46.4, 87.3], [40.6, 55.4], (67.0, 48.0)),
        ([177.0, -178.0], [-19.0, -16.0], (-180.0, -18.0)),
        ([19.6, -169.0, 100.0], [41.2, 81.9, 60.0], (105.0, 62.0)),
        ([5.4], [7.6], (5.0, 8.0)),
        ([], [], (0.0, 0.0)),
    ],
    ids=["Kazakhstan", "Fiji", "Russia", "one", "none"],
)
def test_middle_is_that_of_the_smallest_box_around(longitude, latitude, middle):
    assert middle_of(np.array(longitude), np.array(latitude)) == middle


def test_centre_too_near_a_pole_is_refused():
    with pytest.raises(ValueError, match="80"):
        EqualAreaPlane(0.0, 85.0)
