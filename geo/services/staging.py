"""Staging: an uploaded file is kept byte for byte, read, matched and previewed. Nothing of it is public before it is published."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

from geo.errors import Conflict, FileRefused, QosylError
from geo.intake import Parsed, read_upload
from geo.model import ImportRecord, ImportState, ImportStep, JobKind, JobRecord, Key, ReleaseRecord, Role
from geo.progress import entering
from geo.services.gates import require_confirmation
from geo.services.import_publishing import Wish, publish_job, require_publishable, wish_from
from geo.services.import_records import import_record
from geo.services.jobs import LEASE, Handler, JobRun
from geo.services.keys import actor_name, require_role
from geo.services.mappings import as_remembered
from geo.services.options import ImportOptions
from geo.services.prepared import forget_prepared, prepare_release, remove_files
from geo.services.preview import Preview, asked_of, preview, report_of
from geo.services.publishing import COUNTRY_SETTING, current_release
from geo.services.workspace import Workspace
from geo.store import (
    Connection,
    NewImport,
    NewJob,
    cancel_jobs_of,
    insert_audit,
    insert_import,
    insert_job,
    move_import,
    select_import,
    select_setting,
)

MAX_FILE_NAME_CHARACTERS = 255


def keep_upload(
    workspace: Workspace,
    data: bytes,
    *,
    file_name: str,
    options: ImportOptions,
    actor: Key | None,
    job: NewJob,
    also: Callable[[Connection, ImportRecord], None] | None = None,
) -> tuple[ImportRecord, JobRecord]:
    """Keep a file byte for byte, and in one transaction its row, the job that reads it, and what else belongs to it.

    Raises
    ------
    Forbidden
        The key may not upload.
    StoreFull, StoreUnavailable
        It cannot be kept; nothing changed.
    """
    require_role(actor, Role.CONTRIBUTOR)
    sha256 = workspace.upload_files.keep(data)
    new = NewImport(
        file_name=file_name[:MAX_FILE_NAME_CHARACTERS],
        file_sha256=sha256,
        byte_count=len(data),
        created_by=actor_name(actor),
        created_by_key_id=None if actor is None else actor.id,
        options=kept_options(as_remembered(workspace, options)),
        source=options.source,
    )
    with workspace.catalog.transaction() as connection:
        record = insert_import(connection, new)
        if also is not None:
            also(connection, record)
        insert_audit(connection, record.created_by, "import.upload", f"import {record.id}", {"sha256": sha256, "bytes": len(data)})
        return record, insert_job(connection, _for_import(job, record.id))


def read_anew(workspace: Workspace, record: ImportRecord, options: ImportOptions, job: NewJob) -> JobRecord:
    """Make an import that was read one that is to be read with other options; what was found and prepared before is forgotten.

    Raises
    ------
    NotFound
        Its file is not kept any more.
    Conflict
        It is being worked on, published or given up.
    """
    workspace.upload_files.path(record.file_sha256)
    read = [ImportState.NEEDS_CONFIRMATION, ImportState.STAGED, ImportState.FAILED]
    if (record.report or {}).get("unchanged"):
        read.append(ImportState.DISCARDED)  # by ourselves, since as it was read it would change nothing
    kept = kept_options(as_remembered(workspace, options))
    changes: dict[str, Any] = {"options": kept, "source": options.source, "failure": None, "progress": 0.0}
    with workspace.catalog.transaction() as connection:
        before = select_import(connection, record.id)
        if not move_import(connection, record.id, read, ImportState.QUEUED, report=None, staged_file=None, **changes):
            raise Conflict(f"import {record.id} is {(before or record).state}; only one that is not published yet is read again")
        dropped = forget_prepared(connection, (before or record,))
        cancel_jobs_of(connection, record.id)  # that which still prepares the release of what was read before
        made = insert_job(connection, _for_import(job, record.id))
    workspace.staged_files.remove(record.id)
    remove_files(workspace, dropped)
    return made


def stage_job(wish: Wish | None = None, owner: str | None = None) -> NewJob:
    """The job that reads an import, and has it published as well where that is wished and nothing stands against it."""
    parameters = {} if wish is None else {"publish": wish.as_dict()}
    lease = None if owner is None else LEASE
    return NewJob(kind=JobKind.STAGE, parameters=parameters, lease_owner=owner, lease=lease)


def _for_import(job: NewJob, import_id: int) -> NewJob:
    return NewJob(kind=job.kind, import_id=import_id, parameters=job.parameters, lease_owner=job.lease_owner, lease=job.lease)


def kept_options(options: ImportOptions) -> dict[str, Any]:
    """Options as the import's row has them, with the day whose rules about dates hold for the file."""
    return options.as_dict() | {"read_on": datetime.now(UTC).date().isoformat()}


def _work(workspace: Workspace, run: JobRun) -> None:
    """Read and preview a kept file; the report is stored with the import, and then its release is written ahead."""
    record = _begun(workspace, run)
    if record is None:
        return
    current = current_release(workspace)
    found, report = _previewed(workspace, record, current)
    entering(ImportStep.WRITING)
    name = workspace.staged_files.write(record.id, found.rows)
    changes = {"report": report, "staged_file": name, "base_release_id": report["base_release_id"], "progress": 1.0, "step": None}
    goes_on = _settle(workspace, run, record, changes=changes, found=found)
    made, boundaries = found.made, found.boundaries
    del found  # its rows, of which there may be millions, are not needed any more
    if goes_on:
        prepare_release(workspace, run, record, made=made, base=current, boundaries=boundaries)


def _previewed(workspace: Workspace, record: ImportRecord, current: ReleaseRecord | None) -> tuple[Preview, dict[str, Any]]:
    """What a kept file would do, and the report of it."""
    try:
        parsed = read_kept(workspace, record)
    except FileRefused as error:
        if error.wipe:
            _wipe(workspace, record, error)
        raise
    found = preview(workspace, parsed.table, current, asked_of(workspace, record, parsed))
    return found, report_of(parsed, found)


def _begun(workspace: Workspace, run: JobRun) -> ImportRecord | None:
    """The import, being read from now on; None, and the job done, where another worker got past that before it died."""
    with workspace.catalog.transaction() as connection:
        run.hold(connection)
        working = (ImportState.QUEUED, ImportState.READING)
        if not move_import(connection, run.job.import_id or 0, working, ImportState.READING, step=ImportStep.READING):
            run.end(connection)
            return None
    return import_record(workspace, run.job.import_id or 0)


def _settle(workspace: Workspace, run: JobRun, record: ImportRecord, *, changes: Mapping[str, Any], found: Preview) -> bool:
    """Store what was found; whether the job goes on, to prepare the release that the import would become."""
    state = _state_of(changes["report"])
    prepares = state is ImportState.STAGED and found.changes_anything
    with workspace.catalog.transaction() as connection:
        run.hold(connection)
        wish = _wish(connection, run, replace(record, state=state, report=changes["report"])) if prepares else None
        if wish is not None:
            state, prepares = ImportState.PUBLISHING, False
            insert_job(connection, publish_job(record.id, wish))
        if not move_import(connection, record.id, (ImportState.READING,), state, **changes):
            raise Conflict(f"import {record.id} was given up while it was being read")
        if not prepares:
            run.end(connection)
    return prepares


def _wish(connection: Connection, run: JobRun, staged: ImportRecord) -> Wish | None:
    """How the import is to be published at once, where that was wished and nothing stands against it."""
    if "publish" not in run.job.parameters:
        return None
    wish = wish_from(connection, run.job.parameters["publish"])
    report = staged.report or {}
    try:
        require_publishable(staged, wish)
        require_confirmation(staged.id, report["gates"], report["confirm_token"], wish.confirm)
    except QosylError:
        return None
    return wish


def _state_of(report: Mapping[str, Any]) -> ImportState:
    """Where an import stands once it was read: a guess must be confirmed before the file counts for anything."""
    if report["questions"]:
        return ImportState.NEEDS_CONFIRMATION
    return ImportState.DISCARDED if report["unchanged"] else ImportState.STAGED


def read_kept(workspace: Workspace, record: ImportRecord) -> Parsed:
    """Read the kept file of an import as it was read when it was uploaded.

    Raises
    ------
    NotFound
        The file is not kept any more.
    FileRefused
        It cannot be staged at all.
    """
    with workspace.catalog.reading() as connection:
        country = select_setting(connection, COUNTRY_SETTING)
    chosen = ImportOptions.from_dict(record.options, source=record.source)
    today = date.fromisoformat(record.options["read_on"])
    options = chosen.read_options(max_rows=workspace.settings.max_rows, today=today, country=country)
    return read_upload(workspace.upload_files.read(record.file_sha256), options=options)


def _wipe(workspace: Workspace, record: ImportRecord, error: FileRefused) -> None:
    """Remove a file about persons for good, before anything else is written about it."""
    workspace.upload_files.wipe(record.file_sha256)
    with workspace.catalog.transaction() as connection:
        insert_audit(connection, record.created_by, "import.wipe", f"import {record.id}", {"code": error.problem.code})


def _failed(connection: Connection, job: JobRecord, failure: Mapping[str, Any]) -> None:
    """What could not be read has failed; what was read before its release could be prepared stays staged."""
    working = (ImportState.QUEUED, ImportState.READING)
    move_import(connection, job.import_id or 0, working, ImportState.FAILED, failure=dict(failure), step=None)


STAGING = Handler(_work, _failed)
