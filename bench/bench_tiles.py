"""How fast and how small map tiles are, and what a web worker of a world-sized release costs in memory and in waiting.

    python -m bench.bench_tiles [--quick]

Tiles are made in this process, one thread; `first tile` is asked for over WSGI with everything that a request does, compression included,
under a filter that nobody asked for before. The worker is a process of its own that gets a visitor's requests: pages, tiles under
filters and norms, coverage. Memory is what `/proc` calls resident: `own` is this worker's alone, the rest is mapped from files and shared
with the other workers. Exits with 1 when a limit is missed; --quick takes 200,000 schools.
"""

from __future__ import annotations

import argparse
import gzip
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median
from typing import Any

import brotli  # type: ignore[import-untyped]
import mapbox_vector_tile
import numpy as np
from flask.testing import FlaskClient
from pmtiles.tile import deserialize_header

from app import create_app
from bench.synthetic_world import publish_world
from geo.config import Settings
from geo.model import AREA_TYPES, STATUSES, ReleaseRecord, View
from geo.render.payload import FORMAT_VERSION, encode_tile
from geo.services import Workspace, open_workspace
from geo.services.coverage import resolve
from geo.services.kept_archives import KeptArchives
from geo.services.tile_archives import tile_archive
from geo.services.tiles import MapTile, TileAddress, map_tile, mvt_of
from geo.store import TileArchives
from geo.tiles import EXTENT, LAYER, MAX_MARKS, world_cells
from geo.web.pages.points import payload_of

SCHOOLS, QUICK_SCHOOLS = 2_200_000, 200_000
ZOOMS = range(10)
COMPARED_ZOOM, COMPARED_SCHOOLS = 6, 10_000
PMTILES_HEADER_BYTES = 127
PATIENCE_S = 600.0
"""Visitors are told to come again after seconds; here the whole making is waited for."""
ENCODE_MS, TIMES_FASTER, THINNED_KB, FIRST_TILE_MS, MEMORY_MB, READY_S = 1.0, 100.0, 40.0, 120.0, 900.0, 10.0
FILTERS = (
    "area_type=rural",
    "status=unconnected",
    "education_level=Primary",
    "connectivity_type=satellite,cellular",
    "area_type=rural&status=unconnected,unknown",
    "area_type=urban&education_level=Secondary&basis=best",
)
VISIT = (
    "/",
    "/?area_type=rural",
    "/?norm=giga-5&count=students",
    "/api/v1/coverage?by=admin1",
    "/api/v1/coverage?by=admin1,area_type&area_type=rural",
    "/api/v1/coverage?by=admin2&norm=giga-20",
    "/releases",
)
BROWSER = {"Accept-Encoding": "br"}


def milliseconds(act: Callable[[], Any], times: int) -> float:
    """Median time of something."""
    taken = []
    for _ in range(times):
        began = time.perf_counter()
        act()
        taken.append(time.perf_counter() - began)
    return 1000 * median(taken)


def occupied(workspace: Workspace, view: View, zoom: int) -> Iterator[tuple[TileAddress, int]]:
    """The tiles of a zoom that have a school, and how many they have."""
    codes = resolve(workspace, view).opened.curve.codes
    keys, counts = np.unique(codes >> np.uint64(62 - 2 * zoom), return_counts=True)
    for column, row, count in zip(*(part.tolist() for part in world_cells(keys)), counts.tolist(), strict=True):
        yield TileAddress(zoom, column, row), count


def as_features(tile: MapTile) -> list[dict[str, Any]]:
    """The same points as mapbox-vector-tile takes them."""
    marks = tile.marks
    shift = np.uint32(31 - marks.tile.zoom - 12)
    x, y = ((steps >> shift) % EXTENT for steps in world_cells(marks.codes))
    words = zip(
        x.tolist(), y.tolist(), tile.statuses.tolist(), tile.area_types.tolist(), marks.counts.tolist(), marks.rows.tolist(), strict=True
    )
    return [
        {
            "geometry": {"type": "Point", "coordinates": (east, south)},
            "properties": {"status": STATUSES[status].value, "area_type": AREA_TYPES[area].value, "stands_for": count},
            "id": row,
        }
        for east, south, status, area, count, row in words
    ]


def encoding(workspace: Workspace, view: View) -> tuple[float, float]:
    """Print how long a tile of many schools takes in each format; milliseconds, and how many times faster than the other encoder."""
    address, _ = min(occupied(workspace, view, COMPARED_ZOOM), key=lambda found: abs(found[1] - COMPARED_SCHOOLS))
    tile = map_tile(workspace, view, address)
    features = [{"name": LAYER, "features": as_features(tile)}]
    options = {"y_coord_down": True, "extents": EXTENT}
    ours = milliseconds(lambda: mvt_of(map_tile(workspace, view, address)), 31)
    payload = milliseconds(lambda: encode_tile(payload_of(map_tile(workspace, view, address))), 31)
    theirs = milliseconds(lambda: mapbox_vector_tile.encode(features, default_options=options), 3)
    print(f"z{COMPARED_ZOOM} tile of {len(tile.marks):,} schools, uncompressed: vector tile {ours:.2f} ms, payload {payload:.2f} ms;")
    print(f"  mapbox-vector-tile {theirs:.0f} ms for the same points: {theirs / ours:,.0f} times as long")
    return ours, theirs / ours


def densest(workspace: Workspace, view: View) -> float:
    """Print the largest compressed tiles; kB of the largest thinned payload."""
    largest: dict[str, tuple[int, TileAddress, MapTile]] = {}
    thinned = 0
    for zoom in ZOOMS:
        for address, schools in occupied(workspace, view, zoom):
            if schools < MAX_MARKS / 2:
                continue
            tile = map_tile(workspace, view, address)
            data = encode_tile(payload_of(tile))
            if data != encode_tile(payload_of(map_tile(workspace, view, address))):
                raise RuntimeError(f"{address} has other bytes each time")
            kind = "complete" if tile.marks.is_complete else "thinned"
            thinned += kind == "thinned"
            size = len(brotli.compress(data, quality=5))
            if size > largest.get(kind, (0,))[0]:
                largest[kind] = size, address, tile
    print(f"{thinned:,} thinned tiles of z{ZOOMS[0]} to z{ZOOMS[-1]}, each the same bytes twice; the largest compressed:")
    for kind, (size, address, tile) in largest.items():
        data = encode_tile(payload_of(tile))
        packed, vector = len(gzip.compress(data, 6)), len(gzip.compress(mvt_of(tile), 6))
        print(
            f"  {kind:>9} z{address.zoom}: {len(tile.marks):,} marks for {tile.marks.schools:,} schools, "
            f"payload {size / 1000:.1f} kB (gzip {packed / 1000:.1f}), vector tile {vector / 1000:.1f} kB gzip"
        )
    return largest["thinned"][0] / 1000 if "thinned" in largest else 0.0


def one_file(workspace: Workspace, view: View) -> None:
    """Print how long the first maker of the file of all tiles takes, how large it is, and how deep it goes."""
    workspace.tile_archives = KeptArchives(TileArchives(workspace.release_files.cache), patience_s=PATIENCE_S)
    began = time.perf_counter()
    path = tile_archive(workspace, view).path
    taken = time.perf_counter() - began
    with path.open("rb") as file:
        deepest = deserialize_header(file.read(PMTILES_HEADER_BYTES))["max_zoom"]
    print(f"all tiles as one file: {taken:.1f} s, {path.stat().st_size / 1e6:.0f} MB, down to zoom {deepest}")


def application(directory: Path) -> FlaskClient:
    """A visitor of the deployment."""
    settings = Settings(data_dir=directory, secret_key="x" * 40, load_demo=False, testing=True, rate_limit_reads="", rate_limit_uploads="")
    return create_app(settings).test_client(use_cookies=False)


def ask(client: FlaskClient, path: str) -> float:
    """Milliseconds of a request."""
    began = time.perf_counter()
    answer = client.get(path, headers=BROWSER)
    if answer.status_code != 200:
        raise RuntimeError(f"{path}: {answer.status}")
    return 1000 * (time.perf_counter() - began)


def home_tile(release: ReleaseRecord, query: str = "") -> str:
    """Address of the tile of the whole world."""
    return f"/map/{release.tag}/points-{FORMAT_VERSION}/0/0/0.bin?{query}"


def first_tiles(directory: Path, release: ReleaseRecord) -> float:
    """Print how long the first tile of filters takes in a worker that has answered before; the slowest, milliseconds."""
    client = application(directory)
    for path in ("/", home_tile(release), home_tile(release, "admin1=none")):
        ask(client, path)
    taken = [ask(client, home_tile(release, query)) for query in FILTERS]
    again = [ask(client, home_tile(release, query)) for query in FILTERS]
    print(
        f"first tile of a filter, compressed: {median(taken):.0f} ms, slowest {max(taken):.0f} ms; asked for again {median(again):.1f} ms"
    )
    return max(taken)


def memory_mb() -> dict[str, float]:
    """Resident memory of this process in MB: all, what no file backs, and the most so far."""
    lines = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines())
    return {name: int(lines[key].split()[0]) / 1024 for name, key in (("all", "VmRSS"), ("own", "RssAnon"), ("most", "VmHWM"))}


def worker(directory: Path, tag: str, began: float) -> dict[str, float]:
    """In a process of its own: start, be visited, and say what it took since `began`, on the system's clock."""
    client = application(directory)
    tile = f"/map/{tag}/points-{FORMAT_VERSION}/{{}}.bin?{{}}"
    ask(client, "/")
    ask(client, tile.format("0/0/0", ""))
    ready_s, cpu_s = time.monotonic() - began, time.process_time()
    most = 0.0
    for path in VISIT:
        ask(client, path)
        most = max(most, memory_mb()["all"])
    for query in (*FILTERS, "norm=7", "norm=8&basis=declared", "norm=9&basis=measured", "flag=low_precision"):
        for address in ("0/0/0", "2/2/1", "6/43/34"):
            ask(client, tile.format(address, query))
            most = max(most, memory_mb()["all"])
    return {"ready_s": ready_s, "cpu_s": cpu_s, "visited": most, **memory_mb()}


def worker_apart(directory: Path, release: ReleaseRecord) -> dict[str, float]:
    """`worker` in a new process; its start counts from before Python's own."""
    command = [sys.executable, "-m", "bench.bench_tiles", "--worker", json.dumps([str(directory), release.tag, time.monotonic()])]
    found: dict[str, float] = json.loads(subprocess.run(command, capture_output=True, check=True, text=True).stdout)  # noqa: S603
    print(
        f"a worker: first page and first tile {found['ready_s']:.1f} s after its start ({found['cpu_s']:.1f} s of work); after a visit "
        f"{found['all']:.0f} MB resident, {found['own']:.0f} MB its own (between requests at most {found['visited']:.0f}, "
        f"within one {found['most']:.0f})"
    )
    return found


def main() -> int:
    """Print the figures; 1 when a limit is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="200,000 schools")
    parser.add_argument("--worker", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.worker:
        directory, tag, began = json.loads(arguments.worker)
        print(json.dumps(worker(Path(directory), tag, began)))
        return 0
    schools = QUICK_SCHOOLS if arguments.quick else SCHOOLS
    with tempfile.TemporaryDirectory() as name:
        return report(Path(name) / "var", schools)


def report(directory: Path, schools: int) -> int:
    """Publish a world, measure it and print; 1 when a limit is missed."""
    with open_workspace(Settings(data_dir=directory)) as workspace:
        workspace.catalog.migrate()
        release = publish_world(workspace, schools)
        print(f"{schools:,} synthetic schools")
        view = View(release.id)
        encode_ms, faster = encoding(workspace, view)
        thinned_kb = densest(workspace, view)
        one_file(workspace, view)
    first_ms = first_tiles(directory, release)
    found = worker_apart(directory, release)
    limits = (
        ("z6 tile ms", encode_ms, ENCODE_MS),
        ("thinned kB", thinned_kb, THINNED_KB),
        ("first tile ms", first_ms, FIRST_TILE_MS),
        ("resident MB", found["all"], MEMORY_MB),
        ("ready s", found["ready_s"], READY_S),
    )
    missed = [f"{name} {value:.3g}, asked for at most {limit:.3g}" for name, value, limit in limits if value > limit]
    if faster < TIMES_FASTER:
        missed.append(f"only {faster:.0f} times as fast, asked for {TIMES_FASTER:.0f}")
    print("; ".join(missed) or "every limit is kept")
    return int(bool(missed))


if __name__ == "__main__":
    sys.exit(main())
