"""Tiles over HTTP: every school of a view is in them or counted as not placed, and an address stands for one content."""

import gzip
import io
import itertools
import re

import brotli
import mapbox_vector_tile
import matplotlib.image
import numpy as np
import pyogrio
import pytest
from flask import Flask
from flask.testing import FlaskClient
from pmtiles.reader import MemorySource, Reader, all_tiles

from geo.model import AREA_TYPES, STATUSES, Status
from geo.render.palette import MARKS
from geo.render.payload import FORMAT_VERSION, decode_tile
from geo.services.releases import undo_release
from geo.web.current import WORKSPACE
from tests.builders import make_school
from tests.web.published import publish_schools

HOME = "/0/0/0.bin"


@pytest.fixture
def release(app: Flask):
    return publish_schools(
        app.extensions[WORKSPACE],
        make_school("A", longitude=71.4, latitude=51.1, connectivity="no", school_area_type="rural"),
        make_school("B", longitude=-71.4, latitude=-51.1, connectivity="yes", download_speed_measured_mbps=500.0),
        make_school("C", longitude=None, latitude=None, connectivity="no"),
        make_school("D", longitude=0.0, latitude=0.0, connectivity="unknown"),
    )


def points(release, tile: str = HOME, query: str = "") -> str:
    return f"/map/{release.tag}/points-{FORMAT_VERSION}{tile}?{query}"


def test_a_small_country_is_one_complete_tile_and_says_who_is_not_on_it(client: FlaskClient, release) -> None:
    answer = client.get(points(release))

    tile = decode_tile(answer.data)
    assert tile.is_complete
    assert tile.statuses.tolist().count(0) == 1
    assert tile.counts.tolist() == [1, 1]
    assert tile.not_placed == (1, 0, 0, 0, 1)
    assert tile.placed + sum(tile.not_placed) == 4
    names = [client.get(f"/map/{release.tag}/school/{row}.json").json["name"] for row in tile.school_rows.tolist()]
    assert len(set(names)) == 2


def test_a_filter_leaves_its_schools_and_their_rows(client: FlaskClient, release) -> None:
    everything = decode_tile(client.get(points(release)).data)
    unconnected = decode_tile(client.get(points(release, query="status=unconnected")).data)

    assert unconnected.statuses.tolist() == [0]
    assert unconnected.not_placed == (1, 0, 0, 0, 0)
    assert unconnected.school_rows[0] == everything.school_rows[everything.statuses.tolist().index(0)]


def test_the_four_tiles_of_zoom_one_hold_what_the_tile_of_zoom_zero_holds(client: FlaskClient, release) -> None:
    tiles = [decode_tile(client.get(points(release, f"/1/{column}/{row}.bin")).data) for column in (0, 1) for row in (0, 1)]

    assert sorted(row for tile in tiles for row in tile.school_rows.tolist()) == [0, 1]


def test_a_tile_is_kept_for_ever_and_is_the_same_in_every_language(client: FlaskClient, release) -> None:
    answer = client.get(points(release), headers={"Accept-Language": "kk", "Accept-Encoding": "br"})
    other = client.get(points(release), headers={"Accept-Language": "ru", "Accept-Encoding": "br"})

    assert "immutable" in answer.headers["Cache-Control"]
    assert answer.headers["ETag"] == other.headers["ETag"]
    assert "Accept-Language" not in answer.headers["Vary"]
    again = client.get(points(release), headers={"If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")


def test_a_compressed_tile_holds_the_same_bytes(client: FlaskClient, app: Flask) -> None:
    schools = [make_school(str(number), longitude=60 + number / 100, latitude=50.0) for number in range(300)]
    release = publish_schools(app.extensions[WORKSPACE], *schools)

    plain = client.get(points(release)).data
    compressed = client.get(points(release), headers={"Accept-Encoding": "br"})

    assert compressed.headers["Content-Encoding"] == "br"
    assert brotli.decompress(compressed.data) == plain


@pytest.mark.parametrize("tile", ["/19/0/0.bin", "/1/2/0.bin", "/0/0/1.bin", "/-1/0/0.bin", "/1/0/1e0.bin"])
def test_a_tile_that_does_not_exist_is_not_found(client: FlaskClient, release, tile: str) -> None:
    assert client.get(points(release, tile)).status_code == 404


def test_another_sha_or_a_parameter_that_tiles_do_not_take_is_refused(client: FlaskClient, release) -> None:
    other = re.sub(r"-[0-9a-f]+", "-" + "0" * 12, points(release), count=1)

    assert client.get(other).status_code == 404
    assert client.get(points(release, query="release=1")).status_code == 400


def test_tilejson_leads_to_tiles_of_the_release_that_it_was_asked_about(app: Flask, client: FlaskClient, release) -> None:
    document = client.get("/api/v1/tiles/schools.json?status=unconnected").json
    address = document["tiles"][0]
    before = client.get(address.format(z=0, x=0, y=0)).data

    publish_schools(app.extensions[WORKSPACE], make_school("Z", longitude=1.0, latitude=1.0, connectivity="no"))

    assert document["tilejson"] == "3.0.0"
    assert document["bounds"] == [71.4, 51.1, 71.4, 51.1]
    assert document["not_placed"]["unconnected"] == 1
    assert address.startswith("http://localhost/api/v1/tiles/schools/{z}/{x}/{y}.mvt?")
    assert client.get(address.format(z=0, x=0, y=0)).data == before
    assert client.get("/api/v1/tiles/schools/0/0/0.mvt?status=unconnected").data != before


def test_a_vector_tile_has_the_schools_of_the_view_in_words(client: FlaskClient, release) -> None:
    answer = client.get("/api/v1/tiles/schools/0/0/0.mvt")

    layer = mapbox_vector_tile.decode(answer.data)["schools"]
    assert answer.mimetype == "application/vnd.mapbox-vector-tile"
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    found = [(feature["properties"]["status"], feature["properties"]["area_type"]) for feature in layer["features"]]
    assert sorted(found) == [("norm_unknown", "unknown"), ("unconnected", "rural")]
    assert client.get("/api/v1/tiles/schools/3/0/0.mvt").data == b""
    assert client.get("/api/v1/tiles/schools/1/2/0.mvt").status_code == 404


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("bbox=60,40,80,60", ["unconnected"]),
        ("connectivity=yes", ["norm_unknown"]),
        ("school_id=A", ["unconnected"]),
        ("datetime=1999-01-01", []),
    ],
)
def test_vector_tiles_and_tilejson_take_the_filters_of_the_api(client: FlaskClient, release, query: str, shown: list[str]) -> None:
    document = client.get(f"/api/v1/tiles/schools.json?{query}").json
    address = document["tiles"][0].format(z=0, x=0, y=0)

    layers = mapbox_vector_tile.decode(client.get(address).data)

    assert [point["properties"]["status"] for layer in layers.values() for point in layer["features"]] == shown
    assert ("bounds" in document) == bool(shown)


def test_attribution_shows_what_a_source_is_called_and_runs_nothing_of_it(app: Flask, client: FlaskClient) -> None:
    schools = [make_school("A", longitude=1.0, latitude=1.0, location_source="<img src=x onerror=alert(1)>")]
    schools += [make_school("B", school_source="synthetic demonstration data, made up")]
    publish_schools(app.extensions[WORKSPACE], *schools)

    attribution = client.get("/api/v1/tiles/schools.json").json["attribution"]

    assert attribution.startswith("Synthetic demonstration data")
    assert "&lt;img src=x" in attribution
    assert "<" not in attribution


def test_tiles_of_a_release_without_positions_have_no_bounds(app: Flask, client: FlaskClient) -> None:
    publish_schools(app.extensions[WORKSPACE], make_school("A", longitude=None, latitude=None))

    assert "bounds" not in client.get("/api/v1/tiles/schools.json").json


ARCHIVE = "/api/v1/tiles/schools.pmtiles"


def test_archive_of_a_release_has_the_tiles_of_the_single_addresses(crowd: FlaskClient) -> None:
    answer = crowd.get(f"{ARCHIVE}?norm=giga-5&basis=declared")

    found = list(all_tiles(MemorySource(answer.data)))
    for (zoom, column, row), tile in found[:: max(1, len(found) // 40)]:
        single = crowd.get(f"/api/v1/tiles/schools/{zoom}/{column}/{row}.mvt?norm=giga-5&basis=declared")
        assert gzip.decompress(tile) == single.data
    assert len(found) > 300


def test_archive_names_its_release_though_it_undoes_another_and_has_the_same_file(app: Flask, client: FlaskClient, release) -> None:
    workspace = app.extensions[WORKSPACE]
    first = client.get(ARCHIVE)
    undone = undo_release(workspace, publish_schools(workspace, make_school("Z", longitude=1.0, latitude=1.0)).id)

    second = client.get(ARCHIVE, headers={"If-None-Match": first.headers["ETag"]})

    names = [Reader(MemorySource(answer.data)).metadata()["name"] for answer in (first, second)]
    assert (undone.sha256, second.status_code) == (release.sha256, 200)
    assert [name.rsplit(" ", 1)[1] for name in names] == [str(release.id), str(undone.id)]


def test_archive_is_sent_whole_in_ranges_or_not_at_all(client: FlaskClient, release) -> None:
    whole = client.get(ARCHIVE)
    etag = whole.headers["ETag"]

    part = client.get(ARCHIVE, headers={"Range": "bytes=0-126", "If-Range": etag})
    head = client.head(ARCHIVE)
    known = client.get(ARCHIVE, headers={"If-None-Match": etag})
    beyond = client.get(ARCHIVE, headers={"Range": "bytes=99999999-"})

    assert (part.status_code, part.data, part.headers["Content-Range"]) == (206, whole.data[:127], f"bytes 0-126/{len(whole.data)}")
    assert (head.status_code, head.data, head.content_length, head.headers["Accept-Ranges"]) == (200, b"", len(whole.data), "bytes")
    assert (known.status_code, known.data) == (304, b"")
    assert (beyond.status_code, beyond.json["code"]) == (416, "range_not_satisfiable")
    assert beyond.headers["Content-Range"] == f"bytes */{len(whole.data)}"
    assert etag.startswith('"')
    assert whole.last_modified == release.published_at.replace(microsecond=0)
    assert f"qosyl-tiles-kz-2023-best-release-{release.id}-{release.published_at:%Y-%m-%d}.pmtiles" in whole.headers["Content-Disposition"]


def test_style_draws_every_status_once_from_the_tiles_of_its_view(client: FlaskClient, release) -> None:
    document = client.get("/api/v1/tiles/schools.json?area_type=rural").json
    style = client.get(document["style"]).json

    assert style["version"] == 8
    assert client.get(style["sources"]["schools"]["url"]).json == document
    for status, area_type in itertools.product(STATUSES, AREA_TYPES):
        point = {"status": status, "area_type": area_type}
        drawn = [layer["layout"]["icon-image"] for layer in style["layers"] if holds(layer["filter"], point)]
        assert drawn == ["unconnected_rural" if (status, area_type) == ("unconnected", "rural") else status]
    assert [layer["layout"]["icon-image"] for layer in style["layers"]][-2:] == ["unconnected", "unconnected_rural"]
    assert {layer["source-layer"] for layer in style["layers"]} == {document["vector_layers"][0]["id"]}
    assert {row["status"]: row["light"] for row in style["metadata"]["qosyl:legend"]} == {str(s): mark.light for s, mark in MARKS.items()}


@pytest.mark.parametrize("ending", ["", "@2x"], ids=["plain", "dense"])
def test_sheet_of_marks_has_each_mark_in_its_colour_where_the_index_says(client: FlaskClient, release, ending: str) -> None:
    style = client.get("/api/v1/tiles/schools/style.json").json
    assert style["sprite"].startswith("http://localhost/")
    index = client.get(f"{style['sprite']}{ending}.json").json
    picture = np.asarray(matplotlib.image.imread(io.BytesIO(client.get(f"{style['sprite']}{ending}.png").data)))

    assert {layer["layout"]["icon-image"] for layer in style["layers"]} == set(index)
    for name, place in index.items():
        colour = MARKS[Status(name.removesuffix("_rural"))].light
        pixels = picture[place["y"] : place["y"] + place["height"], place["x"] : place["x"] + place["width"]]
        inked = np.abs(pixels - [*(int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)), 1]).max(axis=2) < 0.01
        assert inked.sum() > 20 * place["pixelRatio"]
        assert inked[place["height"] // 2, place["width"] // 2] == (name not in ("norm_unknown", "unknown"))
        assert pixels[0, :, 3].max() == 0


def holds(condition: list, point: dict[str, str]) -> bool:
    """Whether an expression of a style is true of a point."""
    if condition[0] == "all":
        return all(holds(part, point) for part in condition[1:])
    return (point[condition[1][1]] == condition[2]) == (condition[0] == "==")


def test_archives_are_kept_for_named_norms_alone(client: FlaskClient, release) -> None:
    refused = client.get(f"{ARCHIVE}?norm=7")
    other = client.get(f"{ARCHIVE}?norm=giga-5")

    assert (refused.status_code, refused.json["code"]) == (400, "invalid_norm")
    assert other.headers["ETag"] != client.get(ARCHIVE).headers["ETag"]
    assert client.get(f"{ARCHIVE}?status=unconnected").json["code"] == "unknown_parameter"


def test_release_without_positions_has_no_archive(app: Flask, client: FlaskClient) -> None:
    publish_schools(app.extensions[WORKSPACE], make_school("A", longitude=None, latitude=None))

    assert client.get(ARCHIVE).status_code == 404


def test_gdal_reads_archive_and_single_tile_with_all_schools_and_their_fields(crowd: FlaskClient, tmp_path) -> None:
    (tmp_path / "schools.pmtiles").write_bytes(crowd.get(ARCHIVE).data)
    (tmp_path / "0.mvt").write_bytes(crowd.get("/api/v1/tiles/schools/0/0/0.mvt").data)

    archive = pyogrio.raw.read(tmp_path / "schools.pmtiles", layer="schools")
    tile = pyogrio.raw.read(tmp_path / "0.mvt", layer="schools")

    assert pyogrio.read_info(tmp_path / "schools.pmtiles")["driver"] == "PMTiles"
    names = archive[0]["fields"].tolist()
    assert set(names) == {"mvt_id", "status", "area_type", "stands_for"} == set(tile[0]["fields"].tolist())
    assert len(archive[2]) == len(tile[2]) == 54
    statuses = crowd.get("/api/v1/coverage").json["total"]
    not_placed = crowd.get("/api/v1/tiles/schools.json").json["not_placed"]
    read = archive[3][names.index("status")].tolist()
    assert {status: read.count(status) + not_placed[status] for status in STATUSES} == {
        status: statuses[f"schools_{status}"] for status in STATUSES
    }
    assert sorted(read) == sorted(tile[3][tile[0]["fields"].tolist().index("status")].tolist())
    assert archive[3][names.index("stands_for")].tolist() == [1.0] * 54


@pytest.mark.parametrize(
    "query", ["", "area_type=rural", "status=unconnected,unknown", "norm=7&basis=declared", "flag=not_placed", "admin1=none"]
)
def test_what_a_tile_shows_and_what_it_cannot_are_the_figures(crowd: FlaskClient, query: str) -> None:
    total = crowd.get(f"/api/v1/coverage?{query}").json["total"]
    tag = crowd.get("/api/v1/releases").json["releases"][0]["tag"]

    tile = decode_tile(crowd.get(f"/map/{tag}/points-{FORMAT_VERSION}{HOME}?{query}").data)

    shown = np.bincount(tile.statuses, minlength=len(STATUSES)) + tile.not_placed
    assert {status: int(count) for status, count in zip(STATUSES, shown, strict=True)} == {
        status: total[f"schools_{status}"] for status in STATUSES
    }
    assert tile.placed == len(tile)


@pytest.fixture
def crowd(app: Flask, client: FlaskClient) -> FlaskClient:
    """A visitor of sixty schools of every kind, a tenth without a position."""
    rng = np.random.default_rng(4)
    schools = [
        make_school(
            f"S{number}",
            longitude=None if number % 10 == 0 else float(rng.uniform(50, 80)),
            latitude=float(rng.uniform(41, 55)),
            connectivity=str(rng.choice(["yes", "no", "unknown"])),
            school_area_type=str(rng.choice(["urban", "rural", "unknown"])),
            num_students=int(rng.integers(1, 900)),
            download_speed_declared_mbps=None if number % 7 == 0 else float(rng.uniform(0, 60)),
        )
        for number in range(60)
    ]
    publish_schools(app.extensions[WORKSPACE], *schools)
    return client
