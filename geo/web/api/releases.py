"""/api/v1/releases: what was published when, what it changed, and undoing it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import marshmallow as ma
from flask import Response, jsonify, url_for

from geo.model import ReleaseKind, ReleaseRecord, WithdrawalRecord
from geo.services import releases as service
from geo.services.coverage import is_synthetic
from geo.services.withdrawals import withdrawals_of
from geo.web.api.blueprint import ApiBlueprint, query
from geo.web.api.fields import flag, moment, nested, record, text, texts, whole
from geo.web.caching import CURRENT, answered, etag_of
from geo.web.current import is_signed_in, workspace
from geo.web.languages import names_language
from geo.web.params import DEFAULT_LIMIT
from geo.web.readers import MAX_ID
from geo.web.sessions import current_key

blueprint = ApiBlueprint("releases", __name__, description="Published versions of the data")


class ReleaseSummarySchema(ma.Schema):
    """What names a release."""

    id = whole("Id of the release.")
    sha256 = text("sha256 of the release file, hexadecimal.")
    published_at = moment("When it was published.")
    schools = whole("Schools in it.")
    country = text("ISO 3166-1 alpha-2 code of the country, null before boundaries were loaded.", is_nullable=True)
    is_synthetic = flag("Whether any of it is synthetic demonstration data.")


class ReleaseSchema(ReleaseSummarySchema):
    """One release."""

    tag = text("Id and first 12 digits of the sha256, as immutable addresses name it.")
    parent_id = whole("The release it was made from, null for the first.", is_nullable=True)
    kind = text("What made it.", words=ReleaseKind)
    is_current = flag("Whether it is the release that addresses without a release mean.")
    byte_count = whole("Size of the release file in bytes.")
    boundaries = record("Vintage of the boundaries by level.")
    sources = texts("Sources of the facts in it.")
    counts = record("Totals fixed at publish.")
    undone_release_id = whole("The release that it undoes.", is_nullable=True)
    withdrawn_at = moment("Since when it is out of public reach; null for all others.", is_nullable=True)
    withdrawal_reason = text("Why it is.", is_nullable=True)
    import_id = whole("The import that made it; only for those with a key.", is_nullable=True)
    reason = text("Why it was published, in the publisher's words; only for those with a key.", is_nullable=True)
    published_by = text("Who published it; only for those with a key.", is_nullable=True)
    software_version = text("Version of the software that made it.")
    links = record("Addresses of this release, of its parent, of its coverage and of its file.")


class ReleaseListSchema(ma.Schema):
    """Releases, newest first."""

    releases = nested(ReleaseSchema, "The releases, newest first.", is_list=True)
    next = text("Address of the next page, null on the last.", is_nullable=True)


class ReleaseChangesSchema(ma.Schema):
    """A release and what it changed."""

    release = nested(ReleaseSchema, "The release.")
    changes = record(
        "Against its parent: counts, columns, total and regions before and after, and the first schools that changed; "
        "null where the parent is withdrawn.",
        is_nullable=True,
    )


class UndoSchema(ma.Schema):
    """Why a release is undone."""

    reason = ma.fields.String(
        load_default="", validate=ma.validate.Length(max=500), metadata={"description": "Why, for the list of releases and the log."}
    )


def release_document(release: ReleaseRecord, current_id: int | None, withdrawal: WithdrawalRecord | None = None) -> dict[str, Any]:
    """A release as the API gives it: who published it and why only to people with a key, of a withdrawn one no figure."""
    links = {
        "self": url_for("releases.get_release", release_id=release.id),
        "coverage": url_for("coverage.get_coverage", release=release.id),
        "file": url_for("release_file.get_release_file", release_id=release.id, sha256=release.sha256),
    }
    if release.parent_id is not None:
        links["parent"] = url_for("releases.get_release", release_id=release.parent_id)
    document = {
        "id": release.id,
        "tag": release.tag,
        "sha256": release.sha256,
        "published_at": instant(release.published_at),
        "schools": release.school_count,
        "country": release.country,
        "is_synthetic": is_synthetic(release),
        "parent_id": release.parent_id,
        "kind": release.kind.value,
        "is_current": release.id == current_id,
        "byte_count": release.byte_count,
        "boundaries": dict(release.vintages),
        "sources": list(release.sources),
        "counts": dict(release.counts),
        "undone_release_id": release.undone_release_id,
        "software_version": release.software_version,
        "links": links,
    }
    document |= {"withdrawn_at": None, "withdrawal_reason": None}
    if withdrawal is not None:
        document |= {"withdrawn_at": instant(withdrawal.withdrawn_at), "withdrawal_reason": withdrawal.reason}
        document |= {"counts": {}, "sources": [], "links": {}}
    if is_signed_in():
        document |= {"import_id": release.import_id, "published_by": release.published_by, "reason": release.reason}
    return document


def instant(moment: datetime) -> str:
    """An instant in UTC with its offset, as RFC 3339 has it."""
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC).isoformat()


@blueprint.route("/releases")
@blueprint.accepts("limit", "before")
@blueprint.response(200, ReleaseListSchema)
def list_releases() -> Response:
    """Releases, newest first

    The newest is the current one. `next` is the address of the next page.
    """
    limit, before = query().get("limit", DEFAULT_LIMIT), query().get("before")
    current = service.current_release(workspace())
    current_id = current.id if current else None
    found = service.releases(workspace(), limit=limit, before=before)
    withdrawals = withdrawals_of(workspace(), found)
    names = {"current": str(current_id), "limit": str(limit), "before": str(before), "withdrawn": ",".join(map(str, withdrawals))}
    etag = etag_of(current.sha256 if current else "", names, "json")

    def make() -> Response:
        has_more = len(found) == limit and found[-1].id > 1
        more = url_for("releases.list_releases", limit=limit, before=found[-1].id) if has_more else None
        return jsonify(releases=[release_document(release, current_id, withdrawals.get(release.id)) for release in found], next=more)

    return answered(etag, CURRENT, make)


@blueprint.route(f"/releases/<int(max={MAX_ID}):release_id>")
@blueprint.accepts("lang")
@blueprint.response(200, ReleaseChangesSchema)
def get_release(release_id: int) -> Response:
    """One release and what it changed

    Compared with the release that it was made from.
    """
    release = workspace().release(release_id)
    current = service.current_release(workspace())
    current_id = current.id if current else None
    etag = etag_of(release.sha256, {"release": str(release.id), "current": str(current_id)}, "json")

    def make() -> Response:
        found = service.release_changes(workspace(), release_id, language=names_language())
        return jsonify(release=release_document(release, current_id), changes=None if found.impact is None else found.impact.as_dict())

    return answered(etag, CURRENT, make)


@blueprint.route(f"/releases/<int(max={MAX_ID}):release_id>/undo", methods=["POST"])
@blueprint.needs_key
@blueprint.accepts()
@blueprint.takes_json(UndoSchema)
@blueprint.response(201, ReleaseSchema)
def undo_release(release_id: int, body: dict[str, Any]) -> Response:
    """Undo a release

    Publishes a new release without the changes of this one, or refuses (409) and names what later releases changed as well.
    """
    release = service.undo_release(workspace(), release_id, actor=current_key(), reason=body["reason"])
    response = jsonify(release_document(release, release.id))
    response.status_code = 201
    response.headers["Location"] = url_for("releases.get_release", release_id=release.id)
    return response
