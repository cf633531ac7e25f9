"""How fast points are located among units, against `geopandas.sjoin`, with every row compared with shapely.

    python -m bench.bench_locate [--quick]

Prints a table: a country's districts (200,000 points, 200 units, 336,000 vertices) and, without --quick, the world
(2,200,000 points, 45,000 units). Exits with 1 when a row differs from shapely or a target is missed.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

import geopandas
import numpy as np
import numpy.typing as npt
import shapely

from bench.synthetic_units import Lattice, synthetic_units
from geo.regions import BoundaryUnits, Located, Locator, build_index

Result = TypeVar("Result")

REPETITIONS = 4
"""How often points are located in each round, after one sjoin, which takes longer than all of these.

Both are timed in turn, so that a busy spell of the machine meets both; the best counts, for other work only ever adds.
"""


@dataclass(frozen=True, slots=True)
class Case:
    """One size to measure, how many times faster than sjoin it must be, and in how many rounds that is found."""

    title: str
    lattice: Lattice
    point_count: int
    wanted_ratio: float
    rounds: int


DISTRICTS = Case("districts", Lattice(columns=20, rows=10, border_vertices=420), 200_000, 20.0, rounds=15)
WORLD = Case(
    "world",
    Lattice(columns=320, rows=200, border_vertices=12, west=-179.9, south=-60, east=179.9, north=80, empty_share=0.297),
    2_200_000,
    5.0,
    rounds=3,
)


def main() -> int:
    """Measure, compare, print; 0 when every target is met and every row agrees."""
    parser = argparse.ArgumentParser(description="Time the locating of points among units.")
    parser.add_argument("--quick", action="store_true", help="only the smaller case")
    cases = (DISTRICTS,) if parser.parse_args().quick else (DISTRICTS, WORLD)
    head = f"{'case':<10}{'points':>10}{'units':>8}{'vertices':>10}{'index s':>9}{'first s':>9}{'locate s':>10}{'sjoin s':>9}{'ratio':>8}"
    print(f"{head}{'wanted':>8}{'no index s':>12}{'differ':>8}")
    return max(_measure(case) for case in cases)


def _measure(case: Case) -> int:
    units = synthetic_units(case.lattice)
    longitudes, latitudes = _points(case)
    seconds_index, index = _timed(lambda: build_index(units))
    located_first = Locator(units, index)
    seconds_first, _ = _timed(lambda: located_first.locate(longitudes, latitudes))
    seconds_plain, plain = _timed(lambda: Locator(units).locate(longitudes, latitudes))
    seconds = seconds_sjoin = float("inf")
    for _ in range(case.rounds):
        seconds_sjoin = min(seconds_sjoin, _sjoin_seconds(units, longitudes, latitudes))
        for _ in range(REPETITIONS):
            spent, located = _timed(lambda: located_first.locate(longitudes, latitudes))
            seconds = min(seconds, spent)
    differ = _differences(units, located, plain, longitudes, latitudes)
    ratio = seconds_sjoin / seconds
    row = f"{case.title:<10}{case.point_count:>10}{len(units):>8}{units.vertex_count:>10}{seconds_index:>9.2f}{seconds_first:>9.3f}"
    print(f"{row}{seconds:>10.4f}{seconds_sjoin:>9.2f}{ratio:>8.1f}{case.wanted_ratio:>8.0f}{seconds_plain:>12.2f}{differ:>8}")
    return int(differ > 0 or ratio < case.wanted_ratio)


def _points(case: Case) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    rng = np.random.default_rng(case.lattice.seed + 1)
    longitudes = rng.uniform(case.lattice.west - 0.1, case.lattice.east + 0.1, case.point_count)
    return longitudes, rng.uniform(case.lattice.south - 0.1, case.lattice.north + 0.1, case.point_count)


def _timed(work: Callable[[], Result]) -> tuple[float, Result]:
    started = time.perf_counter()
    result = work()
    return time.perf_counter() - started, result


def _sjoin_seconds(units: BoundaryUnits, longitudes: npt.NDArray[np.float64], latitudes: npt.NDArray[np.float64]) -> float:
    """An sjoin over schools that just arrived: it indexes the points, so these are new each time; making them is not timed."""
    districts = geopandas.GeoDataFrame({"code": list(units.codes)}, geometry=np.array(units.geometries), crs="OGC:CRS84")
    schools = geopandas.GeoDataFrame(geometry=shapely.points(longitudes, latitudes), crs="OGC:CRS84")
    return _timed(lambda: geopandas.sjoin(schools, districts, predicate="within"))[0]


def _differences(
    units: BoundaryUnits,
    located: Located,
    plain: Located,
    longitudes: npt.NDArray[np.float64],
    latitudes: npt.NDArray[np.float64],
) -> int:
    """Rows that differ from shapely's own join with the smallest unit at borders, or from locating without the index."""
    points, owners = shapely.STRtree(units.geometries).query(shapely.points(longitudes, latitudes), predicate="covered_by")
    expected = np.full(len(longitudes), len(units))
    np.minimum.at(expected, points, owners)
    held = np.where(located.is_nearest | (located.unit < 0), len(units), located.unit)
    same_distance = (located.distance_km == plain.distance_km) | (np.isnan(located.distance_km) & np.isnan(plain.distance_km))
    return int(((held != expected) | (located.unit != plain.unit) | ~same_distance).sum())


if __name__ == "__main__":
    sys.exit(main())
