"""A boundary set on disk: whole units, simplified units and the grid index in one directory that never changes.

`set.json` names the sha256 of both GeoParquet files; the index names the sha256 of the units it was built over, and one that
does not fit (another format, other units, cut short) is as good as none.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

import geopandas
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import shapely

from geo.errors import BoundaryError, DamagedFile
from geo.regions.grid import GridIndex
from geo.regions.grid_file import open_index, write_index
from geo.regions.locator import Locator
from geo.regions.units import BoundaryUnits, FloatArray

SET_FORMAT = 1
MANIFEST = "set.json"
UNITS = "units.parquet"
SIMPLIFIED = "simplified.parquet"
NAME_PREFIX = "name_"


def write_boundary_set(directory: Path, units: BoundaryUnits, simplified: BoundaryUnits, index: GridIndex | None) -> str:
    """Write a boundary set into a directory that does not exist yet; it appears whole or not at all.

    Parameters
    ----------
    units
        Repaired units, for locating points.
    simplified
        The same units for drawing.
    index
        Grid index over `units`; None leaves locating to shapely.

    Returns
    -------
    sha256 of the units file, which is the identity of the set.

    Raises
    ------
    BoundaryError
        The directory exists and holds another set; the very same set is left as it is.
    """
    if units.codes != simplified.codes:
        raise ValueError("simplified units must be the same units in the same order")
    directory.parent.mkdir(parents=True, exist_ok=True)
    temporary = Path(tempfile.mkdtemp(prefix=f".{directory.name}-", dir=directory.parent))
    try:
        sha256 = _fill(temporary, units, simplified, index)
        _move_into_place(temporary, directory, sha256)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    return sha256


def _fill(directory: Path, units: BoundaryUnits, simplified: BoundaryUnits, index: GridIndex | None) -> str:
    _write_units(directory / UNITS, units)
    _write_units(directory / SIMPLIFIED, simplified)
    sha256 = _sha256(directory / UNITS)
    if index is not None:
        write_index(directory, index, units_sha256=sha256)
    manifest = {
        "format": SET_FORMAT,
        "units_sha256": sha256,
        "simplified_sha256": _sha256(directory / SIMPLIFIED),
        "unit_count": len(units),
        "languages": list(units.names),
    }
    (directory / MANIFEST).write_text(json.dumps(manifest, indent=1), encoding="utf-8")
    for path in directory.iterdir():
        _sync(path)
    _sync(directory)
    directory.chmod(0o755)
    return sha256


def _move_into_place(temporary: Path, directory: Path, sha256: str) -> None:
    try:
        temporary.rename(directory)
    except OSError as error:
        if not directory.exists():
            raise
        if _manifest(directory).get("units_sha256") != sha256:
            raise BoundaryError(f"{directory} holds another boundary set; sets are never overwritten") from error
    _sync(directory.parent)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _write_units(path: Path, units: BoundaryUnits) -> None:
    columns: dict[str, Any] = {"code": list(units.codes)}
    columns |= {f"{NAME_PREFIX}{language}": list(names) for language, names in units.names.items()}
    columns["parent"] = np.array(units.parents, dtype=object)
    table = geopandas.GeoDataFrame(columns, geometry=np.array(units.geometries), crs="OGC:CRS84")
    table.to_parquet(path, index=False, compression="zstd", schema_version="1.1.0", write_covering_bbox=True)


def _manifest(directory: Path) -> dict[str, Any]:
    try:
        manifest = json.loads((directory / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise DamagedFile(f"{directory} is not a boundary set: {MANIFEST} cannot be read") from error
    if not isinstance(manifest, dict) or manifest.get("format") != SET_FORMAT:
        raise DamagedFile(f"{directory} is not a boundary set of format {SET_FORMAT}")
    return manifest


def open_boundary_set(directory: Path) -> BoundarySet:
    """Open a boundary set; only its manifest is read now, the rest at first need.

    Raises
    ------
    DamagedFile
        The directory holds no boundary set of this format.
    """
    return BoundarySet(directory, _manifest(directory))


class BoundarySet:
    """One level's units of one vintage: attributes, whole and simplified shapes, and the locator over the whole ones."""

    def __init__(self, directory: Path, manifest: Mapping[str, Any]) -> None:
        self.directory = directory
        self.sha256 = str(manifest["units_sha256"])
        self.languages = tuple(str(language) for language in manifest["languages"])
        self._simplified_sha256 = str(manifest["simplified_sha256"])

    @property
    def codes(self) -> tuple[str, ...]:
        """Codes of the units, ascending; reads the simplified file, not the whole one."""
        return self.simplified.codes

    @property
    def names(self) -> Mapping[str, tuple[str, ...]]:
        """Names of the units by language."""
        return self.simplified.names

    @property
    def parents(self) -> tuple[str | None, ...]:
        """Code of the unit of the level above for each unit, None where not said."""
        return self.simplified.parents

    @cached_property
    def units(self) -> BoundaryUnits:
        """Units with their whole shapes; raises DamagedFile where the file is not the one that was written."""
        return _read_units(self.directory / UNITS, self.sha256)

    @cached_property
    def simplified(self) -> BoundaryUnits:
        """Units with shapes for drawing; raises DamagedFile where the file is not the one that was written."""
        return _read_units(self.directory / SIMPLIFIED, self._simplified_sha256)

    @cached_property
    def centres(self) -> tuple[FloatArray, FloatArray]:
        """Middles of the units that programs give to what they cannot place: the centroids, and points surely inside.

        Longitude and latitude in degrees, shape (units, 2) each.
        """
        geometries = self.units.geometries
        return shapely.get_coordinates(shapely.centroid(geometries)), shapely.get_coordinates(shapely.point_on_surface(geometries))

    @cached_property
    def locator(self) -> Locator:
        """Locator over the whole shapes, by the memory-mapped index where there is one that fits."""
        return Locator(self.units, open_index(self.directory, units_sha256=self.sha256))


def _read_units(path: Path, sha256: str) -> BoundaryUnits:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise DamagedFile(f"{path} cannot be read: {error.strerror}") from error
    if hashlib.sha256(content).hexdigest() != sha256:
        raise DamagedFile(f"{path} is not the file that was written: its sha256 differs")
    table = pq.read_table(pa.BufferReader(content))
    names = {name.removeprefix(NAME_PREFIX): table[name] for name in table.column_names if name.startswith(NAME_PREFIX)}
    return BoundaryUnits(
        codes=tuple(table["code"].to_pylist()),
        names={language: tuple(column.to_pylist()) for language, column in names.items()},
        parents=tuple(table["parent"].to_pylist()),
        geometries=np.array(shapely.from_wkb(table["geometry"].to_numpy()), dtype=object),
    )
