"""How well and how fast schools are found without shared ids, on damaged copies of the demonstration data.

    python -m bench.bench_matching [--quick]

Prints precision and recall from several scores up, for 7,000 rows about the 7,800 schools of the demonstration data and, without
--quick, for 10,000 rows about 200,000 schools, with the time of each. Exits with 1 when precision or recall at the default score is
under its bound, or the large case takes longer than it may.
"""

from __future__ import annotations

import argparse
import sys
import time

import numpy as np

from bench.damaged_schools import Damaged, country, damaged, demo_release
from geo.matching import DEFAULT_SCORE, Suggestions, suggest

WANTED_PRECISION, WANTED_RECALL, WANTED_SECONDS = 0.98, 0.90, 30.0
SCORES = (0.5, 0.6, 0.7, DEFAULT_SCORE, 0.9, 0.95)


def main() -> int:
    """Measure, print; 0 when every bound holds."""
    parser = argparse.ArgumentParser(description="Measure the matching of schools without shared ids.")
    parser.add_argument("--quick", action="store_true", help="only the smaller case")
    is_quick = parser.parse_args().quick
    print(f"{'rows':>8}{'schools':>9}{'seconds':>9}{'score':>7}{'suggested':>11}{'wrong':>7}{'precision':>11}{'recall':>8}")
    failed = measure(damaged(demo_release(), 7_000))
    return failed if is_quick else max(failed, measure(damaged(country(200_000), 10_000)))


def measure(case: Damaged) -> int:
    """Suggest for all rows of a case and print what was right; 1 when a bound is missed."""
    started = time.perf_counter()
    everything = np.ones(case.rows.num_rows, dtype=bool), np.zeros(case.schools.num_rows, dtype=bool)
    found = suggest(case.rows, case.schools, open_rows=everything[0], taken_schools=everything[1])
    seconds = time.perf_counter() - started
    for score in SCORES:
        precision, recall = quality(case, found, score=score)
        count = int((found.score >= score).sum())
        wrong = round(count * (1 - precision))
        sizes = f"{case.rows.num_rows:>8}{case.schools.num_rows:>9}{seconds:>9.2f}"
        print(f"{sizes}{score:>7.2f}{count:>11}{wrong:>7}{precision:>11.4f}{recall:>8.4f}")
    precision, recall = quality(case, found, score=DEFAULT_SCORE)
    return int(precision < WANTED_PRECISION or recall < WANTED_RECALL or seconds > WANTED_SECONDS)


def quality(case: Damaged, found: Suggestions, *, score: float) -> tuple[float, float]:
    """Precision and recall of the suggestions from a score up.

    Precision is the share of suggestions that name the row's own school; recall is the share of the rows with a school that get it.
    """
    is_taken = found.score >= score
    is_right = is_taken & (case.school[found.row] == found.school)
    return float(is_right.sum() / max(is_taken.sum(), 1)), float(is_right.sum() / max((case.school >= 0).sum(), 1))


if __name__ == "__main__":
    sys.exit(main())
