"""Made-up boundary units of any size for benchmarks: a jittered lattice whose borders are rough lines, a valid coverage.

No place is meant. The same arguments give the same units.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely

from geo.regions import BoundaryUnits

FloatArray = npt.NDArray[np.float64]

JITTER = 0.22
"""How far a lattice corner moves, in cells: quadrangles stay convex."""

ROUGHNESS = 0.18
"""How far a border leaves its straight line, as a share of the way to its nearer end: borders never meet but at corners."""


@dataclass(frozen=True, slots=True)
class Lattice:
    """A lattice of units: how many, vertices of each of the four borders of a unit, where (degrees), and how many are left out."""

    columns: int
    rows: int
    border_vertices: int
    west: float = 46.0
    south: float = 40.5
    east: float = 88.0
    north: float = 55.5
    empty_share: float = 0.0
    seed: int = 20220608


def synthetic_units(lattice: Lattice) -> BoundaryUnits:
    """Units of a lattice in row order, left-out cells excepted; codes are numbers with leading zeros."""
    rng = np.random.default_rng(lattice.seed)
    corners = _corners(lattice, rng)
    south_north = _rough_borders(corners[:-1, :], corners[1:, :], lattice.border_vertices, rng)
    west_east = _rough_borders(corners[:, :-1], corners[:, 1:], lattice.border_vertices, rng)
    rings = np.concatenate(
        (
            west_east[:-1, :, :-1],
            south_north[:, 1:, :-1],
            west_east[1:, :, :0:-1],
            south_north[:, :-1, ::-1],
        ),
        axis=2,
    ).reshape(lattice.rows * lattice.columns, -1, 2)
    kept = rings[rng.random(len(rings)) >= lattice.empty_share]
    codes = tuple(f"{number:06d}" for number in range(len(kept)))
    geometries = np.array(shapely.polygons(kept), dtype=object)
    return BoundaryUnits(codes, {"en": codes}, (None,) * len(codes), geometries)


def _corners(lattice: Lattice, rng: np.random.Generator) -> FloatArray:
    """Corners of the lattice, shape (rows + 1, columns + 1, 2), those inside moved at random."""
    jitter = rng.uniform(-JITTER, JITTER, (lattice.rows + 1, lattice.columns + 1, 2))
    jitter[[0, -1], :, 1] = 0
    jitter[:, [0, -1], 0] = 0
    column, row = np.meshgrid(np.arange(lattice.columns + 1.0), np.arange(lattice.rows + 1.0))
    share = (np.stack((column, row), axis=-1) + jitter) / (lattice.columns, lattice.rows)
    return np.array((lattice.west, lattice.south)) + share * (lattice.east - lattice.west, lattice.north - lattice.south)


def _rough_borders(starts: FloatArray, ends: FloatArray, vertices: int, rng: np.random.Generator) -> FloatArray:
    """Lines from each start to its end with `vertices` steps, shape (rows, columns, vertices + 1, 2)."""
    along = np.linspace(0.0, 1.0, vertices + 1)
    waves = np.arange(1, 65)
    amplitudes = rng.normal(size=(*starts.shape[:2], len(waves))) / waves
    roughness = amplitudes @ np.sin(np.pi * np.outer(waves, along))
    offset = ROUGHNESS * np.tanh(2 * roughness) * np.minimum(along, 1 - along)
    chord = (ends - starts)[:, :, None, :]
    across = np.stack((-chord[..., 1], chord[..., 0]), axis=-1)
    lines: FloatArray = starts[:, :, None, :] + along[:, None] * chord + offset[..., None] * across
    lines[:, :, 0], lines[:, :, -1] = starts, ends
    return lines
