"""Hexagons of equal area over a country: which one holds a position, and where its corners are.

Pure: arrays in, arrays out. Degrees, WGS84, longitude first, outside; kilometres in a plane inside.
"""

from geo.hexagons.grid import AREAS_KM2, HexagonGrid
from geo.hexagons.projection import EqualAreaPlane, middle_of

__all__ = ["AREAS_KM2", "EqualAreaPlane", "HexagonGrid", "middle_of"]
