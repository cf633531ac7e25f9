"""The same question asked of every address and format: all of them are about the same schools."""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlencode

import mapbox_vector_tile
import openpyxl
import pyarrow.parquet as pq
import pytest
from flask import Flask
from flask.testing import FlaskClient

from geo.config import Settings
from geo.model import STATUSES, Role
from geo.services.keys import create_key
from geo.web.current import WORKSPACE
from tests.application import SECRET_KEY, application
from tests.cited import make_cited
from tests.web.uploads import upload

BOX = "10.3,50,11.2,50.45"
BASES = {"norm": "giga-20", "basis": "declared"}
QUESTIONS: tuple[tuple[Mapping[str, str], Mapping[str, str]], ...] = (
    ({}, {"filter": "school_id IS NOT NULL"}),
    ({"status": "unconnected,unknown"}, {"filter": "status IN ('unknown', 'unconnected')"}),
    ({"status": "meets_norm", **BASES}, {"filter": "status = 'meets_norm'", **BASES}),
    ({"status": "below_norm", "norm": "7.5", "basis": "measured"}, {"filter": "status='below_norm'", "norm": "7.5", "basis": "measured"}),
    ({"area_type": "rural"}, {"school_area_type": "rural"}),
    ({"admin1": "XA10"}, {"filter": "admin1 = 'XA10'"}),
    ({"admin1": "none"}, {"filter": "admin1 IS NULL"}),
    ({"connectivity_type": "none"}, {"filter": "connectivity_type IS NULL"}),
    ({"connectivity": "no", "area_type": "rural"}, {"filter": "connectivity='no' AND NOT school_area_type <> 'rural'"}),
    ({"enrolment": "100-400"}, {"filter": "num_students BETWEEN 100 AND 400"}),
    ({"bbox": BOX}, {"filter": "S_INTERSECTS(geometry, POLYGON((10.3 50, 11.2 50, 11.2 50.45, 10.3 50.45, 10.3 50)))"}),
    ({"bbox": "10.7,-90,10.5,90"}, {"filter": "longitude >= 10.7 OR longitude <= 10.5"}),
    ({"filter": "latitude IS NULL"}, {"filter": "geometry IS NULL"}),
    ({"filter": "school_name LIKE '=%'"}, {"school_name": "=1+1"}),
    ({"filter": "num_students > 1E9"}, {"school_id": "nobody"}),
)


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    data = make_cited(tmp_path_factory.mktemp("same"))
    app = application(Settings(data_dir=data, secret_key=SECRET_KEY, load_demo=False, testing=True))
    yield app
    app.extensions[WORKSPACE].close()


@pytest.fixture(scope="module")
def client(app: Flask) -> FlaskClient:
    return app.test_client(use_cookies=False)


def asked(client: FlaskClient, path: str, asked_for: Mapping[str, str], **more: Any) -> bytes:
    with client.get(f"/api/v1/{path}?{urlencode({**asked_for, **more})}") as response:
        assert response.status_code == 200, response.text
        return bytes(response.data)


def pages(client: FlaskClient, question: Mapping[str, str]) -> list[dict[str, Any]]:
    """Features of all pages of seven, and no more than the first says that there are."""
    found: list[dict[str, Any]] = []
    address: str | None = f"/api/v1/collections/schools/items?{urlencode({**question, 'limit': 7})}"
    while address:
        page = client.get(address).get_json()
        found += page["features"]
        assert page["numberReturned"] == len(page["features"])
        assert page["numberMatched"] >= len(found)
        address = next((link["href"] for link in page["links"] if link["rel"] == "next"), None)
    assert page["numberMatched"] == len(found)
    return found


def told(client: FlaskClient, question: Mapping[str, str]) -> dict[str, Counter[str]]:
    """Statuses of the schools by id, as each address and format tells them."""
    sheet = openpyxl.load_workbook(io.BytesIO(asked(client, "schools.xlsx", question)), read_only=True).worksheets[0]
    head, *cells = sheet.iter_rows(values_only=True)
    table = pq.read_table(io.BytesIO(asked(client, "schools.parquet", question)))
    rows: dict[str, list[Mapping[str, Any]]] = {
        "items": [feature["properties"] for feature in pages(client, question)],
        "csv": list(csv.DictReader(io.StringIO(asked(client, "schools.csv", question).decode("utf-8-sig")))),
        "ndjson": [json.loads(line) for line in asked(client, "schools.ndjson", question).splitlines()],
        "geojson": [feature["properties"] for feature in json.loads(asked(client, "schools.geojson", question))["features"]],
        "xlsx": [dict(zip(map(str, head), row, strict=True)) for row in cells],
        "parquet": table.select(["school_id", "status"]).to_pylist(),
    }
    return {name: Counter(f"{row['school_id']} {row['status']}" for row in found) for name, found in rows.items()}


def counts(row: Mapping[str, Any]) -> dict[str, int]:
    return {str(status): row[f"schools_{status}"] for status in STATUSES if row[f"schools_{status}"]}


def summed(rows: list[dict[str, Any]]) -> dict[str, int]:
    return dict(sum((Counter(counts(row)) for row in rows), Counter()))


@pytest.mark.parametrize("question", [question for question, _ in QUESTIONS], ids=str)
def test_every_format_and_figure_is_about_the_same_schools(client: FlaskClient, question: Mapping[str, str]) -> None:
    schools = told(client, question)
    expected = dict(Counter(key.split()[1] for key in schools["items"].elements()))
    figures = {
        by: json.loads(asked(client, "coverage", question, **({"by": by} if by else {})))
        for by in ("", "status", "admin1,admin2,area_type", "connectivity_type,education_level")
    }
    tilejson = json.loads(asked(client, "tiles/schools.json", question))
    marks = mapbox_vector_tile.decode(asked(client, "tiles/schools/0/0/0.mvt", question)).get("schools", {"features": []})["features"]

    assert {name: found for name, found in schools.items() if found != schools["items"]} == {}
    assert max(schools["items"].values(), default=1) == 1
    assert {by: counts(answer["total"]) for by, answer in figures.items()} == dict.fromkeys(figures, expected)
    assert {by: summed(answer["rows"]) for by, answer in figures.items() if by} == dict.fromkeys([by for by in figures if by], expected)
    assert sum(mark["properties"]["stands_for"] for mark in marks) + sum(tilejson["not_placed"].values()) == sum(expected.values())


@pytest.mark.parametrize("question", [question for question, _ in QUESTIONS if "basis" not in question], ids=str)
def test_trend_and_comparison_say_what_coverage_of_their_releases_says(client: FlaskClient, question: Mapping[str, str]) -> None:
    totals = [json.loads(asked(client, "coverage", question, release=release))["total"] for release in (2, 3)]
    trend = json.loads(asked(client, "coverage/trend", question))["rows"]
    compared = json.loads(asked(client, "coverage/compare", question))["total"]

    assert [row["release"] for row in trend[-2:]] == [2, 3]
    for total, row, side in zip(totals, trend[-2:], (compared["from"], compared["to"]), strict=True):
        figures = {name: value for name, value in total.items() if name.startswith(("schools", "students"))}
        assert {name: row[name] for name in figures} == figures == {name: side[name] for name in figures}


@pytest.mark.parametrize(("question", "same"), QUESTIONS, ids=str)
def test_filters_that_mean_the_same_select_the_same(client: FlaskClient, question: Mapping[str, str], same: Mapping[str, str]) -> None:
    one, other = ({feature["id"]: feature["properties"]["status"] for feature in pages(client, each)} for each in (question, same))

    assert one == other


@pytest.mark.parametrize("fields", ["school_id,download_speed_mbps,status", "download_speed_mbps,school_id", "school_id,num_students"])
@pytest.mark.parametrize("basis", ["best", "measured"])
def test_file_of_some_columns_changes_nothing_when_it_is_uploaded(app: Flask, client: FlaskClient, fields: str, basis: str) -> None:
    key, _ = create_key(app.extensions[WORKSPACE], name="files", role=Role.PUBLISHER)
    content = asked(client, "schools.csv", {"fields": fields, "basis": basis})

    found = upload(client, content, {"Authorization": f"Bearer {key}"}, name="schools.csv").get_json()

    assert {name: count for name, count in found["rows"].items() if count} == {"rows_in": 24, "unchanged": 24}
