"""How complete files are sent: ranges, tags, encodings, names, who makes them, and what is left of them."""

from __future__ import annotations

import gzip
import zipfile
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from flask import Flask
from flask.testing import FlaskClient

from geo.config import Settings
from geo.model import Basis, Role, Where, where
from geo.norms import norm_named
from geo.services.coverage import Shown
from geo.services.keys import create_key
from geo.services.school_files import SchoolRows, file_words
from geo.web.api import files
from geo.web.api.file_formats import FORMATS
from geo.web.current import WORKSPACE
from geo.web.refusals import Refusal
from tests.application import SECRET_KEY, application
from tests.builders import make_school
from tests.set_up import set_up
from tests.web.published import publish_schools

TEXTS = ("csv", "geojson", "ndjson")
PACKED = ("xlsx", "gpkg", "parquet", "fgb")
SCHOOLS = 300


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    data = set_up(tmp_path_factory.mktemp("file-answers") / "data")
    app = application(Settings(data_dir=data, secret_key=SECRET_KEY, load_demo=False, testing=True))
    schools = (
        make_school(f"S{place:05d}", school_name=f"Мектеп {place}", latitude=43 + place / 99, longitude=76.0, connectivity="no")
        for place in range(SCHOOLS)
    )
    publish_schools(app.extensions[WORKSPACE], *schools)
    yield app
    app.extensions[WORKSPACE].close()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client(use_cookies=False)


def kept_directory(app: Flask) -> Path:
    directory: Path = app.extensions[WORKSPACE].complete_files.folder.directory
    return directory


@pytest.mark.parametrize("ending", list(FORMATS))
def test_kept_file_takes_ranges_under_a_strong_tag(client: FlaskClient, ending: str) -> None:
    whole = client.get(f"/api/v1/schools.{ending}")
    tag = whole.headers["ETag"]

    part = client.get(f"/api/v1/schools.{ending}", headers={"Range": "bytes=10-29", "If-Range": tag})
    end = client.get(f"/api/v1/schools.{ending}", headers={"Range": "bytes=-7"})
    other = client.get(f"/api/v1/schools.{ending}", headers={"Range": "bytes=10-29", "If-Range": '"another"'})

    assert not tag.startswith("W/")
    assert whole.headers["Accept-Ranges"] == "bytes"
    assert (part.status_code, part.data) == (206, whole.data[10:30])
    assert part.headers["Content-Range"] == f"bytes 10-29/{len(whole.data)}"
    assert end.data == whole.data[-7:]
    assert (other.status_code, other.data) == (200, whole.data)


def test_range_behind_the_end_is_refused_with_the_length(client: FlaskClient) -> None:
    length = len(client.get("/api/v1/schools.csv").data)

    response = client.get("/api/v1/schools.csv", headers={"Range": f"bytes={length}-"})

    assert (response.status_code, response.json["code"]) == (416, "range_not_satisfiable")
    assert response.headers["Content-Range"] == f"bytes */{length}"


@pytest.mark.parametrize("asked", ["bytes=0-1,5-6", "rows=0-5", "bytes=x", "bytes=9-1"])
def test_range_that_is_not_one_of_bytes_is_answered_by_the_whole(client: FlaskClient, asked: str) -> None:
    response = client.get("/api/v1/schools.csv", headers={"Range": asked})

    assert (response.status_code, len(response.data)) == (200, len(client.get("/api/v1/schools.csv").data))


@pytest.mark.parametrize("ending", list(FORMATS))
def test_head_says_the_same_as_get_without_a_body(client: FlaskClient, ending: str) -> None:
    got, said = client.get(f"/api/v1/schools.{ending}"), client.head(f"/api/v1/schools.{ending}")
    names = ("Content-Length", "Content-Type", "ETag", "Last-Modified", "Content-Disposition", "Accept-Ranges", "Link")

    assert (said.status_code, said.data) == (200, b"")
    assert {name: said.headers[name] for name in names} == {name: got.headers[name] for name in names}
    assert int(got.headers["Content-Length"]) == len(got.data)


def test_head_of_a_filter_makes_nothing_and_still_refuses(client: FlaskClient, app: Flask) -> None:
    said = client.head("/api/v1/schools.gpkg?status=unconnected")
    refused = client.head("/api/v1/schools.gpkg?admin1=XX")

    assert (said.status_code, said.headers["Accept-Ranges"], "Content-Length" in said.headers) == (200, "none", False)
    assert refused.status_code == 400


@pytest.mark.parametrize("query", ["", "?status=unconnected"])
@pytest.mark.parametrize("ending", list(FORMATS))
def test_whoever_has_the_file_gets_304(client: FlaskClient, ending: str, query: str) -> None:
    address = f"/api/v1/schools.{ending}{query}"
    had = client.get(address)

    again = client.get(address, headers={"If-None-Match": had.headers["ETag"]})

    assert (again.status_code, again.data) == (304, b"")
    assert again.headers["ETag"] == had.headers["ETag"]


def test_tag_depends_on_everything_that_the_bytes_do(client: FlaskClient) -> None:
    queries = ("", "sep=;", "lang=ru", "norm=20", "norm=giga-20", "basis=measured", "fields=school_id", "fields=status", "status=unknown")
    addresses = ["/api/v1/schools.ndjson", *(f"/api/v1/schools.csv?{query}" for query in queries)]

    tags = [client.head(address).headers["ETag"] for address in addresses]

    assert len(set(tags)) == len(addresses)


@pytest.mark.parametrize("query", ["", "?connectivity=no"])
@pytest.mark.parametrize("ending", TEXTS)
def test_text_is_packed_for_whoever_takes_gzip_and_for_nobody_else(client: FlaskClient, ending: str, query: str) -> None:
    address = f"/api/v1/schools.{ending}{query}"
    plain = client.get(address)

    packed = client.get(address, headers={"Accept-Encoding": "gzip, br"})
    others = client.get(address, headers={"Accept-Encoding": "br, zstd"})

    assert "Content-Encoding" not in plain.headers
    assert "Content-Encoding" not in others.headers
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.data) == plain.data == others.data
    assert packed.headers["ETag"] != plain.headers["ETag"]
    assert "Accept-Encoding" in plain.headers["Vary"]


def test_ranges_of_a_packed_file_are_of_its_own_bytes(client: FlaskClient) -> None:
    packed = client.get("/api/v1/schools.csv", headers={"Accept-Encoding": "gzip"})

    part = client.get("/api/v1/schools.csv", headers={"Accept-Encoding": "gzip", "Range": "bytes=0-9"})

    assert (part.status_code, part.data, part.headers["Content-Encoding"]) == (206, packed.data[:10], "gzip")


@pytest.mark.parametrize("ending", PACKED)
def test_formats_that_are_packed_already_are_not_packed_again(client: FlaskClient, ending: str) -> None:
    assert "Content-Encoding" not in client.get(f"/api/v1/schools.{ending}", headers={"Accept-Encoding": "gzip, br"}).headers


@pytest.mark.parametrize("ending", list(FORMATS))
def test_file_made_again_has_the_same_bytes(client: FlaskClient, app: Flask, ending: str) -> None:
    first = client.get(f"/api/v1/schools.{ending}").data
    for path in kept_directory(app).glob(f"*.{ending}"):
        path.unlink()

    assert client.get(f"/api/v1/schools.{ending}").data == first


def test_name_says_release_day_and_filter(client: FlaskClient, app: Flask) -> None:
    release = app.extensions[WORKSPACE].release()
    end = f"release-{release.id}-{release.published_at:%Y-%m-%d}.csv"

    names = {
        query: client.head(f"/api/v1/schools.csv{query}").headers["Content-Disposition"].partition("filename=")[2].strip('"')
        for query in ("", "?status=unconnected&area_type=rural", "?bbox=1,2,3,4", "?norm=20&basis=measured")
    }

    assert list(names.values()) == [
        f"qosyl-schools-{end}",
        f"qosyl-schools-rural-unconnected-{end}",
        f"qosyl-schools-bbox-{end}",
        f"qosyl-schools-norm-20-measured-{end}",
    ]


@pytest.mark.parametrize(
    ("chosen", "words"),
    [
        (Where(), "schools"),
        (where(admin1=("KZ19",)), "schools-kz19"),
        (where(admin1=("none",)), "schools-admin1"),
        (where(school_name=("../../etc/passwd",)), "schools-school-name"),
        (where(school_name=("Мектеп",)), "schools-school-name"),
        (where(school_id=tuple(f"S{place}" for place in range(99))), "schools-filtered"),
    ],
)
def test_name_has_plain_words_of_the_filter_alone(chosen: Where, words: str) -> None:
    assert file_words(chosen) == words


def test_address_of_a_release_is_kept_longer_and_named_in_a_link(client: FlaskClient, app: Flask) -> None:
    release = app.extensions[WORKSPACE].release()
    current = client.head("/api/v1/schools.csv?fields=status")
    fixed = client.head(f"/api/v1/schools.csv?release={release.id}&fields=status")

    assert current.headers["Cache-Control"] == "public, max-age=0, must-revalidate"
    assert fixed.headers["Cache-Control"] not in (current.headers["Cache-Control"], "no-store")
    assert f"release={release.id}" in current.headers["Link"]
    assert "fields=status" in current.headers["Link"]
    assert current.headers["Link"].endswith('rel="cite-as"')
    assert current.last_modified == release.published_at.replace(microsecond=0)


def test_answer_to_a_signed_in_person_is_not_kept(client: FlaskClient, app: Flask) -> None:
    key = create_key(app.extensions[WORKSPACE], name="reader", role=Role.CONTRIBUTOR)[0]

    response = client.get("/api/v1/schools.csv", headers={"Authorization": f"Bearer {key}"})

    assert (response.status_code, response.headers["Cache-Control"], "ETag" in response.headers) == (200, "no-store", False)


def test_more_makers_than_there_are_places_are_told_to_come_again(client: FlaskClient) -> None:
    for _ in range(files.MOST_AT_ONCE):
        assert files.PLACES.acquire(blocking=False)
    try:
        busy = client.get("/api/v1/schools.parquet?status=unconnected")
        text = client.get("/api/v1/schools.csv?status=unconnected")
    finally:
        for _ in range(files.MOST_AT_ONCE):
            files.PLACES.release()

    assert (busy.status_code, busy.json["code"]) == (503, "not_ready")
    assert int(busy.headers["Retry-After"]) > 0
    assert text.status_code == 200


def test_places_are_free_again_after_every_end(client: FlaskClient) -> None:
    for query in ("status=unconnected", "admin1=XX", "school_id=S00001"):
        client.get(f"/api/v1/schools.gpkg?{query}")

    taken = [files.PLACES.acquire(blocking=False) for _ in range(files.MOST_AT_ONCE)]
    for _ in taken:
        files.PLACES.release()

    assert all(taken)


@pytest.mark.parametrize("ending", PACKED)
def test_file_of_a_filter_leaves_nothing_behind_while_it_is_sent(client: FlaskClient, app: Flask, ending: str) -> None:
    kept = {path.name for path in kept_directory(app).iterdir() if not path.name.endswith(".lock")}

    response = client.get(f"/api/v1/schools.{ending}?school_id=S00001,S00002", buffered=False)
    during = {path.name for path in kept_directory(app).iterdir() if not path.name.endswith(".lock")}
    response.close()

    assert response.status_code == 200
    assert during == kept


@pytest.mark.parametrize("query", ["norm=21.5", "status=unconnected", "fields=school_id"])
def test_only_files_that_many_ask_for_are_kept(client: FlaskClient, app: Flask, query: str) -> None:
    client.get("/api/v1/schools.csv")
    kept = {path.name for path in kept_directory(app).iterdir()}

    response = client.get(f"/api/v1/schools.csv?{query}")

    assert response.headers["Accept-Ranges"] == "none"
    assert {path.name for path in kept_directory(app).iterdir()} == kept


def test_more_schools_than_a_sheet_holds_are_refused_before_any_work() -> None:
    shown = Shown(None, norm_named("kz-2023"), Basis.BEST, Where())  # type: ignore[arg-type]  # nothing of a release is looked at
    rows = SchoolRows(None, shown, np.arange(1_048_576), ("school_id",), "en")  # type: ignore[arg-type]

    with pytest.raises(Refusal, match=r"1,048,575 schools; these are 1,048,576.*schools\.csv.*schools\.parquet") as refused:
        FORMATS["xlsx"].check(rows)

    assert (refused.value.status, refused.value.specific_code) == (400, "too_many_rows")
    FORMATS["csv"].check(rows)


def test_workbook_has_two_sheets_and_no_formula(client: FlaskClient) -> None:
    with zipfile.ZipFile(BytesIO(client.get("/api/v1/schools.xlsx").data)) as book:
        sheets = [name for name in book.namelist() if name.startswith("xl/worksheets/sheet")]
        has_formula = [b"<f>" in book.read(name) for name in sheets]

    assert has_formula == [False, False]
