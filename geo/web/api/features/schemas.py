"""/api/v1/collections/…/schema and …/feature-schema: what features of each collection hold, in the two forms that clients read.

QGIS reads the flat one (OGC API - Features, Part 5), GDAL the one that has the shape of a GeoJSON feature; each passes over the other.
"""

from __future__ import annotations

from typing import Any

from geo.services.collections import COLLECTIONS, Collection
from geo.web.api.features.property_schemas import ROLES, SHAPES, feature_properties, returnables
from geo.web.api.features.queryables import add_schema_route

_TYPES = {"geometry-point": ["Point"], "geometry-polygon-or-multipolygon": ["Polygon", "MultiPolygon"]}


def _flat(collection: Collection) -> dict[str, Any]:
    required = [name for name, role in ROLES[collection.id].items() if role == "id"]
    return {
        "title": collection.title,
        "description": collection.description,
        "required": required,
        "properties": returnables(collection.id),
    }


def _shaped(collection: Collection) -> dict[str, Any]:
    shapes = _TYPES.get(SHAPES.get(collection.id, ""))
    geometry = {"type": "object", "required": ["type", "coordinates"], "properties": {"type": {"type": "string", "enum": shapes}}}
    nullable = {"oneOf": [{"type": "null"}, geometry]} if shapes else {"type": "null"}
    return {
        "title": collection.title,
        "description": f"A feature of {collection.title}. {collection.description}",
        "required": ["type", "id", "geometry", "properties"],
        "properties": {
            "type": {"type": "string", "enum": ["Feature"]},
            "id": {"type": "string"},
            "geometry": nullable,
            "properties": {"type": "object", "properties": feature_properties(collection.id)},
        },
    }


for _each in COLLECTIONS:
    add_schema_route(
        f"/collections/{_each.id}/schema",
        f"get_{_each.id}_schema",
        f"Schema of the properties of {_each.id}\n\nFlat, by OGC API - Features, Part 5.",
        lambda collection=_each: _flat(collection),  # type: ignore[misc]  # bound now, since the loop goes on
    )
    add_schema_route(
        f"/collections/{_each.id}/feature-schema",
        f"get_{_each.id}_feature_schema",
        f"Schema of a feature of {_each.id}\n\nOf the GeoJSON object, with the types of its properties. Any value but an id may be null.",
        lambda collection=_each: _shaped(collection),  # type: ignore[misc]
    )
