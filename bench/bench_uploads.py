"""How long it takes from the bytes of an upload to its preview, and from there to the next release, beside a bare read of the same file.

    python -m bench.bench_uploads [--quick]

A file of 15 columns is loaded as the first list of schools, then a second file that changes every one of them. `preview` is everything
between the bytes and the stored report: kept, read, checked, matched, merged, located, compared. `prepare` is what goes on while a
person reads the report: the release is written ahead. `publish` is what a person then waits for. `bare` is
`pandas.read_csv(path, dtype=str)` of the same file in the same run; `ratio` is preview over bare. Memory is the growth of the process's
peak over what it held before the file came. Each size runs in a process of its own; one run each.
"""

from __future__ import annotations

import argparse
import io
import multiprocessing
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

import geopandas
import numpy as np
import pandas as pd
import pyarrow as pa
from pyarrow import csv

from bench.synthetic_units import Lattice, synthetic_units
from geo.config import Settings
from geo.model import ImportRecord, ImportState, ImportStep
from geo.progress import watched
from geo.services import Workspace, open_workspace
from geo.services.imports import imports, publish_import, stage_import
from geo.services.regions import BoundaryFile, load_boundaries

SIZES = (8_000, 200_000, 2_200_000)
WEST, SOUTH, EAST, NORTH = 47.0, 41.0, 87.0, 55.0
LATTICE = Lattice(columns=5, rows=4, border_vertices=420, west=WEST, south=SOUTH, east=EAST, north=NORTH)

WORKING = (ImportState.QUEUED, ImportState.READING)

Result = TypeVar("Result")


def timed(action: Callable[[], Result]) -> tuple[Result, float]:
    """What an action gives, and the seconds it took."""
    started = time.perf_counter()
    result = action()
    return result, time.perf_counter() - started


def school_list(schools: int) -> pa.Table:
    """A list of schools inside the lattice in 15 columns."""
    rng = np.random.default_rng(3)
    days = np.arange(schools) % 28 + 1

    def words(*of: str) -> pa.Array:
        return pa.array(of).take(pa.array(rng.integers(0, len(of), schools)))

    return pa.table(
        {
            "school_id_govt": pa.array([f"S{number:07}" for number in range(schools)]),
            "school_name": pa.array([f"Жалпы білім беретін мектеп № {number}" for number in range(schools)]),
            "latitude": pa.array(np.round(rng.uniform(SOUTH, NORTH, schools), 6)),
            "longitude": pa.array(np.round(rng.uniform(WEST, EAST, schools), 6)),
            "school_area_type": words("urban", "rural"),
            "education_level": words("Primary", "Secondary", "Pre-Primary"),
            "num_students": pa.array(rng.integers(20, 1_500, schools)),
            "connectivity": words("yes", "no", "unknown"),
            "connectivity_type": words("fiber", "cellular", "satellite"),
            "download_speed_declared_mbps": pa.array(np.round(rng.uniform(0, 100, schools), 1)),
            "download_speed_measured_mbps": pa.array(np.round(rng.uniform(0, 100, schools), 2)),
            "latency_ms": pa.array(np.round(rng.uniform(5, 300, schools), 1)),
            "electricity_availability": words("yes", "no"),
            "data_source": words("ministry"),
            "collected_on": pa.array([f"2026-01-{day:02}" for day in days]),
        }
    )


def updated(schools: pa.Table) -> pa.Table:
    """The same schools in another order with newer facts."""
    rng = np.random.default_rng(5)
    count = schools.num_rows
    changes = {
        "connectivity": pa.array(["yes", "no"]).take(pa.array(rng.integers(0, 2, count))),
        "download_speed_measured_mbps": pa.array(np.round(rng.uniform(0, 100, count), 2)),
        "collected_on": pa.array(["2026-09-01"] * count),
    }
    for name, column in changes.items():
        schools = schools.set_column(schools.column_names.index(name), name, column)
    return schools.take(pa.array(rng.permutation(count)))


def as_csv(table: pa.Table) -> bytes:
    """The table as a CSV file, without quotes, since nothing in it needs them."""
    buffer = io.BytesIO()
    csv.write_csv(table, buffer, csv.WriteOptions(quoting_style="none"))
    return buffer.getvalue()


def peak_gb() -> float:
    """Peak memory of this process so far, GB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6


def with_regions(workspace: Workspace, directory: Path) -> None:
    """Set a deployment up with the lattice as its regions."""
    workspace.catalog.migrate()
    units = synthetic_units(LATTICE)
    columns = {"code": [f"XA{code}" for code in units.codes], "name": list(units.names["en"])}
    path = directory / "regions.gpkg"
    geopandas.GeoDataFrame(columns, geometry=list(units.geometries), crs=4326).to_file(path)
    load_boundaries(workspace, BoundaryFile(path, "XA", 1, "code", {"en": "name"}, "2026"))


def measure(schools: int) -> None:
    """Two lines of the table."""
    first = school_list(schools)
    files = {"first": as_csv(first), "update": as_csv(updated(first))}
    del first
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        settings = Settings(data_dir=directory / "var", max_rows=3_000_000, max_upload_mb=2_000)
        with open_workspace(settings) as workspace:
            with_regions(workspace, directory)
            for label, data in files.items():
                print(_line(workspace, directory, label, schools, data), flush=True)


def _line(workspace: Workspace, directory: Path, label: str, schools: int, data: bytes) -> str:
    path = directory / f"{label}.csv"
    path.write_bytes(data)
    before_gb = peak_gb()
    stored: list[tuple[float, float]] = []

    def watch(step: ImportStep) -> None:
        if step is ImportStep.PREPARING:  # the preview is stored; whoever waits for it sees it from now on
            stored.append((time.perf_counter(), peak_gb()))

    started = time.perf_counter()
    with watched(watch):
        record = stage_import(workspace, data, file_name=path.name)
    preview_s, prepare_s = stored[0][0] - started, time.perf_counter() - stored[0][0]
    growth_gb = max(stored[0][1], peak_gb()) - before_gb
    _, publish_s = timed(lambda: publish_import(workspace, record.id))
    _, bare_s = timed(lambda: pd.read_csv(path, dtype=str))
    ratio = preview_s / bare_s
    return f"{schools:>10}{label:>8}{bare_s:>9.2f}{preview_s:>11.2f}{ratio:>8.1f}{prepare_s:>11.2f}{publish_s:>11.2f}{growth_gb:>13.2f}"


def _staged(workspace: Workspace, data: bytes, name: str) -> tuple[ImportRecord, float, float]:
    """The import, the seconds until its report was there, and those until its release was prepared."""
    started = time.perf_counter()
    with ThreadPoolExecutor(max_workers=1) as executor:
        staging = executor.submit(stage_import, workspace, data, file_name=name)
        while not any(record.file_name == name and record.state not in WORKING for record in imports(workspace, limit=1)):
            staging.exception(timeout=0) if staging.done() else time.sleep(0.01)
        preview_s = time.perf_counter() - started
        record = staging.result()
    return record, preview_s, time.perf_counter() - started - preview_s


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="Time uploads from their bytes to the next release.")
    parser.add_argument("--quick", action="store_true", help="leave the largest size out")
    sizes = SIZES[:-1] if parser.parse_args().quick else SIZES
    print(f"{'schools':>10}{'file':>8}{'bare s':>9}{'preview s':>11}{'ratio':>8}{'prepare s':>11}{'publish s':>11}{'growth GB':>13}")
    for schools in sizes:
        process = multiprocessing.get_context("spawn").Process(target=measure, args=(schools,))
        process.start()
        process.join()
        if process.exitcode:
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
