"""The distribution's GDAL, years older than the newest: ogr2ogr takes every school with its place."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pyogrio
import pytest

from tests.clients.conftest import Live
from tests.clients.schools import COUNT, KAZAKH, PLACELESS


@pytest.fixture(scope="module")
def converted(live: Live, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A GeoPackage of everything that the address offers."""
    program = shutil.which("ogr2ogr")
    if program is None:
        pytest.skip("ogr2ogr is not installed; on Debian and Ubuntu: apt-get install gdal-bin")
    path = tmp_path_factory.mktemp("ogr2ogr") / "schools.gpkg"
    done = subprocess.run([program, str(path), f"OAPIF:{live.api}", "schools", "regions"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    return path


def test_all_schools_arrive_with_their_places(converted: Path) -> None:
    frame = pyogrio.read_dataframe(converted, layer="schools")

    assert len(frame) == COUNT
    assert int(frame.geometry.isna().sum()) == PLACELESS
    assert frame.total_bounds.round().tolist() == [10, 50, 12, 51]
    assert frame.loc[frame["school_id"] == "S00777", "school_name"].tolist() == [f"{KAZAKH} 777"]


def test_numbers_and_days_that_first_schools_have_are_numbers_and_days(converted: Path) -> None:
    """It knows no schema and looks at the first schools: therefore those that know most come first."""
    info = pyogrio.read_info(converted, layer="schools")
    types = dict(zip(info["fields"], info["ogr_types"], strict=True))

    assert (types["num_students"], types["fiber_node_distance_km"]) == ("OFTInteger", "OFTReal")
    assert types["connectivity_collected_on"] == "OFTDate"


def test_regions_arrive_with_their_shapes(converted: Path) -> None:
    assert set(pyogrio.read_dataframe(converted, layer="regions").geom_type) <= {"Polygon", "MultiPolygon"}
