"""Works a filter out on columns, in three-valued logic: what is compared with a value that nobody knows is neither true nor false."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import reduce

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import shapely
from shapely.geometry.base import BaseGeometry

from geo.cql2.operands import GEOMETRY, Fold, Literal, Named, Operand, ValueKind, Worked
from geo.cql2.predicates import Always, Compared, Intersects, IsIn, IsLike, IsNull, Junction, Not, Predicate
from geo.schools import BoolArray, FloatArray, Int32Array, is_position
from geo.selecting import BoundingBox, is_in_bbox

Values = Callable[[str], pa.Array | pa.ChunkedArray]
"""Values of a property by its name, n of them: text (dictionary-encoded or not), numbers or days, null where unknown."""

_NUMPY = {
    "=": np.equal,
    "<>": np.not_equal,
    "<": np.less,
    ">": np.greater,
    "<=": np.less_equal,
    ">=": np.greater_equal,
}
_WORKED = {"+": np.add, "-": np.subtract, "*": np.multiply, "/": np.divide}
_ARROW = {
    "=": pc.equal,
    "<>": pc.not_equal,
    "<": pc.less,
    ">": pc.greater,
    "<=": pc.less_equal,
    ">=": pc.greater_equal,
}


def is_selected(predicate: Predicate, values: Values, count: int) -> BoolArray:
    """Which rows a filter selects, shape (n,): those of which it is true; unknown is not.

    Parameters
    ----------
    values
        Columns, of which `longitude` and `latitude` (degrees, WGS84) are the position.
    count
        n; 0 gives an empty array.
    """
    return _Evaluation(values, count).truth(predicate).is_true


@dataclass(frozen=True, slots=True)
class _Truth:
    """Of which rows a condition is true and of which it is false, each of shape (n,); of the rest it is unknown."""

    is_true: BoolArray
    is_false: BoolArray


@dataclass(frozen=True, slots=True)
class _Texts:
    """Texts as places in a vocabulary, shape (n,), -1 for null; a literal is one word that every row has."""

    vocabulary: pa.StringArray
    places: Int32Array

    def found(self, is_hit: pa.BooleanArray) -> _Truth:
        """The truth of a condition on words, on the rows."""
        table = np.append(np.asarray(is_hit, dtype=bool), False)
        is_known = self.places >= 0
        is_true = table[self.places]
        return _Truth(is_true, is_known & ~is_true)

    def decoded(self) -> pa.StringArray:
        """One text a row."""
        return self.vocabulary.take(pa.array(self.places, mask=self.places < 0))


class _Evaluation:
    """One filter on one table; columns that it asks for more than once are taken once."""

    def __init__(self, values: Values, count: int) -> None:
        self._values = values
        self._count = count
        self._texts: dict[tuple[str, tuple[Fold, ...]], _Texts] = {}
        self._numbers: dict[str, FloatArray] = {}

    def truth(self, predicate: Predicate) -> _Truth:
        """Of which rows a condition holds, and of which it does not."""
        if isinstance(predicate, Not):
            part = self.truth(predicate.part)
            return _Truth(part.is_false, part.is_true)
        if isinstance(predicate, Junction):
            return reduce(_both if predicate.is_all else _either, (self.truth(part) for part in predicate.parts))
        return self._simple(predicate)

    def _simple(self, predicate: Always | IsNull | Compared | IsIn | IsLike | Intersects) -> _Truth:
        if isinstance(predicate, Compared):
            return self._compared(predicate)
        if isinstance(predicate, IsIn):
            return self._is_in(predicate)
        if isinstance(predicate, IsLike):
            words = self._text(predicate.item)
            return words.found(pc.match_substring_regex(words.vocabulary, _expression(predicate)))
        if isinstance(predicate, Intersects):
            return self._intersects(predicate)
        is_true = np.full(self._count, predicate.value) if isinstance(predicate, Always) else self._is_null(predicate.name)
        return _settled(is_true)

    def _is_null(self, name: str) -> BoolArray:
        if name == GEOMETRY:
            return ~is_position(self._number("latitude"), self._number("longitude"))
        return np.asarray(pc.is_null(self._values(name), nan_is_null=True))

    def _compared(self, asked: Compared) -> _Truth:
        if asked.left.kind is not ValueKind.TEXT:
            left, right = self._amount(asked.left), self._amount(asked.right)
            is_known = ~(np.isnan(left) | np.isnan(right)) & np.full(self._count, True)
            is_true = _NUMPY[asked.operator](left, right) & is_known
            return _Truth(is_true, is_known & ~is_true)
        if isinstance(asked.right, Literal):
            words = self._text(asked.left)
            return words.found(_ARROW[asked.operator](words.vocabulary, _folded_text(asked.right)))
        found = _ARROW[asked.operator](self._text(asked.left).decoded(), self._text(asked.right).decoded())
        return _Truth(np.asarray(pc.fill_null(found, False)), np.asarray(pc.fill_null(pc.invert(found), False)))

    def _is_in(self, asked: IsIn) -> _Truth:
        if asked.item.kind is ValueKind.TEXT:
            words = self._text(asked.item)
            wanted = pa.array([_folded_text(value).as_py() for value in asked.values], pa.string())
            return words.found(pc.is_in(words.vocabulary, value_set=wanted))
        amounts = np.broadcast_to(self._amount(asked.item), (self._count,))
        is_true = np.isin(amounts, np.asarray([float(value.value) for value in asked.values]))
        return _Truth(is_true, ~is_true & ~np.isnan(amounts))

    def _intersects(self, asked: Intersects) -> _Truth:
        longitude, latitude = self._number("longitude"), self._number("latitude")
        is_placed = is_position(latitude, longitude)
        if isinstance(asked.geometry, BoundingBox):
            is_true = is_in_bbox(longitude, latitude, asked.geometry)
        else:
            is_true = _is_within(longitude, latitude, asked.geometry) & is_placed
        return _Truth(is_true, is_placed & ~is_true)

    def _amount(self, operand: Operand) -> FloatArray | np.float64:
        if isinstance(operand, Worked):
            with np.errstate(all="ignore"):
                made = _WORKED[operand.operator](self._amount(operand.left), self._amount(operand.right))
            return np.where(np.isfinite(made), made, np.nan)
        return self._number(operand.name) if isinstance(operand, Named) else np.float64(operand.value)

    def _number(self, name: str) -> FloatArray:
        if name not in self._numbers:
            column = self._values(name)
            if pa.types.is_date32(column.type):
                column = column.cast(pa.int32())
            self._numbers[name] = np.asarray(column.cast(pa.float64()))
        return self._numbers[name]

    def _text(self, operand: Operand) -> _Texts:
        if isinstance(operand, Literal):
            return _Texts(pa.array([_folded_text(operand).as_py()]), np.zeros(self._count, dtype=np.int32))
        if isinstance(operand, Worked):
            raise TypeError("what is worked out is a number")  # which reading a filter has made sure of
        key = (operand.name, operand.folds)
        if key not in self._texts:
            self._texts[key] = _texts(self._values(operand.name), operand.folds)
        return self._texts[key]


def _settled(is_true: BoolArray) -> _Truth:
    return _Truth(is_true, ~is_true)


def _both(one: _Truth, other: _Truth) -> _Truth:
    return _Truth(one.is_true & other.is_true, one.is_false | other.is_false)


def _either(one: _Truth, other: _Truth) -> _Truth:
    return _Truth(one.is_true | other.is_true, one.is_false & other.is_false)


def _texts(column: pa.Array | pa.ChunkedArray, folds: tuple[Fold, ...]) -> _Texts:
    if isinstance(column, pa.ChunkedArray):
        column = column.unify_dictionaries().combine_chunks()
    if not pa.types.is_dictionary(column.type):
        column = column.dictionary_encode()
    places = np.asarray(column.indices.fill_null(-1)).astype(np.int32, copy=False)
    return _Texts(_folded(column.dictionary.cast(pa.string()), folds), places)


def _folded(texts: pa.StringArray, folds: tuple[Fold, ...]) -> pa.StringArray:
    """Texts without what is overlooked: by lower case of each character, and without the marks of Unicode's decomposition."""
    for fold in folds:
        if fold is Fold.CASE:
            texts = pc.utf8_lower(texts)
        else:
            texts = pc.replace_substring_regex(pc.utf8_normalize(texts, form="NFD"), r"\p{Mn}+", "")
    return texts


def _folded_text(literal: Literal) -> pa.StringScalar:
    return _folded(pa.array([str(literal.value)]), literal.folds)[0]


_WILD = {"%": ".*", "_": "."}


def _expression(asked: IsLike) -> str:
    """A pattern as a regular expression of RE2, which looks at each character of a text once, whatever the pattern."""
    folded = _folded(pa.array([asked.pattern]), asked.folds)[0].as_py()
    pieces = re.findall(r"\\.|[^\\]", folded, re.DOTALL)
    body = "".join(_WILD.get(piece) or re.escape(piece[-1]) for piece in pieces)
    return f"(?s)^{re.sub(r'(?:[.][*])+', '.*', body)}$"


def _is_within(longitude: FloatArray, latitude: FloatArray, geometry: BaseGeometry) -> BoolArray:
    """Whether each position lies in or on a geometry, shape (n,): looked for only within its bounds."""
    west, south, east, north = geometry.bounds
    with np.errstate(invalid="ignore"):
        places = np.flatnonzero((longitude >= west) & (longitude <= east) & (latitude >= south) & (latitude <= north))
    shapely.prepare(geometry)
    is_true = np.zeros(len(longitude), dtype=bool)
    is_true[places[shapely.intersects_xy(geometry, longitude[places], latitude[places])]] = True
    return is_true
