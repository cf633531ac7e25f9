"""Makes a true coverage of boundary units and says what that took, in square kilometres.

A coverage is a set of valid polygons that do not overlap and whose shared borders have the same vertices on both sides.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import shapely

from geo.errors import BoundaryError
from geo.regions.areas import areas_km2
from geo.regions.units import BoundaryUnits, GeometryArray, Int64Array, polygonal

GAP_WIDTH_DEG = 0.0003
"""Holes between units that are narrower than this everywhere are faults of digitising and are filled.

33 m from south to north, 21 m from west to east at 50° of latitude: the widest gap seen in published sets is 0.00021°; the narrowest
holes that are real places, the exclaves of Baarle, are wider than 50 m. Lakes and other countries' enclaves stay holes.
"""

MERGE_STRATEGY = "min_area"
"""An overlap goes to the smaller unit, so that a city keeps what its region also claims."""

SLIVER_KM2 = 1e-6
"""Overlaps under a square metre are rounding: summed in the report, not listed."""

LISTED = 200
"""Longest list of overlaps or invalid units in a report; the counts and sums are of all."""

SNAPPING_TRIES_DEG = (-1.0, 1e-7, 1e-6)
"""Snapping distances tried until the result is a coverage; -1 lets GEOS choose from the extent (about 1e-8 of it)."""


@dataclass(frozen=True, slots=True)
class InvalidUnit:
    """A unit whose rings crossed or touched themselves, why, and how far mending them changed its area."""

    code: str
    reason: str
    area_change_km2: float


@dataclass(frozen=True, slots=True)
class Overlap:
    """Ground that two units both claimed, and the unit that has it now."""

    code: str
    other_code: str
    area_km2: float
    kept_by: str


@dataclass(frozen=True, slots=True)
class RepairReport:
    """What `repair` found and did.

    Parameters
    ----------
    was_coverage
        Whether the units were a coverage without hairline gaps before; then nothing was changed.
    invalid
        Units whose rings were mended, by code.
    overlaps
        Overlaps of at least a square metre, largest first.
    overlap_count, overlap_area_km2
        All pairs that overlapped, slivers too, and the ground they shared.
    gaps_filled, gap_area_km2
        Holes between units that are gone, and the ground they had.
    holes_left
        Holes within the whole that stay: lakes, enclaves of other countries, or gaps too wide to be faults.
    """

    unit_count: int
    vertex_count_before: int
    vertex_count_after: int
    area_km2: float
    was_coverage: bool
    invalid: tuple[InvalidUnit, ...]
    overlaps: tuple[Overlap, ...]
    overlap_count: int
    overlap_area_km2: float
    gaps_filled: int
    gap_area_km2: float
    holes_left: int

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready form; lists are cut to `LISTED` entries, the counts are not."""
        document = asdict(self)
        document["invalid_count"] = len(self.invalid)
        document["invalid"] = document["invalid"][:LISTED]
        document["overlaps"] = document["overlaps"][:LISTED]
        return document


def repair(units: BoundaryUnits) -> tuple[BoundaryUnits, RepairReport]:
    """Units as a true coverage, and what it took.

    Invalid rings are made valid by structure (shells bound ground, holes exclude it), heights are dropped, overlaps go to the
    smaller unit, gaps narrower than `GAP_WIDTH_DEG` to the neighbour with the longest border.

    Parameters
    ----------
    units
        As `read_boundaries` gives them; n = 0 comes back as it is.

    Raises
    ------
    BoundaryError
        A unit has no ground left of its own, or no coverage can be made.
    """
    valid, invalid = _mended(units)
    if shapely.coverage_is_valid(valid, gap_width=GAP_WIDTH_DEG):
        after = valid
        overlaps: tuple[Overlap, ...] = ()
    else:
        after = _cleaned(valid, units.codes)
        overlaps = _overlaps(valid, after, units.codes)
    repaired = units.with_geometries(after)
    gaps_filled, gap_area_km2, holes_left = _gaps(valid, after)
    report = RepairReport(
        unit_count=len(units),
        vertex_count_before=units.vertex_count,
        vertex_count_after=repaired.vertex_count,
        area_km2=float(areas_km2(after).sum()),
        was_coverage=not invalid and after is valid,
        invalid=invalid,
        overlaps=tuple(overlap for overlap in overlaps if overlap.area_km2 >= SLIVER_KM2),
        overlap_count=len(overlaps),
        overlap_area_km2=sum(overlap.area_km2 for overlap in overlaps),
        gaps_filled=gaps_filled,
        gap_area_km2=gap_area_km2,
        holes_left=holes_left,
    )
    return repaired, report


def _mended(units: BoundaryUnits) -> tuple[GeometryArray, tuple[InvalidUnit, ...]]:
    flat = np.array(shapely.force_2d(units.geometries), dtype=object)
    positions = np.flatnonzero(~shapely.is_valid(flat))
    if len(positions) == 0:
        return flat, ()
    reasons = shapely.is_valid_reason(flat[positions])
    before_km2 = areas_km2(flat[positions])
    flat[positions] = polygonal(shapely.make_valid(flat[positions], method="structure", keep_collapsed=False))
    _check_not_empty(flat, units.codes, "has no area once its rings are made valid")
    changes_km2 = areas_km2(flat[positions]) - before_km2
    found = zip(positions, reasons, changes_km2, strict=True)
    return flat, tuple(InvalidUnit(units.codes[position], str(reason), float(change)) for position, reason, change in found)


def _cleaned(geometries: GeometryArray, codes: tuple[str, ...]) -> GeometryArray:
    for snapping_distance in SNAPPING_TRIES_DEG:
        with np.errstate(invalid="ignore"):  # GEOS works with NaN inside at times; whether what came of it is good is looked at below
            cleaned: GeometryArray = shapely.coverage_clean(
                geometries, gap_width=GAP_WIDTH_DEG, snapping_distance=snapping_distance, merge_strategy=MERGE_STRATEGY
            )
        if shapely.coverage_is_valid(cleaned) and shapely.is_valid(cleaned).all():
            _check_not_empty(cleaned, codes, "is covered by other units wholly and has no ground of its own")
            return cleaned
    edges = shapely.coverage_invalid_edges(cleaned)
    faulty = [codes[position] for position in np.flatnonzero(~shapely.is_missing(edges) & ~shapely.is_empty(edges))]
    raise BoundaryError(f"no coverage can be made of these units; still faulty: {', '.join(faulty[:10])}")


def _check_not_empty(geometries: GeometryArray, codes: tuple[str, ...], what: str) -> None:
    empty = [codes[position] for position in np.flatnonzero(shapely.is_empty(geometries))]
    if empty:
        raise BoundaryError(f"unit {', '.join(empty[:10])} {what}")


def _overlaps(before: GeometryArray, after: GeometryArray, codes: tuple[str, ...]) -> tuple[Overlap, ...]:
    """Pairs of units that shared ground, largest first; only units with a faulty edge can."""
    firsts, seconds = _touching_pairs(before)
    shared = polygonal(shapely.intersection(before[firsts], before[seconds]))
    shared_km2 = areas_km2(shared)
    first_km2 = areas_km2(polygonal(shapely.intersection(shared, after[firsts])))
    second_km2 = areas_km2(polygonal(shapely.intersection(shared, after[seconds])))
    keepers = np.where(first_km2 >= second_km2, firsts, seconds)
    order = [pair for pair in np.argsort(-shared_km2, kind="stable") if shared_km2[pair] > 0]
    return tuple(Overlap(codes[firsts[pair]], codes[seconds[pair]], float(shared_km2[pair]), codes[keepers[pair]]) for pair in order)


def _touching_pairs(geometries: GeometryArray) -> tuple[Int64Array, Int64Array]:
    """Pairs of units that meet, of which at least one has a faulty edge: the other one's edges may all be good."""
    edges = shapely.coverage_invalid_edges(geometries)
    faulty = np.flatnonzero(~shapely.is_missing(edges) & ~shapely.is_empty(edges))
    firsts, seconds = shapely.STRtree(geometries).query(geometries[faulty], predicate="intersects")
    pairs = np.sort(np.column_stack((faulty[firsts], seconds)), axis=1)
    pairs = np.unique(pairs[pairs[:, 0] != pairs[:, 1]], axis=0)
    return pairs[:, 0], pairs[:, 1]


def _gaps(before: GeometryArray, after: GeometryArray) -> tuple[int, float, int]:
    """Holes filled, their area in square kilometres, and holes left."""
    if after is before:
        return 0, 0.0, _hole_count(shapely.coverage_union_all(after))
    whole_before, whole_after = shapely.union_all(before), shapely.coverage_union_all(after)
    holes_left = _hole_count(whole_after)
    filled = polygonal(np.array([shapely.difference(whole_after, whole_before)], dtype=object))
    return max(0, _hole_count(whole_before) - holes_left), float(areas_km2(filled)[0]), holes_left


def _hole_count(whole: shapely.Geometry) -> int:
    return int(shapely.get_num_interior_rings(shapely.get_parts(whole)).sum())
