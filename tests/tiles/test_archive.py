"""The archive of a release's tiles: the tiles it holds are the tiles there are, and the same schools make the same bytes."""

from __future__ import annotations

import gzip
import io

import numpy as np
import pytest
from pmtiles.reader import MemorySource, Reader, all_tiles
from pmtiles.tile import Compression, TileType

from geo.model import AREA_TYPES, STATUSES
from geo.tiles import MAX_MARKS, ArchivedSchools, Curve, TileAddress, deepest_zoom, ranks_of, tile_marks, vector_tile, write_archive
from geo.tiles import archive as archive_module


def schools(count: int, *, spread: float = 20.0) -> ArchivedSchools:
    """Schools around one place, most of them near it."""
    rng = np.random.default_rng(count)
    curve = Curve(np.clip(67 + rng.normal(0, spread, count), -180, 180), np.clip(48 + rng.normal(0, spread / 2, count), -85, 85))
    statuses = rng.integers(0, len(STATUSES), count).astype(np.int8)
    area_types = rng.integers(0, len(AREA_TYPES), count).astype(np.int8)
    ranks = ranks_of(statuses, area_types)
    return ArchivedSchools(curve, statuses, area_types, ranks if curve.order is None else ranks[curve.order], (46.0, 40.0, 88.0, 56.0))


def archived(of: ArchivedSchools) -> bytes:
    file = io.BytesIO()
    write_archive(file, of, {"name": "Schools"})
    return file.getvalue()


def single_tile(of: ArchivedSchools, zoom: int, column: int, row: int) -> bytes:
    marks = tile_marks(of.curve.select(None), TileAddress(zoom, column, row), of.ranks)
    return vector_tile(marks, of.statuses[marks.rows], of.area_types[marks.rows])


@pytest.mark.parametrize("count", [1, 300, 40_000], ids=["one school", "a few", "some tiles thinned"])
def test_archive_holds_every_tile_that_has_schools_and_no_other(monkeypatch: pytest.MonkeyPatch, count: int) -> None:
    monkeypatch.setattr(archive_module, "MAX_ARCHIVE_TILES", 3_000)
    of = schools(count)
    found = dict(all_tiles(MemorySource(archived(of))))

    deepest = deepest_zoom(of.curve.codes)
    for zoom in range(deepest + 1):
        numbers = np.unique(of.curve.codes >> np.uint64(2 * (31 - zoom)))
        assert len(numbers) == sum(1 for place in found if place[0] == zoom)
    assert {zoom for zoom, _, _ in found} == set(range(deepest + 1))
    for place, tile in found.items():
        assert gzip.decompress(tile) == single_tile(of, *place), place


def test_archive_says_what_it_holds_and_where() -> None:
    reader = Reader(MemorySource(archived(schools(50))))

    header = reader.header()
    assert reader.metadata() == {"name": "Schools"}
    assert (header["tile_type"], header["tile_compression"], header["clustered"]) == (TileType.MVT, Compression.GZIP, True)
    assert (header["min_lon_e7"], header["max_lat_e7"]) == (460_000_000, 560_000_000)
    assert (header["min_zoom"], header["max_zoom"]) == (0, archive_module.MAX_ARCHIVE_ZOOM)


def test_same_schools_make_the_same_bytes() -> None:
    assert archived(schools(500)) == archived(schools(500))


def test_deepest_tiles_are_complete_even_where_that_takes_more_tiles_than_wanted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive_module, "MAX_ARCHIVE_TILES", 1)
    codes = schools(3 * MAX_MARKS, spread=0.5).curve.codes

    deepest = deepest_zoom(codes)

    assert 3 < deepest < archive_module.MAX_ARCHIVE_ZOOM
    of_deepest = np.unique(codes >> np.uint64(2 * (31 - deepest)), return_counts=True)[1]
    above = np.unique(codes >> np.uint64(2 * (31 - deepest + 1)), return_counts=True)[1]
    assert of_deepest.max() <= MAX_MARKS < above.max()


def test_schools_in_one_spot_end_at_the_deepest_zoom_of_all() -> None:
    codes = np.full(MAX_MARKS + 1, 5, dtype=np.uint64)

    assert deepest_zoom(codes) == archive_module.MAX_ARCHIVE_ZOOM


def test_archive_without_schools_is_refused() -> None:
    with pytest.raises(ValueError, match="needs a school"):
        archived(schools(0))
