"""Opens a boundary file and gives one layer of it as a table, whatever its format; knows nothing of codes or names.

GeoJSON (also gzipped), GeoPackage, shapefile (also several in one zip), FlatGeobuf and GeoParquet.
"""

from __future__ import annotations

import codecs
import gzip
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

import geopandas
import pandas as pd
import pyogrio

from geo.errors import BoundaryError

PARQUET_SUFFIXES = (".parquet", ".geoparquet")
ZIPPED_SUFFIXES = (".shp", ".gpkg", ".geojson", ".json", ".fgb")
"""Files inside a zip that can hold a layer."""
SUFFIXES = (".geojson", ".json", ".gpkg", ".shp", ".fgb")
ACCEPTED = ".geojson, .json (also .gz), .gpkg, .shp, .fgb, .parquet, or a .zip of these"
UNREADABLE = (OSError, EOFError, ValueError, zlib.error, zipfile.BadZipFile, pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError)
"""What the readers raise for a file that is not what its name says."""

UNDECLARED_ENCODING = "ISO-8859-1"
"""What GDAL reports for a shapefile whose encoding is not declared or not one it knows."""


@dataclass(frozen=True)
class _Layer:
    """One layer GDAL can open: what to open, the layer's name there, the name people know it by, its declared encoding."""

    source: str | bytes
    inner_name: str | None
    name: str
    encoding: str | None = None


def read_layer(path: Path, *, layer: str | None, columns: tuple[str, ...]) -> geopandas.GeoDataFrame:
    """Read the named columns and the geometry of one layer.

    Parameters
    ----------
    path
        File to read.
    layer
        Layer name; in a zip, the file's name without its ending. None where the file has one layer.
    columns
        Columns that must be there, spelled as in the file.

    Returns
    -------
    One row per feature in file order, in the CRS of the file, which may be unknown.

    Raises
    ------
    BoundaryError
        The file cannot be read, the layer or a column is not in it, or a layer must be named; the message lists what there is.
    """
    if not path.is_file():
        raise BoundaryError(f"there is no file {path}")
    try:
        if path.name.lower().endswith(PARQUET_SUFFIXES):
            return _read_parquet(path, columns)
        return _read_with_gdal(_chosen(_layers(path), path, layer), columns)
    except UNREADABLE as error:
        raise BoundaryError(f"{path.name} cannot be read as boundaries ({error}); accepted are {ACCEPTED}") from error


def _read_parquet(path: Path, columns: tuple[str, ...]) -> geopandas.GeoDataFrame:
    table = geopandas.read_parquet(path)
    geometry = table.geometry.name
    _check_columns(columns, tuple(str(name) for name in table.columns if name != geometry), path.name)
    wanted = table[[*columns, geometry]]
    return wanted if geometry == "geometry" else wanted.rename_geometry("geometry")


def _layers(path: Path) -> tuple[_Layer, ...]:
    name = path.name.lower()
    if name.endswith(".zip"):
        return _zipped_layers(path)
    if name.endswith(".gz") and name[:-3].endswith(SUFFIXES):
        # Decompressed here: GDAL's own reader writes a .properties file beside the original.
        return _layers_of(gzip.decompress(path.read_bytes()), stem=PurePosixPath(path.name[:-3]).stem)
    if not name.endswith(SUFFIXES):
        raise BoundaryError(f"{path.name} is not a boundary file by its name; accepted are {ACCEPTED}")
    cpg = path.with_suffix(".cpg")
    declared = cpg.read_text(encoding="latin-1") if name.endswith(".shp") and cpg.is_file() else None
    return _layers_of(str(path), stem=path.stem, encoding=declared)


def _zipped_layers(path: Path) -> tuple[_Layer, ...]:
    layers: list[_Layer] = []
    with zipfile.ZipFile(path) as archive:
        members = {member.lower(): member for member in archive.namelist()}
        for lowered, member in members.items():
            inside = PurePosixPath(member)
            if not lowered.endswith(ZIPPED_SUFFIXES) or inside.name.startswith("._"):
                continue
            cpg = members.get(str(PurePosixPath(lowered).with_suffix(".cpg")))
            declared = archive.read(cpg).decode("latin-1") if cpg and lowered.endswith(".shp") else None
            layers.extend(_layers_of(f"/vsizip/{path.absolute()}/{member}", stem=inside.stem, encoding=declared))
    if not layers:
        raise BoundaryError(f"{path.name} holds no boundary file; looked for {', '.join(ZIPPED_SUFFIXES)}")
    return tuple(layers)


def _layers_of(source: str | bytes, *, stem: str, encoding: str | None = None) -> tuple[_Layer, ...]:
    """Layers of one source that have a geometry; a single one goes by the file's name, for in GeoJSON it often has none."""
    names = [str(name) for name, geometry_type in pyogrio.list_layers(source) if geometry_type is not None]
    if len(names) == 1:
        # GDAL names what it reads from memory anew each time it is opened.
        inner_name = names[0] if isinstance(source, str) else None
        return (_Layer(source, inner_name, stem, encoding),)
    return tuple(_Layer(source, name, name, encoding) for name in names)


def _chosen(layers: tuple[_Layer, ...], path: Path, layer: str | None) -> _Layer:
    found = ", ".join(sorted(candidate.name for candidate in layers)) or "none with a geometry"
    matching = [candidate for candidate in layers if layer is None or layer in (candidate.name, candidate.inner_name)]
    if len(matching) == 1:
        return matching[0]
    if layer is None and layers:
        raise BoundaryError(f"{path.name} has several layers, name one; found {found}")
    wanted = "a layer" if layer is None else f"exactly one layer named {layer!r}"
    raise BoundaryError(f"{path.name} must have {wanted}; found {found}")


def _read_with_gdal(layer: _Layer, columns: tuple[str, ...]) -> geopandas.GeoDataFrame:
    information = pyogrio.read_info(layer.source, layer=layer.inner_name)
    _check_columns(columns, tuple(str(name) for name in information["fields"]), layer.name)
    codec = _codec_unknown_to_gdal(layer, information)
    table = pyogrio.read_dataframe(layer.source, layer=layer.inner_name, columns=list(columns))
    return _decoded(table, columns, codec) if codec else table


def _check_columns(columns: tuple[str, ...], found: tuple[str, ...], name: str) -> None:
    missing = [column for column in columns if column not in found]
    if missing:
        listed = ", ".join(found) or "no columns"
        raise BoundaryError(f"{name} must have the column {', '.join(map(repr, missing))}; found {listed}")


def _codec_unknown_to_gdal(layer: _Layer, information: dict[str, Any]) -> str | None:
    """Python's name of the declared encoding where GDAL does not know it, as with KZ-1048."""
    declared = (layer.encoding or "").strip()
    if not declared or information["encoding"] != UNDECLARED_ENCODING:
        return None
    try:
        return codecs.lookup(declared).name
    except LookupError as error:
        raise BoundaryError(f"{layer.name}.cpg names the encoding {declared!r}, which is not known here") from error


def _decoded(table: geopandas.GeoDataFrame, columns: tuple[str, ...], codec: str) -> geopandas.GeoDataFrame:
    for column in columns:
        if pd.api.types.is_numeric_dtype(table[column]):
            continue
        table[column] = [value.encode("latin-1").decode(codec) if isinstance(value, str) else value for value in table[column]]
    return table
