"""GET /api/v1/coverage: how many schools and students have which status, in groups, as counts, shares and bounds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

import marshmallow as ma
from flask import Response, jsonify, request

from geo.model import GROUPING_COLUMNS, STATUSES, Grouping, Status, View
from geo.render.upload_template import MEDIA_TYPE_XLSX
from geo.services.coverage import CoverageAnswer, coverage_answer
from geo.web.api.blueprint import ApiBlueprint, query
from geo.web.api.fields import nested, number, record, share, text, texts, whole
from geo.web.api.figure_files import MEDIA_TYPES, coverage_file
from geo.web.api.releases import ReleaseSummarySchema
from geo.web.caching import CURRENT, FIXED_RELEASE, answered, etag_of
from geo.web.current import workspace
from geo.web.languages import chosen_language, names_language
from geo.web.pages.translation import url_for
from geo.web.params import API_VIEW_PARAMETERS, parameters_of, view_of

ACCEPTED = (*API_VIEW_PARAMETERS, "by", "lang", "f")
blueprint = ApiBlueprint("coverage", __name__, description="Which schools are connected, and how well")

STATUS_WORDS: Mapping[Status, str] = {
    Status.UNCONNECTED: "without a connection",
    Status.BELOW_NORM: "connected, below the norm",
    Status.NORM_UNKNOWN: "connected, speed or enrolment not known well enough for the norm",
    Status.MEETS_NORM: "connected, meeting the norm",
    Status.UNKNOWN: "whose connectivity nobody reported",
}


def _tally_fields(unit: str, noun: str) -> dict[str, ma.fields.Field[Any]]:
    fields: dict[str, ma.fields.Field[Any]] = {unit: whole(f"{noun}: the sum of the five statuses.")}
    fields |= {f"{unit}_{status}": whole(f"{noun} {STATUS_WORDS[status]}.") for status in STATUSES}
    for name, words in (("connected_share", "connected"), ("meets_norm_share", "meeting the norm")):
        fields[f"{unit}_{name}"] = share(f"Share of {noun.lower()} {words} among those known; null if none is known.")
        fields[f"{unit}_{name}_lower"] = share("The share if none of the unknown ones were; null if there are none at all.")
        fields[f"{unit}_{name}_upper"] = share("The share if all of the unknown ones were; null if there are none at all.")
    for name, words in (("connected_gap_points", "connected"), ("meets_norm_gap_points", "meeting the norm")):
        fields[f"{unit}_{name}"] = number(f"Rural gap of {noun.lower()} {words}: urban minus rural share in percentage points.")
        fields[f"{unit}_{name}_lower"] = number("The gap's lower bound, in percentage points.")
        fields[f"{unit}_{name}_upper"] = number("The gap's upper bound, in percentage points.")
    fields[f"{unit}_area_type_unknown"] = whole(f"{noun} of unknown area type, which the rural gap leaves out.")
    return fields


def _grouping_fields() -> dict[str, ma.fields.Field[Any]]:
    fields: dict[str, ma.fields.Field[Any]] = {}
    for grouping in GROUPING_COLUMNS:
        note = f"Value of {GROUPING_COLUMNS[grouping]} of the group; null is the schools without one. Only where grouped by it."
        fields[grouping.value] = text(note, is_nullable=True)
        if grouping in (Grouping.ADMIN1, Grouping.ADMIN2):
            fields[f"{grouping}_name"] = text("Name of the unit in the language asked for.", is_nullable=True)
    fields["status"] = text(
        "Status of the group's schools. Only where grouped by it; shares, bounds and gaps are null then.", words=STATUSES
    )
    return fields


COVERAGE_FIELDS: Mapping[str, ma.fields.Field[Any]] = {
    **_grouping_fields(),
    "norm": text("The norm that the statuses are held against."),
    **_tally_fields("schools", "Schools"),
    **_tally_fields("students", "Students of schools of known enrolment"),
    "schools_without_enrolment": whole("Schools of unknown enrolment, which the student figures leave out."),
    **{f"schools_without_enrolment_{status}": whole(f"Schools of unknown enrolment {STATUS_WORDS[status]}.") for status in STATUSES},
    "schools_flagged_position": whole("Schools with a flag that doubts their position."),
    "schools_rural": whole("Rural schools."),
    "schools_unconnected_rural": whole("Rural schools without a connection."),
    "students_unconnected_rural": whole("Students known in rural schools without a connection."),
}
"""Every field of a coverage row, documented; the same names in JSON and CSV."""

CoverageRowSchema = ma.Schema.from_dict(dict(COVERAGE_FIELDS), name="CoverageRowSchema")


class CoverageSchema(ma.Schema):
    """Coverage of one release."""

    release = nested(ReleaseSummarySchema, "The release that the figures are of.")
    norm = record("The norm: name, minimum_mbps, students_per_mbps, title, source, and the basis of the speed.")
    boundaries = record("Vintage of the boundaries by level.")
    by = texts("What is grouped by, outermost first.")
    where = record("The filter, as parameters.")
    rows = nested(CoverageRowSchema, "One per group, by code, the group without a code last.", is_list=True)
    total = nested(CoverageRowSchema, "All schools of the filter.")
    citation = text("One line that names everything the figures depend on.")


@blueprint.route("/coverage")
@blueprint.accepts(*ACCEPTED)
@blueprint.response(200, CoverageSchema)
@blueprint.alt_response(
    200, schema={"type": "string"}, content_type="text/csv", description="The coverage answer; with f=csv its rows as CSV", success=True
)
@blueprint.alt_response(
    200,
    schema={"type": "string", "format": "binary"},
    content_type=MEDIA_TYPE_XLSX,
    description="The coverage answer; with f=csv its rows as CSV, with f=xlsx as a workbook that says what they rest on",
    success=True,
)
def get_coverage() -> Response:
    """Coverage of schools and students

    Counts of the five statuses, shares with bounds, and the rural gap, for all schools or those of a filter, in up to three groupings.
    """
    values = query()
    view, by, kind = view_of(values), values.get("by", ()), values.get("f", "json")
    release = workspace().release(view.release_id)
    etag = etag_of(release.sha256, _canonical(view, by, release.id, kind), MEDIA_TYPES[kind])

    def make() -> Response:
        answer = coverage_answer(workspace(), replace(view, release_id=release.id), by, language=names_language())
        return jsonify(answer.as_dict()) if kind == "json" else figures_response(answer, kind)

    return answered(etag, CURRENT if view.release_id is None else FIXED_RELEASE, make)


def _canonical(view: View, by: Iterable[Grouping], release_id: int, kind: str) -> dict[str, str]:
    default_norm = workspace().default_norm.name
    query = {**parameters_of(view), "norm": view.norm or default_norm, "by": ",".join(by), "release": str(release_id)}
    return {**query, "host": request.host_url} if kind == "xlsx" else query


def figures_response(answer: CoverageAnswer, kind: str) -> Response:
    """The rows as CSV or as a workbook (`kind` is "csv" or "xlsx")."""
    groups = [name for grouping in answer.by for name in (grouping.value, f"{grouping}_name") if name in COVERAGE_FIELDS]
    columns = [*groups, *(name for name in answer.flat(answer.total) if name not in groups)]
    pinned = parameters_of(View(answer.release.id, answer.norm.name, answer.basis, answer.where))
    by = {"by": ",".join(answer.by)} if answer.by else {}
    return coverage_file(answer, columns, kind, url_for("coverage.get_coverage", **pinned, **by, lang=chosen_language()))
