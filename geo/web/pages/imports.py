"""Imports for signed-in people: the list, the upload, the report of one file, and what to do with it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import flash, jsonify, redirect, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from geo.errors import FileRefused, GateNotConfirmed, NoRelease, NotFound
from geo.model import EmptyCells, Grouping, ImportMode, ImportRecord, ImportState, ReleaseRecord, Role
from geo.render.change_map import mark_path
from geo.services import imports as service
from geo.services.coverage import unit_names
from geo.services.mappings import list_mappings
from geo.services.preview import problem_members
from geo.web.current import workspace
from geo.web.forms import FIELDS, FILE, read_upload_form
from geo.web.guard import is_allowed
from geo.web.languages import language
from geo.web.pages import import_report as shown
from geo.web.pages.blueprint import blueprint, subject
from geo.web.pages.import_gates import gate_lines
from geo.web.pages.import_pictures import impact_map
from geo.web.pages.import_words import CHOSEN_ENCODINGS, COLUMN_WORDS, STAGE_WORDS
from geo.web.pages.links import signed_in_key
from geo.web.pages.sentences import school_name
from geo.web.pages.translation import gettext, url_for
from geo.web.pages.wording import FAILURE_WORDS
from geo.web.params import read_query
from geo.web.readers import MAX_ID

PAGE_LENGTH = 30
IMPORT = f"/imports/<int(max={MAX_ID}):import_id>"
WORKING = (ImportState.QUEUED, ImportState.READING, ImportState.PUBLISHING)
OPEN = (ImportState.QUEUED, ImportState.READING, ImportState.NEEDS_CONFIRMATION, ImportState.STAGED)
WIPED = "personal_data"
"""Begins the codes of refusals after which the file is gone."""
CHANGEABLE = (ImportState.NEEDS_CONFIRMATION, ImportState.STAGED)
BY_SCRIPT = "X-Qosyl-Upload"
"""Header of an upload that a page's script sends: it is told where the report is instead of being led there."""


@blueprint.get("/imports")
def imports() -> str:
    """List what was uploaded, and take another file."""
    return _listed(None)


def _listed(problem: Mapping[str, str] | None) -> str:
    before = None if request.method == "POST" else read_query(request.args, ("before", "lang")).get("before")
    records = service.imports(workspace(), limit=PAGE_LENGTH + 1, before=before)
    current = subject()
    return render_template(
        "imports.html",
        records=records[:PAGE_LENGTH],
        subject=current,
        older=records[PAGE_LENGTH - 1].id if len(records) > PAGE_LENGTH else None,
        problem=problem,
        file_field=FILE,
        max_upload_mb=workspace().settings.max_upload_mb,
        max_rows=workspace().settings.max_rows,
        sources=_known_sources(current),
        modes=tuple(ImportMode),
        empties=tuple(EmptyCells),
        working=WORKING,
        upload_fields=tuple(FIELDS),
        template_links=_template_links(),
        upload_words=_upload_words(),
    )


def _known_sources(current: ReleaseRecord | None) -> list[str]:
    """Sources to choose from: those of which something is remembered, and those of the current release."""
    named = [mapping.name for mapping in list_mappings(workspace())]
    return list(dict.fromkeys([*named, *(() if current is None else current.sources)]))


def _template_links() -> list[tuple[str, str]]:
    """Names and addresses of empty files to fill in, in the page's language."""
    return [
        (name, url_for(endpoint, lang=language())) for name, endpoint in (("XLSX", "pages.template_xlsx"), ("CSV", "pages.template_text"))
    ]


def _upload_words() -> dict[str, str]:
    """What the script of the upload says by itself."""
    return {
        "sending": gettext("Sending the file: {percent}"),
        "reading": gettext("The file has arrived and is being read…"),
        "failed": gettext("The connection broke while the file was on its way. Nothing was published; try again."),
        "too_large": gettext("{name} has {size} MB; at most {limit} MB are taken."),
        "one": gettext("Drop one file at a time."),
        "chosen": gettext("{name}, {size} kB"),
    }


@blueprint.post("/imports")
def create_import() -> AnyResponse | tuple[str, int]:
    """Take a file, read it, and show its report."""
    form = read_upload_form()
    try:
        found = service.start_import(workspace(), form.data, file_name=form.file_name, options=form.options, actor=signed_in_key())
    except FileRefused as error:
        return _listed(service.describe_problem(problem_members(error.problem), gettext)), 422
    address = url_for("pages.import_report", import_id=found.id)
    return jsonify(url=address) if BY_SCRIPT in request.headers else redirect(address, 303)


@blueprint.get(IMPORT)
def import_report(import_id: int) -> str:
    """Show how a file was read, what is wrong with it, what matched, and what would change."""
    read_query(request.args, ("lang",))
    record = service.import_record(workspace(), import_id)
    return render_template("import.html", **_frame_members(record), **_report_members(record))


def _frame_members(record: ImportRecord) -> dict[str, Any]:
    """Where the import stands, and what the person before it may do."""
    failure = (record.failure or {}).get("problem")
    is_open, may_change = record.state in OPEN, _may_change(record)
    return {
        "record": record,
        "subject": subject(),
        "failure": service.describe_problem(failure, gettext) if failure else None,
        "failure_words": _failure_words(record),
        "is_working": record.state in WORKING,
        "is_open": is_open,
        "is_settled": not may_change,
        "may_cancel": record.state in (ImportState.QUEUED, ImportState.READING),
        "may_change": may_change,
        "may_publish": is_allowed(signed_in_key(), Role.PUBLISHER),
        "published": _published(record),
        "progress_words": {str(step): str(words) for step, words in STAGE_WORDS.items()},
    }


def _may_change(record: ImportRecord) -> bool:
    """Whether a file can be read in another way: it waits, or could not be read, or would have changed nothing as it was read."""
    if record.state is ImportState.FAILED:
        return not str((record.failure or {}).get("code", "")).startswith(WIPED)
    put_away = record.state is ImportState.DISCARDED and bool((record.report or {}).get("unchanged"))
    return put_away or record.state in CHANGEABLE


def _report_members(record: ImportRecord) -> dict[str, Any]:
    """What the report says, part by part; nothing of it before the file was read."""
    report = record.report or {}
    if not report:
        return {"report": {}, "finding": "", "chosen_encodings": CHOSEN_ENCODINGS, "column_choices": shown.column_choices()}
    names = _region_names()
    questions = report.get("questions", ())
    return {
        "report": report,
        "finding": shown.finding(record, report),
        "promise": shown.promise(report),
        "questions": questions,
        "other_questions": [question for question in questions if question["kind"] not in ("encoding", "column", "unit")],
        "encodings": shown.encodings(report, record),
        "sheets": shown.sheets(report),
        "columns": shown.column_lines(report),
        "column_choices": shown.column_choices(),
        "all_columns": tuple(COLUMN_WORDS),
        "constants": shown.constants(record),
        "units": shown.unit_lines(report),
        "words": shown.word_lines(report, record),
        "modes": tuple(ImportMode),
        "chosen_mode": record.options.get("mode", ImportMode.UPDATE),
        "empties": tuple(EmptyCells),
        "chosen_empty": record.options.get("empty", EmptyCells.KEEP),
        "rows": shown.outcomes(report),
        "problems": shown.problem_lines(report),
        "rows_left": shown.rows_without_school(report),
        "matched": {"accepted": list(record.options.get("accepted", {}).items()), "refused": record.options.get("refused", ())},
        "families": shown.check_families(report),
        "gates": gate_lines(report),
        "must_be_whole": bool(report["errors_total"]) and report.get("mode") == ImportMode.REPLACE,
        "names": names,
        "map": impact_map(report["impact"], report.get("base_release_id"), names),
        "mark_path": mark_path,
        "changes_url": url_for("imports.get_import_changes", import_id=record.id) if report["impact"]["schools_total"] else None,
        "school_name": school_name,
        "cell": shown.cell,
        "check_title": shown.check_title,
        "value_word": shown.value_word,
        "max_listed": shown.MAX_LISTED,
    }


def _published(record: ImportRecord) -> ReleaseRecord | None:
    """The release that an import became."""
    try:
        return None if record.release_id is None else workspace().release(record.release_id)
    except NotFound:
        return None


def _failure_words(record: ImportRecord) -> str:
    """Why a file could not be read to the end, where that is not a problem of the file."""
    failure = record.failure or {}
    return str(FAILURE_WORDS.get(failure.get("code", ""), failure.get("detail", "")))


def _region_names() -> Mapping[str, str]:
    try:
        return unit_names(workspace(), workspace().release(), Grouping.ADMIN1, language())
    except NoRelease:
        return {}


@blueprint.post(f"{IMPORT}/publish")
def publish_import(import_id: int) -> AnyResponse:
    """Publish a staged file as a new release; one whose gates show other numbers than were confirmed is shown again."""
    form = request.form
    wish = service.Wish(form.get("accept_partial") == "true", form.get("reason", ""), form.get("confirm"), signed_in_key())
    try:
        found = service.start_publishing(workspace(), import_id, wish)
    except GateNotConfirmed:
        flash(gettext("Look at the numbers below and confirm that you have seen them. Nothing was published."), "bad")
        return redirect(url_for("pages.import_report", import_id=import_id, _anchor="publish"), 303)
    if found.release_id is None:
        return redirect(url_for("pages.import_report", import_id=import_id), 303)
    flash(gettext("Published as release %(id)s.", id=found.release_id), "good")
    return redirect(url_for("pages.release", release_id=found.release_id), 303)


@blueprint.post(f"{IMPORT}/discard")
def discard_import(import_id: int) -> AnyResponse:
    """Discard a file that is not published, or stop the work on it."""
    found = service.discard_import(workspace(), import_id, actor=signed_in_key())
    if found.state is ImportState.CANCELLED:
        flash(gettext("Import %(id)s is cancelled. Nothing was published.", id=import_id), "good")
    else:
        flash(gettext("Import %(id)s is discarded. Nothing was published.", id=import_id), "good")
    return redirect(url_for("pages.imports"), 303)
