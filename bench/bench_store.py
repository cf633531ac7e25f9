"""How long a release takes to write, to copy for serving and to open, and what an open release costs a process in memory.

    python -m bench.bench_store [--quick]

Each measurement of memory is made in a new process, after its imports: `touched` has every page of the copy mapped (the same pages for
all workers of a machine), `own` is what no other process shares, `loaded` the same release read from its file instead. Opening is
the median of several, with the copy in the page cache. Exits with 1 when opening takes over 10 ms at any size.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from bench.synthetic_release import synthetic_release
from geo.config import Settings
from geo.model import ReleaseKind, ReleaseRecord
from geo.schools import school_columns
from geo.store import ReleaseFiles, WrittenFile
from geo.store.tables import now

SIZES = (8_000, 200_000, 2_200_000)
OPEN_MS = 10.0
OPENINGS = 7
HEADER = ("schools", "write s", "file MB", "prepare s", "copy MB", "open ms", "touched MB", "own MB", "columns MB", "loaded MB")


def record_of(written: WrittenFile, school_count: int) -> ReleaseRecord:
    """The row that a catalog would hold."""
    return ReleaseRecord(
        id=1,
        parent_id=None,
        kind=ReleaseKind.IMPORT,
        file_name=written.file_name,
        sha256=written.sha256,
        byte_count=written.byte_count,
        school_count=school_count,
        country=None,
        boundaries={},
        vintages={},
        sources=(),
        counts={},
        import_id=None,
        undone_release_id=None,
        reason="",
        published_at=now(),
        published_by="bench",
        software_version="0",
    )


def seconds(act: Callable[[], Any]) -> float:
    """How long something takes."""
    began = time.perf_counter()
    act()
    return time.perf_counter() - began


def memory_mb(kind: str) -> float:
    """Memory of this process in MB: Rss, or Anonymous for what no file backs."""
    lines = Path("/proc/self/smaps_rollup").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(f"{kind}:")) / 1024


def touch(table: pa.Table) -> None:
    """Read a byte of every page."""
    for column in table.columns:
        for chunk in column.chunks:
            for buffer in chunk.buffers() + (chunk.dictionary.buffers() if pa.types.is_dictionary(chunk.type) else []):
                if buffer is not None and buffer.size:
                    np.frombuffer(buffer, dtype=np.uint8)[::4096].sum()


def measure(directory: Path, written: WrittenFile, school_count: int, way: str) -> dict[str, float]:
    """In a process of its own: what opening and using a release one way adds to its memory, in MB."""
    files, record = ReleaseFiles(Settings(data_dir=directory)), record_of(written, school_count)
    before = {kind: memory_mb(kind) for kind in ("Rss", "Anonymous")}
    if way == "loaded":
        kept: Any = pq.read_table(files.read_bytes_path(record))
    else:
        kept = files.open(record)
        if way == "columns":
            kept = kept, school_columns(kept)
        else:
            touch(kept)
    found = {kind: memory_mb(kind) - before[kind] for kind in before}
    del kept
    return found


def measured_apart(directory: Path, written: WrittenFile, school_count: int, way: str) -> dict[str, float]:
    """`measure` in a new process."""
    task = json.dumps([str(directory), written.file_name, written.sha256, written.byte_count, school_count, way])
    command = [sys.executable, "-m", "bench.bench_store", "--measure", task]
    found: dict[str, float] = json.loads(subprocess.run(command, capture_output=True, check=True, text=True).stdout)  # noqa: S603
    return found


def row(school_count: int, directory: Path) -> tuple[float, ...]:
    """One line of the table."""
    files, table = ReleaseFiles(Settings(data_dir=directory)), synthetic_release(school_count)
    began = time.perf_counter()
    written = files.write(table, {"synthetic": True})
    write_s = time.perf_counter() - began
    record = record_of(written, school_count)
    prepare_s = seconds(lambda: files.prepare(record))
    copy_bytes = sum(entry.byte_count for entry in files.cache.entries())
    open_ms = 1000 * median(seconds(lambda: files.open(record)) for _ in range(OPENINGS))
    ways = {way: measured_apart(directory, written, school_count, way) for way in ("touched", "columns", "loaded")}
    memory = ways["touched"]["Rss"], ways["touched"]["Anonymous"], ways["columns"]["Anonymous"], ways["loaded"]["Rss"]
    return school_count, write_s, written.byte_count / 1e6, prepare_s, copy_bytes / 1e6, open_ms, *memory


def main() -> int:
    """Print the table; 1 when opening is too slow."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="leave out the largest size")
    parser.add_argument("--measure", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.measure:
        directory, *written, school_count, way = json.loads(arguments.measure)
        print(json.dumps(measure(Path(directory), WrittenFile(*written), school_count, way)))
        return 0
    print("".join(f"{name:>12}" for name in HEADER))
    slowest_ms = 0.0
    for size in SIZES[: -1 if arguments.quick else None]:
        with tempfile.TemporaryDirectory() as directory:
            values = row(size, Path(directory))
        print(f"{size:>12,}" + "".join(f"{value:>12,.2f}" for value in values[1:]), flush=True)
        slowest_ms = max(slowest_ms, values[5])
    print(f"opening takes at most {slowest_ms:.1f} ms; asked for: {OPEN_MS:.0f} ms")
    return int(slowest_ms > OPEN_MS)


if __name__ == "__main__":
    sys.exit(main())
