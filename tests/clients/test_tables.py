"""Programs that take a table or a file from an address: geopandas, pandas, DuckDB, Arrow, spreadsheets, and GDAL over HTTP."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from pathlib import Path

import geopandas
import openpyxl
import pandas as pd
import pyarrow.parquet as pq
import pyogrio
import pytest

from tests.clients.conftest import Live
from tests.clients.schools import COUNT, HOSTILE, KAZAKH, PLACELESS, made_schools

RURAL_WITHOUT = sum(1 for each in made_schools() if each["school_area_type"] == "rural" and each["connectivity"] == "no")
FILTER = "status=unconnected&area_type=rural"
DUCKDB = """
import json, sys, duckdb
query = "SELECT count(*), avg(download_speed_mbps), max(connectivity_collected_on)::VARCHAR FROM read_parquet(?)"
print(json.dumps(duckdb.connect().execute(query, [sys.argv[1]]).fetchone()))
"""
"""A script of its own: at its end the library tells of what it never lets go of."""


@pytest.mark.parametrize("ending", ["geojson", "gpkg", "parquet", "fgb"])
def test_geopandas_reads_every_school_from_a_file_s_address(live: Live, ending: str) -> None:
    address = f"{live.api}/schools.{ending}"
    frame = geopandas.read_parquet(io.BytesIO(live.ask(address).body)) if ending == "parquet" else geopandas.read_file(address)

    assert len(frame) == COUNT
    assert int((frame.geometry.isna() | frame.geometry.is_empty).sum()) == PLACELESS
    assert frame.crs.name.startswith("WGS 84")
    row = frame.set_index("school_id").loc["S00001"]
    assert row["school_name"] == HOSTILE
    assert frame["download_speed_mbps"].dtype == "float64"


def test_pandas_reads_every_row_of_a_filtered_csv_from_its_address(live: Live) -> None:
    frame = pd.read_csv(f"{live.api}/schools.csv?{FILTER}", dtype={"school_id_govt": str})

    assert len(frame) == RURAL_WITHOUT > 100
    assert frame.columns[0] == "school_id"
    assert set(frame["status"]) == {"unconnected"}
    assert frame["num_students"].dtype == "float64"
    assert frame.set_index("school_id")["school_name"].str.contains("Қарашоқы").all()


def test_csv_has_a_mark_for_spreadsheets_and_semicolons_on_request(live: Live) -> None:
    whole, parted = live.ask("/schools.csv"), live.ask("/schools.csv?sep=;")

    assert whole.headers["Content-Type"].startswith("text/csv")
    assert whole.body.startswith(b"\xef\xbb\xbfschool_id,")
    assert parted.body.startswith(b"\xef\xbb\xbfschool_id;")
    frames = [pd.read_csv(io.BytesIO(each.body), sep=sep, dtype=str) for each, sep in ((whole, ","), (parted, ";"))]
    assert frames[0].equals(frames[1])
    assert len(frames[0]) == COUNT


def test_a_name_that_a_spreadsheet_would_run_is_guarded_in_tables_and_left_in_the_rest(live: Live) -> None:
    csv = pd.read_csv(f"{live.api}/schools.csv").set_index("school_id")
    lines = pd.read_json(f"{live.api}/schools.ndjson", lines=True, dtype={"school_id_govt": str}).set_index("school_id")

    assert csv.loc["S00001", "school_name"] == f"'{HOSTILE}"
    assert lines.loc["S00001", "school_name"] == HOSTILE
    assert lines.loc["S00777", "school_id_govt"] == "000777"
    assert len(lines) == COUNT


def test_spreadsheet_has_ids_as_text_numbers_as_numbers_and_cyrillic(live: Live) -> None:
    data = live.ask(f"/schools.xlsx?{FILTER}").body
    sheet = openpyxl.load_workbook(io.BytesIO(data), read_only=True).worksheets[0]
    rows = list(sheet.iter_rows(values_only=True))
    frame = pd.read_excel(io.BytesIO(data), engine="openpyxl", dtype={"school_id_govt": str})

    heads = [str(cell) for cell in rows[0]]
    first = dict(zip(heads, rows[1], strict=True))
    assert isinstance(first["school_id_govt"], str)
    assert str(first["school_id_govt"]).isdigit()
    assert isinstance(first["num_students"], int)
    assert "Қарашоқы" in str(first["school_name"])
    assert len(rows) - 1 == len(frame) == RURAL_WITHOUT
    assert frame["school_id_govt"].str.len().tolist() == [6] * len(frame)


def test_arrow_and_duckdb_read_the_same_columns(live: Live, tmp_path: Path) -> None:
    path = tmp_path / "schools.parquet"
    path.write_bytes(live.ask("/schools.parquet").body)
    table = pq.read_table(path)
    done = subprocess.run([sys.executable, "-c", DUCKDB, str(path)], capture_output=True, text=True, check=True)
    count, mean, last = json.loads(done.stdout)

    speeds = [each["download_speed_declared_mbps"] for each in made_schools() if each["download_speed_declared_mbps"] is not None]
    assert (count, last) == (table.num_rows, "2026-09-01") == (COUNT, "2026-09-01")
    assert mean == pytest.approx(sum(speeds) / len(speeds))


def test_gdal_reads_files_in_place_by_asking_for_their_parts(live: Live) -> None:
    before = len(live.noted())

    frame = pyogrio.read_dataframe(f"/vsicurl/{live.api}/schools.fgb?release=2", bbox=(10.2, 50.2, 10.3, 50.3))

    asked = [each for each in live.noted()[before:] if each["PATH_INFO"].endswith("/schools.fgb")]
    assert {each["REQUEST_METHOD"] for each in asked} == {"HEAD", "GET"}
    assert any(each["HTTP_RANGE"] for each in asked)
    assert 0 < len(frame) < 100
    assert frame["school_name"].str.startswith(KAZAKH).all()


@pytest.mark.parametrize("ending", ["csv", "xlsx", "geojson", "ndjson", "gpkg", "parquet", "fgb"])
def test_head_of_a_file_says_what_a_get_would_bring_and_where_to_save_it(live: Live, ending: str) -> None:
    head, whole = live.ask(f"/schools.{ending}", "HEAD"), live.ask(f"/schools.{ending}")

    assert (head.status, head.body) == (200, b"")
    for name in ("Content-Type", "ETag", "Last-Modified", "Content-Disposition"):
        assert head.headers[name] == whole.headers[name]
    assert f'.{ending}"' in whole.headers["Content-Disposition"] or whole.headers["Content-Disposition"].endswith(f".{ending}")
    assert "-2-" in whole.headers["Content-Disposition"]


def test_part_of_a_file_is_that_part(live: Live) -> None:
    whole, part = live.ask("/schools.parquet"), live.ask("/schools.parquet", Range="bytes=-8")

    assert (part.status, part.body) == (206, whole.body[-8:])
    assert part.headers["Content-Range"] == f"bytes {len(whole.body) - 8}-{len(whole.body) - 1}/{len(whole.body)}"


def test_scripts_of_any_page_may_read_answers_and_what_their_heads_say(live: Live) -> None:
    headers = live.ask("/collections/schools/items?limit=1", Origin="https://example.org").headers

    assert headers["Access-Control-Allow-Origin"] == "*"
    exposed = {name.strip().lower() for name in headers["Access-Control-Expose-Headers"].split(",")}
    assert exposed >= {"link", "etag", "ratelimit"}


def test_json_is_given_unless_html_is_preferred(live: Live) -> None:
    browser = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
    for path in ("", "/conformance", "/collections", "/collections/schools", "/collections/schools/items?limit=1"):
        kinds = [live.ask(path, Accept=accept).headers["Content-Type"] for accept in ("*/*", "application/json", browser)]
        assert [("json" in kind, "html" in kind) for kind in kinds] == [(True, False), (True, False), (False, True)], path
        assert "json" in live.ask(f"{path}{'&' if '?' in path else '?'}f=json", Accept=browser).headers["Content-Type"]
