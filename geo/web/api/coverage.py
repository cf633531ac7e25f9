"""GET /api/v1/coverage: how many schools and students have which status, in groups, as counts, shares and bounds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

import marshmallow as ma
from flask import Response, jsonify

from geo.model import GROUPING_COLUMNS, STATUSES, Grouping, Status, View
from geo.services.coverage import CoverageAnswer, coverage_answer
from geo.web.api.blueprint import ApiBlueprint, query
from geo.web.api.csv_tables import csv_response
from geo.web.api.fields import nested, number, record, share, text, texts, whole
from geo.web.api.releases import ReleaseSummarySchema
from geo.web.caching import CURRENT, FIXED_RELEASE, answered, etag_of
from geo.web.current import workspace
from geo.web.languages import names_language
from geo.web.params import VIEW_PARAMETERS, parameters_of, view_of

ACCEPTED = (*VIEW_PARAMETERS, "by", "lang", "f")
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
    for grouping in Grouping:
        note = f"Value of {GROUPING_COLUMNS[grouping]} of the group; null is the schools without one. Only where grouped by it."
        fields[grouping.value] = text(note, is_nullable=True)
        if grouping in (Grouping.ADMIN1, Grouping.ADMIN2):
            fields[f"{grouping}_name"] = text("Name of the unit in the language asked for.", is_nullable=True)
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
def get_coverage() -> Response:
    """Coverage of schools and students

    Counts of the five statuses, shares with bounds, and the rural gap, for all schools or those of a filter, in up to three groupings.
    """
    values = query()
    view, by, is_csv = view_of(values), values.get("by", ()), values.get("f") == "csv"
    release = workspace().release(view.release_id)
    etag = etag_of(release.sha256, _canonical(view, by, release.id), "text/csv" if is_csv else "application/json")

    def make() -> Response:
        answer = coverage_answer(workspace(), replace(view, release_id=release.id), by, language=names_language())
        return _csv(answer) if is_csv else jsonify(answer.as_dict())

    return answered(etag, CURRENT if view.release_id is None else FIXED_RELEASE, make)


def _canonical(view: View, by: Iterable[Grouping], release_id: int) -> dict[str, str]:
    default_norm = workspace().default_norm.name
    return {**parameters_of(view), "norm": view.norm or default_norm, "by": ",".join(by), "release": str(release_id)}


def _csv(answer: CoverageAnswer) -> Response:
    """The rows, or the total where nothing is grouped by, as UTF-8 with byte-order mark."""
    rows = [answer.flat(row) for row in (answer.rows if answer.by else (answer.total,))]
    return csv_response(rows, list(answer.flat(answer.total)) if not rows else list(rows[0]), "coverage.csv")
