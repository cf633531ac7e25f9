"""An open deployment: its settings, catalog and files, and the releases and boundaries that are in memory."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

from geo.config import Settings
from geo.errors import DamagedFile, NoRelease, NotFound, Withdrawn
from geo.model import BoundarySetRecord, Grouping, ReleaseRecord
from geo.norms import Norm, norm_named
from geo.regions import BoundarySet, open_boundary_set
from geo.services.background import Background
from geo.services.kept_archives import KeptArchives
from geo.services.last_known import LastKnown
from geo.services.opened import Memory, OpenedRelease
from geo.services.search_indexes import SearchIndexes
from geo.store import (
    Bell,
    Catalog,
    CompleteFiles,
    GroundFiles,
    KeptFigures,
    ReleaseFiles,
    StagedFiles,
    TileArchives,
    UploadFiles,
    count_withdrawals,
    is_withdrawn,
    open_catalog,
    read_current_release_id,
    select_boundary_set,
    select_release,
    select_withdrawal,
    select_withdrawn_ids,
)

KEPT_RELEASES = 4
"""Opened releases a worker keeps: the current one, and those that links and comparisons ask for."""
KEPT_BOUNDARY_SETS = 8
KEPT_TREND_GROUPS = 100_000
"""Groups of coverage tables of releases over time that a worker keeps; 280 bytes each, and a region has three."""
KEPT_GROUND = 16
"""Layers of ground a worker keeps, each at most some megabytes."""
KEPT_RECORDS = 256
"""Rows of releases a worker keeps: rows never change, so only the current id is asked for each time."""

KEPT_COMPARED = 4
"""Pairs of releases whose changed schools a worker keeps; seventeen bytes for each changed school."""

LEVELS: Mapping[Grouping, int] = {Grouping.ADMIN1: 1, Grouping.ADMIN2: 2}


class Workspace:
    """What every service works with; safe to share between threads. Make it with `open_workspace`."""

    def __init__(self, settings: Settings, catalog: Catalog) -> None:
        self.settings = settings
        self.catalog = catalog
        self.release_files = ReleaseFiles(settings)
        self.upload_files = UploadFiles(settings)
        self.ground_files = GroundFiles(settings)
        self.ground = Memory(KEPT_GROUND)
        self.staged_files = StagedFiles(settings)
        self.bell = Bell(settings)
        self.background = Background()
        self._last_known = LastKnown()
        self._records = Memory(KEPT_RECORDS)
        self._releases = Memory(KEPT_RELEASES)
        self._boundary_sets = Memory(KEPT_BOUNDARY_SETS)
        self._boundary_records = Memory(KEPT_RECORDS)
        self.search_indexes = SearchIndexes(self.release_files)
        self.tile_archives = KeptArchives(TileArchives(self.release_files.cache))
        self._withdrawn = Memory(1)
        self.kept_figures = KeptFigures(settings)
        self.complete_files = CompleteFiles(settings)
        self.trend_tables = Memory(KEPT_TREND_GROUPS, weigh=lambda table: max(len(table), 1))
        self.compared_releases = Memory(KEPT_COMPARED)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Let go of work in the background, and close the catalog's connections."""
        self.background.stop()
        self.catalog.close()

    @property
    def boundaries_dir(self) -> Path:
        """Directory of the boundary sets; each is a directory of its own there."""
        return self.settings.data_dir / "boundaries"

    @property
    def default_norm(self) -> Norm:
        """The norm where none is chosen."""
        return norm_named(self.settings.default_norm)

    def release(self, release_id: int | None = None) -> ReleaseRecord:
        """A release by its id, or the current one.

        Raises
        ------
        NoRelease
            Nothing is published yet.
        NotFound
            There is no release of that id.
        Withdrawn
            The release is out of public reach for good.
        """
        if release_id is not None:
            record = self.release_record(release_id)
            self._refuse_withdrawn(release_id)
            return record
        current_id = self._last_known.get("current", lambda patience_s: read_current_release_id(self.catalog, patience_s=patience_s))
        if current_id is None:
            raise NoRelease("nothing has been published yet; upload a file of schools or load the demo")
        return self.release_record(current_id)

    def release_record(self, release_id: int) -> ReleaseRecord:
        """A release's row of the catalog, withdrawn or not: for what is not shown to the public.

        Raises
        ------
        NotFound
            There is no release of that id.
        """
        record = self._records.get(release_id, lambda: self._record(release_id), keeps=lambda found: found is not None)
        if record is None:
            raise NotFound(f"there is no release {release_id}")
        return record

    def withdrawn_ids(self) -> frozenset[int]:
        """Ids of all releases that are out of public reach, as the catalog says now, or said last while it does not answer."""
        count = self._last_known.get("withdrawals", lambda patience_s: count_withdrawals(self.catalog, patience_s=patience_s))
        return self._withdrawn.get(count, self._select_withdrawn_ids, keeps=lambda ids: len(ids) == count) if count else frozenset()

    def _select_withdrawn_ids(self) -> frozenset[int]:
        with self.catalog.reading() as connection:
            return frozenset(select_withdrawn_ids(connection))

    def _refuse_withdrawn(self, release_id: int) -> None:
        if not self._last_known.get(release_id, lambda patience_s: is_withdrawn(self.catalog, release_id, patience_s=patience_s)):
            return
        with self.catalog.reading() as connection:
            withdrawal = select_withdrawal(connection, release_id)
        if withdrawal is not None:
            raise Withdrawn(f"release {release_id} was withdrawn on {withdrawal.withdrawn_at:%Y-%m-%d}: {withdrawal.reason}")

    def opened(self, record: ReleaseRecord) -> OpenedRelease:
        """A release, open; kept by its id, since a release never changes.

        Raises
        ------
        DamagedFile
            Its file is missing or is not what the catalog says.
        """
        return self._releases.get((record.id, record.sha256), lambda: self._open(record))

    def boundary_set(self, boundary_set_id: int) -> BoundarySet:
        """A boundary set, open.

        Raises
        ------
        NotFound
            There is no such set.
        DamagedFile
            Its files are gone.
        """
        return self._boundary_sets.get(boundary_set_id, lambda: self._open_boundary_set(boundary_set_id))

    def boundary_record(self, boundary_set_id: int) -> BoundarySetRecord:
        """The catalog's row of a boundary set; kept, since it never changes.

        Raises
        ------
        NotFound
            There is no such set.
        """
        record = self._boundary_records.get(
            boundary_set_id, lambda: self._boundary_record(boundary_set_id), keeps=lambda found: found is not None
        )
        if record is None:
            raise NotFound(f"there is no boundary set {boundary_set_id}")
        return record

    def _boundary_record(self, boundary_set_id: int) -> BoundarySetRecord | None:
        with self.catalog.reading() as connection:
            return select_boundary_set(connection, boundary_set_id)

    def _record(self, release_id: int) -> ReleaseRecord | None:
        with self.catalog.reading() as connection:
            return select_release(connection, release_id)

    def _open(self, record: ReleaseRecord) -> OpenedRelease:
        table = self.release_files.open(record)
        codes = {Grouping(name): frozenset(self.boundary_set(identity).units.codes) for name, identity in record.boundaries.items()}
        return OpenedRelease(record, table, codes)

    def _open_boundary_set(self, boundary_set_id: int) -> BoundarySet:
        record = self.boundary_record(boundary_set_id)
        try:
            return open_boundary_set(self.boundaries_dir / record.directory)
        except FileNotFoundError as error:
            raise DamagedFile(
                f"the boundaries {record.country} level {record.level} of {record.vintage} are missing; load them again"
            ) from error


def open_workspace(settings: Settings) -> Workspace:
    """Open a deployment; nothing is written and its catalog need not be set up yet.

    Raises
    ------
    ConfigurationError
        DATABASE_URL or DATA_URL cannot be used.
    """
    return Workspace(settings, open_catalog(settings))
