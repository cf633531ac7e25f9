"""GeoJSON and GeoPackages: properties are columns, points are positions, and nothing that they hold is run, cast or lost."""

import time
import tracemalloc
import uuid

import geopandas
import pytest
import shapely

from geo.intake.features import FEATURE_ID, LATITUDE, LONGITUDE
from geo.intake.problems import sentence
from tests.intake.feature_files import PLACE, collection, geopackage, point, wkb
from tests.intake.files import column, errors, read, refused

HEAD = "school_id_govt,school_name,latitude,longitude,connectivity,num_students\n"


def said(parsed, variant):
    return [sentence(problem) for problem in parsed.problems if problem.parameters.get("variant") == variant]


# GeoJSON


def test_b34_points_of_geojson_give_the_same_table_as_csv():
    parsed = read(collection(point(), point((71.5, 51.2), school_id_govt="KZ0002", connectivity="no")))

    as_csv = read(HEAD + "KZ0001,Көкшетау,51.169392,71.449074,yes,300\nKZ0002,Көкшетау,51.2,71.5,no,300\n")
    names = as_csv.table.drop_columns(["line"]).column_names
    assert errors(parsed) == []
    assert parsed.table.select(names).equals(as_csv.table.select(names))
    assert column(parsed, "line") == [1, 2]
    assert (parsed.detected["format"], parsed.questions) == ("geojson", ())
    assert said(parsed, "features") == ["The file was read as GeoJSON: 2 features; a line is the number of a feature."]


def test_geojson_numbers_stay_the_text_they_are():
    content = collection(point(school_id_govt=123456789012345678901234567890)).replace("51.169392", "51.10")

    parsed = read(content)

    assert column(parsed, "school_id_govt") == ["123456789012345678901234567890"]
    assert dict(parsed.sample[0])[LATITUDE] == "51.10"


def test_geojson_feature_without_geometry_is_a_school_without_position():
    parsed = read(collection(point(), point(None, school_id_govt="KZ2")))

    assert column(parsed, "latitude") == [51.169392, None]


def test_geojson_members_may_stand_in_any_order_and_features_differ_in_their_properties():
    first, second = point(), point(school_id_govt="KZ2", remarks="new")
    del first["properties"]["connectivity"]
    content = collection(first, second).replace('{"type": "FeatureCollection", ', "{").removesuffix("}") + ', "type": "FeatureCollection"}'

    assert column(read(content), "connectivity") == [None, "yes"]


@pytest.mark.parametrize("names", [("latitude", "longitude"), ("lat", "lon")])
def test_geojson_geometry_stands_before_properties_of_the_same_meaning_and_that_is_said(names):
    parsed = read(collection(point(**{names[0]: 1.5, names[1]: 2.5})))

    assert (column(parsed, "latitude"), column(parsed, "longitude")) == ([51.169392], [71.449074])
    assert said(parsed, "position_of_geometry") == [
        f"The positions were taken from the geometry; these columns were not read: {', '.join(names)}."
    ]


def test_geojson_properties_give_the_position_where_a_person_says_so():
    parsed = read(collection(point(y=52.5123, x=72.5123)), mapping={"y": "latitude", "x": "longitude"})

    assert (column(parsed, "latitude"), column(parsed, "longitude")) == ([52.5123], [72.5123])
    assert len(said(parsed, "position_of_columns")) == 1


def test_geojson_properties_give_the_position_where_no_feature_has_a_geometry():
    assert column(read(collection(point(None, lat=52.5, lon=72.5))), "latitude") == [52.5]


def without_id(number, feature_id):
    feature = point((71.4, 51.1234 + number / 1000))
    del feature["properties"]["school_id_govt"]
    return {**feature, "id": feature_id}


@pytest.mark.parametrize(
    ("ids", "guess"),
    [(("A1", "A2"), "school_id_govt"), ((7, 8), "school_id_govt"), ([str(uuid.UUID(int=n)) for n in (1, 2)], "school_id_giga")],
    ids=["text", "numbers", "uuids"],
)
def test_geojson_feature_ids_serve_as_ids_only_where_nothing_else_does_and_are_asked_about(ids, guess):
    content = collection(*(without_id(number, feature_id) for number, feature_id in enumerate(ids)))

    parsed = read(content)

    assert column(parsed, guess) == [str(each) for each in ids]
    assert [(q.kind, q.subject, q.guess) for q in parsed.questions] == [("row_id", FEATURE_ID, guess)]
    assert parsed.questions[0].shown[guess] == tuple(str(each) for each in ids)


def test_geojson_feature_ids_are_no_question_once_a_person_has_said_what_they_are():
    content = collection(without_id(1, "A1"))

    assert read(content, mapping={FEATURE_ID: "school_id_giga"}).questions == ()
    assert read(content, confirmed=True).questions == ()
    assert read(collection({**point(), "id": "A1"})).questions == ()


def test_geojson_of_another_coordinate_system_is_converted_and_said():
    crs = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::3857"}}

    parsed = read(collection(point((7953674.4, 6651263.0)), crs=crs))

    assert column(parsed, "longitude")[0] == pytest.approx(71.449, abs=1e-3)
    assert column(parsed, "latitude")[0] == pytest.approx(51.169, abs=2e-2)
    assert "EPSG:3857" in said(parsed, "converted")[0]


def shape(kind, coordinates):
    return {**point(), "geometry": {"type": kind, "coordinates": coordinates}}


def test_geojson_multipoint_of_one_point_is_a_point():
    assert column(read(collection(shape("MultiPoint", [PLACE]))), "longitude") == [71.449074]


DEEP = "[" * 10_000 + "]" * 10_000


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (collection(shape("Polygon", [[PLACE, PLACE, PLACE]])), "other than points"),
        (collection(shape("MultiPoint", [PLACE, PLACE])), "other than points"),
        (collection(shape("GeometryCollection", [])), "other than points"),
        (collection(shape("Point", [1])), "other than points"),
        (collection(shape("Point", "alert")), "other than points"),
        (collection(point())[:-20], "damaged"),
        (collection(point()) + "x", "damaged"),
        (collection(point(), members=1).replace('"members": 1', f'"members": {DEEP}'), "nested too deeply"),
        (collection(point(x=1)).replace('"x": 1', f'"x": {DEEP}'), "nested too deeply"),
        (DEEP, "JSON"),
        ('{"a":' * 10_000, "nested too deeply"),
        ("{", "damaged"),
        ("[", "JSON"),
        ("{}", "no GeoJSON"),
        (collection(1), "no GeoJSON"),
        (collection({"type": "Feature", "properties": [1], "geometry": None}), "no GeoJSON"),
        (collection({"type": "Feature", "properties": None, "geometry": "x"}), "no GeoJSON"),
        ('{"type": "FeatureCollection"}', "no GeoJSON"),
        ('{"type": "FeatureCollection", "features": {"alert": 1}}', "no GeoJSON"),
        ('{"type": "Topology", "features": []}', "no GeoJSON"),
        ('[{"school_id": 1}]', "no GeoJSON"),
        (collection(point(), crs={"type": "name", "properties": {"name": "+proj=utm"}}), "coordinate system"),
        (collection(point(), crs={"type": "name", "properties": {"name": "EPSG:999999"}}), "coordinate system"),
        (collection(point(), crs=7), "coordinate system"),
    ],
)
def test_b34_json_that_is_no_points_is_refused_and_not_repeated(content, kind):
    begin = time.process_time()

    refusal = refused(content)

    assert (refusal.problem.code, kind in str(refusal)) == ("not_a_table", True)
    assert "alert" not in str(refusal)
    assert time.process_time() - begin < 1


def test_b34_json_of_many_brackets_takes_little_memory():
    content = collection(point(x=1)).replace('"x": 1', '"x": [' + "[]," * 2_000_000 + "[]]").encode()
    tracemalloc.start()

    refusal = refused(content)

    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert refusal.problem.code == "not_a_table"
    assert peak < 64 * 1024 * 1024


def test_geojson_of_no_features_has_no_rows():
    assert refused(collection()).problem.code == "no_rows"
    assert refused(collection({"type": "Feature", "properties": {}, "geometry": None})).problem.code == "missing_column"


def test_geojson_of_many_properties_is_refused_by_their_number():
    assert refused(collection(point(**{f"p{n}": n for n in range(70)}))).problem.code == "too_many_columns"


@pytest.mark.parametrize(
    "content",
    [
        collection(*(point(school_id_govt=f"KZ{n}") for n in range(5))),
        geopackage(*((n, wkb(PLACE), f"KZ{n}", "yes") for n in range(5))),
    ],
    ids=["geojson", "gpkg"],
)
def test_more_features_than_the_limit_are_refused_with_both_numbers(content):
    refusal = refused(content, max_rows=4)

    assert (refusal.problem.code, "5 rows; at most 4" in str(refusal)) == ("too_many_rows", True)


def test_geojson_longer_than_the_window_keeps_every_feature_and_letter():
    names = [f"Мектеп {'ұ' * 300} {n}" for n in range(9_000)]

    parsed = read(collection(*(point((71.4, 51 + n / 1e5), school_id_govt=f"KZ{n}", remarks=name) for n, name in enumerate(names))))

    assert parsed.counts["accepted"] == 9_000
    assert column(parsed, "line") == list(range(1, 9_001))


def test_geojson_halves_of_letters_and_control_characters_are_said_by_line():
    content = collection(point(school_name="A")).replace('"A"', '"\\ud800A"')

    assert "mojibake" in read(content).totals
    assert errors(read(content.replace("\\ud800", "\\u0000"))) == [("control_character", 1, "school_name")]


def test_geojson_bad_cells_are_errors_of_their_feature():
    parsed = read(collection(point(), point((171.0, 95.0), school_id_govt="KZ2"), point(school_id_govt="KZ3", connectivity="maybe")))

    assert [(code, line) for code, line, _column in errors(parsed)] == [("out_of_range", 2), ("invalid_enum", 3)]


def test_geojson_keeps_nested_values_as_text_and_words_of_truth():
    sample = dict(read(collection(point(flag=True, list=["a", 1], nothing=None))).sample[0])

    assert (sample["flag"], sample["list"], sample["nothing"]) == ("TRUE", '["a", "1"]', "")


def test_b65_data_about_persons_in_a_property_refuse_and_wipe_the_file():
    refusal = refused(collection(point(), point(school_id_govt="KZ2", remarks="a.b@edu.kz")))

    assert (refusal.problem.code, refusal.problem.line, refusal.wipe) == ("personal_data_suspected", 2, True)


# GeoPackage


def test_b33_a_geopackage_that_gdal_writes_gives_the_same_table_as_csv(tmp_path):
    frame = geopandas.GeoDataFrame(
        {"school_id_govt": ["000123", "KZ2"], "num_students": [300, 5]},
        geometry=[shapely.Point(71.449074, 51.169392), None],
        crs="EPSG:4326",
    )
    frame.to_file(tmp_path / "schools.gpkg", layer="schools")

    parsed = read((tmp_path / "schools.gpkg").read_bytes())

    assert errors(parsed) == []
    assert parsed.table.select(["school_id_govt", "latitude", "longitude", "num_students"]).to_pydict() == {
        "school_id_govt": ["000123", "KZ2"],
        "latitude": [51.169392, None],
        "longitude": [71.449074, None],
        "num_students": [300, 5],
    }
    assert parsed.detected["sheet"] == "schools"
    assert said(parsed, "layer") == ['The file was read as GeoPackage: layer "schools", 1 of 1; a line is the number of a feature.']


def test_a_geopackage_keeps_text_that_stands_in_a_column_of_numbers():
    columns = "fid INTEGER PRIMARY KEY, geom POINT, school_id_govt TEXT, num_students INTEGER"

    parsed = read(geopackage((1, wkb(PLACE), "0123", 5), (2, wkb(PLACE), "124", "many"), columns=columns))

    assert column(parsed, "school_id_govt") == ["0123"]
    assert errors(parsed) == [("invalid_number", 2, "num_students")]


def test_a_layer_of_a_geopackage_can_be_named():
    content = geopackage((1, wkb(PLACE), "A", "yes"), layers={"more": [(1, wkb(PLACE), "B", "no")]})

    assert column(read(content), "school_id_govt") == ["A"]
    assert column(read(content, sheet="more"), "school_id_govt") == ["B"]
    assert 'has no layer "x". It has: "schools", "more".' in str(refused(content, sheet="x"))


def test_a_geopackage_of_another_coordinate_system_is_converted_and_said():
    parsed = read(geopackage((1, wkb([7953674.4, 6651263.0]), "A", "yes"), srs=3857))

    assert column(parsed, "longitude")[0] == pytest.approx(71.449, abs=1e-3)
    assert "EPSG:3857" in said(parsed, "converted")[0]


def test_a_geopackage_in_write_ahead_mode_is_read():
    content = bytearray(geopackage((1, wkb(PLACE), "A", "yes")))
    content[18:20] = b"\x02\x02"

    assert column(read(bytes(content)), "school_id_govt") == ["A"]


GENERATED = "fid INTEGER PRIMARY KEY, geom POINT, school_id_govt TEXT, connectivity TEXT, big AS (hex(zeroblob(1000000)))"
ENDLESS = "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c) SELECT n AS fid, NULL AS geom, n AS school_id_govt FROM c"

CONTENTS = "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c) SELECT 'x' AS table_name, 'y' AS data_type, n AS srs_id FROM c"


def test_a_computed_column_of_a_geopackage_is_not_read():
    content = geopackage(script=f"DROP TABLE schools; CREATE TABLE schools ({GENERATED}); INSERT INTO schools VALUES (1, NULL, 'A', 'yes')")

    assert [use.header for use in read(content).columns] == ["school_id_govt", "connectivity"]


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (geopackage((1, wkb([*PLACE, *PLACE], 4), "A", "yes")), "other than points"),
        (geopackage((1, b"GP\x00\x0f" + bytes(30), "A", "yes")), "damaged"),
        (geopackage((1, b"GP\x00\x01" + bytes(30), "A", "yes")), "damaged"),
        (geopackage((1, "text", "A", "yes")), "damaged"),
        (geopackage((1, wkb(PLACE), "A", "yes"), kind="POLYGON"), "without a layer of points"),
        (geopackage((1, wkb(PLACE), "A", "yes"), srs=999999), "coordinate system"),
        (geopackage(script=f"DROP TABLE schools; CREATE VIEW schools AS {ENDLESS}"), "without a layer of points"),
        (geopackage(script=f"DROP TABLE gpkg_contents; CREATE VIEW gpkg_contents AS {CONTENTS}"), "damaged"),
        (geopackage((1, wkb(PLACE), "A", "yes"))[:5000], "damaged"),
        (b"SQLite format 3\x00" + bytes(200), "no GeoPackage"),
        (geopackage((1, wkb(PLACE), "A", "yes")).replace(b"GPKG", b"XXXX", 1), "no GeoPackage"),
    ],
    ids=["two points", "envelope", "no shape", "text", "polygons", "system", "view", "contents view", "cut", "sqlite", "other sqlite"],
)
def test_b33_a_database_that_is_no_package_of_points_is_refused_by_what_it_is(content, kind):
    refusal = refused(content)

    assert (refusal.problem.code, kind in str(refusal)) == ("not_a_table", True), str(refusal)


def test_a_geopackage_multipoint_of_one_point_is_a_point():
    assert column(read(geopackage((1, wkb(PLACE, 4), "A", "yes"), kind="MULTIPOINT")), "longitude") == [71.449074]


def test_the_geometry_of_features_can_be_left_out():
    parsed = read(collection(point()), mapping={LONGITUDE: "", LATITUDE: ""})

    assert "latitude" not in parsed.table.column_names
