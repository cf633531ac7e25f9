"""The demonstration goes through the same services as real files, and comes out as data/README.md says."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from data.build_schools import FAULTS, LABEL
from geo.config import Settings
from geo.model import Flag, ImportRecord, ReleaseRecord
from geo.services.deployment import initialise, load_demo
from geo.services.imports import imports
from geo.services.workspace import Workspace, open_workspace

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    with open_workspace(Settings(data_dir=tmp_path_factory.mktemp("demo"), testing=True)) as opened:
        initialise(opened)
        yield opened


@pytest.fixture(scope="module")
def release(workspace: Workspace) -> ReleaseRecord:
    return load_demo(workspace)


@pytest.fixture(scope="module")
def files(workspace: Workspace, release: ReleaseRecord) -> dict[str, ImportRecord]:
    return {record.file_name: record for record in imports(workspace)}


def test_demo_is_published_without_a_row_error(files: dict[str, ImportRecord]) -> None:
    assert {name: (record.report or {})["errors_total"] for name, record in files.items()} == {"schools.csv": 0, "connectivity.csv": 0}


def test_demo_counts_are_those_that_were_drawn(release: ReleaseRecord) -> None:
    statuses = {name: count for name, count in release.counts.items() if name.startswith("schools")}

    assert statuses == {
        "schools": 7_800,
        "schools_unconnected": 312,
        "schools_below_norm": 1_810,
        "schools_norm_unknown": 268,
        "schools_meets_norm": 4_942,
        "schools_unknown": 468,
    }


def test_demo_release_flags_the_faults_that_were_put_in(release: ReleaseRecord) -> None:
    wanted = {
        Flag.REGION_DISAGREES: FAULTS.outside_declared_region,
        Flag.NOT_PLACED: FAULTS.without_coordinates + FAULTS.at_zero_zero,
        Flag.YES_WITH_ZERO_SPEED: FAULTS.yes_with_zero_speed,
        Flag.NO_WITH_SPEED: FAULTS.no_with_speed,
        Flag.UNKNOWN_WITH_SPEED: FAULTS.unknown_with_speed,
        Flag.REGION_NEAREST: 0,
        Flag.NO_REGION: 0,
    }

    assert {flag: release.counts[flag] for flag in wanted} == wanted


def test_demo_join_reports_both_leftovers(files: dict[str, ImportRecord]) -> None:
    report = files["connectivity.csv"].report or {}

    assert report["rows"]["unmatched"] == FAULTS.rows_without_school
    assert report["schools_without_row"]["total"] == FAULTS.schools_without_row
    assert report["tiers"]["folded_id"] == FAULTS.ids_in_lower_case


def test_demo_release_names_its_source_as_synthetic(release: ReleaseRecord) -> None:
    assert release.sources == (LABEL,)
