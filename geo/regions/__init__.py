"""Boundaries: read, repair, simplify, keep, and locate points among them.

Pure: files in, arrays and dataclasses out; no database, no Flask. Degrees, WGS84, longitude first, everywhere.
"""

from geo.regions.areas import areas_km2
from geo.regions.boundary_set import BoundarySet, open_boundary_set, write_boundary_set
from geo.regions.grid import GridIndex, build_index
from geo.regions.locator import Located, Locator
from geo.regions.nearest import NEAREST_TOLERANCE_KM
from geo.regions.nesting import NestingReport, nesting
from geo.regions.reading import read_boundaries
from geo.regions.repair import RepairReport, repair
from geo.regions.simplification import simplified
from geo.regions.units import BoundaryUnits

__all__ = [
    "NEAREST_TOLERANCE_KM",
    "BoundarySet",
    "BoundaryUnits",
    "GridIndex",
    "Located",
    "Locator",
    "NestingReport",
    "RepairReport",
    "areas_km2",
    "build_index",
    "nesting",
    "open_boundary_set",
    "read_boundaries",
    "repair",
    "simplified",
    "write_boundary_set",
]
