"""Removal of files nobody needs: what killed processes left and serving copies out of use. Only by age, never by force.

A publish names its file within seconds of its last write, so nothing of a running publish is ever as old as `MINIMUM_AGE`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from geo.model import ImportState
from geo.store.array_files import ArrayFiles
from geo.store.catalog import Catalog
from geo.store.complete_files import CompleteFiles
from geo.store.folders import Entry, Folder
from geo.store.import_files import StagedFiles, UploadFiles
from geo.store.imports import select_imports_in, select_prepared_imports, select_upload_sha256s
from geo.store.public_copies import PublicCopies
from geo.store.release_files import ReleaseFiles
from geo.store.releases import select_current_release, select_release_files
from geo.store.serving_copies import ServingCopies
from geo.store.sources import select_pulled_sha256s
from geo.store.tables import now
from geo.store.tile_archives import TileArchives

MINIMUM_AGE = timedelta(hours=1)
"""Longer than any publish goes on between its last write and its catalog row."""

OPEN_STATES = (
    ImportState.QUEUED,
    ImportState.READING,
    ImportState.NEEDS_CONFIRMATION,
    ImportState.STAGED,
    ImportState.PUBLISHING,
)
"""Imports in these states may still need their staged table."""


@dataclass(frozen=True, slots=True)
class Swept:
    """What a sweep removed: names by kind, in order, and the bytes they took."""

    release_files: tuple[str, ...] = ()
    cached_files: tuple[str, ...] = ()
    uploads: tuple[str, ...] = ()
    staged_tables: tuple[str, ...] = ()
    byte_count: int = 0


def sweep(
    catalog: Catalog,
    files: ReleaseFiles,
    older_than: timedelta,
    *,
    uploads: UploadFiles | None = None,
    staged: StagedFiles | None = None,
    complete: CompleteFiles | None = None,
) -> Swept:
    """Remove files last changed (serving copies: last opened) longer ago than `older_than` that nothing needs.

    That is: temporary files; release files that neither a release nor a prepared import names, unless the catalog names no release at
    all (it may be the wrong catalog); serving copies, search indexes and derived public releases but the current release's and prepared
    ones; uploads that no open or published import came from; staged tables of imports that are over; complete exports.

    Raises
    ------
    ValueError
        `older_than` is less than `MINIMUM_AGE`.
    StoreUnavailable
        Catalog or files cannot be used; what was removed before stays removed.
    """
    if older_than < MINIMUM_AGE:
        raise ValueError(f"a sweep must leave files younger than {MINIMUM_AGE}; got {older_than}")
    removal = _Removal(now() - older_than)
    release_entries, cached_entries = files.folder.entries(), files.cache.entries()
    named, kept_copies = _release_names(catalog)
    released = removal.from_folder(files.folder, release_entries, lambda name: not named or name in named)
    cached = removal.from_folder(files.cache, cached_entries, lambda name: name in kept_copies or _public_source(name) in kept_copies)
    unnamed = removal.with_copies(uploads.folder, _uploads_in_use(catalog)) if uploads else ()
    over = removal.with_copies(staged.folder, _staged_in_use(catalog)) if staged else ()
    exports = removal.from_folder(complete.folder, complete.folder.entries(), complete.is_lock) if complete else ()
    return Swept(released, (*cached, *exports), unnamed, over, removal.byte_count)


class _Removal:
    """Removes old files and counts their bytes."""

    def __init__(self, before: datetime) -> None:
        self._before = before
        self.byte_count = 0

    def from_folder(self, folder: Folder, entries: tuple[Entry, ...], is_needed: Callable[[str], bool]) -> tuple[str, ...]:
        removed = [entry for entry in entries if entry.modified < self._before and (entry.is_temporary or not is_needed(entry.name))]
        for entry in removed:
            folder.remove(entry.name)
            self.byte_count += entry.byte_count
        return tuple(entry.name for entry in removed)

    def with_copies(self, folder: Folder, is_needed: Callable[[str], bool]) -> tuple[str, ...]:
        if folder.copies is not None:
            self.from_folder(folder.copies, folder.copies.entries(), lambda _: False)
        return self.from_folder(folder, folder.entries(), is_needed)


def _release_names(catalog: Catalog) -> tuple[frozenset[str], frozenset[str]]:
    """Names of release files that releases or prepared imports name, and of the files in the cache that stay."""
    with catalog.reading() as connection:
        named = frozenset(select_release_files(connection))
        current = select_current_release(connection)
        prepared = [record.prepared or {} for record in select_prepared_imports(connection)]
    wanted = [release["sha256"] for release in prepared] + ([] if current is None else [current.sha256])
    locks = {ServingCopies.LOCK_FILE, ArrayFiles.LOCK_FILE, TileArchives.LOCK_FILE, PublicCopies.LOCK_FILE}
    kept = locks.union(*({ServingCopies.name_of(own), ArrayFiles.name_of(own)} for own in wanted))
    if current is not None:
        kept.add(current.file_name)
    # Without a release the catalog may be the wrong one, so that no release file goes; an empty set tells.
    return (named | {release["file_name"] for release in prepared}) if named else named, frozenset(kept)


def _public_source(name: str) -> str | None:
    """Name of the serving copy beside which a derived public release stays; None for another file."""
    sha256 = PublicCopies.source_of(name)
    return None if sha256 is None else ServingCopies.name_of(sha256)


def _uploads_in_use(catalog: Catalog) -> Callable[[str], bool]:
    with catalog.reading() as connection:
        imported = select_upload_sha256s(connection, (*OPEN_STATES, ImportState.PUBLISHED))
        return (imported | select_pulled_sha256s(connection)).__contains__


def _staged_in_use(catalog: Catalog) -> Callable[[str], bool]:
    with catalog.reading() as connection:
        names = {StagedFiles.name_of(record.id) for record in select_imports_in(connection, OPEN_STATES)}
    return names.__contains__
