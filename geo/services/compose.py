"""From facts to a release table: locate every school, mark what does not fit, measure distances, and put rows in map order."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from pyproj import Geod
from scipy.spatial import cKDTree

from geo.model import CONNECTIVITIES, STATUSES, Basis, Connectivity, Flag
from geo.norms import Norm, required_mbps, statuses
from geo.quality import Doubts, copy_number
from geo.regions import BoundarySet
from geo.schools import (
    FACTS_SCHEMA,
    RELEASE_SCHEMA,
    BoolArray,
    FloatArray,
    Int32Array,
    Int64Array,
    SchoolColumns,
    is_position,
    numbers,
    plain,
    school_columns,
)
from geo.services.marks import FLAGS, POSITION_BITS, FlagBits, mark, mark_positions, mark_regions, mark_values, region_doubts
from geo.tiles import curve_order

WGS84 = Geod(ellps="WGS84")

_YES = CONNECTIVITIES.index(Connectivity.YES)
_NO = CONNECTIVITIES.index(Connectivity.NO)
_UNKNOWN = CONNECTIVITIES.index(Connectivity.UNKNOWN)


@dataclass(frozen=True)
class Placed:
    """Schools with their regions, speeds and flags, in the order of their facts: all that statistics, checks and an impact need.

    Parameters
    ----------
    table
        Columns of `PLACED_SCHEMA`.
    columns
        The arrays for statistics of the same rows.
    alike
        Rows of each pair of schools near each other with names alike, shape (pairs, 2).
    doubts
        What the declared regions say about the positions; None without regions.
    """

    table: pa.Table
    columns: SchoolColumns
    counts: dict[str, int]
    sources: tuple[str, ...]
    alike: Int64Array
    doubts: Doubts | None = None


@dataclass(frozen=True)
class Composed:
    """A release table with the totals fixed at publish."""

    table: pa.Table
    counts: dict[str, int]
    sources: tuple[str, ...]


PLACED_SCHEMA: pa.Schema = pa.schema([field for field in RELEASE_SCHEMA if field.name != "nearest_connected_km"])


def compose(
    facts: pa.Table,
    boundaries: Mapping[int, BoundarySet],
    *,
    norm: Norm,
    region_names: Iterable[tuple[str, str]] = (),
) -> Composed:
    """Make a release table from facts and boundary sets: `place`, then `finish`."""
    return finish(place(facts, boundaries, norm=norm, region_names=region_names))


def place(
    facts: pa.Table,
    boundaries: Mapping[int, BoundarySet],
    *,
    norm: Norm,
    region_names: Iterable[tuple[str, str]] = (),
) -> Placed:
    """Locate schools, and mark what does not fit.

    Parameters
    ----------
    facts
        `FACTS_SCHEMA`, plain columns.
    boundaries
        Boundary set by level, 1 and 2; a level may be missing: its columns are then null.
    norm
        The norm that the flag `speeds_disagree` and the totals by status are held against.
    region_names
        Further spellings of regions that a declared region is compared with: pairs of code and name, as other vintages have them.
    """
    columns = {name: facts[name] for name in facts.column_names}
    longitude, latitude = numbers(facts["longitude"]), numbers(facts["latitude"])
    is_placed = is_position(latitude, longitude)
    flags = np.zeros(facts.num_rows, dtype=np.int32)
    mark(flags, Flag.NOT_PLACED, ~is_placed)
    longitude, latitude = np.where(is_placed, longitude, np.nan), np.where(is_placed, latitude, np.nan)
    located, units = _regions(facts, boundaries, longitude, latitude, flags)
    columns |= located
    found = None
    if 1 in boundaries:
        said = facts["admin1_declared"]
        found = region_doubts(said, latitude=latitude, longitude=longitude, unit=units[1], boundary_set=boundaries[1], names=region_names)
        mark_regions(flags, found)
    alike = mark_positions(flags, facts, latitude=latitude, longitude=longitude, units=units, boundaries=boundaries)
    declared, measured = facts["download_speed_declared_mbps"], facts["download_speed_measured_mbps"]
    columns["download_speed_mbps"] = pc.coalesce(measured, declared)
    columns["download_speed_basis"] = pc.if_else(
        pc.is_valid(measured), Basis.MEASURED.value, pc.if_else(pc.is_valid(declared), Basis.DECLARED.value, pa.scalar(None, pa.string()))
    )
    arrays = school_columns(pa.table(columns))
    mark_values(flags, facts, arrays.num_students)
    _mark_speeds(flags, arrays, norm)
    arrays = replace(arrays, has_flagged_position=(flags & POSITION_BITS) != 0)
    columns["flags"] = _flag_words(flags)
    table = pa.table({field.name: columns[field.name] for field in PLACED_SCHEMA}, schema=PLACED_SCHEMA)
    return Placed(table, arrays, _counts(arrays, flags, norm), _sources(facts), alike, found)


def finish(placed: Placed) -> Composed:
    """Measure distances and put the rows in map order.

    Returns
    -------
    Table of `RELEASE_SCHEMA` in Morton order of the positions, schools without a position last, ties by `school_id`.
    """
    columns = placed.columns
    is_placed = is_position(columns.latitude, columns.longitude)
    longitude, latitude = np.where(is_placed, columns.longitude, np.nan), np.where(is_placed, columns.latitude, np.nan)
    nearest = _nearest_connected_km(longitude, latitude, columns.connectivity == _YES)
    position = RELEASE_SCHEMA.get_field_index("nearest_connected_km")
    table = placed.table.add_column(position, RELEASE_SCHEMA.field(position), nearest)
    return Composed(table.take(pa.array(curve_order(longitude, latitude, table["school_id"]))), placed.counts, placed.sources)


def facts_of(release: pa.Table) -> pa.Table:
    """The facts of a release table, plain columns."""
    return plain(release, FACTS_SCHEMA)


def _flag_words(flags: FlagBits) -> pa.Array:
    """Flag bits as words joined by a space, null where there is none."""
    present = np.flatnonzero(np.bincount(flags))  # flags are few bits: counting is ten times faster than sorting
    codes = np.zeros(int(flags.max(initial=0)) + 1, dtype=np.int32)
    codes[present] = np.arange(len(present))
    words = [" ".join(flag.value for bit, flag in enumerate(FLAGS) if bits >> bit & 1) or None for bits in present.tolist()]
    return pa.array(words, pa.string()).take(pa.array(codes[flags]))


def _regions(
    facts: pa.Table, boundaries: Mapping[int, BoundarySet], longitude: FloatArray, latitude: FloatArray, flags: FlagBits
) -> tuple[dict[str, pa.Array], dict[int, Int32Array]]:
    """Codes and names of the units that hold each school, and their numbers by level; what does not fit is flagged."""
    columns: dict[str, pa.Array] = {
        name: pa.nulls(facts.num_rows, pa.string()) for name in ("admin1", "admin1_name", "admin2", "admin2_name")
    }
    is_placed = ~np.isnan(longitude)
    if 1 not in boundaries:
        return columns, {}
    regions = boundaries[1]
    located = regions.locator.locate(longitude, latitude)
    mark(flags, Flag.REGION_NEAREST, located.is_nearest)
    mark(flags, Flag.NO_REGION, is_placed & (located.unit < 0))
    columns["admin1"], columns["admin1_name"] = _codes_and_names(regions, located.unit)
    if 2 not in boundaries:
        return columns, {1: located.unit}
    districts = boundaries[2]
    inner = districts.locator.locate(longitude, latitude)
    parent_position = {code: position for position, code in enumerate(regions.units.codes)}
    parents = np.array([parent_position.get(parent or "", -1) for parent in districts.units.parents] + [-1], dtype=np.int32)
    has_parents = any(parent is not None for parent in districts.units.parents)
    mismatch = (inner.unit >= 0) & (parents[inner.unit] != located.unit) if has_parents else np.zeros(len(flags), dtype=bool)
    mark(flags, Flag.DISTRICT_PARENT_MISMATCH, mismatch & (located.unit >= 0))
    mark(flags, Flag.NO_DISTRICT, (located.unit >= 0) & (inner.unit < 0))
    mark(flags, Flag.REGION_NEAREST, inner.is_nearest & ~mismatch)
    columns["admin2"], columns["admin2_name"] = _codes_and_names(districts, np.where(mismatch, -1, inner.unit))
    return columns, {1: located.unit, 2: inner.unit}


def _codes_and_names(boundary_set: BoundarySet, unit: npt.NDArray[np.int32]) -> tuple[pa.Array, pa.Array]:
    positions = pa.array(unit, mask=unit < 0)
    units = boundary_set.units
    return pa.array(units.codes, pa.string()).take(positions), pa.array(units.names["en"], pa.string()).take(positions)


def _nearest_connected_km(longitude: FloatArray, latitude: FloatArray, is_connected: BoolArray) -> pa.Array:
    """Distance to the nearest other school with a connection, straight over the ellipsoid, km; null without a position.

    The nearest is found on the unit sphere and its distance measured on WGS84, which may pick another of two schools whose
    distances differ by less than half a percent.
    """
    distance = np.full(len(longitude), np.nan)
    placed = np.flatnonzero(~np.isnan(longitude))
    targets = placed[is_connected[placed]]
    targets = targets[copy_number(latitude[targets], longitude[targets]) <= 1]  # of those on one point two are enough
    if len(targets) and len(placed) > 1:
        points = _unit_vectors(longitude, latitude)
        gaps, found = cKDTree(points[targets]).query(points[placed], k=min(2, len(targets)))
        gaps, found = gaps.reshape(len(placed), -1), found.reshape(len(placed), -1)
        is_self = targets[found[:, 0]] == placed
        if found.shape[1] == 2:
            nearest = np.where(is_self, found[:, 1], found[:, 0])
            has_other = np.ones(len(placed), dtype=bool)
        else:
            nearest, has_other = found[:, 0], ~is_self
        other = targets[nearest]
        metres = WGS84.inv(longitude[placed], latitude[placed], longitude[other], latitude[other])[2]
        distance[placed[has_other]] = np.round(np.asarray(metres)[has_other] / 1000, 3)
    return pa.array(distance, mask=np.isnan(distance))


def _unit_vectors(longitude: FloatArray, latitude: FloatArray) -> FloatArray:
    east, north = np.radians(longitude), np.radians(latitude)
    return np.column_stack([np.cos(north) * np.cos(east), np.cos(north) * np.sin(east), np.sin(north)])


def _mark_speeds(flags: FlagBits, columns: SchoolColumns, norm: Norm) -> None:
    """Flag speeds that do not fit the connectivity reported, and declared and measured speeds on two sides of the norm."""
    speed = columns.download_speed_mbps(Basis.BEST)
    with np.errstate(invalid="ignore"):
        mark(flags, Flag.YES_WITH_ZERO_SPEED, (columns.connectivity == _YES) & (speed == 0))
        mark(flags, Flag.NO_WITH_SPEED, (columns.connectivity == _NO) & (speed > 0))
        mark(flags, Flag.UNKNOWN_WITH_SPEED, (columns.connectivity == _UNKNOWN) & ~np.isnan(speed))
        required = required_mbps(norm, columns.num_students)
        required = np.where(np.isnan(required), norm.minimum_mbps, required)
        both = ~np.isnan(columns.declared_mbps) & ~np.isnan(columns.measured_mbps)
        mark(flags, Flag.SPEEDS_DISAGREE, both & ((columns.declared_mbps >= required) != (columns.measured_mbps >= required)))


def _counts(columns: SchoolColumns, flags: FlagBits, norm: Norm) -> dict[str, int]:
    codes = statuses(columns.connectivity, columns.download_speed_mbps(Basis.BEST), columns.num_students, norm)
    by_status = np.bincount(codes, minlength=len(STATUSES))
    schools = np.bincount(flags, minlength=1)
    present = np.flatnonzero(schools)
    by_flag = {flag.value: int(schools[present[present >> bit & 1 == 1]].sum()) for bit, flag in enumerate(FLAGS)}
    return {"schools": len(columns), **{f"schools_{status}": int(by_status[code]) for code, status in enumerate(STATUSES)}, **by_flag}


def _sources(facts: pa.Table) -> tuple[str, ...]:
    """Distinct sources that the facts name, sorted."""
    names = [name for name in facts.column_names if name.endswith("_source")]
    found = {value for name in names for value in pc.unique(facts[name]).to_pylist() if value is not None}
    return tuple(sorted(found))
