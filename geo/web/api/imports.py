"""/api/v1/imports: upload a file, read what is wrong with it and what it would change, publish or discard it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from flask import Response, jsonify, url_for

from geo.errors import Forbidden
from geo.model import ImportRecord, ImportState, Key, ReleaseRecord, Role
from geo.services import imports as service
from geo.services.idempotency import done_once
from geo.services.import_change_list import import_changes
from geo.services.imports import Wish
from geo.services.preview import problem_members
from geo.web.api.blueprint import ApiBlueprint
from geo.web.api.csv_tables import csv_response, table_response
from geo.web.api.idempotency import PARAMETER as IDEMPOTENCY_HEADER
from geo.web.api.idempotency import once_only
from geo.web.api.import_bodies import FORM_BODY, ImportChangesSchema, PublishSchema
from geo.web.api.import_documents import PROBLEM_COLUMNS, ImportSchema, import_document, problem_rows
from geo.web.api.releases import ReleaseSchema, release_document
from geo.web.current import workspace
from geo.web.forms import UploadForm, read_upload_form
from geo.web.guard import is_allowed
from geo.web.readers import MAX_ID
from geo.web.sessions import current_key

WORKING = (ImportState.QUEUED, ImportState.READING, ImportState.PUBLISHING)
IMPORT = f"/imports/<int(max={MAX_ID}):import_id>"
blueprint = ApiBlueprint("imports", __name__, description="Uploaded files, from reading to publishing")


@blueprint.route("/imports", methods=["POST"])
@blueprint.needs_key
@blueprint.described(requestBody=FORM_BODY, parameters=[IDEMPOTENCY_HEADER])
@blueprint.accepts()
@blueprint.response(201, ImportSchema, description="Staged, or published with publish=true")
@blueprint.alt_response(200, schema=ImportSchema, description="The file would change nothing", success=True)
@blueprint.alt_response(202, schema=ImportSchema, description="Still reading; ask again at Location", success=True)
def create_import() -> Response:
    """Upload a file

    Nothing public changes until it is published. With row errors it is staged all the same, `publishable` is false and `errors` says why.
    """
    form, key = read_upload_form(), current_key()
    wish, once = _wish(form, key), once_only(form, key)
    start = partial(service.start_import, workspace(), form.data, file_name=form.file_name, options=form.options, publish=wish, actor=key)
    return _import_response(start() if once is None else done_once(workspace(), once, lambda claim: start(also=claim)))


def _wish(form: UploadForm, key: Key | None) -> Wish | None:
    """How the file is to be published once it is read, where nothing stands against it."""
    if not form.publishes:
        return None
    if not is_allowed(key, Role.PUBLISHER):
        raise Forbidden("'publish' needs a key with the role publisher; without it the file is staged for a publisher.")
    return Wish(form.accepts_partial, form.reason, form.confirm, key)


def _import_response(found: ImportRecord, status: int = 201) -> Response:
    """An import; 202 while it is worked on, 200 where it would change nothing."""
    response = jsonify(import_document(found))
    is_unchanged = found.state is ImportState.DISCARDED and bool((found.report or {}).get("unchanged"))
    response.status_code = 202 if found.state in WORKING else 200 if is_unchanged else status
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


@blueprint.route(IMPORT, methods=["PATCH"])
@blueprint.needs_key
@blueprint.accepts()
@blueprint.takes_json(ImportChangesSchema)
@blueprint.response(200, ImportSchema)
@blueprint.alt_response(202, schema=ImportSchema, description="Still reading; ask again at Location", success=True)
def change_import(import_id: int, body: Mapping[str, Any]) -> Response:
    """Change how an import is read and what it may do

    The file is read again with the options that result. Members that are not sent stay as they are. Only before it is published.
    """
    return _import_response(service.change_import(workspace(), import_id, body, actor=current_key()), 200)


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


@blueprint.route(f"{IMPORT}/changes.csv")
@blueprint.needs_key
@blueprint.accepts()
@blueprint.response(200, {"type": "string"}, content_type="text/csv")
def get_import_changes(import_id: int) -> Response:
    """Every change that an import would make, or made

    As CSV, a row a school and column: school_id, school_name, change, column, before, after.
    """
    return table_response(import_changes(workspace(), import_id), f"import-{import_id}-changes.csv")


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
@blueprint.alt_response(202, schema=ImportSchema, description="Still publishing; ask again at Location", success=True)
def publish_import(import_id: int, body: Mapping[str, Any]) -> Response:
    """Publish a staged import

    Makes a new release. Refused (409) with row errors unless `accept_partial` is true, while something that was guessed is not confirmed,
    and with gates that `confirm` does not confirm.
    """
    found = service.start_publishing(workspace(), import_id, Wish(**body, actor=current_key()))
    return _import_response(found) if found.release_id is None else _release_response(workspace().release(found.release_id))


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
