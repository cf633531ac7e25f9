"""The OpenAPI document of the API, in 3.1 and in 3.0 for clients that know no newer one, and its page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

import flask_smorest
import marshmallow as ma
from flask import Blueprint, Flask, Response, current_app, jsonify, request

from geo import __version__
from geo.web.api import (
    changelog,
    changes,
    coverage,
    documentation,
    features,
    files,
    imports,
    mappings,
    matches,
    regions,
    release_file,
    releases,
    schema,
    search,
    sources,
    tile_looks,
    tiles,
    trend,
)
from geo.web.api.document_form import OPENAPI_OLD, arranged, older_document
from geo.web.caching import CURRENT, cached, etag_of
from geo.web.errors import PROBLEM_TYPE
from geo.web.params import read_query

TITLE = "Qosyl API"
OPENAPI = "3.1.0"
MEDIA_TYPE = "application/vnd.oai.openapi+json"
EXTENSION = "qosyl_openapi"
PARTS = (
    features.blueprint.blueprint,
    coverage.blueprint,
    trend.blueprint,
    releases.blueprint,
    release_file.blueprint,
    changes.blueprint,
    regions.blueprint,
    search.blueprint,
    imports.blueprint,
    matches.blueprint,
    sources.blueprint,
    mappings.blueprint,
    schema.blueprint,
    tiles.blueprint,
    tile_looks.blueprint,
    files.blueprint,
)
DESCRIPTION = (
    "Which schools are without a usable internet connection, how many children learn in them, and how we know.\n\n"
    "Reading needs no key. Uploading, reading reports, publishing and undoing need one: `Authorization: Bearer qsl_…`.\n\n"
    "Every error is `application/problem+json` with `code`, `detail` and `request_id`. Unknown and repeated parameters are refused."
)
blueprint = Blueprint("api", __name__, url_prefix="/api/v1")


class ProblemSchema(ma.Schema):
    """An error by RFC 9457."""

    type = ma.fields.String(required=True, metadata={"description": "URN of the kind of problem; ends with its code."})
    title = ma.fields.String(required=True, metadata={"description": "The same for every problem of this code."})
    status = ma.fields.Integer(required=True, metadata={"description": "The HTTP status."})
    detail = ma.fields.String(required=True, metadata={"description": "What is wrong this time and what is accepted."})
    code = ma.fields.String(required=True, metadata={"description": "Stable word for programs.", "example": "unknown_parameter"})
    request_id = ma.fields.String(
        required=True, metadata={"description": "Names this request in our log; the same as the X-Request-Id header."}
    )
    parameter = ma.fields.String(metadata={"description": "The parameter that is wrong."})
    nearest = ma.fields.String(metadata={"description": "The parameter that was probably meant."})
    errors = ma.fields.List(ma.fields.Dict(), metadata={"description": "The first problems, one each, at most 1,000."})
    errors_total = ma.fields.Integer(metadata={"description": "How many problems there are."})


class QosylApi(flask_smorest.Api):  # type: ignore[misc]
    """flask-smorest as a maker of documents; errors are answered by geo.web.errors."""

    ERROR_SCHEMA = ProblemSchema

    def _register_error_handlers(self) -> None:
        """Leave every error to the application."""

    def _register_responses(self) -> None:
        """Register the error responses with their media type."""
        self.DEFAULT_RESPONSE_CONTENT_TYPE = PROBLEM_TYPE
        try:
            super()._register_responses()
        finally:
            del self.DEFAULT_RESPONSE_CONTENT_TYPE


@blueprint.before_request
def _take_language_alone() -> None:
    read_query(request.args, ("lang",) if request.endpoint in ("api.docs", "api.changelog") else ())


def _documents() -> Mapping[str, dict[str, Any]]:
    return cast("Mapping[str, dict[str, Any]]", current_app.extensions[EXTENSION])


def _answer(version: str) -> Response:
    response = jsonify(_documents()[version])
    response.content_type = f"{MEDIA_TYPE};version={version[:3]}"
    return cached(response, etag_of("", {"version": version}, MEDIA_TYPE), CURRENT)


@blueprint.get("/openapi.json")
def openapi() -> Response:
    """Describe the API in OpenAPI 3.1."""
    return _answer(OPENAPI)


@blueprint.get("/openapi-3.0.json")
def openapi_3_0() -> Response:
    """Describe the API in OpenAPI 3.0."""
    return _answer(OPENAPI_OLD)


blueprint.add_url_rule("/docs", view_func=documentation.docs)
blueprint.add_url_rule("/try", view_func=documentation.try_it)
blueprint.add_url_rule("/changelog", view_func=changelog.changelog)


def register(app: Flask) -> None:
    """Register the API and its document."""
    app.config.update(API_TITLE=TITLE, API_VERSION=__version__, OPENAPI_VERSION=OPENAPI)
    api = QosylApi(
        app,
        spec_kwargs={
            "info": {"description": DESCRIPTION, "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"}},
        },
    )
    api.spec.components.security_scheme("bearerKey", {"type": "http", "scheme": "bearer", "description": "An access key: qsl_…"})
    for part in PARTS:
        api.register_blueprint(part)
    app.register_blueprint(blueprint)
    document = arranged(api.spec.to_dict())
    app.extensions[EXTENSION] = {OPENAPI: document, OPENAPI_OLD: older_document(document)}
