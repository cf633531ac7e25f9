"""GeoPackage: the features of one layer of points, cell by cell as they are stored.

Read with SQLite itself, not with a library of map formats: those cast cells to the type a column claims, which turns an id that is text
in a column of numbers into 0. Only plain tables are read, since a view runs whatever its author wrote.

Layout: OGC 12-128r19, GeoPackage Encoding Standard.
"""

from __future__ import annotations

import math
import sqlite3
import time
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely

from geo.column_table import ID_NAMES
from geo.errors import FileRefused
from geo.intake.columns import MAX_COLUMNS, known_name
from geo.intake.features import UNKNOWN_SYSTEM, Features, in_degrees, texts
from geo.intake.options import ReadOptions
from geo.intake.problem_log import ProblemLog
from geo.intake.problem_text import mark as _
from geo.intake.problems import refusal
from geo.schools import FloatArray

MAGIC = b"SQLite format 3\x00"

_APPLICATIONS = (b"GPKG", b"GP10", b"GP11")
_NO_PACKAGE = _("an SQLite database that is no GeoPackage")
_DAMAGED = _("a damaged GeoPackage")
_NO_POINTS = _("a GeoPackage without a layer of points")
_NOT_POINTS = _("a GeoPackage with geometries other than points")
_MOST_SECONDS = 30.0
_STEPS_BETWEEN_LOOKS = 1_000_000
_MAX_VALUE_BYTES = 4 << 20
_POINT_TYPES = ("POINT", "MULTIPOINT", "GEOMETRY", "GEOMETRYCOLLECTION")
_ENVELOPE_BYTES = (0, 32, 48, 48, 64)
_POINT, _MULTI_POINT = 0, 4
_DEGREES = (4326, 4979, 0)
"""Numbers of systems in degrees of WGS84; 0 is "undefined geographic"."""

_TABLES = ("gpkg_contents", "gpkg_geometry_columns", "gpkg_spatial_ref_sys")
_COUNT_TABLES = "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND rootpage > 0 AND name IN (?, ?, ?)"
_SELECT_LAYERS = """
    SELECT c.table_name, g.column_name, upper(g.geometry_type_name), s.organization, s.organization_coordsys_id
    FROM gpkg_contents AS c
    JOIN gpkg_geometry_columns AS g ON g.table_name = c.table_name
    JOIN gpkg_spatial_ref_sys AS s ON s.srs_id = g.srs_id
    JOIN sqlite_master AS m ON m.name = c.table_name AND m.type = 'table' AND m.rootpage > 0
    WHERE c.data_type = 'features'
    ORDER BY c.rowid
    LIMIT 1000
"""
_SELECT_COLUMNS = "SELECT name, type, pk FROM pragma_table_xinfo(?) WHERE hidden = 0 ORDER BY cid"


@dataclass(frozen=True)
class PackageLayer:
    """One layer: its name, its place among the layers from 1, the names of them all, and its features."""

    name: str
    position: int
    names: tuple[str, ...]
    features: Features


_Layer = tuple[str, str, str, str, int]
"""Table, geometry column, geometry type, authority and code of the coordinate system."""


def read_geopackage(data: bytes, *, options: ReadOptions, log: ProblemLog) -> PackageLayer:
    """The layer that the options name, or the first of points.

    Raises
    ------
    FileRefused
        `not_a_table`: another SQLite database, a damaged one, or no points; `unknown_sheet`; `too_many_columns`, `too_many_rows`.
    """
    if data[68:72] not in _APPLICATIONS:
        raise _refused(_NO_PACKAGE)
    try:
        with closing(sqlite3.connect(":memory:")) as connection:
            _guard(connection, data)
            if connection.execute(_COUNT_TABLES, _TABLES).fetchone() != (len(_TABLES),):
                raise _refused(_DAMAGED)
            layers = [layer for layer in connection.execute(_SELECT_LAYERS).fetchall() if all(isinstance(part, str) for part in layer[:3])]
            chosen = _chosen(layers, options.sheet)
            features = _features(connection, chosen, options, log)
    except (sqlite3.Error, OverflowError, UnicodeError):
        raise _refused(_DAMAGED) from None
    return PackageLayer(chosen[0], layers.index(chosen) + 1, tuple(layer[0] for layer in layers), features)


def _refused(kind: str, line: int | None = None) -> FileRefused:
    return refusal("not_a_table", line=line, kind=kind)


def _guard(connection: sqlite3.Connection, data: bytes) -> None:
    """Open the bytes as a database that trusts nothing of itself and may not take for ever; bytes 18 and 19 say "no write-ahead log"."""
    connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, max(len(data) + 1024, _MAX_VALUE_BYTES))
    connection.deserialize(data[:18] + b"\x01\x01" + data[20:])
    connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _MAX_VALUE_BYTES)
    connection.execute("PRAGMA trusted_schema = OFF")
    connection.execute("PRAGMA query_only = ON")
    deadline = time.monotonic() + _MOST_SECONDS
    connection.set_progress_handler(lambda: time.monotonic() > deadline, _STEPS_BETWEEN_LOOKS)


def _chosen(layers: Sequence[_Layer], name: str | None) -> _Layer:
    if name is not None:
        found = next((layer for layer in layers if layer[0] == name), None)
        if found is None:
            raise refusal("unknown_sheet", variant="layer", sheet=name, found=", ".join(f'"{layer[0]}"' for layer in layers))
        return found
    for kind in _POINT_TYPES:
        if found := next((layer for layer in layers if layer[2] == kind), None):
            return found
    raise _refused(_NO_POINTS)


def _features(connection: sqlite3.Connection, layer: _Layer, options: ReadOptions, log: ProblemLog) -> Features:
    table, geometry, _kind, authority, code = layer
    known = connection.execute(_SELECT_COLUMNS, (table,)).fetchall()
    if geometry not in [name for name, *_rest in known]:
        raise _refused(_DAMAGED)
    headings = [name for name, kind, pk in known if name != geometry and not _is_row_number(name, kind, pk, options.mapping)]
    if len(headings) > MAX_COLUMNS:
        raise refusal("too_many_columns", line=0, count=len(headings), limit=MAX_COLUMNS)
    count = connection.execute(f"SELECT count(*) FROM {_quoted(table)}").fetchone()[0]  # noqa: S608  (a name of the file itself, quoted)
    if count > options.max_rows:
        raise refusal("too_many_rows", count=count, limit=options.max_rows)
    quoted = ", ".join(_quoted(name) for name in (geometry, *headings))
    rows = connection.execute(f"SELECT {quoted} FROM {_quoted(table)}").fetchall()  # noqa: S608  (names of the file itself, quoted)
    shapes, *columns = zip(*rows, strict=True) if rows else [()] * (len(headings) + 1)
    longitude, latitude = in_degrees(*_positions(shapes), _system(authority, code), log)
    return Features(dict(zip(headings, map(texts, columns), strict=True)), longitude, latitude, [""] * len(rows))


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _is_row_number(name: str, kind: str, pk: int, mapping: Mapping[str, str]) -> bool:
    """Whether a column is the number that every GeoPackage gives its rows, not an id of schools."""
    return pk == 1 and str(kind).upper() == "INTEGER" and known_name(name, mapping) not in ID_NAMES


def _system(authority: Any, code: Any) -> tuple[str, str] | None:
    """Authority and code of a coordinate system; None for degrees, and for "undefined Cartesian", whose metres are errors by row."""
    if code in (*_DEGREES, -1):
        return None
    if str(authority).upper() not in ("EPSG", "ESRI") or not isinstance(code, int):
        raise _refused(UNKNOWN_SYSTEM)
    return str(authority).upper(), str(code)


def _positions(shapes: Sequence[Any]) -> tuple[list[str], list[str]]:
    """Longitude and latitude of each point as text, blank where there is none."""
    points = shapely.from_wkb(
        np.asarray([_wkb(shape, number) for number, shape in enumerate(shapes, 1)], dtype=object), on_invalid="ignore"
    )
    has_shape = np.asarray([shape is not None for shape in shapes], dtype=bool)
    is_multiple = (shapely.get_type_id(points) == _MULTI_POINT) & (shapely.get_num_geometries(points) <= 1)
    points = np.where(is_multiple, shapely.get_geometry(points, 0), points)
    is_other = has_shape & ~is_multiple & (shapely.get_type_id(points) != _POINT)
    if is_other.any():
        number = int(np.argmax(is_other))
        raise _refused(_NOT_POINTS if points[number] is not None else _DAMAGED, number + 1)
    return _degrees(shapely.get_x(points)), _degrees(shapely.get_y(points))


def _degrees(values: FloatArray) -> list[str]:
    return ["" if math.isnan(value) else repr(value) for value in values.tolist()]


def _wkb(shape: Any, number: int) -> bytes | None:
    """The geometry without the head in which a GeoPackage wraps it."""
    if shape is None:
        return None
    envelope = (shape[3] >> 1) & 7 if isinstance(shape, bytes) and len(shape) > 8 and shape.startswith(b"GP") else 7
    if envelope >= len(_ENVELOPE_BYTES):
        raise _refused(_DAMAGED, number)
    return bytes(shape[8 + _ENVELOPE_BYTES[envelope] :])
