"""Problems of one file as they are found: every error, the first of each warning and notice, and exact totals."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping

import numpy as np

from geo.intake.problems import PROBLEMS, severity
from geo.model import RowProblem, Severity
from geo.schools import BoolArray

MAX_LISTED = 1_000
"""Warnings and notices of one code that are listed one by one; the rest are counted."""


class ProblemLog:
    """Collects problems; `sorted_problems` gives those that are listed, `totals` how many there are of each code."""

    def __init__(self) -> None:
        self._problems: list[RowProblem] = []
        self._totals: Counter[str] = Counter()
        self._listed: Counter[str] = Counter()

    @property
    def totals(self) -> Mapping[str, int]:
        """Problem code → how many were found in all."""
        return dict(self._totals)

    def add(self, *problems: RowProblem) -> None:
        """Add problems; beyond the first 1,000 of a code, warnings and notices are only counted."""
        self.extend(problems)

    def extend(self, problems: Iterable[RowProblem]) -> None:
        """Add problems in their order, as `add` does."""
        for problem in problems:
            self._totals[problem.code] += 1
            if severity(problem) is not Severity.ERROR:
                if self._listed[problem.code] >= MAX_LISTED:
                    continue
                self._listed[problem.code] += 1
            self._problems.append(problem)

    def add_rows(self, code: str, is_odd: BoolArray, make: Callable[[int], RowProblem]) -> None:
        """Add a warning or notice for each row that a mask names; `make` is called only for those that are listed."""
        rows = np.flatnonzero(is_odd)
        listed = rows[: max(0, MAX_LISTED - self._listed[code])] if PROBLEMS[code].severity is not Severity.ERROR else rows
        self.extend(make(row) for row in listed.tolist())
        if len(rows) > len(listed):
            self._totals[code] += len(rows) - len(listed)

    def sorted_problems(self) -> tuple[RowProblem, ...]:
        """Listed problems by line, those of the whole file first."""
        return tuple(sorted(self._problems, key=lambda problem: problem.line or 0))
