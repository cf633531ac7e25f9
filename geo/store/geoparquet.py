"""Release tables as GeoParquet 1.1 files: the same columns plus points as WKB.

Anything that reads GeoParquet (QGIS, DuckDB, Spark, geopandas) reads these files. Nothing here names or keeps files.

Notes
-----
GeoParquet 1.1.0: https://geoparquet.org/releases/v1.1.0/. No `crs` member means OGC:CRS84: degrees, WGS84, longitude first.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq

from geo.points import wkb_points
from geo.schools import ID_COLUMNS, RELEASE_SCHEMA, BoolArray, FloatArray, is_position, numbers

GEOMETRY_COLUMN = "geometry"
OWN_METADATA_KEY = b"qosyl"
ROWS_PER_GROUP = 100_000
ZSTD_LEVEL = 3

PLAIN_TEXT_COLUMNS: tuple[str, ...] = (*ID_COLUMNS, "school_name")
"""Text columns in which nearly every value is its own: a dictionary would only cost."""

DICTIONARY_COLUMNS: tuple[str, ...] = tuple(
    field.name for field in RELEASE_SCHEMA if pa.types.is_string(field.type) and field.name not in PLAIN_TEXT_COLUMNS
)
"""Text columns whose values repeat."""

_REPEATING_COLUMNS = tuple(field.name for field in RELEASE_SCHEMA if pa.types.is_date32(field.type) or field.name.endswith("_import"))


def write_geoparquet(table: pa.Table, metadata: Mapping[str, Any], file: BinaryIO) -> None:
    """Write a release table as GeoParquet.

    A school has a point where it has both coordinates, finite and not 0,0; else its geometry is null. Rows keep their order.

    Parameters
    ----------
    table
        Columns of `RELEASE_SCHEMA` in its order; text columns plain or dictionary-encoded. No rows are fine.
    metadata
        Anything strict JSON can hold; kept under the key `qosyl`.

    Raises
    ------
    ValueError
        The table's columns are not those of `RELEASE_SCHEMA`, or a required column holds a null.
    """
    check_release_table(table)
    has_point, longitude, latitude = _points(table)
    fields = [RELEASE_SCHEMA.field(name).with_type(table.schema.field(name).type) for name in RELEASE_SCHEMA.names]
    notes = {b"geo": _geo_metadata(longitude[has_point], latitude[has_point]), OWN_METADATA_KEY: _json(metadata)}
    schema = pa.schema([*fields, pa.field(GEOMETRY_COLUMN, pa.binary())])
    placed = pa.table([*table.columns, wkb_points(has_point, longitude, latitude)], schema=schema)
    with pq.ParquetWriter(
        file,
        schema,
        compression="zstd",
        compression_level=ZSTD_LEVEL,
        use_dictionary=[*DICTIONARY_COLUMNS, *_REPEATING_COLUMNS],
        store_schema=False,  # dictionary-encoded columns are read back as plain text by everyone
    ) as writer:
        writer.write_table(placed, row_group_size=ROWS_PER_GROUP)
        writer.add_key_value_metadata(notes)


def check_release_table(table: pa.Table) -> None:
    """Refuse a table that is not a release.

    Raises
    ------
    ValueError
        The table's columns are not those of `RELEASE_SCHEMA`, or a required column holds a null.
    """
    if table.schema.names != RELEASE_SCHEMA.names:
        different = set(table.schema.names).symmetric_difference(RELEASE_SCHEMA.names)
        raise ValueError(f"not the columns of a release in their order; missing or not known: {sorted(different) or 'none'}")
    for field, given in zip(RELEASE_SCHEMA, table.schema, strict=True):
        kind = given.type.value_type if pa.types.is_dictionary(given.type) else given.type
        if kind != field.type:
            raise ValueError(f"column {field.name} of a release is {field.type}; got {given.type}")
        if not field.nullable and table[field.name].null_count:
            raise ValueError(f"column {field.name} of a release is required; {table[field.name].null_count} rows have none")


def read_own_metadata(path: Path) -> dict[str, Any]:
    """What was given as `metadata` when the file was written."""
    found = pq.read_metadata(path).metadata or {}
    metadata: dict[str, Any] = json.loads(found.get(OWN_METADATA_KEY, b"{}"))
    return metadata


def _points(table: pa.Table) -> tuple[BoolArray, FloatArray, FloatArray]:
    """Which rows have a point, then longitudes and latitudes in degrees."""
    longitude, latitude = numbers(table["longitude"]), numbers(table["latitude"])
    has_point = is_position(latitude, longitude)
    return has_point, longitude, latitude


def _geo_metadata(longitude: FloatArray, latitude: FloatArray) -> bytes:
    column: dict[str, Any] = {"encoding": "WKB", "geometry_types": ["Point"]}
    if len(longitude):
        column["bbox"] = [float(longitude.min()), float(latitude.min()), float(longitude.max()), float(latitude.max())]
    return _json({"version": "1.1.0", "primary_column": GEOMETRY_COLUMN, "columns": {GEOMETRY_COLUMN: column}})


def _json(value: Mapping[str, Any]) -> bytes:
    return json.dumps(value, allow_nan=False, ensure_ascii=False, separators=(",", ":")).encode()
