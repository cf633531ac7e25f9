"""Setting a deployment up, filling it with the demo, and telling how it is."""

from __future__ import annotations

import platform
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import geopandas
import pyarrow
import shapely

from geo import __version__
from geo.config import ROOT
from geo.errors import QosylError
from geo.model import Key, ReleaseRecord, Role
from geo.services.imports import publish_import, stage_import
from geo.services.keys import create_key, list_keys
from geo.services.publishing import current_release
from geo.services.regions import BoundaryFile, boundary_sets, country, load_boundaries
from geo.services.workspace import Workspace
from geo.store import Swept, count_unfinished_jobs, sweep

DEMO = ROOT / "data" / "demo"
FIRST_KEY_NAME = "first publisher"
SWEEP_AGE = timedelta(days=7)
"""How long unpublished uploads and files that nothing names are kept."""

Progress = Callable[[str], None]


def _silent(_step: str) -> None:
    """Progress that nobody watches."""


def initialise(workspace: Workspace) -> None:
    """Set up or update the catalog; one that is up to date is not written, so that a read-only deployment can be served.

    Raises
    ------
    StoreUnavailable
        It is to be written and cannot be.
    """
    if not workspace.catalog.is_ready():
        workspace.catalog.migrate()


def first_key(workspace: Workspace) -> tuple[str, Key] | None:
    """A publisher key for a deployment that has none yet; None where one was ever made."""
    if list_keys(workspace):
        return None
    return create_key(workspace, name=FIRST_KEY_NAME, role=Role.PUBLISHER)


def load_demo(workspace: Workspace, *, directory: Path = DEMO, progress: Progress = _silent) -> ReleaseRecord:
    """Fill an empty deployment with synthetic schools, through the same services that real files take.

    Raises
    ------
    Conflict, InvalidParameter
        The deployment serves something else already.
    """
    progress("loading the demo's boundaries")
    load_boundaries(
        workspace,
        BoundaryFile(
            path=directory / "boundaries.geojson.gz",
            country="KZ",
            level=1,
            code_column="code",
            name_columns={"en": "name_en", "ru": "name_ru", "kk": "name_kk"},
            vintage="2022",
        ),
    )
    for name, reason in (("schools.csv", "Demo: list of schools"), ("connectivity.csv", "Demo: connectivity of the schools")):
        progress(f"importing {name}")
        staged = stage_import(workspace, (directory / name).read_bytes(), file_name=name)
        release = publish_import(workspace, staged.id, reason=reason)
    return release


def is_empty(workspace: Workspace) -> bool:
    """Whether nothing was ever loaded or published."""
    return current_release(workspace) is None and not boundary_sets(workspace)


@dataclass(frozen=True)
class Health:
    """Whether the deployment can answer: its catalog, and the current release with its age."""

    is_ready: bool
    release_id: int | None
    age_seconds: float | None
    trouble: str | None


def health(workspace: Workspace) -> Health:
    """Look at catalog and current release; never raises."""
    try:
        release = current_release(workspace)
        if release is not None:
            workspace.opened(release)
    except QosylError as error:
        return Health(False, None, None, error.code)
    if release is None:
        return Health(True, None, None, None)
    return Health(True, release.id, (datetime.now(UTC) - release.published_at).total_seconds(), None)


@dataclass(frozen=True)
class Finding:
    """One line of a diagnosis: what was looked at, whether it is well, what was seen, and how to mend it."""

    subject: str
    is_well: bool
    seen: str
    remedy: str = ""


def diagnose(workspace: Workspace) -> tuple[Finding, ...]:
    """Look at everything a deployment rests on; never raises."""
    checks: tuple[Callable[[Workspace], Finding], ...] = (_versions, _space, _catalog, _boundaries, _release, _keys, _worker)
    return tuple(_checked(check, workspace) for check in checks)


def sweep_garbage(workspace: Workspace) -> Swept:
    """Remove files that nothing needs any more, by age; never files of a running publish."""
    return sweep(
        workspace.catalog,
        workspace.release_files,
        SWEEP_AGE,
        uploads=workspace.upload_files,
        staged=workspace.staged_files,
        complete=workspace.complete_files,
    )


def _checked(check: Callable[[Workspace], Finding], workspace: Workspace) -> Finding:
    try:
        return check(workspace)
    except QosylError as error:
        return Finding(
            check.__name__.strip("_"), False, str(error), "run `flask --app app init`, or restore the data directory from a backup"
        )


def _worker(workspace: Workspace) -> Finding:
    waiting = count_unfinished_jobs(workspace.catalog)
    is_there = workspace.bell.ring()
    seen = "a worker process listens on this machine" if is_there else "none on this machine: web processes read uploads themselves"
    return Finding("worker", True, f"{seen}; {waiting} unfinished jobs")


def _versions(_workspace: Workspace) -> Finding:
    seen = f"qosyl {__version__}, Python {platform.python_version()}, geopandas {geopandas.__version__}, shapely {shapely.__version__} "
    return Finding("versions", True, seen + f"(GEOS {'.'.join(map(str, shapely.geos_version))}), pyarrow {pyarrow.__version__}")


def _space(workspace: Workspace) -> Finding:
    place = workspace.settings.data_dir
    while not place.exists():
        place = place.parent
    free_gb = shutil.disk_usage(place).free / 1e9
    return Finding("space", free_gb > 1, f"{workspace.settings.data_dir}: {free_gb:.1f} GB free", "make room, or move QOSYL_DATA_DIR")


def _catalog(workspace: Workspace) -> Finding:
    is_ready = workspace.catalog.is_ready()
    return Finding("catalog", is_ready, workspace.catalog.description, "run `flask --app app init`")


def _boundaries(workspace: Workspace) -> Finding:
    loaded = boundary_sets(workspace)
    for record in loaded:
        workspace.boundary_set(record.id)
    seen = ", ".join(f"{record.country} level {record.level} of {record.vintage} ({record.unit_count} units)" for record in loaded)
    return Finding("boundaries", bool(loaded), seen or "none", "load them with `flask --app app regions load`")


def _release(workspace: Workspace) -> Finding:
    release = current_release(workspace)
    if release is None:
        return Finding("release", False, "none", "import a file, or run `flask --app app demo`")
    workspace.release_files.verify(release)
    return Finding(
        "release", True, f"{release.id} of {release.published_at:%Y-%m-%d}: {release.school_count} schools, {country(workspace)}"
    )


def _keys(workspace: Workspace) -> Finding:
    valid = [key for key in list_keys(workspace) if key.revoked_at is None]
    seen = f"{len(valid)} not revoked" if valid else "none: only this machine's command line can publish; make one with `make key`"
    return Finding("keys", True, seen)
