"""What a comparison compares: properties and literals of one kind, checked against the table of properties."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Any

from geo.cql2.refusing import InvalidFilter, nearest_of, shown
from geo.school_properties import PropertyKind, SchoolProperty

GEOMETRY = "geometry"
"""Name of the position of a feature in filters."""
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_INSTANT = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,6})?Z", re.ASCII)
"""CQL2 has instants in UTC alone: takes "2024-05-01T00:00:00Z", refuses "2024-05-01T00:00:00+05:00"."""
_SECONDS_A_DAY = 86_400
_FIRST_DAY = date(1970, 1, 1).toordinal()


class ValueKind(StrEnum):
    """What can be compared with each other."""

    TEXT = "text"
    NUMBER = "number"
    TIME = "date"


class Fold(StrEnum):
    """What a comparison of texts overlooks."""

    CASE = "casei"
    ACCENTS = "accenti"


KIND_OF: Mapping[PropertyKind, ValueKind] = {
    PropertyKind.TEXT: ValueKind.TEXT,
    PropertyKind.WHOLE_NUMBER: ValueKind.NUMBER,
    PropertyKind.NUMBER: ValueKind.NUMBER,
    PropertyKind.DATE: ValueKind.TIME,
}
ACCEPTED: Mapping[ValueKind, str] = {
    ValueKind.TEXT: "a text such as 'KZ'",
    ValueKind.NUMBER: "a number such as 100",
    ValueKind.TIME: "a date such as DATE('2024-05-01')",
}


@dataclass(frozen=True, slots=True)
class Named:
    """A property as an operand; `words` are those that it can be, empty where anything."""

    name: str
    kind: ValueKind
    words: tuple[str, ...] = ()
    folds: tuple[Fold, ...] = ()


@dataclass(frozen=True, slots=True)
class Literal:
    """A value as an operand: a text, a number, or days since 1970-01-01 in UTC, a part of a day for an instant."""

    value: str | float
    kind: ValueKind
    folds: tuple[Fold, ...] = ()


@dataclass(frozen=True, slots=True)
class Worked:
    """What two numbers make; unknown where one of them is, and where it is divided by zero."""

    operator: str
    left: Operand
    right: Operand
    kind: ValueKind = ValueKind.NUMBER
    folds: tuple[Fold, ...] = ()


Operand = Named | Literal | Worked
ARITHMETIC = ("+", "-", "*", "/")


def operand_of(tree: Any, properties: Mapping[str, SchoolProperty]) -> Operand:
    """The operand that a part of CQL2 JSON is.

    Raises
    ------
    InvalidFilter
        An unknown property or function, a condition or null where a value is compared, a date that is none.
    """
    if isinstance(tree, str):
        return Literal(tree, ValueKind.TEXT)
    if isinstance(tree, int | float) and not isinstance(tree, bool):
        return Literal(float(tree), ValueKind.NUMBER)
    if isinstance(tree, Mapping):
        if "property" in tree:
            return named(tree["property"], properties)
        if "date" in tree or "timestamp" in tree:
            return Literal(_days(tree), ValueKind.TIME)
        if tree.get("op") in set(Fold) and len(tree["args"]) == 1:
            return _folded(Fold(tree["op"]), operand_of(tree["args"][0], properties))
        if tree.get("op") in ARITHMETIC and len(tree["args"]) == 2:
            return _worked(tree["op"], *(operand_of(part, properties) for part in tree["args"]))
    raise InvalidFilter(_not_compared(tree))


def named(name: str, properties: Mapping[str, SchoolProperty]) -> Named:
    """The property of a name as an operand.

    Raises
    ------
    InvalidFilter
        There is none, or it is the geometry.
    """
    if name == GEOMETRY:
        raise InvalidFilter(f"can ask of {GEOMETRY} whether S_INTERSECTS({GEOMETRY}, …) or {GEOMETRY} IS NULL, and no more")
    if name not in properties:
        names = (*properties, GEOMETRY)
        raise InvalidFilter(f"names no property {shown(name)}", nearest=nearest_of(name, names), accepted=f"There are {', '.join(names)}.")
    known = properties[name]
    return Named(name, KIND_OF[known.kind], known.words)


def comparable(left: Operand, right: Operand) -> None:
    """Refuse to compare what is not of one kind.

    Raises
    ------
    InvalidFilter
        Naming the property, its kind and what it can be compared with.
    """
    if left.kind is not right.kind:
        subject, other = (left, right) if isinstance(left, Named) else (right, left)
        raise InvalidFilter(f"must compare {_told(subject)} with {ACCEPTED[subject.kind]}, not with {_told(other)}")


def check_word(subject: Operand, value: Operand) -> None:
    """Refuse a literal that a property of a closed list of words never equals, since it would be a slip that selects nothing.

    Raises
    ------
    InvalidFilter
        Naming the property, the nearest word and all of them.
    """
    if isinstance(subject, Literal):
        subject, value = value, subject
    if not isinstance(subject, Named) or not isinstance(value, Literal) or not subject.words or subject.folds or value.folds:
        return
    if value.value not in subject.words:
        raise InvalidFilter(
            f"asks whether {subject.name} is {shown(value.value)}",
            nearest=nearest_of(str(value.value), subject.words),
            accepted=f"It is one of {', '.join(subject.words)}.",
        )


def _folded(fold: Fold, operand: Operand) -> Operand:
    if operand.kind is not ValueKind.TEXT:
        raise InvalidFilter(f"must give {fold.upper()} a text, not {_told(operand)}")
    return replace(operand, folds=tuple(dict.fromkeys((*operand.folds, fold))))


def _worked(operator: str, left: Operand, right: Operand) -> Worked:
    for each in (left, right):
        if each.kind is not ValueKind.NUMBER:
            raise InvalidFilter(f"must give {operator} two numbers, not {_told(each)}")
    return Worked(operator, left, right)


def _days(tree: Mapping[str, Any]) -> float:
    text = tree.get("date", tree.get("timestamp"))
    try:
        if "date" in tree and isinstance(text, str) and _DAY.fullmatch(text):
            return float(date.fromisoformat(text).toordinal() - _FIRST_DAY)
        if "timestamp" in tree and isinstance(text, str) and _INSTANT.fullmatch(text):
            return (datetime.fromisoformat(text) - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds() / _SECONDS_A_DAY
    except ValueError:
        pass
    raise InvalidFilter(f"must write dates as DATE('2024-05-01') or TIMESTAMP('2024-05-01T00:00:00Z'); got {shown(text)}")


def _told(operand: Operand) -> str:
    if isinstance(operand, Named):
        return f"{operand.name}, a {operand.kind},"
    if isinstance(operand, Worked):
        return f"what '{operand.operator}' makes, a number,"
    if operand.kind is ValueKind.TIME:
        return "a date"
    return f"the text {shown(operand.value)}" if operand.kind is ValueKind.TEXT else f"the number {operand.value:.15g}"


def _not_compared(tree: Any) -> str:
    if tree is None:
        return "cannot compare with NULL, which nothing equals; write … IS NULL or … IS NOT NULL"
    if isinstance(tree, bool):
        return "compares a property with TRUE or FALSE, but no property is either"
    if isinstance(tree, Mapping) and "op" in tree:
        return (
            f"uses {shown(tree['op'])} where a property or a value is compared; accepted there are + - * /, CASEI and "
            "ACCENTI, and no other function"
        )
    return "compares what is neither a property, a text, a number nor a date"
