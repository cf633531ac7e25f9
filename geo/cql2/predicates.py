"""What a filter asks of each row: conditions made from CQL2 JSON, every name, kind and word checked against the table of properties."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from shapely.geometry.base import BaseGeometry

from geo.cql2.geometries import ACCEPTED, geometry_of
from geo.cql2.operands import GEOMETRY, Fold, Literal, Named, Operand, ValueKind, check_word, comparable, named, operand_of
from geo.cql2.refusing import InvalidFilter, shown
from geo.school_properties import SchoolProperty
from geo.selecting import BoundingBox

MAX_PATTERN = 200
MAX_ANY_CHARACTERS = 10
"""Signs "_" that may follow a "%" in one pattern: each doubles the states that looking for it may need (10 take 0.1 s at 200,000 names)."""

Properties = Mapping[str, SchoolProperty]
COMPARISONS = ("=", "<>", "<", ">", "<=", ">=")
_FLIPPED = {"<": ">", ">": "<", "<=": ">=", ">=": "<="}


@dataclass(frozen=True, slots=True)
class Always:
    """TRUE or FALSE."""

    value: bool


@dataclass(frozen=True, slots=True)
class Not:
    """The opposite of a condition; of unknown, unknown."""

    part: Predicate


@dataclass(frozen=True, slots=True)
class Junction:
    """All of some conditions, or any of them."""

    is_all: bool
    parts: tuple[Predicate, ...]


@dataclass(frozen=True, slots=True)
class IsNull:
    """That a property, or the position, is not known."""

    name: str


@dataclass(frozen=True, slots=True)
class Compared:
    """A comparison of two operands of one kind; a property comes first where there is one."""

    operator: str
    left: Operand
    right: Operand


@dataclass(frozen=True, slots=True)
class IsIn:
    """That an operand equals one of some values of its kind."""

    item: Operand
    values: tuple[Literal, ...]


@dataclass(frozen=True, slots=True)
class IsLike:
    """That a text is of a pattern in CQL2's words: "%" is any text, "_" any character, "\\" takes the next one as it stands."""

    item: Operand
    pattern: str
    folds: tuple[Fold, ...] = ()


@dataclass(frozen=True, slots=True)
class Intersects:
    """That the position lies in or on a box or geometry."""

    geometry: BoundingBox | BaseGeometry


Predicate = Always | Not | Junction | IsNull | Compared | IsIn | IsLike | Intersects


def predicate_of(tree: Any, properties: Properties) -> Predicate:
    """The condition that CQL2 JSON is.

    Raises
    ------
    InvalidFilter
        It is no condition, uses what is not taken here, or does not fit the properties.
    """
    if isinstance(tree, bool):
        return Always(tree)
    if isinstance(tree, Mapping) and "property" in tree:
        told = named(tree["property"], properties)
        raise InvalidFilter(f"must compare {told.name}, a {told.kind}; alone it is no condition")
    operator = str(tree["op"]) if isinstance(tree, Mapping) and "op" in tree else ""
    if operator not in _MAKERS:
        raise InvalidFilter(f"has {shown(operator or tree)} for a condition; accepted are {_LISTED}")
    parts = tree["args"]
    if len(parts) != _ARITY.get(operator, len(parts)) or not parts:  # "like(a)" is read as LIKE with one side
        raise InvalidFilter(f"gives {operator} {len(parts)} values; it takes {_ARITY.get(operator, 'more')}")
    return _MAKERS[operator](operator, parts, properties)


def _junction(operator: str, parts: Any, properties: Properties) -> Predicate:
    return Junction(operator == "and", tuple(predicate_of(part, properties) for part in parts))


def _negation(operator: str, parts: Any, properties: Properties) -> Predicate:
    return Not(predicate_of(parts[0], properties))


def _is_null(operator: str, parts: Any, properties: Properties) -> Predicate:
    name = parts[0].get("property") if isinstance(parts[0], Mapping) else None
    if name is None:
        raise InvalidFilter("must ask of a property, and of nothing else, whether it IS NULL")
    return IsNull(name if name == GEOMETRY else named(name, properties).name)


def _comparison(operator: str, parts: Any, properties: Properties) -> Predicate:
    left, right = (operand_of(part, properties) for part in parts)
    comparable(left, right)
    if operator in ("=", "<>"):
        check_word(left, right)
    if isinstance(left, Literal) and isinstance(right, Named):
        return Compared(_FLIPPED.get(operator, operator), right, left)
    return Compared(operator, left, right)


def _between(operator: str, parts: Any, properties: Properties) -> Predicate:
    item, low, high = parts
    return Junction(True, (_comparison(">=", (item, low), properties), _comparison("<=", (item, high), properties)))


def _membership(operator: str, parts: Any, properties: Properties) -> Predicate:
    if not isinstance(parts[1], list):
        raise InvalidFilter("must give IN a list of values, such as ('primary', 'secondary')")
    item = operand_of(parts[0], properties)
    operands = [operand_of(value, properties) for value in parts[1]]
    for each in operands:
        comparable(item, each)
        check_word(item, each)
    alike = IsIn(item, tuple(each for each in operands if isinstance(each, Literal)))
    return Junction(False, (alike, *(Compared("=", item, each) for each in operands if not isinstance(each, Literal))))


def _like(operator: str, parts: Any, properties: Properties) -> Predicate:
    item, pattern = (operand_of(part, properties) for part in parts)
    if not isinstance(pattern, Literal) or pattern.kind is not ValueKind.TEXT or item.kind is not ValueKind.TEXT:
        raise InvalidFilter("must have a text or a property of texts before LIKE, and a pattern such as 'Lyceum%' after it")
    text = str(pattern.value)
    if len(text) > MAX_PATTERN or text.partition("%")[2].count("_") > MAX_ANY_CHARACTERS:
        raise InvalidFilter(f"may have patterns of up to {MAX_PATTERN} characters with up to {MAX_ANY_CHARACTERS} '_' after a '%'")
    if re.search(r"(?<!\\)(?:\\\\)*\\\Z", text):
        raise InvalidFilter(r"has a pattern that ends in a single '\', which takes the next character as it stands")
    return IsLike(item, text, pattern.folds)


def _intersection(operator: str, parts: Any, properties: Properties) -> Predicate:
    names = [part for part in parts if isinstance(part, Mapping) and "property" in part]
    others = [part for part in parts if part not in names]
    if len(names) != 1 or len(others) != 1:
        raise InvalidFilter(f"must give S_INTERSECTS {GEOMETRY} and one geometry: {ACCEPTED}")
    if names[0]["property"] != GEOMETRY:
        raise InvalidFilter(f"has no geometry {shown(names[0]['property'])}", nearest=GEOMETRY)
    return Intersects(geometry_of(others[0]))


_MAKERS: Mapping[str, Callable[[str, Any, Properties], Predicate]] = {
    "and": _junction,
    "or": _junction,
    "not": _negation,
    "isNull": _is_null,
    "between": _between,
    "in": _membership,
    "like": _like,
    "s_intersects": _intersection,
    **dict.fromkeys(COMPARISONS, _comparison),
}
_ARITY = {"not": 1, "isNull": 1, "between": 3, "in": 2, "like": 2, "s_intersects": 2, **dict.fromkeys(COMPARISONS, 2)}
_LISTED = "comparisons (= <> < > <= >=), BETWEEN, IN, LIKE, IS NULL, S_INTERSECTS, AND, OR, NOT, TRUE and FALSE"
