"""How long it takes to join a file of updated connectivity and to publish the release it makes, at three sizes.

    python -m bench.bench_publish [--quick]

Every school has a row in the file and every row changes its school. `join` matches ids, `merge` applies facts, `compose` locates schools,
measures distances and orders rows, `publish` writes the release file, its serving copy and the catalog row. One run each.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import numpy as np
import pyarrow as pa

from bench.synthetic_release import synthetic_release
from bench.synthetic_units import Lattice, synthetic_units
from geo.config import Settings
from geo.join import match
from geo.merge import Rules, merge
from geo.model import ReleaseKind
from geo.norms import NORMS
from geo.regions import BoundarySet, build_index, open_boundary_set, simplified, write_boundary_set
from geo.schools import FACTS_SCHEMA, plain
from geo.services import open_workspace
from geo.services.compose import compose
from geo.services.publishing import Draft, publish

SIZES = (8_000, 200_000, 2_200_000)
WEST, SOUTH, EAST, NORTH = 47.0, 41.0, 87.0, 55.0
LATTICE = Lattice(columns=5, rows=4, border_vertices=420, west=WEST, south=SOUTH, east=EAST, north=NORTH)

RULES = Rules(import_id=1, may_add=False)

Result = TypeVar("Result")


def timed(action: Callable[[], Result]) -> tuple[Result, float]:
    """What an action gives, and the seconds it took."""
    started = time.perf_counter()
    result = action()
    return result, time.perf_counter() - started


def facts_and_rows(schools: int) -> tuple[pa.Table, pa.Table]:
    """Schools inside the lattice, and a file that updates every one of them in another order."""
    rng = np.random.default_rng(3)
    ids = pa.array([f"S{number:07}" for number in range(schools)])
    facts = plain(synthetic_release(schools), FACTS_SCHEMA)
    made = {"school_id": ids, "school_id_giga": pa.nulls(schools, pa.string()), "school_id_govt": ids}
    made |= {"longitude": pa.array(rng.uniform(WEST, EAST, schools)), "latitude": pa.array(rng.uniform(SOUTH, NORTH, schools))}
    for name, column in made.items():
        facts = facts.set_column(facts.column_names.index(name), FACTS_SCHEMA.field(name), column)
    words = pa.array(["yes", "no"]).take(pa.array(rng.integers(0, 2, schools)))
    rows = {
        "school_id_govt": ids.take(pa.array(rng.permutation(schools))),
        "connectivity": words,
        "connectivity_source": pa.array(["bench"] * schools),
        "download_speed_measured_mbps": pa.array(rng.uniform(0, 100, schools)),
        "line": pa.array(np.arange(2, schools + 2, dtype=np.int32)),
    }
    return facts, pa.table(rows)


def measure(schools: int, regions: BoundarySet) -> str:
    """One line of the table."""
    facts, rows = facts_and_rows(schools)
    matches, join_s = timed(lambda: match(rows, facts))
    merged, merge_s = timed(lambda: merge(facts, rows, matches, RULES))
    made, compose_s = timed(lambda: compose(merged.facts, {1: regions}, norm=NORMS["kz-2023"]))
    with tempfile.TemporaryDirectory() as directory, open_workspace(Settings(data_dir=Path(directory))) as workspace:
        workspace.catalog.migrate()
        draft = Draft(parent=None, kind=ReleaseKind.IMPORT, boundaries={}, reason="bench", actor=None)
        release, publish_s = timed(lambda: publish(workspace, draft, made))
    total_s = join_s + merge_s + compose_s + publish_s
    megabytes = release.byte_count / 1e6
    return f"{schools:>10}{join_s:>9.2f}{merge_s:>9.2f}{compose_s:>11.2f}{publish_s:>11.2f}{total_s:>9.2f}{megabytes:>9.1f}"


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="Time joining and publishing.")
    parser.add_argument("--quick", action="store_true", help="leave the largest size out")
    sizes = SIZES[:-1] if parser.parse_args().quick else SIZES
    units = synthetic_units(LATTICE)
    with tempfile.TemporaryDirectory() as directory:
        write_boundary_set(Path(directory) / "regions", units, simplified(units), build_index(units))
        regions = open_boundary_set(Path(directory) / "regions")
        print(f"{'schools':>10}{'join s':>9}{'merge s':>9}{'compose s':>11}{'publish s':>11}{'total s':>9}{'file MB':>9}")
        for schools in sizes:
            print(measure(schools, regions), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
