"""The demonstration's files are what data/README.md says they are, and can be made again."""

from __future__ import annotations

import csv
import gzip
import io
import json
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely

from data.build_boundaries import UNITS, boundaries_geojson
from data.build_schools import CONNECTIVITY_COLUMNS, FAULTS, LABEL, SCHOOL_COLUMNS, demo_files
from geo.regions import read_boundaries, repair

DATA = Path(__file__).resolve().parents[2] / "data"
README = " ".join((DATA / "README.md").read_text(encoding="utf-8").split())
TOWNS = {
    "Semey": (80.25, 50.42, "KZ10"),
    "Kokshetau": (69.39, 53.28, "KZ11"),
    "Aktobe": (57.17, 50.28, "KZ15"),
    "Konayev": (77.08, 43.88, "KZ19"),
    "Atyrau": (51.92, 47.11, "KZ23"),
    "Oral": (51.37, 51.23, "KZ27"),
    "Taraz": (71.37, 42.90, "KZ31"),
    "Taldykorgan": (78.37, 45.02, "KZ33"),
    "Karaganda": (73.10, 49.80, "KZ35"),
    "Kostanay": (63.62, 53.21, "KZ39"),
    "Kyzylorda": (65.51, 44.85, "KZ43"),
    "Aktau": (51.16, 43.65, "KZ47"),
    "Pavlodar": (76.97, 52.29, "KZ55"),
    "Petropavl": (69.15, 54.87, "KZ59"),
    "Turkistan": (68.27, 43.30, "KZ61"),
    "Zhezkazgan": (67.71, 47.79, "KZ62"),
    "Oskemen": (82.61, 49.95, "KZ63"),
    "Astana": (71.43, 51.13, "KZ71"),
    "Almaty": (76.93, 43.25, "KZ75"),
    "Shymkent": (69.60, 42.32, "KZ79"),
}


def read_features() -> list[dict[str, Any]]:
    return json.loads(gzip.decompress((DATA / "demo" / "boundaries.geojson.gz").read_bytes()))["features"]


def read_rows(name: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO((DATA / "demo" / name).read_text(encoding="utf-8"), newline=""), strict=True))


def shapes_by_code() -> dict[str, Any]:
    return {feature["properties"]["code"]: shapely.geometry.shape(feature["geometry"]) for feature in read_features()}


def number(text: str) -> float:
    return float(text) if text else np.nan


def status_of(school: dict[str, str], row: dict[str, str] | None) -> str:
    """Status under kz-2023 in plain Python, independent of the service."""
    connectivity = (row or {}).get("connectivity") or "unknown"
    if row is None or connectivity != "yes":
        return "unconnected" if connectivity == "no" else "unknown"
    speed = number(row["download_speed_measured_mbps"] or row["download_speed_declared_mbps"])
    students = number(school["num_students"])
    if speed < 20 or speed < students / 20:
        return "below_norm"
    return "norm_unknown" if np.isnan(speed) or np.isnan(students) else "meets_norm"


def joined() -> list[tuple[dict[str, str], dict[str, str] | None]]:
    by_id = {row["school_id_govt"].upper(): row for row in read_rows("connectivity.csv")}
    return [(school, by_id.get(school["school_id_govt"])) for school in read_rows("schools.csv")]


@pytest.mark.slow
def test_building_the_schools_again_gives_the_same_bytes() -> None:
    built = demo_files()

    assert {name: (DATA / "demo" / name).read_bytes() == content for name, content in built.items()} == {
        "schools.csv": True,
        "connectivity.csv": True,
    }


def test_building_the_boundaries_again_gives_the_same_text() -> None:
    stored = gzip.decompress((DATA / "demo" / "boundaries.geojson.gz").read_bytes()).decode()

    assert boundaries_geojson() == stored


@pytest.mark.parametrize("name", ["schools.csv", "connectivity.csv"])
def test_files_are_utf8_with_lf_and_no_byte_order_mark_sorted_by_id(name: str) -> None:
    content = (DATA / "demo" / name).read_bytes()
    ids = [row["school_id_govt"].upper() for row in read_rows(name)]

    assert not content.startswith(b"\xef\xbb\xbf")
    assert b"\r" not in content
    assert ids == sorted(set(ids))


@pytest.mark.parametrize(
    ("name", "columns"), [("schools.csv", SCHOOL_COLUMNS), ("connectivity.csv", CONNECTIVITY_COLUMNS)], ids=["schools", "connectivity"]
)
def test_every_row_says_that_it_is_synthetic(name: str, columns: tuple[str, ...]) -> None:
    rows = read_rows(name)

    assert tuple(rows[0]) == columns
    assert {row["data_source"] for row in rows} == {LABEL}
    assert all(row["collected_on"].startswith("2026-") for row in rows)


def test_every_school_name_is_marked_as_a_sample() -> None:
    assert all(row["school_name"].endswith(("(үлгі)", "(образец)")) for row in read_rows("schools.csv"))


def test_boundaries_are_twenty_units_with_three_names_each() -> None:
    properties = [feature["properties"] for feature in read_features()]

    assert [unit["code"] for unit in properties] == [unit.code for unit in UNITS]
    assert len({unit["code"] for unit in properties}) == 20
    for key in ("name_en", "name_ru", "name_kk"):
        assert len({unit[key] for unit in properties if unit[key].strip()}) == 20
    assert {unit["parent"] for unit in properties} == {None}


def test_boundaries_are_a_valid_coverage() -> None:
    shapes = np.asarray(list(shapes_by_code().values()), dtype=object)

    assert shapely.is_valid(shapes).all()
    assert shapely.coverage_is_valid(shapes)


def test_boundaries_need_no_repair() -> None:
    columns = {"en": "name_en", "ru": "name_ru", "kk": "name_kk"}
    path = DATA / "demo" / "boundaries.geojson.gz"
    units = read_boundaries(path, layer=None, code_column="code", name_columns=columns, parent_column=None)

    _, report = repair(units)

    assert (report.was_coverage, report.invalid, report.overlap_count, report.holes_left) == (True, (), 0, 0)


@pytest.mark.parametrize("town", TOWNS)
def test_town_lies_in_its_region_and_in_no_other(town: str) -> None:
    longitude, latitude, code = TOWNS[town]

    assert [unit for unit, shape in shapes_by_code().items() if shapely.intersects_xy(shape, longitude, latitude)] == [code]


def test_drawn_totals_are_those_the_readme_states() -> None:
    pairs = joined()
    statuses = [status_of(school, row) for school, row in pairs]
    counts = Counter(statuses)
    known = counts["meets_norm"] + counts["below_norm"] + counts["unconnected"]
    rural = [
        school
        for (school, _), status in zip(pairs, statuses, strict=True)
        if status == "unconnected" and school["school_area_type"] == "rural"
    ]
    rural_students = sum(int(school["num_students"] or 0) for school in rural)

    assert len(pairs) == 7_800
    assert (
        f"| meet the norm | {counts['meets_norm']:,}: {100 * counts['meets_norm'] / known:.1f}% of the {known:,} of known status |"
        in README
    )
    assert f"| below the norm | {counts['below_norm']:,} |" in README
    assert f"| connected, norm unknown | {counts['norm_unknown']:,} |" in README
    assert f"| connectivity unknown | {counts['unknown']:,}: {counts['unknown'] / 78:.1f}% |" in README
    assert f"| unconnected | {counts['unconnected']:,}: {counts['unconnected'] / 78:.1f}%, of them {len(rural):,} rural |" in README
    assert f"At least {rural_students:,} students learn in the {len(rural):,} rural ones." in README


def test_drawn_enrolment_and_area_types_are_those_the_readme_states() -> None:
    schools = read_rows("schools.csv")
    students = [int(school["num_students"]) for school in schools if school["num_students"]]
    small = [count for count in students if count <= 180]
    areas = Counter(school["school_area_type"] for school in schools)

    assert f"| students, known enrolment | {sum(students):,}; unknown in {len(schools) - len(students)} schools |" in README
    assert f"| rural schools | {areas['rural']:,}, and {areas['']} of unknown area type |" in README
    share = f"{100 * len(small) / len(schools):.0f}% of schools with {100 * sum(small) / sum(students):.1f}% of students"
    assert f"| small schools | at most 180 students: {len(small):,}, {share} |" in README


def test_totals_look_like_the_published_ones() -> None:
    counts = Counter(status_of(school, row) for school, row in joined())
    known = counts["meets_norm"] + counts["below_norm"] + counts["unconnected"]

    assert counts["meets_norm"] / known == pytest.approx(0.70, abs=0.01)
    assert counts["unconnected"] / 7_800 == pytest.approx(0.04, abs=0.002)
    assert counts["unknown"] / 7_800 == pytest.approx(0.06, abs=0.005)


def test_both_sides_of_the_join_have_the_stated_leftovers() -> None:
    schools = {row["school_id_govt"] for row in read_rows("schools.csv")}
    ids = [row["school_id_govt"] for row in read_rows("connectivity.csv")]

    assert len(schools - {text.upper() for text in ids}) == FAULTS.schools_without_row == 12
    assert len({text.upper() for text in ids} - schools) == FAULTS.rows_without_school == 7
    assert sum(text != text.upper() for text in ids) == FAULTS.ids_in_lower_case == 3


def test_points_disagree_with_the_declared_region_as_often_as_stated() -> None:
    codes = {unit.name_en: unit.code for unit in UNITS}
    shapes = shapes_by_code()
    placed = [row for row in read_rows("schools.csv") if row["latitude"] not in ("", "0")]
    inside = np.zeros(len(placed), dtype=bool)
    declared = np.asarray([codes[row["admin1"]] for row in placed])
    longitude = np.asarray([float(row["longitude"]) for row in placed])
    latitude = np.asarray([float(row["latitude"]) for row in placed])

    for code, shape in shapes.items():
        ours = declared == code
        inside[ours] = shapely.intersects_xy(shape, longitude[ours], latitude[ours])

    assert (~inside).sum() == FAULTS.outside_declared_region == 9


def test_unplaced_schools_and_odd_speeds_are_as_many_as_stated() -> None:
    positions = Counter((row["latitude"], row["longitude"]) for row in read_rows("schools.csv"))
    odd = Counter(
        row["connectivity"]
        for row in read_rows("connectivity.csv")
        if (row["connectivity"] != "yes" and (row["download_speed_declared_mbps"] or row["download_speed_measured_mbps"]))
        or "0" in (row["download_speed_declared_mbps"], row["download_speed_measured_mbps"])
    )

    assert (positions[("", "")], positions[("0", "0")]) == (6, 1)
    assert odd == {"yes": 1, "no": 1, "unknown": 1}
