"""Coverage by hexagons of equal area: the figures of `geo.coverage`, counted over the cells of a grid instead of over units."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from geo.coverage import CoverageTable, coverage
from geo.errors import NotFound
from geo.hexagons import AREAS_KM2, EqualAreaPlane, HexagonGrid, middle_of
from geo.model import Areas, Grouping, View
from geo.schools import CodedColumn, FloatArray, Int64Array, is_position
from geo.services.coverage import Shown, resolve
from geo.services.opened import OpenedRelease
from geo.services.workspace import Workspace

SIZES: Mapping[Areas, float] = dict(
    zip((Areas.HEXAGONS_SMALL, Areas.HEXAGONS_MEDIUM, Areas.HEXAGONS_LARGE), map(float, AREAS_KM2), strict=True)
)
"""Area of the hexagons of each size, square kilometres."""
MOST_HEXAGONS = 5_000
"""A release whose schools lie in more small hexagons than these gets all sizes four times as large, until they are no more."""
_SAMPLE = 20_000
_BLOCK = 1 << 18
"""Schools that are placed at a time."""


@dataclass(frozen=True)
class PlacedSchools:
    """Which hexagon each school of a release lies in.

    Parameters
    ----------
    keys
        The hexagons that hold a school, ascending, length m.
    cells
        One code a school: position in `keys`, -1 for schools without a position. Its labels are the positions as text.
    """

    grid: HexagonGrid
    keys: Int64Array
    cells: CodedColumn


@dataclass(frozen=True)
class HexagonCoverage:
    """Coverage of the filtered schools by hexagon.

    Parameters
    ----------
    keys
        The hexagons that hold a school of the filter, ascending, length m.
    table
        Coverage of them in the same order, and last, if there are any, of the schools without a position.
    """

    shown: Shown
    grid: HexagonGrid
    keys: Int64Array
    table: CoverageTable

    @cached_property
    def figures(self) -> Mapping[str, npt.NDArray[Any]]:
        """Fields of a coverage row by name, one value a hexagon, shape (m,); NaN stands for null."""
        return {name: np.asarray(values[: len(self.keys)], dtype=np.float64) for name, values in self.table.figures().items()}

    @property
    def not_placed(self) -> int:
        """Schools of the filter that lie in no hexagon, having no position."""
        return int(self.table.schools.counts[len(self.keys) :].sum())

    @property
    def total(self) -> int:
        """All schools of the filter: those in hexagons and those without a position."""
        return int(self.table.schools.counts.sum())

    @property
    def corners(self) -> FloatArray:
        """Corners of the hexagons, shape (m, 6, 2), degrees, longitude first."""
        return self.grid.corners(self.keys)

    def row(self, position: int) -> Mapping[str, Any]:
        """Fields of the coverage of one hexagon, by its position among `keys`.

        Raises
        ------
        NotFound
            There are not as many.
        """
        if position >= len(self.keys):
            raise NotFound(f"this choice of schools lies in {len(self.keys)} hexagons; there is no {position}")
        return self.table.rows()[position].figures


def hexagon_coverage(workspace: Workspace, view: View, size: Areas) -> HexagonCoverage:
    """Coverage of the schools that a view selects by hexagons of a size.

    Raises
    ------
    NoRelease, NotFound
        There is no such release.
    InvalidParameter
        The norm or a value of the filter is unknown.
    """
    shown = resolve(workspace, view)
    opened = shown.opened
    key = (size, view.where, shown.norm.name, view.basis)
    return opened.hexagon_answers.get(key, lambda: _counted(shown, placed_schools(workspace, opened, size)))


def _counted(shown: Shown, placed: PlacedSchools) -> HexagonCoverage:
    opened = shown.opened
    # Hexagons are counted as districts are; a grouping's name says nothing to the counting.
    columns = replace(opened.columns, groupings={Grouping.ADMIN2: placed.cells})
    statuses = opened.statuses(shown.norm, shown.basis)
    table = coverage(columns, statuses, by=(Grouping.ADMIN2,), mask=opened.mask(shown.where, shown.norm, shown.basis))
    (labels,) = table.keys
    held = np.asarray([int(label) for label in labels if label is not None], dtype=np.int64)
    return HexagonCoverage(shown, placed.grid, placed.keys[held], table)


def placed_schools(workspace: Workspace, opened: OpenedRelease, size: Areas) -> PlacedSchools:
    """Which hexagons of a size hold the schools of a release; kept with it."""
    return opened.hexagons.get(size, lambda: _placed(workspace, opened, SIZES[size]))


def _placed(workspace: Workspace, opened: OpenedRelease, area_km2: float) -> PlacedSchools:
    columns = opened.columns
    rows = np.flatnonzero(is_position(columns.latitude, columns.longitude))
    longitude, latitude = columns.longitude[rows], columns.latitude[rows]
    plane = EqualAreaPlane(*_middle(workspace, opened, longitude, latitude))
    grid = HexagonGrid(plane, area_km2 * _enlargement(plane, longitude, latitude))
    keys, cell = np.unique(_keys(grid, longitude, latitude), return_inverse=True)
    codes = np.full(len(columns), -1, dtype=np.int32)
    codes[rows] = cell
    return PlacedSchools(grid, keys, CodedColumn(codes, tuple(str(at) for at in range(len(keys)))))


def _enlargement(plane: EqualAreaPlane, longitude: FloatArray, latitude: FloatArray) -> int:
    """How many times larger all sizes are than usual, so that the small one has few enough: 1, 4, 16 and so on."""
    times = 1
    sample = slice(None, None, max(1, len(longitude) // _SAMPLE))
    for rows in (sample, slice(None)):  # what is too many for some schools is too many for all
        while len(np.unique(_keys(HexagonGrid(plane, min(SIZES.values()) * times), longitude[rows], latitude[rows]))) > MOST_HEXAGONS:
            times *= 4
    return times


def _keys(grid: HexagonGrid, longitude: FloatArray, latitude: FloatArray) -> Int64Array:
    """Hexagon of each school, in blocks: what is worked out on the way takes 100 bytes a school."""
    blocks = [grid.keys_of(longitude[at : at + _BLOCK], latitude[at : at + _BLOCK]) for at in range(0, len(longitude), _BLOCK)]
    return np.concatenate(blocks) if blocks else np.zeros(0, dtype=np.int64)


def _middle(workspace: Workspace, opened: OpenedRelease, longitude: FloatArray, latitude: FloatArray) -> tuple[float, float]:
    """Middle of the country's boundaries, so that releases share one grid; of the schools where there are no boundaries."""
    identity = opened.record.boundaries.get(Grouping.ADMIN1.value)
    if identity is None:
        return middle_of(longitude, latitude)
    return middle_of(*shapely.get_coordinates(workspace.boundary_set(identity).simplified.geometries).T)
