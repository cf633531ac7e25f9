"""/api/v1/collections/…/queryables: what filters of each collection can ask about, as JSON Schema."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Response, jsonify

from geo.services.collections import COLLECTIONS, Collection
from geo.web.api.features.answers import href
from geo.web.api.features.blueprint import blueprint
from geo.web.api.features.property_schemas import DRAFT, queryables
from geo.web.caching import CURRENT, answered, etag_of

SCHEMA_TYPE = "application/schema+json"
SCHEMA_DOCUMENT: dict[str, Any] = {
    "type": "object",
    "required": ["$schema", "$id", "type", "title", "properties"],
    "properties": {
        "$schema": {"type": "string", "enum": [DRAFT]},
        "$id": {"type": "string", "format": "uri"},
        "type": {"type": "string", "enum": ["object"]},
        "title": {"type": "string"},
        "description": {"type": "string"},
        "properties": {"type": "object"},
        "additionalProperties": {"type": "boolean"},
    },
}
"""Schema of a JSON Schema, as far as every one here goes."""
_NO_QUERYABLES = (
    "None: a filter here chooses the schools that the figures count, not the features. What chooses features is among the parameters of "
    "the items: bbox, codes of regions, datetime."
)


def schema_response(path: str, document: dict[str, Any]) -> Response:
    """A JSON Schema as the answer of a path; it names itself by its address and changes with the software alone."""

    def make() -> Response:
        response = jsonify({"$schema": DRAFT, "$id": href(path), "type": "object", **document})
        response.content_type = SCHEMA_TYPE
        return response

    return answered(etag_of("", {"id": href(path)}, SCHEMA_TYPE), CURRENT, make)


def add_schema_route(path: str, name: str, summary: str, make: Callable[[], dict[str, Any]]) -> None:
    """Register a route of a literal path that answers with a JSON Schema, so that clients find the path in the description of the API."""

    def view() -> Response:
        return schema_response(path, make())

    view.__name__, view.__qualname__, view.__doc__ = name, name, summary
    documented = blueprint.response(200, SCHEMA_DOCUMENT, content_type=SCHEMA_TYPE)(view)
    blueprint.route(path)(blueprint.accepts()(documented))


def _queryables(collection: Collection) -> dict[str, Any]:
    described = queryables(collection.id)
    note = "What `filter` can ask about." if described else _NO_QUERYABLES
    return {"title": collection.title, "description": note, "properties": described, "additionalProperties": False}


for _each in COLLECTIONS:
    add_schema_route(
        f"/collections/{_each.id}/queryables",
        f"get_{_each.id}_queryables",
        f"What filters of {_each.id} can ask about\n\nJSON Schema of each property that `filter` takes.",
        lambda collection=_each: _queryables(collection),  # type: ignore[misc]  # bound now, since the loop goes on
    )
