"""Map tiles of the schools of a release: the Morton curve that makes a tile one slice, thinning, and vector tiles.

Pure functions on arrays. A release keeps its schools along the curve (`curve_order`), so the schools of any tile are neighbours and two
binary searches find them.
"""

from geo.tiles.archive import MAX_ARCHIVE_ZOOM, ArchivedSchools, deepest_zoom, write_archive
from geo.tiles.curve import CODE_BITS, MAX_LATITUDE, UNPLACED, UInt32Array, curve_codes, curve_order, world_cells
from geo.tiles.slices import MAX_ZOOM, Curve, Selection, TileAddress
from geo.tiles.thinning import CELLS_ACROSS, MAX_MARKS, THINNING_ORDER, Marks, ranks_of, tile_marks
from geo.tiles.vector_tile import EXTENT, LAYER, vector_tile

__all__ = [
    "CELLS_ACROSS",
    "CODE_BITS",
    "EXTENT",
    "LAYER",
    "MAX_ARCHIVE_ZOOM",
    "MAX_LATITUDE",
    "MAX_MARKS",
    "MAX_ZOOM",
    "THINNING_ORDER",
    "UNPLACED",
    "ArchivedSchools",
    "Curve",
    "Marks",
    "Selection",
    "TileAddress",
    "UInt32Array",
    "curve_codes",
    "curve_order",
    "deepest_zoom",
    "ranks_of",
    "tile_marks",
    "vector_tile",
    "world_cells",
    "write_archive",
]
