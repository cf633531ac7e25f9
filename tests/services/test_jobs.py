"""Imports as jobs: taken over from the dead, given up after a few deaths, cancelled, and never settled twice."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from geo.errors import Conflict, DamagedFile, FileRefused
from geo.model import ImportRecord, ImportState, ImportStep, JobRecord, JobState, ReleaseRecord, Role
from geo.progress import entering, watched
from geo.services import Workspace
from geo.services.attending import HANDLERS, attend, work_until
from geo.services.background import Found
from geo.services.import_publishing import Wish, begin_publishing
from geo.services.imports import ImportOptions, discard_import, import_record, publish_import, reread_import, start_import, start_publishing
from geo.services.jobs import MAX_ATTEMPTS, run_job, work_once
from geo.services.keys import actor_name, create_key
from geo.services.releases import current_release
from geo.services.staging import keep_upload, read_anew, stage_job
from geo.store import claim_job, hold_job, select_job, select_last_job
from tests.services.builders import open_empty, stage_csv

SCHOOLS = "school_id_govt,latitude,longitude,connectivity\n1,50.5,70.5,yes\n2,50.6,70.6,no\n"
RUN_OUT = timedelta(seconds=-1)
LEASE = timedelta(seconds=60)


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    with open_empty(tmp_path) as opened:
        yield opened


def queue(workspace: Workspace, text: str = SCHOOLS) -> tuple[ImportRecord, JobRecord]:
    """An upload that waits for somebody to read it."""
    return keep_upload(workspace, text.encode(), file_name="a.csv", options=ImportOptions(), actor=None, job=stage_job())


def claim(workspace: Workspace, lease: timedelta = LEASE, owner: str = "another") -> JobRecord:
    with workspace.catalog.transaction() as connection:
        job = claim_job(connection, owner, lease)
    assert job is not None
    return job


def work(workspace: Workspace) -> Found:
    return work_once(workspace, HANDLERS, threading.Event())


def job_of(workspace: Workspace, import_id: int) -> JobRecord:
    with workspace.catalog.reading() as connection:
        job = select_last_job(connection, import_id)
    assert job is not None
    return job


def test_an_upload_whose_reader_died_is_read_by_another(workspace: Workspace) -> None:
    record, _ = queue(workspace)
    claim(workspace, RUN_OUT)

    found = work(workspace)

    assert found is Found.WORK
    assert import_record(workspace, record.id).state is ImportState.STAGED
    assert job_of(workspace, record.id).state is JobState.DONE


def test_an_upload_that_somebody_reads_is_left_alone(workspace: Workspace) -> None:
    record, _ = queue(workspace)
    claim(workspace)

    assert work(workspace) is Found.OTHERS_WORK
    assert import_record(workspace, record.id).state is ImportState.QUEUED


def test_a_publish_whose_worker_died_is_finished_once(workspace: Workspace) -> None:
    staged = stage_csv(workspace, SCHOOLS)
    begin_publishing(workspace, staged, Wish(reason="why"))
    dead = claim(workspace, RUN_OUT)

    work(workspace)
    run_job(workspace, dead, HANDLERS, threading.Event())

    release = current_release(workspace)
    assert release is not None
    assert (release.id, release.reason, release.import_id) == (1, "why", staged.id)
    assert import_record(workspace, staged.id).state is ImportState.PUBLISHED


def test_what_killed_its_reader_each_time_is_given_up_in_words(workspace: Workspace) -> None:
    record, _ = queue(workspace)
    for _ in range(MAX_ATTEMPTS):
        claim(workspace, RUN_OUT)

    work(workspace)

    failed = import_record(workspace, record.id)
    assert failed.state is ImportState.FAILED
    assert (failed.failure or {})["code"] == "gave_up"
    assert job_of(workspace, record.id).state is JobState.FAILED


def test_a_publish_given_up_leaves_the_import_staged_and_says_why(workspace: Workspace) -> None:
    staged = stage_csv(workspace, SCHOOLS)
    begin_publishing(workspace, staged, Wish())
    for _ in range(MAX_ATTEMPTS):
        claim(workspace, RUN_OUT)

    work(workspace)

    left = import_record(workspace, staged.id)
    assert (left.state, (left.failure or {})["code"]) == (ImportState.STAGED, "gave_up")
    assert current_release(workspace) is None
    assert publish_import(workspace, staged.id).id == 1
    assert import_record(workspace, staged.id).failure is None


def test_a_service_that_stops_gives_its_job_back(workspace: Workspace) -> None:
    record, _ = queue(workspace)
    stopping = threading.Event()
    stopping.set()

    work_once(workspace, HANDLERS, stopping)

    assert job_of(workspace, record.id).attempts == 0
    work(workspace)
    assert import_record(workspace, record.id).state is ImportState.STAGED


def test_a_waiting_upload_is_cancelled_and_read_by_nobody(workspace: Workspace) -> None:
    record, _ = queue(workspace)

    cancelled = discard_import(workspace, record.id)

    assert cancelled.state is ImportState.CANCELLED
    assert work(workspace) is Found.NOTHING


def test_an_upload_cancelled_while_it_is_read_stays_cancelled(workspace: Workspace) -> None:
    record, _ = queue(workspace)
    job = claim(workspace)

    def cancel_before(step: ImportStep) -> None:
        if step is ImportStep.IMPACT:
            discard_import(workspace, record.id)

    with watched(cancel_before):
        run_job(workspace, job, HANDLERS, threading.Event())

    assert import_record(workspace, record.id).state is ImportState.CANCELLED
    assert job_of(workspace, record.id).state is JobState.CANCELLED
    assert import_record(workspace, record.id).report is None


def test_a_publish_that_nobody_has_begun_can_be_discarded_and_one_begun_cannot(workspace: Workspace) -> None:
    one, two = stage_csv(workspace, SCHOOLS), stage_csv(workspace, SCHOOLS.replace("no", "yes"))
    for staged in (one, two):
        begin_publishing(workspace, staged, Wish())
    claim(workspace)

    with pytest.raises(Conflict, match="is publishing"):
        discard_import(workspace, one.id)

    assert discard_import(workspace, two.id).state is ImportState.DISCARDED


def test_a_worker_that_lost_its_lease_settles_nothing(workspace: Workspace) -> None:
    record, _ = queue(workspace)
    slow = claim(workspace, RUN_OUT, "slow")
    work(workspace)
    report = import_record(workspace, record.id).report

    run_job(workspace, slow, HANDLERS, threading.Event())

    assert import_record(workspace, record.id).report == report
    assert job_of(workspace, record.id).state is JobState.DONE


def test_steps_are_told_in_order_and_each_begins_where_the_one_before_ends(workspace: Workspace) -> None:
    heard: list[ImportStep] = []

    with watched(heard.append):
        stage_csv(workspace, SCHOOLS)

    assert heard == sorted(heard, key=list(ImportStep).index)
    assert {ImportStep.PARSING, ImportStep.MATCHING, ImportStep.IMPACT, ImportStep.WRITING, ImportStep.PREPARING} <= set(heard)
    entering(ImportStep.READING)
    assert heard[-1] is ImportStep.PREPARING


def test_an_upload_is_read_by_this_process_where_there_is_no_worker(workspace: Workspace) -> None:
    started = start_import(workspace, SCHOOLS.encode(), file_name="a.csv")

    assert started.state in (ImportState.STAGED, ImportState.READING, ImportState.QUEUED)
    assert settled(workspace, started.id).state is ImportState.STAGED


def test_an_upload_is_left_to_the_worker_where_there_is_one(workspace: Workspace) -> None:
    with workspace.bell.listen() as listener:
        started = start_import(workspace, SCHOOLS.encode(), file_name="a.csv")
        rang = listener.wait(0)

    assert (started.state, rang) == (ImportState.QUEUED, True)
    assert settled(workspace, started.id).state is ImportState.STAGED


def test_a_worker_takes_what_it_is_rung_for_and_stops_when_told(workspace: Workspace) -> None:
    stopping = threading.Event()
    worker = threading.Thread(target=work_until, args=(workspace, stopping))
    worker.start()
    started = start_import(workspace, SCHOOLS.encode(), file_name="a.csv")
    done = settled(workspace, started.id)
    stopping.set()
    workspace.bell.ring()
    worker.join(10)

    assert done.state is ImportState.STAGED
    assert not worker.is_alive()


def test_a_refusal_within_the_wait_is_raised_and_a_later_one_is_the_failure(workspace: Workspace) -> None:
    with pytest.raises(FileRefused, match="empty"):
        start_import(workspace, b"", file_name="a.csv")

    assert (import_record(workspace, 1).failure or {})["problem"]["code"] == "empty_file"


def test_an_upload_may_ask_to_be_published_at_once(workspace: Workspace) -> None:
    _, key = create_key(workspace, name="office", role=Role.PUBLISHER)

    started = start_import(workspace, SCHOOLS.encode(), file_name="a.csv", publish=Wish(reason="new list", actor=key), actor=key)

    assert settled(workspace, started.id).state is ImportState.PUBLISHED
    release = current_release(workspace)
    assert release is not None
    assert (release.reason, release.published_by) == ("new list", actor_name(key))


def test_an_upload_with_row_errors_stays_staged_although_it_asked_to_be_published(workspace: Workspace) -> None:
    text = SCHOOLS + "3,50.7,70.7,maybe\n"

    started = start_import(workspace, text.encode(), file_name="a.csv", publish=Wish())

    assert settled(workspace, started.id).state is ImportState.STAGED
    assert current_release(workspace) is None


def test_publishing_is_waited_for_and_a_refusal_is_raised(workspace: Workspace) -> None:
    one, two = stage_csv(workspace, SCHOOLS), stage_csv(workspace, SCHOOLS)

    first = start_publishing(workspace, one.id, Wish(reason="first"))

    assert settled(workspace, first.id).state is ImportState.PUBLISHED
    with pytest.raises(Conflict, match="would change nothing"):
        start_publishing(workspace, two.id, Wish())
    assert import_record(workspace, two.id).state is ImportState.STAGED


def test_an_import_read_again_forgets_what_was_found_before(workspace: Workspace) -> None:
    staged = stage_csv(workspace, SCHOOLS)

    again = settled(workspace, reread_import(workspace, staged.id, ImportOptions(constants={"data_source": "ministry"})).id)

    assert again.state is ImportState.STAGED
    assert again.options["constants"] == {"data_source": "ministry"}
    assert again.report != staged.report
    with pytest.raises(DamagedFile, match="missing"):
        workspace.release_files.read_bytes_path(prepared_release(staged))


def test_an_import_read_again_while_its_release_is_prepared_keeps_nothing_of_it(workspace: Workspace) -> None:
    begun: list[int] = []

    def read_again(step: ImportStep) -> None:
        if step is ImportStep.PREPARING and not begun:
            begun.append(read_anew(workspace, import_record(workspace, 1), ImportOptions(source="ministry"), stage_job()).id)

    queue(workspace)
    with workspace.bell.listen():
        with watched(read_again):
            run_job(workspace, claim(workspace), HANDLERS, threading.Event())
        waiting = import_record(workspace, 1).state
        work(workspace)
    again = import_record(workspace, 1)

    assert waiting is ImportState.QUEUED
    assert (again.state, again.source) == (ImportState.STAGED, "ministry")
    assert [entry.name for entry in workspace.release_files.folder.entries()] == [(again.prepared or {})["file_name"]]


def test_a_held_job_tells_that_it_was_cancelled(workspace: Workspace) -> None:
    record, job = queue(workspace)
    claim(workspace)
    discard_import(workspace, record.id)

    with workspace.catalog.transaction() as connection:
        held = hold_job(connection, job.id, "another", LEASE)
        found = select_job(connection, job.id)

    assert held is not None
    assert held.is_cancelled
    assert found is not None


def prepared_release(record: ImportRecord) -> ReleaseRecord:
    """The release that was written ahead for a staged import, as it would be published."""
    members = {name: value for name, value in (record.prepared or {}).items() if name != "made_under"}
    more = {"id": 0, "reason": "", "published_by": "", "published_at": record.updated_at, "undone_release_id": None}
    return ReleaseRecord(**members | more)


def settled(workspace: Workspace, import_id: int) -> ImportRecord:
    """An import once nobody works on it any more."""
    waiting = threading.Event()
    for _ in range(1_000):
        record = import_record(workspace, import_id)
        if record.state not in (ImportState.QUEUED, ImportState.READING, ImportState.PUBLISHING):
            return record
        attend(workspace)
        waiting.wait(0.02)
    raise AssertionError(f"import {import_id} is still {record.state}")
