"""Imports: a file is kept, read, matched and previewed; then published as a new release, or discarded. Nothing before that is public."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as FutureTimeout
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from geo.errors import Conflict, FileRefused, HasRowErrors, NotFound, QosylError
from geo.intake import Parsed, ReadOptions, read_upload
from geo.intake.problems import fix, sentence
from geo.model import ImportRecord, ImportState, Key, ReleaseKind, ReleaseRecord, Role, RowProblem
from geo.services.keys import actor_name, require_role
from geo.services.preview import Preview, by_weight, join_problems, preview, problem_from, problem_members, report_of, row_counts
from geo.services.publishing import COUNTRY_SETTING, Draft, checked_reason, current_release, publish
from geo.services.workspace import Workspace
from geo.store import (
    Connection,
    NewImport,
    insert_audit,
    insert_import,
    move_import,
    select_import,
    select_imports,
    select_setting,
)

LOGGER = logging.getLogger("qosyl.services")

WAIT_S = 1.0
"""How long an upload waits for its report before it is told to ask again."""
ABANDONED_AFTER = timedelta(minutes=15)
"""An import that has been reading or publishing for longer has lost its worker."""
MAX_TRIES = 5
"""How often publishing starts again when other releases come between."""
MAX_FILE_NAME_CHARACTERS = 255

_WORKERS = ThreadPoolExecutor(max_workers=2, thread_name_prefix="import")
"""Threads that read uploads; more would only take turns on the same cores."""


@dataclass(frozen=True)
class ImportOptions:
    """How a file is to be read.

    Parameters
    ----------
    mapping
        Column of the file → our name, where the spelling is not one we know.
    constants
        Our name → value for every row, where the file has no such column.
    source
        Who reported the facts, where the rows do not say.
    """

    mapping: Mapping[str, str] = field(default_factory=dict)
    constants: Mapping[str, str] = field(default_factory=dict)
    source: str | None = None


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


def import_record(workspace: Workspace, import_id: int) -> ImportRecord:
    """An import as it stands; one whose worker is gone is given up first.

    Raises
    ------
    NotFound
        There is no such import.
    """
    with workspace.catalog.reading() as connection:
        record = select_import(connection, import_id)
    if record is None:
        raise NotFound(f"there is no import {import_id}")
    return _given_up(workspace, record) if _is_abandoned(record) else record


def imports(workspace: Workspace, *, limit: int = 50, before: int | None = None) -> tuple[ImportRecord, ...]:
    """The newest imports, newest first; those older than the import `before` where given."""
    with workspace.catalog.reading() as connection:
        return select_imports(connection, limit, before)


def publish_import(
    workspace: Workspace, import_id: int, *, accept_partial: bool = False, reason: str = "", actor: Key | None = None
) -> ReleaseRecord:
    """Publish a staged import as a new release, against whatever release is then current.

    Raises
    ------
    Forbidden
        The key may not publish.
    HasRowErrors
        Rows were rejected and `accept_partial` was not given.
    Conflict
        The import is not staged, would change nothing, or others kept publishing meanwhile.
    """
    require_role(actor, Role.PUBLISHER)
    checked_reason(reason)
    record = import_record(workspace, import_id)
    report = record.report or {}
    if record.state is ImportState.STAGED and report["errors_total"] and not accept_partial:
        raise HasRowErrors(
            f"import {import_id} has {report['errors_total']} row errors; mend the file, or publish without those rows on purpose"
        )
    if not _move(workspace, import_id, (ImportState.STAGED,), ImportState.PUBLISHING):
        state = import_record(workspace, import_id).state
        raise Conflict(f"import {import_id} is {state}; only a staged import can be published")
    try:
        return _publish(workspace, record, reason=reason, actor=actor)
    except BaseException:
        _move(workspace, import_id, (ImportState.PUBLISHING,), ImportState.STAGED)
        raise


def discard_import(workspace: Workspace, import_id: int, *, actor: Key | None = None) -> ImportRecord:
    """Discard an import that is not published; its file goes after some days.

    Raises
    ------
    Forbidden
        The key may not upload.
    Conflict
        It is published, or being published.
    """
    require_role(actor, Role.CONTRIBUTOR)
    record = import_record(workspace, import_id)
    open_states = (ImportState.QUEUED, ImportState.READING, ImportState.NEEDS_CONFIRMATION, ImportState.STAGED)
    with workspace.catalog.transaction() as connection:
        if not move_import(connection, import_id, open_states, ImportState.DISCARDED):
            raise Conflict(f"import {import_id} is {record.state}; it cannot be discarded")
        insert_audit(connection, actor_name(actor), "import.discard", f"import {import_id}")
    workspace.staged_files.remove(import_id)
    return import_record(workspace, import_id)


def import_problems(workspace: Workspace, import_id: int) -> tuple[RowProblem, ...]:
    """Every problem of an import, errors first: read again from the file as it was uploaded.

    Raises
    ------
    NotFound
        There is no such import, or its files are not kept any more.
    """
    record = import_record(workspace, import_id)
    if record.failure is not None:
        member = record.failure.get("problem")
        return () if member is None else (problem_from(member),)
    return by_weight((*_read(workspace, record).problems, *join_problems(workspace.staged_files.read(import_id))))


def describe_problem(problem: Mapping[str, Any], translate: Callable[[str], str] = str) -> dict[str, str]:
    """Sentence and remedy of a problem as a report keeps it, in the language of `translate` (a gettext function)."""
    record = problem_from(problem)
    return {"sentence": sentence(record, translate), "fix": fix(record, translate)}


def _keep(workspace: Workspace, data: bytes, *, file_name: str, options: ImportOptions, actor: Key | None) -> ImportRecord:
    """Keep the file byte for byte and give it a row, before anything of it is read."""
    require_role(actor, Role.CONTRIBUTOR)
    sha256 = workspace.upload_files.keep(data)
    kept = {"mapping": dict(options.mapping), "constants": dict(options.constants), "read_on": datetime.now(UTC).date().isoformat()}
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
    _move(workspace, record.id, (ImportState.QUEUED,), ImportState.READING)
    try:
        parsed = _read(workspace, record)
        current = current_release(workspace)
        found = preview(workspace, parsed.table, current, import_id=record.id, may_add=parsed.has_coordinates)
        report = report_of(parsed, found)
        name = workspace.staged_files.write(record.id, found.rows)
    except FileRefused as error:
        _fail(workspace, record, error)
        raise
    except BaseException as error:
        _move(workspace, record.id, (ImportState.READING,), ImportState.FAILED, failure=_failure_of(error))
        raise
    state = ImportState.DISCARDED if report["unchanged"] else ImportState.STAGED
    base = None if current is None else current.id
    _move(workspace, record.id, (ImportState.READING,), state, report=report, staged_file=name, base_release_id=base, progress=1.0)
    return import_record(workspace, record.id)


def _read(workspace: Workspace, record: ImportRecord) -> Parsed:
    with workspace.catalog.reading() as connection:
        country = select_setting(connection, COUNTRY_SETTING)
    constants = dict(record.options["constants"])
    if record.source:
        constants.setdefault("data_source", record.source)
    options = ReadOptions(
        mapping=record.options["mapping"],
        constants=constants,
        max_rows=workspace.settings.max_rows,
        today=date.fromisoformat(record.options["read_on"]),
        country=country,
    )
    return read_upload(workspace.upload_files.read(record.file_sha256), options=options)


def _fail(workspace: Workspace, record: ImportRecord, error: FileRefused) -> None:
    failure = _failure_of(error) | {"problem": problem_members(error.problem)}
    _move(workspace, record.id, (ImportState.READING,), ImportState.FAILED, failure=failure)
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


def _publish(workspace: Workspace, record: ImportRecord, *, reason: str, actor: Key | None) -> ReleaseRecord:
    """Merge and publish against the current release, again if another one came between."""
    rows = workspace.staged_files.read(record.id)
    report = dict(record.report or {})
    for _ in range(MAX_TRIES):
        current = current_release(workspace)
        found = preview(workspace, rows, current, import_id=record.id, may_add=report["has_coordinates"])
        if not found.changes_anything:
            raise Conflict(f"import {record.id} would change nothing in the current release")
        published = report | found.members | {"rows": row_counts(report["read_counts"], found.outcomes)}
        draft = Draft(current, ReleaseKind.IMPORT, found.boundaries, reason, actor, import_id=record.id)
        try:
            return _commit(workspace, draft, found, published)
        except Conflict:
            if current_release(workspace) == current:
                raise
    raise Conflict(f"import {record.id} could not be published: other releases kept coming; try again")


def _commit(workspace: Workspace, draft: Draft, found: Preview, report: dict[str, Any]) -> ReleaseRecord:
    def finish(connection: Connection, release: ReleaseRecord) -> None:
        import_id = release.import_id or 0
        moved = move_import(connection, import_id, (ImportState.PUBLISHING,), ImportState.PUBLISHED, release_id=release.id, report=report)
        if not moved:
            raise Conflict(f"import {import_id} was given up while it was being published; publish it again")

    return publish(workspace, draft, found.made, also=finish)


def _move(workspace: Workspace, import_id: int, from_states: Iterable[ImportState], to_state: ImportState, **changes: Any) -> bool:
    with workspace.catalog.transaction() as connection:
        return move_import(connection, import_id, tuple(from_states), to_state, **changes)


_WORKING = (ImportState.QUEUED, ImportState.READING, ImportState.PUBLISHING)


def _is_abandoned(record: ImportRecord) -> bool:
    return record.state in _WORKING and datetime.now(UTC) - record.updated_at > ABANDONED_AFTER


def _given_up(workspace: Workspace, record: ImportRecord) -> ImportRecord:
    """An unfinished publish is staged again, since its release was never named; an unfinished reading has failed."""
    if record.state is ImportState.PUBLISHING:
        _move(workspace, record.id, (ImportState.PUBLISHING,), ImportState.STAGED)
    else:
        failure = {"code": "abandoned", "detail": "the service stopped while it was reading the file; upload it again"}
        _move(workspace, record.id, (record.state,), ImportState.FAILED, failure=failure)
    with workspace.catalog.reading() as connection:
        found = select_import(connection, record.id)
    return found or record
