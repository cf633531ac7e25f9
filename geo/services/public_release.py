"""Makes a derived public release from an exact one: positions in cells, rows in an order that tells nothing, no names, ids or enrolment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import astuple, replace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from geo.config import PublicDetail
from geo.disclosure import Detail, Disclosure, Group, disclosure
from geo.model import CONNECTIVITIES, STATUSES, Basis, Connectivity, Grouping, ReleaseRecord, Status
from geo.norms import Norm
from geo.schools import FloatArray, Int64Array, is_position
from geo.services.coverage import SYNTHETIC_MARK, is_synthetic
from geo.services.opened import OpenedRelease
from geo.store import SERVING_SCHEMA
from geo.store.public_copies import PublicCopy

CELLS_A_DEGREE = 10
"""Cells of 0.1°, about 11 km from south to north."""
STATUS_COLUMN = "status"
"""Column beside those of a serving copy: the status code under the norm that visitors get, since what it follows from is gone."""

_KEPT = ("admin1", "admin1_name", "admin2", "admin2_name", "school_area_type")
_UNPLACED = np.iinfo(np.int64).max


def derived(exact: OpenedRelease, norm: Norm, detail: PublicDetail) -> tuple[pa.Table, dict[str, Any]]:
    """Schools of the derived public release, and what may be told of groups of them.

    Nothing in it depends on a position within its cell, on a name, an id, an enrolment or a speed but through the status, nor on the order
    of the exact release's rows, so that the same release gives the same file again.

    Returns
    -------
    A table of `SERVING_SCHEMA` and `STATUS_COLUMN`, empty for `regions`, and metadata for `disclosed`.
    """
    columns = exact.columns
    statuses = exact.statuses(norm, Basis.BEST)
    groupings = columns.groupings
    told = disclosure(groupings[Grouping.ADMIN1], groupings[Grouping.ADMIN2], columns.area_type, statuses)
    metadata = {"norm": norm.name, "groups": [_as_list(group) for group in _groups_of(told)]}
    if detail is not PublicDetail.SNAPPED:
        return _table(exact, np.zeros(0, dtype=np.int64), norm, snapped_degrees(columns.latitude[:0]), columns.longitude[:0]), metadata
    is_placed = is_position(columns.latitude, columns.longitude)
    latitude = np.where(is_placed, snapped_degrees(columns.latitude, 90), np.nan)
    longitude = np.where(is_placed, snapped_degrees(columns.longitude, 180), np.nan)
    codes = [groupings[grouping].codes for grouping in (Grouping.ADMIN2, Grouping.ADMIN1)]
    # By everything that is left in a row: rows that are not told apart by it are equal, so that their order tells nothing.
    keys: list[Int64Array] = [statuses.astype(np.int64), columns.area_type.astype(np.int64), *(each.astype(np.int64) for each in codes)]
    order = np.lexsort((*keys, _cell(longitude), _cell(latitude)))
    return _table(exact, order, norm, latitude[order], longitude[order]), metadata


def snapped_degrees(degrees: FloatArray, most: int = 180) -> FloatArray:
    """Middles of the cells of 0.1° that degrees lie in, shape (n,); `most` itself belongs to the last cell."""
    cells = np.minimum(np.floor(degrees * CELLS_A_DEGREE), most * CELLS_A_DEGREE - 1)
    return np.asarray(np.round((cells + 0.5) / CELLS_A_DEGREE, 2))


def _cell(degrees: FloatArray) -> Int64Array:
    is_known = np.isfinite(degrees)
    return np.where(is_known, np.round(np.where(is_known, degrees, 0) * 100).astype(np.int64), _UNPLACED)


def _table(exact: OpenedRelease, order: Int64Array, norm: Norm, latitude: FloatArray, longitude: FloatArray) -> pa.Table:
    rows = pa.array(order)
    statuses = exact.statuses(norm, Basis.BEST)[order]
    made: dict[str, pa.Array | pa.ChunkedArray] = {name: _recoded(exact.table[name].take(rows)) for name in _KEPT}
    made |= {
        "school_id": pc.binary_join_element_wise("place", pa.array(np.arange(1, len(order) + 1)).cast(pa.string()), "-"),
        "latitude": pa.array(latitude, from_pandas=True),
        "longitude": pa.array(longitude, from_pandas=True),
        "connectivity": pa.DictionaryArray.from_arrays(pa.array(_connectivity(statuses)), pa.array([str(each) for each in CONNECTIVITIES])),
    }
    columns = [made[field.name].cast(field.type) if field.name in made else pa.nulls(len(order), field.type) for field in SERVING_SCHEMA]
    return pa.table([*columns, pa.array(statuses, pa.int8())], schema=SERVING_SCHEMA.append(pa.field(STATUS_COLUMN, pa.int8())))


def _recoded(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """A column whose dictionary holds the values in use alone, sorted: else it would tell of schools that are not there."""
    plain = pc.cast(column, pa.string()).combine_chunks()
    labels = pc.unique(plain.drop_null()).sort()
    return pa.chunked_array([pa.DictionaryArray.from_arrays(pc.index_in(plain, labels), labels)])


def _connectivity(statuses: Any) -> Any:
    """Connectivity codes as the statuses tell them, shape (n,)."""
    words = [
        Connectivity.NO if status is Status.UNCONNECTED else Connectivity.UNKNOWN if status is Status.UNKNOWN else Connectivity.YES
        for status in STATUSES
    ]
    return np.asarray([CONNECTIVITIES.index(word) for word in words], dtype=np.int32)[statuses]


def _groups_of(told: Disclosure) -> list[Group]:
    return [told.whole, *told.admin1, *told.admin2, *told.area_type, *told.admin1_area_type]


def _as_list(group: Group) -> list[Any]:
    values = list(astuple(group))
    values[3] = int(group.detail)
    return values


def disclosed(metadata: Mapping[str, Any]) -> Disclosure:
    """What may be told of groups, from the metadata of a derived release."""
    groups = [Group(one, two, area, Detail(detail), tuple(counts), small) for one, two, area, detail, counts, small in metadata["groups"]]
    return Disclosure(
        whole=groups[0],
        admin1=tuple(each for each in groups if each.admin1 != "" and each.admin2 == "" and not each.area_type),
        admin2=tuple(each for each in groups if each.admin2 != ""),
        area_type=tuple(each for each in groups if each.admin1 == "" and each.area_type),
        admin1_area_type=tuple(each for each in groups if each.admin1 != "" and each.area_type),
    )


def public_record(record: ReleaseRecord, copy: PublicCopy, told: Disclosure) -> ReleaseRecord:
    """The row of a derived release: when the exact one was published and with which boundaries, and nothing that people wrote into it."""
    return replace(
        record,
        parent_id=None,
        import_id=None,
        undone_release_id=None,
        file_name="",
        sha256=copy.sha256,
        byte_count=copy.byte_count,
        school_count=copy.table.num_rows or told.whole.schools or 0,
        sources=(SYNTHETIC_MARK,) if is_synthetic(record) else (),
        counts={},
        reason="",
        published_by="",
    )
