"""Uploads as curl sends them."""

from __future__ import annotations

import io
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse


def upload(client: FlaskClient, content: str | bytes, headers: dict[str, str], *, name: str = "schools.csv", **fields: Any) -> TestResponse:
    """Send a file with its fields."""
    data = content.encode() if isinstance(content, str) else content
    return client.post("/api/v1/imports", data={"file": (io.BytesIO(data), name), **fields}, headers=headers)


def publish(client: FlaskClient, import_id: int, headers: dict[str, str], **body: Any) -> TestResponse:
    """Ask for an import to be published."""
    return client.post(f"/api/v1/imports/{import_id}/publish", json=body, headers=headers)


def change(client: FlaskClient, import_id: int, headers: dict[str, str], **body: Any) -> TestResponse:
    """Ask for an import to be read with other options."""
    return client.patch(f"/api/v1/imports/{import_id}", json=body, headers=headers)


def publish_upload(client: FlaskClient, content: str | bytes, headers: dict[str, str], **fields: Any) -> dict[str, Any]:
    """Upload a file and publish it after a look at its report, whatever it changes; the import before it was published."""
    found: dict[str, Any] = upload(client, content, headers, **fields).json
    answer = publish(client, found["id"], headers, confirm=found["report"]["confirm_token"])
    assert answer.status_code == 201, answer.json
    return found


def refusal(response: TestResponse) -> tuple[int, str]:
    """Status and code of a refusal."""
    return response.status_code, response.json["code"]
