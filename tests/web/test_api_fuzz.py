"""The API under inputs made from its own descriptions: never a failure of ours, and only answers that the descriptions allow.

All checks of schemathesis run but one: it holds that data which fits a schema is never refused. Ours may be, where no schema can say all,
and then the refusal must name a parameter or a body of that kind; `LOOSE` lists them.
"""

from __future__ import annotations

from collections.abc import Iterator
from http import HTTPStatus

import hypothesis
import pytest
import schemathesis
from flask import Flask
from hypothesis import HealthCheck, Phase
from schemathesis import GenerationMode
from schemathesis.config import SchemathesisConfig
from schemathesis.core.failures import FailureGroup

from app import create_app
from geo.config import Settings
from geo.model import Role
from geo.services.keys import create_key
from geo.services.publishing import Draft, ReleaseKind, boundaries_in_force, composed, publish
from geo.web.current import WORKSPACE
from tests.builders import make_facts_table, make_school
from tests.conftest import IS_LONG
from tests.services.builders import load_districts, load_regions
from tests.set_up import set_up

FITTING, UNFITTING = GenerationMode.POSITIVE, GenerationMode.NEGATIVE
SHORT = (("openapi.json", FITTING, 2), ("openapi.json", UNFITTING, 1), ("openapi-3.0.json", FITTING, 1))
RUNS = (*SHORT, ("openapi-3.0.json", UNFITTING, 1)) if IS_LONG else SHORT
"""Description, whether what is sent fits it, and how often each operation is tried; a hundred times as often in the long run."""
REFUSED = [400, 401, 403, 404, 405, 406, 409, 413, 414, 415, 416, 422, 431]
CONFIG = {
    "checks": {
        "positive_data_acceptance": {"enabled": False},
        "negative_data_rejection": {"expected-statuses": [str(status) for status in REFUSED]},
    }
}
LOOSE = {
    "the text must be printable": ("admin1", "admin2", "school_name", "admin1_name", "admin2_name", "q"),
    "codes are of limited length": ("school_id", "school_id_giga", "school_id_govt"),
    "the release says which": ("release", "before", "from", "to", "since", "cursor", "sha256", "boundaries", "software", "digest"),
    "each once, and not too many": ("by", "fields", "norm", "enrolment"),
    "a language of its own": ("filter", "bbox", "datetime"),
}


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """An application with one release and no limits."""
    directory = tmp_path_factory.mktemp("fuzz")
    settings = Settings(data_dir=set_up(directory / "var"), secret_key="x" * 40, rate_limit_uploads="", load_demo=False, testing=True)
    app = create_app(settings)
    workspace = app.extensions[WORKSPACE]
    load_regions(workspace, directory)
    load_districts(workspace, directory)
    boundaries = boundaries_in_force(workspace, None)
    schools = (
        make_school("A", connectivity="yes", school_area_type="rural", latitude=50.25, longitude=10.25, num_students=300),
        make_school("B", school_name="Лицей № 5"),
    )
    draft = Draft(None, ReleaseKind.IMPORT, boundaries, "for a test", None)
    publish(workspace, draft, composed(workspace, make_facts_table(*schools), boundaries))
    yield app
    workspace.close()


def is_loose(parameter: str) -> bool:
    return any(parameter in names for names in LOOSE.values())


def fault_of(case: schemathesis.Case, response: schemathesis.Response, mode: GenerationMode, headers: dict[str, str]) -> str | None:
    """What is wrong with an answer; None for nothing."""
    if response.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR and response.status_code != HTTPStatus.SERVICE_UNAVAILABLE:
        return "it failed"
    refused = response.status_code == HTTPStatus.BAD_REQUEST and response.headers["content-type"] == ["application/problem+json"]
    if mode is GenerationMode.POSITIVE and refused and case.method == "GET" and not is_loose(response.json().get("parameter", "")):
        return "what the description allows is refused"
    try:
        case.validate_response(response, headers=headers)
    except FailureGroup as group:
        return "; ".join(str(each).splitlines()[0] for each in group.exceptions)
    return None


@pytest.mark.slow
@pytest.mark.parametrize(("document", "mode", "count"), RUNS, ids=[f"{document} {mode.value}" for document, mode, _ in RUNS])
def test_every_operation_answers_as_described_whatever_it_is_sent(app, document, mode, count):
    secret, _ = create_key(app.extensions[WORKSPACE], name="fuzz", role=Role.PUBLISHER)
    headers = {"Authorization": f"Bearer {secret}", "Accept-Encoding": "identity"}
    described = schemathesis.openapi.from_wsgi(f"/api/v1/{document}", app, config=SchemathesisConfig.from_dict(CONFIG))
    faults: dict[str, str] = {}

    for found in described.get_all_operations():
        operation = found.ok()
        if mode is GenerationMode.NEGATIVE and not list(operation.iter_parameters()) and not operation.body:
            continue

        @hypothesis.settings(
            max_examples=count * (100 if IS_LONG else 1),
            deadline=None,
            database=None,
            derandomize=not IS_LONG,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @hypothesis.given(operation.as_strategy(generation_mode=mode))
        def send(case: schemathesis.Case) -> None:
            response = case.call(headers=headers)
            fault = fault_of(case, response, mode, headers)
            if fault:
                faults[f"{case.method} {case.path}: {fault}"] = (
                    f"{response.status_code} {response.text[:300]} {case.as_curl_command()[:400]}"
                )

        send()

    assert faults == {}, "\n".join(f"{name}\n  {told}" for name, told in faults.items())
