"""Run the benchmarks of this directory, one after the other: `make bench`, or `python -m bench locate` for some of them.

Each `bench_NAME.py` is a script that prints its own table; it runs in a process of its own, so that none warms up another.
"""

from __future__ import annotations

import os
import platform
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent


def benchmarks(wanted: list[str]) -> dict[str, Path]:
    """Scripts by name, all of them or those wanted."""
    scripts = {path.stem.removeprefix("bench_"): path for path in sorted(HERE.glob("bench_*.py"))}
    unknown = set(wanted) - set(scripts)
    if unknown:
        sys.exit(f"there is no benchmark {', '.join(sorted(unknown))}; there are {', '.join(scripts)}")
    return {name: path for name, path in scripts.items() if not wanted or name in wanted}


def main() -> int:
    """Run them; the number of those that failed."""
    print(f"Python {platform.python_version()}, {platform.machine()}, {os.cpu_count()} cores")
    failed = 0
    for name, path in benchmarks(sys.argv[1:]).items():
        print(f"\n== {name}", flush=True)
        started = time.monotonic()
        failed += subprocess.run([sys.executable, "-m", f"bench.{path.stem}"], cwd=HERE.parent, check=False).returncode != 0  # noqa: S603
        print(f"   ({time.monotonic() - started:.0f} s)", flush=True)
    return failed


if __name__ == "__main__":
    sys.exit(main())
