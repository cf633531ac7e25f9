"""Imports as work: begun by whoever asks, carried on by whichever process is there, waited for as long as a person would.

Who does the work: a worker process of this machine where there is one (`flask worker`, which `serve` starts too), else a thread of
the process that was asked. Whoever dies is replaced after its lease, by a worker or by the process that is asked about the import next.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from functools import partial
from typing import Any

from geo import errors
from geo.errors import Conflict, FileRefused, GateNotConfirmed, QosylError
from geo.model import ImportRecord, ImportState, JobKind, JobRecord, JobState, Key, ReleaseRecord, Role
from geo.services import import_records
from geo.services.background import Found
from geo.services.import_publishing import PUBLISHING, Wish, begin_publishing, publish_at_once, require_publishable
from geo.services.jobs import Handlers, give_back_all, new_owner, run_job, work_once
from geo.services.keys import actor_name, require_role
from geo.services.options import ImportOptions
from geo.services.prepared import forget_prepared, remove_files
from geo.services.preview import problem_from
from geo.services.staging import STAGING, keep_upload, read_anew, stage_job
from geo.services.workspace import Workspace
from geo.store import cancel_jobs_of, insert_audit, move_import, select_import, select_job, select_last_job

__all__ = [
    "HANDLERS",
    "STOP_S",
    "attend",
    "discard_import",
    "give_back_all",
    "import_record",
    "publish_import",
    "reread_import",
    "stage_import",
    "start_import",
    "start_publishing",
    "work_until",
]

HANDLERS: Handlers = {JobKind.STAGE: STAGING, JobKind.PUBLISH: PUBLISHING}

WAIT_S = 1.0
"""How long whoever asks waits for the end of the work before being told to ask again."""
POLL_S = 1.0
"""How often an idle worker process looks for jobs that nobody rang for: those of other machines and of the dead."""
STOP_S = 5.0
"""How long a worker process that stops waits for its job to come to a boundary."""
_LOOK_S = (0.01, 0.02, 0.03, 0.05)

WORKING = (ImportState.QUEUED, ImportState.READING, ImportState.PUBLISHING)


def stage_import(
    workspace: Workspace, data: bytes, *, file_name: str, options: ImportOptions | None = None, actor: Key | None = None
) -> ImportRecord:
    """Keep a file, read it to the end in this thread and say what it would change.

    Returns
    -------
    The import: staged, or discarded because it would change nothing.

    Raises
    ------
    Forbidden
        The key may not upload.
    FileRefused
        The file cannot be staged at all; the import is `failed`.
    """
    begun = stage_job(owner=new_owner())
    record, job = keep_upload(workspace, data, file_name=file_name, options=options or ImportOptions(), actor=actor, job=begun)
    run_job(workspace, job, HANDLERS, threading.Event())
    return _settled(workspace, record.id, job)


def start_import(
    workspace: Workspace,
    data: bytes,
    *,
    file_name: str,
    options: ImportOptions | None = None,
    publish: Wish | None = None,
    actor: Key | None = None,
) -> ImportRecord:
    """Keep a file and have it read; after `WAIT_S` seconds the import is given as it then stands, while the work goes on.

    Parameters
    ----------
    publish
        How to publish it once it is read, where nothing stands against it; else it stays staged.

    Raises
    ------
    Forbidden, FileRefused
        As `stage_import`; a refusal that comes later is the import's `failure`.
    """
    if publish is not None:
        require_role(actor, Role.PUBLISHER)
    options = options or ImportOptions()
    record, job = keep_upload(workspace, data, file_name=file_name, options=options, actor=actor, job=stage_job(publish))
    return _awaited(workspace, record.id, job)


def reread_import(workspace: Workspace, import_id: int, options: ImportOptions, *, actor: Key | None = None) -> ImportRecord:
    """Read an import again with other options, as `start_import` reads it first.

    Raises
    ------
    Forbidden
        The key may not upload.
    NotFound
        Its file is not kept any more.
    Conflict
        The import is being worked on, published or given up.
    """
    require_role(actor, Role.CONTRIBUTOR)
    record = import_records.import_record(workspace, import_id)
    return _awaited(workspace, import_id, read_anew(workspace, record, options, stage_job()))


def publish_import(
    workspace: Workspace,
    import_id: int,
    *,
    accept_partial: bool = False,
    reason: str = "",
    confirm: str | None = None,
    actor: Key | None = None,
) -> ReleaseRecord:
    """Publish a staged import as a new release, against whatever release is then current; to the end, in this thread.

    Parameters
    ----------
    confirm
        The confirmation token of the report, where the file goes through a gate.

    Raises
    ------
    Forbidden
        The key may not publish.
    HasRowErrors
        Rows were rejected and `accept_partial` was not given, or the file is taken for the whole list.
    NeedsConfirmation
        Something about the file was guessed and nobody has confirmed it.
    GateNotConfirmed
        The file goes through a gate that the token given does not confirm, such as one for numbers that have changed since.
    Conflict
        The import is not staged, would change nothing, or others kept publishing meanwhile.
    """
    wish = Wish(accept_partial, reason, confirm, actor)
    record = import_records.import_record(workspace, import_id)
    require_publishable(record, wish)
    release = publish_at_once(workspace, record, wish)
    if release is None:
        job = begin_publishing(workspace, record, wish, new_owner())
        run_job(workspace, job, HANDLERS, threading.Event())
        release = workspace.release(_settled(workspace, import_id, job).release_id)
    return release


def start_publishing(workspace: Workspace, import_id: int, wish: Wish) -> ImportRecord:
    """Have a staged import published; after `WAIT_S` seconds the import is given as it then stands, while the work goes on.

    Returns
    -------
    The import: published, or being published.

    Raises
    ------
    Forbidden, HasRowErrors, NeedsConfirmation, GateNotConfirmed, Conflict
        As `publish_import`; a refusal that comes later is the import's `failure`, and it is staged as before.
    """
    record = import_record(workspace, import_id)
    require_publishable(record, wish)
    if publish_at_once(workspace, record, wish) is not None:
        return import_record(workspace, import_id)
    return _awaited(workspace, import_id, begin_publishing(workspace, record, wish))


def discard_import(workspace: Workspace, import_id: int, *, actor: Key | None = None) -> ImportRecord:
    """Give up an import that is not published: cancelled while it waits or is read, else discarded. Its file goes after some days.

    Raises
    ------
    Forbidden
        The key may not upload.
    Conflict
        It is over, published, or being published.
    """
    require_role(actor, Role.CONTRIBUTOR)
    record = import_records.import_record(workspace, import_id)
    with workspace.catalog.transaction() as connection:
        is_cancelled = move_import(connection, import_id, (ImportState.QUEUED, ImportState.READING), ImportState.CANCELLED, step=None)
        open_states = [ImportState.NEEDS_CONFIRMATION, ImportState.STAGED]
        last = select_last_job(connection, import_id)
        if last is not None and last.kind is JobKind.PUBLISH and last.state is JobState.QUEUED:
            open_states.append(ImportState.PUBLISHING)  # nobody has begun
        if not is_cancelled and not move_import(connection, import_id, open_states, ImportState.DISCARDED, step=None):
            found = select_import(connection, import_id) or record
            raise Conflict(f"import {import_id} is {found.state}; it cannot be discarded")
        cancel_jobs_of(connection, import_id)
        action = "import.cancel" if is_cancelled else "import.discard"
        insert_audit(connection, actor_name(actor), action, f"import {import_id}")
        given_up = select_import(connection, import_id) or record
        dropped = forget_prepared(connection, (given_up,))
    workspace.staged_files.remove(import_id)
    remove_files(workspace, dropped)
    return import_records.import_record(workspace, import_id)


def import_record(workspace: Workspace, import_id: int) -> ImportRecord:
    """An import as it stands; where it is being worked on, somebody is seen to be there for it.

    Raises
    ------
    NotFound
        There is no such import.
    """
    record = import_records.import_record(workspace, import_id)
    if record.state in WORKING:
        attend(workspace)
    return record


def attend(workspace: Workspace) -> None:
    """See to it that somebody works on what is unfinished: a worker process of this machine, or else threads of this one."""
    if not workspace.bell.ring():
        workspace.background.ensure(partial(work_once, workspace, HANDLERS, workspace.background.stopping))


def work_until(workspace: Workspace, stopping: threading.Event) -> None:
    """Work on jobs until told to stop; what a worker process does.

    Raises
    ------
    StoreUnavailable
        The data directory cannot be used.
    """
    with workspace.bell.listen() as listener:
        while not stopping.is_set():
            try:
                found = work_once(workspace, HANDLERS, stopping)
            except QosylError:  # locked or away; it may come back
                found = Found.OTHERS_WORK
            if found is not Found.WORK:
                listener.wait(POLL_S)


def _awaited(workspace: Workspace, import_id: int, job: JobRecord) -> ImportRecord:
    attend(workspace)
    end = time.monotonic() + WAIT_S
    look = iter(_LOOK_S)
    pause = 0.0
    record = import_records.import_record(workspace, import_id)
    while record.state in WORKING and time.monotonic() < end:
        pause = next(look, pause)
        time.sleep(pause)
        record = import_records.import_record(workspace, import_id)
    return _told(workspace, record, job)


def _settled(workspace: Workspace, import_id: int, job: JobRecord) -> ImportRecord:
    """An import whose work has ended, even where another worker had to end it."""
    record = import_record(workspace, import_id)
    while record.state in WORKING:
        time.sleep(_LOOK_S[-1])
        record = import_record(workspace, import_id)
    return _told(workspace, record, job)


def _told(workspace: Workspace, record: ImportRecord, job: JobRecord) -> ImportRecord:
    """The import, or the refusal of the work that was asked for.

    Raises
    ------
    QosylError
        What the job was refused for.
    RuntimeError
        It failed for a fault in the service.
    """
    if record.state in WORKING or record.failure is None:
        return record
    with workspace.catalog.reading() as connection:
        found = select_job(connection, job.id)
    if found is None or found.failure is None:
        return record
    raise refusal_from(found.failure)


_REFUSALS: Mapping[str, type[QosylError]] = {
    kind.code: kind
    for kind in (
        errors.Conflict,
        errors.HasRowErrors,
        errors.InvalidParameter,
        errors.NeedsConfirmation,
        errors.NotFound,
        errors.StoreFull,
        errors.StoreUnavailable,
    )
}


def refusal_from(failure: Mapping[str, Any]) -> Exception:
    """What a job was refused for, from what was kept of it."""
    if failure.get("problem"):
        return FileRefused(problem_from(failure["problem"]), failure["detail"])
    if failure["code"] == GateNotConfirmed.code:
        return GateNotConfirmed(failure["detail"], gates=failure["gates"], confirm_token=failure["confirm_token"])
    kind = _REFUSALS.get(failure["code"])
    return RuntimeError(f"a job failed ({failure['code']}); the log of who did it says why") if kind is None else kind(failure["detail"])
