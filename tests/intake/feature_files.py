"""GeoJSON and GeoPackages made in code."""

from __future__ import annotations

import json
import sqlite3
import struct
from collections.abc import Mapping, Sequence
from typing import Any

PROPERTIES: Mapping[str, Any] = {"school_id_govt": "KZ0001", "school_name": "Көкшетау", "connectivity": "yes", "num_students": 300}
PLACE = [71.449074, 51.169392]


def point(place: Sequence[float] | None = (71.449074, 51.169392), **properties: Any) -> dict[str, Any]:
    """A feature that differs from the usual in what is named; no place means no geometry."""
    geometry = None if place is None else {"type": "Point", "coordinates": list(place)}
    return {"type": "Feature", "properties": {**PROPERTIES, **properties}, "geometry": geometry}


def collection(*features: Any, **members: Any) -> str:
    return json.dumps({"type": "FeatureCollection", **members, "features": list(features)}, ensure_ascii=False)


def wkb(place: Sequence[float] | None, kind: int = 1) -> bytes | None:
    """A point as a GeoPackage wraps it; several places make a MultiPoint."""
    if place is None:
        return None
    body = struct.pack("<BLdd", 1, 1, *place[:2])
    if kind == 4:
        body = struct.pack("<BLL", 1, 4, len(place) // 2) + b"".join(
            struct.pack("<BLdd", 1, 1, *place[at : at + 2]) for at in range(0, len(place), 2)
        )
    return b"GP\x00\x01" + struct.pack("<L", 4326) + body


Row = Sequence[Any]


def geopackage(
    *rows: Row, columns: str = "fid INTEGER PRIMARY KEY, geom POINT, school_id_govt TEXT, connectivity TEXT", **more: Any
) -> bytes:
    """A package with the layer `schools`; `more` has `kind`, `srs` (number), `layers` (name → rows) and `script` (further SQL)."""
    connection = sqlite3.connect(":memory:")
    connection.executescript(
        "PRAGMA application_id = 0x47504B47;"
        "CREATE TABLE gpkg_spatial_ref_sys (srs_id INTEGER, organization TEXT, organization_coordsys_id INTEGER);"
        "CREATE TABLE gpkg_contents (table_name TEXT, data_type TEXT, srs_id INTEGER);"
        "CREATE TABLE gpkg_geometry_columns (table_name TEXT, column_name TEXT, geometry_type_name TEXT, srs_id INTEGER);"
    )
    srs = more.get("srs", 4326)
    connection.execute("INSERT INTO gpkg_spatial_ref_sys VALUES (?, 'EPSG', ?)", (srs, srs))
    for name, content in {"schools": rows, **more.get("layers", {})}.items():
        connection.execute("INSERT INTO gpkg_contents VALUES (?, 'features', ?)", (name, srs))
        connection.execute("INSERT INTO gpkg_geometry_columns VALUES (?, 'geom', ?, ?)", (name, more.get("kind", "POINT"), srs))
        connection.execute(f"CREATE TABLE {name} ({columns})")
        for row in content:
            connection.execute(f"INSERT INTO {name} VALUES ({', '.join('?' * len(row))})", row)
    connection.executescript(more.get("script", ""))
    connection.commit()
    return connection.serialize()
