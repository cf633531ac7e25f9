"""Makes docs/api-examples.md: every call of the API with what a service over the demonstration data really answers, cut to a few lines.

`make api-examples` writes the page; a test holds it to what the service answers.
"""

from __future__ import annotations

import io
import json
import re
import sys
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app import create_app
from geo.config import ROOT, Settings
from geo.model import Role
from geo.services import attending
from geo.services.deployment import load_demo
from geo.services.keys import create_key
from geo.web.current import WORKSPACE

PAGE = ROOT / "docs" / "api-examples.md"
HOST = "http://127.0.0.1:8000"
MAX_ITEMS = (3, 2, 1, 1)
MAX_MEMBERS = (14, 10, 8, 3)
"""Of lists and objects at each depth; deeper ones are left out whole."""
MAX_LINES = 4
NUMBERS = 6
MAX_CHARACTERS = 150
UPLOAD = "school_id_govt,connectivity,download_speed_mbps,collected_on\nDEMO-02076,yes,48,2026-09-30\nDEMO-99999,no,,2026-09-30\n"
WORSE = "school_id_govt,connectivity\nDEMO-02076,maybe\n"


@dataclass(frozen=True)
class Example:
    """One call: `rule` is the path in the description, `body` (JSON) or `file` (an upload) what is sent, `note` what is special."""

    rule: str
    path: str
    method: str = "GET"
    accept: str | None = None
    body: Mapping[str, Any] | None = None
    file: str | None = None
    note: str = ""


ITEMS = "/collections/schools/items"
EXAMPLES = (
    Example("/", "/"),
    Example("/conformance", "/conformance"),
    Example("/collections", "/collections"),
    Example("/collections/schools", "/collections/schools"),
    Example(ITEMS, f"{ITEMS}?status=unconnected&area_type=rural&bbox=66,42,71,46&limit=2"),
    Example(ITEMS, f"{ITEMS}?filter=num_students%20%3E%201000%20AND%20status%20%3D%20'below_norm'&limit=1", note="CQL2"),
    Example(f"{ITEMS}/{{feature_id}}", f"{ITEMS}/DEMO-02076"),
    Example("/collections/schools/queryables", "/collections/schools/queryables"),
    Example("/collections/schools/schema", "/collections/schools/schema"),
    Example("/collections/schools/feature-schema", "/collections/schools/feature-schema"),
    *(
        example
        for unit in ("regions", "districts", "releases")
        for example in (
            Example(f"/collections/{unit}", f"/collections/{unit}"),
            Example(f"/collections/{unit}/items", f"/collections/{unit}/items?limit=1"),
            Example(f"/collections/{unit}/queryables", f"/collections/{unit}/queryables"),
            Example(f"/collections/{unit}/schema", f"/collections/{unit}/schema"),
            Example(f"/collections/{unit}/feature-schema", f"/collections/{unit}/feature-schema"),
        )
    ),
    Example("/collections/regions/items/{feature_id}", "/collections/regions/items/KZ27"),
    Example("/collections/districts/items/{feature_id}", "/collections/districts/items/552200", note="of a country without districts"),
    Example("/collections/releases/items/{feature_id}", "/collections/releases/items/2"),
    Example("/coverage", "/coverage?by=area_type&admin1=KZ27"),
    Example("/coverage", "/coverage?by=admin1,status&norm=kz-2023,giga-20&weight=schools&f=csv", note="as CSV"),
    Example("/coverage/trend", "/coverage/trend?norm=giga-20"),
    Example("/coverage/compare", "/coverage/compare?from=1&to=2"),
    *(Example(f"/schools.{ending}", f"/schools.{ending}?status=unconnected") for ending in ("csv", "xlsx", "geojson", "ndjson", "gpkg")),
    *(Example(f"/schools.{ending}", f"/schools.{ending}?status=unconnected") for ending in ("parquet", "fgb")),
    Example("/tiles/schools.json", "/tiles/schools.json"),
    Example("/tiles/schools/{zoom}/{column}/{row}.mvt", "/tiles/schools/4/11/5.mvt"),
    Example("/tiles/schools/style.json", "/tiles/schools/style.json"),
    Example("/tiles/schools.pmtiles", "/tiles/schools.pmtiles"),
    Example("/tiles/marks.json", "/tiles/marks.json"),
    Example("/tiles/marks@2x.json", "/tiles/marks@2x.json"),
    Example("/tiles/marks.png", "/tiles/marks.png"),
    Example("/tiles/marks@2x.png", "/tiles/marks@2x.png"),
    Example("/regions", "/regions?lang=kk"),
    Example("/search", "/search?q=Белогорское&limit=1"),
    Example("/schools/{school_id}/history", "/schools/DEMO-02076/history"),
    Example("/releases", "/releases?limit=1"),
    Example("/releases/{release_id}", "/releases/2"),
    Example("/releases/{release_id}/changes", "/releases/2/changes"),
    Example("/releases/{release_id}/changes.csv", "/releases/2/changes.csv"),
    Example("/releases/{release_id}/file", "/releases/2/file"),
    Example("/sources", "/sources"),
    Example("/schema/schools.json", "/schema/schools.json"),
    Example("/coverage", "/coverage?area_typ=rural", note="a mistake"),
    Example("/imports", "/imports", "POST", file=UPLOAD),
    Example("/imports/{import_id}", "/imports/3"),
    Example("/imports/{import_id}", "/imports/3", "PATCH", body={"map": {"download_speed_mbps": "download_speed_declared_mbps"}}),
    Example("/imports/{import_id}/errors.csv", "/imports/3/errors.csv"),
    Example("/imports/{import_id}/changes.csv", "/imports/3/changes.csv"),
    Example("/imports/{import_id}/matches", "/imports/3/matches"),
    Example("/imports/{import_id}/matches.csv", "/imports/3/matches.csv"),
    Example("/imports/{import_id}/file", "/imports/3/file"),
    Example("/imports/{import_id}/publish", "/imports/3/publish", "POST", body={}),
    Example("/mappings/{name}", "/mappings/ministry", "PUT", body={"import_id": 3}),
    Example("/mappings", "/mappings"),
    Example("/mappings/{name}", "/mappings/ministry", "DELETE"),
    Example("/releases/{release_id}/undo", "/releases/3/undo", "POST", body={"reason": "a mistake in the file"}),
    Example("/imports", "/imports", "POST", file=WORSE, note="a value that is no word"),
    Example("/imports/{import_id}", "/imports/4", "DELETE"),
    Example("/releases/{release_id}/withdraw", "/releases/3/withdraw", "POST", body={"reason": "names of persons"}),
    Example("/openapi-3.0.json", "/openapi-3.0.json"),
    Example("/openapi.json", "/openapi.json"),
)

_VOLATILE = (
    (re.compile(r"\b[0-9a-f]{12,64}\b"), "…"),
    (re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(\+00:00|Z)"), "2026-10-02T09:15:00Z"),
    (re.compile(r"(release-\d+-|release \d+ of )\d{4}-\d\d-\d\d"), r"\g<1>2026-10-02"),
    (re.compile(r'"progress": [\d.]+'), '"progress": 1.0'),
    (re.compile(r'"step": "\w+"'), '"step": null'),
    (re.compile(r"qsl_[\w-]{4,}…?"), "qsl_…"),
    (re.compile(r"cursor=[\w%~.-]+"), "cursor=…"),
    (re.compile(r'("(?:byte_count|bytes)": )\d+'), r"\g<1>…"),
    (re.compile(r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b"), "…"),
    (re.compile(r"http://(localhost|127\.0\.0\.1:8000)"), HOST),
)


def abridged(value: Any, depth: int = 0) -> Any:
    """A JSON value with the first items of long lists and the first members of large objects; "…" stands for the rest."""
    if isinstance(value, list) and len(value) <= NUMBERS and all(isinstance(item, int | float) for item in value):
        return value
    if isinstance(value, dict | list) and value and depth >= len(MAX_ITEMS):
        return "…"
    if isinstance(value, dict):
        most = MAX_MEMBERS[depth]
        members = {name: abridged(member, depth + 1) for name, member in list(value.items())[:most]}
        return members | ({"…": f"{len(value) - most} more"} if len(value) > most else {})
    if isinstance(value, list):
        most = MAX_ITEMS[depth]
        return [abridged(item, depth + 1) for item in value[:most]] + ([f"… {len(value) - most} more"] if len(value) > most else [])
    return value[:MAX_CHARACTERS] + "…" if isinstance(value, str) and len(value) > MAX_CHARACTERS else value


def steady(text: str) -> str:
    """A text without what differs from service to service: digests, times, cursors, sizes of files."""
    for pattern, replacement in _VOLATILE:
        text = pattern.sub(replacement, text)
    return text


def answered(response: TestResponse) -> str:
    """The answer as the page shows it: status, media type, and the first of what it holds."""
    kind = response.content_type or ""
    head = f"{response.status_code} {kind}".strip()
    if "json" in kind and "ndjson" not in kind:
        body = json.dumps(abridged(json.loads(response.get_data())), ensure_ascii=False, indent=2)
    elif kind.startswith("text/") or "ndjson" in kind:
        lines = response.get_data().decode("utf-8-sig").splitlines()
        shown = [line if len(line) <= MAX_CHARACTERS else line[:MAX_CHARACTERS] + "…" for line in lines[:MAX_LINES]]
        body = "\n".join(shown + ([f"… {len(lines) - MAX_LINES} more lines"] if len(lines) > MAX_LINES else []))
    else:
        body = "(binary)" if response.get_data() else ""
    return steady(f"{head}\n\n{body}").rstrip()


def requested(example: Example, secret: str | None) -> str:
    """The request as the page shows it."""
    lines = [f"{example.method} /api/v1{example.path}"]
    lines += ["Authorization: Bearer qsl_…"] if secret else []
    lines += [f"Accept: {example.accept}"] if example.accept else []
    if example.file is not None:
        lines += ["Content-Type: multipart/form-data (field: file)", "", example.file.rstrip()]
    if example.body is not None:
        lines += ["Content-Type: application/json", "", json.dumps(example.body)]
    return "\n".join(lines)


def send(client: FlaskClient, example: Example, secret: str | None) -> TestResponse:
    """Ask."""
    headers = ({"Authorization": f"Bearer {secret}"} if secret else {}) | ({"Accept": example.accept} if example.accept else {})
    options: dict[str, Any] = {}
    if example.file is not None:
        options["data"] = {"file": (io.BytesIO(example.file.encode()), "connectivity.csv")}
    if example.body is not None:
        options["json"] = example.body
    return client.open(f"/api/v1{example.path}", base_url=HOST, method=example.method, headers=headers, **options)


def sections(app: Flask) -> Iterator[str]:
    """One section for each example, in order; those that need a key are sent with one."""
    client = app.test_client(use_cookies=False)
    document = client.get("/api/v1/openapi.json", base_url=HOST).get_json()
    base = document["servers"][0]["url"].rstrip("/")
    operations = {f"{base}{path}".removeprefix("/api/v1"): item for path, item in document["paths"].items()}
    secret, _ = create_key(app.extensions[WORKSPACE], name="examples", role=Role.ADMIN)
    for example in EXAMPLES:
        operation = operations.get(example.rule, {}).get(example.method.lower(), {})
        key = secret if operation.get("security") else None
        summary = operation.get("summary") or "The description itself"
        response = send(client, example, key)
        note = f" ({example.note})" if example.note else ""
        yield f"## {example.method} {example.rule}{note}\n\n{summary}\n"
        yield f"```http\n{requested(example, key)}\n```\n\n```\n{answered(response)}\n```\n"


def page() -> str:
    """The whole page, made by a service over the demonstration data in a directory of its own.

    For whoever has made `attending.WAIT_S` long enough: an upload that is not read yet answers otherwise.
    """
    with tempfile.TemporaryDirectory() as directory:
        app = create_app(Settings(data_dir=Path(directory) / "data", secret_key="x" * 40, testing=True))
        workspace = app.extensions[WORKSPACE]
        workspace.catalog.migrate()
        load_demo(workspace)
        try:
            told = "Made by `make api-examples` from a service over the synthetic demonstration data; `…` stands for what is left out."
            return "\n".join(["# Every call with a real answer\n", f"{told}\n", *sections(app)])
        finally:
            workspace.close()


if __name__ == "__main__":
    attending.WAIT_S = 60.0
    PAGE.write_text(page(), encoding="utf-8")
    sys.stdout.write(f"{PAGE.relative_to(ROOT)} is written\n")
