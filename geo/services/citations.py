"""Citations: what an address pins so that figures can be had again, the digest of the figures in it, and how it is read back.

Canonical forms: docs/decisions/0027-citations.md. Nothing here reads a release.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

from geo import __version__
from geo.coverage import DEFINITIONS, CoverageRow
from geo.errors import InvalidParameter
from geo.model import API_FILTERS, NO_VALUE, STATUSES, AreaType, Basis, Flag, Grouping, ReleaseRecord, Where, where
from geo.school_properties import PROPERTY_NAMES, property_named
from geo.schools import enrolment_range
from geo.services.filters import canonical_bbox, canonical_datetime, canonical_filter

__all__ = [
    "DEFINITIONS",
    "Cited",
    "CitedRelease",
    "FiguresPart",
    "boundaries_text",
    "cited_release",
    "definitions_of",
    "figures_digest",
    "read_citation",
    "read_filters",
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
_PASSED_OVER = ("f", "lang")
"""Parameters of an address that say how figures are shown, not which."""


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
        Vintages by level of each release, in the order of `releases`.
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
    """Vintages of releases as an address has them: `admin1:2022,admin2:2024`, releases apart by ";", once where all are equal."""
    texts = [",".join(f"{level}:{vintage}" for level, vintage in sorted(vintages.items())) for vintages in releases]
    return texts[0] if len(set(texts)) == 1 else ";".join(texts)


def cited_release(record: ReleaseRecord) -> CitedRelease:
    """A release of the catalog as a citation names it."""
    return CitedRelease(record.id, record.sha256)


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
    text = "\n".join(json.dumps(line, ensure_ascii=False, separators=(",", ":")) for line in lines)
    return f"{DEFINITIONS}-{hashlib.sha256(text.encode()).hexdigest()[:DIGEST_DIGITS]}"


_counts_of = itemgetter(*COUNTED)
_gaps_of = itemgetter(*GAPS)


def _hashed(row: CoverageRow) -> list[int | None]:
    gaps = (None if points is None else round(points * _MILLIONTHS) for points in _gaps_of(row.figures))
    return [*_counts_of(row.figures), *gaps]


def definitions_of(figures: str) -> int:
    """Version of the definitions that a digest was made under; 0 where it says none."""
    version = figures.partition("-")[0]
    return int(version) if version.isascii() and version.isdigit() and len(version) < 6 else 0


def read_citation(link: str) -> Cited:
    """What an address of ours pins.

    Parameters
    ----------
    link
        Of any host, or from the path on; of coverage or of a comparison.

    Raises
    ------
    InvalidParameter
        It is no such address, or does not pin what can be verified: release, sha256, norm and figures.
    """
    address = urlsplit(link.strip())
    parameters = dict(pairs := parse_qsl(address.query, keep_blank_values=True))
    if len(parameters) < len(pairs):
        raise _refused("an address that gives each parameter once", link)
    is_comparison = address.path.endswith(COMPARE_PATH)
    if not (is_comparison or address.path.endswith(COVERAGE_PATH)):
        raise _refused(f"an address of {COVERAGE_PATH} or {COMPARE_PATH}, as `citation_link` of an answer has it", link)
    wanted = ("from", "to") if is_comparison else ("release",)
    if missing := [name for name in (*wanted, "sha256", "norm", "figures") if not parameters.get(name)]:
        raise _refused(f"an address that pins its figures; this one has no {', '.join(missing)}", link)
    known = {*wanted, "sha256", "norm", "basis", "by", "weight", "boundaries", "software", "figures", *API_FILTERS, *_PASSED_OVER}
    if unknown := sorted(set(parameters) - known):
        raise _refused(f"an address without parameters that figures do not have, such as '{unknown[0][:40]}'", link)
    return Cited(
        releases=_releases(",".join(parameters[name] for name in wanted), parameters["sha256"]),
        norms=tuple(parameters["norm"].split(",")),
        basis=_word(Basis, parameters.get("basis", Basis.BEST), "basis"),
        by=tuple(_word(Grouping, word, "by") for word in parameters["by"].split(",")) if parameters.get("by") else (),
        where=read_filters(parameters),
        weight=parameters.get("weight", "both"),
        boundaries=parameters.get("boundaries", ""),
        software=parameters.get("software", ""),
        figures=parameters["figures"],
        is_comparison=is_comparison,
    )


def _releases(ids: str, sha256s: str) -> tuple[CitedRelease, ...]:
    numbers, digests = ids.split(","), sha256s.split(",")
    is_right = all(number.isascii() and number.isdigit() and len(number) < 10 for number in numbers)
    if not is_right or len(numbers) != len(digests) or min(map(len, digests)) < MIN_SHA256:
        raise _refused(f"ids of releases and as many sha256 of at least {MIN_SHA256} digits", f"{ids[:40]} and {sha256s[:80]}")
    return tuple(CitedRelease(int(number), digest) for number, digest in zip(numbers, digests, strict=True))


def _word(kind: Any, word: str, name: str) -> Any:
    try:
        return kind(word)
    except ValueError as error:
        raise _refused(f"an address whose '{name}' is one of {', '.join(kind)}", word) from error


def _refused(accepted: str, got: str) -> InvalidParameter:
    return InvalidParameter(f"a citation is {accepted}; got '{got[:120]}'", parameter="link", code="invalid_citation")


def read_filters(parameters: Mapping[str, str]) -> Where:
    """The filter that canonical parameters make: what `Where.as_parameters` gave.

    Raises
    ------
    InvalidParameter
        A value that its filter does not take.
    """
    return where(**{name: _values(name, parameters[name]) for name in API_FILTERS if parameters.get(name)})


_CANONICAL = {"bbox": canonical_bbox, "datetime": canonical_datetime, "filter": canonical_filter}
_WORDS: Mapping[str, tuple[str, ...]] = {
    "area_type": tuple(AreaType),
    "status": STATUSES,
    "flag": tuple(Flag),
    "disagrees": ("true", "false"),
}
_LISTS_OF_CODES = ("admin1", "admin2", "enrolment", "school_id", "school_id_giga", "school_id_govt")


def _values(name: str, text: str) -> tuple[str, ...]:
    if name in _CANONICAL:
        return (_CANONICAL[name](text),)
    if name == "enrolment":
        for value in text.split(","):
            enrolment_range(value)
    if name in _LISTS_OF_CODES:
        return tuple(text.split(","))
    known = _WORDS.get(name) or (property_named(name).words if name in PROPERTY_NAMES else ())
    return words_of(name, text, (*known, NO_VALUE)) if known else (text,)


def words_of(name: str, text: str, known: Sequence[str]) -> tuple[str, ...]:
    """Known words from a text that joins them by commas, which words may hold themselves.

    Raises
    ------
    InvalidParameter
        Something in it is no known word.
    """
    found: list[str] = []
    rest = text
    while rest:
        word = max((word for word in known if rest == word or rest.startswith(f"{word},")), key=len, default=None)
        if word is None:
            raise InvalidParameter(
                f"'{name}' must be one or more of {', '.join(known)}; got '{rest[:60]}'", parameter=name, code=f"invalid_{name}"
            )
        found.append(str(word))
        rest = rest[len(word) + 1 :]
    return tuple(found)
