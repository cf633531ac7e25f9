"""The blueprint of the routes of OGC API - Features, and the parameters that they read in their own way."""

from __future__ import annotations

from typing import Any

from geo.services.items import MAX_CURSOR_CHARACTERS
from geo.web.api.blueprint import ApiBlueprint
from geo.web.params import API_VIEW_PARAMETERS, PARAMETERS
from geo.web.readers import Parameter, refused, word_reader

GEOJSON = "application/geo+json"
JSON = "application/json"
HTML = "text/html"
DEFAULT_ITEMS = 100
MAX_ITEMS = 10_000
blueprint = ApiBlueprint("features", __name__, description="Schools, regions, districts and releases by OGC API - Features")


def _read_limit(text: str) -> int:
    if not text.isascii() or not text.isdigit() or len(text) > 18 or int(text) < 1:
        raise refused("limit", text, f"a whole number from 1 to {MAX_ITEMS}")
    return min(int(text), MAX_ITEMS)


def _read_cursor(text: str) -> str:
    if len(text) > MAX_CURSOR_CHARACTERS:
        raise refused("cursor", text, "that of a 'next' link")
    return text


LIMIT = Parameter(
    "limit",
    _read_limit,
    f"How many features at most on a page; above {MAX_ITEMS} counts as {MAX_ITEMS}.",
    {"type": "integer", "minimum": 1, "maximum": MAX_ITEMS, "default": DEFAULT_ITEMS},
)
"""Page size; above the maximum the maximum is used, as OGC API - Features rules."""
CURSOR = Parameter(
    "cursor",
    _read_cursor,
    "Where the page begins, as `next` links name it; good for the release of the link alone.",
    {"type": "string", "maxLength": MAX_CURSOR_CHARACTERS},
)
FORMAT = Parameter(
    "f",
    word_reader("f", ("json", "html")),
    "Format of the answer. Without it, JSON, unless the Accept header prefers text/html.",
    {"type": "string", "enum": ["json", "html"]},
)
FIELDS: tuple[str, ...] = ("fields",) if "fields" in PARAMETERS else ()
VIEW: tuple[str, ...] = ("release", "norm", "basis")
"""Parameters that choose what one feature says."""
PAGE: tuple[str | Parameter, ...] = (*API_VIEW_PARAMETERS, LIMIT, CURSOR, "lang", FORMAT)
"""Parameters of a page of features that have figures."""

FEATURE_DOCUMENT: dict[str, Any] = {
    "type": "object",
    "required": ["type", "id", "geometry", "properties", "links"],
    "properties": {
        "type": {"type": "string", "enum": ["Feature"]},
        "id": {"type": "string", "description": "Id of the feature; never changes."},
        "geometry": {"type": ["object", "null"], "description": "GeoJSON geometry in CRS84; null where the position is not known."},
        "properties": {"type": "object", "description": "Flat; described by the collection's schema."},
        "release": {"type": "object", "description": "The release that the answer is of."},
        "links": {"type": "array", "items": {"type": "object"}},
    },
}
PAGE_DOCUMENT: dict[str, Any] = {
    "type": "object",
    "required": ["type", "features", "links", "timeStamp", "numberMatched", "numberReturned"],
    "properties": {
        "type": {"type": "string", "enum": ["FeatureCollection"]},
        "timeStamp": {"type": "string", "format": "date-time", "description": "When the answer was made."},
        "numberMatched": {"type": "integer", "minimum": 0, "description": "How many features the filter leaves in all, exactly."},
        "numberReturned": {"type": "integer", "minimum": 0},
        "release": {"type": "object", "description": "The release that the answer is of: id, sha256, published_at and the like."},
        "links": {"type": "array", "items": {"type": "object"}},
        "features": {"type": "array", "items": {"type": "object"}},
    },
}
