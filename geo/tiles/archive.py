"""All tiles of a release as one PMTiles file of version 3, byte for byte the same each time.

It holds the tiles that `tile_marks` and `vector_tile` give one by one, from zoom 0 down to `deepest_zoom`; those without schools are not
in it. Features of complete tiles are made for many tiles at once, so that what a tile costs is its compression.
The format: https://github.com/protomaps/PMTiles/blob/main/spec/v3/spec.md
"""

from __future__ import annotations

import gzip
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, BinaryIO

import numpy as np
from pmtiles.tile import Compression, TileType, zxy_to_tileid
from pmtiles.writer import Writer

from geo.points import LngLatBox
from geo.schools import Int8Array, Int64Array
from geo.tiles.curve import CODE_BITS, UInt32Array, UInt64Array, gathered
from geo.tiles.slices import Curve, TileAddress
from geo.tiles.thinning import MAX_MARKS, Marks, RankArray, tile_marks
from geo.tiles.vector_tile import complete_tiles, vector_tile

MAX_ARCHIVE_ZOOM = 12
"""A step of a coordinate is then 2.4 m, as fine as the map draws schools; clients enlarge the tiles beyond."""
MAX_ARCHIVE_TILES = 150_000
"""No zoom is added that would make more tiles than this in all, once all tiles are complete."""
_AT_ONCE = 65_536
"""Schools whose features are made at a time."""
_GZIP_LEVEL = 6
_E7 = 10_000_000


@dataclass(frozen=True)
class ArchivedSchools:
    """What an archive is made of: the schools of a release that have a position, and what they look like.

    Parameters
    ----------
    statuses, area_types
        Codes of the schools in the release's row order, shape (n,).
    ranks
        `geo.tiles.ranks_of` the schools along the curve, shape (placed,).
    bounds
        Box around them.
    """

    curve: Curve
    statuses: Int8Array
    area_types: Int8Array
    ranks: RankArray
    bounds: LngLatBox


@dataclass(frozen=True)
class _Level:
    """The tiles of one zoom that have schools, arrays of shape (tiles,), along the archive's order.

    Parameters
    ----------
    starts, sizes
        First position on the curve of each tile, and how many schools it has.
    """

    zoom: int
    ids: list[int]
    columns: list[int]
    rows: list[int]
    starts: Int64Array
    sizes: Int64Array


def deepest_zoom(codes: UInt64Array) -> int:
    """Zoom of the smallest tiles in an archive of schools with these codes, ascending.

    It is the deepest at which all tiles together are at most `MAX_ARCHIVE_TILES`, but no less than the first at which every tile is
    complete, and no more than `MAX_ARCHIVE_ZOOM`. Without schools it is 0.
    """
    tiles, is_complete = 0, False
    for zoom in range(MAX_ARCHIVE_ZOOM + 1):
        starts = _starts(codes, zoom)
        tiles += len(starts)
        if is_complete and tiles > MAX_ARCHIVE_TILES:
            return zoom - 1
        is_complete = bool((np.diff(starts, append=len(codes)) <= MAX_MARKS).all())
    return MAX_ARCHIVE_ZOOM


def write_archive(file: BinaryIO, schools: ArchivedSchools, metadata: Mapping[str, Any]) -> None:
    """Write the archive of the schools of a release.

    Parameters
    ----------
    metadata
        What the file says of itself, as JSON can hold it: `name`, `description`, `attribution`, `vector_layers`.

    Raises
    ------
    ValueError
        No school has a position: the format has no file without tiles.
    """
    codes = schools.curve.codes
    if not len(codes):
        raise ValueError("an archive needs a school with a position")
    writer = Writer(file)  # type: ignore[no-untyped-call]
    for zoom in range(deepest_zoom(codes) + 1):
        for identity, tile in _tiles(schools, _level(codes, zoom)):
            writer.write_tile(identity, gzip.compress(tile, _GZIP_LEVEL, mtime=0))  # type: ignore[no-untyped-call]
    west, south, east, north = (round(degrees * _E7) for degrees in schools.bounds)
    header = {
        "version": 3,
        "tile_type": TileType.MVT,
        "tile_compression": Compression.GZIP,
        "min_lon_e7": west,
        "min_lat_e7": south,
        "max_lon_e7": east,
        "max_lat_e7": north,
        "center_zoom": 0,
        "center_lon_e7": (west + east) // 2,
        "center_lat_e7": (south + north) // 2,
    }
    writer.finalize(header, dict(metadata))  # type: ignore[no-untyped-call]


def _starts(codes: UInt64Array, zoom: int) -> Int64Array:
    """Position of the first school of each tile of a zoom that has any."""
    numbers = codes >> np.uint64(2 * (CODE_BITS - zoom))
    return np.concatenate(([0], np.flatnonzero(numbers[1:] != numbers[:-1]) + 1))[: len(codes)]


def _level(codes: UInt64Array, zoom: int) -> _Level:
    starts = _starts(codes, zoom)
    numbers = codes[starts] >> np.uint64(2 * (CODE_BITS - zoom))
    columns, rows = gathered(numbers), gathered(numbers >> np.uint64(1))
    ids = np.asarray([zxy_to_tileid(zoom, *place) for place in zip(columns.tolist(), rows.tolist(), strict=True)])
    order = np.argsort(ids)
    sizes = np.diff(starts, append=len(codes))
    return _Level(zoom, ids[order].tolist(), columns[order].tolist(), rows[order].tolist(), starts[order], sizes[order])


def _tiles(schools: ArchivedSchools, level: _Level) -> Iterator[tuple[int, bytes]]:
    """Number of each tile in the archive, ascending, with its bytes."""
    sizes = level.sizes.tolist()
    first = 0
    while first < len(sizes):
        last, held = first, 0
        while last < len(sizes) and sizes[last] <= MAX_MARKS and held + sizes[last] <= _AT_ONCE:
            held += sizes[last]
            last += 1
        if last == first:
            yield level.ids[first], _thinned_tile(schools, TileAddress(level.zoom, level.columns[first], level.rows[first]))
            last += 1
        else:
            yield from zip(level.ids[first:last], _complete_tiles(schools, level, slice(first, last)), strict=True)
        first = last


def _thinned_tile(schools: ArchivedSchools, tile: TileAddress) -> bytes:
    marks = tile_marks(schools.curve.select(None), tile, schools.ranks)
    return vector_tile(marks, schools.statuses[marks.rows], schools.area_types[marks.rows])


def _complete_tiles(schools: ArchivedSchools, level: _Level, part: slice) -> Iterator[bytes]:
    starts, sizes = level.starts[part], level.sizes[part]
    ends = np.cumsum(sizes)
    positions: UInt32Array = (np.arange(ends[-1]) + np.repeat(starts - (ends - sizes), sizes)).astype(np.uint32)
    rows = schools.curve.rows(positions)
    ones = np.ones(len(rows), dtype=np.uint32)
    marks = Marks(TileAddress(level.zoom, 0, 0), True, schools.curve.codes[positions], rows, ones)
    return complete_tiles(marks, schools.statuses[rows], schools.area_types[rows], sizes)
