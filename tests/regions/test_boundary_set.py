"""A boundary set comes back from disk as it was written, and a damaged or stale file is never used."""

from __future__ import annotations

import json
from pathlib import Path

import geopandas
import numpy as np
import pytest
import shapely

from geo.errors import BoundaryError, DamagedFile
from geo.regions import BoundarySet, BoundaryUnits, build_index, open_boundary_set, simplified, write_boundary_set
from tests.regions.shapes import EAST_HALF, WEST_HALF, make_units

UNITS = BoundaryUnits(
    codes=("KZ10", "KZ11"),
    names={"en": ("Abai", "Akmola"), "kk": ("Абай облысы", "Ақмола облысы")},
    parents=("KZ", None),
    geometries=make_units(WEST_HALF, EAST_HALF).geometries,
)


def written(directory: Path, units: BoundaryUnits = UNITS) -> BoundarySet:
    """The units written as a set with a small index, and opened."""
    write_boundary_set(directory, units, simplified(units), build_index(units, cell_count=500))
    return open_boundary_set(directory)


def test_middles_of_units_are_their_centroids_and_points_inside(tmp_path: Path) -> None:
    centroids, inside = written(tmp_path / "set").centres

    assert centroids.tolist() == shapely.get_coordinates(shapely.centroid(UNITS.geometries)).tolist()
    assert shapely.contains_xy(UNITS.geometries, inside[:, 0], inside[:, 1]).all()


def test_set_comes_back_as_written(tmp_path: Path) -> None:
    opened = written(tmp_path / "set")

    assert (opened.codes, opened.names, opened.parents) == (UNITS.codes, UNITS.names, UNITS.parents)
    assert opened.languages == ("en", "kk")
    for units in (opened.units, opened.simplified):
        assert units.codes == UNITS.codes
        assert shapely.equals(units.geometries, UNITS.geometries).all()


def test_set_is_located_by_its_memory_mapped_index(tmp_path: Path) -> None:
    locator = written(tmp_path / "set").locator

    assert locator.has_index
    assert locator.locate([0.5, 1.0, 1.5, 9.0], [0.5, 0.5, 0.5, 9.0]).unit.tolist() == [0, 0, 1, -1]


def test_units_file_is_plain_geoparquet(tmp_path: Path) -> None:
    written(tmp_path / "set")

    table = geopandas.read_parquet(tmp_path / "set" / "units.parquet")

    assert table["code"].tolist() == ["KZ10", "KZ11"]
    assert table.crs.to_authority() == ("OGC", "CRS84")


def test_set_without_an_index_is_located_by_shapely(tmp_path: Path) -> None:
    write_boundary_set(tmp_path / "set", UNITS, simplified(UNITS), None)

    locator = open_boundary_set(tmp_path / "set").locator

    assert not locator.has_index
    assert locator.locate([0.5], [0.5]).unit.tolist() == [0]


@pytest.mark.parametrize(
    "change",
    [{"format": 0}, {"units_sha256": "0" * 64}, {"tolerance_km": 2.0}, {"lengths": [1, 2, 3, 4]}, {"frame": {}}],
    ids=["format", "units", "tolerance", "lengths", "frame"],
)
def test_index_that_does_not_fit_is_ignored(tmp_path: Path, change: dict[str, object]) -> None:
    written(tmp_path / "set")
    note = tmp_path / "set" / "grid.json"
    note.write_text(json.dumps(json.loads(note.read_text()) | change))

    locator = open_boundary_set(tmp_path / "set").locator

    assert not locator.has_index
    assert locator.locate([0.5], [0.5]).unit.tolist() == [0]


@pytest.mark.parametrize("keep_bytes", [0, 50, 2000])
def test_index_cut_short_is_ignored(tmp_path: Path, keep_bytes: int) -> None:
    written(tmp_path / "set")
    numbers = tmp_path / "set" / "grid.npy"
    numbers.write_bytes(numbers.read_bytes()[:keep_bytes])

    assert not open_boundary_set(tmp_path / "set").locator.has_index


@pytest.mark.parametrize("name", ["units.parquet", "simplified.parquet"])
def test_changed_file_is_refused(tmp_path: Path, name: str) -> None:
    written(tmp_path / "set")
    path = tmp_path / "set" / name
    path.write_bytes(path.read_bytes() + b" ")
    opened = open_boundary_set(tmp_path / "set")

    with pytest.raises(DamagedFile, match=f"{name} is not the file that was written"):
        _ = opened.units, opened.simplified


def test_missing_file_is_refused(tmp_path: Path) -> None:
    opened = written(tmp_path / "set")
    (tmp_path / "set" / "units.parquet").unlink()

    with pytest.raises(DamagedFile, match=r"units\.parquet cannot be read"):
        _ = opened.units


@pytest.mark.parametrize("manifest", [None, "", "[]", '{"format": 99}'])
def test_directory_without_a_manifest_is_no_boundary_set(tmp_path: Path, manifest: str | None) -> None:
    if manifest is not None:
        (tmp_path / "set.json").write_text(manifest)

    with pytest.raises(DamagedFile, match="is not a boundary set"):
        open_boundary_set(tmp_path)


def test_writing_the_same_set_again_changes_nothing(tmp_path: Path) -> None:
    first = written(tmp_path / "set").sha256

    assert written(tmp_path / "set").sha256 == first
    assert [path.name for path in tmp_path.iterdir()] == ["set"]


def test_another_set_never_overwrites_one(tmp_path: Path) -> None:
    written(tmp_path / "set")

    with pytest.raises(BoundaryError, match="holds another boundary set"):
        written(tmp_path / "set", make_units(WEST_HALF))

    assert [path.name for path in tmp_path.iterdir()] == ["set"]
    assert open_boundary_set(tmp_path / "set").codes == UNITS.codes


def test_simplified_units_must_be_the_same_units(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="the same units"):
        write_boundary_set(tmp_path / "set", UNITS, make_units(WEST_HALF), None)

    assert not list(tmp_path.iterdir())


def test_index_on_disk_answers_as_the_one_in_memory(tmp_path: Path) -> None:
    index = build_index(UNITS, cell_count=500)
    assert index is not None
    opened = written(tmp_path / "set")

    rng = np.random.default_rng(5)
    longitudes, latitudes = rng.uniform(-0.1, 2.1, 1000), rng.uniform(-0.1, 1.1, 1000)

    expected = index.contents(longitudes, latitudes)
    from_disk = opened.locator._index
    assert from_disk is not None
    np.testing.assert_array_equal(from_disk.contents(longitudes, latitudes), expected)
