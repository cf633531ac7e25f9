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
from geo.school_properties import FEATURE_NAMES, FEATURE_PROPERTIES, PropertyKind, SchoolProperty
from geo.schools import FloatArray, Int32Array, Int64Array, is_position, one_chunk
from geo.services.coverage import Shown
from geo.services.opened import OpenedRelease
from geo.services.school_tables import school_table
from geo.services.workspace import Workspace

MAX_JOINED = 8_192
"""Combinations of joined columns that are written out; more are left apart. A text takes some hundred bytes."""
MAX_COMPARED = 2**24
"""Possible combinations that are looked through for those that there are."""
MAX_KEPT_FEATURES = 12_000
"""Features of a release that are kept as text, under all norms; some two kilobytes each."""

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
class _Plain:
    """A property whose values hardly repeat: texts and whole numbers, taken together for all such properties."""

    name: bytes


@dataclass(frozen=True)
class _Columns:
    """What features of a release are written from.

    Parameters
    ----------
    parts
        In the order of properties.
    plain
        The ids, and the columns of plain parts in their order.
    codes
        Codes of parts of words in their order, shape (n, parts of words): all codes of a school lie together.
    """

    parts: tuple[_Part | _Words | _Plain, ...]
    plain: pa.RecordBatch
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
    ids = one_chunk(shown.opened.table["school_id"]).take(pa.array(rows)).to_pylist()
    heads = _heads(shown.opened, rows, list(map(orjson.dumps, ids)))
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
            _make_room(memory, kept, len(missing))
            kept.update(zip(rows[missing].tolist(), made, strict=True))
    return texts  # type: ignore[return-value]  # what was missing has been made


def _make_room(memory: _Features, kept: dict[int, bytes], wanted: int) -> None:
    """Let go of features under other norms, and of the older half under this one, where there would be too many."""
    if sum(map(len, tuple(memory.values()))) + wanted <= MAX_KEPT_FEATURES:
        return
    for view in tuple(memory):
        if memory.get(view) is not kept:
            memory.pop(view, None)
    for row in tuple(kept)[: len(kept) // 2]:
        kept.pop(row, None)


def _whole_features(shown: Shown, rows: Int64Array) -> Fragments:
    columns: _Columns = shown.opened.item_parts.get("columns", lambda: _columns(shown.opened))
    ids, *plain = (list(map(orjson.dumps, column.to_pylist())) for column in columns.plain.take(pa.array(rows)).columns)
    values, codes = iter(plain), iter(columns.codes[rows].T.tolist())
    texts: list[Fragments] = []
    for part in columns.parts:
        if isinstance(part, _Words):
            texts.append(list(map(part.labels.__getitem__, next(codes))))
        elif isinstance(part, _Plain):
            texts.append([part.name + value for value in next(values)])
        else:
            texts.append(part.texts(shown, rows))
    return list(map(b"".join, zip(_heads(shown.opened, rows, ids), *texts, repeat(b"}}"))))


def _with_records(heads: Fragments, records: Iterable[Mapping[str, Any]]) -> bytes:
    return b",".join(head[: head.rindex(b"{")] + orjson.dumps(record) + b"}" for head, record in zip(heads, records, strict=True))


def _heads(opened: OpenedRelease, rows: Int64Array, ids: Fragments) -> Fragments:
    """Each feature up to its first property; `ids` are JSON texts."""
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
    parts: list[_Part | _Words | _Plain] = []
    plain = [one_chunk(opened.table["school_id"])]
    narrow: list[npt.NDArray[np.unsignedinteger[Any]]] = []
    for each, part in _joined_parts(opened):
        if isinstance(part, _Plain):
            plain.append(one_chunk(opened.table[each]))
            parts.append(part)
        elif isinstance(part, _Coded):
            narrow.append(part.codes.astype(np.min_scalar_type(len(part.labels))))  # at once: codes of all parts would be large
            parts.append(_Words(part.labels))
        else:
            parts.append(part)
    kind = np.result_type(np.uint8, *narrow)
    codes = np.empty((opened.table.num_rows, len(narrow)), dtype=kind)
    for column, values in enumerate(narrow):
        codes[:, column] = values
    batch = pa.RecordBatch.from_arrays(plain, names=[str(number) for number in range(len(plain))])
    return _Columns(tuple(parts), batch, codes)


def _joined_parts(opened: OpenedRelease) -> Iterable[tuple[str, _Part | _Coded | _Plain]]:
    """Parts of the properties after the id in their order, neighbours whose values repeat joined, each with the name of its last one."""
    pending: _Coded | None = None
    before = ""
    for each in FEATURE_PROPERTIES[1:]:
        part = _part_of(opened, each)
        joined = _joined(pending, part) if pending is not None and isinstance(part, _Coded) else None
        if pending is not None and joined is None:
            yield before, pending
            pending = None
        if isinstance(part, _Coded):
            pending = joined or part
        else:
            yield each.name, part
        before = each.name
    if pending is not None:
        yield before, pending


def _part_of(opened: OpenedRelease, each: SchoolProperty) -> _Part | _Coded | _Plain:
    if each.name in _OF_VIEW:
        return _OF_VIEW[each.name]
    name, column = b',"%b":' % each.name.encode(), one_chunk(opened.table[each.name])
    if each.kind is PropertyKind.NUMBER:
        known = column.buffers()[0] if column.null_count else None
        values = np.frombuffer(column.buffers()[1], dtype=np.float64)[column.offset : column.offset + len(column)]
        return _Numbers(name, values, None if known is None else np.frombuffer(known, dtype=np.uint8), column.offset)
    if each.kind is PropertyKind.DATE:
        return _days(name, column)
    if pa.types.is_dictionary(column.type):
        codes = np.asarray(column.indices.fill_null(len(column.dictionary))).astype(np.int32)
        return _Coded(codes, tuple(name + orjson.dumps(value) for value in (*column.dictionary.to_pylist(), None)))
    return _Plain(name)


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
