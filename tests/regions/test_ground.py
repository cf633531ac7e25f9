"""Ground from files: of the kind it is said to be, near the country, small, named, and refused with a reason where it cannot be drawn."""

import json

import geopandas
import numpy as np
import pytest
import shapely

from geo.errors import BoundaryError
from geo.model import GroundKind
from geo.regions import ground
from geo.regions.ground import read_ground

LAKE = shapely.box(10, 50, 11, 51)
RIVER = shapely.LineString([(10, 50), (10.5, 50.0001), (11, 50)])
TOWN = shapely.Point(10.5, 50.5)


def write(path, *features, name="ground.geojson"):
    collection = [
        {"type": "Feature", "properties": dict(values), "geometry": shapely.geometry.mapping(shape)} for shape, values in features
    ]
    (path / name).write_text(json.dumps({"type": "FeatureCollection", "features": collection}), encoding="utf-8")
    return path / name


@pytest.mark.parametrize(
    ("kind", "shape"), [(GroundKind.LAKES, LAKE), (GroundKind.RIVERS, RIVER), (GroundKind.ROADS, RIVER), (GroundKind.PLACES, TOWN)]
)
def test_ground_takes_what_its_kind_is_drawn_with_and_leaves_the_rest(tmp_path, kind, shape):
    path = write(tmp_path, *((one, {"name": "x"}) for one in (LAKE, RIVER, TOWN)))

    found = read_ground(path, kind, name_columns={"en": "name"})

    assert len(found) == 1
    assert shapely.distance(found.geometries[0], shape) == 0
    assert found.names["en"] == ("x",)


@pytest.mark.parametrize("kind", [GroundKind.LAKES, GroundKind.RIVERS])
def test_file_without_the_kind_is_refused(tmp_path, kind):
    with pytest.raises(BoundaryError, match=r"holds no (polygons|lines) near the country"):
        read_ground(write(tmp_path, (TOWN, {})), kind)


def test_places_without_names_are_refused(tmp_path):
    with pytest.raises(BoundaryError, match="column of their names"):
        read_ground(write(tmp_path, (TOWN, {})), GroundKind.PLACES)


def test_largest_comes_first_and_a_missing_size_last(tmp_path):
    path = write(tmp_path, *((TOWN, {"name": name, "size": size}) for name, size in (("small", 5), ("none", None), ("large", 70))))

    found = read_ground(path, GroundKind.PLACES, name_columns={"en": "name"}, size_column="size")

    assert found.names["en"] == ("large", "small", "none")


def test_size_that_is_no_number_is_refused(tmp_path):
    path = write(tmp_path, (TOWN, {"name": "x", "size": "big"}))

    with pytest.raises(BoundaryError, match="'size' must hold numbers"):
        read_ground(path, GroundKind.PLACES, name_columns={"en": "name"}, size_column="size")


def test_ground_far_from_the_country_is_left_out_and_what_reaches_over_is_cut(tmp_path):
    long = shapely.LineString([(0, 50.5), (40, 50.5)])
    path = write(tmp_path, (long, {}), (shapely.LineString([(100, 10), (101, 10)]), {}))

    found = read_ground(path, GroundKind.RIVERS, box=(10, 50, 12, 51))

    assert len(found) == 1
    assert found.geometries[0].bounds == (9.5, 50.5, 12.5, 50.5)


def test_lines_are_simplified_to_half_a_kilometre_and_rounded(tmp_path):
    wavy = shapely.LineString(np.column_stack([np.linspace(10, 11, 500), 50 + 0.001 * np.sin(np.arange(500))]))

    found = read_ground(write(tmp_path, (wavy, {})), GroundKind.RIVERS)

    assert found.vertex_count < 20
    assert shapely.hausdorff_distance(found.geometries[0], wavy) < 0.01


def test_names_in_other_languages_are_kept_beside(tmp_path):
    path = write(tmp_path, (TOWN, {"name": "Town", "kk": "Қала"}), (TOWN, {"name": "Other", "kk": None}))

    found = read_ground(path, GroundKind.PLACES, name_columns={"en": "name", "kk": "kk"})

    assert found.names == {"en": ("Town", "Other"), "kk": ("Қала", None)}


def test_geopackage_in_another_crs_is_converted(tmp_path):
    table = geopandas.GeoDataFrame({"name": ["x"]}, geometry=[TOWN], crs="EPSG:4326").to_crs("EPSG:3857")
    table.to_file(tmp_path / "ground.gpkg", layer="towns")

    found = read_ground(tmp_path / "ground.gpkg", GroundKind.PLACES, layer="towns", name_columns={"en": "name"})

    assert shapely.distance(found.geometries[0], TOWN) < 0.001


def test_file_of_more_than_a_map_can_show_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(ground, "MOST_VERTICES", 4)

    with pytest.raises(BoundaryError, match="at most 4"):
        read_ground(write(tmp_path, (LAKE, {})), GroundKind.LAKES)
