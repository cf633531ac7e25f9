"""The form that clients want of an OpenAPI document: paths below a server's address, pages of features first, and the words of 3.0.

QGIS and GDAL look for the path `/collections/<id>/items` from its first character, and QGIS for the page size in
`components.parameters.limit` alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

BASE = "/api/v1"
OPENAPI_OLD = "3.0.3"
DATA_LICENCE_MEMBERS = ("identifier",)
"""Members of a licence that 3.0 does not have."""
_SHARED = ("limit", "bbox", "datetime")
"""Parameters that stand among the components, as pages of schools take them."""
_SHARED_FROM = "/collections/schools/items"


def arranged(document: Mapping[str, Any]) -> dict[str, Any]:
    """The document with paths relative to its server, those of pages of features first, and their parameters among its components."""
    paths = {path.removeprefix(BASE): item for path, item in document["paths"].items()}
    in_order = sorted(paths, key=lambda path: not (path.startswith("/collections/") and path.endswith("/items")))
    parameters = {each["name"]: each for each in paths[_SHARED_FROM]["get"]["parameters"] if each["name"] in _SHARED}
    return {
        **document,
        "servers": [{"url": BASE, "description": "This service"}],
        "paths": {path: paths[path] for path in in_order},
        "components": {**document["components"], "parameters": parameters},
    }


def older_document(document: Mapping[str, Any]) -> dict[str, Any]:
    """The document as OpenAPI 3.0, which OWSLib and Swagger UI 4 need."""
    older: dict[str, Any] = {**_older_schema(document), "openapi": OPENAPI_OLD}
    licence = {name: value for name, value in older["info"].get("license", {}).items() if name not in DATA_LICENCE_MEMBERS}
    return {**older, "info": {**older["info"], "license": licence}}


def _older_schema(node: Any) -> Any:
    """A part of a 3.1 document in the words of 3.0: one type each, `nullable`, `example`."""
    if isinstance(node, list):
        return [_older_schema(item) for item in node]
    if not isinstance(node, Mapping):
        return node
    older = {name: _older_schema(value) for name, value in node.items()}
    types = older.get("type")
    if isinstance(types, list):
        named = [name for name in types if name != "null"]
        older |= {"type": named[0]} if len(named) == 1 else {}
        if len(named) != 1:
            del older["type"]
        older |= {"nullable": True} if "null" in types else {}
    choices = older.get("anyOf")
    if isinstance(choices, list) and {"type": "null"} in choices:
        older |= {"anyOf": [choice for choice in choices if choice != {"type": "null"}], "nullable": True}
    if isinstance(older.get("examples"), list):
        older["example"] = older.pop("examples")[0]
    if "contentMediaType" in older:
        del older["contentMediaType"]
    return older
