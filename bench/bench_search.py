"""How long a search takes, how large its index is and how long that takes to make.

    python -m bench.bench_search [--quick]

The schools are synthetic: names put together from syllables in Kazakh and Russian, a tenth of them with a number, in 200 regions and
45,000 districts, so that the vocabulary grows with the list as it does in real ones. Every kind of query is asked several times over one
mapped index on one core; what counts is the median of the processor's time of the slowest kind. `own` is what all queries add to the
memory of a process that no other shares, `touched` what they add to all of it. Exits with 1 over 30 ms at 200,000 schools or 150 ms at
2,200,000.
"""

from __future__ import annotations

import argparse
import gc
import multiprocessing
import os
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from bench.bench_store import memory_mb
from geo.config import Settings
from geo.search import Located, SearchIndex, built_arrays, find, opened_index
from geo.store.array_files import ArrayFiles
from geo.store.folders import cache_folder

SIZES = {8_000: 30.0, 200_000: 30.0, 2_200_000: 150.0}
"""Number of schools, and how many milliseconds the slowest kind of query may take."""
REGIONS, DISTRICTS = 200, 45_000
ROUNDS = 7
SHA256 = "0" * 64

STARTS = ("Қара", "Ақ", "Сары", "Жаңа", "Көк", "Қызыл", "Тас", "Бес", "Үш", "Кең", "Ново", "Старо", "Верхне", "Нижне", "Красно", "Бело")
MIDDLES = (
    "бұлақ",
    "тау",
    "өзек",
    "қайың",
    "жазық",
    "төбе",
    "дубров",
    "горск",
    "камен",
    "берёзов",
    "ключев",
    "озёрн",
    "арал",
    "шоқы",
    "тоғай",
)
SYLLABLES = ("ма", "ли", "со", "ру", "не", "та", "ки", "до", "ша", "бе", "ги", "жо", "ку", "ра", "ны", "зе")
KINDS = ("орта мектебі", "негізгі мектебі", "бастауыш мектебі", "средняя школа села", "основная школа села", "гимназиясы")

QUERIES = {
    "one letter": "к",
    "two letters": "ка",
    "a word that half of all have": "мектебі",
    "that word in Latin letters": "mektebi",
    "a name": "Қарабұлақмалисо",
    "a name in Latin letters": "qarabulaqmaliso",
    "name and kind": "Карабулак орта мектеби",
    "number and kind": "школа 1234",
    "name and region": "Караозек Регион 17",
    "a region": "Регион 17",
    "one mistake": "Қарабұлқмалисо",
    "two mistakes": "Крснодубрвмалисо",
    "a mistyped beginning": "Новодубровмл",
    "five words, none rare": "средняя школа села ново ка",
    "an id": "s-0001234",
    "the beginning of an id": "s-00",
    "no such word": "ххххъъъцццц",
    "nothing like it": "zzzz qqqqqq wwwwwww xxxxx",
}


def _chosen(words: tuple[str, ...], count: int, rng: np.random.Generator) -> pa.Array:
    return pa.array(words, pa.string()).take(pa.array(rng.integers(0, len(words), count)))


def synthetic_schools(count: int) -> tuple[pa.Table, list[tuple[int, str]], tuple[Located, ...]]:
    """Names and ids of schools, names of places by number, and where each school is."""
    rng = np.random.default_rng(19)
    tail = pc.binary_join_element_wise(*(_chosen(SYLLABLES, count, rng) for _ in range(3)), "")
    own = pc.binary_join_element_wise(_chosen(STARTS, count, rng), _chosen(MIDDLES, count, rng), tail, "")
    numbered = pc.binary_join_element_wise("№", pc.cast(pa.array(rng.integers(1, 3_000, count)), pa.string()), " ")
    own = pc.if_else(pa.array(rng.random(count) < 0.1), numbered, own)
    names = pc.binary_join_element_wise(own, _chosen(KINDS, count, rng), " ")
    ids = pa.array([f"S-{number:07}" for number in range(count)])
    giga = pa.array([f"{number * 2654435761 % 2**32:08x}-0000-4000-8000-{number:012x}" for number in range(count)])
    table = pa.table({"school_name": names, "school_id": ids, "school_id_giga": giga, "school_id_govt": ids})
    places = [(number, f"{word} {number}") for number in range(REGIONS) for word in ("Регион", "Region", "Өңір")]
    places += [(REGIONS + number, f"{STARTS[number % 16]}{MIDDLES[number % 15]} ауданы {number}") for number in range(DISTRICTS)]
    levels = ((REGIONS, 0), (DISTRICTS, REGIONS))
    located = tuple(
        Located(rng.integers(0, units, count).astype(np.int32), np.arange(first, first + units, dtype=np.int32)) for units, first in levels
    )
    return table, places, located


def make(count: int, directory: Path) -> None:
    """Make the index of one size, in a process of its own."""
    table, places, _ = synthetic_schools(count)
    before_mb = peak_mb()
    began = time.perf_counter()
    files_in(directory).make(SHA256, lambda: built_arrays(table, places))
    taken_s = time.perf_counter() - began
    print(
        f"\n{count:,} schools: index made in {taken_s:.1f} s, for which the process grew by at most {peak_mb() - before_mb:,.0f} MB",
        flush=True,
    )


def peak_mb() -> float:
    """Peak memory of this process so far, MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def files_in(directory: Path) -> ArrayFiles:
    """Where the index lies."""
    return ArrayFiles(cache_folder(Settings(data_dir=directory), "releases"))


def measure(count: int, directory: Path, most_ms: float) -> None:
    """Ask every kind of query over the index of one size, in a process of its own on one core."""
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    table, _, located = synthetic_schools(count)
    find(opened_index(built_arrays(table.slice(0, 100))), "a", ids=table.slice(0, 100))  # whatever is imported and compiled once
    gc.collect()
    before = {kind: memory_mb(kind) for kind in ("Rss", "Anonymous")}
    arrays = files_in(directory).open(SHA256)
    assert arrays is not None
    index = opened_index(arrays)
    slowest = {name: _median_ms(index, query, table, located) for name, query in QUERIES.items()}
    grown = {kind: memory_mb(kind) - before[kind] for kind in before}
    size_mb = sum(array.nbytes for array in arrays.values()) / 1e6
    print(f"{len(index.vocabulary):,} words, {size_mb:.0f} MB mapped; touched {grown['Rss']:.0f} MB, own {grown['Anonymous']:.0f} MB")
    for name, (ms, total) in slowest.items():
        print(f"{ms:>10.1f} ms{total:>12,} found   {name}")
    worst = max(ms for ms, _ in slowest.values())
    print(f"{worst:>10.1f} ms at most; asked for: {most_ms:.0f} ms", flush=True)
    sys.exit(int(worst > most_ms))


def _median_ms(index: SearchIndex, query: str, table: pa.Table, located: tuple[Located, ...]) -> tuple[float, int]:
    taken = []
    for _ in range(ROUNDS):
        began = time.process_time()
        found = find(index, query, ids=table, located=located)
        taken.append(time.process_time() - began)
    return 1000 * median(taken), found.total


def apart(task: Callable[..., None], *arguments: Any) -> int:
    """Run a task in a new process; its exit code."""
    process = multiprocessing.get_context("spawn").Process(target=task, args=arguments)
    process.start()
    process.join()
    return process.exitcode or 0


def main() -> int:
    """Measure and print; 1 when a search is too slow."""
    parser = argparse.ArgumentParser(description="Time searches.")
    parser.add_argument("--quick", action="store_true", help="leave the largest size out")
    sizes = list(SIZES.items())[: -1 if parser.parse_args().quick else None]
    failed = 0
    for count, most_ms in sizes:
        with tempfile.TemporaryDirectory() as directory:
            failed |= apart(make, count, Path(directory)) or apart(measure, count, Path(directory), most_ms)
    return failed


if __name__ == "__main__":
    sys.exit(main())
