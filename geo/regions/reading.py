"""Turns a boundary file into `BoundaryUnits`: codes checked, names by language, WGS84, nothing repaired yet."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import geopandas
import numpy as np
import pandas as pd
import pyproj
import shapely

from geo.errors import BoundaryError
from geo.regions.antimeridian import within_world
from geo.regions.sources import read_layer
from geo.regions.units import DEFAULT_LANGUAGE, BoundaryUnits, GeometryArray, polygonal

SHOWN = 5
"""How many offending codes a message names."""


def read_boundaries(
    path: Path,
    *,
    layer: str | None = None,
    code_column: str,
    name_columns: Mapping[str, str],
    parent_column: str | None = None,
) -> BoundaryUnits:
    """Read boundary units from a file, in WGS84, ascending by code.

    Shapes come as the file has them: `repair` makes a coverage of them. Points and lines beside polygons are left out.

    Parameters
    ----------
    path
        GeoJSON (also .gz), GeoPackage, shapefile (also in a .zip), FlatGeobuf or GeoParquet.
    layer
        Layer name; in a zip, the file's name without its ending. None where there is only one.
    code_column
        Column of the unit's identity. Whole numbers become text without a decimal point.
    name_columns
        Language to column. Without "en" the first language given stands for it; with none the code does.
    parent_column
        Column with the code of the unit above.

    Raises
    ------
    BoundaryError
        The file, layer or a column is not there; the CRS is unknown; a code is blank or appears twice; a unit has no polygon;
        coordinates are not degrees once converted.

    Notes
    -----
    KZ-1048 and other encodings that a .cpg names are honoured. A GeoParquet or GeoJSON file without a CRS is WGS84 by its
    format's definition; a shapefile or GeoPackage without one is refused.
    """
    columns = (code_column, *name_columns.values(), *([parent_column] if parent_column else []))
    table = read_layer(path, layer=layer, columns=tuple(dict.fromkeys(columns)))
    codes = _checked_codes(texts_of(table[code_column]), path.name, code_column)
    geometries = within_world(_checked_polygons(in_wgs84(table, path.name), codes))
    order = sorted(range(len(codes)), key=codes.__getitem__)
    parents = texts_of(table[parent_column]) if parent_column else [None] * len(codes)
    names = {language: texts_of(table[column]) for language, column in name_columns.items()}
    return BoundaryUnits(
        codes=tuple(codes[row] for row in order),
        names=_complete_names(names, codes, order),
        parents=tuple(parents[row] for row in order),
        geometries=geometries[order],
    )


def in_wgs84(table: geopandas.GeoDataFrame, name: str) -> GeometryArray:
    """Geometries of a layer in degrees, WGS84, longitude first, shape (n,).

    Raises
    ------
    BoundaryError
        The layer does not say its CRS, or cannot be converted from it.
    """
    if table.crs is None:
        raise BoundaryError(f"{name} does not say its coordinate reference system (CRS); a shapefile needs its .prj file")
    try:
        in_degrees = table.geometry.to_crs("OGC:CRS84")
    except pyproj.exceptions.ProjError as error:
        raise BoundaryError(f"{name} cannot be converted from {table.crs.name} to WGS84 ({error})") from error
    return np.array(in_degrees.array, dtype=object)


def texts_of(values: pd.Series) -> list[str | None]:
    """Cells of a column as text, n of them; None where they are missing or blank."""
    return [_text(value) for value in values.tolist()]


def _text(value: object) -> str | None:
    """A cell as text without outer spaces; None where it is missing, NaN or blank. 710000000.0 is "710000000"."""
    if value is None or value is pd.NA or value is pd.NaT:
        return None
    if isinstance(value, float):
        if math.isnan(value):
            return None
        return str(int(value)) if value.is_integer() else str(value)
    return str(value).strip() or None


def _checked_codes(codes: list[str | None], name: str, column: str) -> list[str]:
    if not codes:
        raise BoundaryError(f"{name} has no features")
    blank = [str(row) for row, code in enumerate(codes, start=1) if code is None]
    if blank:
        raise BoundaryError(f"column {column!r} must have a code for every unit; blank in feature {_listed(blank)}")
    present = [code for code in codes if code is not None]
    repeated = sorted(code for code, count in Counter(present).items() if count > 1)
    if repeated:
        raise BoundaryError(f"column {column!r} must have a different code for every unit; found more than once: {_listed(repeated)}")
    return present


def _checked_polygons(geometries: GeometryArray, codes: list[str]) -> GeometryArray:
    polygons = polygonal(geometries)
    missing = [codes[position] for position in np.flatnonzero(shapely.is_missing(polygons) | shapely.is_empty(polygons))]
    if missing:
        raise BoundaryError(f"every unit must have a polygon; without one: {_listed(missing)}")
    return polygons


def _complete_names(names: dict[str, list[str | None]], codes: list[str], order: list[int]) -> dict[str, tuple[str, ...]]:
    default = names.get(DEFAULT_LANGUAGE) or next(iter(names.values()), [None] * len(codes))
    fallback = [name or code for name, code in zip(default, codes, strict=True)]
    columns = {DEFAULT_LANGUAGE: default, **names}
    return {language: tuple(column[row] or fallback[row] for row in order) for language, column in columns.items()}


def _listed(values: list[str]) -> str:
    shown = ", ".join(values[:SHOWN])
    return shown if len(values) <= SHOWN else f"{shown} and {len(values) - SHOWN} more"
