"""GET /api/v1/search: schools and places by name, id or place."""

from __future__ import annotations

from typing import Any

import marshmallow as ma
from flask import Response, jsonify

from geo.model import Grouping, Status
from geo.services.coverage import norm_summary, release_summary
from geo.services.search import Hit, Match, SchoolHit, search
from geo.web.api.blueprint import ApiBlueprint, query
from geo.web.api.fields import nested, number, record, text, whole
from geo.web.api.releases import ReleaseSummarySchema
from geo.web.caching import CURRENT, FIXED_RELEASE, cached, etag_of, is_known, not_modified
from geo.web.current import workspace
from geo.web.languages import names_language
from geo.web.params import parameters_of, view_of

blueprint = ApiBlueprint("search", __name__, description="Schools and places by name in three alphabets, by id, by place")

KINDS = {Grouping.ADMIN1: "region", Grouping.ADMIN2: "district"}
DEFAULT_LIMIT = 10


class HitSchema(ma.Schema):
    """A school or place that was found."""

    kind = text("What it is.", words=("school", *KINDS.values()))
    match = text("How it was found; the list is in this order.", words=(match.name.lower() for match in Match))
    id = text("The school's `school_id`, or the place's code.")
    name = text("Its name: a school's as reported, a place's in the language asked for.", is_nullable=True)
    school_id_giga = text("A school's id with Giga.", is_nullable=True)
    school_id_govt = text("A school's id with its government.", is_nullable=True)
    admin1 = text("Code of a school's region.", is_nullable=True)
    admin1_name = text("The region's name; of a district, the region that it is in.", is_nullable=True)
    admin2 = text("Code of a school's district.", is_nullable=True)
    admin2_name = text("The district's name.", is_nullable=True)
    status = text("A school's status under the norm; null for a place.", is_nullable=True, words=Status)
    latitude = number("Degrees, WGS84; of a place, of a point inside it.")
    longitude = number("Degrees, WGS84.")


class SearchSchema(ma.Schema):
    """What a query found."""

    release = nested(ReleaseSummarySchema, "The release that was searched.")
    norm = record("The norm of the statuses: name, minimum_mbps, students_per_mbps, title, source.")
    query = text("What was looked for: one line, without controls and invisible marks.")
    total = whole("Schools and places found in all.")
    results = nested(HitSchema, "The best of them, best first.", is_list=True)


@blueprint.route("/search")
@blueprint.accepts("q", "limit", "release", "norm", "basis", "lang")
@blueprint.response(200, SearchSchema)
def get_search() -> Response:
    """Search

    Schools by any words of their name in Cyrillic, Kazakh or Latin letters, by their ids or the beginnings of these, and by region and
    district, which are found themselves too. One or two mistakes a word are allowed for where little else is found. Best first:
    whole ids, names that begin so, names with all words, words of name and place together, beginnings of ids, misspellings;
    equals by `school_id`.
    """
    values = query()
    view, limit = view_of(values), values.get("limit", DEFAULT_LIMIT)
    release = workspace().release(view.release_id)
    asked = {**parameters_of(view), "q": values.get("q", ""), "limit": str(limit), "names": names_language()}
    etag = etag_of(release.sha256, {**asked, "id": str(release.id)}, "application/json")
    lasting = CURRENT if view.release_id is None else FIXED_RELEASE
    if is_known(etag):
        return not_modified(etag, lasting)
    found = search(workspace(), view, values.get("q", ""), limit=limit, language=names_language())
    members = [_document(hit) for hit in found.hits]
    answer = jsonify(
        release=release_summary(found.release), norm=norm_summary(found.norm), query=found.query, total=found.total, results=members
    )
    return cached(answer, etag, lasting)


def _document(hit: Hit) -> dict[str, Any]:
    if isinstance(hit, SchoolHit):
        return {
            "kind": "school",
            "match": hit.match.name.lower(),
            "id": hit.school_id,
            "name": hit.name,
            "school_id_giga": hit.school_id_giga,
            "school_id_govt": hit.school_id_govt,
            "admin1": hit.admin1,
            "admin1_name": hit.admin1_name,
            "admin2": hit.admin2,
            "admin2_name": hit.admin2_name,
            "status": hit.status.value,
            "latitude": hit.latitude,
            "longitude": hit.longitude,
        }
    nothing = dict.fromkeys(("school_id_giga", "school_id_govt", "admin1", "admin2", "admin2_name", "status"))
    return nothing | {
        "kind": KINDS[hit.grouping],
        "match": hit.match.name.lower(),
        "id": hit.code,
        "name": hit.name,
        "admin1_name": hit.parent_name,
        "latitude": hit.latitude,
        "longitude": hit.longitude,
    }
