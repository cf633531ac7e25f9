"""/api/v1/imports/{id}/matches: schools suggested for rows that share no id with any, and what was decided about them so far."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import marshmallow as ma
from flask import Response, jsonify

from geo.model import MATCH_REASONS
from geo.services.matches import ImportMatches, import_matches
from geo.services.suggestions import Match
from geo.web.api.blueprint import ApiBlueprint
from geo.web.api.csv_tables import csv_response
from geo.web.api.fields import nested, number, share, text, whole
from geo.web.current import workspace
from geo.web.readers import MAX_ID

MAX_LISTED = 10_000
"""Suggestions in one JSON answer; the CSV file has them all."""
MATCHES = f"/imports/<int(max={MAX_ID}):import_id>/matches"
blueprint = ApiBlueprint("matches", __name__, description="Rows matched to schools without shared ids")


class SuggestedMatchSchema(ma.Schema):
    """A row of the file and a school that it may speak about."""

    line = whole("Line of the row in the file.")
    row_id = text("Id by which the row goes: the first of its ids.", is_nullable=True)
    row_name = text("Name in the file.", is_nullable=True)
    school_id = text("Id of the school.")
    school_name = text("Name of the school.", is_nullable=True)
    score = share("How likely they are one school, 0 to 1; it falls where another school or row fits nearly as well.")
    reasons = ma.fields.List(text("Why.", words=MATCH_REASONS), metadata={"description": "What speaks for it."})
    distance_km = number("Straight distance between the two positions.")
    admin1 = text("Region that the school lies in.", is_nullable=True)


class DecisionSchema(ma.Schema):
    """A row and a school that a person decided on."""

    row_id = text("Id by which the row goes.")
    school_id = text("Id of the school.")


class MatchesSchema(ma.Schema):
    """Suggested matches of an import."""

    import_id = whole("The import.")
    total = whole("How many suggestions there are; at most three a row.")
    default_score = share("Score from which accepting all together is proposed.")
    source = text("Source under which decisions are remembered; null where they are not, for nobody named it.", is_nullable=True)
    matches = nested(SuggestedMatchSchema, f"Suggestions nobody decided on yet, best first, at most {MAX_LISTED:,}.", is_list=True)
    accepted = nested(DecisionSchema, "Pairs accepted for this import.", is_list=True)
    refused = nested(DecisionSchema, "Pairs refused for this import.", is_list=True)
    remembered = nested(DecisionSchema, "Pairs accepted for an earlier import of the source that hold for rows of this one.", is_list=True)


@blueprint.route(MATCHES)
@blueprint.needs_key
@blueprint.accepts()
@blueprint.response(200, MatchesSchema)
def get_import_matches(import_id: int) -> Response:
    """Suggested matches of an import

    Schools for the rows whose ids find none, by name and place. Accept and refuse them with `PATCH /imports/{import_id}`.
    """
    return jsonify(_document(import_matches(workspace(), import_id)))


@blueprint.route(f"{MATCHES}.csv")
@blueprint.needs_key
@blueprint.accepts()
@blueprint.response(200, {"type": "string"}, content_type="text/csv")
def get_import_matches_csv(import_id: int) -> Response:
    """Every suggested match of an import as CSV

    Best first: line, row_id, row_name, school_id, school_name, score, reasons, distance_km, admin1.
    """
    found = import_matches(workspace(), import_id)
    rows = [match.as_dict() | {"reasons": " ".join(match.reasons)} for match in found.matches]
    return csv_response(rows, list(Match.__dataclass_fields__), f"import-{import_id}-matches.csv")


def _document(found: ImportMatches) -> dict[str, Any]:
    return {
        "import_id": found.import_id,
        "total": len(found.matches),
        "default_score": found.default_score,
        "source": found.source,
        "matches": [match.as_dict() for match in found.matches[:MAX_LISTED]],
        "accepted": _pairs(found.accepted),
        "refused": _pairs(found.refused),
        "remembered": _pairs(found.remembered),
    }


def _pairs(decided: Iterable[tuple[str, str]]) -> list[dict[str, str]]:
    return [{"row_id": row_id, "school_id": school_id} for row_id, school_id in decided]
