"""Boundary files of every accepted kind, and those with a defect."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import geopandas
import pytest
import shapely
from shapely import LineString, MultiPolygon, Point, box

from geo.errors import BoundaryError
from geo.regions import BoundaryUnits, read_boundaries
from tests.regions.shapes import EAST_HALF, WEST_HALF, make_table, write_geojson, write_shapefile, zip_folder

RUSSIAN_NAMES = ["Область Абай", "Актюбинская область"]


def read(path: Path, **changes: Any) -> BoundaryUnits:
    """Read with the columns that `make_table` has."""
    return read_boundaries(
        path, **({"layer": None, "code_column": "code", "name_columns": {"en": "name"}, "parent_column": None} | changes)
    )


def written(tmp_path: Path, ending: str, table: geopandas.GeoDataFrame) -> Path:
    """The table as a file of the kind the ending says."""
    path = tmp_path / f"units{ending}"
    if ending in (".geojson", ".json", ".geojson.gz", ".json.gz"):
        return write_geojson(path, table)
    if ending == ".parquet":
        table.to_parquet(path)
        return path
    if ending == ".zip":
        (tmp_path / "folder").mkdir()
        write_shapefile(tmp_path / "folder" / "units.shp", table)
        return zip_folder(path, tmp_path / "folder")
    table.to_file(path, engine="pyogrio")
    return path


@pytest.mark.parametrize("ending", [".geojson", ".json", ".geojson.gz", ".json.gz", ".gpkg", ".shp", ".fgb", ".parquet", ".zip"])
def test_every_kind_of_file_gives_the_same_units(tmp_path: Path, ending: str) -> None:
    path = written(tmp_path, ending, make_table(EAST_HALF, WEST_HALF, code=["B", "A"]))

    units = read(path)

    assert (units.codes, units.names, units.parents) == (("A", "B"), {"en": ("Beta", "Alpha")}, (None, None))
    assert shapely.equals(units.geometries, [WEST_HALF, EAST_HALF]).all()


@pytest.mark.parametrize("ending", [".gpkg", ".shp", ".parquet"])
def test_projected_coordinates_come_out_in_degrees_longitude_first(tmp_path: Path, ending: str) -> None:
    in_degrees = make_table(box(68.0, 43.0, 69.0, 44.0))

    units = read(written(tmp_path, ending, in_degrees.to_crs("EPSG:32642")))

    assert shapely.equals_exact(units.geometries[0].normalize(), box(68.0, 43.0, 69.0, 44.0).normalize(), tolerance=1e-8)


def test_latitude_first_definition_of_wgs84_does_not_swap_the_axes(tmp_path: Path) -> None:
    units = read(written(tmp_path, ".gpkg", make_table(box(68, 43, 69, 44), crs="EPSG:4326")))

    assert units.geometries[0].bounds == (68, 43, 69, 44)


def test_shapefile_without_its_prj_is_refused(tmp_path: Path) -> None:
    path = write_shapefile(tmp_path / "units.shp", make_table(WEST_HALF))
    (tmp_path / "units.prj").unlink()

    with pytest.raises(BoundaryError, match=r"units\.shp does not say its coordinate reference system"):
        read(path)


def test_metres_under_a_geographic_crs_are_refused(tmp_path: Path) -> None:
    path = written(tmp_path, ".gpkg", make_table(box(500_000, 4_700_000, 600_000, 4_800_000)))

    with pytest.raises(BoundaryError, match="must be in degrees"):
        read(path)


def test_one_of_several_shapefiles_in_a_zip_is_read_by_layer_name(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    write_shapefile(tmp_path / "folder" / "adm1.shp", make_table(WEST_HALF))
    write_shapefile(tmp_path / "folder" / "adm2.shp", make_table(WEST_HALF, EAST_HALF))
    path = zip_folder(tmp_path / "all.zip", tmp_path / "folder")

    assert len(read(path, layer="adm2")) == 2


@pytest.mark.parametrize(("layer", "message"), [(None, "name one; found adm1, adm2"), ("adm3", "named 'adm3'; found adm1, adm2")])
def test_unclear_layer_is_refused_with_those_there_are(tmp_path: Path, layer: str | None, message: str) -> None:
    (tmp_path / "folder").mkdir()
    for name in ("adm1", "adm2"):
        write_shapefile(tmp_path / "folder" / f"{name}.shp", make_table(WEST_HALF))
    path = zip_folder(tmp_path / "all.zip", tmp_path / "folder")

    with pytest.raises(BoundaryError, match=message):
        read(path, layer=layer)


@pytest.mark.parametrize("declared", ["CP1251", "windows-1251", "1251", "ANSI 1251", "KZ-1048"])
def test_declared_encoding_of_a_zipped_shapefile_is_honoured(tmp_path: Path, declared: str) -> None:
    (tmp_path / "folder").mkdir()
    write_shapefile(tmp_path / "folder" / "units.shp", make_table(WEST_HALF, EAST_HALF, name=RUSSIAN_NAMES), encoding="cp1251")
    (tmp_path / "folder" / "units.cpg").write_text(declared)

    units = read(zip_folder(tmp_path / "units.zip", tmp_path / "folder"))

    assert units.names["en"] == tuple(RUSSIAN_NAMES)


def test_kazakh_letters_of_kz_1048_are_read(tmp_path: Path) -> None:
    # cp1251 gives the same bytes other letters: the file says which are meant.
    in_cp1251 = "Ақмола облысы, Үлкен Нарын".encode("kz1048").decode("cp1251")
    path = write_shapefile(tmp_path / "units.shp", make_table(WEST_HALF, name=[in_cp1251]), encoding="cp1251")
    (tmp_path / "units.cpg").write_text("KZ-1048")

    assert read(path).names["en"] == ("Ақмола облысы, Үлкен Нарын",)


def test_unknown_declared_encoding_is_refused_by_name(tmp_path: Path) -> None:
    path = write_shapefile(tmp_path / "units.shp", make_table(WEST_HALF, name=["Область"]), encoding="cp1251")
    (tmp_path / "units.cpg").write_text("martian-7")

    with pytest.raises(BoundaryError, match="names the encoding 'martian-7'"):
        read(path)


@pytest.mark.parametrize("ending", [".geojson", ".parquet", ".zip"])
def test_missing_column_is_refused_with_those_found(tmp_path: Path, ending: str) -> None:
    path = written(tmp_path, ending, make_table(WEST_HALF))

    with pytest.raises(BoundaryError, match=r"must have the column 'KATO'; found (id, )?code, name"):
        read(path, code_column="KATO")


def test_code_that_appears_twice_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path, ".geojson", make_table(WEST_HALF, EAST_HALF, code=["KZ75", "KZ75 "]))

    with pytest.raises(BoundaryError, match="found more than once: KZ75"):
        read(path)


@pytest.mark.parametrize("blank", ["", "  ", None])
def test_blank_code_is_refused_with_its_feature(tmp_path: Path, blank: str | None) -> None:
    path = written(tmp_path, ".geojson", make_table(WEST_HALF, EAST_HALF, code=["A", blank]))

    with pytest.raises(BoundaryError, match="blank in feature 2"):
        read(path)


@pytest.mark.parametrize(
    ("codes", "expected"),
    [([710000000, 750000000], ("710000000", "750000000")), ([7.0, 10.5], ("10.5", "7")), (["07", "007"], ("007", "07"))],
    ids=["whole numbers", "numbers with a point", "leading zeros"],
)
def test_code_becomes_text_as_a_person_would_write_it(tmp_path: Path, codes: list[Any], expected: tuple[str, ...]) -> None:
    assert read(written(tmp_path, ".gpkg", make_table(WEST_HALF, EAST_HALF, code=codes))).codes == expected


def test_missing_name_is_the_english_one_then_the_code(tmp_path: Path) -> None:
    table = make_table(WEST_HALF, EAST_HALF, name=["Alpha", None], name_kk=[None, None])

    units = read(written(tmp_path, ".geojson", table), name_columns={"kk": "name_kk", "en": "name"})

    assert units.names == {"en": ("Alpha", "B"), "kk": ("Alpha", "B")}


def test_first_language_stands_for_english_where_none_is_given(tmp_path: Path) -> None:
    units = read(written(tmp_path, ".geojson", make_table(WEST_HALF, name=["Абай"])), name_columns={"ru": "name"})

    assert units.names == {"en": ("Абай",), "ru": ("Абай",)}


def test_parent_codes_are_read_beside_the_units(tmp_path: Path) -> None:
    path = written(tmp_path, ".geojson", make_table(WEST_HALF, EAST_HALF, parent=["KZ10", " "]))

    assert read(path, parent_column="parent").parents == ("KZ10", None)


@pytest.mark.parametrize("shape", [Point(0, 0), LineString([(0, 0), (1, 1)]), None], ids=["point", "line", "nothing"])
def test_unit_without_a_polygon_is_refused_by_code(tmp_path: Path, shape: Any) -> None:
    path = written(tmp_path, ".geojson", make_table(WEST_HALF, shape))

    with pytest.raises(BoundaryError, match="without one: B"):
        read(path)


def test_lines_beside_polygons_are_left_out(tmp_path: Path) -> None:
    mixed = shapely.GeometryCollection([WEST_HALF, LineString([(0, 0), (5, 5)]), MultiPolygon([EAST_HALF])])

    units = read(written(tmp_path, ".geojson", make_table(mixed)))

    assert shapely.equals(units.geometries[0], MultiPolygon([WEST_HALF, EAST_HALF]))


def test_heights_are_dropped(tmp_path: Path) -> None:
    with_heights = shapely.force_3d(WEST_HALF, 120.0)

    assert not shapely.has_z(read(written(tmp_path, ".geojson", make_table(with_heights))).geometries).any()


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.geojson", b""),
        ("a.geojson", b"{}"),
        ("a.geojson.gz", b"not gzip"),
        ("a.zip", b"PK"),
        ("a.gpkg", b"x"),
        ("a.parquet", b"PAR1"),
        ("a.csv", b"a,b"),
    ],
)
def test_file_that_holds_no_boundaries_is_refused(tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / name).write_bytes(content)

    with pytest.raises(BoundaryError, match=name):
        read(tmp_path / name)


def test_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BoundaryError, match="there is no file"):
        read(tmp_path / "absent.geojson")


@pytest.mark.parametrize(
    "crossing",
    [
        box(179, 60, 182, 62),
        shapely.Polygon([(179, 60), (-178, 60), (-178, 62), (179, 62)]),
        MultiPolygon([box(179, 60, 180, 62), box(-180, 60, -178, 62)]),
    ],
    ids=["past 180", "jumping", "cut already"],
)
def test_shape_over_the_antimeridian_comes_out_cut_there(tmp_path: Path, crossing: Any) -> None:
    units = read(written(tmp_path, ".gpkg", make_table(crossing)))

    assert shapely.equals(units.geometries[0], MultiPolygon([box(179, 60, 180, 62), box(-180, 60, -178, 62)]))


def test_part_at_greenwich_stays_when_another_part_jumps_the_antimeridian(tmp_path: Path) -> None:
    jumping = shapely.Polygon([(179, 60), (-178, 60), (-178, 62), (179, 62)])

    units = read(written(tmp_path, ".gpkg", make_table(MultiPolygon([box(-5, 42, 8, 51), jumping]))))

    assert shapely.area(units.geometries[0]) == pytest.approx(13 * 9 + 3 * 2)
