"""What a person asks for about imports: upload, read again, publish, discard, and every problem that was found."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from geo.intake.problems import fix, sentence
from geo.model import ImportState, RowProblem
from geo.services.attending import import_record
from geo.services.import_changes import change_import
from geo.services.import_jobs import (
    discard_import,
    publish_import,
    reread_import,
    stage_import,
    start_import,
    start_publishing,
)
from geo.services.import_publishing import Wish
from geo.services.import_records import imports
from geo.services.options import ImportOptions
from geo.services.preview import asked_by_staged, by_weight, problem_from
from geo.services.row_notes import as_asked, found_problems, schools_problems
from geo.services.staging import read_kept
from geo.services.workspace import Workspace

__all__ = [
    "ImportOptions",
    "Wish",
    "change_import",
    "describe_problem",
    "discard_import",
    "import_problems",
    "import_record",
    "imports",
    "publish_import",
    "reread_import",
    "stage_import",
    "start_import",
    "start_publishing",
    "uploaded_file",
]


def import_problems(workspace: Workspace, import_id: int) -> tuple[RowProblem, ...]:
    """Every problem of an import, errors first: read again from the file as it was uploaded.

    Raises
    ------
    NotFound
        There is no such import, or its files are not kept any more.
    """
    record = import_record(workspace, import_id)
    if record.failure is not None and record.state is ImportState.FAILED:
        member = record.failure.get("problem")
        return () if member is None else (problem_from(member),)
    told = (*read_kept(workspace, record).problems, *found_problems(workspace.staged_files.read(import_id)))
    return by_weight((*schools_problems(record.report or {}), *as_asked(told, asked_by_staged(record).rules)))


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
