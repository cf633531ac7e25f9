"""Coverage over releases, and of two releases side by side."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import marshmallow as ma
from flask import Response, jsonify, url_for

from geo.errors import InvalidParameter, NotFound
from geo.model import FILTERS, View
from geo.services.comparison import COUNTED, SHARES, Verdict, compared, former_release
from geo.services.coverage import norm_summary
from geo.services.school_changes import CHANGE_KINDS
from geo.services.trend import Trend, TrendPoint, trend
from geo.web.api.blueprint import ApiBlueprint, query
from geo.web.api.coverage import COVERAGE_FIELDS, CoverageRowSchema
from geo.web.api.csv_tables import csv_response
from geo.web.api.fields import flag, moment, nested, number, record, text, texts, whole
from geo.web.api.releases import ReleaseSummarySchema, instant
from geo.web.caching import CURRENT, answered, etag_of
from geo.web.current import workspace
from geo.web.languages import names_language
from geo.web.params import DEFAULT_LIMIT, VIEW_PARAMETERS, parameters_of, view_of

blueprint = ApiBlueprint("trend", __name__, description="Coverage from release to release")

FIGURE_NAMES = tuple(COVERAGE_FIELDS)[list(COVERAGE_FIELDS).index("schools") :]

TrendRowSchema = ma.Schema.from_dict(
    {
        "release": whole("Id of the release."),
        "sha256": text("sha256 of the release file, hexadecimal."),
        "published_at": moment("When it was published."),
        "boundaries_changed": flag("Whether its boundaries are others than those of the release before it in the list."),
        "norm": COVERAGE_FIELDS["norm"],
        **{name: COVERAGE_FIELDS[name] for name in FIGURE_NAMES},
    },
    name="TrendRowSchema",
)


class TrendSchema(ma.Schema):
    """Coverage over releases."""

    norm = record("The norm that holds for all of them: name, minimum_mbps, students_per_mbps, title, source, and the basis of the speed.")
    where = record("The filter, as parameters.")
    rows = nested(TrendRowSchema, "One per release, oldest first; fields as those of a coverage row.", is_list=True)
    without_place = ma.fields.List(
        ma.fields.Integer(), metadata={"description": "Ids of releases whose boundaries do not know the region or district of the filter."}
    )
    withdrawn = ma.fields.List(ma.fields.Integer(), metadata={"description": "Ids of releases left out because they are withdrawn."})
    next = text("Address of the releases before these, null at the first.", is_nullable=True)
    citation = text("One line that names everything the newest figures depend on.")


def _difference_fields() -> dict[str, ma.fields.Field[Any]]:
    fields: dict[str, ma.fields.Field[Any]] = {
        name: ma.fields.Integer(allow_none=True, metadata={"description": f"How many more there are of `{name}`; null where a side is."})
        for name in COUNTED
    }
    for share in SHARES:
        fields[f"{share}_change_points"] = number(f"How far `{share}_share` moved, in percentage points.")
        fields[f"{share}_change_points_lower"] = number("The least that it moved, whatever the unknown schools were and are.")
        fields[f"{share}_change_points_upper"] = number("The most that it moved.")
        fields[f"{share}_verdict"] = text("`unsure` where the bounds of the two shares overlap.", words=Verdict)
    return fields


DifferenceSchema = ma.Schema.from_dict(_difference_fields(), name="DifferenceSchema")

ComparedRowSchema = ma.Schema.from_dict(
    {
        **{name: field for name, field in COVERAGE_FIELDS.items() if name not in ("norm", *FIGURE_NAMES)},
        "from": nested(CoverageRowSchema, "Coverage in `from`; null where it does not know the group.", is_nullable=True),
        "to": nested(CoverageRowSchema, "Coverage in `to`, likewise.", is_nullable=True),
        "difference": nested(DifferenceSchema, "What the second has more than the first."),
    },
    name="ComparedRowSchema",
)

CompareSchema = ma.Schema.from_dict(
    {
        "from": nested(ReleaseSummarySchema, "The release that is compared with."),
        "to": nested(ReleaseSummarySchema, "The release that is compared."),
        "norm": TrendSchema._declared_fields["norm"],
        "boundaries": record("Vintages of the boundaries by level, of `from` and of `to`."),
        "by": texts("What is grouped by, outermost first."),
        "where": TrendSchema._declared_fields["where"],
        "rows": nested(ComparedRowSchema, "One per group that either side has, by code, the group without a code last.", is_list=True),
        "total": nested(ComparedRowSchema, "All schools of the filter."),
        "changes": record(
            "Schools of the filter on either side that changed: `schools_changed` counts each once; "
            + ", ".join(f"`schools_{kind}`" for kind in CHANGE_KINDS)
            + " count a school under each that holds; `schools_newly_connected_not_reported_before` of the newly connected those that may "
            "have been connected all along."
        ),
        "citation": texts("Two lines that name everything the figures depend on."),
    },
    name="CompareSchema",
)


@blueprint.route("/coverage/trend")
@blueprint.accepts(*VIEW_PARAMETERS, "limit", "before", "f")
@blueprint.response(200, TrendSchema)
@blueprint.alt_response(
    200, schema={"type": "string"}, content_type="text/csv", description="The trend; with f=csv its rows as CSV", success=True
)
def get_trend() -> Response:
    """Coverage over releases

    The total of the filter in each release up to `release`, all under one norm; at most 100 releases, older ones by `next`.
    """
    values = query()
    view, is_csv = view_of(values), values.get("f") == "csv"
    if values.get("f") == "xlsx":
        raise InvalidParameter("'f' must be json or csv here; got 'xlsx'", parameter="f", code="invalid_f")
    limit, before = values.get("limit", DEFAULT_LIMIT), values.get("before")
    last = workspace().release(view.release_id)
    asked = {**_canonical(view), "release": str(last.id), "limit": str(limit), "before": str(before)}
    etag = etag_of(last.sha256, asked, "text/csv" if is_csv else "application/json")

    def make() -> Response:
        found = trend(workspace(), replace(view, release_id=last.id), limit=limit, before=before)
        rows = [_row(point, found) for point in found.points if point.figures is not None]
        columns = ["release", "sha256", "published_at", "boundaries_changed", "norm", *FIGURE_NAMES]
        return csv_response(rows, columns, "coverage-trend.csv") if is_csv else jsonify(_document(found, rows, view, limit))

    return answered(etag, CURRENT, make)


def _document(found: Trend, rows: list[dict[str, Any]], view: View, limit: int) -> dict[str, Any]:
    more: dict[str, Any] = {**parameters_of(view), "before": found.older, "limit": limit}
    return {
        "norm": norm_summary(found.norm) | {"basis": found.basis.value},
        "where": found.where.as_parameters(),
        "rows": rows,
        "without_place": [point.release.id for point in found.points if point.figures is None],
        "withdrawn": list(found.withdrawn),
        "next": None if found.older is None else url_for("trend.get_trend", **more),
        "citation": found.citation,
    }


def _row(point: TrendPoint, found: Trend) -> dict[str, Any]:
    names = {
        "release": point.release.id,
        "sha256": point.release.sha256,
        "published_at": instant(point.release.published_at),
        "boundaries_changed": point.is_redrawn,
        "norm": found.norm.name,
    }
    return {**names, **(point.figures.figures if point.figures is not None else {})}


@blueprint.route("/coverage/compare")
@blueprint.accepts("from", "to", "norm", "basis", *FILTERS, "by", "lang")
@blueprint.response(200, CompareSchema)
def get_compare() -> Response:
    """Coverage of two releases side by side

    `to` is the current release if absent, `from` the one before it. Both are counted under one norm; differences of shares have bounds.
    """
    values = query()
    view, by = replace(view_of(values), release_id=values.get("to")), values.get("by", ())
    after = workspace().release(view.release_id)
    before = workspace().release(values["from"]) if "from" in values else former_release(workspace(), after)
    if before is None:
        raise NotFound(f"there is no release before release {after.id} to compare it with")
    asked = {**_canonical(view), "to": str(after.id), "from": before.tag, "by": ",".join(by)}

    def make() -> Response:
        found = compared(workspace(), replace(view, release_id=after.id), before, by=by, language=names_language())
        return jsonify(found.as_dict())

    return answered(etag_of(after.sha256, {**asked, "names": names_language()}, "application/json"), CURRENT, make)


def _canonical(view: View) -> Mapping[str, str]:
    """Canonical parameters of a view, and how many releases are withdrawn, since none of these may show."""
    withdrawn = len(workspace().withdrawn_ids())
    return {**parameters_of(view), "norm": view.norm or workspace().default_norm.name, "withdrawn": str(withdrawn)}
