"""How many answers a second the API gives, beside datasette on the same schools, and what a complete file costs.

    python -m bench.bench_api [--quick]

The service runs as `make run` starts it, with two workers; datasette has no option for workers and runs as two processes on two ports,
which the client asks in turn. Both hold 200,000 synthetic schools in 20 regions. datasette has a table of every property, status
included, which it need not work out, and an index for each column that is filtered by; `covered` is datasette with one index made for
these very queries, and no limit is held against it. Each question is put to all sides alternately, `ROUNDS` times, machines being what
they are; rates are medians. Filters and boxes never come twice, so nothing about them is answered from memory; the answer about all
schools is. datasette packs nothing, so neither does the side that it is held against; `packed` is the same with gzip. `CPU` is
processor time of the server for an answer; the client takes its share of the same two cores, which is told. The fixed answer comes from
two bare Flask workers behind the same web server. Exits with 1 when a limit is missed; --quick leaves the file of 2,200,000 schools out.
"""

from __future__ import annotations

import argparse
import itertools
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median

from bench.asked import Question, boxes, databases, filtered, on_query_index, unfiltered
from bench.load import Load, Order, press
from bench.served import Server, datasette, file_of, fixed_answer, service
from bench.synthetic_world import publish_world
from geo.config import Settings
from geo.services import open_workspace

SCHOOLS, WORLD_SCHOOLS, REGIONS = 200_000, 2_200_000, 20
PORTS = range(18_430, 18_435)
ROUNDS = 3
SECONDS = 2.0
CONNECTIONS = 8
DISTINCT = 8_000
"""Filters and boxes at hand for each round; how many are asked is told."""
FILTERED_TIMES, UNFILTERED_TIMES, PAGE_TIMES, KEPT_SHARE = 25.0, 150.0, 10.0, 0.5
CSV_S, WORLD_CSV_S, CSV_MB = 1.5, 15.0, 50.0
PLAIN, PACKED = "identity", "gzip"
SMALL_FILE = "/api/v1/schools.csv?bbox=0,0,1,1"
WARM_S, STEADY, MAX_WARM = 3.0, 1.2, 5
SAMPLE_S = 0.005

Missed = list[str]


@dataclass(frozen=True)
class Measured:
    """Median rate of a server, its processor time for an answer, the client's share of all cores, and the answers in all."""

    rate: float
    cpu_ms: float
    client_percent: float
    answers: int
    kilobytes: float


def rounds(sides: Sequence[tuple[Server, Callable[[], Order]]]) -> list[Measured]:
    """Press servers one after the other, `ROUNDS` times over; each order is made anew, so that it can go on where the last one ended."""
    loads: list[list[tuple[Load, float]]] = [[] for _ in sides]
    for _ in range(ROUNDS):
        for (server, order), into in zip(sides, loads, strict=True):
            before = server.cpu_s()
            load = press(order())
            into.append((load, server.cpu_s() - before))
    return [_measured(each) for each in loads]


def _measured(loads: Sequence[tuple[Load, float]]) -> Measured:
    answers = sum(load.answers for load, _ in loads)
    seconds = sum(load.seconds for load, _ in loads)
    return Measured(
        rate=median(load.rate for load, _ in loads),
        cpu_ms=1000 * sum(cpu_s for _, cpu_s in loads) / (answers + sum(load.late for load, _ in loads)),
        client_percent=100 * sum(load.cpu_s for load, _ in loads) / (seconds * 2),
        answers=answers,
        kilobytes=sum(load.bytes for load, _ in loads) / answers / 1000,
    )


def order_of(server: Server, addresses: Iterator[str], encoding: str = PLAIN) -> Order:
    """An order for the next addresses; none of them comes twice."""
    return Order(server.ports, list(itertools.islice(addresses, DISTINCT)), SECONDS, CONNECTIONS, repeats=False, accept_encoding=encoding)


def same_order(server: Server, address: str, encoding: str = PACKED) -> Order:
    """An order for one address again and again."""
    return Order(server.ports, [address], SECONDS, CONNECTIONS, accept_encoding=encoding)


def warm(server: Server, addresses: Sequence[str]) -> None:
    """Ask on many connections until that goes no faster than before: every worker has then opened and prepared what it keeps."""
    former = 0.0
    for _ in range(MAX_WARM):
        rate = press(Order(server.ports, addresses, WARM_S, CONNECTIONS)).rate
        if rate < STEADY * former:
            return
        former = rate


def show(name: str, side: str, found: Measured, ratio: str = "") -> None:
    """Print a line of the table."""
    print(
        f"{name:<26}{side:<11}{found.rate:>9,.0f}{found.cpu_ms:>9.2f}{found.kilobytes:>8.1f}{found.client_percent:>9.0f} %"
        f"{found.answers:>9,}{ratio:>16}",
        flush=True,
    )


def beside(name: str, least: float, sides: Sequence[tuple[str, Server, Callable[[], Order]]], missed: Missed) -> None:
    """Measure ours, datasette and what else is to be seen, and hold the first two against each other."""
    found = rounds([(server, order) for _, server, order in sides])
    ratio = found[0].rate / found[1].rate
    for (side, _, _), each in zip(sides, found, strict=True):
        times = "" if each is found[0] else f"{found[0].rate / each.rate:.1f} times"
        show(name, side, each, times)
    if ratio < least:
        missed.append(f"{name}: {ratio:.1f} times datasette's rate, asked for {least:g}")


def coverage_and_pages(ours: Server, theirs: Server, questions: dict[str, list[Question]], missed: Missed) -> None:
    """Coverage with and without filters, and pages of a box."""
    for name, least in (("coverage, filtered", FILTERED_TIMES), ("items in a box", PAGE_TIMES)):
        asked = questions[name]
        sides = [
            ("ours", ours, partial(order_of, ours, iter([each.ours for each in asked]))),
            ("datasette", theirs, partial(order_of, theirs, iter([each.datasette for each in asked]))),
        ]
        if name.startswith("coverage"):
            covered = iter([on_query_index(each.datasette) for each in reversed(asked)])
            sides.append(("covered", theirs, partial(order_of, theirs, covered)))
        sides.append(("packed", ours, partial(order_of, ours, iter([f"{each.ours}&lang=en" for each in asked]), PACKED)))
        beside(name, least, sides, missed)
    every = unfiltered()
    sides = [
        ("ours", ours, partial(same_order, ours, every.ours)),
        ("datasette", theirs, partial(same_order, theirs, every.datasette)),
        ("covered", theirs, partial(same_order, theirs, on_query_index(every.datasette))),
    ]
    beside("coverage, all schools", UNFILTERED_TIMES, sides, missed)


def kept_answer(ours: Server, bare: Server, missed: Missed) -> None:
    """A kept answer of about 1 kB beside the fixed one."""
    sides = [(ours, partial(same_order, ours, "/api/v1/coverage")), (bare, partial(same_order, bare, "/"))]
    kept, fixed = rounds(sides)
    share = kept.rate / fixed.rate
    show("kept answer", "ours", kept)
    show("fixed answer", "bare Flask", fixed, f"{share:.2f} of it")
    if share < KEPT_SHARE:
        missed.append(f"a kept answer has {share:.2f} of the rate of a fixed one, asked for {KEPT_SHARE:g}")


def _memory_mb(server: Server, field: str) -> dict[int, float]:
    found = {}
    for pid in server.processes():
        try:
            lines = Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines()
        except OSError:
            continue
        found[pid] = next((int(line.split()[1]) / 1024 for line in lines if line.startswith(f"{field}:")), 0.0)
    return found


def complete_file(ours: Server, schools: int, limit_s: float, missed: Missed) -> None:
    """Take the whole CSV twice, made and kept, looking at the memory of the processes all the while; both are held to the limits."""
    for word in ("made", "kept"):
        before, most = _memory_mb(ours, "RssAnon"), [0.0]
        stop = threading.Event()
        watcher = threading.Thread(target=_watch, args=(ours, before, most, stop))
        watcher.start()
        began = time.perf_counter()
        status, size, rows = file_of(ours.ports[0], "/api/v1/schools.csv")
        taken = time.perf_counter() - began
        stop.set()
        watcher.join()
        print(f"CSV of {schools:,} schools, {word}: {taken:.2f} s, {size / 1e6:.0f} MB, {most[0]:.0f} MB of memory more", flush=True)
        if status != 200 or rows != schools:
            missed.append(f"the file of {schools:,} schools was answered {status} with {rows:,} rows")
        if taken > limit_s:
            missed.append(f"the file of {schools:,} schools, {word}, took {taken:.2f} s, asked for {limit_s:g}")
        if most[0] > CSV_MB:
            missed.append(f"the file of {schools:,} schools, {word}, took {most[0]:.0f} MB more, asked for {CSV_MB:g}")


def _watch(server: Server, before: dict[int, float], most: list[float], stop: threading.Event) -> None:
    while not stop.wait(SAMPLE_S):
        for pid, size in _memory_mb(server, "RssAnon").items():
            most[0] = max(most[0], size - before.get(pid, size))


def against_datasette(directory: Path, missed: Missed) -> None:
    """All that is measured at 200,000 schools."""
    with open_workspace(Settings(data_dir=directory / "var")) as workspace:
        workspace.catalog.migrate()
        publish_world(workspace, SCHOOLS, REGIONS)
        questions = {
            "coverage, filtered": list(filtered(ROUNDS * DISTINCT, seed=2)),
            "items in a box": list(boxes(workspace, ROUNDS * DISTINCT, seed=3)),
        }
        files = databases(workspace, directory)
    print(f"{SCHOOLS:,} schools, {REGIONS} regions; {CONNECTIONS} connections\n")
    print(f"{'':<26}{'':<11}{'a second':>9}{'CPU ms':>9}{'kB':>8}{'client':>11}{'asked':>9}")
    with ExitStack() as stack:
        ours = stack.enter_context(service(directory / "var", PORTS[0]))
        theirs = stack.enter_context(datasette(files, PORTS[1:3]))
        bare = stack.enter_context(fixed_answer(PORTS[3], directory / "bare.log"))
        first = [asked[0] for asked in questions.values()]
        warm(ours, [*(each.ours for each in first), SMALL_FILE])
        warm(theirs, [each.datasette for each in first])
        coverage_and_pages(ours, theirs, questions, missed)
        kept_answer(ours, bare, missed)
        complete_file(ours, SCHOOLS, CSV_S, missed)


def world_file(directory: Path, missed: Missed) -> None:
    """The complete file of a world of schools."""
    with open_workspace(Settings(data_dir=directory / "world")) as workspace:
        workspace.catalog.migrate()
        publish_world(workspace, WORLD_SCHOOLS)
    with service(directory / "world", PORTS[4]) as ours:
        warm(ours, ["/api/v1/coverage", SMALL_FILE])
        complete_file(ours, WORLD_SCHOOLS, WORLD_CSV_S, missed)


def main() -> int:
    """Measure and print; 1 when a limit is missed."""
    parser = argparse.ArgumentParser(description="Time the public API.")
    parser.add_argument("--quick", action="store_true", help="leave the file of 2,200,000 schools out")
    arguments = parser.parse_args()
    missed: Missed = []
    with tempfile.TemporaryDirectory() as name:
        against_datasette(Path(name), missed)
        if not arguments.quick:
            world_file(Path(name), missed)
    print("; ".join(missed) or "every limit is kept")
    return int(bool(missed))


if __name__ == "__main__":
    sys.exit(main())
