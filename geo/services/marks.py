"""The flags that say what is doubtful about a school: applies the checks of geo.quality to facts and places."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import chain

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from geo.model import POSITION_FLAGS, Flag
from geo.quality import (
    ALIKE_DISTANCE_M,
    Doubts,
    Neighbours,
    Regions,
    are_alike,
    doubts,
    is_at_centre,
    is_implausible_enrolment,
    is_mangled_id,
    is_null_island,
    is_round,
    is_shared,
)
from geo.regions import BoundarySet
from geo.schools import BoolArray, FloatArray, Int32Array, Int64Array, numbers, one_chunk

FLAGS: tuple[Flag, ...] = tuple(Flag)
FlagBits = npt.NDArray[np.int32]

POSITION_BITS = sum(1 << FLAGS.index(flag) for flag in POSITION_FLAGS)
"""The bits of the flags that doubt where a school is."""


def mark(flags: FlagBits, flag: Flag, where: BoolArray) -> None:
    """Set a flag's bit where a mask says so."""
    flags[where] |= 1 << FLAGS.index(flag)


def mark_positions(
    flags: FlagBits,
    facts: pa.Table,
    *,
    latitude: FloatArray,
    longitude: FloatArray,
    units: Mapping[int, Int32Array],
    boundaries: Mapping[int, BoundarySet],
) -> Int64Array:
    """Flag positions that are probably not where the school is.

    Parameters
    ----------
    latitude, longitude
        Degrees, NaN where a school cannot be drawn; shape (n,).
    units
        Number of each school's unit by level, -1 where it has none.

    Returns
    -------
    Rows of each pair of schools near each other with names alike, shape (pairs, 2).
    """
    mark(flags, Flag.NULL_ISLAND, is_null_island(numbers(facts["latitude"]), numbers(facts["longitude"])))
    mark(flags, Flag.SAME_POSITION, is_shared(latitude, longitude))
    mark(flags, Flag.LOW_PRECISION, is_round(latitude, longitude))
    for level, unit in units.items():
        for centre in boundaries[level].centres:
            mark(flags, Flag.REGION_CENTROID, is_at_centre(latitude, longitude, unit, centre[:, 1], centre[:, 0]))
    around = Neighbours(latitude, longitude)
    mark(flags, Flag.MANY_SCHOOLS_NEARBY, around.is_crowded())
    pairs = around.pairs(ALIKE_DISTANCE_M)
    alike = pairs[are_alike(one_chunk(facts["school_name"]), one_chunk(facts["education_level"]), pairs)]
    mark(flags, Flag.SIMILAR_NAME_NEARBY, np.bincount(alike.ravel(), minlength=len(flags)) > 0)
    return alike


def mark_regions(flags: FlagBits, found: Doubts) -> None:
    """Flag positions that lie elsewhere than a file declared."""
    mark(flags, Flag.REGION_DISAGREES, found.disagrees)
    mark(flags, Flag.LOCATION_OUTLIER, found.is_outlier)


def mark_values(flags: FlagBits, facts: pa.Table, num_students: FloatArray) -> None:
    """Flag values that are allowed but hard to believe."""
    mark(flags, Flag.IMPLAUSIBLE_ENROLMENT, is_implausible_enrolment(num_students))
    for name in ("school_id_giga", "school_id_govt"):
        mark(flags, Flag.EXCEL_MANGLED_ID, is_mangled_id(one_chunk(facts[name])))


def region_doubts(
    declared: pa.ChunkedArray,
    *,
    latitude: FloatArray,
    longitude: FloatArray,
    unit: Int32Array,
    boundary_set: BoundarySet,
    names: Iterable[tuple[str, str]],
) -> Doubts:
    """What the regions that files declared say about the positions.

    Parameters
    ----------
    names
        Further spellings of regions: pairs of code and name, as other vintages have them.
    """
    own = (pair for column in boundary_set.names.values() for pair in zip(boundary_set.codes, column, strict=True))
    regions = Regions(
        codes=boundary_set.codes,
        names=tuple(chain(own, names)),
        geometry_of=lambda number: boundary_set.units.geometries[number],
        locate=lambda longitudes, latitudes: boundary_set.locator.locate(longitudes, latitudes).unit,
    )
    return doubts(declared, latitude, longitude, unit, regions)
