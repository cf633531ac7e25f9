"""Reads CQL2 text by the library, within limits that keep its recursive parser from running out of stack or time.

The limits are counted on the text outside of quotes. Each was found by measuring the parser of cql2 0.6.0: nesting uses about 5 kB of
stack a level at most, and 512 kB must do, a quarter of what threads of the server have; an error within parentheses makes it try again,
so that every level doubles the time that its characters take.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import cql2

from geo.cql2.predicates import Predicate, predicate_of
from geo.cql2.refusing import InvalidFilter, shown
from geo.school_properties import SchoolProperty

MAX_CHARACTERS = 4_000
MAX_OPERATORS = 80
"""Signs and words that may nest without a parenthesis: comparisons, arithmetic, NOT, LIKE, IN, BETWEEN."""
MAX_STEPS = 40_000
"""Characters, each counted 2^depth times; the slowest text found within it takes 100 ms to be refused."""
MAX_PATTERNS = 5
"""LIKEs, each of which looks at every name."""
MAX_DEPTH = 12
"""Parentheses within each other. A multi-polygon takes four."""

_QUOTED = re.compile(r"'(?:[^']|'')*'|\"[^\"']*\"")
"""Takes "'it''s'" and '"status"'; "'a\\'" is whole too, since the library knows no backslash."""
_NUMBER = r"[+-]?\d+(?:\.\d*)?(?:[eE][+-]?\d+)?"
_POSITIONS = re.compile(rf"(?<=[(,])\s*{_NUMBER}(?:\s+{_NUMBER})*\s*(?=[,)])")
"""Positions of a geometry and numbers of a list, which nest nothing: "(66 -42," and ",-1)"."""
_OPERATOR = re.compile(r"<>|[<>]=?|[-=+*/%^]|\b(?:NOT|LIKE|IN|BETWEEN|DIV)\b", re.IGNORECASE)
_EXAMPLE = "CQL2 text such as status = 'unconnected' AND num_students > 100"


@dataclass(frozen=True, slots=True)
class Filter:
    """A filter that was read.

    Parameters
    ----------
    text
        Its canonical text: reading it gives the same filter.
    predicate
        What it asks of each row.
    """

    text: str
    predicate: Predicate


def read_filter(text: str, properties: Mapping[str, SchoolProperty]) -> Filter:
    """Read CQL2 text that asks about some properties, and about `geometry`.

    Raises
    ------
    InvalidFilter
        It is too long, nested too deeply, no CQL2, or does not fit the properties: an unknown name, a text compared with a number, a
        word that a property never has, a geometry that is none.
    """
    _keep_within_limits(text)
    canonical, tree = _parsed(text)
    _keep_within_limits(canonical)
    return Filter(canonical, predicate_of(tree, properties))


def _parsed(text: str) -> tuple[str, Any]:
    try:
        expression = cql2.parse_text(text)
        return expression.to_text(), expression.to_json()
    except Exception as error:  # the library raises bare Exception for numbers beyond a double
        place = re.search(r"--> 1:(\d+)", str(error))
        where = f" (unexpected from character {place[1]} on)" if place else ""
        raise InvalidFilter(f"must be {_EXAMPLE}; got {shown(text)}{where}") from error


def _keep_within_limits(text: str) -> None:
    if len(text) > MAX_CHARACTERS:
        raise InvalidFilter(f"must be of at most {MAX_CHARACTERS} characters; got {len(text)}")
    bare = _QUOTED.sub("''", text)
    if re.search(r"['\"]", bare.replace("''", "")):
        raise InvalidFilter(f"must be {_EXAMPLE}, every quote closed; got {shown(text)}")
    bare = _POSITIONS.sub("0", bare)
    operators = sum(1 for _ in _OPERATOR.finditer(bare))
    if operators > MAX_OPERATORS:
        raise InvalidFilter(f"may have at most {MAX_OPERATORS} operators; got {operators}")
    patterns = len(re.findall(r"\bLIKE\b", bare, re.IGNORECASE))
    if patterns > MAX_PATTERNS:
        raise InvalidFilter(f"may have at most {MAX_PATTERNS} LIKE; got {patterns}")
    if not _is_shallow(bare):
        raise InvalidFilter("is nested too deeply: use fewer parentheses within each other, or a shorter filter within them")


def _is_shallow(bare: str) -> bool:
    depth = steps = 0
    for piece in re.split(r"([()])", bare):
        depth += (piece == "(") - (piece == ")")
        steps += len(piece) << max(depth, 0)
        if depth > MAX_DEPTH or steps > MAX_STEPS:
            return False
    return True
