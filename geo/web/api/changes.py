"""What changed between two releases, and over all of them for one school; withdrawing a release."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import marshmallow as ma
from flask import Response, jsonify, url_for

from geo.services import releases as service
from geo.services.history import FactChange, SchoolChange, school_history
from geo.services.withdrawals import withdraw_release
from geo.web.api.blueprint import ApiBlueprint, query
from geo.web.api.csv_tables import table_response
from geo.web.api.fields import flag, moment, nested, record, text, whole
from geo.web.api.releases import ReleaseSchema, instant, release_document
from geo.web.caching import CURRENT, answered, etag_of
from geo.web.current import is_signed_in, workspace
from geo.web.languages import names_language
from geo.web.readers import MAX_ID
from geo.web.sessions import current_key

RELEASE = f"/releases/<int(max={MAX_ID}):release_id>"
blueprint = ApiBlueprint("changes", __name__, description="What changed from release to release")


class ChangesSchema(ma.Schema):
    """Two releases and what changed from one to the other."""

    release = nested(ReleaseSchema, "The release that was asked for.")
    since = nested(ReleaseSchema, "The release it is compared with, null before the first.", is_nullable=True)
    changes = record(
        "Counts, columns, total and regions before and after, and the first schools that changed; null where `since` is withdrawn.",
        is_nullable=True,
    )
    links = record("Address of the whole list as CSV.")


class FactChangeSchema(ma.Schema):
    """One column of a school that a release changed."""

    column = text("The column.")
    before = ma.fields.Raw(allow_none=True, metadata={"description": "Value before, null where it was not known."})
    after = ma.fields.Raw(allow_none=True, metadata={"description": "Value after, null where it is not known any more."})
    source = text("Who reported the new value.", is_nullable=True)
    collected_on = text("When it was collected.", is_nullable=True, format="date")


class SchoolChangeSchema(ma.Schema):
    """What one release did to a school."""

    release_id = whole("Id of the release.")
    published_at = moment("When it was published.")
    change = text("What happened.", words=("added", "changed", "removed"))
    facts = nested(FactChangeSchema, "What changed.", is_list=True)
    reason = text("Why it was published; only for those with a key.", is_nullable=True)
    published_by = text("Who published it; only for those with a key.", is_nullable=True)


class HistorySchema(ma.Schema):
    """A school across the releases, newest first."""

    school_id = text("The school.")
    changes = nested(SchoolChangeSchema, "What changed, newest first.", is_list=True)
    is_complete = flag("Whether the first release is among those looked at.")
    next = text("Address of older changes, null at the end.", is_nullable=True)


class WithdrawSchema(ma.Schema):
    """Why a release is withdrawn."""

    reason = ma.fields.String(
        required=True,
        validate=ma.validate.Length(min=1, max=500),
        metadata={"description": "Why; whoever asks for the release is told it."},
    )


class WithdrawnSchema(ma.Schema):
    """Releases that are out of public reach."""

    withdrawn = ma.fields.List(
        ma.fields.Integer(),
        metadata={"description": "Ids of the releases that were withdrawn: the one named and those of the very same data."},
    )
    reason = text("Why.")


@blueprint.route(f"{RELEASE}/changes")
@blueprint.accepts("since", "lang")
@blueprint.response(200, ChangesSchema)
def get_changes(release_id: int) -> Response:
    """What changed between two releases

    From `since` to this release; without `since`, from the release that it was made from.
    """
    since = query().get("since")
    release, current = workspace().release(release_id), service.current_release(workspace())
    other = None if since is None else workspace().release(since)
    current_id = current.id if current else None
    names = {"since": other.sha256 if other else "", "current": str(current_id), "names": names_language(), "id": str(since)}
    etag = etag_of(release.sha256, names, "json")

    def make() -> Response:
        found = service.release_changes(workspace(), release_id, since=since, language=names_language())
        return jsonify(
            release=release_document(found.release, current_id),
            since=None if found.since is None or found.impact is None else release_document(found.since, current_id),
            changes=None if found.impact is None else found.impact.as_dict(),
            links={"list": url_for("changes.get_change_list", release_id=release_id, since=since)},
        )

    return answered(etag, CURRENT, make)


@blueprint.route(f"{RELEASE}/changes.csv")
@blueprint.accepts("since")
@blueprint.response(200, {"type": "string"}, content_type="text/csv")
def get_change_list(release_id: int) -> Response:
    """Every change between two releases

    As CSV, a row a school and column: school_id, school_name, change, column, before, after.
    """
    since = query().get("since")
    release = workspace().release(release_id)
    other = "" if since is None else workspace().release(since).sha256
    etag = etag_of(release.sha256, {"since": other, "id": str(since)}, "text/csv", has_words=False)

    def make() -> Response:
        table = service.changes_table(workspace(), release_id, since=since)
        versus = "" if since is None else f"-since-{since}"
        return table_response(table, f"release-{release_id}{versus}-changes.csv")

    return answered(etag, CURRENT, make, has_words=False)


@blueprint.route(f"{RELEASE}/withdraw", methods=["POST"])
@blueprint.needs_key
@blueprint.accepts()
@blueprint.takes_json(WithdrawSchema)
@blueprint.response(200, WithdrawnSchema)
def withdraw(release_id: int, body: Mapping[str, Any]) -> Response:
    """Take a release out of public reach for good

    Whoever asks for it gets 410 with the reason. The current release, or one of the same data, is refused (409): undo it first.
    """
    made = withdraw_release(workspace(), release_id, reason=body["reason"], actor=current_key())
    return jsonify(withdrawn=[record.release_id for record in made], reason=made[0].reason)


@blueprint.route("/schools/<string:school_id>/history")
@blueprint.accepts("before")
@blueprint.response(200, HistorySchema)
def get_history(school_id: str) -> Response:
    """One school across the releases

    What each release changed of it, newest first; the newest fifty releases, older ones by `next`.
    """
    before = query().get("before")
    current = workspace().release()
    etag = etag_of(current.sha256, {"current": str(current.id), "before": str(before)}, "json")

    def make() -> Response:
        found = school_history(workspace(), school_id, before=before)
        more = None if found.is_complete else url_for("changes.get_history", school_id=school_id, before=found.oldest)
        changes = [_change_document(change) for change in found.changes]
        return jsonify(school_id=found.school_id, changes=changes, is_complete=found.is_complete, next=more)

    return answered(etag, CURRENT, make)


def _change_document(change: SchoolChange) -> dict[str, Any]:
    document = {
        "release_id": change.release.id,
        "published_at": instant(change.release.published_at),
        "change": change.change,
        "facts": [_fact_document(fact) for fact in change.facts],
    }
    if is_signed_in():
        document |= {"reason": change.release.reason, "published_by": change.release.published_by}
    return document


def _fact_document(fact: FactChange) -> dict[str, Any]:
    return asdict(fact) | {"collected_on": None if fact.collected_on is None else fact.collected_on.isoformat()}
