"""Schools as layers of points for programs with maps: GeoPackage and FlatGeobuf, through GDAL; equal content gives equal bytes."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyogrio

LAYER = "schools"
SYSTEM = "EPSG:4326"
"""WGS84; both formats keep longitude first."""
_TIMES = ("UPDATE gpkg_contents SET last_change = ?", "UPDATE gpkg_metadata_reference SET timestamp = ?")
"""Where a GeoPackage says when it was written."""


def write_geopackage(path: Path, schema: pa.Schema, batches: Iterable[pa.Table], *, notes: Mapping[str, Any], made_at: str) -> None:
    """Write a GeoPackage with one layer, `LAYER`.

    Parameters
    ----------
    path
        Ends with ".gpkg".
    schema, batches
        Columns of the properties and last the geometry: WKB points in degrees, longitude first, null where there is none.
    notes
        What strict JSON can hold; the layer's metadata.
    made_at
        The time that the file says it was written, as GeoPackages write it: "2026-11-23T18:00:00.000Z".
    """
    layer = {"DESCRIPTION": "Schools", "SPATIAL_INDEX": "YES"}
    # GDAL 3.6, which distributions have, warns of anything newer.
    _write(path, schema, batches, "GPKG", layer_metadata=_texts(notes), layer_options=layer, dataset_options={"VERSION": "1.3"})
    with closing(sqlite3.connect(path)) as connection, connection:
        for statement in _TIMES:
            connection.execute(statement, (made_at,))


def write_flatgeobuf(path: Path, schema: pa.Schema, batches: Iterable[pa.Table], *, is_placed: bool, notes: Mapping[str, Any]) -> None:
    """Write a FlatGeobuf.

    Parameters
    ----------
    schema, batches
        As in `write_geopackage`.
    is_placed
        Whether every school has a position: only then the file has an index, since one has no place for schools without.
    """
    options = {"SPATIAL_INDEX": "YES" if is_placed else "NO", "TITLE": "Schools", "DESCRIPTION": str(notes.get("citation", ""))}
    _write(path, schema, batches, "FlatGeobuf", layer_options=options)


def _texts(notes: Mapping[str, Any]) -> dict[str, str]:
    return {name: value if isinstance(value, str) else json.dumps(value, ensure_ascii=False) for name, value in notes.items()}


def _write(path: Path, schema: pa.Schema, batches: Iterable[pa.Table], driver: str, **options: Any) -> None:
    plain = pa.schema([pa.field(field.name, _plain(field.type)) for field in schema])
    reader = pa.RecordBatchReader.from_batches(plain, _plain_batches(plain, batches))
    pyogrio.write_arrow(
        reader, path, driver=driver, layer=LAYER, geometry_name=schema.names[-1], geometry_type="Point", crs=SYSTEM, **options
    )


def _plain_batches(schema: pa.Schema, batches: Iterable[pa.Table]) -> Iterator[pa.RecordBatch]:
    for batch in batches:
        yield from batch.cast(schema).combine_chunks().to_batches()


def _plain(kind: pa.DataType) -> pa.DataType:
    return kind.value_type if pa.types.is_dictionary(kind) else kind
