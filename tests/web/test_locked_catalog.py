"""Readers while another process has the catalog locked altogether: they get the release that was current before."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from geo.errors import StoreUnavailable
from geo.render.payload import FORMAT_VERSION
from geo.services.last_known import LastKnown
from geo.store.catalog import CATALOG_FILE
from geo.web.current import WORKSPACE
from tests.builders import make_school
from tests.web.published import publish_schools

SCRIPT = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("BEGIN EXCLUSIVE")
print("locked", flush=True)
sys.stdin.read()
"""


@contextmanager
def locked(data_dir: Path) -> Iterator[None]:
    """Another process has the whole catalog for itself while the block lasts."""
    arguments = [sys.executable, "-c", SCRIPT, str(data_dir / CATALOG_FILE)]
    with subprocess.Popen(arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "locked\n"
        yield


def test_map_and_coverage_are_answered_while_the_catalog_is_locked_altogether(app: Flask, client: FlaskClient) -> None:
    release = publish_schools(app.extensions[WORKSPACE], make_school(school_id="1"))
    paths = ("/api/v1/coverage", "/", f"/map/{release.tag}/points-{FORMAT_VERSION}/0/0/0.bin")
    before = [client.get(path) for path in paths]

    with locked(app.extensions[WORKSPACE].settings.data_dir):
        meanwhile = [client.get(path) for path in paths]

    assert [answer.status_code for answer in (*before, *meanwhile)] == [200] * 6
    assert meanwhile[0].json["release"]["id"] == release.id
    assert [answer.data for answer in meanwhile[2:]] == [answer.data for answer in before[2:]]


def test_a_catalog_that_answers_is_asked_each_time(app: Flask) -> None:
    workspace = app.extensions[WORKSPACE]
    seen = []
    for school_id in ("1", "2"):
        publish_schools(workspace, make_school(school_id=school_id))
        seen.append(workspace.release().id)

    assert seen == [1, 2]


def test_what_was_never_answered_is_refused() -> None:
    known = LastKnown()

    def ask(_patience_s: float | None) -> int:
        raise StoreUnavailable("locked")

    with pytest.raises(StoreUnavailable, match="locked"):
        known.get("current", ask)
    assert known.get("other", lambda _: 7) == 7
