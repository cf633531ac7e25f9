"""What the members of coverage answers are, field by field: one table for the documentation, JSON, CSV and data packages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import marshmallow as ma

from geo.model import GROUPING_COLUMNS, STATUSES, Grouping, Status
from geo.web.api.fields import moment, nested, number, record, share, text, texts, whole
from geo.web.api.releases import ReleaseSummarySchema

CITATION_LINK = (
    "Address that gives the same figures years later, or refuses: it pins release, sha256, norm, basis, grouping, filter, boundaries, "
    "software and a digest of the figures."
)
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


RELEASE_FIELDS: Mapping[str, ma.fields.Field[Any]] = {
    "release": whole("Id of the row's release. Only where grouped by release."),
    "sha256": text("sha256 of that release's file, hexadecimal."),
    "published_at": moment("When it was published."),
    "boundaries_admin1": text("Vintage of the regions that its schools are placed in.", is_nullable=True),
    "boundaries_admin2": text("Vintage of the districts.", is_nullable=True),
}

COVERAGE_FIELDS: Mapping[str, ma.fields.Field[Any]] = {
    **RELEASE_FIELDS,
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


class CountedReleaseSchema(ReleaseSummarySchema):
    """One of several releases that are counted."""

    boundaries = record("Vintage of its boundaries by level.")


class CoverageSchema(ma.Schema):
    """Coverage of one release under one norm, or of several."""

    release = nested(ReleaseSummarySchema, "The release that the figures are of; null where grouped by release.", is_nullable=True)
    releases = nested(CountedReleaseSchema, "The releases, by id. Only where grouped by release.", is_list=True)
    norm = record(
        "The norm: name, minimum_mbps, students_per_mbps, title, source, and the basis of the speed; null where several are asked for.",
        is_nullable=True,
    )
    norms = ma.fields.List(
        ma.fields.Dict(), metadata={"description": "The norms. Only where several are asked for, or grouped by release."}
    )
    boundaries = record("Vintage of the boundaries by level; null where grouped by release.", is_nullable=True)
    by = texts("What is grouped by, outermost first.")
    where = record("The filter, as parameters.")
    rows = nested(CoverageRowSchema, "One per group, norm and release, by code, the group without a code last.", is_list=True)
    total = nested(CoverageRowSchema, "All schools of the filter; null where `totals` has one per release and norm.", is_nullable=True)
    totals = nested(CoverageRowSchema, "All schools of the filter in each release under each norm; never added up.", is_list=True)
    without_place = ma.fields.List(
        ma.fields.Integer(), metadata={"description": "Ids of releases whose boundaries do not know a region of the filter."}
    )
    withdrawn = ma.fields.List(ma.fields.Integer(), metadata={"description": "Ids of releases left out because they are withdrawn."})
    citation = text("One line that names everything the figures depend on.")
    citation_link = text(CITATION_LINK, format="uri")
