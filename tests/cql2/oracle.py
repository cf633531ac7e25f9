"""Random filters in CQL2 text, each beside a plain reading of it: a function that says of one row whether it holds, or None for unknown."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from hypothesis import strategies as st

Row = Mapping[str, Any]
Condition = tuple[str, Callable[[Row], bool | None]]
Operand = tuple[str, Callable[[Row], Any]]

COMPARE = {"=": operator.eq, "<>": operator.ne, "<": operator.lt, ">": operator.gt, "<=": operator.le, ">=": operator.ge}
WORKED = {"+": operator.add, "-": operator.sub, "*": operator.mul, "/": operator.truediv}
WORDS = ("Лицей", "лицей", "Lyceum", "Lycéum", "l'école", "100%", "a_b", "a\\b", "", "NOT (x", "Әл-Фараби", 'say "hi"')
NUMBERS = (-1.0, 0.0, 0.1, 1.0, 20.0, 300.5)
DAYS = (date(2023, 12, 31), date(2024, 1, 1), date(2024, 2, 29))
TEXTS = ("school_name", "admin1_name")
AMOUNTS = ("num_students", "upload_speed_mbps")
PATTERNS = ("%", "_", "", "Л%", "%й", "%ц%", "____й", "100\\%", "a\\_b", "a_b", "%\\\\%", "%(%", "l''%", "%.%")


def quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def is_like(text: str, pattern: str) -> bool:
    """The pattern read letter by letter, the slow way."""
    if not pattern:
        return not text
    if pattern[0] == "%":
        return any(is_like(text[start:], pattern[1:]) for start in range(len(text) + 1))
    if pattern[0] == "\\":
        return text[:1] == pattern[1] and is_like(text[1:], pattern[2:])
    return bool(text) and pattern[0] in ("_", text[0]) and is_like(text[1:], pattern[1:])


def known(function: Callable[..., bool], *values: Any) -> bool | None:
    return None if any(value is None for value in values) else function(*values)


def _literal(text: str, value: Any) -> Operand:
    return text, lambda row: value


def _property(name: str) -> Operand:
    return name, lambda row: row[name]


def _folded(operand: Operand) -> Operand:
    text, read = operand
    return f"CASEI({text})", lambda row: None if read(row) is None else read(row).lower()


def _worked(sign: str, one: Operand, other: Operand) -> Operand:
    def made(row: Row) -> float | None:
        left, right = one[1](row), other[1](row)
        if left is None or right is None or (sign == "/" and right == 0):
            return None
        return WORKED[sign](float(left), float(right))

    return f"({one[0]} {sign} {other[0]})", made


texts = st.one_of(
    st.sampled_from(TEXTS).map(_property),
    st.sampled_from(WORDS).map(lambda word: _literal(quoted(word), word)),
)
texts = st.one_of(texts, texts.map(_folded))
simple_amounts = st.one_of(
    st.sampled_from(AMOUNTS).map(_property), st.sampled_from(NUMBERS).map(lambda number: _literal(f"{number:.15g}", number))
)
amounts = st.recursive(simple_amounts, lambda part: st.builds(_worked, st.sampled_from(sorted(WORKED)), part, part), max_leaves=3)
days = st.one_of(
    st.just(_property("connectivity_collected_on")), st.sampled_from(DAYS).map(lambda day: _literal(f"DATE('{day.isoformat()}')", day))
)
pairs = st.one_of(*(st.tuples(kind, kind) for kind in (texts, amounts, days)))
triples = st.one_of(*(st.tuples(kind, kind, kind) for kind in (texts, amounts, days)))


def _comparison(sign: str, sides: tuple[Operand, Operand]) -> Condition:
    (left, read_left), (right, read_right) = sides
    return f"{left} {sign} {right}", lambda row: known(COMPARE[sign], read_left(row), read_right(row))


def both(one: bool | None, other: bool | None) -> bool | None:
    if one is False or other is False:
        return False
    return None if one is None or other is None else True


def opposite(one: bool | None) -> bool | None:
    return None if one is None else not one


def either(one: bool | None, other: bool | None) -> bool | None:
    return opposite(both(opposite(one), opposite(other)))


def _between(operands: tuple[Operand, Operand, Operand]) -> Condition:
    (item, read), (low, read_low), (high, read_high) = operands
    return (
        f"{item} BETWEEN {low} AND {high}",
        lambda row: both(known(operator.ge, read(row), read_low(row)), known(operator.le, read(row), read_high(row))),
    )


def _membership(operands: tuple[Operand, Operand, Operand]) -> Condition:
    (item, read), *members = operands
    return (
        f"{item} IN ({', '.join(text for text, _ in members)})",
        lambda row: either(*(known(operator.eq, read(row), read_one(row)) for _, read_one in members)),
    )


def _pattern(item: Operand, pattern: str) -> Condition:
    text, read = item
    plain = pattern.replace("''", "'")
    return f"{text} LIKE '{pattern}'", lambda row: known(lambda value: is_like(value, plain), read(row))


def _null(name: str) -> Condition:
    return f"{name} IS NULL", lambda row: row[name] is None


def _box(corner: tuple[int, int], size: tuple[int, int], written: str) -> Condition:
    west, south = corner
    east, north = west + size[0], south + size[1]
    ring = f"({west} {south},{east} {south},{east} {north},{west} {north},{west} {south})"
    shape = {
        "box": f"BBOX({west},{south},{east},{north})",
        "polygon": f"POLYGON({ring})",
        "several": f"MULTIPOLYGON(({ring}))",
    }[written]

    def holds(row: Row) -> bool | None:
        if row["geometry"] is None:
            return None
        longitude, latitude = row["geometry"]
        return west <= longitude <= east and south <= latitude <= north

    return f"S_INTERSECTS(geometry, {shape})", holds


corners = st.integers(-3, 3)
sizes = st.integers(1, 4)
simple = st.one_of(
    st.builds(_comparison, st.sampled_from(sorted(COMPARE)), pairs),
    triples.map(_between),
    triples.map(_membership),
    st.builds(_pattern, texts, st.sampled_from(PATTERNS)),
    st.sampled_from([*TEXTS, *AMOUNTS, "connectivity_collected_on", "geometry"]).map(_null),
    st.builds(_box, st.tuples(corners, corners), st.tuples(sizes, sizes), st.sampled_from(["box", "polygon", "several"])),
    st.sampled_from([("TRUE", lambda row: True), ("FALSE", lambda row: False)]),
)


def _not(part: Condition) -> Condition:
    text, holds = part
    return f"NOT ({text})", lambda row: opposite(holds(row))


def _joined(word: str, one: Condition, other: Condition) -> Condition:
    join = both if word == "AND" else either
    return f"({one[0]}) {word} ({other[0]})", lambda row: join(one[1](row), other[1](row))


filters: st.SearchStrategy[Condition] = st.recursive(
    simple,
    lambda part: st.one_of(part.map(_not), st.builds(_joined, st.sampled_from(["AND", "OR"]), part, part)),
    max_leaves=5,
)
