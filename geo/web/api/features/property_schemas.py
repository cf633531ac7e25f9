"""Properties as JSON Schema: one table makes queryables, both schemas and what they have in common.

Types are single words and never a list with "null": GDAL takes such a list for text, and QGIS reads words alone. Any value but an id may
be null all the same, which is how GeoJSON says that nothing is known.

Source: OGC 23-058r2 (Schemas), OGC 19-079r2 (Filtering), JSON Schema 2020-12.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import marshmallow as ma

from geo.school_properties import PropertyKind, SchoolProperty
from geo.services.collection_properties import PROPERTIES
from geo.services.filters import FILTERABLE, GEOMETRY
from geo.web.api.coverage_fields import COVERAGE_FIELDS
from geo.web.api.trend import FIGURE_NAMES

DRAFT = "https://json-schema.org/draft/2020-12/schema"
TYPES: Mapping[PropertyKind, Mapping[str, str]] = {
    PropertyKind.TEXT: {"type": "string"},
    PropertyKind.WHOLE_NUMBER: {"type": "integer"},
    PropertyKind.NUMBER: {"type": "number"},
    PropertyKind.DATE: {"type": "string", "format": "date"},
    PropertyKind.INSTANT: {"type": "string", "format": "date-time"},
    PropertyKind.BOOLEAN: {"type": "boolean"},
}
UCUM = {"Mbps": "Mbit/s", "ms": "ms", "km": "km", "degrees": "deg", "bytes": "By"}
"""Units as the Unified Code for Units of Measure spells them; numbers of students have none."""
ROLES: Mapping[str, Mapping[str, str]] = {
    "schools": {"school_id": "id", "connectivity_collected_on": "primary-instant"},
    "regions": {"code": "id"},
    "districts": {"code": "id"},
    "releases": {"release_id": "id", "published_at": "primary-instant"},
}
"""By collection: the property that is the feature's id, and the one that `datetime` asks about."""
SHAPES: Mapping[str, str] = {
    "schools": "geometry-point",
    "regions": "geometry-polygon-or-multipolygon",
    "districts": "geometry-polygon-or-multipolygon",
}
"""By collection that has geometries: what they are."""
_TITLES = {
    "school_id": "School id",
    "school_id_giga": "Giga id",
    "school_id_govt": "Register id",
    "admin1": "Region code",
    "admin1_name": "Region",
    "admin2": "District code",
    "admin2_name": "District",
    "num_students": "Students",
    "sha256": "SHA-256",
}
_ENDINGS = {"Mbps": "_mbps", "ms": "_ms", "km": "_km"}


def queryables(collection_id: str) -> dict[str, Any]:
    """JSON Schemas of what a filter of a collection can ask about, by name; empty where filters choose something else."""
    if collection_id != "schools":
        return {}
    roles = {name: {"x-ogc-role": role} for name, role in ROLES[collection_id].items()}
    return {
        **{name: {**property_schema(each), **roles.get(name, {})} for name, each in FILTERABLE.items()},
        GEOMETRY: _geometry(collection_id),
    }


def returnables(collection_id: str) -> dict[str, Any]:
    """JSON Schemas of the properties of a collection's features and of their geometry, by name, in order, with roles."""
    roles = ROLES[collection_id]
    described = {**feature_properties(collection_id)} | ({GEOMETRY: _geometry(collection_id)} if collection_id in SHAPES else {})
    return {
        name: {**schema, **({"x-ogc-role": roles[name]} if name in roles else {}), "x-ogc-propertySeq": place}
        for place, (name, schema) in enumerate(described.items(), 1)
    }


def feature_properties(collection_id: str) -> dict[str, Any]:
    """JSON Schemas of the members of a feature's `properties`, by name, in order."""
    described = {each.name: property_schema(each) for each in PROPERTIES[collection_id]}
    if collection_id in ("regions", "districts"):
        described |= {name: _figure_schema(name, COVERAGE_FIELDS[name]) for name in FIGURE_NAMES}
    return described


def property_schema(each: SchoolProperty) -> dict[str, Any]:
    """JSON Schema of a property."""
    return {
        "title": _title(each.name, each.unit),
        "description": each.description,
        **TYPES[each.kind],
        **({"enum": list(each.words)} if each.words else {}),
        **({"x-ogc-unit": UCUM[each.unit]} if each.unit in UCUM else {}),
    }


def _figure_schema(name: str, field: ma.fields.Field[Any]) -> dict[str, Any]:
    kind = PropertyKind.WHOLE_NUMBER if isinstance(field, ma.fields.Integer) else PropertyKind.NUMBER
    return property_schema(SchoolProperty(name, kind, field.metadata["description"]))


def _geometry(collection_id: str) -> dict[str, Any]:
    description = "Position of the school." if collection_id == "schools" else "Shape, as maps draw it."
    return {
        "title": "Geometry",
        "description": f"{description} Degrees, WGS84, longitude first (CRS84).",
        "format": SHAPES[collection_id],
        "x-ogc-role": "primary-geometry",
    }


def _title(name: str, unit: str) -> str:
    if name in _TITLES:
        return _TITLES[name]
    ending = _ENDINGS.get(unit, "")
    words = name.removesuffix(ending).replace("_", " ")
    return words[:1].upper() + words[1:] + (f", {unit}" if ending else "")
