"""Releases: listed, compared with what was before, and undone."""

from __future__ import annotations

from dataclasses import dataclass

import pyarrow as pa

from geo.changes import compare, without_changes_of
from geo.errors import Conflict, InvalidParameter, UndoClashes
from geo.model import Grouping, Key, ReleaseKind, ReleaseRecord, Role
from geo.services.change_list import change_list
from geo.services.coverage import unit_names
from geo.services.impact import Impact, impact, side_of
from geo.services.keys import require_role
from geo.services.publishing import Draft, composed, current_release, publish, publish_again
from geo.services.withdrawals import withdrawals_of
from geo.services.workspace import Workspace
from geo.store import select_releases


def releases(workspace: Workspace, *, limit: int = 50, before: int | None = None) -> tuple[ReleaseRecord, ...]:
    """The newest releases, newest first; those older than the release `before` where given."""
    with workspace.catalog.reading() as connection:
        return select_releases(connection, limit, before)


@dataclass(frozen=True)
class ReleaseChanges:
    """A release, another one, and what changed between them.

    Parameters
    ----------
    since
        The other release; None before the first.
    impact
        None where the other release is withdrawn, so that what it held is not told by the difference either.
    """

    release: ReleaseRecord
    since: ReleaseRecord | None
    impact: Impact | None


def release_changes(workspace: Workspace, release_id: int, *, since: int | None = None, language: str = "en") -> ReleaseChanges:
    """What changed from one release to another.

    Parameters
    ----------
    since
        The release to compare with, older or newer; the one that it was made from where not given.

    Raises
    ------
    NotFound
        There is no such release.
    Withdrawn
        One of the two is out of public reach.
    InvalidParameter
        Both are the same.
    """
    record, other, is_told = _two_releases(workspace, release_id, since)
    if not is_told:
        return ReleaseChanges(record, other, None)
    before = None if other is None else side_of(workspace.opened(other))
    names = unit_names(workspace, record, Grouping.ADMIN1, language)
    found = impact(before, side_of(workspace.opened(record)), norm=workspace.default_norm, names=names)
    return ReleaseChanges(record, other, found)


def changes_table(workspace: Workspace, release_id: int, *, since: int | None = None) -> pa.Table:
    """Every change from one release to another, a row a school and column; see `geo.services.change_list`.

    Raises
    ------
    NotFound, Withdrawn, InvalidParameter
        As `release_changes`; a withdrawn parent counts as asked for.
    """
    record, other, is_told = _two_releases(workspace, release_id, since)
    if not is_told and other is not None:
        workspace.release(other.id)
    after = workspace.opened(record).table
    before = after.slice(0, 0) if other is None else workspace.opened(other).table
    return change_list(compare(before, after))


def _two_releases(workspace: Workspace, release_id: int, since: int | None) -> tuple[ReleaseRecord, ReleaseRecord | None, bool]:
    """The release, the one it is compared with, and whether the difference may be told."""
    record = workspace.release(release_id)
    if since is not None:
        if since == release_id:
            raise InvalidParameter("a release is compared with another one, not with itself", parameter="since", code="invalid_since")
        return record, workspace.release(since), True
    if record.parent_id is None:
        return record, None, True
    parent = workspace.release_record(record.parent_id)
    return record, parent, not withdrawals_of(workspace, (parent,))


def undo_release(workspace: Workspace, release_id: int, *, actor: Key | None = None, reason: str = "") -> ReleaseRecord:
    """Remove the effect of a release by publishing a new one.

    Undoing the current release names its parent's file again; undoing an older one takes only its own changes out.

    Raises
    ------
    Forbidden
        The key may not publish.
    NotFound
        There is no such release.
    Conflict
        It is the first release, or another was published meanwhile.
    UndoClashes
        Later releases changed the same facts, or its boundaries were replaced since.
    """
    require_role(actor, Role.PUBLISHER)
    record, current = workspace.release_record(release_id), workspace.release()
    if record.parent_id is None:
        raise Conflict(f"release {record.id} is the first: there is nothing before it to go back to")
    parent = workspace.release_record(record.parent_id)
    if record.id == current.id and withdrawals_of(workspace, (parent,)):
        raise Conflict(f"release {record.id} cannot be undone: release {parent.id}, which would be current again, was withdrawn")
    reason = reason or f"Undo release {record.id}"
    if record.id == current.id:
        draft = Draft(current, ReleaseKind.UNDO, parent.boundaries, reason, actor, undone_release_id=record.id)
        return publish_again(workspace, draft, parent)
    boundaries = _boundaries_without(record, parent, current)
    undone = without_changes_of(*(workspace.opened(release).table for release in (parent, record, current)))
    if undone.clashes_total:
        first = ", ".join(f"{column} of {school_id}" for school_id, column in undone.clashes[:3])
        message = f"release {record.id} cannot be undone: later releases changed the same {undone.clashes_total} facts, such as {first}"
        raise UndoClashes(message, clashes=undone.clashes, clashes_total=undone.clashes_total)
    draft = Draft(current, ReleaseKind.UNDO, boundaries, reason, actor, undone_release_id=record.id)
    return publish(workspace, draft, composed(workspace, undone.facts, boundaries))


def _boundaries_without(record: ReleaseRecord, parent: ReleaseRecord, current: ReleaseRecord) -> dict[str, int]:
    """Boundary sets of the current release, those that the undone one brought taken back."""
    boundaries = dict(current.boundaries)
    for name in sorted({*record.boundaries, *parent.boundaries}):
        former, brought, now = parent.boundaries.get(name), record.boundaries.get(name), current.boundaries.get(name)
        if former in (brought, now):
            continue
        if now != brought:
            raise UndoClashes(f"release {record.id} cannot be undone: its boundaries of {name} were replaced since", clashes_total=1)
        if former is None:
            boundaries.pop(name, None)
        else:
            boundaries[name] = former
    return boundaries


__all__ = ["ReleaseChanges", "changes_table", "current_release", "release_changes", "releases", "undo_release"]
