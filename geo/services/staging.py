"""Staging: an uploaded file is kept byte for byte, read, matched and previewed. Nothing of it is public before it is published."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as FutureTimeout
from datetime import UTC, date, datetime
from typing import Any

from geo.errors import FileRefused, QosylError
from geo.intake import Parsed, read_upload
from geo.model import ImportRecord, ImportState, Key, Role
from geo.services.import_records import import_record, move
from geo.services.keys import actor_name, require_role
from geo.services.options import ImportOptions
from geo.services.preview import asked_of, preview, problem_members, report_of
from geo.services.publishing import COUNTRY_SETTING, current_release
from geo.services.workspace import Workspace
from geo.store import NewImport, insert_audit, insert_import, select_setting

LOGGER = logging.getLogger("qosyl.services")

WAIT_S = 1.0
"""How long an upload waits for its report before it is told to ask again."""
MAX_FILE_NAME_CHARACTERS = 255

_WORKERS = ThreadPoolExecutor(max_workers=2, thread_name_prefix="import")
"""Threads that read uploads; more would only take turns on the same cores."""


def stage_import(
    workspace: Workspace, data: bytes, *, file_name: str, options: ImportOptions | None = None, actor: Key | None = None
) -> ImportRecord:
    """Keep a file, read it to the end and say what it would change.

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
    record = _keep(workspace, data, file_name=file_name, options=options or ImportOptions(), actor=actor)
    return _stage(workspace, record)


def start_import(
    workspace: Workspace, data: bytes, *, file_name: str, options: ImportOptions | None = None, actor: Key | None = None
) -> ImportRecord:
    """As `stage_import`, but after `WAIT_S` seconds answers with the import as it then stands while reading goes on.

    Raises
    ------
    Forbidden, FileRefused
        As `stage_import`; a refusal that comes later is the import's `failure`.
    """
    record = _keep(workspace, data, file_name=file_name, options=options or ImportOptions(), actor=actor)
    future: Future[ImportRecord] = _WORKERS.submit(_stage_quietly, workspace, record)
    try:
        return future.result(timeout=WAIT_S)
    except FutureTimeout:
        return import_record(workspace, record.id)


def _keep(workspace: Workspace, data: bytes, *, file_name: str, options: ImportOptions, actor: Key | None) -> ImportRecord:
    """Keep the file byte for byte and give it a row, before anything of it is read."""
    require_role(actor, Role.CONTRIBUTOR)
    sha256 = workspace.upload_files.keep(data)
    kept = options.as_dict() | {"read_on": datetime.now(UTC).date().isoformat()}
    with workspace.catalog.transaction() as connection:
        record = insert_import(
            connection,
            NewImport(
                file_name=file_name[:MAX_FILE_NAME_CHARACTERS],
                file_sha256=sha256,
                byte_count=len(data),
                created_by=actor_name(actor),
                created_by_key_id=None if actor is None else actor.id,
                options=kept,
                source=options.source,
            ),
        )
        insert_audit(connection, record.created_by, "import.upload", f"import {record.id}", {"sha256": sha256, "bytes": len(data)})
    return record


def _stage_quietly(workspace: Workspace, record: ImportRecord) -> ImportRecord:
    try:
        return _stage(workspace, record)
    except QosylError:
        raise
    except Exception:
        LOGGER.exception("import %d failed", record.id)
        raise


def _stage(workspace: Workspace, record: ImportRecord) -> ImportRecord:
    """Read and preview a kept file; the report is stored with the import."""
    move(workspace, record.id, (ImportState.QUEUED,), ImportState.READING)
    try:
        parsed = read_kept(workspace, record)
        current = current_release(workspace)
        found = preview(workspace, parsed.table, current, asked_of(workspace, record, parsed))
        report = report_of(parsed, found)
        name = workspace.staged_files.write(record.id, found.rows)
    except FileRefused as error:
        _fail(workspace, record, error)
        raise
    except BaseException as error:
        move(workspace, record.id, (ImportState.READING,), ImportState.FAILED, failure=_failure_of(error))
        raise
    state = _state_of(report)
    base = None if current is None else current.id
    move(workspace, record.id, (ImportState.READING,), state, report=report, staged_file=name, base_release_id=base, progress=1.0)
    return import_record(workspace, record.id)


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


def _fail(workspace: Workspace, record: ImportRecord, error: FileRefused) -> None:
    failure = _failure_of(error) | {"problem": problem_members(error.problem)}
    move(workspace, record.id, (ImportState.READING,), ImportState.FAILED, failure=failure)
    if error.wipe:
        workspace.upload_files.wipe(record.file_sha256)
        with workspace.catalog.transaction() as connection:
            insert_audit(connection, record.created_by, "import.wipe", f"import {record.id}", {"code": error.problem.code})


def _failure_of(error: BaseException) -> dict[str, Any]:
    """What the import keeps of a failure; the text of an unknown one stays in the log."""
    if isinstance(error, FileRefused):
        return {"code": error.problem.code, "detail": str(error)}
    if isinstance(error, QosylError):
        return {"code": error.code, "detail": str(error)}
    return {"code": "internal_error", "detail": "reading stopped because of a fault in the service; nothing was published"}
