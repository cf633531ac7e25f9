"""Checks that the units of one level lie inside the units of the level above that they name as parents."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import shapely

from geo.regions.areas import areas_km2
from geo.regions.units import BoundaryUnits, FloatArray, Int64Array, polygonal

NESTED_SHARE = 0.99
"""A unit with at least this share of its area inside its parent nests; real sets that belong together reach 0.999."""


@dataclass(frozen=True, slots=True)
class StrayUnit:
    """A unit that does not nest.

    Parameters
    ----------
    parent
        Code the unit names; None where it names none.
    share_in_parent
        Share of the unit's area inside its parent, 0 to 1; None where there is no such parent.
    largest
        Code of the upper unit that holds most of it, and None where it lies in none.
    share_in_largest
        Share of the unit's area inside that one, 0 to 1.
    """

    code: str
    parent: str | None
    share_in_parent: float | None
    largest: str | None
    share_in_largest: float


@dataclass(frozen=True, slots=True)
class NestingReport:
    """How far the lower level nests in the upper one.

    Parameters
    ----------
    unit_count, nested_count
        Units of the lower level, and those with at least `NESTED_SHARE` of their area inside their parent.
    without_parent, unknown_parent
        Codes of units that name no parent, and of units whose parent is not a unit of the upper level.
    smallest_share
        The smallest share inside a parent, 0 to 1; None where no unit has a parent in the upper level.
    strays
        Units that do not nest, least nested first.
    """

    unit_count: int
    nested_count: int
    without_parent: tuple[str, ...]
    unknown_parent: tuple[str, ...]
    smallest_share: float | None
    strays: tuple[StrayUnit, ...]

    @property
    def is_nested(self) -> bool:
        """Whether every unit nests."""
        return self.nested_count == self.unit_count

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready form."""
        return {**asdict(self), "is_nested": self.is_nested}


def nesting(level1: BoundaryUnits, level2: BoundaryUnits) -> NestingReport:
    """Share of each lower unit's area inside the upper unit it names.

    Parameters
    ----------
    level1, level2
        Repaired units of the upper and the lower level, in degrees, WGS84.

    Returns
    -------
    A report over all units of `level2`; without units it says that all nest.
    """
    positions = {code: position for position, code in enumerate(level1.codes)}
    parents = np.array([positions.get(parent or "", -1) for parent in level2.parents], dtype=np.int64)
    own_km2 = areas_km2(level2.geometries)
    in_parent = _shares_in_parents(level1, level2, parents, own_km2)
    stray = np.flatnonzero(~(in_parent >= NESTED_SHARE))
    known = in_parent[~np.isnan(in_parent)]
    return NestingReport(
        unit_count=len(level2),
        nested_count=len(level2) - len(stray),
        without_parent=tuple(code for code, parent in zip(level2.codes, level2.parents, strict=True) if parent is None),
        unknown_parent=tuple(
            code for code, parent in zip(level2.codes, level2.parents, strict=True) if parent is not None and parent not in positions
        ),
        smallest_share=float(known.min()) if len(known) else None,
        strays=_strays(level1, level2, stray=stray, own_km2=own_km2, in_parent=in_parent),
    )


def _shares_in_parents(level1: BoundaryUnits, level2: BoundaryUnits, parents: Int64Array, own_km2: FloatArray) -> FloatArray:
    """Shape (units of level 2,), NaN where there is no parent."""
    shares = np.full(len(level2), np.nan)
    rows = np.flatnonzero(parents >= 0)
    inside = shapely.intersection(level2.geometries[rows], level1.geometries[parents[rows]])
    shares[rows] = np.minimum(areas_km2(polygonal(inside)) / own_km2[rows], 1.0)
    return shares


def _strays(
    level1: BoundaryUnits, level2: BoundaryUnits, *, stray: Int64Array, own_km2: FloatArray, in_parent: FloatArray
) -> tuple[StrayUnit, ...]:
    shapes = level2.geometries[stray]
    rows, uppers = shapely.STRtree(level1.geometries).query(shapes, predicate="intersects")
    inside_km2 = areas_km2(polygonal(shapely.intersection(shapes[rows], level1.geometries[uppers])))
    found: list[StrayUnit] = []
    for row, position in enumerate(stray):
        areas, candidates = inside_km2[rows == row], uppers[rows == row]
        best = int(areas.argmax()) if len(areas) and areas.max() > 0 else None
        share = in_parent[position]
        found.append(
            StrayUnit(
                code=level2.codes[position],
                parent=level2.parents[position],
                share_in_parent=None if np.isnan(share) else float(share),
                largest=None if best is None else level1.codes[candidates[best]],
                share_in_largest=0.0 if best is None else float(min(areas[best] / own_km2[position], 1.0)),
            )
        )
    return tuple(sorted(found, key=lambda unit: (unit.share_in_parent or 0.0, unit.code)))
