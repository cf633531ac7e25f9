"""Schools as the text of GeoJSON features, written column by column: no object is made for a school.

Columns whose values repeat are joined, as long as they have few combinations, and the text of each combination is written once and
kept; a row then is a few look-ups. Numbers are written a column at a time.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import repeat
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
import orjson
import pyarrow as pa

from geo.model import STATUSES, Basis
from geo.norms import required_mbps
from geo.school_properties import FEATURE_PROPERTIES, PropertyKind, SchoolProperty
from geo.schools import FloatArray, Int32Array, Int64Array, is_position, one_chunk
from geo.services.coverage import Shown
from geo.services.opened import OpenedRelease
from geo.services.school_tables import school_table
from geo.services.workspace import Workspace

MAX_JOINED = 8_192
"""Combinations of joined columns that are written out; more are left apart. A text takes some hundred bytes."""
MAX_COMPARED = 2**24
"""Possible combinations that are looked through for those that there are."""
MAX_KEPT_FEATURES = 8_000
"""Features of a release that are kept as text, under all norms; some two kilobytes each."""
FEATURE_NAMES: tuple[str, ...] = tuple(each.name for each in FEATURE_PROPERTIES)

Fragments = Sequence[bytes]
_Features = dict[tuple[str, Basis], dict[int, bytes]]


class _Part(Protocol):
    """Some properties of schools, other than by codes."""

    def texts(self, shown: Shown, rows: Int64Array) -> Fragments:
        """`,"name":value` of some properties for each of some rows."""


@dataclass(frozen=True)
class _Words:
    """Properties whose values repeat: the text of each code."""

    labels: tuple[bytes, ...]


@dataclass(frozen=True)
class _Coded:
    """The same with the code of each school, shape (n,)."""

    codes: Int32Array
    labels: tuple[bytes, ...]


@dataclass(frozen=True)
class _Columns:
    """What features of a release are written from: parts in the order of properties, and the codes of those with words.

    `codes` has a row a school and a column for each part of words, shape (n, parts of words): all codes of a school lie together.
    """

    parts: tuple[_Part | _Words, ...]
    codes: npt.NDArray[np.unsignedinteger[Any]]


@dataclass(frozen=True)
class _Numbers:
    """A column of numbers, read where Arrow has it; a bit a school says whether it is known."""

    name: bytes
    values: FloatArray
    is_known: npt.NDArray[np.uint8] | None
    offset: int

    def texts(self, shown: Shown, rows: Int64Array) -> Fragments:
        values = self.values[rows]
        if self.is_known is not None:
            at = rows + self.offset
            values = np.where((self.is_known[at >> 3] >> (at & 7).astype(np.uint8)) & 1, values, np.nan)
        return _written(self.name, values)


@dataclass(frozen=True)
class _Whole:
    """A column of whole numbers."""

    name: bytes
    column: pa.Array

    def texts(self, shown: Shown, rows: Int64Array) -> Fragments:
        return [self.name + orjson.dumps(value) for value in self.column.take(pa.array(rows)).to_pylist()]


@dataclass(frozen=True)
class _Texts:
    """A column of texts that hardly repeat."""

    name: bytes
    column: pa.Array

    def texts(self, shown: Shown, rows: Int64Array) -> Fragments:
        return [self.name + orjson.dumps(value) for value in self.column.take(pa.array(rows)).to_pylist()]


class _Status:
    def texts(self, shown: Shown, rows: Int64Array) -> Fragments:
        return list(map(_STATUS_TEXTS.__getitem__, shown.opened.statuses(shown.norm, shown.basis)[rows].tolist()))


class _Required:
    def texts(self, shown: Shown, rows: Int64Array) -> Fragments:
        return _written(b',"required_mbps":', required_mbps(shown.norm, shown.opened.columns.num_students[rows]))


class _Speed:
    def texts(self, shown: Shown, rows: Int64Array) -> Fragments:
        declared, measured = shown.opened.columns.declared_mbps[rows], shown.opened.columns.measured_mbps[rows]
        known = {Basis.DECLARED: declared, Basis.MEASURED: measured}
        return _written(b',"download_speed_mbps":', known.get(shown.basis, np.where(np.isnan(measured), declared, measured)))


class _SpeedBasis:
    def texts(self, shown: Shown, rows: Int64Array) -> Fragments:
        columns, basis = shown.opened.columns, shown.basis
        is_measured = ~np.isnan(columns.measured_mbps[rows]) & (basis is not Basis.DECLARED)
        is_declared = ~np.isnan(columns.declared_mbps[rows]) & (basis is not Basis.MEASURED)
        codes = np.where(is_measured, 0, np.where(is_declared, 1, 2))
        return list(map(_BASIS_TEXTS.__getitem__, codes.tolist()))


_STATUS_TEXTS = tuple(b',"status":"%b"' % status.encode() for status in STATUSES)
_BASIS_TEXTS = tuple(b',"download_speed_basis":' + value for value in (b'"measured"', b'"declared"', b"null"))
_OF_VIEW: Mapping[str, _Part] = {
    "status": _Status(),
    "required_mbps": _Required(),
    "download_speed_mbps": _Speed(),
    "download_speed_basis": _SpeedBasis(),
}


def _written(name: bytes, values: FloatArray) -> Fragments:
    """Numbers as JSON after a name, NaN as null."""
    if not len(values):
        return []
    texts = orjson.dumps(np.ascontiguousarray(values), option=orjson.OPT_SERIALIZE_NUMPY)[1:-1].split(b",")
    return [name + text for text in texts]


def features_text(
    workspace: Workspace, shown: Shown, rows: Int64Array, names: Collection[str] = FEATURE_NAMES, *, language: str = "en"
) -> bytes:
    """Schools as GeoJSON features, separated by commas: their ids, positions (WGS84, longitude first) and properties.

    Parameters
    ----------
    rows
        Rows of the release, shape (m,), in the order wanted.
    names
        Which properties, of `geo.school_properties.FEATURE_PROPERTIES`.
    language
        Language of the names of regions.
    """
    if not len(rows):
        return b""
    if tuple(names) == FEATURE_NAMES and language == "en":
        return b",".join(_kept(shown, rows))
    heads = _heads(shown.opened, rows)
    ordered = [name for name in FEATURE_NAMES if name in names]
    table = school_table(workspace, shown, rows, ordered, language=language)
    records = orjson.dumps(table.to_pylist() if ordered else [{}] * len(rows))
    return _with_records(heads, orjson.loads(records))


def _kept(shown: Shown, rows: Int64Array) -> Fragments:
    """Whole features; those asked for last are kept, since maps and samples ask for the same schools again and again."""
    memory: _Features = shown.opened.item_parts.get("features", dict)
    kept = memory.setdefault((shown.norm.name, shown.basis), {})
    texts = list(map(kept.get, rows.tolist()))
    missing = [place for place, text in enumerate(texts) if text is None]
    if missing:
        made = _whole_features(shown, rows[missing])
        for place, text in zip(missing, made, strict=True):
            texts[place] = text
        if len(missing) <= MAX_KEPT_FEATURES // 4:  # whoever takes all schools does not push the others out
            if sum(map(len, tuple(memory.values()))) + len(missing) > MAX_KEPT_FEATURES:
                memory.clear()
            kept.update(zip(rows[missing].tolist(), made, strict=True))
    return texts  # type: ignore[return-value]  # what was missing has been made


def _whole_features(shown: Shown, rows: Int64Array) -> Fragments:
    opened = shown.opened
    columns: _Columns = opened.item_parts.get("columns", lambda: _columns(opened))
    coded = iter(columns.codes[rows].T.tolist())
    texts = [
        list(map(part.labels.__getitem__, next(coded))) if isinstance(part, _Words) else part.texts(shown, rows) for part in columns.parts
    ]
    return list(map(b"".join, zip(_heads(opened, rows), *texts, repeat(b"}}"))))


def _with_records(heads: Fragments, records: Iterable[Mapping[str, Any]]) -> bytes:
    return b",".join(head[: head.rindex(b"{")] + orjson.dumps(record) + b"}" for head, record in zip(heads, records, strict=True))


def _heads(opened: OpenedRelease, rows: Int64Array) -> Fragments:
    """Each feature up to its first property."""
    ids = [orjson.dumps(value) for value in one_chunk(opened.table["school_id"]).take(pa.array(rows)).to_pylist()]
    longitude, latitude = opened.columns.longitude[rows], opened.columns.latitude[rows]
    places = np.column_stack([longitude, latitude])
    texts = orjson.dumps(places, option=orjson.OPT_SERIALIZE_NUMPY)[2:-2].split(b"],[")
    is_placed = is_position(latitude, longitude).tolist()
    points = [
        b'{"type":"Point","coordinates":[%b]}' % text if is_known else b"null" for text, is_known in zip(texts, is_placed, strict=True)
    ]
    return [
        b'{"type":"Feature","id":%b,"geometry":%b,"properties":{"school_id":%b' % (identity, point, identity)
        for identity, point in zip(ids, points, strict=True)
    ]


def _columns(opened: OpenedRelease) -> _Columns:
    parts: list[_Part | _Words] = []
    narrow: list[npt.NDArray[np.unsignedinteger[Any]]] = []
    for part in _joined_parts(opened):
        if isinstance(part, _Coded):
            narrow.append(part.codes.astype(np.min_scalar_type(len(part.labels))))  # at once: codes of all parts would be large
            parts.append(_Words(part.labels))
        else:
            parts.append(part)
    kind = np.result_type(np.uint8, *narrow)
    codes = np.empty((opened.table.num_rows, len(narrow)), dtype=kind)
    for column, values in enumerate(narrow):
        codes[:, column] = values
    return _Columns(tuple(parts), codes)


def _joined_parts(opened: OpenedRelease) -> Iterable[_Part | _Coded]:
    """Parts of the properties after the id in their order, neighbours whose values repeat joined."""
    pending: _Coded | None = None
    for each in FEATURE_PROPERTIES[1:]:
        part = _part_of(opened, each)
        joined = _joined(pending, part) if pending is not None and isinstance(part, _Coded) else None
        if pending is not None and joined is None:
            yield pending
            pending = None
        if isinstance(part, _Coded):
            pending = joined or part
        else:
            yield part
    if pending is not None:
        yield pending


def _part_of(opened: OpenedRelease, each: SchoolProperty) -> _Part | _Coded:
    if each.name in _OF_VIEW:
        return _OF_VIEW[each.name]
    name, column = b',"%b":' % each.name.encode(), one_chunk(opened.table[each.name])
    if each.kind is PropertyKind.NUMBER:
        known = column.buffers()[0] if column.null_count else None
        values = np.frombuffer(column.buffers()[1], dtype=np.float64)[column.offset : column.offset + len(column)]
        return _Numbers(name, values, None if known is None else np.frombuffer(known, dtype=np.uint8), column.offset)
    if each.kind is PropertyKind.WHOLE_NUMBER:
        return _Whole(name, column)
    if each.kind is PropertyKind.DATE:
        return _days(name, column)
    if pa.types.is_dictionary(column.type):
        codes = np.asarray(column.indices.fill_null(len(column.dictionary))).astype(np.int32)
        return _Coded(codes, tuple(name + orjson.dumps(value) for value in (*column.dictionary.to_pylist(), None)))
    return _Texts(name, column)


def _days(name: bytes, column: pa.Array) -> _Coded:
    """A column of days, by the days that there are."""
    encoded = column.dictionary_encode()
    codes = np.asarray(encoded.indices.fill_null(len(encoded.dictionary))).astype(np.int32)
    return _Coded(codes, tuple(name + orjson.dumps(day) for day in (*encoded.dictionary.to_pylist(), None)))


def _joined(left: _Coded, right: _Coded) -> _Coded | None:
    """Two parts as one, None where that has too many combinations."""
    width = len(right.labels)
    if len(left.labels) * width > MAX_COMPARED:
        return None
    codes = left.codes.astype(np.int64) * width + right.codes
    is_present = np.zeros(len(left.labels) * width, dtype=bool)
    is_present[codes] = True
    present = np.flatnonzero(is_present)
    if len(present) > MAX_JOINED:
        return None
    places: Int32Array = np.cumsum(is_present, dtype=np.int32) - 1
    labels = tuple(left.labels[code // width] + right.labels[code % width] for code in present.tolist())
    return _Coded(places[codes], labels)
