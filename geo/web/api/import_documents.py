"""Imports as the API gives them: their schemas, and the documents made from what the catalog keeps."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import marshmallow as ma
from flask import url_for

from geo.model import OUTCOMES, ImportRecord, ImportState, ImportStep, Severity
from geo.services import imports as service
from geo.services.imports import ImportOptions
from geo.web.api.fields import flag, moment, nested, number, record, text, whole
from geo.web.api.releases import instant

PROBLEM_COLUMNS = ("line", "column", "code", "severity", "value", "sentence", "fix")
REPORT_MEMBERS = (
    "detected",
    "columns",
    "units",
    "mapping_from",
    "sample",
    "has_coordinates",
    "tiers",
    "schools_without_row",
    "facts_changed",
    "facts_stale",
    "problems_by_code",
    "impact",
    "mode",
    "empty",
    "schools_removed",
    "schools_kept_in_doubt",
    "questions",
    "value_suggestions",
    "suggestions",
    "checks",
    "gates",
    "confirm_token",
)


class ProblemRowSchema(ma.Schema):
    """One thing that is wrong, odd or worth saying about a file."""

    line = whole("Physical line in the file, null for the whole file.", is_nullable=True)
    column = text("The column, null for the whole row.", is_nullable=True)
    code = text("Stable word for programs.")
    severity = text("Only errors keep a file from being published as it is.", words=Severity)
    value = text("The cell as sent, cut; null where it is not shown.", is_nullable=True)
    sentence = text("What is wrong.")
    fix = text("What to do about it.")


class ImportSchema(ma.Schema):
    """One uploaded file and where it stands."""

    id = whole("Id of the import.")
    state = text("Where it stands.", words=ImportState)
    file_name = text("The name it was uploaded under; only text.")
    sha256 = text("sha256 of the file, hexadecimal.")
    byte_count = whole("Size of the file in bytes.")
    source = text("Who reported the facts, where the rows do not say.", is_nullable=True)
    options = record(
        "How it is read: `map`, `set`, `encoding`, `sheet`, `header_line`, `values`, `units`; what it may do: `mode`, `empty`."
    )
    created_at = moment("When it was uploaded.")
    updated_at = moment("When it last moved.")
    created_by = text("Who uploaded it.")
    progress = number("How much of the reading is done, 0 to 1.", is_nullable=False)
    step = text("What is being done with it just now; null while nothing is.", words=ImportStep, is_nullable=True)
    base_release_id = whole("The release that the report compares with.", is_nullable=True)
    release_id = whole("The release that it became.", is_nullable=True)
    publishable = flag("Whether it can be published as it is: staged, without row errors, and it changes something.")
    unchanged = flag("Whether it would change nothing.")
    rows = record(f"Rows by outcome: rows_in is the sum of {', '.join(OUTCOMES)}.", is_nullable=True)
    errors = nested(ProblemRowSchema, "The first errors, at most 1,000.", is_list=True)
    errors_total = whole("How many errors there are.")
    notices = nested(ProblemRowSchema, "The first warnings and notices, which never block.", is_list=True)
    report = record("How the file was read, what matched, and what would change; null until it was read.", is_nullable=True)
    failure = record("Why it could not be staged: code, detail, errors.", is_nullable=True)
    links = record("Addresses of the import, its list of errors, and its release.")


def problem_rows(problems: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Problems of a report with their sentences, in English as the whole API."""
    return [{**_shown(problem), **service.describe_problem(problem)} for problem in problems]


def _shown(problem: Mapping[str, Any]) -> dict[str, Any]:
    return {name: problem[name] for name in ("line", "column", "code", "severity", "value")}


def import_document(found: ImportRecord) -> dict[str, Any]:
    """An import as the API gives it."""
    report = found.report or {}
    problems = problem_rows(report.get("problems", ()))
    links = {"self": url_for("imports.get_import", import_id=found.id), "errors": url_for("imports.get_import_errors", import_id=found.id)}
    if report:
        links["changes"] = url_for("imports.get_import_changes", import_id=found.id)
    if found.release_id is not None:
        links["release"] = url_for("releases.get_release", release_id=found.release_id)
    return {
        "id": found.id,
        "state": found.state.value,
        "file_name": found.file_name,
        "sha256": found.file_sha256,
        "byte_count": found.byte_count,
        "source": found.source,
        "options": _options(found),
        "created_at": instant(found.created_at),
        "updated_at": instant(found.updated_at),
        "created_by": found.created_by,
        "progress": found.progress,
        "step": None if found.step is None else found.step.value,
        "base_release_id": found.base_release_id,
        "release_id": found.release_id,
        "publishable": found.state is ImportState.STAGED and bool(report.get("publishable")),
        "unchanged": bool(report.get("unchanged")),
        "rows": report.get("rows"),
        "errors": [problem for problem in problems if problem["severity"] == Severity.ERROR],
        "errors_total": report.get("errors_total", 0),
        "notices": [problem for problem in problems if problem["severity"] != Severity.ERROR],
        "report": {name: report[name] for name in REPORT_MEMBERS if name in report} if report else None,
        "failure": _failure(found.failure),
        "links": links,
    }


def _options(found: ImportRecord) -> dict[str, Any]:
    """Options by the names that uploads and changes give them."""
    options = ImportOptions.from_dict(found.options, source=found.source).as_dict()
    shown = {name: options[name] for name in ("encoding", "sheet", "header_line", "values", "units", "mode", "empty")}
    return {"map": options["mapping"], "set": options["constants"], **shown}


def _failure(failure: Mapping[str, Any] | None) -> dict[str, Any] | None:
    if failure is None:
        return None
    problem = failure.get("problem")
    errors = problem_rows([problem]) if problem else []
    return {"code": failure["code"], "detail": failure["detail"], "errors": errors, "errors_total": len(errors)}
