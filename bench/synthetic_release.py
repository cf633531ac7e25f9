"""Synthetic release tables of any size for the benchmarks: random values in the shape of real ones; none means anything."""

from __future__ import annotations

from datetime import date

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from geo.model import (
    AREA_TYPES,
    CONNECTIVITIES,
    CellularCoverageType,
    ConnectivityType,
    EducationLevel,
    ElectricityAvailability,
    Fact,
    Flag,
    FundingType,
)
from geo.schools import RELEASE_SCHEMA

WORDS: dict[str, tuple[str, ...]] = {
    "school_area_type": AREA_TYPES,
    "connectivity": CONNECTIVITIES,
    "connectivity_type": tuple(ConnectivityType),
    "education_level": tuple(EducationLevel),
    "school_funding_type": tuple(FundingType),
    "cellular_coverage_type": tuple(CellularCoverageType),
    "electricity_availability": tuple(ElectricityAvailability),
    "download_speed_basis": ("declared", "measured"),
    "flags": ("", *Flag),
}
REGIONS, DISTRICTS = 200, 45_000
REQUIRED = frozenset({"school_id", "school_area_type", "connectivity"})
NULL_SHARE = 0.2
FIRST_DAY = date(2020, 1, 1).toordinal() - date(1970, 1, 1).toordinal()


def synthetic_release(schools: int) -> pa.Table:
    """A table of `RELEASE_SCHEMA`; every column but the required ones is null in a fifth of the rows, text is plain."""
    rng = np.random.default_rng(11)
    return pa.table([_column(field, schools, rng) for field in RELEASE_SCHEMA], schema=RELEASE_SCHEMA)


def _column(field: pa.Field, schools: int, rng: np.random.Generator) -> pa.Array:
    is_null = np.zeros(schools, dtype=bool) if field.name in REQUIRED else rng.random(schools) < NULL_SHARE
    if pa.types.is_string(field.type):
        return _text(field.name, is_null, rng)
    if pa.types.is_date32(field.type):
        return pa.array((FIRST_DAY + rng.integers(0, 2_000, schools)).astype(np.int32), mask=is_null).cast(field.type)
    if pa.types.is_int32(field.type):
        return pa.array(rng.integers(1, 900, schools).astype(np.int32), mask=is_null)
    low, high = {"longitude": (-180.0, 180.0), "latitude": (-60.0, 75.0)}.get(field.name, (0.0, 100.0))
    return pa.array(np.round(rng.uniform(low, high, schools), 6), mask=is_null)


def _text(name: str, is_null: npt.NDArray[np.bool_], rng: np.random.Generator) -> pa.Array:
    schools = len(is_null)
    if name.startswith("school_id"):
        return pa.array([f"{name[10:]}{row:012d}" for row in range(schools)], pa.string(), mask=is_null)
    if name == "school_name":
        return pa.array([f"Жалпы білім беретін мектеп № {row}" for row in range(schools)], pa.string(), mask=is_null)
    codes = pa.array(rng.integers(0, len(_labels(name)), schools).astype(np.int32), mask=is_null)
    return pa.DictionaryArray.from_arrays(codes, pa.array(_labels(name), pa.string())).cast(pa.string())


def _labels(name: str) -> list[str]:
    if name in WORDS:
        return [str(word) for word in WORDS[name]]
    if name.removesuffix("_source") in tuple(Fact):
        return [f"source {number}" for number in range(30)]
    return [f"{name} {number:06d}" for number in range(DISTRICTS if name.startswith("admin2") else REGIONS)]
