"""The one way to a new release: facts and boundaries in, a whole file on disk, then one catalog row."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import pyarrow as pa

from geo import __version__
from geo.errors import Conflict
from geo.model import Grouping, ImportStep, Key, ReleaseKind, ReleaseRecord
from geo.progress import entering
from geo.regions import BoundarySet
from geo.services.compose import Composed, Placed, finish, place
from geo.services.keys import actor_name
from geo.services.public_detail import make_public_ahead
from geo.services.workspace import LEVELS, Workspace
from geo.store import (
    Connection,
    NewRelease,
    WrittenFile,
    insert_audit,
    insert_release,
    select_boundary_sets,
    select_current_release,
    select_setting,
)

LOGGER = logging.getLogger("qosyl.services")

COUNTRY_SETTING = "country"
MAX_REASON_CHARACTERS = 500
FORMAT_VERSION = 1
"""Version of the release file's columns and metadata."""


@dataclass(frozen=True)
class Draft:
    """A release to be: what it is made from and who answers for it.

    Parameters
    ----------
    parent
        The release it is made from; None for the first.
    boundaries
        Id of the boundary set of each level by grouping word.
    """

    parent: ReleaseRecord | None
    kind: ReleaseKind
    boundaries: Mapping[str, int]
    reason: str
    actor: Key | None
    import_id: int | None = None
    undone_release_id: int | None = None


def boundaries_in_force(workspace: Workspace, current: ReleaseRecord | None) -> dict[str, int]:
    """Boundary sets that locate schools now: those of the current release, and before the first the newest of each level.

    Loading boundaries therefore changes no release; applying them does.
    """
    if current is not None:
        return dict(current.boundaries)
    with workspace.catalog.reading() as connection:
        records = select_boundary_sets(connection, select_setting(connection, COUNTRY_SETTING))
    return {grouping.value: record.id for record in records for grouping, level in LEVELS.items() if record.level == level}


def current_release(workspace: Workspace) -> ReleaseRecord | None:
    """The current release, or None before the first."""
    with workspace.catalog.reading() as connection:
        return select_current_release(connection)


def opened_boundaries(workspace: Workspace, boundaries: Mapping[str, int]) -> dict[int, BoundarySet]:
    """Boundary sets by level from their ids by grouping word."""
    return {LEVELS[Grouping(name)]: workspace.boundary_set(identity) for name, identity in boundaries.items()}


def placed(workspace: Workspace, facts: pa.Table, boundaries: Mapping[str, int]) -> Placed:
    """The schools that facts would make with these boundary sets, in the order of the facts."""
    entering(ImportStep.PLACING)
    names = _region_names(workspace) if boundaries else ()
    return place(facts, opened_boundaries(workspace, boundaries), norm=workspace.default_norm, region_names=names)


def composed(workspace: Workspace, facts: pa.Table, boundaries: Mapping[str, int]) -> Composed:
    """The release table that facts would make with these boundary sets."""
    return finish(placed(workspace, facts, boundaries))


def _region_names(workspace: Workspace) -> Iterator[tuple[str, str]]:
    """Code and name, in every language, of every region of every vintage: lists of schools often name regions as an older one did."""
    with workspace.catalog.reading() as connection:
        records = select_boundary_sets(connection, level=1)
    for record in records:
        units = workspace.boundary_set(record.id).units
        for names in units.names.values():
            yield from zip(units.codes, names, strict=True)


def publish(
    workspace: Workspace, draft: Draft, made: Composed, *, also: Callable[[Connection, ReleaseRecord], None] | None = None
) -> ReleaseRecord:
    """Write a release file and make it the current release.

    The serving copy is made before the catalog row, so that nobody waits for it once the release is current.

    Parameters
    ----------
    also
        What else belongs to the same transaction, given the new row.

    Raises
    ------
    Conflict
        Another release was published meanwhile; nothing changed.
    StoreFull, StoreUnavailable
        The file or the row could not be written; nothing changed.
    """
    new = write_release(workspace, draft, made)
    try:
        return commit_release(workspace, new, also=also)
    except Conflict:  # raised before anything was committed, so that nothing can name the file
        workspace.release_files.remove(provisional(new))
        raise


def write_release(workspace: Workspace, draft: Draft, made: Composed) -> NewRelease:
    """Write the file of a release and its copies for readers; nothing names them before `commit_release`.

    Raises
    ------
    StoreFull, StoreUnavailable
        The file could not be written.
    """
    vintages, country = _vintages(workspace, draft.boundaries)
    written = workspace.release_files.write(made.table, _metadata(draft, made, vintages, country))
    new = _new_release(draft, written, made, vintages, country)
    workspace.release_files.prepare(provisional(new))
    make_public_ahead(workspace, provisional(new))
    return new


def publish_again(workspace: Workspace, draft: Draft, former: ReleaseRecord) -> ReleaseRecord:
    """Make the file of a former release current again under a new row.

    Raises
    ------
    Conflict
        Another release was published meanwhile.
    DamagedFile
        The former file is missing or damaged.
    """
    workspace.release_files.prepare(former)
    new = NewRelease(
        parent_id=None if draft.parent is None else draft.parent.id,
        kind=draft.kind,
        file_name=former.file_name,
        sha256=former.sha256,
        byte_count=former.byte_count,
        school_count=former.school_count,
        country=former.country,
        boundaries=former.boundaries,
        vintages=former.vintages,
        sources=former.sources,
        counts=former.counts,
        reason=checked_reason(draft.reason),
        published_by=actor_name(draft.actor),
        software_version=__version__,
        undone_release_id=draft.undone_release_id,
    )
    return commit_release(workspace, new)


def checked_reason(reason: str) -> str:
    """A reason on one line.

    Raises
    ------
    Conflict
        It is too long to keep.
    """
    line = " ".join(reason.split())
    if len(line) > MAX_REASON_CHARACTERS:
        raise Conflict(f"a reason may have {MAX_REASON_CHARACTERS} characters; this one has {len(line)}")
    return line


def commit_release(
    workspace: Workspace, new: NewRelease, *, also: Callable[[Connection, ReleaseRecord], None] | None = None
) -> ReleaseRecord:
    """Make a written release the current one, and whatever else belongs to it, in one transaction.

    Raises
    ------
    Conflict
        Another release was published meanwhile; nothing changed.
    StoreFull, StoreUnavailable
        The row could not be written; nothing changed.
    """
    with workspace.catalog.transaction() as connection:
        record = insert_release(connection, new)
        if also is not None:
            also(connection, record)
        detail = {"kind": new.kind.value, "schools": new.school_count, "reason": new.reason}
        insert_audit(connection, new.published_by, "release.publish", f"release {record.id}", detail)
    LOGGER.info("published release %d of %d schools", record.id, record.school_count)
    return record


def _vintages(workspace: Workspace, boundaries: Mapping[str, int]) -> tuple[dict[str, str], str | None]:
    records = {name: workspace.boundary_record(identity) for name, identity in boundaries.items()}
    country = next((record.country for record in records.values()), None)
    return {name: record.vintage for name, record in records.items()}, country


def _metadata(draft: Draft, made: Composed, vintages: Mapping[str, str], country: str | None) -> dict[str, Any]:
    return {
        "format": FORMAT_VERSION,
        "software": __version__,
        "country": country,
        "vintages": dict(vintages),
        "parent": None if draft.parent is None else draft.parent.id,
        "sources": list(made.sources),
        "counts": dict(made.counts),
    }


def _new_release(draft: Draft, written: WrittenFile, made: Composed, vintages: Mapping[str, str], country: str | None) -> NewRelease:
    return NewRelease(
        parent_id=None if draft.parent is None else draft.parent.id,
        kind=draft.kind,
        file_name=written.file_name,
        sha256=written.sha256,
        byte_count=written.byte_count,
        school_count=made.table.num_rows,
        country=country,
        boundaries=draft.boundaries,
        vintages=vintages,
        sources=made.sources,
        counts=made.counts,
        reason=checked_reason(draft.reason),
        published_by=actor_name(draft.actor),
        software_version=__version__,
        import_id=draft.import_id,
        undone_release_id=draft.undone_release_id,
    )


def provisional(new: NewRelease) -> ReleaseRecord:
    """The row a release will probably have, to find its file by before it has one."""
    return ReleaseRecord(**asdict(new) | {"id": (new.parent_id or 0) + 1, "sources": tuple(new.sources)})
