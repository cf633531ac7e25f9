"""The worker for uploads as a process of its own: it takes what waits, and gives back what it has when it is told to stop."""

from __future__ import annotations

import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from geo.config import ROOT, Settings
from geo.model import ImportState, JobState
from geo.services import Workspace, open_workspace
from geo.services.attending import STOP_S
from geo.services.import_records import import_record
from geo.services.imports import ImportOptions
from geo.services.staging import keep_upload, stage_job
from geo.store import select_last_job
from tests.cli.test_serve import START_SECONDS, command, environment

ROWS = 100_000

pytestmark = pytest.mark.slow


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    with open_workspace(Settings(data_dir=tmp_path / "data")) as opened:
        opened.catalog.migrate()
        yield opened


@contextmanager
def worker(workspace: Workspace) -> Iterator[subprocess.Popen[bytes]]:
    """A worker process for the deployment."""
    env = environment(workspace.settings.data_dir, 8000)
    with subprocess.Popen(command("worker"), cwd=ROOT, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            yield process
        finally:
            process.kill()


def queue(workspace: Workspace, text: str) -> int:
    record, _ = keep_upload(workspace, text.encode(), file_name="a.csv", options=ImportOptions(), actor=None, job=stage_job())
    return record.id


def wait_for(workspace: Workspace, import_id: int, *states: ImportState) -> ImportState:
    end = time.monotonic() + START_SECONDS
    while (state := import_record(workspace, import_id).state) not in states:
        assert time.monotonic() < end, state
        time.sleep(0.1)
    return state


def test_a_worker_told_to_stop_gives_its_job_back_and_the_next_one_does_it(workspace: Workspace) -> None:
    rows = "".join(f"K{number:06},{45 + number % 900 / 100},{60 + number % 1900 / 100},yes\n" for number in range(ROWS))
    import_id = queue(workspace, "school_id_govt,latitude,longitude,connectivity\n" + rows)

    with worker(workspace) as first:
        wait_for(workspace, import_id, ImportState.READING)
        first.send_signal(signal.SIGTERM)
        told = time.monotonic()
        code = first.wait(3 * STOP_S)
        seconds = time.monotonic() - told
    with workspace.catalog.reading() as connection:
        job = select_last_job(connection, import_id)

    assert (code, seconds < 2 * STOP_S) == (0, True)
    assert job is not None
    assert (job.state, job.attempts, job.lease_owner) == (JobState.QUEUED, 0, None)
    with worker(workspace):
        assert wait_for(workspace, import_id, ImportState.STAGED, ImportState.FAILED) is ImportState.STAGED


def test_a_worker_whose_parent_went_while_it_was_starting_ends(workspace: Workspace) -> None:
    gone = subprocess.Popen(["true"])
    gone.wait()

    with subprocess.Popen(
        command("worker", "--with-parent", str(gone.pid)), cwd=ROOT, env=environment(workspace.settings.data_dir, 8000)
    ) as process:
        assert process.wait(START_SECONDS) == 0
