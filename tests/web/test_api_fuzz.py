"""The API under inputs made from its own document: never a failure of ours, and only answers that the document allows."""

from __future__ import annotations

from collections.abc import Iterator

import hypothesis
import pytest
import schemathesis
from flask import Flask
from hypothesis import HealthCheck
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import content_type_conformance, response_schema_conformance

from app import create_app
from geo.config import Settings
from geo.model import Role
from geo.services.keys import create_key
from geo.web.current import WORKSPACE
from tests.builders import make_school
from tests.conftest import IS_LONG
from tests.web.published import publish_schools

EXAMPLES = 300 if IS_LONG else 12
CHECKS = (not_a_server_error, content_type_conformance, response_schema_conformance)
OPERATIONS = (
    ("GET", "/api/v1/coverage"),
    ("GET", "/api/v1/releases"),
    ("GET", "/api/v1/releases/{release_id}"),
    ("POST", "/api/v1/releases/{release_id}/undo"),
    ("GET", "/api/v1/regions"),
    ("POST", "/api/v1/imports"),
    ("GET", "/api/v1/imports/{import_id}"),
    ("GET", "/api/v1/imports/{import_id}/errors.csv"),
    ("GET", "/api/v1/imports/{import_id}/file"),
    ("GET", "/api/v1/imports/{import_id}/matches"),
    ("GET", "/api/v1/imports/{import_id}/matches.csv"),
    ("POST", "/api/v1/imports/{import_id}/publish"),
    ("DELETE", "/api/v1/imports/{import_id}"),
    ("GET", "/api/v1/mappings"),
    ("PUT", "/api/v1/mappings/{name}"),
    ("DELETE", "/api/v1/mappings/{name}"),
    ("GET", "/api/v1/schema/schools.json"),
)


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """An application with one release and no limits."""
    settings = Settings(data_dir=tmp_path_factory.mktemp("fuzz"), secret_key="x" * 40, rate_limit_uploads="", testing=True)
    app = create_app(settings)
    app.extensions[WORKSPACE].catalog.migrate()
    publish_schools(app.extensions[WORKSPACE], make_school("A", connectivity="yes", school_area_type="rural"), make_school("B"))
    yield app
    app.extensions[WORKSPACE].close()


@pytest.mark.slow
@pytest.mark.parametrize(("method", "path"), OPERATIONS, ids=[f"{method} {path[8:]}" for method, path in OPERATIONS])
def test_operation_answers_as_documented_whatever_it_is_sent(app, method, path):
    operation = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", app)[path][method]
    secret, _ = create_key(app.extensions[WORKSPACE], name="fuzz", role=Role.PUBLISHER)

    @hypothesis.settings(max_examples=EXAMPLES, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @hypothesis.given(operation.as_strategy())
    def send(case: schemathesis.Case) -> None:
        case.call_and_validate(checks=CHECKS, headers={"Authorization": f"Bearer {secret}", "Accept-Encoding": "identity"})

    send()
