"""Publishing of staged imports: refused where something stands against it, else one new release, whoever carries the work on."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from geo.errors import Conflict, GateNotConfirmed, HasRowErrors, NeedsConfirmation
from geo.model import ImportMode, ImportRecord, ImportState, ImportStep, JobKind, JobRecord, Key, ReleaseKind, ReleaseRecord, Role
from geo.progress import entering
from geo.services.compose import finish
from geo.services.crosswalk import remember_decisions
from geo.services.gates import require_confirmation
from geo.services.import_records import import_record
from geo.services.jobs import LEASE, Handler, JobRun
from geo.services.keys import require_role
from geo.services.mappings import remember
from geo.services.prepared import forget_prepared, publish_prepared, remove_files
from geo.services.preview import Preview, asked_by_staged, preview, row_counts
from geo.services.publishing import Draft, checked_reason, current_release, publish
from geo.services.workspace import Workspace
from geo.store import Connection, NewJob, insert_job, move_import, select_import, select_key, update_import

MAX_TRIES = 10
"""How often publishing starts again when other releases come between."""


@dataclass(frozen=True)
class Wish:
    """How somebody wants an import to be published.

    Parameters
    ----------
    accept_partial
        Whether rows with errors may be left out.
    confirm
        The confirmation token of the report, where the file goes through a gate.
    """

    accept_partial: bool = False
    reason: str = ""
    confirm: str | None = None
    actor: Key | None = None

    def as_dict(self) -> dict[str, Any]:
        """The wish as a job keeps it."""
        actor_id = None if self.actor is None else self.actor.id
        return {"accept_partial": self.accept_partial, "reason": self.reason, "confirm": self.confirm, "actor_key_id": actor_id}


def wish_from(connection: Connection, members: Mapping[str, Any]) -> Wish:
    """A wish back from a job. Whoever had the key when asking for it has asked, even if the key was revoked since."""
    key_id = members["actor_key_id"]
    actor = None if key_id is None else select_key(connection, key_id)
    return Wish(members["accept_partial"], members["reason"], members["confirm"], actor)


def require_publishable(record: ImportRecord, wish: Wish) -> None:
    """Stop a publishing that something stands against that is known before it begins.

    Raises
    ------
    Forbidden
        The key may not publish.
    NeedsConfirmation
        Something about the file was guessed and nobody has confirmed it.
    HasRowErrors
        Rows were rejected and may not be left out.
    Conflict
        The reason is too long.
    """
    require_role(wish.actor, Role.PUBLISHER)
    checked_reason(wish.reason)
    if record.state is ImportState.NEEDS_CONFIRMATION:
        raise NeedsConfirmation(
            f"import {record.id} was read by a guess that nobody has confirmed; confirm it, or say how to read the file"
        )
    report = record.report or {}
    if record.state is ImportState.STAGED and report["errors_total"]:
        _require_whole(record.id, report, accept_partial=wish.accept_partial)


def _require_whole(import_id: int, report: Mapping[str, Any], *, accept_partial: bool) -> None:
    """Stop a publishing that would leave rows out unasked, or of a whole list that would lack schools for their rows' errors."""
    told = f"import {import_id} has {report['errors_total']} row errors"
    if report.get("mode") == ImportMode.REPLACE:
        raise HasRowErrors(
            f"{told}; a file that replaces the whole list must be whole, since schools of the rows left out would be dropped"
        )
    if not accept_partial:
        raise HasRowErrors(f"{told}; mend the file, or publish without those rows on purpose")


def publish_at_once(workspace: Workspace, record: ImportRecord, wish: Wish) -> ReleaseRecord | None:
    """Publish a staged import whose release is prepared; None where it is not, so that the whole work must be done."""
    report = record.report or {}
    if record.state is not ImportState.STAGED or record.prepared is None:
        return None
    require_confirmation(record.id, report["gates"], report["confirm_token"], wish.confirm)

    def settle(connection: Connection, release: ReleaseRecord) -> None:
        _move_to_published(connection, release, ImportState.STAGED, report)

    return publish_prepared(workspace, record, reason=wish.reason, actor=wish.actor, also=settle)


def begin_publishing(workspace: Workspace, record: ImportRecord, wish: Wish, owner: str | None = None) -> JobRecord:
    """Make an import one that is being published, with the job that does it: queued, or begun by its owner.

    Raises
    ------
    Conflict
        It is not staged.
    """
    with workspace.catalog.transaction() as connection:
        if not move_import(connection, record.id, (ImportState.STAGED,), ImportState.PUBLISHING, failure=None, step=ImportStep.PUBLISHING):
            found = select_import(connection, record.id)
            state = record.state if found is None else found.state
            raise Conflict(f"import {record.id} is {state}; only a staged import can be published")
        return insert_job(connection, publish_job(record.id, wish, owner))


def publish_job(import_id: int, wish: Wish, owner: str | None = None) -> NewJob:
    """The job that publishes an import."""
    lease = None if owner is None else LEASE
    return NewJob(kind=JobKind.PUBLISH, import_id=import_id, parameters=wish.as_dict(), lease_owner=owner, lease=lease)


def _work(workspace: Workspace, run: JobRun) -> None:
    """Publish against whatever release is then current."""
    record = import_record(workspace, run.job.import_id or 0)
    with workspace.catalog.reading() as connection:
        wish = wish_from(connection, run.job.parameters)
    if record.state is not ImportState.PUBLISHING:
        with workspace.catalog.transaction() as connection:
            run.end(connection)
        return
    _publish(workspace, run, record, wish)


def _publish(workspace: Workspace, run: JobRun, record: ImportRecord, wish: Wish) -> ReleaseRecord:
    """Merge and publish against the current release, again if another one came between."""
    report = dict(record.report or {})
    if (release := _publish_prepared(workspace, run, record, wish)) is not None:
        return release
    _drop_prepared(workspace, record)
    rows = workspace.staged_files.read(record.id)
    for _ in range(MAX_TRIES):
        current = current_release(workspace)
        found = preview(workspace, rows, current, asked_by_staged(record))
        if not found.changes_anything:
            raise Conflict(f"import {record.id} would change nothing in the current release")
        published = report | found.members | {"rows": row_counts(report["read_counts"], found.outcomes)}
        _require_gates(workspace, record, published, wish.confirm)
        draft = Draft(current, ReleaseKind.IMPORT, found.boundaries, wish.reason, wish.actor, import_id=record.id)
        try:
            return _commit(workspace, run, draft, found, published)
        except Conflict:
            if current_release(workspace) == current:
                raise
    raise Conflict(f"import {record.id} could not be published: other releases kept coming; try again")


def _publish_prepared(workspace: Workspace, run: JobRun, record: ImportRecord, wish: Wish) -> ReleaseRecord | None:
    """Publish what staging prepared, where it was finished while this job waited for it."""
    report = record.report or {}
    if record.prepared is None:
        return None
    _require_gates(workspace, record, report, wish.confirm)
    entering(ImportStep.PUBLISHING)
    return publish_prepared(workspace, record, reason=wish.reason, actor=wish.actor, also=_settling(run, report))


def _drop_prepared(workspace: Workspace, record: ImportRecord) -> None:
    """A prepared release that does not fit any more never will."""
    if record.prepared is None:
        return
    with workspace.catalog.transaction() as connection:
        dropped = forget_prepared(connection, (record,))
    remove_files(workspace, dropped)


def _require_gates(workspace: Workspace, record: ImportRecord, report: Mapping[str, Any], confirm: str | None) -> None:
    """Stop at a gate that is not confirmed; the import then shows the numbers and the token as they are now."""
    try:
        require_confirmation(record.id, report["gates"], report["confirm_token"], confirm)
    except GateNotConfirmed:
        with workspace.catalog.transaction() as connection:
            update_import(connection, record.id, report=report, base_release_id=report["base_release_id"])
        raise


def _commit(workspace: Workspace, run: JobRun, draft: Draft, found: Preview, report: dict[str, Any]) -> ReleaseRecord:
    entering(ImportStep.PUBLISHING)
    return publish(workspace, draft, finish(found.made), also=_settling(run, report))


def _settling(run: JobRun, report: Mapping[str, Any]) -> Callable[[Connection, ReleaseRecord], None]:
    """Settle job and import in the transaction of the release's row: all three stand, or none."""

    def settle(connection: Connection, release: ReleaseRecord) -> None:
        run.end(connection)
        _move_to_published(connection, release, ImportState.PUBLISHING, report)

    return settle


def _move_to_published(connection: Connection, release: ReleaseRecord, state: ImportState, report: Mapping[str, Any]) -> None:
    import_id = release.import_id or 0
    changes = {"release_id": release.id, "report": dict(report), "failure": None, "step": None, "progress": 1.0}
    if not move_import(connection, import_id, (state,), ImportState.PUBLISHED, **changes):
        raise Conflict(f"import {import_id} was given up while it was being published; publish it again")
    if (record := select_import(connection, import_id)) is not None:
        remember_decisions(connection, record, decided_by=release.published_by)
        remember(connection, record, updated_by=release.published_by)


def _failed(connection: Connection, job: JobRecord, failure: Mapping[str, Any]) -> None:
    """What could not be published is staged as before, and says why."""
    move_import(connection, job.import_id or 0, (ImportState.PUBLISHING,), ImportState.STAGED, failure=dict(failure), step=None)


PUBLISHING = Handler(_work, _failed)
