"""What visitors can get where PUBLIC_DETAIL is not `exact`: nothing that tells one school, from any route, by any questions together."""

from __future__ import annotations

import csv
import io
import os
import re
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from functools import cache
from pathlib import Path

import mapbox_vector_tile
import numpy as np
import pytest
from flask import Flask, request
from flask.testing import FlaskClient
from werkzeug.routing import IntegerConverter

from geo.config import ROOT, PublicDetail, Settings, read_settings
from geo.errors import ConfigurationError, DetailWithheld
from geo.model import Role
from geo.render.payload import decode_tile
from geo.services.keys import create_key
from geo.services.public_detail import PublicWorkspace
from geo.store import sweep
from geo.store.public_copies import PublicCopies
from geo.tiles import LAYER
from geo.web.api.blueprint import ACCEPTED
from geo.web.current import WORKSPACE, deployment, workspace
from geo.web.guard import ACCESS
from geo.web.restricted import answers
from tests.builders import make_school
from tests.web.hidden import COUNT, schools, serve
from tests.web.opening import contents
from tests.web.published import publish_schools

WEB = ROOT / "geo" / "web"
CELL = 0.1
SEGMENTS = ("1", "none", "XA10", "XA20N", "place-1", "medium")
QUERIES = (
    "",
    "f=json",
    "f=html",
    "f=csv",
    "f=xlsx",
    "f=datapackage",
    "by=admin1&f=csv",
    "by=admin2",
    "by=admin1,area_type",
    "by=admin2,area_type",
    "by=status",
    "by=release",
    "by=education_level",
    "weight=students",
    "norm=12.5",
    "norm=giga-20",
    "basis=measured",
    "release=1",
    "release=2",
    "from=1",
    "from=1&to=2",
    "since=1",
    "status=unconnected",
    "admin1=XA10",
    "admin1=XA10,XA20",
    "admin1=XA10&area_type=rural",
    "area_type=unknown",
    "enrolment=7000-8000",
    "flag=same_position",
    "disagrees=true",
    "school_funding_type=public",
    "bbox=10.1,50.1,10.2,50.2",
    "bbox=10.1,50.1,10.2,50.2&f=csv",
    "datetime=2026-01-01/..",
    "filter=admin1%3D%27XA10%27",
    "q=West",
    "q=zhas",
    "q=place",
    "limit=10000",
    "page=2",
    "level=2",
    "areas=hexagons_small",
    "count=students",
    "measure=rural_gap",
    "lang=ru",
    "fields=school_name,school_id,latitude,num_students",
    "sep=%3B",
)
SECRETS = re.compile(rb"Zhasyryn|Lyceum|QX\d{4}|9f8e7d6c-\d{4}-4a5b|(?<![\d.])(?:30|900)\.[0-2]\d\d(?!\d)|(?<![\d.])70\.\d\d\d(?!\d)")
"""Names, ids, letters, speeds and distances of the schools."""
PAGES = ("q", "release", "norm", "status", "admin1", "enrolment", "areas", "count", "page", "from", "lang")
"""Parameters of pages; those that a page does not take are refused."""
POSTED = ("sessions.sign_in_post", "sessions.sign_out")
CHANCE = 4
"""So many different positions of 4 bytes are in no answer by chance."""
DECIMALS = re.compile(rb"(?<![\d:.])\d+\.\d{3,}")


@pytest.fixture(scope="module", params=[PublicDetail.SNAPPED, PublicDetail.REGIONS])
def hiding(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    app = serve(tmp_path_factory.mktemp("hiding"), request.param)
    yield app
    app.extensions[WORKSPACE].close()


@pytest.fixture(scope="module")
def snapped(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    app = serve(tmp_path_factory.mktemp("snapped"), PublicDetail.SNAPPED)
    yield app
    app.extensions[WORKSPACE].close()


@pytest.fixture
def visitor(snapped: Flask) -> FlaskClient:
    return snapped.test_client(use_cookies=False)


@cache
def positions() -> np.ndarray:
    """Latitude and longitude of each school, degrees, shape (n, 2)."""
    return np.asarray([[float(str(school["latitude"])), float(str(school["longitude"]))] for school in schools()])


@cache
def spellings() -> frozenset[bytes]:
    """Each exact coordinate as text with three decimals or more, cut or rounded."""
    degrees = [f"{value:.7f}" for value in positions().ravel()]
    rounded = {f"{float(text):.{most}f}" for text in degrees for most in (3, 4, 5, 6)}
    cut = {text[:length] for text in degrees for length in range(6, 11)}
    return frozenset(text.encode() for text in rounded | cut if not text.endswith(("00", "50")))  # as middles and edges of cells do


@cache
def binaries() -> dict[int, np.ndarray]:
    """Each exact position as numbers of 4 and 8 bytes in files: floats of both orders, small parts of a degree, cells of tiles."""
    degrees = positions()
    x = (degrees[:, 1] + 180) / 360
    y = (1 - np.arcsinh(np.tan(np.radians(degrees[:, 0]))) / np.pi) / 2
    whole = [(degrees.ravel() * scale).round().astype(np.uint32) for scale in (1e6, 1e7)]
    cells = [(each * 2**bits).astype(np.uint32) for each in (x, y) for bits in (31, 32)]
    short = np.concatenate([*whole, *cells, degrees.ravel().astype(np.float32).view(np.uint32)])
    long = degrees.ravel().view(np.uint64)
    return {4: np.unique(np.concatenate([short, short.byteswap()])), 8: np.unique(np.concatenate([long, long.byteswap()]))}


def is_text(data: bytes) -> bool:
    """Whether bytes are text, in which numbers are written out."""
    try:
        return b"\0" not in data and bool(data.decode())
    except UnicodeDecodeError:
        return False


def numbers_in(data: bytes) -> set[bytes]:
    """Exact coordinates among the numbers that bytes can be read as, whatever they begin at, unless they are too few to be no chance."""
    hits: dict[int, set[bytes]] = {4: set(), 8: set()}
    for width, wanted in binaries().items():
        for start in range(min(width, len(data))):
            read = np.frombuffer(data, dtype=f"<u{width}", offset=start, count=(len(data) - start) // width)
            near = np.minimum(np.searchsorted(wanted, read), len(wanted) - 1)
            hits[width] |= {value.tobytes() for value in read[wanted[near] == read]}
    return hits[8] | (hits[4] if len(hits[4]) >= CHANCE else set())


def addresses(app: Flask) -> Iterator[str]:
    """Addresses of every public route, with everything that its arguments can be here."""
    with app.test_request_context("/"):
        tags = [deployment().release().tag, workspace().release().tag]
    for rule in app.url_map.iter_rules():
        if "GET" not in (rule.methods or ()) or ACCESS[rule.endpoint].role is not None or rule.endpoint.startswith("assets."):
            continue
        names = dict(rule._converters)
        if {"zoom", "column", "row"} <= set(names):
            yield from (_filled(rule, {"tag": tag, "zoom": z, "column": x, "row": y}) for tag in tags for z, x, y in tiles())
        elif names:
            for segment in SEGMENTS:
                if not any(isinstance(each, IntegerConverter) for each in names.values()) or segment.isdigit():
                    yield from {
                        _filled(rule, {**dict.fromkeys(names, segment), **({"tag": tag} if "tag" in names else {})}) for tag in tags
                    }
        else:
            yield rule.rule


def _filled(rule: object, values: dict[str, object]) -> str:
    return "".join(text.lstrip("|") if not is_argument else str(values[text]) for is_argument, text in rule._trace)  # type: ignore[attr-defined]


def tiles() -> Iterator[tuple[int, int, int]]:
    """Tiles around the first school, from the world down."""
    for zoom in (0, 5, 9, 13, 18):
        x = (10.06 + 180) / 360
        y = (1 - np.arcsinh(np.tan(np.radians(50.055))) / np.pi) / 2
        yield zoom, int(x * 2**zoom), int(y * 2**zoom)


def told(data: bytes) -> set[bytes]:
    """Whatever of the schools is found in an answer, packed or not."""
    found: set[bytes] = set()
    for part in contents(data):
        found |= {match[0] for match in SECRETS.finditer(part)} | (set() if is_text(part) else numbers_in(part))
        found |= {text for match in DECIMALS.finditer(part) for length in range(6, 11) if (text := match[0][:length]) in spellings()}
    return found


def questions(app: Flask, address: str, kept: dict[str, int]) -> tuple[str, ...]:
    """Queries worth asking at an address: all that its route takes, and one where others of the route were asked them."""
    with app.test_request_context(address):
        endpoint = request.endpoint or ""
    kept[endpoint] = kept.get(endpoint, 0) + 1
    taken = getattr(app.view_functions[endpoint], ACCEPTED, PAGES)
    fitting = [query for query in QUERIES if {pair.partition("=")[0] for pair in query.split("&")} <= {"", *taken}]
    return tuple(fitting if kept[endpoint] == 1 else fitting[:1])


def test_no_byte_of_any_public_route_tells_a_school(hiding):
    client, looked_at, kept = hiding.test_client(use_cookies=False), set(), {}
    for address in addresses(hiding):
        for query in questions(hiding, address, kept):
            response = client.get(f"{address}?{query}", headers={"Accept": "text/html" if query == "f=html" else "application/json"})
            assert response.status_code < 500, (address, query)
            if response.data not in looked_at:
                looked_at.add(response.data)
                assert told(response.data) | told(repr(list(response.headers)).encode()) == set(), (address, query)
            if response.status_code == 403 and not query:
                break

    assert {endpoint for endpoint, access in ACCESS.items() if access.role is None and not endpoint.startswith("assets.")} <= {
        *kept,
        *POSTED,
    }
    assert len(looked_at) > 100


def test_the_exact_release_shows_that_the_search_for_secrets_finds_them(snapped):
    key, _ = create_key(snapped.extensions[WORKSPACE], name="reader", role=Role.CONTRIBUTOR)
    client = snapped.test_client(use_cookies=False)

    for ending in ("csv", "xlsx", "geojson", "gpkg", "parquet"):
        response = client.get(f"/api/v1/schools.{ending}", headers={"Authorization": f"Bearer {key}"})
        found = told(response.data)
        assert {b"Zhasyryn", b"Lyceum"} <= found, ending
        assert response.headers["Cache-Control"] == "no-store"
        assert ending == "xlsx" or len(found) > COUNT, ending


def test_routes_that_nobody_has_thought_about_are_refused():
    assert not answers("pages.of_tomorrow", PublicDetail.SNAPPED)
    assert not answers("tiles.get_tile", PublicDetail.REGIONS)
    assert answers("pages.of_tomorrow", PublicDetail.EXACT)


def test_what_tells_of_single_schools_or_two_releases_is_withheld(hiding):
    client = hiding.test_client(use_cookies=False)
    for address in (
        "/compare",
        "/releases",
        "/releases/1",
        "/api/v1/coverage/trend",
        "/api/v1/coverage/compare",
        "/api/v1/releases/2/changes",
        "/offline.zip",
    ):
        response = client.get(address, headers={"Accept": "application/json"})
        assert (response.status_code, response.json["code"]) == (403, "detail_withheld"), address


def test_an_id_that_exists_is_answered_like_one_that_does_not(hiding):
    client = hiding.test_client(use_cookies=False)
    for address in (
        "/schools/{}",
        "/api/v1/schools/{}/history",
        "/api/v1/collections/schools/items/{}",
        "/api/v1/schools.csv?school_id={}",
    ):
        real, invented = (client.get(address.format(name), headers={"Accept": "application/json"}) for name in ("QX0001Z", "QX9999Z"))
        assert real.status_code == invented.status_code, address
        assert real.status_code >= 400


def csv_rows(answer: object) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(answer.data.decode("utf-8-sig"))))  # type: ignore[attr-defined]


def test_points_lie_in_the_middle_of_their_cells_and_keep_their_region_and_number(visitor):
    exact = Counter(
        (np.floor(float(str(s["longitude"])) / CELL + 1e-9), np.floor(float(str(s["latitude"])) / CELL + 1e-9)) for s in schools()
    )

    rows = csv_rows(visitor.get("/api/v1/schools.csv"))

    points = [(float(row["longitude"]), float(row["latitude"])) for row in rows]
    assert Counter((round(x / CELL - 0.5), round(y / CELL - 0.5)) for x, y in points) == exact
    assert all(abs((value / CELL) % 1 - 0.5) < 1e-6 for point in points for value in point)
    assert {row["admin1"] for row in rows} == {"XA10", "XA20"}


def test_the_order_of_points_is_that_of_what_is_left_in_them(visitor):
    rows = csv_rows(visitor.get("/api/v1/schools.csv"))
    in_order = sorted(rows, key=lambda row: int(row["school_id"].removeprefix("place-")))

    left = [(float(row["latitude"]), float(row["longitude"]), row["admin1"], row["admin2"]) for row in in_order]

    assert left == sorted(left)
    assert {name for row in rows for name, value in row.items() if value} == {
        *("school_id", "latitude", "longitude", "admin1", "admin1_name", "admin2", "admin2_name"),
        *("school_area_type", "status", "connectivity"),
    }


def test_halving_a_box_finds_cells_and_nothing_finer(visitor):
    def count(west: float, south: float, east: float, north: float) -> int:
        answer = visitor.get(f"/api/v1/collections/schools/items?limit=1&bbox={west:.9f},{south:.9f},{east:.9f},{north:.9f}")
        assert answer.status_code == 200
        return int(answer.json["numberMatched"])

    west, east = 10.0, 10.1
    for _ in range(12):
        middle = (west + east) / 2
        left = count(west, 50.0, middle - 1e-9, 50.1)
        west, east = (west, middle) if left else (middle, east)

    assert count(10.0, 50.0, 10.1, 50.1) > 0
    assert abs((west + east) / 2 - 10.05) < 1e-4


def test_tiles_of_every_zoom_show_the_middles_of_cells(visitor):
    cells = {(float(row["longitude"]), float(row["latitude"])) for row in csv_rows(visitor.get("/api/v1/schools.csv"))}
    for zoom, column, row in tiles():
        answer = visitor.get(f"/api/v1/tiles/schools/{zoom}/{column}/{row}.mvt")
        features = mapbox_vector_tile.decode(answer.data, default_options={"y_coord_down": True})[LAYER]["features"] if answer.data else []
        step = 360 / 2**zoom / 4096
        for feature in features:
            x, y = feature["geometry"]["coordinates"]
            longitude = (column + x / 4096) / 2**zoom * 360 - 180
            latitude = float(np.degrees(np.arctan(np.sinh(np.pi * (1 - 2 * (row + y / 4096) / 2**zoom)))))
            assert min(max(abs(longitude - one), abs(latitude - other)) for one, other in cells) < 2 * step


def test_the_points_of_the_map_are_those_of_the_derived_release(snapped, visitor):
    with snapped.test_request_context("/"):
        tag, exact_tag = workspace().release().tag, deployment().release().tag

    found = decode_tile(visitor.get(f"/map/{tag}/points-2/0/0/0.bin").data)

    assert visitor.get(f"/map/{exact_tag}/points-2/0/0/0.bin").status_code == 404
    assert (found.placed, int(found.counts.sum())) == (COUNT, COUNT)
    card = visitor.get(f"/map/{tag}/school/0.json").json
    assert set(card) == {"status", "name", "place", "sentence", "facts"}


def test_figures_are_the_same_in_both_settings_and_never_from_1_to_4(hiding):
    client = hiding.test_client(use_cookies=False)
    answer = client.get("/api/v1/coverage?by=admin2").json
    rows = {row["admin2"]: row for row in answer["rows"]}

    assert answer["total"]["schools"] == COUNT
    assert "rows need not add up" in answer["note"]
    for address in (
        "",
        "?by=admin1",
        "?by=admin2",
        "?by=area_type",
        "?by=admin1,area_type",
        "?by=area_type&admin1=XA10",
        "?by=admin2&admin1=XA20",
    ):
        for row in client.get(f"/api/v1/coverage{address}").json["rows"]:
            counts = [value for name, value in row.items() if name.startswith("schools") and isinstance(value, int)]
            assert all(count == 0 or count >= 5 for count in counts), address
    by_area = {row["area_type"]: row for row in client.get("/api/v1/coverage?by=area_type").json["rows"]}
    assert (by_area["unknown"]["schools"], by_area["unknown"]["suppressed"]) == (None, "fewer than 5")
    assert [by_area[name]["suppressed"] for name in ("rural", "urban")].count("held back") == 1
    assert all(rows[code]["schools"] is None or rows[code]["schools"] >= 5 for code in rows)


def test_files_of_figures_say_in_words_what_is_not_told(hiding):
    client = hiding.test_client(use_cookies=False)

    rows = {row["area_type"]: row for row in csv_rows(client.get("/api/v1/coverage?by=area_type&f=csv"))}

    assert rows["unknown"]["schools"] == "fewer than 5"
    assert "held back" in {rows["rural"]["schools"], rows["urban"]["schools"]}


def test_pages_say_in_words_what_is_not_told(hiding):
    client = hiding.test_client(use_cookies=False)

    for address in ("/", "/regions/XA10", "/regions/XA10S", "/embed"):
        page = client.get(address)
        assert page.status_code == 200
        assert "fewer than 5" in page.text, address
    assert "held back" in client.get("/").text


@pytest.mark.parametrize(
    "query",
    [
        "norm=20",
        "norm=giga-5",
        "basis=declared",
        "release=1",
        "by=education_level",
        "by=status",
        "admin1=XA10,XA20",
        "admin1=XA10&area_type=rural",
        "bbox=10,50,11,51",
        "status=unknown",
        "by=admin2&area_type=rural",
        "weight=students",
    ],
)
def test_figures_that_two_questions_could_subtract_are_withheld(hiding, query):
    answer = hiding.test_client(use_cookies=False).get(f"/api/v1/coverage?{query}")

    assert (answer.status_code, answer.json["code"]) == (403, "detail_withheld")


def test_signed_in_people_see_everything_and_leave_nothing_for_visitors(snapped, visitor):
    key, _ = create_key(snapped.extensions[WORKSPACE], name="planner", role=Role.CONTRIBUTOR)
    signed_in = {"Authorization": f"Bearer {key}"}

    exact = visitor.get("/api/v1/coverage?by=area_type", headers=signed_in)
    mine = visitor.get("/schools/QX0001Z", headers=signed_in)
    public = visitor.get("/api/v1/coverage?by=area_type")

    assert (mine.status_code, "Zhasyryn Lyceum 0001" in mine.text) == (200, True)
    assert {row["area_type"]: row["schools"] for row in exact.json["rows"]}["unknown"] == 3
    assert exact.json["release"]["sha256"] != public.json["release"]["sha256"]
    assert "unknown" in {row["area_type"] for row in public.json["rows"] if row["schools"] is None}
    assert visitor.get("/schools/QX0001Z").status_code == 403


def test_the_derived_release_is_made_once_and_the_same_again(snapped):
    exact = snapped.extensions[WORKSPACE]
    first = PublicWorkspace(exact, PublicDetail.SNAPPED).release().sha256
    files = list((exact.settings.data_dir / "cache" / "releases").glob("*-public-1.arrow"))
    for file in files:
        file.unlink()

    again = PublicWorkspace(exact, PublicDetail.SNAPPED).release().sha256

    assert (len(files), again) == (2, first)


def test_nothing_exact_is_within_reach_of_a_public_workspace(snapped):
    public = PublicWorkspace(snapped.extensions[WORKSPACE], PublicDetail.SNAPPED)

    for reach in ("catalog", "release_files", "upload_files", "staged_files", "kept_figures", "trend_tables", "compared_releases"):
        with pytest.raises(DetailWithheld):
            getattr(getattr(public, reach), "anything")  # noqa: B009 - asking is what is refused
    with pytest.raises(DetailWithheld):
        public.opened(snapped.extensions[WORKSPACE].release())
    with pytest.raises(DetailWithheld):
        public.release(1)


@pytest.mark.parametrize(("text", "detail"), [("", "exact"), ("exact", "exact"), ("snapped", "snapped"), ("regions", "regions")])
def test_public_detail_is_read_from_the_environment(tmp_path, text, detail):
    assert read_settings({"QOSYL_DATA_DIR": str(tmp_path), "PUBLIC_DETAIL": text}).public_detail == detail


@pytest.mark.parametrize("text", ["Snapped", "region", "none"])
def test_a_slip_in_public_detail_does_not_start_the_service(tmp_path: Path, text):
    with pytest.raises(ConfigurationError, match="PUBLIC_DETAIL must be one of exact, snapped, regions"):
        read_settings({"QOSYL_DATA_DIR": str(tmp_path), "PUBLIC_DETAIL": text})


def test_exact_is_what_a_deployment_shows_that_says_nothing(tmp_path):
    assert Settings(data_dir=tmp_path).public_detail is PublicDetail.EXACT


def test_a_sweep_leaves_the_derived_release_of_the_current_one_alone(tmp_path):
    app = serve(tmp_path, PublicDetail.SNAPPED)
    exact = app.extensions[WORKSPACE]
    cache = exact.release_files.cache.directory
    for entry in cache.iterdir():
        os.utime(entry, (0, 0))

    before = {PublicCopies.source_of(entry.name) for entry in cache.iterdir()} - {None}
    sweep(exact.catalog, exact.release_files, timedelta(hours=2))
    after = {PublicCopies.source_of(entry.name) for entry in cache.iterdir()} - {None}

    assert (len(before), after) == (2, {exact.release().sha256})
    exact.release_files.remove(exact.release())
    assert not list(cache.glob("*public*.arrow"))
    exact.close()


@pytest.mark.parametrize("query", ["norm=giga-20", "basis=declared", "status=unconnected", "admin1=XA10", "count=students", "release=1"])
def test_pages_of_places_refuse_what_figures_refuse_even_after_they_were_shown(hiding, query):
    client = hiding.test_client(use_cookies=False)
    assert client.get("/").status_code == 200

    answer = client.get(f"/?{query}", headers={"Accept": "application/json"})

    assert (answer.status_code, answer.json["code"]) == (403, "detail_withheld")


def test_only_who_asks_and_how_the_store_is_are_looked_up_in_the_whole_deployment():
    modules = {path.relative_to(WEB).as_posix(): path.read_text(encoding="utf-8") for path in WEB.rglob("*.py")}

    assert {name for name, text in modules.items() if "deployment()" in text} == {"current.py", "sessions.py", "status.py"}
    assert {name for name, text in modules.items() if "WORKSPACE]" in text} <= {"current.py", "recall.py"}


def test_schools_without_a_position_stay_and_are_in_no_cell(tmp_path):
    app = serve(tmp_path, PublicDetail.SNAPPED)
    publish_schools(
        app.extensions[WORKSPACE],
        make_school("A", latitude=0.0, longitude=0.0),
        make_school("B"),
        make_school("C", latitude=90.0, longitude=180.0),
        make_school("D", latitude=-33.87, longitude=-70.61),
    )

    features = app.test_client().get("/api/v1/collections/schools/items").json["features"]

    points = [feature["geometry"] and tuple(feature["geometry"]["coordinates"]) for feature in features]
    assert Counter(points) == Counter([None, None, (179.95, 89.95), (-70.65, -33.85)])
    app.extensions[WORKSPACE].close()


@pytest.mark.parametrize("detail", [PublicDetail.SNAPPED, PublicDetail.REGIONS])
def test_answers_name_the_current_release_though_nothing_that_visitors_see_has_changed(tmp_path, detail):
    app = serve(tmp_path, detail)
    visitor = app.test_client(use_cookies=False)
    released: list[list[object]] = []

    for name in ("One", "Two"):
        record = publish_schools(app.extensions[WORKSPACE], *(make_school(str(row), school_name=name) for row in range(6)))
        told = [visitor.get(f"/api/v1/{path}").get_json()["release"]["id"] for path in ("coverage", "regions", "regions?level=2")]
        csv_name = visitor.get("/api/v1/coverage?f=csv").headers["Content-Disposition"]
        released.append([record.id, told, f"release-{record.id}-" in csv_name, visitor.get("/").get_etag()])

    assert all(told == [release] * 3 and is_named for release, told, is_named, _ in released)
    assert released[0][3] != released[1][3]
    app.extensions[WORKSPACE].close()
