"""Coverage by status and by release, under several norms, by weight, and in every format: nothing is lost and nothing added up twice."""

from __future__ import annotations

import csv
import hashlib
import io
import itertools
from collections.abc import Iterator
from io import BytesIO
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from python_calamine import CalamineWorkbook

from geo.config import Settings
from geo.model import GROUPING_COLUMNS, STATUSES, Grouping
from geo.services.withdrawals import withdraw_release
from geo.web.current import WORKSPACE
from tests.application import SECRET_KEY, application
from tests.cited import make_cited, publish_turn

COVERAGE = "/api/v1/coverage"
GROUPINGS = (*GROUPING_COLUMNS, Grouping.STATUS)
COUNTED = ("schools", "students", "schools_without_enrolment", "schools_flagged_position", "schools_rural", "schools_area_type_unknown")


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    data = make_cited(tmp_path_factory.mktemp("sets"))
    app = application(Settings(data_dir=data, secret_key=SECRET_KEY, load_demo=False, testing=True))
    yield app
    app.extensions[WORKSPACE].close()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


def answer(client: FlaskClient, query: str) -> dict[str, Any]:
    response = client.get(f"{COVERAGE}?{query}")
    assert response.status_code == 200, response.text
    return dict(response.json)


def figures(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name.startswith(("schools", "students"))}


def combinations() -> list[str]:
    return [",".join(by) for size in (1, 2, 3) for by in itertools.combinations(GROUPINGS, size)]


def test_rows_of_any_three_groupings_add_up_to_the_total_of_their_release_and_norm(client: FlaskClient) -> None:
    for by in combinations():
        found = answer(client, f"by=release,{by}&norm=kz-2023,giga-5")
        for total in found["totals"]:
            rows = [row for row in found["rows"] if (row["release"], row["norm"]) == (total["release"], total["norm"])]
            for name in (*COUNTED, *(f"{unit}_{status}" for unit in ("schools", "students") for status in STATUSES)):
                assert sum(row[name] for row in rows) == total[name], (by, name)


def test_by_status_each_row_counts_one_status_and_has_no_share(client: FlaskClient) -> None:
    found = answer(client, "by=status")

    assert {row["status"]: row["schools"] for row in found["rows"]} == {status: found["total"][f"schools_{status}"] for status in STATUSES}
    assert all(value is None for row in found["rows"] for name, value in row.items() if "share" in name or "gap" in name)
    assert found["total"]["schools_connected_share"] is not None


def test_several_norms_give_the_rows_that_each_gives_alone(client: FlaskClient) -> None:
    names = ("kz-2023", "giga-20", "12.5")
    found = answer(client, f"by=admin1&norm={','.join(names)}")

    for name in names:
        alone = answer(client, f"by=admin1&norm={name}")
        assert [row for row in found["rows"] if row["norm"] == name] == alone["rows"]
        assert [row for row in found["totals"] if row["norm"] == name] == [alone["total"]]
    assert [row["norm"] for row in found["rows"]] == [*names] * 3
    assert (found["norm"], found["total"], [norm["name"] for norm in found["norms"]]) == (None, None, [*names])
    assert found["release"]["id"] == 3


def test_one_norm_and_one_release_answer_in_the_shape_they_always_had(client: FlaskClient) -> None:
    found = answer(client, "by=admin1&norm=giga-20")

    assert set(found) == {"release", "norm", "boundaries", "by", "where", "rows", "total", "citation", "citation_link"}
    assert (found["norm"]["name"], found["boundaries"]) == ("giga-20", {"admin1": "2022", "admin2": "2024"})


def test_by_release_gives_the_rows_of_each_release_and_names_it(client: FlaskClient) -> None:
    found = answer(client, "by=area_type,release&release=3,1")

    assert [(row["area_type"], row["release"]) for row in found["rows"]] == [
        (area_type, release) for area_type in ("rural", "unknown", "urban") for release in (1, 3)
    ]
    for release in (1, 3):
        alone = answer(client, f"by=area_type&release={release}")
        rows = [row for row in found["rows"] if row["release"] == release]
        assert [figures(row) for row in rows] == [figures(row) for row in alone["rows"]]
        assert {row["sha256"] for row in rows} == {alone["release"]["sha256"]}
        assert {row["published_at"] for row in rows} == {alone["release"]["published_at"]}
    assert [row["boundaries_admin1"] for row in found["totals"]] == [None, "2022"]
    assert (found["release"], found["total"], found["boundaries"]) == (None, None, None)
    assert [each["id"] for each in found["releases"]] == [1, 3]


def test_by_release_without_a_list_counts_the_newest_ones(client: FlaskClient) -> None:
    assert [row["release"] for row in answer(client, "by=release")["rows"]] == [1, 2, 3]


def test_release_whose_boundaries_do_not_know_the_region_is_named_and_not_counted_as_0(client: FlaskClient) -> None:
    found = answer(client, "by=release&admin1=XA10")

    assert [row["release"] for row in found["rows"]] == [2, 3]
    assert found["without_place"] == [1]


def test_withdrawn_release_is_left_out_by_itself_and_refused_by_name(tmp_path) -> None:
    app = application(Settings(data_dir=make_cited(tmp_path), secret_key=SECRET_KEY, load_demo=False, testing=True))
    workspace, client = app.extensions[WORKSPACE], app.test_client()
    publish_turn(workspace, 3, {})
    withdraw_release(workspace, 2, reason="names of children", actor=None)

    found = answer(client, "by=release")
    assert ([row["release"] for row in found["rows"]], found["withdrawn"]) == ([1, 3, 4], [2])
    assert client.get(f"{COVERAGE}?by=release&release=1,2").json["code"] == "withdrawn"
    workspace.close()


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("norm=20&norm=giga-20", "repeated_parameter"),
        ("norm=20,20", "invalid_norm"),
        ("norm=20,20.0", "invalid_norm"),
        ("norm=20,fast", "invalid_norm"),
        ("norm=20,", "invalid_norm"),
        ("norm=" + ",".join(str(n) for n in range(1, 202)), "invalid_norm"),
        ("by=release&norm=" + ",".join(str(n) for n in range(1, 11)) + "&release=" + ",".join(str(n) for n in range(1, 101)), "not_found"),
        ("release=1,2", "invalid_release"),
        ("by=release&release=1,1", "invalid_release"),
        ("by=release&release=" + ",".join(str(n) for n in range(1, 102)), "invalid_release"),
        ("by=release&release=9", "not_found"),
        ("by=release,release", "invalid_by"),
        ("by=admin1,admin2,area_type,status", "invalid_by"),
        ("by=release&admin1=ZZ", "invalid_admin1"),
        ("weight=x", "invalid_weight"),
        ("weight=schools,students", "invalid_weight"),
        ("f=html", "invalid_f"),
        ("sha256=abc", "invalid_sha256"),
        ("sha256=" + "g" * 64, "invalid_sha256"),
        ("figures=0-0123456789abcdef", "invalid_figures"),
        ("figures=1", "invalid_figures"),
        ("boundaries=%22", "invalid_boundaries"),
        ("software=" + "9" * 100, "invalid_software"),
    ],
)
def test_hostile_query_is_refused_and_named(client: FlaskClient, query: str, code: str) -> None:
    response = client.get(f"{COVERAGE}?{query}")

    assert response.json["code"] == code
    assert response.status_code in (400, 404)


@pytest.mark.parametrize("address", [f"{COVERAGE}/trend", f"{COVERAGE}/compare"])
@pytest.mark.parametrize("query", ["by=status", "by=release", "norm=20,giga-20", "by=admin1,admin2,area_type,education_level", "f=xlsx"])
def test_trend_and_comparison_refuse_what_coverage_alone_takes(client: FlaskClient, address: str, query: str) -> None:
    assert client.get(f"{address}?{query}").status_code == 400


@pytest.mark.parametrize(
    "query", ["by=release,admin1&norm=kz-2023,20", "by=status,area_type", "norm=20,30", "by=admin1&weight=students", ""]
)
def test_names_are_the_same_in_json_csv_and_workbook(client: FlaskClient, query: str) -> None:
    found = answer(client, query)
    rows = found["rows"] or found.get("totals") or [found["total"]]
    lines = list(csv.reader(io.StringIO(client.get(f"{COVERAGE}?{query}&f=csv").data.decode("utf-8-sig"))))
    sheet = CalamineWorkbook.from_filelike(BytesIO(client.get(f"{COVERAGE}?{query}&f=xlsx").data)).get_sheet_by_index(0).to_python()

    assert list(rows[0]) == lines[0] == sheet[0]
    assert len(rows) == len(lines) - 1 == len(sheet) - 1
    assert [row["schools_without_enrolment"] for row in rows if "schools_without_enrolment" in row] == [
        int(line[lines[0].index("schools_without_enrolment")]) for line in lines[1:] if "schools_without_enrolment" in lines[0]
    ]


def test_weight_gives_one_family_of_figures_and_changes_none(client: FlaskClient) -> None:
    both, schools, students = (answer(client, f"by=admin1&weight={weight}") for weight in ("both", "schools", "students"))

    assert {name for name in schools["total"] if name.startswith(("students", "schools_without"))} == set()
    assert all(name.startswith(("students", "schools_without_enrolment")) for name in figures(students["total"]))
    assert {**figures(schools["total"]), **figures(students["total"])} == figures(both["total"])
    assert [{**a, **b} for a, b in zip(schools["rows"], students["rows"], strict=True)] == [dict(row) for row in both["rows"]]


def test_data_package_describes_the_file_that_its_address_gives(client: FlaskClient) -> None:
    response = client.get(f"{COVERAGE}?by=release,admin1,status&norm=kz-2023,20&f=datapackage&lang=ru")
    package = response.json
    (resource,) = package["resources"]
    content = client.get(resource["path"]).data

    assert response.content_type == "application/vnd.datapackage+json"
    assert resource["bytes"] == len(content)
    assert resource["hash"] == f"sha256:{hashlib.sha256(content).hexdigest()}"
    dialect = resource["dialect"]
    text = io.StringIO(content.decode(resource["encoding"]).removeprefix("\ufeff"), newline="")
    rows = list(csv.DictReader(text, delimiter=dialect["delimiter"], quotechar=dialect["quoteChar"]))
    fields = resource["schema"]["fields"]
    assert [field["name"] for field in fields] == list(rows[0])
    assert [[typed(field, row[field["name"]]) for field in fields] for row in rows] == [
        [row[field["name"]] for field in fields] for row in answer(client, "by=release,admin1,status&norm=kz-2023,20&lang=ru")["rows"]
    ]
    assert package["sources"][0]["title"].startswith("Release 1 of ")
    assert package["citation_link"] in resource["path"]


def typed(field: dict[str, Any], text: str) -> Any:
    """A cell by the type of its field, and within its constraints."""
    if text == "":
        return None
    value = {"integer": int, "number": float, "string": str, "datetime": str}[field["type"]](text)
    bounds = field.get("constraints", {})
    assert "enum" not in bounds or value in bounds["enum"]
    assert "minimum" not in bounds or value >= bounds["minimum"]
    return value


def test_trend_by_groups_gives_what_coverage_of_each_release_gives(client: FlaskClient) -> None:
    found = client.get(f"{COVERAGE}/trend?by=area_type,admin1&bbox=10,50,12,51").json

    for release in (1, 2, 3):
        alone = answer(client, f"by=area_type,admin1&bbox=10,50,12,51&release={release}")
        rows = [row for row in found["rows"] if row["release"] == release]
        assert [figures(row) for row in sorted(rows, key=lambda row: (row["area_type"], row["admin1"] or "~"))] == [
            figures(row) for row in alone["rows"]
        ]
        assert [figures(row) for row in found["totals"] if row["release"] == release] == [figures(alone["total"])]
