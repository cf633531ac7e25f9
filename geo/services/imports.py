"""Imports after staging: published as a new release, discarded, and asked for every problem that was found."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from geo.errors import Conflict, GateNotConfirmed, HasRowErrors, NeedsConfirmation
from geo.intake.problems import fix, sentence
from geo.model import ImportMode, ImportRecord, ImportState, Key, ReleaseKind, ReleaseRecord, Role, RowProblem
from geo.services.compose import finish
from geo.services.gates import require_confirmation
from geo.services.import_records import import_record, imports, move
from geo.services.keys import actor_name, require_role
from geo.services.options import ImportOptions
from geo.services.preview import Preview, asked_by_staged, by_weight, join_problems, preview, problem_from, row_counts
from geo.services.publishing import Draft, checked_reason, current_release, publish
from geo.services.staging import read_kept, stage_import, start_import
from geo.services.workspace import Workspace
from geo.store import Connection, insert_audit, move_import, update_import

MAX_TRIES = 5
"""How often publishing starts again when other releases come between."""

__all__ = [
    "ImportOptions",
    "describe_problem",
    "discard_import",
    "import_problems",
    "import_record",
    "imports",
    "publish_import",
    "stage_import",
    "start_import",
    "uploaded_file",
]


def publish_import(
    workspace: Workspace,
    import_id: int,
    *,
    accept_partial: bool = False,
    reason: str = "",
    confirm: str | None = None,
    actor: Key | None = None,
) -> ReleaseRecord:
    """Publish a staged import as a new release, against whatever release is then current.

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
    require_role(actor, Role.PUBLISHER)
    checked_reason(reason)
    record = import_record(workspace, import_id)
    report = record.report or {}
    if record.state is ImportState.NEEDS_CONFIRMATION:
        raise NeedsConfirmation(
            f"import {import_id} was read by a guess that nobody has confirmed; confirm it, or say how to read the file"
        )
    if record.state is ImportState.STAGED and report["errors_total"]:
        _require_whole(import_id, report, accept_partial=accept_partial)
    if not move(workspace, import_id, (ImportState.STAGED,), ImportState.PUBLISHING):
        state = import_record(workspace, import_id).state
        raise Conflict(f"import {import_id} is {state}; only a staged import can be published")
    try:
        return _publish(workspace, record, reason=reason, confirm=confirm, actor=actor)
    except BaseException:
        move(workspace, import_id, (ImportState.PUBLISHING,), ImportState.STAGED)
        raise


def _require_whole(import_id: int, report: Mapping[str, Any], *, accept_partial: bool) -> None:
    """Stop a publishing that would leave rows out unasked, or of a whole list that would lack schools for their rows' errors."""
    told = f"import {import_id} has {report['errors_total']} row errors"
    if report.get("mode") == ImportMode.REPLACE:
        raise HasRowErrors(
            f"{told}; a file that replaces the whole list must be whole, since schools of the rows left out would be dropped"
        )
    if not accept_partial:
        raise HasRowErrors(f"{told}; mend the file, or publish without those rows on purpose")


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
    return by_weight((*read_kept(workspace, record).problems, *join_problems(workspace.staged_files.read(import_id))))


def uploaded_file(workspace: Workspace, import_id: int) -> bytes:
    """The file of an import, byte for byte as it came.

    Raises
    ------
    NotFound
        There is no such import, or its file is not kept any more.
    DamagedFile
        The stored file is not what came.
    """
    return workspace.upload_files.read(import_record(workspace, import_id).file_sha256)


def describe_problem(problem: Mapping[str, Any], translate: Callable[[str], str] = str) -> dict[str, str]:
    """Sentence and remedy of a problem as a report keeps it, in the language of `translate` (a gettext function)."""
    record = problem_from(problem)
    return {"sentence": sentence(record, translate), "fix": fix(record, translate)}


def _publish(workspace: Workspace, record: ImportRecord, *, reason: str, confirm: str | None, actor: Key | None) -> ReleaseRecord:
    """Merge and publish against the current release, again if another one came between."""
    rows = workspace.staged_files.read(record.id)
    report = dict(record.report or {})
    for _ in range(MAX_TRIES):
        current = current_release(workspace)
        found = preview(workspace, rows, current, asked_by_staged(record))
        if not found.changes_anything:
            raise Conflict(f"import {record.id} would change nothing in the current release")
        published = report | found.members | {"rows": row_counts(report["read_counts"], found.outcomes)}
        _require_gates(workspace, record, published, confirm)
        draft = Draft(current, ReleaseKind.IMPORT, found.boundaries, reason, actor, import_id=record.id)
        try:
            return _commit(workspace, draft, found, published)
        except Conflict:
            if current_release(workspace) == current:
                raise
    raise Conflict(f"import {record.id} could not be published: other releases kept coming; try again")


def _require_gates(workspace: Workspace, record: ImportRecord, report: dict[str, Any], confirm: str | None) -> None:
    """Stop at a gate that is not confirmed; the import then shows the numbers and the token as they are now."""
    try:
        require_confirmation(record.id, report["gates"], report["confirm_token"], confirm)
    except GateNotConfirmed:
        with workspace.catalog.transaction() as connection:
            update_import(connection, record.id, report=report, base_release_id=report["base_release_id"])
        raise


def _commit(workspace: Workspace, draft: Draft, found: Preview, report: dict[str, Any]) -> ReleaseRecord:
    def settle(connection: Connection, release: ReleaseRecord) -> None:
        import_id = release.import_id or 0
        moved = move_import(connection, import_id, (ImportState.PUBLISHING,), ImportState.PUBLISHED, release_id=release.id, report=report)
        if not moved:
            raise Conflict(f"import {import_id} was given up while it was being published; publish it again")

    return publish(workspace, draft, finish(found.made), also=settle)
