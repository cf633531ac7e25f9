"""Citations: what an address pins so that figures can be had again, and the digest of the figures in it.

Canonical forms: docs/decisions/0027-citations.md. Nothing here reads a release.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Any
from urllib.parse import quote, urlencode

import orjson

from geo import __version__
from geo.coverage import DEFINITIONS, CoverageRow
from geo.model import STATUSES, Basis, Grouping, ReleaseRecord, Where

__all__ = [
    "DEFINITIONS",
    "Cited",
    "CitedRelease",
    "FiguresPart",
    "boundaries_text",
    "cited_figures",
    "definitions_of",
    "figures_digest",
]

COVERAGE_PATH = "/api/v1/coverage"
COMPARE_PATH = f"{COVERAGE_PATH}/compare"
DIGEST_DIGITS = 16
"""Hexadecimal digits of the sha256 of figures that an address carries: 64 bits tell any slip; they prove no author."""
SHORT_SHA256 = 16
"""Digits of the sha256 of each release where an address names several."""
MIN_SHA256 = 12
"""The fewest digits of a sha256 that are held against a release: those of its tag."""
WEIGHTS = ("schools", "students", "both")

COUNTED: tuple[str, ...] = (
    *(f"{unit}_{end}" for unit in ("schools", "students") for end in (*STATUSES, "area_type_unknown")),
    *(f"schools_without_enrolment_{status}" for status in STATUSES),
    "schools_flagged_position",
    "schools_rural",
    "schools_unconnected_rural",
    "students_unconnected_rural",
)
"""Counts of a coverage row that its digest holds, in this order; `schools`, `students` and all shares follow from them."""
GAPS: tuple[str, ...] = tuple(
    f"{unit}_{share}_gap_points{bound}"
    for unit in ("schools", "students")
    for share in ("connected", "meets_norm")
    for bound in ("", "_lower", "_upper")
)
"""Gaps of a coverage row that its digest holds after the counts, in millionths of a percentage point."""
_MILLIONTHS = 1_000_000


@dataclass(frozen=True, slots=True)
class CitedRelease:
    """A release as a citation names it; `sha256` may be only the beginning."""

    id: int
    sha256: str


@dataclass(frozen=True, slots=True)
class FiguresPart:
    """Figures of one release under one norm: the rows in the order of their codes, none where nothing is grouped by, and all schools."""

    sha256: str
    norm: str
    rows: Sequence[CoverageRow]
    total: CoverageRow


@dataclass(frozen=True, slots=True)
class Cited:
    """Everything that cited figures depend on.

    Parameters
    ----------
    releases
        In the order of the address; of a comparison `from` and `to`.
    by
        What is grouped by, with `Grouping.RELEASE` where several releases stand one after another.
    boundaries
        `boundaries_text` of the releases.
    figures
        `figures_digest` of the figures; "" where an address does not say.
    """

    releases: tuple[CitedRelease, ...]
    norms: tuple[str, ...]
    basis: Basis
    by: tuple[Grouping, ...]
    where: Where
    weight: str = "both"
    boundaries: str = ""
    software: str = __version__
    figures: str = ""
    is_comparison: bool = False

    @property
    def path(self) -> str:
        """Path of the address."""
        return COMPARE_PATH if self.is_comparison else COVERAGE_PATH

    @property
    def parameters(self) -> dict[str, str]:
        """Query parameters of the address, in canonical order."""
        ids = [str(release.id) for release in self.releases]
        named = {"from": ids[0], "to": ids[-1]} if self.is_comparison else {"release": ",".join(ids)}
        digits = None if len(ids) == 1 else SHORT_SHA256
        parameters = {
            **named,
            "sha256": ",".join(release.sha256[:digits] for release in self.releases),
            "norm": ",".join(self.norms),
            "basis": self.basis.value,
            "by": ",".join(self.by),
            "weight": "" if self.weight == "both" else self.weight,
            **self.where.as_parameters(),
            "boundaries": self.boundaries,
            "software": self.software,
            "figures": self.figures,
        }
        return {name: text for name, text in parameters.items() if text}

    @property
    def link(self) -> str:
        """The address without a host: path and query, always written the same way."""
        return f"{self.path}?{query_text(self.parameters)}"


def query_text(parameters: Mapping[str, str]) -> str:
    """Parameters as a query string, blanks as %20."""
    return urlencode(parameters, quote_via=quote, safe=",:;/")


def boundaries_text(releases: Iterable[Mapping[str, str]]) -> str:
    """Vintages of releases as an address has them: `admin1:2022,admin2:2024`, different ones apart by ";" in the order of the releases."""
    texts = (",".join(f"{level}:{vintage}" for level, vintage in sorted(vintages.items())) for vintages in releases)
    return ";".join(filter(None, dict.fromkeys(texts)))


def cited_figures(
    releases: Iterable[ReleaseRecord], parts: Sequence[FiguresPart], *, basis: Basis, by: tuple[Grouping, ...], where: Where
) -> Cited:
    """What an address pins that gives figures again.

    Parameters
    ----------
    releases
        In the order of the address; those named twice count once.
    parts
        The figures: releases in that order, and the norms of each.
    """
    records = list({record.id: record for record in releases}.values())
    return Cited(
        releases=tuple(CitedRelease(record.id, record.sha256) for record in records),
        norms=tuple(dict.fromkeys(part.norm for part in parts)),
        basis=basis,
        by=by,
        where=where,
        boundaries=boundaries_text(record.vintages for record in records),
        figures=figures_digest(basis, by, where, parts),
    )


def figures_digest(basis: Basis, by: Sequence[Grouping], where: Where, parts: Iterable[FiguresPart]) -> str:
    """Version of the definitions and the first digits of the sha256 of figures, such as `1-9f86d081884c7d65`.

    Parameters
    ----------
    by
        What each part is grouped by; a release is no group here, since each has parts of its own.

    Notes
    -----
    What is hashed is lines of compact JSON in UTF-8, apart by a line feed: docs/decisions/0027-citations.md.
    """
    groupings = [grouping.value for grouping in by if grouping is not Grouping.RELEASE]
    lines: list[Any] = [["qosyl-figures", DEFINITIONS, basis.value, groupings, list(where.as_parameters().items())]]
    for part in parts:
        lines.append([part.sha256, part.norm])
        lines += [[list(row.keys.values()), *_hashed(row)] for row in part.rows]
        lines.append([None, *_hashed(part.total)])
    text = b"\n".join(map(orjson.dumps, lines))
    return f"{DEFINITIONS}-{hashlib.sha256(text).hexdigest()[:DIGEST_DIGITS]}"


_counts_of = itemgetter(*COUNTED)
_gaps_of = itemgetter(*GAPS)


def _hashed(row: CoverageRow) -> list[int | None]:
    gaps = [None if points is None else round(points * _MILLIONTHS) for points in _gaps_of(row.figures)]
    return [*_counts_of(row.figures), *gaps]


def definitions_of(figures: str) -> int:
    """Version of the definitions that a digest was made under; 0 where it says none."""
    version = figures.partition("-")[0]
    return int(version) if version.isascii() and version.isdigit() and len(version) < 6 else 0
