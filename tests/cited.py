"""A deployment whose figures are cited: three releases of two dozen schools that differ in everything coverage groups and filters by."""

from __future__ import annotations

import atexit
import functools
import shutil
import tempfile
from pathlib import Path
from typing import Any

from geo.config import Settings
from geo.model import ReleaseKind, ReleaseRecord
from geo.services.publishing import Draft, composed, current_release, publish
from geo.services.workspace import Workspace, open_workspace
from tests.builders import make_facts_table, make_school
from tests.services.builders import load_districts, load_regions
from tests.set_up import set_up

LEVELS = (None, "Primary", "Pre-Primary, Primary and Secondary")
NAMES = ("Мектеп № 5", "Lyceum, north & south", "=1+1", "school = 'a'")


def schools(turn: int) -> list[dict[str, Any]]:
    """Two dozen schools; some of them others in each turn. tests/test_citations.py holds digests of their figures."""
    made = []
    for n in range(24):
        place = {} if n % 6 == 5 else {"longitude": 10.05 + 0.08 * n, "latitude": 50.2 + 0.5 * (n % 2)}
        made.append(
            make_school(
                f"S{n:02}",
                school_name=NAMES[n % len(NAMES)],
                school_area_type=("urban", "rural", "rural", "unknown")[n % 4],
                connectivity=("yes", "yes", "no", "unknown", "yes")[(n + turn * (n % 3)) % 5],
                connectivity_type=("fiber", None, "p2mp wireless")[n % 3],
                education_level=LEVELS[n % 3],
                num_students=None if n % 7 == 3 else 40 + 35 * n,
                download_speed_declared_mbps=None if n % 4 == 3 else 4.0 * n + 10 * turn,
                download_speed_measured_mbps=3.0 * n if n % 5 == 0 else None,
                **place,
            )
        )
    return made


def publish_turn(workspace: Workspace, turn: int, boundaries: dict[str, int]) -> ReleaseRecord:
    """Publish the schools of a turn."""
    draft = Draft(current_release(workspace), ReleaseKind.IMPORT, boundaries, "for a test", None)
    return publish(workspace, draft, composed(workspace, make_facts_table(*schools(turn)), boundaries))


def make_cited(directory: Path) -> Path:
    """Data directory of the deployment: release 1 without boundaries, 2 and 3 with regions and districts."""
    return Path(shutil.copytree(_made(), directory / "data"))


@functools.cache
def _made() -> Path:
    directory = Path(tempfile.mkdtemp(prefix="qosyl-cited-"))
    atexit.register(shutil.rmtree, directory, ignore_errors=True)
    data = set_up(directory / "data")
    with open_workspace(Settings(data_dir=data, testing=True)) as workspace:
        placed = {"admin1": load_regions(workspace, directory).id, "admin2": load_districts(workspace, directory, "2024").id}
        for turn, boundaries in enumerate(({}, placed, placed)):
            publish_turn(workspace, turn, dict(boundaries))
    return data


def boundaries_of(workspace: Workspace) -> dict[str, int]:
    """Boundary sets of the current release."""
    current = current_release(workspace)
    return dict(current.boundaries) if current else {}
