"""/api/v1/imports: upload a file, read what is wrong with it and what it would change, publish or discard it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import marshmallow as ma
from flask import Response, jsonify, url_for

from geo.errors import Forbidden
from geo.model import OUTCOMES, ImportRecord, ImportState, ReleaseRecord, Role, Severity
from geo.services import imports as service
from geo.services.preview import problem_members
from geo.web.api.blueprint import ApiBlueprint
from geo.web.api.coverage import csv_response
from geo.web.api.fields import flag, moment, nested, number, record, text, whole
from geo.web.api.releases import ReleaseSchema, instant, release_document
from geo.web.current import workspace
from geo.web.forms import FIELDS, FILE, UploadForm, read_upload_form
from geo.web.guard import is_allowed
from geo.web.readers import MAX_ID
from geo.web.sessions import current_key

WORKING = (ImportState.QUEUED, ImportState.READING, ImportState.PUBLISHING)
PROBLEM_COLUMNS = ("line", "column", "code", "severity", "value", "sentence", "fix")
REPORT_MEMBERS = (
    "detected",
    "columns",
    "sample",
    "has_coordinates",
    "tiers",
    "schools_without_row",
    "facts_changed",
    "facts_stale",
    "problems_by_code",
    "impact",
)
IMPORT = f"/imports/<int(max={MAX_ID}):import_id>"
blueprint = ApiBlueprint("imports", __name__, description="Uploaded files, from reading to publishing")

FORM_BODY = {
    "required": True,
    "content": {
        "multipart/form-data": {
            "schema": {
                "type": "object",
                "required": [FILE],
                "properties": {
                    FILE: {"type": "string", "format": "binary", "description": "The file, with a header: CSV, XLSX or ODS."},
                    **{name: field.as_schema() for name, field in FIELDS.items()},
                },
            }
        }
    },
}


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
    options = record("The options `map` and `set` that it was uploaded with.")
    created_at = moment("When it was uploaded.")
    updated_at = moment("When it last moved.")
    created_by = text("Who uploaded it.")
    progress = number("How much of the reading is done, 0 to 1.", is_nullable=False)
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


class PublishSchema(ma.Schema):
    """How an import is published."""

    accept_partial = ma.fields.Boolean(
        load_default=False, truthy={True}, falsy={False}, metadata={"description": "Publish without the rows that have errors."}
    )
    reason = ma.fields.String(
        load_default="", validate=ma.validate.Length(max=500), metadata={"description": "Why, for the list of releases and the log."}
    )


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
    if found.release_id is not None:
        links["release"] = url_for("releases.get_release", release_id=found.release_id)
    return {
        "id": found.id,
        "state": found.state.value,
        "file_name": found.file_name,
        "sha256": found.file_sha256,
        "byte_count": found.byte_count,
        "source": found.source,
        "options": {"map": dict(found.options.get("mapping", {})), "set": dict(found.options.get("constants", {}))},
        "created_at": instant(found.created_at),
        "updated_at": instant(found.updated_at),
        "created_by": found.created_by,
        "progress": found.progress,
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


def _failure(failure: Mapping[str, Any] | None) -> dict[str, Any] | None:
    if failure is None:
        return None
    problem = failure.get("problem")
    errors = problem_rows([problem]) if problem else []
    return {"code": failure["code"], "detail": failure["detail"], "errors": errors, "errors_total": len(errors)}


@blueprint.route("/imports", methods=["POST"])
@blueprint.needs_key
@blueprint.accepts()
@blueprint.described(requestBody=FORM_BODY)
@blueprint.response(201, ImportSchema, description="Staged, or published with publish=true")
@blueprint.alt_response(200, schema=ImportSchema, description="The file would change nothing", success=True)
@blueprint.alt_response(202, schema=ImportSchema, description="Still reading; ask again at Location", success=True)
def create_import() -> Response:
    """Upload a file

    Nothing public changes until it is published. With row errors it is staged all the same, `publishable` is false and `errors` says why.
    """
    form = read_upload_form()
    if form.publishes:
        return _stage_and_publish(form)
    found = service.start_import(workspace(), form.data, file_name=form.file_name, options=form.options, actor=current_key())
    return _import_response(found)


def _stage_and_publish(form: UploadForm) -> Response:
    """Stage to the end, and publish where nothing stands against it."""
    key = current_key()
    if not is_allowed(key, Role.PUBLISHER):
        raise Forbidden("'publish' needs a key with the role publisher; without it the file is staged for a publisher.")
    found = service.stage_import(workspace(), form.data, file_name=form.file_name, options=form.options, actor=key)
    report = found.report or {}
    if found.state is ImportState.STAGED and (report["publishable"] or (form.accepts_partial and not report["unchanged"])):
        service.publish_import(workspace(), found.id, accept_partial=form.accepts_partial, reason=form.reason, actor=key)
        found = service.import_record(workspace(), found.id)
    return _import_response(found)


def _import_response(found: ImportRecord) -> Response:
    response = jsonify(import_document(found))
    response.status_code = 202 if found.state in WORKING else 200 if (found.report or {}).get("unchanged") else 201
    response.headers["Location"] = url_for("imports.get_import", import_id=found.id)
    if response.status_code == 202:
        response.headers["Retry-After"] = "1"
    return response


@blueprint.route(IMPORT)
@blueprint.needs_key
@blueprint.accepts()
@blueprint.response(200, ImportSchema)
def get_import(import_id: int) -> Response:
    """One import and its report"""
    return jsonify(import_document(service.import_record(workspace(), import_id)))


@blueprint.route(f"{IMPORT}/errors.csv")
@blueprint.needs_key
@blueprint.accepts()
@blueprint.response(200, {"type": "string"}, content_type="text/csv")
def get_import_errors(import_id: int) -> Response:
    """Every problem of an import

    As CSV, errors first: line, column, code, severity, value, sentence, fix.
    """
    rows = problem_rows(problem_members(problem) for problem in service.import_problems(workspace(), import_id))
    return csv_response(rows, list(PROBLEM_COLUMNS), f"import-{import_id}-errors.csv")


@blueprint.route(f"{IMPORT}/file")
@blueprint.needs_key
@blueprint.accepts()
@blueprint.response(200, {"type": "string", "format": "binary"}, content_type="application/octet-stream")
def get_import_file(import_id: int) -> Response:
    """The uploaded file of an import

    Byte for byte as it came, under a name of ours. 404 once it is not kept any more: files of imports that were not published go
    after seven days.
    """
    response = Response(service.uploaded_file(workspace(), import_id), mimetype="application/octet-stream")
    response.headers["Content-Disposition"] = f'attachment; filename="import-{import_id}.upload"'
    return response


@blueprint.route(f"{IMPORT}/publish", methods=["POST"])
@blueprint.needs_key
@blueprint.accepts()
@blueprint.takes_json(PublishSchema)
@blueprint.response(201, ReleaseSchema)
def publish_import(import_id: int, body: Mapping[str, Any]) -> Response:
    """Publish a staged import

    Makes a new release. Refused (409) with row errors unless `accept_partial` is true.
    """
    key = current_key()
    release = service.publish_import(workspace(), import_id, accept_partial=body["accept_partial"], reason=body["reason"], actor=key)
    return _release_response(release)


def _release_response(release: ReleaseRecord) -> Response:
    response = jsonify(release_document(release, release.id))
    response.status_code = 201
    response.headers["Location"] = url_for("releases.get_release", release_id=release.id)
    return response


@blueprint.route(IMPORT, methods=["DELETE"])
@blueprint.needs_key
@blueprint.accepts()
@blueprint.response(200, ImportSchema)
def discard_import(import_id: int) -> Response:
    """Discard an import that is not published"""
    return jsonify(import_document(service.discard_import(workspace(), import_id, actor=current_key())))
