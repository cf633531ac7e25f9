"""The release table: one row per school, its columns and their Arrow types, and the arrays that statistics are made from.

Every part that reads or makes a release uses this one schema. Nothing here reads files or decides anything.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from geo.errors import InvalidParameter
from geo.model import (
    AREA_TYPES,
    CONNECTIVITIES,
    FACT_COLUMNS,
    GROUPING_COLUMNS,
    NO_VALUE,
    POSITION_FLAGS,
    Basis,
    Fact,
    Flag,
    Grouping,
)

Int8Array = npt.NDArray[np.int8]
Int32Array = npt.NDArray[np.int32]
Int64Array = npt.NDArray[np.int64]
FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]

ID_COLUMNS: tuple[str, ...] = ("school_id", "school_id_giga", "school_id_govt")

_ROW_ID_COLUMNS: tuple[str, ...] = ("school_id_giga", "school_id_govt", "school_id")

_VALUE_TYPES: dict[str, pa.DataType] = {
    "latitude": pa.float64(),
    "longitude": pa.float64(),
    "num_students": pa.int32(),
    "download_speed_declared_mbps": pa.float64(),
    "download_speed_measured_mbps": pa.float64(),
    "upload_speed_mbps": pa.float64(),
    "latency_ms": pa.float64(),
    "fiber_node_distance_km": pa.float64(),
}

COMPUTED_COLUMNS: dict[str, pa.DataType] = {
    "admin1": pa.string(),
    "admin1_name": pa.string(),
    "admin2": pa.string(),
    "admin2_name": pa.string(),
    "download_speed_mbps": pa.float64(),
    "download_speed_basis": pa.string(),
    "nearest_connected_km": pa.float64(),
    "flags": pa.string(),
}
"""Columns that publishing computes from the others; `flags` holds words of `geo.model.Flag` joined by a space, in the order of the enum."""


def _fact_fields() -> list[pa.Field]:
    fields: list[pa.Field] = []
    for fact in Fact:
        for column in FACT_COLUMNS[fact]:
            is_required = column in ("connectivity", "school_area_type")
            fields.append(pa.field(column, _VALUE_TYPES.get(column, pa.string()), nullable=not is_required))
        fields.append(pa.field(f"{fact}_source", pa.string()))
        fields.append(pa.field(f"{fact}_collected_on", pa.date32()))
        fields.append(pa.field(f"{fact}_import", pa.int32()))
    return fields


FACTS_SCHEMA: pa.Schema = pa.schema(
    [
        pa.field("school_id", pa.string(), nullable=False),
        pa.field("school_id_giga", pa.string()),
        pa.field("school_id_govt", pa.string()),
        *_fact_fields(),
    ]
)
"""What is reported about schools: ids and facts. Merging an upload takes and gives tables of this schema."""

RELEASE_SCHEMA: pa.Schema = pa.schema([*FACTS_SCHEMA, *(pa.field(name, kind) for name, kind in COMPUTED_COLUMNS.items())])
"""A whole release: the facts and what publishing computed. Release files carry a `geometry` column (WKB points) besides."""


def one_chunk(column: pa.ChunkedArray) -> pa.Array:
    """A column as one array; without a copy where it is one already, which `combine_chunks` would make."""
    return column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()


def taken(column: pa.Array, positions: Int64Array) -> pa.Array:
    """The values at some positions; without a copy where these are the first ones in their order, as with a list of new schools."""
    if len(positions) <= len(column) and bool((positions == np.arange(len(positions))).all()):
        return column[: len(positions)]
    return column.take(pa.array(positions))


def plain(table: pa.Table, schema: pa.Schema) -> pa.Table:
    """The columns of a schema from a table, each as one array of the schema's type (dictionaries decoded)."""
    columns = [one_chunk(pc.cast(table[field.name], field.type)) for field in schema]
    return pa.table(columns, schema=schema)


def row_ids(rows: pa.Table) -> pa.Array:
    """What a file calls each row: the first of `school_id_giga`, `school_id_govt` and `school_id` that it has; null where it has none.

    This is the id that a person's decision about a row is remembered under.
    """
    given = [one_chunk(pc.cast(rows[name], pa.string())) for name in _ROW_ID_COLUMNS if name in rows.column_names]
    return pc.coalesce(*given) if given else pa.nulls(rows.num_rows, pa.string())


def differs(left: pa.Array, right: pa.Array) -> BoolArray:
    """Where two columns of equal length differ, shape (n,); null equals null and nothing else."""
    unequal = pc.fill_null(pc.not_equal(left, right), False)
    return np.asarray(pc.or_(unequal, pc.xor(pc.is_null(left), pc.is_null(right))))


@dataclass(frozen=True)
class CodedColumn:
    """A text column as integer codes.

    Parameters
    ----------
    codes
        Shape (n,); position in `labels`, -1 where the value is null.
    labels
        The distinct values, sorted ascending by code point.
    """

    codes: Int32Array
    labels: tuple[str, ...]

    def code_of(self, label: str) -> int:
        """Position of a label, or -2 (which no row carries) where there is none."""
        return self._positions.get(label, -2)

    @cached_property
    def _positions(self) -> Mapping[str, int]:
        return {label: position for position, label in enumerate(self.labels)}


@dataclass(frozen=True)
class SchoolColumns:
    """The columns of a release that statistics and the map need, as NumPy arrays of length n in the release's row order.

    Parameters
    ----------
    connectivity, area_type
        Codes in the order of `CONNECTIVITIES` and `AREA_TYPES`.
    num_students
        Enrolment, NaN where unknown.
    declared_mbps, measured_mbps
        Download speeds in Mbps, NaN where unknown.
    latitude, longitude
        Degrees, WGS84, NaN where unknown.
    groupings
        The text columns that coverage can be grouped by, coded.
    has_flagged_position
        Whether any of `POSITION_FLAGS` is on the school.
    """

    connectivity: Int8Array
    area_type: Int8Array
    num_students: FloatArray
    declared_mbps: FloatArray
    measured_mbps: FloatArray
    latitude: FloatArray
    longitude: FloatArray
    groupings: Mapping[Grouping, CodedColumn]
    has_flagged_position: BoolArray

    def __len__(self) -> int:
        return len(self.connectivity)

    def download_speed_mbps(self, basis: Basis) -> FloatArray:
        """Download speed under a basis, in Mbps, NaN where unknown, shape (n,)."""
        if basis is Basis.DECLARED:
            return self.declared_mbps
        if basis is Basis.MEASURED:
            return self.measured_mbps
        return np.where(np.isnan(self.measured_mbps), self.declared_mbps, self.measured_mbps)


def is_position(latitude: FloatArray, longitude: FloatArray) -> BoolArray:
    """Whether each school can be drawn, shape (n,): both coordinates known and not 0,0, which spreadsheets write for "unknown"."""
    return np.asarray(np.isfinite(latitude) & np.isfinite(longitude) & ~((latitude == 0) & (longitude == 0)))


@dataclass(frozen=True, slots=True)
class EnrolmentRange:
    """Numbers of students from `least` to `most`, both included; `most` None is without end."""

    least: int
    most: int | None


_RANGE = re.compile(r"(0|[1-9]\d{0,6})-(0|[1-9]\d{0,6})?", re.ASCII)
"""Takes "0-99", "300-"; refuses "-99", "007-9", "1e2-", "100", "１-"."""


def enrolment_range(text: str) -> EnrolmentRange | None:
    """The numbers of students that a value of the filter `enrolment` selects; None for `none`, the schools of unknown enrolment.

    Raises
    ------
    InvalidParameter
        The text is no such range, or ends before it begins.
    """
    if text == NO_VALUE:
        return None
    found = _RANGE.fullmatch(text)
    if found is None or (found[2] and int(found[2]) < int(found[1])):
        accepted = f"ranges of students such as 0-99, 100-299 or 300-, or '{NO_VALUE}', separated by commas"
        raise InvalidParameter(f"'enrolment' must be {accepted}; got {text[:40]!r}", parameter="enrolment", code="invalid_enrolment")
    return EnrolmentRange(int(found[1]), int(found[2]) if found[2] else None)


def is_enrolled(num_students: FloatArray, values: Collection[str]) -> BoolArray:
    """Whether each school's enrolment is in any of the ranges that values of the filter `enrolment` name, shape (n,).

    Parameters
    ----------
    num_students
        Enrolment, NaN where unknown, shape (n,).

    Raises
    ------
    InvalidParameter
        A value is no range.
    """
    found = np.zeros(len(num_students), dtype=bool)
    for text in values:
        span = enrolment_range(text)
        if span is None:
            found |= np.isnan(num_students)
        elif span.most is None:
            found |= num_students >= span.least
        else:
            found |= (num_students >= span.least) & (num_students <= span.most)
    return found


def coded(column: pa.ChunkedArray | pa.Array) -> CodedColumn:
    """Code a text column (plain or dictionary-encoded) by its sorted distinct values.

    Codes are int32, -1 for null. An empty column has no labels.
    """
    array = one_chunk(column) if isinstance(column, pa.ChunkedArray) else column
    if not pa.types.is_dictionary(array.type):
        array = array.dictionary_encode()
    labels = np.asarray(array.dictionary.to_pylist(), dtype=object)
    raw = np.asarray(array.indices.fill_null(-1)).astype(np.int32, copy=False)
    used = np.unique(raw)
    present = used[used >= 0]
    order = present[np.argsort(labels[present].astype(str), kind="stable")] if len(present) else present
    recode = np.full(len(labels) + 1, -1, dtype=np.int32)
    recode[order] = np.arange(len(order), dtype=np.int32)
    return CodedColumn(codes=recode[raw], labels=tuple(str(label) for label in labels[order]))


def _enum_codes(column: pa.ChunkedArray, members: Sequence[str]) -> Int8Array:
    in_order = coded(column)
    positions = np.asarray([members.index(label) for label in in_order.labels] + [len(members) - 1], dtype=np.int8)
    return positions[in_order.codes]


def numbers(column: pa.ChunkedArray) -> FloatArray:
    """A numeric column as float64 with NaN for null, shape (n,)."""
    return np.asarray(pc.cast(column, pa.float64()).to_numpy())


def school_columns(table: pa.Table, groupings: Collection[Grouping] = tuple(GROUPING_COLUMNS)) -> SchoolColumns:
    """Arrays for statistics from a table of `RELEASE_SCHEMA` (text columns plain or dictionary-encoded).

    A null area type or connectivity counts as unknown. A table without `flags` has no flagged position.

    Parameters
    ----------
    groupings
        Which groupings are coded; coding those of a hundred thousand districts takes longer than all else.
    """
    flagged = has_any(coded(table["flags"]), POSITION_FLAGS) if "flags" in table.column_names else np.zeros(table.num_rows, dtype=bool)
    return SchoolColumns(
        connectivity=_enum_codes(table["connectivity"], CONNECTIVITIES),
        area_type=_enum_codes(table["school_area_type"], AREA_TYPES),
        num_students=numbers(table["num_students"]),
        declared_mbps=numbers(table["download_speed_declared_mbps"]),
        measured_mbps=numbers(table["download_speed_measured_mbps"]),
        latitude=numbers(table["latitude"]),
        longitude=numbers(table["longitude"]),
        groupings={grouping: coded(table[GROUPING_COLUMNS[grouping]]) for grouping in groupings},
        has_flagged_position=flagged,
    )


def has_any(marks: CodedColumn, flags: Collection[Flag]) -> BoolArray:
    """Whether each school has any of some flags, shape (n,); `marks` is the column `flags`, coded."""
    words = [not set(flags).isdisjoint(label.split(" ")) for label in marks.labels]
    return np.asarray([*words, False], dtype=bool)[marks.codes]
