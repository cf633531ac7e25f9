"""Builders of small boundary units and boundary files for tests, each named for the defect it has. Made here, of no real place."""

from __future__ import annotations

import gzip
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import geopandas
import numpy as np
import shapely
from shapely import Polygon, box

from geo.regions import BoundaryUnits

WEST_HALF = box(0, 0, 1, 1)
EAST_HALF = box(1, 0, 2, 1)
BOW_TIE = Polygon([(2, 0), (4, 2), (4, 0), (2, 2)])
CITY_INSIDE_ITS_REGION = box(0.4, 0.4, 0.6, 0.6)


def make_units(*geometries: Any, codes: Sequence[str] | None = None, parents: Sequence[str | None] | None = None) -> BoundaryUnits:
    """Units in the order given, coded A, B, C … unless codes are given."""
    count = len(geometries)
    chosen = tuple(codes or (chr(ord("A") + number) for number in range(count)))
    array = np.empty(count, dtype=object)
    array[:] = geometries
    return BoundaryUnits(chosen, {"en": chosen}, tuple(parents or (None,) * count), array)


def make_table(*geometries: Any, crs: Any = "OGC:CRS84", **columns: list[Any]) -> geopandas.GeoDataFrame:
    """A table with `code` A, B, C … and `name` Alpha, Beta … unless given."""
    names = ["Alpha", "Beta", "Gamma", "Delta"][: len(geometries)]
    values = {"code": [chr(ord("A") + number) for number in range(len(geometries))], "name": names} | columns
    return geopandas.GeoDataFrame(values, geometry=list(geometries), crs=crs)


def write_geojson(path: Path, table: geopandas.GeoDataFrame) -> Path:
    """GeoJSON, gzipped where the name ends in .gz."""
    text = table.to_json(to_wgs84=True).encode()
    path.write_bytes(gzip.compress(text) if path.name.endswith(".gz") else text)
    return path


def write_shapefile(path: Path, table: geopandas.GeoDataFrame, *, encoding: str = "UTF-8") -> Path:
    """A shapefile with its sidecar files; the .cpg says the encoding."""
    table.to_file(path, driver="ESRI Shapefile", engine="pyogrio", encoding=encoding)
    return path


def zip_folder(archive: Path, folder: Path, *, inside: str = "shapes", without: str = "no such ending") -> Path:
    """All files of a folder in one zip, those with one ending left out."""
    with zipfile.ZipFile(archive, "w") as zipped:
        for path in sorted(folder.iterdir()):
            if path.suffix != without:
                zipped.write(path, f"{inside}/{path.name}")
    return archive


def random_units(rng: np.random.Generator, *, columns: int, rows: int, empty_share: float = 0.2) -> BoundaryUnits:
    """A coverage of triangles and quadrangles around jittered corners on a coarse raster, so that exact coincidences are common."""
    corner = np.stack(np.meshgrid(np.arange(columns + 1.0), np.arange(rows + 1.0)), axis=-1)
    corner += rng.integers(-2, 3, corner.shape) / 8
    shapes: list[Polygon] = []
    for row in range(rows):
        for column in range(columns):
            ring = [corner[row, column], corner[row, column + 1], corner[row + 1, column + 1], corner[row + 1, column]]
            if rng.random() < 0.3:
                shapes += [Polygon(ring[:3]), Polygon([ring[0], ring[2], ring[3]])]
            elif rng.random() >= empty_share:
                shapes.append(Polygon(ring))
    if not shapes:
        shapes.append(Polygon(corner[[0, 0, 1, 1], [0, 1, 1, 0]]))
    order = rng.permutation(len(shapes))
    return make_units(*(shapes[number] for number in order), codes=[f"{number:03d}" for number in range(len(shapes))])


def vertices(units: BoundaryUnits) -> tuple[Any, Any]:
    """Longitudes and latitudes of all vertices and of the middles of all edges."""
    positions = shapely.get_coordinates(shapely.boundary(units.geometries))
    middles = (positions[1:] + positions[:-1]) / 2
    both = np.concatenate((positions, middles))
    return both[:, 0].copy(), both[:, 1].copy()
