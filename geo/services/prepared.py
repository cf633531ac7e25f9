"""Releases written ahead: staging writes the file that an import would become, so that publishing it only names that file.

Crash safety: docs/decisions/0010-prepared-releases.md. A prepared file is garbage until a release row names it; the import's row names
it meanwhile, so that the sweep leaves it, and a publish takes it only in the transaction that sees it still named there.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any

from geo import __version__
from geo.errors import Conflict, DamagedFile, QosylError
from geo.model import ImportRecord, ImportState, ImportStep, Key, ReleaseKind, ReleaseRecord
from geo.progress import entering
from geo.services.compose import Placed, finish
from geo.services.jobs import JobRun
from geo.services.keys import actor_name
from geo.services.publishing import Draft, boundaries_in_force, checked_reason, commit_release, current_release, provisional, write_release
from geo.services.search import make_search_index_ahead
from geo.services.workspace import Workspace
from geo.store import (
    Connection,
    NewRelease,
    select_boundary_sets,
    select_import,
    select_prepared_imports,
    update_import,
)

LOGGER = logging.getLogger("qosyl.services")

KEPT_PREPARED = 3
"""Staged imports whose release is kept written ahead, the newest; a release of 200,000 schools takes about 60 MB with its serving copy."""

_OF_THE_PUBLISHER = ("reason", "published_by", "published_at", "undone_release_id")
"""Members of a release row that are known only when somebody publishes."""

Also = Callable[[Connection, ReleaseRecord], None]


def prepare_release(
    workspace: Workspace, run: JobRun, record: ImportRecord, *, made: Placed, base: ReleaseRecord | None, boundaries: Mapping[str, int]
) -> None:
    """Write the release that a staged import would become, and settle the job that staged it.

    Whatever goes wrong here leaves the import staged as it is: publishing then does the whole work.
    """
    try:
        entering(ImportStep.PREPARING)
        draft = Draft(base, ReleaseKind.IMPORT, boundaries, "", None, import_id=record.id)
        finished = finish(made)
        entering(ImportStep.PREPARING)  # a boundary: what was discarded or is read again need not be written
        new = write_release(workspace, draft, finished)
    except QosylError as error:
        LOGGER.warning("the release of import %d is not prepared: %s", record.id, error)
        with workspace.catalog.transaction() as connection:
            run.end(connection)
        return
    dropped = [new]
    try:
        with workspace.catalog.transaction() as connection:
            run.end(connection)
            found = select_import(connection, record.id)
            if found is not None and found.state is ImportState.STAGED:
                members = {name: value for name, value in asdict(new).items() if name not in _OF_THE_PUBLISHER}
                update_import(connection, record.id, prepared=members | {"made_under": _made_under(workspace, connection)}, step=None)
                dropped = forget_prepared(connection, select_prepared_imports(connection)[KEPT_PREPARED:])
    finally:
        remove_files(workspace, dropped)
    if new not in dropped:
        make_search_index_ahead(workspace, provisional(new))


def publish_prepared(workspace: Workspace, record: ImportRecord, *, reason: str, actor: Key | None, also: Also) -> ReleaseRecord | None:
    """Publish the file that staging wrote ahead, if it is what publishing would make now; None where it is not.

    Parameters
    ----------
    also
        What else belongs to the same transaction, given the new row.
    """
    current = current_release(workspace)
    if record.prepared is None or not _fits(workspace, record.prepared, current):
        return None
    new = _new_release(record.prepared, reason, actor)

    def settle(connection: Connection, release: ReleaseRecord) -> None:
        found = select_import(connection, record.id)
        if found is None or (found.prepared or {}).get("file_name") != new.file_name:
            raise Conflict(f"the release of import {record.id} is not prepared any more")
        update_import(connection, record.id, prepared=None)
        also(connection, release)

    try:
        workspace.release_files.read_bytes_path(provisional(new))
        return commit_release(workspace, new, also=settle)
    except (Conflict, DamagedFile) as error:
        LOGGER.info("import %d is published without its prepared release: %s", record.id, error)
        return None


def forget_prepared(connection: Connection, records: tuple[ImportRecord, ...]) -> list[NewRelease]:
    """Take prepared releases from their imports; their files are to be removed once the transaction stands."""
    for record in records:
        update_import(connection, record.id, prepared=None)
    return [_new_release(record.prepared, "", None) for record in records if record.prepared is not None]


def remove_files(workspace: Workspace, dropped: list[NewRelease]) -> None:
    """Remove files that no row names; what cannot be removed now is swept later."""
    for new in dropped:
        try:
            workspace.release_files.remove(provisional(new))
        except QosylError as error:
            LOGGER.warning("the prepared file %s stays until the sweep: %s", new.file_name, error)


def _made_under(workspace: Workspace, connection: Connection) -> dict[str, Any]:
    """What a release depends on besides its base, its rows and its boundaries."""
    names = [record.id for record in select_boundary_sets(connection, level=1)]
    return {"norm": workspace.settings.default_norm, "region_names": names, "software": __version__}


def _fits(workspace: Workspace, prepared: Mapping[str, Any], current: ReleaseRecord | None) -> bool:
    """Whether publishing now would make the very release that was prepared."""
    with workspace.catalog.reading() as connection:
        under = _made_under(workspace, connection)
    base_id = None if current is None else current.id
    is_same_base = prepared["parent_id"] == base_id and prepared["boundaries"] == boundaries_in_force(workspace, current)
    return bool(is_same_base and prepared["made_under"] == under)


def _new_release(prepared: Mapping[str, Any], reason: str, actor: Key | None) -> NewRelease:
    members = {name: value for name, value in prepared.items() if name != "made_under"}
    kind = ReleaseKind(members["kind"])
    return NewRelease(**members | {"kind": kind, "reason": checked_reason(reason), "published_by": actor_name(actor)})
