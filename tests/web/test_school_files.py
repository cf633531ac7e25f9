"""Complete files of schools: every school in every format, exact, filtered, and unchanged when it is uploaded again."""

from __future__ import annotations

import io
import json
import subprocess
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import geopandas
import openpyxl
import pandas
import pyarrow.parquet as pq
import pyogrio
import pytest
from flask import Flask
from flask.testing import FlaskClient

from geo.config import Settings
from geo.model import Role
from geo.school_properties import PROPERTY_NAMES
from geo.services.keys import create_key
from geo.web.api.file_formats import FORMATS
from geo.web.current import WORKSPACE
from tests.application import SECRET_KEY, application
from tests.builders import make_school
from tests.set_up import set_up
from tests.web.published import publish_schools
from tests.web.uploads import upload

NAMES = (
    "=1+1",
    "'=x",
    "''=x",
    "-5",
    "+1",
    "@home",
    "'Abai'",
    '"Надежда" мектебі',
    "a,b;c",
    "Ә Ғ Қ Ң Ө Ұ Ү Һ І әғқңөұүһі",
    "School 🏫",
    "back\\slash \\n",
    "<b>&amp;</b>",
    "007",
    "1e5",
    "NULL",
    "nan",
)
"""All kept by an upload as they are; those with line ends, which it reads as blanks, are in tests/render/test_school_rows.py."""
IDS = tuple(f"{place:06d}" for place in range(len(NAMES)))
UPLOADED = ("csv", "csv?sep=;", "csv?sep=tab", "xlsx", "geojson", "gpkg")


def schools() -> list[dict[str, Any]]:
    made = [
        make_school(
            school_id=school_id,
            school_id_govt=school_id,
            school_name=name,
            latitude=43.0 + place / 7,
            longitude=76.0 + place / 3,
            school_area_type="rural" if place % 2 else "urban",
            connectivity="no" if place % 3 == 0 else "yes",
            download_speed_declared_mbps=0.1 + 0.2 if place % 3 else None,
            num_students=120 + place,
            connectivity_source="=cmd",
            connectivity_collected_on=date(2024, 5, 1 + place),
        )
        for place, (school_id, name) in enumerate(zip(IDS, NAMES, strict=True))
    ]
    made[0] |= {"latitude": None, "longitude": None}
    return made


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    data = set_up(tmp_path_factory.mktemp("files") / "data")
    app = application(Settings(data_dir=data, secret_key=SECRET_KEY, load_demo=False, testing=True))
    publish_schools(app.extensions[WORKSPACE], *schools())
    yield app
    app.extensions[WORKSPACE].close()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client(use_cookies=False)


@pytest.fixture(scope="module")
def publisher(app: Flask) -> dict[str, str]:
    return {"Authorization": f"Bearer {create_key(app.extensions[WORKSPACE], name='files', role=Role.PUBLISHER)[0]}"}


def fetch(client: FlaskClient, ending: str, query: str = "", **headers: str) -> bytes:
    response = client.get(f"/api/v1/schools.{ending}{'?' if query else ''}{query}", headers=headers)
    assert response.status_code == 200, response.text
    return response.data


def saved(client: FlaskClient, directory: Path, ending: str, query: str = "") -> Path:
    path = directory / f"schools.{ending}"
    path.write_bytes(fetch(client, ending, query))
    return path


def named(ids: Any, names: Any) -> dict[str, str]:
    """Names by id: releases keep schools in an order of their own."""
    return dict(zip(ids, names, strict=True))


EXACT = named(IDS, NAMES)


def guarded_names() -> dict[str, str]:
    return {school_id: f"'{name}" if name.lstrip("'")[:1] in {*"=+-@"} else name for school_id, name in EXACT.items()}


def test_every_format_has_a_route_and_no_other() -> None:
    assert set(FORMATS) == {"csv", "xlsx", "geojson", "ndjson", "gpkg", "parquet", "fgb"}


def test_csv_is_read_by_pandas_with_every_school_and_column(client: FlaskClient) -> None:
    body = fetch(client, "csv")

    table = pandas.read_csv(io.BytesIO(body), dtype={"school_id": str, "school_id_govt": str, "school_name": str}, keep_default_na=False)

    assert body.startswith("\ufeff".encode())
    assert tuple(table.columns) == PROPERTY_NAMES
    assert named(table["school_id"], table["school_name"]) == guarded_names()
    assert body.count(b"\r\n") == body.count(b"\n") == len(NAMES) + 1


def test_csv_has_numbers_as_numbers_and_no_cell_that_a_spreadsheet_runs(client: FlaskClient) -> None:
    table = pandas.read_csv(io.BytesIO(fetch(client, "csv")))
    texts = table.select_dtypes(include="str")

    assert table["latitude"].dtype == float
    assert set(table["download_speed_declared_mbps"].dropna()) == {0.1 + 0.2}
    assert not texts.apply(lambda column: column.str.match(r"[=+\-@]").fillna(False)).any().any()
    assert set(table["connectivity_source"]) == {"'=cmd"}


def test_csv_of_one_column_keeps_the_rows_without_a_value(client: FlaskClient) -> None:
    body = fetch(client, "csv", "fields=latitude").decode("utf-8-sig")

    assert '""' in body.split("\r\n")
    assert len(pandas.read_csv(io.StringIO(body))) == len(NAMES)


def test_workbook_is_read_by_openpyxl_with_ids_as_text_and_exact_numbers(client: FlaskClient) -> None:
    book = openpyxl.load_workbook(io.BytesIO(fetch(client, "xlsx")))
    sheet, about = book.worksheets
    rows = list(sheet.iter_rows(values_only=True))
    table = pandas.DataFrame(rows[1:], columns=rows[0])

    assert tuple(rows[0]) == PROPERTY_NAMES
    assert sheet.freeze_panes == "E2"
    assert named(table["school_id_govt"], table["school_name"]) == guarded_names()
    assert sorted(table["latitude"].dropna()) == [43.0 + place / 7 for place in range(1, len(NAMES))]
    assert min(table["connectivity_collected_on"]).date() == date(2024, 5, 1)
    assert not any(cell.data_type == "f" for row in sheet.iter_rows() for cell in row)
    assert [cell.value for cell in about["A"]][:1] == ["About these schools"]


def test_workbook_says_what_it_rests_on_in_the_language_asked_for(app: Flask, client: FlaskClient) -> None:
    release = app.extensions[WORKSPACE].release()

    _, about = openpyxl.load_workbook(io.BytesIO(fetch(client, "xlsx", "status=unconnected"))).worksheets
    _, russian = openpyxl.load_workbook(io.BytesIO(fetch(client, "xlsx", "lang=ru"))).worksheets
    said = {str(row[0]): str(row[1]) for row in about.iter_rows(values_only=True)}

    assert release.sha256 in said["Release"]
    assert said["Only"] == "status=unconnected"
    assert said["Cite as"].startswith(f"Qosyl release {release.id}")
    assert {"Norm", "Sources", "Licence", "Definitions"} <= set(said)
    assert "Выпуск" in {str(row[0]) for row in russian.iter_rows(values_only=True)}


def test_geojson_keeps_null_geometries_names_the_release_and_has_no_crs(app: Flask, client: FlaskClient) -> None:
    collection = json.loads(fetch(client, "geojson"))
    features = {feature["id"]: feature for feature in collection["features"]}
    first, second = features[IDS[0]], features[IDS[1]]

    assert "crs" not in collection
    assert collection["release"]["sha256"] == app.extensions[WORKSPACE].release().sha256
    assert {school_id: feature["properties"]["school_name"] for school_id, feature in features.items()} == EXACT
    assert (first["geometry"], second["geometry"]) == (None, {"type": "Point", "coordinates": [76.0 + 1 / 3, 43.0 + 1 / 7]})
    assert "latitude" not in first["properties"]


def test_geojson_of_no_school_is_a_collection(client: FlaskClient) -> None:
    assert json.loads(fetch(client, "geojson", "school_id=none"))["features"] == []


def test_geojson_of_other_fields_still_has_ids(client: FlaskClient) -> None:
    collection = json.loads(fetch(client, "geojson", "fields=status,school_name"))

    assert list(collection["features"][0]["properties"]) == ["status", "school_name"]
    assert {feature["id"] for feature in collection["features"]} == set(IDS)


def test_lines_of_json_are_read_by_pandas(client: FlaskClient) -> None:
    body = fetch(client, "ndjson")
    table = pandas.read_json(io.BytesIO(body), lines=True, dtype={"school_id": str, "school_name": str})

    lines = [json.loads(line) for line in body.decode().splitlines()]
    assert {line["school_id"]: line["school_name"] for line in lines} == EXACT
    assert tuple(table.columns) == PROPERTY_NAMES
    assert set(table["school_id"]) == set(IDS)
    assert set(table["school_id"][table["latitude"].isna()]) == {IDS[0]}


@pytest.mark.parametrize("ending", ["gpkg", "fgb"])
def test_layers_have_typed_columns_and_null_geometries(client: FlaskClient, tmp_path: Path, ending: str) -> None:
    path = saved(client, tmp_path, ending)

    table, info = geopandas.read_file(path), pyogrio.read_info(path)
    types = dict(zip(info["fields"], info["dtypes"], strict=True))

    assert (info["layer_name"], info["crs"], info["geometry_type"]) == ("schools", "EPSG:4326", "Point")
    assert (types["num_students"], types["download_speed_mbps"], types["school_id"]) == ("int32", "float64", "object")
    assert types["connectivity_collected_on"].startswith("datetime64")
    assert named(table["school_id"], table["school_name"]) == EXACT
    assert set(table["school_id"][table.geometry.isna()]) == {IDS[0]}


@pytest.mark.parametrize("ending", ["gpkg", "fgb"])
def test_layers_are_read_by_the_distributions_ogrinfo(client: FlaskClient, tmp_path: Path, ending: str) -> None:
    path = saved(client, tmp_path, ending)

    said = subprocess.run(["ogrinfo", "-so", "-al", str(path)], capture_output=True, text=True, check=True)

    assert f"Feature Count: {len(NAMES)}" in said.stdout
    assert said.stderr == ""


def test_flatgeobuf_has_an_index_where_every_school_has_a_position(client: FlaskClient, tmp_path: Path) -> None:
    path = saved(client, tmp_path, "fgb", "bbox=70,40,90,50")

    table = geopandas.read_file(path, bbox=(76.0, 43.0, 77.1, 43.5))

    assert sorted(table["school_id"]) == list(IDS[1:4])


def test_parquet_is_read_by_pyarrow_duckdb_and_geopandas(app: Flask, client: FlaskClient, tmp_path: Path) -> None:
    path = saved(client, tmp_path, "parquet")

    notes = pq.read_metadata(path).metadata
    column = json.loads(notes[b"geo"])["columns"]["geometry"]
    counted = duckdb.sql(f"SELECT count(*), count(bbox.xmin), max(num_students) FROM '{path}'").fetchall()
    whole = geopandas.read_parquet(path)
    within = geopandas.read_parquet(path, bbox=(76.0, 43.0, 77.1, 43.5))

    assert column["covering"]["bbox"]["xmin"] == ["bbox", "xmin"]
    assert column["bbox"][0] == 76.0 + 1 / 3
    assert json.loads(notes[b"release"])["sha256"] == app.extensions[WORKSPACE].release().sha256
    assert counted == [(len(NAMES), len(NAMES) - 1, 120 + len(NAMES) - 1)]
    assert sorted(within["school_id"]) == list(IDS[1:4])
    assert named(whole["school_id"], whole["school_name"]) == EXACT
    assert within.crs == "OGC:CRS84"


@pytest.mark.parametrize("ending", list(FORMATS))
def test_filters_fields_and_their_order_hold_in_every_format(client: FlaskClient, tmp_path: Path, ending: str) -> None:
    path = saved(client, tmp_path, ending, "status=unconnected&area_type=rural&fields=status,school_id")
    wanted = [school["school_id"] for school in schools() if school["connectivity"] == "no" and school["school_area_type"] == "rural"]

    table = _read(path)

    assert [name for name in table.columns if name in PROPERTY_NAMES] == ["status", "school_id"]
    assert sorted(table["school_id"]) == wanted
    assert set(table["status"]) == {"unconnected"}


def _read(path: Path) -> Any:
    kinds = {"school_id": str}
    match path.suffix:
        case ".csv":
            return pandas.read_csv(path, dtype=kinds)
        case ".xlsx":
            return pandas.read_excel(path, dtype=kinds, engine="openpyxl")
        case ".ndjson":
            return pandas.read_json(path, lines=True, dtype=kinds)
        case ".parquet":
            return geopandas.read_parquet(path)
        case _:
            return geopandas.read_file(path)


def test_speeds_and_statuses_follow_norm_and_basis(client: FlaskClient) -> None:
    table = pandas.read_csv(io.BytesIO(fetch(client, "csv", "norm=0.2&basis=measured")))
    declared = pandas.read_csv(io.BytesIO(fetch(client, "csv", "norm=0.2&basis=declared")))

    assert set(table["status"]) == {"unconnected", "norm_unknown"}
    assert set(declared["status"]) == {"unconnected", "meets_norm"}
    assert table["download_speed_mbps"].isna().all()


@pytest.mark.parametrize(
    ("query", "code", "word"),
    [
        ("fields=school_nam", "invalid_fields", "Did you mean 'school_name'?"),
        ("fields=school_id,school_id", "invalid_fields", "more than once"),
        ("fields=", "invalid_fields", "1 to"),
        ("fields=school_id,", "invalid_fields", "no property"),
        ("sep=|", "invalid_sep", "one of"),
        ("field=school_id", "unknown_parameter", "'fields'"),
        ("limit=5", "unknown_parameter", "limit"),
        ("admin1=XX", "invalid_admin1", "XX"),
    ],
)
def test_what_a_file_cannot_have_is_refused_before_it_begins(client: FlaskClient, query: str, code: str, word: str) -> None:
    response = client.get(f"/api/v1/schools.csv?{query}")

    assert (response.status_code, response.json["code"]) == (400, code)
    assert word in response.json["detail"]


def test_separator_is_a_parameter_of_csv_alone(client: FlaskClient) -> None:
    assert client.get("/api/v1/schools.ndjson?sep=;").json["code"] == "unknown_parameter"


@pytest.mark.parametrize("address", UPLOADED)
def test_file_that_is_uploaded_as_it_came_changes_nothing(client: FlaskClient, publisher: dict[str, str], address: str) -> None:
    body = client.get(f"/api/v1/schools.{address}").data

    found = upload(client, body, publisher, name=f"schools.{address.partition('?')[0]}")

    assert found.status_code == 200, found.json
    rows = {name: count for name, count in found.json["rows"].items() if count}
    assert rows == {"rows_in": len(NAMES), "unchanged": len(NAMES)}
    assert found.json["errors"] == []
