"""Releases: listed, compared with what was before, and undone."""

from __future__ import annotations

from dataclasses import dataclass

from geo.changes import without_changes_of
from geo.errors import Conflict, UndoClashes
from geo.model import Grouping, Key, ReleaseKind, ReleaseRecord, Role
from geo.services.coverage import unit_names
from geo.services.impact import Impact, impact, side_of
from geo.services.keys import require_role
from geo.services.publishing import Draft, composed, current_release, publish, publish_again
from geo.services.workspace import Workspace
from geo.store import select_releases


def releases(workspace: Workspace, *, limit: int = 50, before: int | None = None) -> tuple[ReleaseRecord, ...]:
    """The newest releases, newest first; those older than the release `before` where given."""
    with workspace.catalog.reading() as connection:
        return select_releases(connection, limit, before)


@dataclass(frozen=True)
class ReleaseChanges:
    """A release, the one it was made from, and what changed between them."""

    release: ReleaseRecord
    parent: ReleaseRecord | None
    impact: Impact


def release_changes(workspace: Workspace, release_id: int, *, language: str = "en") -> ReleaseChanges:
    """What a release changed; its file's rows against its parent's.

    Raises
    ------
    NotFound
        There is no such release.
    """
    record = workspace.release(release_id)
    parent = None if record.parent_id is None else workspace.release(record.parent_id)
    before = None if parent is None else side_of(workspace.opened(parent))
    names = unit_names(workspace, record, Grouping.ADMIN1, language)
    found = impact(before, side_of(workspace.opened(record)), norm=workspace.default_norm, names=names)
    return ReleaseChanges(record, parent, found)


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
    record, current = workspace.release(release_id), workspace.release()
    if record.parent_id is None:
        raise Conflict(f"release {record.id} is the first: there is nothing before it to go back to")
    parent = workspace.release(record.parent_id)
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


__all__ = ["ReleaseChanges", "current_release", "release_changes", "releases", "undo_release"]
