"""Reads the address of a citation back into what it pins, strictly: an address that is read wrongly would be verified wrongly."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from geo.errors import InvalidParameter
from geo.model import API_FILTERS, NO_VALUE, STATUSES, AreaType, Basis, Flag, Grouping, Where, where
from geo.norms import norm_named
from geo.school_properties import PROPERTY_NAMES, property_named
from geo.schools import enrolment_range
from geo.services.citations import COMPARE_PATH, COVERAGE_PATH, MIN_SHA256, WEIGHTS, Cited, CitedRelease
from geo.services.filters import canonical_bbox, canonical_datetime, canonical_filter

_PASSED_OVER = ("f", "lang", "filter-lang", "filter-crs")
"""Parameters of an address that say how figures are shown or how a filter is written, not which figures they are."""


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
    try:
        address = urlsplit(link.strip())
        parameters = dict(pairs := parse_qsl(address.query, keep_blank_values=True))
    except ValueError as error:
        raise _refused("an address", link) from error
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
        norms=tuple(norm_named(name).name for name in parameters["norm"].split(",")),
        basis=_word(Basis, parameters.get("basis", Basis.BEST), "basis"),
        by=tuple(_word(Grouping, word, "by") for word in parameters["by"].split(",")) if parameters.get("by") else (),
        where=read_filters(parameters),
        weight=_weight(parameters.get("weight", "both")),
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


def _weight(word: str) -> str:
    if word not in WEIGHTS:
        raise _refused(f"an address whose 'weight' is one of {', '.join(WEIGHTS)}", word)
    return word


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
