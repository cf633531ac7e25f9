"""The descriptor of a coverage answer as a Frictionless Data Package: where its CSV is, what its columns mean, and what it rests on.

Specification: https://datapackage.org/standard/data-package/ (version 2).
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

import marshmallow as ma
from flask import Response, current_app

from geo import __version__
from geo.model import ReleaseRecord
from geo.services.coverage import CoverageAnswer, is_synthetic
from geo.services.coverage_sets import CoverageSet
from geo.web.api.coverage_fields import COVERAGE_FIELDS
from geo.web.api.figure_files import MEDIA_TYPES
from geo.web.languages import chosen_language

PROFILE = "https://datapackage.org/profiles/2.0/datapackage.json"
SCHEMA_PROFILE = "https://datapackage.org/profiles/2.0/tableschema.json"
DIALECT_PROFILE = "https://datapackage.org/profiles/2.0/tabledialect.json"


def data_package(answer: CoverageAnswer | CoverageSet, columns: Sequence[str], content: bytes, *, name: str, link: str) -> Response:
    """The descriptor.

    Parameters
    ----------
    columns
        Columns of the CSV, in their order.
    content
        The bytes of the CSV, which the address in the descriptor gives.
    name
        File name of the CSV.
    link
        Address that gives the same figures years later.
    """
    releases = answer.releases if isinstance(answer, CoverageSet) else (answer.release,)
    spoken = f"&lang={chosen_language()}" if chosen_language() else ""
    sources = _sources(releases)
    resource: dict[str, Any] = {
        "name": "coverage",
        "type": "table",
        "path": f"{link}{spoken}&f=csv",
        "title": "Coverage of schools",
        "description": "Text that a spreadsheet would run as a formula has an apostrophe before it. A byte-order mark comes first.",
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "bytes": len(content),
        "hash": f"sha256:{hashlib.sha256(content).hexdigest()}",
        "dialect": {"$schema": DIALECT_PROFILE, "delimiter": ",", "lineTerminator": "\r\n", "quoteChar": '"', "doubleQuote": True},
        "schema": {"$schema": SCHEMA_PROFILE, "fields": [_field(column) for column in columns], "missingValues": [""], **_key(answer)},
        "sources": sources,
    }
    package: dict[str, Any] = {
        "$schema": PROFILE,
        "name": name.removesuffix(".csv"),
        "id": link,
        "title": "Coverage of schools",
        "description": _description(answer, releases),
        "version": f"{'-'.join(str(release.id) for release in releases)}.{__version__}",
        "created": releases[-1].published_at.isoformat(),
        "homepage": link,
        "keywords": ["schools", "connectivity", "coverage"],
        "sources": sources,
        **_licences(releases),
        "contributors": [{"title": f"Qosyl {__version__}", "roles": ["creator"]}],
        "citation": answer.citation,
        "citation_link": link,
        "resources": [resource],
    }
    return Response(current_app.json.dumps(package), mimetype=MEDIA_TYPES["datapackage"])


def _description(answer: CoverageAnswer | CoverageSet, releases: Sequence[ReleaseRecord]) -> str:
    notice = "Synthetic demonstration data: no real school. " if any(is_synthetic(release) for release in releases) else ""
    return (
        f"{notice}Schools and students by status of the connection, as counts, shares with bounds, and gaps. "
        f"The licence is that of the sources; those that these name are listed. Cite as: {answer.citation}"
    )


def _sources(releases: Sequence[ReleaseRecord]) -> list[dict[str, str]]:
    named = dict.fromkeys(source for release in releases for source in release.sources)
    files = [{"title": f"Release {release.id} of {release.published_at:%Y-%m-%d}, sha256 {release.sha256}"} for release in releases]
    return [*files, *({"title": source} for source in named)]


LICENCES: Mapping[str, tuple[str, str]] = {
    "ODbL 1.0": ("ODbL-1.0", "https://opendatacommons.org/licenses/odbl/1-0/"),
    "CC BY 4.0": ("CC-BY-4.0", "https://creativecommons.org/licenses/by/4.0/"),
}
"""Licences that sources name in their words, with their ids and texts."""


def _licences(releases: Sequence[ReleaseRecord]) -> dict[str, Any]:
    """The licences that the sources name; no member where they name none, rather than a guess."""
    words = " ".join(source for release in releases for source in release.sources)
    found = [{"name": name, "path": path, "title": title} for title, (name, path) in LICENCES.items() if title in words]
    return {"licenses": found} if found else {}


def _key(answer: CoverageAnswer | CoverageSet) -> dict[str, Any]:
    """The columns that name a row; none where a group may lack its code, since a key's columns must have values."""
    keys = [*(grouping.value for grouping in answer.by), "norm"]
    has_blank = any(record[key] is None for record in answer.records for key in keys)
    return {} if has_blank else {"primaryKey": keys}


_TYPES = {ma.fields.Integer: "integer", ma.fields.Float: "number", ma.fields.String: "string"}


def _field(column: str) -> dict[str, Any]:
    documented = COVERAGE_FIELDS[column]
    kind = next(name for cls, name in _TYPES.items() if isinstance(documented, cls))
    if documented.metadata.get("format") == "date-time":
        kind = "datetime"
    field: dict[str, Any] = {"name": column, "type": kind, "description": documented.metadata["description"]}
    constraints: dict[str, Any] = {}
    for validator in documented.validators:
        if isinstance(validator, ma.validate.Range):
            constraints |= {name: value for name, value in (("minimum", validator.min), ("maximum", validator.max)) if value is not None}
        if isinstance(validator, ma.validate.OneOf):
            constraints["enum"] = [choice for choice in validator.choices if choice is not None]
    return field | ({"constraints": constraints} if constraints else {})
