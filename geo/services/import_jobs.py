"""Imports as work: begun by whoever asks, carried on by whoever attends to it, settled once."""

from __future__ import annotations

import threading
from collections.abc import Callable

from geo.errors import Conflict
from geo.model import ImportRecord, ImportState, JobKind, JobState, Key, ReleaseRecord, Role
from geo.services import import_records
from geo.services.attending import HANDLERS, awaited, import_record, settled
from geo.services.import_publishing import Wish, begin_publishing, publish_at_once, require_publishable
from geo.services.jobs import new_owner, run_job
from geo.services.keys import actor_name, require_role
from geo.services.options import ImportOptions
from geo.services.prepared import forget_prepared, remove_files
from geo.services.staging import keep_upload, read_anew, stage_job
from geo.services.workspace import Workspace
from geo.store import Connection, cancel_jobs_of, insert_audit, move_import, select_import, select_last_job


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
    return settled(workspace, record.id, job)


def start_import(
    workspace: Workspace,
    data: bytes,
    *,
    file_name: str,
    options: ImportOptions | None = None,
    publish: Wish | None = None,
    actor: Key | None = None,
    also: Callable[[Connection, ImportRecord], None] | None = None,
) -> ImportRecord:
    """Keep a file and have it read; after `WAIT_S` seconds the import is given as it then stands, while the work goes on.

    Parameters
    ----------
    publish
        How to publish it once it is read, where nothing stands against it; else it stays staged.
    also
        What else belongs to the transaction of the import's row, given the row.

    Raises
    ------
    Forbidden, FileRefused
        As `stage_import`; a refusal that comes later is the import's `failure`.
    """
    if publish is not None:
        require_role(actor, Role.PUBLISHER)
    options = options or ImportOptions()
    record, job = keep_upload(workspace, data, file_name=file_name, options=options, actor=actor, job=stage_job(publish), also=also)
    return awaited(workspace, record.id, job)


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
    return awaited(workspace, import_id, read_anew(workspace, record, options, stage_job()))


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
        release = workspace.release(settled(workspace, import_id, job).release_id)
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
    return awaited(workspace, import_id, begin_publishing(workspace, record, wish))


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
