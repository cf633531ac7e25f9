"""Schools as GeoParquet 1.1 with a box around each point, by which readers skip what they do not want.

Source: GeoParquet 1.1.0 (https://geoparquet.org/releases/v1.1.0/). No `crs` member means OGC:CRS84: degrees, WGS84, longitude first.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from geo.points import LngLatBox, coordinates

ZSTD_LEVEL = 3
ROWS_PER_GROUP = 65_536
"""Schools that are in memory at once, and that readers skip at once."""
CORNERS = ("xmin", "ymin", "xmax", "ymax")
BOX = pa.struct([(corner, pa.float64()) for corner in CORNERS])
BOX_COLUMN = "bbox"


def write_school_parquet(
    path: Path,
    schema: pa.Schema,
    batches: Iterable[pa.Table],
    *,
    bounds: LngLatBox | None,
    notes: Mapping[str, Any],
) -> None:
    """Write schools as GeoParquet; equal content gives equal bytes.

    Parameters
    ----------
    schema, batches
        Columns of the properties and last the geometry: WKB points in degrees, longitude first, null where there is none. Tables of
        `ROWS_PER_GROUP` rows, each a group of the file.
    bounds
        West, south, east and north of all points in degrees.
    notes
        What strict JSON can hold; the file's own metadata has them under their names, those that are no text as JSON.
    """
    geometry = schema.names[-1]
    plain = pa.schema([*schema, pa.field(BOX_COLUMN, BOX)])
    repeating = [field.name for field in schema if pa.types.is_dictionary(field.type) or pa.types.is_date32(field.type)]
    with pq.ParquetWriter(
        path,
        plain,
        compression="zstd",
        compression_level=ZSTD_LEVEL,
        use_dictionary=repeating,
        store_schema=False,  # dictionary-encoded columns are read back as plain text by everyone
    ) as writer:
        for batch in batches:
            boxed = batch.append_column(BOX_COLUMN, _boxes(batch[geometry].combine_chunks()))
            writer.write_table(boxed.cast(plain), row_group_size=ROWS_PER_GROUP)
        texts = {name: value if isinstance(value, str) else _json(value) for name, value in notes.items()}
        writer.add_key_value_metadata({"geo": _geo_metadata(geometry, bounds), **texts})


def _boxes(points: pa.Array) -> pa.Array:
    """The box around each point, which is the point twice."""
    corners = [pa.array(values) for values in coordinates(points)] * 2
    return pa.StructArray.from_arrays(corners, names=list(CORNERS), mask=points.is_null())


def _geo_metadata(geometry: str, bounds: LngLatBox | None) -> str:
    covering = {"bbox": {corner: [BOX_COLUMN, corner] for corner in CORNERS}}
    column: dict[str, Any] = {"encoding": "WKB", "geometry_types": ["Point"], "covering": covering}
    if bounds is not None:
        column["bbox"] = list(bounds)
    return _json({"version": "1.1.0", "primary_column": geometry, "columns": {geometry: column}})


def _json(value: Any) -> str:
    return json.dumps(value, allow_nan=False, ensure_ascii=False, separators=(",", ":"))
