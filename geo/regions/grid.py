"""The grid index: which unit owns each cell, and for cells on a border which units to test.

Exact by construction: a cell no border touches lies wholly in one unit or in none, so its centre answers for all its points.
A cell that a border touches lists every unit that can hold one of its points: those whose border touches it and those that
hold its centre. Where the units leave no gap in such a cell, a point that none of the others holds is in the last one, untested.
Reads and writes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely

from geo.regions.nearest import oriented_segments, outer_segments, reach_deg
from geo.regions.raster import GridFrame, distinct, touched_cells
from geo.regions.units import BoolArray, BoundaryUnits, FloatArray, Int32Array, Int64Array

CELLS_PER_VERTEX = 12
"""Cells a grid aims at for each vertex of the borders.

Points in border cells are the slow ones, the slower the more vertices a unit has. With this many, border cells are a few
percent for detailed districts; more would lessen them only with the square root, yet cost time and space in proportion.
"""

FEWEST_CELLS, MOST_CELLS = 4_000, 4_000_000
"""Limits of what a grid aims at: 16 kB, made in milliseconds, for a few plain shapes; 16 MB for a country's or the world's."""

FAR = -1
"""Content of a cell in no unit, with none within the tolerance of any of its points."""

NEAR = -2
"""Content of a cell in no unit, with one perhaps within the tolerance."""

FIRST_BORDER = -3
"""Content of border cell number 0; number k is `FIRST_BORDER - k`."""


@dataclass(frozen=True, eq=False)
class GridIndex:
    """Cells row by row from the south-west, and the candidates of border cells.

    Parameters
    ----------
    cells
        Shape (rows × columns,): a unit's position, `FAR`, `NEAR`, or `FIRST_BORDER - k` for border cell k.
    starts
        Shape (border cells + 1,): the candidates of border cell k are `candidates[starts[k]:starts[k + 1]]`.
    candidates
        Positions of units, ascending within a cell. The last one of a cell without gaps is stored as its complement, `~unit`:
        it holds every point of the cell that no other candidate holds.
    outer
        Positions of the border segments that can be nearest to a point outside, as `nearest.outer_segments` gives them.
    """

    frame: GridFrame
    cells: Int32Array
    starts: Int32Array
    candidates: Int32Array
    outer: Int32Array

    def contents(self, longitudes: FloatArray, latitudes: FloatArray) -> Int32Array:
        """Content of the cell of each point; `NEAR` off the grid.

        Parameters
        ----------
        longitudes, latitudes
            Degrees, WGS84, finite; shape (n,).
        """
        columns, rows = self.frame.positions(longitudes, latitudes)
        on_grid = (columns >= 0) & (columns < self.frame.columns) & (rows >= 0) & (rows < self.frame.rows)
        found = self.cells.take(rows.astype(np.int64) * self.frame.columns + columns.astype(np.int64), mode="clip")
        np.copyto(found, NEAR, where=~on_grid)
        return found


def build_index(units: BoundaryUnits, *, cell_count: int | None = None) -> GridIndex | None:
    """Grid index over units; None for no units, which need none.

    Parameters
    ----------
    units
        Valid polygons, degrees, WGS84; overlapping ones are allowed.
    cell_count
        Cells to aim at; the result has about this many. None takes a number that suits the units.
    """
    if len(units) == 0:
        return None
    frame = _frame(shapely.total_bounds(units.geometries), cell_count or suitable_cell_count(units))
    segments = oriented_segments(units)
    touched, touching_segments = touched_cells(frame, segments)
    outer, is_lone = outer_segments(segments)
    border_cells = distinct(touched)
    cells = np.full(frame.rows * frame.columns, FAR, dtype=np.int32)
    cells[border_cells] = FIRST_BORDER - np.arange(len(border_cells), dtype=np.int32)
    centre_cells, centre_units = _centre_units(frame, units, border_cells)
    touching = distinct(touched * len(units) + segments.owner[touching_segments])
    touching_cells = np.searchsorted(border_cells, touching // len(units))
    pairs = distinct(np.concatenate((touching_cells * len(units) + touching % len(units), centre_cells * len(units) + centre_units)))
    starts = np.searchsorted(pairs, np.arange(len(border_cells) + 1) * len(units)).astype(np.int32)
    candidates = (pairs % len(units)).astype(np.int32)
    # The edge of what all units cover runs along lone segments only: a cell that none touches is covered wholly or not at all.
    is_gapless = np.zeros(len(border_cells), dtype=np.bool_)
    is_gapless[centre_cells] = True
    is_gapless[np.searchsorted(border_cells, touched[is_lone[touching_segments]])] = False
    last = starts[1:][is_gapless] - 1
    candidates[last] = ~candidates[last]
    _fill_runs(frame, units, cells)
    _mark_near(frame, cells)
    return GridIndex(frame, cells, starts, candidates, outer)


def suitable_cell_count(units: BoundaryUnits) -> int:
    """Cells to aim at: `CELLS_PER_VERTEX` for each vertex, within `FEWEST_CELLS` and `MOST_CELLS`."""
    return min(max(CELLS_PER_VERTEX * units.vertex_count, FEWEST_CELLS), MOST_CELLS)


def _frame(bounds: FloatArray, cell_count: int) -> GridFrame:
    west, south, east, north = (float(value) for value in bounds)
    width, height = east - west, north - south
    cell_deg = max(float(np.sqrt(width * height / cell_count)), max(width, height) / cell_count, 1e-9)
    # One cell of margin all round: rounding never carries a point of a unit off the grid.
    columns, rows = int(np.ceil(width / cell_deg)) + 2, int(np.ceil(height / cell_deg)) + 2
    return GridFrame(west - cell_deg, south - cell_deg, cell_deg, columns, rows)


def _centre_units(frame: GridFrame, units: BoundaryUnits, cells: Int64Array) -> tuple[Int64Array, Int64Array]:
    """Pairs of a position in `cells` and a unit that holds that cell's centre, all such units."""
    longitudes, latitudes = frame.centres(cells)
    return holding_pairs(units, longitudes, latitudes)


def holding_pairs(units: BoundaryUnits, longitudes: FloatArray, latitudes: FloatArray) -> tuple[Int64Array, Int64Array]:
    """Every pair of a point and a unit that holds it, borders counted as held.

    Parameters
    ----------
    longitudes, latitudes
        Degrees, WGS84, finite; shape (n,).

    Returns
    -------
    Positions of points and of units, sorted by unit, then point.
    """
    points, owners = shapely.STRtree(units.geometries).query(shapely.points(longitudes, latitudes))
    order = np.lexsort((points, owners))
    points, owners = points[order], owners[order]
    held = hits(units, owners, longitudes[points], latitudes[points])
    return points[held], owners[held]


def hits(units: BoundaryUnits, owners: npt.NDArray[np.integer], longitudes: FloatArray, latitudes: FloatArray) -> BoolArray:
    """Whether each unit holds its point, borders counted as held; fast when equal units stand together.

    Parameters
    ----------
    owners
        Positions of units, shape (n,).
    longitudes, latitudes
        The point to test against each, degrees, finite; shape (n,).
    """
    shapely.prepare(units.geometries)
    return np.asarray(shapely.intersects_xy(units.geometries[owners], longitudes, latitudes), dtype=np.bool_)


def _fill_runs(frame: GridFrame, units: BoundaryUnits, cells: Int32Array) -> None:
    """Write the owner of every cell without a border: neighbours in a row with no border between them have the same one."""
    is_open = cells == FAR
    starts_run = is_open.copy()
    starts_run[1:] &= ~is_open[:-1]
    starts_run[:: frame.columns] = is_open[:: frame.columns]
    run_cells = np.flatnonzero(starts_run)
    points, owners = _centre_units(frame, units, run_cells)
    run_owner = np.full(len(run_cells), FAR, dtype=np.int32)
    run_owner[points[::-1]] = owners[::-1]
    run_of_cell = np.cumsum(starts_run) - 1
    cells[is_open] = run_owner[run_of_cell[is_open]]


def _mark_near(frame: GridFrame, cells: Int32Array) -> None:
    """Turn `FAR` into `NEAR` in every cell that has a cell of a unit within the tolerance, by boxes a little too large."""
    content = cells.reshape(frame.rows, frame.columns)
    reached = content != FAR
    row_edges = frame.south + np.arange(frame.rows + 1) * frame.cell_deg
    farthest = np.minimum(np.maximum(np.abs(row_edges[:-1]), np.abs(row_edges[1:])), 90.0)
    east_deg, north_deg = reach_deg(farthest)
    up = np.full(frame.columns, int(north_deg[0] / frame.cell_deg) + 1)
    across = np.minimum(east_deg / frame.cell_deg + 1, frame.columns).astype(np.int64)
    near = _widened(_widened(reached.T, up).T, across)
    # What is near across the antimeridian is not looked for here: there, no cell is far.
    column_edges = frame.west + np.arange(frame.columns + 1) * frame.cell_deg
    outermost = np.maximum(np.abs(column_edges[:-1]), np.abs(column_edges[1:]))
    near |= outermost[None, :] + east_deg[:, None] >= 180
    content[near & ~reached] = NEAR


def _widened(mask: BoolArray, reach: Int64Array) -> BoolArray:
    """Each row's true cells widened by that row's reach to both sides."""
    rows, columns = mask.shape
    sums = np.zeros((rows, columns + 1), dtype=np.int32)
    np.cumsum(mask, axis=1, out=sums[:, 1:])
    column = np.arange(columns)
    left = np.clip(column[None, :] - reach[:, None], 0, columns)
    right = np.clip(column[None, :] + reach[:, None] + 1, 0, columns)
    return np.take_along_axis(sums, right, axis=1) > np.take_along_axis(sums, left, axis=1)
