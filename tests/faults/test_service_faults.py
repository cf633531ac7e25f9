"""The whole service when its disk is full or read-only, its catalog is locked, its worker dies, and everybody uploads at once."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest

from geo.config import Settings
from geo.model import Role
from geo.services import open_workspace
from geo.services.imports import publish_import, stage_import
from geo.services.keys import create_key
from geo.store.catalog import CATALOG_FILE
from tests.conftest import IS_LONG
from tests.faults.served import Answer, Served, served

UPLOADS = 20
ROUNDS = 10 if IS_LONG else 1
MANY_ROWS = 60_000
SCHOOLS = "school_id_govt,latitude,longitude,connectivity,num_students\n" + "".join(
    f"S{number:03},{50 + number / 100},{70 + number / 100},yes,1\n" for number in range(UPLOADS)
)
COVERAGE = "/api/v1/coverage"

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A service with one release, which every test leaves fit for the next."""
    with served(tmp_path_factory.mktemp("faults") / "data") as started:
        assert started.published(SCHOOLS)["state"] == "published"
        yield started


def files(service: Served) -> dict[str, int]:
    """Names and sizes of all that is kept; caches and the catalog's journal aside."""
    kept = ("releases", "uploads", "staged")
    return {str(path.relative_to(service.disk)): path.stat().st_size for part in kept for path in (service.disk / part).glob("*")}


def release_id(service: Served) -> int:
    return int(service.ask("GET", COVERAGE).document["release"]["id"])


def state_once_begun(service: Served, import_id: int) -> str:
    """The state of an import as soon as somebody works on it."""
    end = time.monotonic() + 60
    while time.monotonic() < end:
        answer = service.ask("GET", f"/api/v1/imports/{import_id}")
        if answer.status == 200 and answer.document["state"] != "queued":
            return str(answer.document["state"])
    raise AssertionError(f"nobody began import {import_id}")


def one_change(school: int, students: int) -> str:
    return f"school_id_govt,num_students\nS{school:03},{students}\n"


def told_to_come_again(answer: Answer) -> bool:
    return answer.status == 503 and int(answer.headers["Retry-After"]) > 0 and answer.document["code"] == "store_unavailable"


def test_b84_a_full_disk_is_507_changes_nothing_and_works_again_once_there_is_space(service: Served) -> None:
    release, before = release_id(service), files(service)

    with service.full_disk():
        refused = service.upload(one_change(1, 777))
        read = service.ask("GET", COVERAGE)
    unchanged, kept = release_id(service) == release, files(service)
    again = service.published(one_change(1, 777))

    assert (refused.status, refused.document["code"]) == (507, "store_full")
    assert read.status == 200
    assert (unchanged, kept) == (True, before)
    assert again["state"] == "published"


@contextmanager
def locked(service: Served, statement: str) -> Iterator[None]:
    """Another process has the catalog locked while the block lasts."""
    script = f"""
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute({statement!r})
connection.execute("SELECT COUNT(*) FROM releases").fetchone()
print("locked", flush=True)
sys.stdin.read()
"""
    arguments = service.beside(sys.executable, "-c", script, str(service.directory / CATALOG_FILE))
    with subprocess.Popen(arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "locked\n"
        yield


@pytest.mark.parametrize("statement", ["BEGIN IMMEDIATE", "BEGIN"], ids=["writer", "reader"])
def test_b84_a_catalog_locked_by_another_process_is_503_soon_and_reads_go_on(service: Served, statement: str) -> None:
    release = release_id(service)

    with locked(service, statement):
        refused = service.upload(one_change(2, 888))
        reads = [service.ask("GET", path) for path in (COVERAGE, "/", "/api/v1/regions", "/readyz")]
    again = service.published(one_change(2, 888 + len(statement)))

    assert told_to_come_again(refused), refused.body
    assert refused.seconds < 10
    assert [read.status for read in reads] == [200] * 4
    assert max(read.seconds for read in reads) < 5
    assert again["state"] == "published"
    assert release_id(service) == release + 1


def test_b84_an_import_whose_worker_is_killed_is_finished_by_the_next(service: Served) -> None:
    rows = "".join(f"K{number:06},{45 + number % 900 / 100},{60 + number % 1900 / 100},yes\n" for number in range(MANY_ROWS))
    victim = service.worker()
    last = service.upload(one_change(3, 7)).document["id"]

    with ThreadPoolExecutor(1) as people:
        sending = people.submit(service.upload, "school_id_govt,latitude,longitude,connectivity\n" + rows)
        seen = state_once_begun(service, last + 1)
        victim.kill()
        sent = sending.result()
    found = service.settled(sent.document["id"])

    assert (seen, found["id"]) == ("reading", last + 1)
    assert found["state"] == "staged"
    assert found["rows"]["new"] == MANY_ROWS
    assert service.worker().pid != victim.pid
    assert service.ask("DELETE", f"/api/v1/imports/{found['id']}").document["state"] == "discarded"


def test_b81_uploads_at_once_are_published_one_after_the_other_and_none_is_lost(service: Served) -> None:
    first = release_id(service)

    with ThreadPoolExecutor(UPLOADS) as people:
        for number in range(1, ROUNDS + 1):
            changes = [one_change(school, 1000 * number + school) for school in range(UPLOADS)]
            sent = list(people.map(lambda text: service.upload(text, publish="true"), changes))
            assert {answer.status for answer in sent} <= {201, 202}
            done = list(people.map(lambda answer: service.settled(answer.document["id"]), sent))
            assert [document["state"] for document in done] == ["published"] * UPLOADS, [document["failure"] for document in done]

    chain = sorted(document["release_id"] for document in done)
    assert chain == list(range(first + UPLOADS * (ROUNDS - 1) + 1, first + UPLOADS * ROUNDS + 1))
    total = service.ask("GET", COVERAGE).document["total"]
    assert total["students"] == sum(1000 * ROUNDS + school for school in range(UPLOADS))
    listed = service.ask("GET", "/api/v1/releases?limit=1000").document["releases"]
    assert [(release["id"], release["parent_id"]) for release in listed] == [
        (number, number - 1 or None) for number in range(chain[-1], 0, -1)
    ]


def test_b84_a_read_only_store_starts_answers_reads_and_refuses_writes(tmp_path: Path) -> None:
    with open_workspace(Settings(data_dir=tmp_path / "seed")) as workspace:
        workspace.catalog.migrate()
        secret, _ = create_key(workspace, name="office", role=Role.PUBLISHER)
        staged = stage_import(workspace, SCHOOLS.encode(), file_name="a.csv")
        publish_import(workspace, staged.id)

    with served(tmp_path / "data", seed=tmp_path / "seed", secret=secret) as service:
        reads = [service.ask("GET", path).status for path in (COVERAGE, "/", "/api/v1/imports/1", "/readyz")]
        began = time.monotonic()
        refused = service.upload(one_change(1, 5))
        seconds = time.monotonic() - began

    assert reads == [200] * 4
    assert told_to_come_again(refused), refused.body
    assert seconds < 10
