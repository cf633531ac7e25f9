"""The API's reading half: coverage, releases, regions, how they are cached and how they refuse."""

from __future__ import annotations

import csv
import io
import json
import re
from io import BytesIO
from pathlib import Path

import jsonschema
import pytest
from python_calamine import CalamineWorkbook

from geo.model import Role
from geo.render.spreadsheet_cells import guarded
from geo.web.api.coverage_fields import COVERAGE_FIELDS, RELEASE_FIELDS
from geo.web.api.figure_files import column_words
from geo.web.current import WORKSPACE
from tests.builders import make_school
from tests.set_up import filled
from tests.web.published import publish_schools

SCHOOLS = (
    make_school("A", connectivity="yes", download_speed_declared_mbps=50.0, num_students=100, school_area_type="urban"),
    make_school("B", connectivity="yes", download_speed_declared_mbps=5.0, num_students=40, school_area_type="rural"),
    make_school("C", connectivity="no", num_students=30, school_area_type="rural"),
    make_school("D"),
)


@pytest.fixture(scope="module")
def set_up_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Data of a deployment with one release of four schools, made once and copied for each test."""
    return filled(tmp_path_factory.mktemp("filled"), lambda workspace, _: publish_schools(workspace, *SCHOOLS))


def test_coverage_counts_every_school_once(client):
    total = client.get("/api/v1/coverage").json["total"]

    statuses = ("unconnected", "below_norm", "norm_unknown", "meets_norm", "unknown")
    assert total["schools"] == 4 == sum(total[f"schools_{status}"] for status in statuses)
    assert total["schools_unconnected_rural"] == 1
    assert total["schools_connected_share"] == pytest.approx(2 / 3)


def test_coverage_has_no_rows_unless_grouped(client):
    assert client.get("/api/v1/coverage").json["rows"] == []


def test_coverage_groups_by_several_things_in_order(client):
    answer = client.get("/api/v1/coverage?by=area_type,connectivity_type").json

    assert answer["by"] == ["area_type", "connectivity_type"]
    assert [row["area_type"] for row in answer["rows"]] == ["rural", "unknown", "urban"]
    assert sum(row["schools"] for row in answer["rows"]) == answer["total"]["schools"]


def test_coverage_names_all_that_its_figures_depend_on(client):
    answer = client.get("/api/v1/coverage?area_type=rural&norm=giga-5&basis=declared").json

    assert answer["where"] == {"area_type": "rural"}
    assert answer["norm"]["name"] == "giga-5"
    assert answer["norm"]["basis"] == "declared"
    assert answer["release"]["id"] == 1
    for part in ("release 1", answer["release"]["sha256"], "giga-5", "declared", "rural"):
        assert part in answer["citation"]


def test_every_field_of_a_coverage_row_is_documented(client):
    by = "admin1,area_type,connectivity_type"
    rows = client.get(f"/api/v1/coverage?by={by}").json["rows"]

    assert set(rows[0]) <= set(COVERAGE_FIELDS)
    assert set(COVERAGE_FIELDS) - set(rows[0]) == {"admin2", "admin2_name", "education_level", "status", *RELEASE_FIELDS}


def test_coverage_as_csv_is_flat_with_the_same_names(client):
    response = client.get("/api/v1/coverage?by=area_type&f=csv")

    assert response.content_type == "text/csv; charset=utf-8"
    assert response.data.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(io.StringIO(response.data.decode("utf-8-sig"))))
    expected = client.get("/api/v1/coverage?by=area_type").json["rows"]
    assert [list(row) for row in rows] == [list(row) for row in expected]
    assert [row["schools"] for row in rows] == [str(row["schools"]) for row in expected]


def test_cell_that_starts_like_a_formula_is_guarded_in_csv():
    assert [guarded(cell) for cell in ("=1+1", "@a", "-x", "Алматы", 5, None)] == ["'=1+1", "'@a", "'-x", "Алматы", 5, None]


def test_unknown_region_is_refused_and_not_an_empty_answer(client):
    response = client.get("/api/v1/coverage?admin1=XX99")

    assert (response.status_code, response.json["code"]) == (400, "invalid_admin1")


HOSTILE = [
    ("admin1=%27%20OR%201%3D1--", "invalid_admin1"),
    ("admin1=%00", "invalid_admin1"),
    ("admin1=" + "x" * 10_000, "invalid_admin1"),
    ("limit=1&limit=1000", "unknown_parameter"),
    ("norm=20&norm=20", "repeated_parameter"),
    ("area_typ=rural", "unknown_parameter"),
    ("callback=alert", "unknown_parameter"),
    ("release=9223372036854775808", "invalid_release"),
    ("release=-1", "invalid_release"),
    ("norm=nan", "invalid_norm"),
    ("norm=1e400", "invalid_norm"),
    ("by=admin1;admin2", "invalid_by"),
    ("f=xml", "invalid_f"),
    ("lang=de", "invalid_lang"),
    ("area_type=", "invalid_area_type"),
]


@pytest.mark.parametrize(("query", "code"), HOSTILE, ids=[query[:25] for query, _ in HOSTILE])
def test_hostile_query_is_400_with_its_code(client, query, code):
    response = client.get(f"/api/v1/coverage?{query}")

    assert (response.status_code, response.json["code"]) == (400, code)
    assert len(response.data) < 2_000


def test_typo_is_told_the_nearest_name(client):
    assert client.get("/api/v1/coverage?area_typ=rural").json["nearest"] == "area_type"


def test_xml_is_answered_with_json(client):
    assert client.get("/api/v1/coverage", headers={"Accept": "application/xml"}).mimetype == "application/json"


@pytest.mark.parametrize("limit", ["-1", "0", "abc", "１０"])
def test_limit_that_is_no_number_is_refused(client, limit):
    assert client.get("/api/v1/releases", query_string={"limit": limit}).json["code"] == "invalid_limit"


def test_limit_above_the_maximum_is_taken_as_the_maximum(client):
    assert client.get("/api/v1/releases?limit=1000000").status_code == 200


def test_release_beyond_any_is_not_found(client):
    assert client.get("/api/v1/releases/99").status_code == 404
    assert client.get("/api/v1/releases/99999999999999999999").status_code == 404
    assert client.get("/api/v1/coverage?release=99").status_code == 404


def test_releases_come_newest_first_and_by_pages(app, client):
    publish_schools(app.extensions[WORKSPACE], *SCHOOLS[:2])
    publish_schools(app.extensions[WORKSPACE], *SCHOOLS[:3])

    first = client.get("/api/v1/releases?limit=2").json
    second = client.get(first["next"]).json

    assert [release["id"] for release in first["releases"]] == [3, 2]
    assert [release["id"] for release in second["releases"]] == [1]
    assert [release["is_current"] for release in first["releases"]] == [True, False]
    assert second["next"] is None


def test_who_published_is_told_only_to_people_with_a_key(client, secret_of):
    stranger = client.get("/api/v1/releases/1").json["release"]
    colleague = client.get("/api/v1/releases/1", headers={"Authorization": f"Bearer {secret_of(Role.CONTRIBUTOR)}"}).json["release"]

    assert "published_by" not in stranger
    assert colleague["published_by"] == "command line"


def test_release_says_what_it_changed(client):
    changes = client.get("/api/v1/releases/1").json["changes"]

    assert changes["counts"]["schools_added"] == 4


def test_known_answer_is_304_without_a_body(client):
    first = client.get("/api/v1/coverage?by=area_type")

    second = client.get("/api/v1/coverage?by=area_type", headers={"If-None-Match": first.headers["ETag"]})

    assert (second.status_code, second.data) == (304, b"")
    assert second.headers["ETag"] == first.headers["ETag"]
    assert second.headers["Content-Security-Policy"]


@pytest.mark.parametrize(
    ("path", "headers"),
    [
        ("/api/v1/coverage?by=area_type&norm=giga-5", {}),
        ("/api/v1/coverage?by=area_type&f=csv", {}),
        ("/api/v1/coverage?by=area_type&lang=kk", {}),
        ("/api/v1/coverage?by=area_type&weight=schools", {}),
        ("/api/v1/coverage?by=area_type,status", {}),
        ("/api/v1/coverage?by=area_type&norm=kz-2023,20", {}),
        ("/api/v1/coverage?by=area_type,release", {}),
        ("/api/v1/coverage?by=area_type", {"Host": "localhost:8001"}),
        ("/api/v1/coverage?by=area_type&area_type=rural", {}),
    ],
)
def test_tag_changes_with_everything_that_the_answer_depends_on(client, path, headers):
    plain = client.get("/api/v1/coverage?by=area_type").headers["ETag"]

    assert client.get(path, headers=headers).headers["ETag"] != plain


def test_data_and_its_tag_do_not_depend_on_the_language_of_the_browser(client):
    for kind in ("json", "csv", "xlsx", "datapackage"):
        english, russian = (
            client.get(f"/api/v1/coverage?by=area_type&f={kind}", headers={"Accept-Language": language}) for language in ("en", "ru")
        )
        assert (english.data, english.headers["ETag"]) == (russian.data, russian.headers["ETag"])


def test_equal_queries_have_equal_tags_however_they_are_spelt(client):
    one = client.get("/api/v1/coverage?by=area_type&area_type=urban,rural&norm=kz-2023")
    other = client.get("/api/v1/coverage?area_type=rural,urban&by=area_type")

    assert one.headers["ETag"] == other.headers["ETag"]


def test_new_release_makes_old_tags_useless(app, client):
    tag = client.get("/api/v1/coverage").headers["ETag"]
    publish_schools(app.extensions[WORKSPACE], *SCHOOLS[:2])

    assert client.get("/api/v1/coverage", headers={"If-None-Match": tag}).json["total"]["schools"] == 2


def test_answer_to_somebody_with_a_key_is_not_stored(client, secret_of):
    response = client.get("/api/v1/coverage", headers={"Authorization": f"Bearer {secret_of(Role.CONTRIBUTOR)}"})

    assert response.headers["Cache-Control"] == "no-store"
    assert "ETag" not in response.headers


@pytest.mark.parametrize("encoding", ["br", "gzip"])
def test_answers_are_compressed_and_recognised_again(client, encoding):
    headers = {"Accept-Encoding": encoding}
    first = client.get("/api/v1/coverage?by=area_type", headers=headers)

    assert first.headers["Content-Encoding"] == encoding
    assert client.get("/api/v1/coverage?by=area_type", headers={**headers, "If-None-Match": first.headers["ETag"]}).status_code == 304


def test_figures_that_are_unknown_are_null_and_never_nan(client):
    response = client.get("/api/v1/coverage?area_type=unknown&by=area_type")

    assert response.json["rows"][0]["schools_connected_share"] is None
    json.loads(response.data, parse_constant=lambda text: pytest.fail(f"{text} is not JSON"))


def test_regions_of_a_release_without_boundaries_are_none(client):
    assert client.get("/api/v1/regions").json["regions"] == []


def schema_of(document, path, method="get", status="200"):
    """Schema of an answer, with the definitions that it refers to."""
    schema = document["paths"][path.removeprefix("/api/v1")][method]["responses"][status]["content"]["application/json"]["schema"]
    return {**schema, "components": document["components"]}


@pytest.mark.parametrize(
    ("address", "path"),
    [
        ("/api/v1/coverage?by=admin1,area_type", "/api/v1/coverage"),
        ("/api/v1/releases", "/api/v1/releases"),
        ("/api/v1/releases/1", "/api/v1/releases/{release_id}"),
        ("/api/v1/regions", "/api/v1/regions"),
    ],
)
def test_answer_is_as_the_document_says(client, address, path):
    document = client.get("/api/v1/openapi.json").json

    jsonschema.validate(client.get(address).json, schema_of(document, path), cls=jsonschema.Draft202012Validator)


def test_coverage_answers_nothing_that_is_not_documented(client):
    document = client.get("/api/v1/openapi.json").json
    answers = [client.get(f"/api/v1/coverage?by={by}").json for by in ("admin1", "release,admin1")]

    assert {*answers[0], *answers[1]} == set(document["components"]["schemas"]["Coverage"]["properties"])


def test_document_is_openapi_3_1_and_its_copy_3_0(client):
    new, old = client.get("/api/v1/openapi.json"), client.get("/api/v1/openapi-3.0.json")

    assert new.json["openapi"] == "3.1.0"
    assert old.json["openapi"] == "3.0.3"
    assert old.content_type == "application/vnd.oai.openapi+json;version=3.0"
    assert '"null"' not in old.text
    assert set(new.json["paths"]) == set(old.json["paths"])


def test_every_operation_documents_the_canonical_error(client):
    document = client.get("/api/v1/openapi.json").json

    error = document["components"]["responses"]["DEFAULT_ERROR"]
    assert list(error["content"]) == ["application/problem+json"]
    operations = [operation for item in document["paths"].values() for operation in item.values() if isinstance(operation, dict)]
    assert all(operation["responses"]["default"] == {"$ref": "#/components/responses/DEFAULT_ERROR"} for operation in operations)


def test_coverage_as_a_workbook_has_the_rows_of_the_csv_and_says_what_they_rest_on(client):
    address = "/api/v1/coverage?by=area_type&norm=giga-20&f="
    workbook = CalamineWorkbook.from_filelike(BytesIO(client.get(f"{address}xlsx").data))
    lines = client.get(f"{address}csv").text.lstrip("\ufeff").splitlines()

    figures = workbook.get_sheet_by_name("Figures").to_python()
    about = dict(workbook.get_sheet_by_name("About these figures").to_python())

    assert figures[0] == lines[0].split(",")
    assert [row[0] for row in figures[1:]] == [line.split(",")[0] for line in lines[1:]]
    answer = client.get("/api/v1/coverage?by=area_type&norm=giga-20").json
    assert (about["Cite as"], about["Permanent address"]) == (answer["citation"], answer["citation_link"])


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_file_of_figures_is_named_after_its_release_and_day(client, kind):
    name = client.get(f"/api/v1/coverage?by=admin1&f={kind}").headers["Content-Disposition"]

    assert re.fullmatch(rf'attachment; filename="qosyl-(?:kz-)?coverage-by-admin1-release-1-\d{{4}}-\d\d-\d\d\.{kind}"', name)


def test_every_column_of_figures_has_words_of_its_own(app):
    with app.test_request_context("/?lang=ru"):
        words = {name: column_words(name) for name in COVERAGE_FIELDS}

    assert [name for name, word in words.items() if name == word] == []
    assert len(set(words.values())) == len(words)
