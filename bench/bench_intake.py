"""How long an upload takes from its bytes to accepted rows and problems, beside a bare `pandas.read_csv` of the same file.

    python -m bench.bench_intake [--quick]

Every size runs in a process of its own; `read` is `read_upload` of a CSV file of 15 columns with all its checks, `bare` is
`pandas.read_csv(path, dtype=str)` in the same process afterwards. Clock times of the better of two runs; memory is the growth of the
process from before the file is in memory to the highest point of reading.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pandas as pd

from bench.synthetic_upload import write_upload
from geo.intake import Parsed, ReadOptions, read_upload

SIZES = (8_000, 200_000, 2_200_000)
_RUNS = 2


def _best(act: Callable[[], object]) -> tuple[float, float]:
    """Shortest clock time and shortest processor time of a few runs, in seconds."""
    clock, processor = [], []
    for _ in range(_RUNS):
        began, worked = time.perf_counter(), time.process_time()
        act()
        clock.append(time.perf_counter() - began)
        processor.append(time.process_time() - worked)
    return min(clock), min(processor)


def _memory_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def measure(path: Path) -> str:
    """One line of the table for one file."""
    before = _memory_mb()
    data = path.read_bytes()
    options = ReadOptions(max_rows=10_000_000, today=date(2026, 7, 1), country="KZ")
    parsed: Parsed = read_upload(data, options=options)
    grown = _memory_mb() - before
    rows = parsed.counts["rows_in"]
    del parsed
    read, worked = _best(lambda: read_upload(data, options=options))
    bare, bare_worked = _best(lambda: pd.read_csv(path, dtype=str))
    size = len(data) / 2**20
    return f"{rows:>10,} {size:>8.1f} {read:>8.2f} {worked:>9.2f} {bare:>8.2f} {bare_worked:>9.2f} {read / bare:>7.1f} {grown:>11,.0f}"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="leave out the largest size")
    parser.add_argument("--write", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--one", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.write:
        write_upload(arguments.one, arguments.write)
        return
    if arguments.one:
        print(measure(arguments.one), flush=True)
        return
    columns = (("rows", 10), ("MB", 8), ("read s", 8), ("read cpu", 9), ("bare s", 8), ("bare cpu", 9), ("times", 7), ("memory MB", 11))
    print(" ".join(f"{name:>{width}}" for name, width in columns), flush=True)
    with tempfile.TemporaryDirectory() as directory:
        for count in SIZES[:-1] if arguments.quick else SIZES:
            path = Path(directory) / f"{count}.csv"
            script = [sys.executable, "-m", "bench.bench_intake", "--one", str(path)]
            subprocess.run([*script, "--write", str(count)], check=True)  # noqa: S603  (a process keeps its parent's peak of memory)
            subprocess.run(script, check=True)  # noqa: S603
            path.unlink()


if __name__ == "__main__":
    main()
