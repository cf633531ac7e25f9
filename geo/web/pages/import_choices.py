"""The forms of an import's report: what a person chose, as the same small document of changes that the API takes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import marshmallow as ma
from flask import flash, redirect, request
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response as AnyResponse

from geo.errors import FileRefused, InvalidParameter
from geo.model import ImportRecord
from geo.services import imports as service
from geo.services.import_changes import change_import as change
from geo.web.api.import_bodies import ImportChangesSchema
from geo.web.current import workspace
from geo.web.pages.blueprint import blueprint
from geo.web.pages.figures import number
from geo.web.pages.import_report import column_lines, unit_lines
from geo.web.pages.imports import IMPORT
from geo.web.pages.links import signed_in_key
from geo.web.pages.translation import gettext, ngettext, url_for

Form = MultiDict[str, str]
ACCEPT, REFUSE = "accept", "refuse"


@blueprint.post(f"{IMPORT}/options")
def change_import(import_id: int) -> AnyResponse:
    """Read a file again in the way that the form says, or confirm how it was read."""
    record = service.import_record(workspace(), import_id)
    changes = reading_changes(request.form, record)
    if not changes:
        flash(gettext("Nothing was changed, so the file was not read again."), "good")
        return _report(import_id)
    return _change(import_id, changes)


@blueprint.post(f"{IMPORT}/matches")
def match_import(import_id: int) -> AnyResponse:
    """Accept and refuse suggested matches, and join the rows again."""
    changes = match_changes(request.form)
    if not changes:
        flash(gettext("No match was accepted or refused yet."), "good")
        return _report(import_id, "matches")
    accepted, refused = len(changes.get(ACCEPT, ())), len(changes.get(REFUSE, ()))
    answer = _change(import_id, changes, anchor="matches")
    if "accept_above" not in changes:
        flash(
            ngettext("%(count)s match is decided.", "%(count)s matches are decided.", accepted + refused, count=number(accepted + refused)),
            "good",
        )
    return answer


def _change(import_id: int, changes: Mapping[str, Any], anchor: str | None = None) -> AnyResponse:
    try:
        change(workspace(), import_id, _checked(changes), actor=signed_in_key())
    except FileRefused:
        return _report(import_id)  # whose failure says why
    return _report(import_id, anchor)


def _checked(changes: Mapping[str, Any]) -> Mapping[str, Any]:
    """Changes as the API would take them.

    Raises
    ------
    InvalidParameter
        A value is none that is accepted.
    """
    try:
        return dict(ImportChangesSchema().load(dict(changes)))
    except ma.ValidationError as error:
        name, told = next(iter(error.messages_dict.items()))
        raise InvalidParameter(f"'{name}': {told}", parameter=str(name)) from error


def _report(import_id: int, anchor: str | None = None) -> AnyResponse:
    return redirect(url_for("pages.import_report", import_id=import_id, _anchor=anchor), 303)


def reading_changes(form: Form, record: ImportRecord) -> dict[str, Any]:
    """What a form changes about how a file is read and what it may do; what says the same as before is left out."""
    report, options = record.report or {}, record.options
    detected = report.get("detected") or options
    changes: dict[str, Any] = {}
    if _is_new(form, "encoding", options.get("encoding") or detected.get("encoding")):
        changes["encoding"] = form["encoding"] or None
    if _is_new(form, "sheet", detected.get("sheet")):
        changes["sheet"] = form["sheet"].strip() or None
    if _is_new(form, "header_line", detected.get("header_line")):
        changes["header_line"] = _whole(form["header_line"])
    if _is_new(form, "source", record.source or ""):
        changes["source"] = form["source"].strip() or None
    changes |= {name: form[name] for name in ("mode", "empty") if _is_new(form, name, options.get(name))}
    members = {
        "map": _headings(form, record),
        "set": _constants(form, options),
        "units": _units(form, report),
        "values": _words(form, options),
    }
    changes |= {name: patch for name, patch in members.items() if patch}
    return changes | ({"confirm": True} if form.get("confirm") == "true" else {})


def _is_new(form: Form, name: str, before: Any) -> bool:
    return name in form and form[name].strip() != str(before if before is not None else "")


def _whole(text: str) -> int | None:
    """A line's number; None for a blank field.

    Raises
    ------
    InvalidParameter
        It is no whole number.
    """
    if not text.strip():
        return None
    if not (text.strip().isascii() and text.strip().isdigit() and len(text.strip()) < 7):
        raise InvalidParameter(f"'header_line' must be a whole number; got {text[:20]!r}", parameter="header_line")
    return int(text.strip())


def _headings(form: Form, record: ImportRecord) -> dict[str, str]:
    """Heading → our name, where it is another than was read; "" leaves the column out."""
    if not record.report:  # the file could not be read, so that its headings are not known
        return {header.strip(): name for header, name in _pairs(form, "header", "column") if header.strip()}
    before = {line.header: line.name for line in column_lines(record.report)}
    return {header: name for header, name in _pairs(form, "header", "column") if header in before and name != before[header]}


def _constants(form: Form, options: Mapping[str, Any]) -> dict[str, str | None]:
    """Our column → value of every row; None takes one out that is not in the form any more."""
    if "set_name" not in form:
        return {}
    before = options.get("constants", {})
    now = {name: value.strip() for name, value in _pairs(form, "set_name", "set_value") if name and value.strip()}
    return {name: value for name, value in now.items() if before.get(name) != value} | {name: None for name in before if name not in now}


def _units(form: Form, report: Mapping[str, Any]) -> dict[str, str]:
    before = {line.name: line.unit for line in unit_lines(report)} if report else {}
    return {name: unit for name, unit in _pairs(form, "unit_column", "unit") if unit != before.get(name)}


def _words(form: Form, options: Mapping[str, Any]) -> dict[str, dict[str, str | None]]:
    """Our column → cell → our word; None forgets what was said of a cell."""
    before = options.get("values", {})
    patch: dict[str, dict[str, str | None]] = {}
    cells = zip(form.getlist("word_column"), form.getlist("word_cell"), form.getlist("word"), strict=False)
    for column, cell, word in cells:
        if word != before.get(column, {}).get(cell, ""):
            patch.setdefault(column, {})[cell] = word or None
    return patch


def _pairs(form: Form, left: str, right: str) -> Iterable[tuple[str, str]]:
    return zip(form.getlist(left), form.getlist(right), strict=False)


def match_changes(form: Form) -> dict[str, Any]:
    """Accepted and refused matches, or the score from which all are accepted."""
    decisions: dict[str, list[dict[str, str]]] = {ACCEPT: [], REFUSE: []}
    for at, (row_id, school_id) in enumerate(_pairs(form, "row_id", "school_id")):
        verdict = form.get(f"match-{at}", "")
        if verdict in decisions:
            decisions[verdict].append({"row_id": row_id, "school_id": school_id})
    changes: dict[str, Any] = {name: pairs for name, pairs in decisions.items() if pairs}
    if form.get("all") == "true":
        changes["accept_above"] = _share(form.get("accept_above", ""))
    return changes


def _share(text: str) -> float:
    """A whole percent as a share of 0 to 1.

    Raises
    ------
    InvalidParameter
        It is no number of 1 to 100.
    """
    percent = text.strip()
    if not (percent.isascii() and percent.isdigit() and 0 < int(percent[:4]) <= 100):
        raise InvalidParameter(f"'accept_above' must be a whole percentage, 1 to 100; got {text[:20]!r}", parameter="accept_above")
    return int(percent) / 100
