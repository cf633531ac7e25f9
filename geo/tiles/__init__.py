"""Map tiles of the schools of a release: the Morton curve that makes a tile one slice, thinning, and vector tiles.

Pure functions on arrays. A release keeps its schools along the curve (`curve_order`), so the schools of any tile are neighbours and two
binary searches find them.
"""

from geo.tiles.curve import CODE_BITS, MAX_LATITUDE, UNPLACED, UInt32Array, curve_codes, curve_order, world_cells
from geo.tiles.slices import MAX_ZOOM, Curve, Selection, TileAddress
from geo.tiles.thinning import CELLS_ACROSS, MAX_MARKS, THINNING_ORDER, Marks, ranks_of, tile_marks
from geo.tiles.vector_tile import EXTENT, LAYER, vector_tile

__all__ = [
    "CELLS_ACROSS",
    "CODE_BITS",
    "EXTENT",
    "LAYER",
    "MAX_LATITUDE",
    "MAX_MARKS",
    "MAX_ZOOM",
    "THINNING_ORDER",
    "UNPLACED",
    "Curve",
    "Marks",
    "Selection",
    "TileAddress",
    "UInt32Array",
    "curve_codes",
    "curve_order",
    "ranks_of",
    "tile_marks",
    "vector_tile",
    "world_cells",
]
