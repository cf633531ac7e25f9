"""Coverage over releases, and of two releases side by side."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import marshmallow as ma
from flask import Response, jsonify, request, url_for

from geo.errors import NotFound
from geo.model import Grouping, View
from geo.services.comparison import COUNTED, SHARES, Verdict, compared, former_release
from geo.services.coverage import norm_summary
from geo.services.coverage_sets import CountedReleases, CoverageSet, coverage_set, release_members
from geo.services.school_changes import CHANGE_KINDS
from geo.services.trend import Trend, TrendPoint, trend
from geo.web.api.blueprint import ApiBlueprint, query
from geo.web.api.coverage import FILTER_PARAMETERS
from geo.web.api.coverage_fields import CITATION_LINK, COVERAGE_FIELDS, RELEASE_FIELDS, CoverageRowSchema
from geo.web.api.coverage_parameters import COLUMNS_BY, PINNED, TABLE_FORMAT
from geo.web.api.csv_tables import csv_response
from geo.web.api.fields import flag, moment, nested, number, record, text, texts, whole
from geo.web.api.releases import ReleaseSummarySchema
from geo.web.caching import CURRENT, answered, etag_of
from geo.web.citing import absolute, check_figures, check_releases, cite
from geo.web.current import workspace
from geo.web.languages import names_language
from geo.web.params import DEFAULT_LIMIT, parameters_of, view_of

blueprint = ApiBlueprint("trend", __name__, description="Coverage from release to release")

FIGURE_NAMES = tuple(COVERAGE_FIELDS)[list(COVERAGE_FIELDS).index("schools") :]

GROUP_FIELDS = {name: field for name, field in COVERAGE_FIELDS.items() if name not in (*RELEASE_FIELDS, "norm", "status", *FIGURE_NAMES)}
"""What rows may be grouped by here."""

TrendRowSchema = ma.Schema.from_dict(
    {
        "release": whole("Id of the release."),
        "sha256": text("sha256 of the release file, hexadecimal."),
        "published_at": moment("When it was published."),
        **{name: COVERAGE_FIELDS[name] for name in ("boundaries_admin1", "boundaries_admin2")},
        "boundaries_changed": flag("Whether its boundaries are others than those of the release before it in the list."),
        **GROUP_FIELDS,
        "norm": COVERAGE_FIELDS["norm"],
        **{name: COVERAGE_FIELDS[name] for name in FIGURE_NAMES},
    },
    name="TrendRowSchema",
)


class TrendSchema(ma.Schema):
    """Coverage over releases."""

    norm = record("The norm that holds for all of them: name, minimum_mbps, students_per_mbps, title, source, and the basis of the speed.")
    by = texts("What is grouped by, outermost first.")
    where = record("The filter, as parameters.")
    rows = nested(TrendRowSchema, "One per release, and group if grouped, oldest first; fields as those of a coverage row.", is_list=True)
    totals = nested(TrendRowSchema, "Only where grouped: all schools of the filter in each release.", is_list=True)
    without_place = ma.fields.List(
        ma.fields.Integer(), metadata={"description": "Ids of releases whose boundaries do not know the region or district of the filter."}
    )
    withdrawn = ma.fields.List(ma.fields.Integer(), metadata={"description": "Ids of releases left out because they are withdrawn."})
    next = text("Address of the releases before these, null at the first.", is_nullable=True)
    citation = text("One line that names everything the newest figures depend on.")
    citation_link = text(
        f"{CITATION_LINK} It is of coverage by release, for the releases that know every region of the filter; null where none does.",
        is_nullable=True,
        format="uri",
    )


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
        **GROUP_FIELDS,
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
        "citation_link": text(CITATION_LINK, format="uri"),
    },
    name="CompareSchema",
)


@blueprint.route("/coverage/trend")
@blueprint.accepts("release", "norm", *FILTER_PARAMETERS, COLUMNS_BY, "limit", "before", "lang", TABLE_FORMAT)
@blueprint.response(200, TrendSchema)
@blueprint.alt_response(
    200, schema={"type": "string"}, content_type="text/csv", description="The trend; with f=csv its rows as CSV", success=True
)
def get_trend() -> Response:
    """Coverage over releases

    The total of the filter in each release up to `release`, or its groups, all under one norm; at most 100 releases, older ones by `next`.
    """
    values = query()
    view, by, is_csv = view_of(values), values.get("by", ()), values.get("f") == "csv"
    limit, before = values.get("limit", DEFAULT_LIMIT), values.get("before")
    last = workspace().release(view.release_id)
    asked = {**_canonical(view, by), "release": str(last.id), "limit": str(limit), "before": str(before)}
    etag = etag_of(last.sha256, asked, "text/csv" if is_csv else "application/json")

    def make() -> Response:
        pinned = replace(view, release_id=last.id)
        found = trend(workspace(), pinned, limit=limit, before=before)
        grouped = _grouped(found, pinned, by) if by else None
        cited = found.cited if grouped is None else grouped.cited
        link = None if cited is None else absolute(cited)
        rows = _rows(found) if grouped is None else _group_rows(found, grouped)
        groups = [name for name in GROUP_FIELDS if rows and name in rows[0]]
        columns = [*RELEASE_FIELDS, "boundaries_changed", *groups, "norm", *FIGURE_NAMES]
        document = {**_document(found, rows, by, link), "next": _next(found, view, by, limit)}
        response = csv_response(rows, columns, "coverage-trend.csv") if is_csv else jsonify(document)
        return response if link is None else cite(response, link)

    return answered(etag, CURRENT, make)


def _grouped(found: Trend, view: View, by: tuple[Grouping, ...]) -> CoverageSet | None:
    """The groups of the releases that have figures; None where none has."""
    records = tuple(point.release for point in found.points if point.figures is not None and point.knows_all)
    if not records:
        return None
    counted = CountedReleases(records, found.withdrawn)
    return coverage_set(workspace(), view, counted, norms=(found.norm.name,), by=(Grouping.RELEASE, *by), language=names_language())


def _document(found: Trend, rows: list[dict[str, Any]], by: tuple[Grouping, ...], link: str | None) -> dict[str, Any]:
    return {
        "norm": norm_summary(found.norm) | {"basis": found.basis.value},
        "by": [grouping.value for grouping in by],
        "where": found.where.as_parameters(),
        "rows": rows,
        **({"totals": _rows(found)} if by else {}),
        "without_place": [point.release.id for point in found.points if point.figures is None],
        "withdrawn": list(found.withdrawn),
        "citation": found.citation,
        "citation_link": link,
    }


def _next(found: Trend, view: View, by: tuple[Grouping, ...], limit: int) -> str | None:
    if found.older is None:
        return None
    more: dict[str, Any] = {**parameters_of(view), **({"by": ",".join(by)} if by else {}), "before": found.older, "limit": limit}
    return url_for("trend.get_trend", **more)


def _rows(found: Trend) -> list[dict[str, Any]]:
    """One per release that has figures."""
    shown = ((point, point.figures) for point in found.points if point.figures is not None)
    return [{**_members(point), "norm": found.norm.name, **figures.figures} for point, figures in shown]


def _group_rows(found: Trend, grouped: CoverageSet) -> list[dict[str, Any]]:
    """One per release and group."""
    points = {point.release.id: _members(point) for point in found.points}
    return [{**points[record["release"]], **record} for record in grouped.records]


def _members(point: TrendPoint) -> dict[str, Any]:
    return {**release_members(point.release), "boundaries_changed": point.is_redrawn}


@blueprint.route("/coverage/compare")
@blueprint.accepts("from", "to", "norm", *FILTER_PARAMETERS, COLUMNS_BY, "lang", *PINNED)
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
    check_releases(values, (before, after))
    asked = {**_canonical(view, by), "to": str(after.id), "from": before.tag, "figures": values.get("figures", "")}

    def make() -> Response:
        found = compared(workspace(), replace(view, release_id=after.id), before, by=by, language=names_language())
        cited = found.cited
        check_figures(values, cited)
        return cite(jsonify({**found.as_dict(), "citation_link": absolute(cited)}), absolute(cited))

    return answered(etag_of(after.sha256, asked, "application/json"), CURRENT, make)


def _canonical(view: View, by: tuple[Grouping, ...]) -> Mapping[str, str]:
    """What both answers depend on: view, language of names, host of links, and how many releases are withdrawn, since none may show."""
    return {
        **parameters_of(view),
        "norm": view.norm or workspace().default_norm.name,
        "by": ",".join(by),
        "withdrawn": str(len(workspace().withdrawn_ids())),
        "names": names_language(),
        "host": request.host_url,
    }
