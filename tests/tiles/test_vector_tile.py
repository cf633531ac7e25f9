"""Vector tiles are read by two decoders that are not ours: mapbox-vector-tile and GDAL."""

from collections import Counter
from pathlib import Path

import mapbox_vector_tile
import numpy as np
import pyogrio
import pytest

from geo.model import AREA_TYPES, STATUSES
from geo.tiles import EXTENT, LAYER, TileAddress, ranks_of, tile_marks, vector_tile, world_cells
from tests.tiles.places import Places, make_places

COMPLETE = TileAddress(4, 11, 5)
THINNED = TileAddress(0, 0, 0)
WORLD_M = 20037508.342789244
"""Half the width of the Web Mercator square, metres (EPSG:3857)."""


@pytest.fixture(scope="module")
def places() -> Places:
    return make_places(20_000, span=12.0)


def made(places: Places, tile: TileAddress):
    marks = tile_marks(places.curve.select(None), tile, ranks_of(places.statuses, places.area_types))
    return marks, vector_tile(marks, places.statuses[marks.rows], places.area_types[marks.rows])


def expected(places: Places, marks) -> Counter[tuple[int, str, str, int]]:
    """Marks by id, words and count; the id of several schools is 0, which stands for none here."""
    return Counter(
        (row + 1 if count == 1 else 0, STATUSES[places.statuses[row]].value, AREA_TYPES[places.area_types[row]].value, count)
        for row, count in zip(marks.rows.tolist(), marks.counts.tolist(), strict=True)
    )


@pytest.mark.parametrize("tile", [COMPLETE, THINNED], ids=["complete", "thinned"])
def test_mapbox_vector_tile_reads_every_mark(places, tile):
    marks, data = made(places, tile)

    layer = mapbox_vector_tile.decode(data, default_options={"y_coord_down": True})[LAYER]

    assert (layer["version"], layer["extent"]) == (2, EXTENT)
    found = [(feature.get("id"), feature["properties"], tuple(feature["geometry"]["coordinates"])) for feature in layer["features"]]
    named = Counter(
        (0 if words["stands_for"] > 1 else identity + 1, words["status"], words["area_type"], words["stands_for"])
        for identity, words, _ in found
    )
    assert named == expected(places, marks)
    columns, rows = world_cells(marks.codes)
    shift = 31 - tile.zoom - 12
    steps = np.column_stack([columns >> shift, rows >> shift]) - np.asarray([tile.column, tile.row]) * EXTENT
    assert Counter(position for _, _, position in found) == Counter(tuple(pair) for pair in steps.tolist())


@pytest.mark.parametrize("tile", [COMPLETE, THINNED], ids=["complete", "thinned"])
def test_gdal_reads_every_mark_at_its_place(places, tile, tmp_path: Path):
    marks, data = made(places, tile)
    path = tmp_path / str(tile.zoom) / str(tile.column) / f"{tile.row}.mvt"  # GDAL takes the place of a tile from its path
    path.parent.mkdir(parents=True)
    path.write_bytes(data)

    found = pyogrio.read_dataframe(path, layer=LAYER)

    assert found.crs.to_epsg() == 3857
    found["named"] = (found["mvt_id"] + 1).fillna(0).astype(int)
    assert ((found["named"] == 0) == (found["stands_for"] > 1)).all()
    assert Counter(found[["named", "status", "area_type", "stands_for"]].itertuples(index=False, name=None)) == expected(places, marks)
    single = found[found["named"] > 0]
    rows = single["named"].to_numpy() - 1
    x = places.longitude[rows] / 180 * WORLD_M
    y = np.arcsinh(np.tan(np.radians(places.latitude[rows]))) / np.pi * WORLD_M
    step = 2 * WORLD_M / 2**tile.zoom / EXTENT
    assert np.abs(single.geometry.x - x).max() <= step
    assert np.abs(single.geometry.y - y).max() <= step


def test_a_tile_without_schools_has_no_bytes(places):
    assert made(places, TileAddress(4, 0, 0))[1] == b""


def test_equal_marks_give_equal_bytes(places):
    assert made(places, THINNED)[1] == made(places, THINNED)[1]
