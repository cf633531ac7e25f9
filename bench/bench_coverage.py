"""How fast coverage answers are at three sizes: kept, first unfiltered and filtered, by the usual groupings.

    python -m bench.bench_coverage [--quick]

One thread. `kept` is what a worker gives for a release it has answered before; `first` includes the counting; `filtered` includes
building the mask and is never kept. Exits with 1 when an answer at the largest size misses 5 ms kept or 60 ms filtered.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from statistics import median

import numpy as np
import numpy.typing as npt

from geo.coverage import counted, coverage
from geo.model import AREA_TYPES, CONNECTIVITIES, AreaType, Basis, Grouping
from geo.norms import NORMS, statuses
from geo.schools import CodedColumn, SchoolColumns
from geo.services.opened import Memory

SIZES = ((8_000, 20, 224), (200_000, 20, 224), (2_200_000, 200, 45_000))
"""Schools, regions, districts."""
GROUPINGS: tuple[tuple[Grouping, ...], ...] = (
    (),
    (Grouping.ADMIN1,),
    (Grouping.ADMIN1, Grouping.AREA_TYPE),
    (Grouping.ADMIN1, Grouping.EDUCATION_LEVEL, Grouping.CONNECTIVITY_TYPE),
    (Grouping.ADMIN2,),
)
KEPT_MS, FILTERED_MS = 5.0, 60.0
REPETITIONS = 7


def synthetic_columns(schools: int, regions: int, districts: int) -> SchoolColumns:
    """Random columns of a size; no value means anything. Districts are runs of rows, as in a release, whose rows are in map order."""
    rng = np.random.default_rng(7)
    district = np.sort(rng.integers(0, districts, schools))

    def coded(count: int) -> CodedColumn:
        return CodedColumn(rng.integers(-1, count, schools).astype(np.int32), tuple(f"{code:06}" for code in range(count)))

    def placed(codes: npt.NDArray[np.int64], count: int) -> CodedColumn:
        is_lost = rng.random(schools) < 0.01
        return CodedColumn(np.where(is_lost, -1, codes).astype(np.int32), tuple(f"{code:06}" for code in range(count)))

    return SchoolColumns(
        connectivity=rng.integers(0, len(CONNECTIVITIES), schools).astype(np.int8),
        area_type=rng.integers(0, len(AREA_TYPES), schools).astype(np.int8),
        num_students=np.where(rng.random(schools) < 0.05, np.nan, rng.integers(1, 900, schools).astype(float)),
        declared_mbps=rng.random(schools) * 60,
        measured_mbps=np.where(rng.random(schools) < 0.6, np.nan, rng.random(schools) * 60),
        latitude=rng.uniform(41, 55, schools),
        longitude=rng.uniform(47, 87, schools),
        has_flagged_position=rng.random(schools) < 0.05,
        groupings={
            Grouping.ADMIN1: placed(district * regions // districts, regions),
            Grouping.ADMIN2: placed(district, districts),
            Grouping.AREA_TYPE: coded(3),
            Grouping.EDUCATION_LEVEL: coded(8),
            Grouping.CONNECTIVITY_TYPE: coded(11),
        },
    )


def milliseconds(action: Callable[[], object]) -> float:
    """Median of several runs after one that is not counted."""
    action()
    times = []
    for _ in range(REPETITIONS):
        started = time.perf_counter()
        action()
        times.append(1000 * (time.perf_counter() - started))
    return median(times)


def main() -> int:
    """Measure and print; 0 when the largest size is within the limits."""
    parser = argparse.ArgumentParser(description="Time coverage answers.")
    parser.add_argument("--quick", action="store_true", help="leave the largest size out")
    sizes = SIZES[:-1] if parser.parse_args().quick else SIZES
    print(f"{'schools':>10}  {'by':<44}{'groups':>8}{'kept ms':>10}{'first ms':>10}{'filtered ms':>13}")
    slow = False
    for size in sizes:
        slow |= _measure(*size)
    return int(slow)


def _measure(schools: int, regions: int, districts: int) -> bool:
    columns = synthetic_columns(schools, regions, districts)
    codes = statuses(columns.connectivity, columns.download_speed_mbps(Basis.BEST), columns.num_students, NORMS["kz-2023"])
    prepared = counted(columns, codes)
    rural = AREA_TYPES.index(AreaType.RURAL)
    slow = False
    for by in GROUPINGS:
        kept = Memory(64)
        table = coverage(columns, codes, by=by)
        kept_ms = milliseconds(lambda by=by, kept=kept: kept.get(by, lambda: coverage(columns, codes, by=by, prepared=prepared)))  # type: ignore[misc]
        first_ms = milliseconds(lambda by=by: coverage(columns, codes, by=by, prepared=prepared))  # type: ignore[misc]
        filtered_ms = milliseconds(lambda by=by: coverage(columns, codes, by=by, mask=columns.area_type == rural, prepared=prepared))  # type: ignore[misc]
        words = ", ".join(by) or "-"
        print(f"{schools:>10}  {words:<44}{len(table):>8}{kept_ms:>10.3f}{first_ms:>10.1f}{filtered_ms:>13.1f}", flush=True)
        slow |= kept_ms > KEPT_MS or filtered_ms > FILTERED_MS
    return slow


if __name__ == "__main__":
    sys.exit(main())
