"""Imports for signed-in people: the list, the upload, the report of one file, and what to do with it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import flash, redirect, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from geo.errors import FileRefused, NoRelease
from geo.model import OUTCOMES, Grouping, ImportRecord, ImportState, Role
from geo.services import imports as service
from geo.services.coverage import unit_names
from geo.services.preview import problem_members
from geo.web.current import workspace
from geo.web.forms import FILE, read_upload_form
from geo.web.guard import is_allowed
from geo.web.languages import language
from geo.web.pages.blueprint import blueprint, subject
from geo.web.pages.figures import number
from geo.web.pages.links import signed_in_key
from geo.web.pages.sentences import school_name
from geo.web.pages.translation import gettext, ngettext, url_for
from geo.web.pages.wording import FAILURE_WORDS
from geo.web.params import read_query
from geo.web.readers import MAX_ID

PAGE_LENGTH = 30
IMPORT = f"/imports/<int(max={MAX_ID}):import_id>"
WORKING = (ImportState.QUEUED, ImportState.READING, ImportState.PUBLISHING)
OPEN = (ImportState.QUEUED, ImportState.READING, ImportState.NEEDS_CONFIRMATION, ImportState.STAGED)
MAX_LISTED = 100
"""Problems and schools that a report lists on its page; files hold them all."""
CELL_CHARACTERS = 60


@blueprint.get("/imports")
def imports() -> str:
    """List what was uploaded, and take another file."""
    return _listed(None)


def _listed(problem: Mapping[str, str] | None) -> str:
    before = None if request.method == "POST" else read_query(request.args, ("before", "lang")).get("before")
    records = service.imports(workspace(), limit=PAGE_LENGTH + 1, before=before)
    return render_template(
        "imports.html",
        records=records[:PAGE_LENGTH],
        subject=subject(),
        older=records[PAGE_LENGTH - 1].id if len(records) > PAGE_LENGTH else None,
        problem=problem,
        file_field=FILE,
        max_upload_mb=workspace().settings.max_upload_mb,
    )


@blueprint.post("/imports")
def create_import() -> AnyResponse | tuple[str, int]:
    """Take a file, read it, and show its report."""
    form = read_upload_form()
    try:
        found = service.start_import(workspace(), form.data, file_name=form.file_name, options=form.options, actor=signed_in_key())
    except FileRefused as error:
        return _listed(service.describe_problem(problem_members(error.problem), gettext)), 422
    return redirect(url_for("pages.import_report", import_id=found.id), 303)


@blueprint.get(IMPORT)
def import_report(import_id: int) -> str:
    """Show how a file was read, what is wrong with it, what matched, and what would change."""
    read_query(request.args, ("lang",))
    return _report(service.import_record(workspace(), import_id))


def _report(record: ImportRecord) -> str:
    report = record.report or {}
    failure = (record.failure or {}).get("problem")
    shown = [problem | service.describe_problem(problem, gettext) for problem in report.get("problems", ())[:MAX_LISTED]]
    return render_template(
        "import.html",
        record=record,
        subject=subject(),
        report=report,
        rows=[(outcome, report["rows"][outcome]) for outcome in OUTCOMES if report["rows"][outcome]] if report else [],
        problems=shown,
        failure=service.describe_problem(failure, gettext) if failure else None,
        failure_words=_failure_words(record),
        promise=promise(report) if report else "",
        names=_region_names(),
        is_working=record.state in WORKING,
        is_open=record.state in OPEN,
        may_publish=is_allowed(signed_in_key(), Role.PUBLISHER),
        school_name=school_name,
        cell=_cell,
        max_listed=MAX_LISTED,
    )


def _failure_words(record: ImportRecord) -> str:
    """Why a file could not be read to the end, where that is not a problem of the file."""
    failure = record.failure or {}
    return str(FAILURE_WORDS.get(failure.get("code", ""), failure.get("detail", "")))


def promise(report: Mapping[str, Any]) -> str:
    """What publishing will do, in one sentence ("412 schools change in 6 regions")."""
    impact = report["impact"]
    schools, regions = impact["schools_total"], len([region for region in impact["regions"] if region["admin1"]])
    changed = ngettext("%(count)s school changes", "%(count)s schools change", schools, count=number(schools))
    if not regions:
        return changed
    where = ngettext("in %(count)s region", "in %(count)s regions", regions, count=number(regions))
    return f"{changed} {where}"


def _region_names() -> Mapping[str, str]:
    try:
        return unit_names(workspace(), workspace().release(), Grouping.ADMIN1, language())
    except NoRelease:
        return {}


def _cell(value: Any) -> str:
    """A cell of the sample as text, cut."""
    text = "" if value is None else str(value)
    return text if len(text) <= CELL_CHARACTERS else f"{text[:CELL_CHARACTERS]}…"


@blueprint.post(f"{IMPORT}/publish")
def publish_import(import_id: int) -> AnyResponse:
    """Publish a staged file as a new release."""
    release = service.publish_import(
        workspace(),
        import_id,
        accept_partial=request.form.get("accept_partial") == "true",
        reason=request.form.get("reason", ""),
        actor=signed_in_key(),
    )
    flash(gettext("Published as release %(id)s.", id=release.id), "good")
    return redirect(url_for("pages.release", release_id=release.id), 303)


@blueprint.post(f"{IMPORT}/discard")
def discard_import(import_id: int) -> AnyResponse:
    """Discard a file that is not published."""
    service.discard_import(workspace(), import_id, actor=signed_in_key())
    flash(gettext("Import %(id)s is discarded. Nothing was published.", id=import_id), "good")
    return redirect(url_for("pages.imports"), 303)
