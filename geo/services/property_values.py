"""Values of the properties of schools in one release: the release's own columns, and those that follow from a norm and a basis."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol

import numpy as np
import pyarrow as pa

from geo.model import STATUSES, Basis
from geo.norms import Norm, required_mbps
from geo.schools import Int8Array, Int64Array, SchoolColumns

Rows = Int64Array | slice | None
"""Rows of a release, shape (m,), in the order wanted, or a slice of them; None is all."""


class Columns(Protocol):
    """What values are made from: an opened release."""

    table: pa.Table

    @property
    def columns(self) -> SchoolColumns:
        """Arrays for statistics."""

    def statuses(self, norm: Norm, basis: Basis) -> Int8Array:
        """Status codes of all schools, shape (n,)."""


def property_values(release: Columns, name: str, norm: Norm, basis: Basis, rows: Rows = None) -> pa.Array | pa.ChunkedArray:
    """Values of one property, shape (m,), in the order of `rows`.

    Parameters
    ----------
    name
        A name of `geo.school_properties.SCHOOL_PROPERTIES`.

    Returns
    -------
    Text as string or dictionary of string, whole numbers as int32, numbers as float64, days as date32; null where nothing is known.
    """
    made = _MADE.get(name)
    return _part(release.table[name], rows) if made is None else made(release, norm, basis, rows)


def _part(column: pa.ChunkedArray, rows: Rows) -> pa.ChunkedArray:
    if rows is None:
        return column
    if isinstance(rows, slice):
        start, stop, _ = rows.indices(len(column))
        return column.slice(start, stop - start)
    return column.take(pa.array(rows))


def _status(release: Columns, norm: Norm, basis: Basis, rows: Rows) -> pa.Array:
    codes = release.statuses(norm, basis)[slice(None) if rows is None else rows]
    return pa.DictionaryArray.from_arrays(pa.array(codes, pa.int8()), pa.array([str(status) for status in STATUSES]))


def _required(release: Columns, norm: Norm, basis: Basis, rows: Rows) -> pa.Array:
    students = release.columns.num_students[slice(None) if rows is None else rows]
    return pa.array(required_mbps(norm, students), from_pandas=True)


def _speed(release: Columns, norm: Norm, basis: Basis, rows: Rows) -> pa.Array:
    part = slice(None) if rows is None else rows
    measured, declared = release.columns.measured_mbps[part], release.columns.declared_mbps[part]
    if basis is not Basis.BEST:
        return pa.array(measured if basis is Basis.MEASURED else declared, from_pandas=True)
    return pa.array(np.where(np.isnan(measured), declared, measured), from_pandas=True)  # of these rows alone: files ask batch by batch


def _speed_basis(release: Columns, norm: Norm, basis: Basis, rows: Rows) -> pa.Array:
    part = slice(None) if rows is None else rows
    is_measured = ~np.isnan(release.columns.measured_mbps[part]) & (basis is not Basis.DECLARED)
    is_declared = ~np.isnan(release.columns.declared_mbps[part]) & (basis is not Basis.MEASURED)
    indices = pa.array(np.where(is_measured, 0, 1).astype(np.int8), mask=~(is_measured | is_declared))
    return pa.DictionaryArray.from_arrays(indices, pa.array(["measured", "declared"]))


_MADE: Mapping[str, Callable[[Columns, Norm, Basis, Rows], pa.Array]] = {
    "status": _status,
    "required_mbps": _required,
    "download_speed_mbps": _speed,
    "download_speed_basis": _speed_basis,
}
