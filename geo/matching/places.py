"""Where rows and schools lie, made comparable: regions named in several ways, districts, and straight distances."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from rapidfuzz import fuzz, process

from geo.matching.folding import folded
from geo.schools import BoolArray, FloatArray, Int64Array, is_position, numbers, one_chunk

EARTH_RADIUS_KM = 6371.0088
"""Mean radius of the Earth (IUGG)."""
UNKNOWN = -1
_CELLS_PER_DEGREE = 4
_CELLS_AROUND = 360 * _CELLS_PER_DEGREE
_ALIKE = 85.0
"""rapidfuzz ratio from which a region's name is taken for another spelling of one that is known."""

# Spelt as folding leaves them: "region" is "regen", "city" is "citi".
_REGION_WORDS: tuple[tuple[str, str], ...] = (
    (r"(^| )(?:oblis[a-z]*|oblast[a-z]*|obl|regen|province|provints[a-z]*)( |$)", r"\1~region\2"),
    (r"(^| )(?:kalasi[a-z]*|gorod[a-z]*|g|citi|k)( |$)", r"\1~city\2"),
    # "Акмолинская", "Абайская" → "akmol", "abai"
    (r"(?:in)?sk(?:aia|oi|ii|ogo)( |$)", r"\1"),
    (r"(^| )(?:audan[a-z]*|raion[a-z]*|raen[a-z]*|district|rn)( |$)", " "),
)


@dataclass(frozen=True)
class Places:
    """Places of rows or of schools; every array has shape (n,).

    Parameters
    ----------
    region, district
        Codes that rows and schools share, -1 where unknown.
    declared_region
        Region that was declared for a school where it lies in another, -1 elsewhere: lists older than a reform name the one before.
    latitude, longitude
        Degrees, WGS84, NaN where unknown.
    """

    region: Int64Array
    district: Int64Array
    latitude: FloatArray
    longitude: FloatArray
    declared_region: Int64Array

    @property
    def is_placed(self) -> BoolArray:
        """Where a position is known, shape (n,)."""
        return is_position(self.latitude, self.longitude)

    def take(self, positions: Int64Array) -> Places:
        """The places at these positions."""
        return Places(
            region=self.region[positions],
            district=self.district[positions],
            latitude=self.latitude[positions],
            longitude=self.longitude[positions],
            declared_region=self.declared_region[positions],
        )

    def shares_cell(self, others: Places) -> BoolArray:
        """Which places lie in a cell of 0.25 degrees of one of the others, or in a neighbouring cell; shape (n,)."""
        wanted = np.unique(others._cells()[others.is_placed])
        steps = np.asarray([row * _CELLS_AROUND + column for row in (-1, 0, 1) for column in (-1, 0, 1)])
        return self.is_placed & np.isin(self._cells(), (wanted[:, np.newaxis] + steps).ravel())

    def _cells(self) -> Int64Array:
        row, column = (np.floor(np.nan_to_num(degrees) * _CELLS_PER_DEGREE) for degrees in (self.latitude, self.longitude))
        return np.asarray(row * _CELLS_AROUND + column, dtype=np.int64)

    def on_sphere(self) -> FloatArray:
        """Points in kilometres from the centre of the Earth, shape (n, 3); NaN where unknown."""
        latitude, longitude = np.radians(self.latitude), np.radians(self.longitude)
        level = np.cos(latitude)
        return np.asarray(EARTH_RADIUS_KM * np.column_stack([level * np.cos(longitude), level * np.sin(longitude), np.sin(latitude)]))


def read_places(rows: pa.Table, schools: pa.Table, spellings: Mapping[str, str]) -> tuple[Places, Places]:
    """Places of the rows and of the schools.

    Parameters
    ----------
    rows
        May have `admin1_declared`, `admin2_declared`, `latitude`, `longitude`.
    schools
        A release: `admin1`, `admin1_name`, `admin1_declared`, the same of level 2, and positions.
    spellings
        Name of a region in any language → its code in `admin1`, besides those that the schools show.
    """
    row_region, school_region, declared = _shared_codes(rows, schools, "admin1", spellings)
    row_district, school_district, _ = _shared_codes(rows, schools, "admin2", {})
    nowhere = np.full(rows.num_rows, UNKNOWN, dtype=np.int64)
    elsewhere = np.where(declared == school_region, UNKNOWN, declared)
    return (
        Places(row_region, row_district, *_position(rows), nowhere),
        Places(school_region, school_district, *_position(schools), elsewhere),
    )


def distance_km(rows: FloatArray, schools: FloatArray) -> FloatArray:
    """Great-circle distance between points of `on_sphere`, pair by pair; NaN where either is unknown."""
    chord = np.linalg.norm(rows - schools, axis=1)
    return np.asarray(2 * EARTH_RADIUS_KM * np.arcsin(np.minimum(1.0, chord / (2 * EARTH_RADIUS_KM))))


def _position(table: pa.Table) -> tuple[FloatArray, FloatArray]:
    """Latitudes and longitudes, NaN in both where either is missing or both are 0."""
    if not {"latitude", "longitude"} <= set(table.column_names):
        nowhere = np.full(table.num_rows, np.nan)
        return nowhere, nowhere
    latitude, longitude = numbers(table["latitude"]), numbers(table["longitude"])
    is_placed = is_position(latitude, longitude)
    return np.where(is_placed, latitude, np.nan), np.where(is_placed, longitude, np.nan)


def _coded(table: pa.Table, name: str) -> tuple[Int64Array, pa.Array]:
    """Codes of a text column and its distinct texts; -1 for null, all -1 where there is no such column."""
    if name not in table.column_names:
        return np.full(table.num_rows, UNKNOWN, dtype=np.int64), pa.array([], pa.string())
    column = one_chunk(table[name])
    column = column if pa.types.is_dictionary(column.type) else column.dictionary_encode()
    return np.asarray(column.indices.fill_null(UNKNOWN)).astype(np.int64), pc.cast(column.dictionary, pa.string())


def _shared_codes(rows: pa.Table, schools: pa.Table, level: str, spellings: Mapping[str, str]) -> tuple[Int64Array, ...]:
    """Codes of the units that rows declare, that schools lie in and that they declare; a spelling that no school bears is unknown."""
    code, codes = _coded(schools, level)
    named, names = _coded(schools, f"{level}_name")
    declared, declarations = _coded(schools, f"{level}_declared")
    labels: dict[str, int] = {}
    keys = [labels.setdefault(str(text), len(labels)) for text in codes.to_pylist()]
    school_unit = np.asarray([*keys, UNKNOWN], dtype=np.int64)[code]
    known = dict(zip(_plain(codes), keys, strict=True))
    taught = {text: labels[label] for text, label in spellings.items() if label in labels}
    known |= dict(zip(_plain(pa.array(list(taught), pa.string())), taught.values(), strict=True))
    for position, texts in ((named, names), (declared, declarations)):
        for text, unit in zip(_plain(texts), _most_frequent(position, school_unit, len(texts)), strict=True):
            known.setdefault(text, labels.setdefault(f"~{text}", len(labels)) if unit == UNKNOWN else unit)
    own = np.asarray([*(known[text] for text in _plain(declarations)), UNKNOWN], dtype=np.int64)[declared]
    row_code, row_texts = _coded(rows, f"{level}_declared")
    row_units = np.asarray([*_resolved(_plain(row_texts), _with_bare(known), is_fuzzy=level == "admin1"), UNKNOWN], dtype=np.int64)
    return row_units[row_code], np.where(school_unit == UNKNOWN, own, school_unit), own


def _plain(texts: pa.Array) -> list[str]:
    """Spellings of units, folded, with words for region and city made one in all languages, in alphabetical order."""
    plain = folded(texts)
    for pattern, replacement in _REGION_WORDS:
        plain = pc.replace_substring_regex(plain, pattern, replacement)
    return [" ".join(sorted(text.split())) for text in plain.to_pylist()]


def _with_bare(known: Mapping[str, int]) -> dict[str, int]:
    """The spellings, and those without the words for region and city where that names one unit alone."""
    bare: dict[str, int] = {}
    for text, unit in known.items():
        name = " ".join(word for word in text.split() if not word.startswith("~"))
        bare[name] = unit if bare.get(name, unit) == unit else UNKNOWN
    return {text: unit for text, unit in bare.items() if text and unit != UNKNOWN} | dict(known)


def _most_frequent(position: Int64Array, unit: Int64Array, count: int) -> list[int]:
    """The unit that most schools of each text lie in, -1 where none does; shape (count,)."""
    found = np.full(count, UNKNOWN, dtype=np.int64)
    both = (position >= 0) & (unit >= 0)
    width = int(unit.max(initial=0)) + 1
    pairs, frequency = np.unique(position[both] * width + unit[both], return_counts=True)
    order = np.argsort(frequency, kind="stable")
    found[pairs[order] // width] = pairs[order] % width
    return [int(value) for value in found]


def _resolved(texts: list[str], known: Mapping[str, int], *, is_fuzzy: bool) -> list[int]:
    """Unit of each text: spelt as one that is known, or, where that is allowed, nearly so; a city is never a region."""
    choices = list(known)
    found = []
    for text in texts:
        unit = known.get(text, UNKNOWN)
        if unit == UNKNOWN and is_fuzzy and (best := process.extractOne(text, choices, scorer=fuzz.ratio, score_cutoff=_ALIKE)):
            unit = known[best[0]] if ("~city" in text) == ("~city" in best[0]) else UNKNOWN
        found.append(unit)
    return found
