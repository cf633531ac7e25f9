"""GET /api/v1/sources: the services that data is pulled from, and how old what they brought is."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from typing import Any

import marshmallow as ma
from flask import Response, jsonify

from geo.model import PullState, SourceRecord
from geo.services.sources import age_days, sources
from geo.web.api.blueprint import ApiBlueprint
from geo.web.api.fields import flag, moment, nested, record, text, whole
from geo.web.api.releases import instant
from geo.web.caching import CURRENT, cached, etag_of
from geo.web.current import is_signed_in, workspace

blueprint = ApiBlueprint("sources", __name__, description="Services that data is pulled from")


class SourceSchema(ma.Schema):
    """A source and how its last pull went."""

    name = text("Its name; imports of it have it as their source.")
    kind = text("What interface it speaks.", words=("giga",))
    country = text("ISO 3166-1 alpha-3 code of the country whose schools are pulled.")
    is_trusted = flag("Whether what it brings is published by itself where nothing speaks against it.")
    last_pull_at = moment("When it was last tried, null before the first time.", is_nullable=True)
    last_success_at = moment("When it last brought something, null where it never did.", is_nullable=True)
    age_days = whole("Whole days since then.", is_nullable=True)
    last_state = text("How the last try ended.", words=PullState, is_nullable=True)
    last_failure_code = text("What went wrong the last time, null where nothing did.", is_nullable=True)
    last_import_id = whole("The import of the last good pull; only for those with a key.", is_nullable=True)
    last_report = record("Counts, licences and time of the last good pull; only for those with a key.", is_nullable=True)


class SourcesSchema(ma.Schema):
    """All sources."""

    sources = nested(SourceSchema, "By name.", is_list=True)


@blueprint.route("/sources")
@blueprint.accepts()
@blueprint.response(200, SourcesSchema)
def list_sources() -> Response:
    """Services that data is pulled from

    With the age of what each brought last. A pull that fails changes nothing that is public.
    """
    answer = jsonify(sources=[_document(source) for source in sources(workspace())])
    content = hashlib.sha256(answer.get_data()).hexdigest()
    return cached(answer, etag_of("", {"content": content}, "application/json", has_words=False), CURRENT, has_words=False)


def _document(source: SourceRecord) -> dict[str, Any]:
    document = {
        "name": source.name,
        "kind": source.kind,
        "country": source.country,
        "is_trusted": source.is_trusted,
        "last_pull_at": _instant(source.last_pull_at),
        "last_success_at": _instant(source.last_success_at),
        "age_days": age_days(source, datetime.now(UTC)),
        "last_state": source.last_state,
        "last_failure_code": None if source.last_failure is None else source.last_failure["code"],
    }
    if is_signed_in():
        document |= {"last_import_id": source.last_import_id, "last_report": source.last_report}
    return document


def _instant(moment: datetime | None) -> str | None:
    return None if moment is None else instant(moment)
