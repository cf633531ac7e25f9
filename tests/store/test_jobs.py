"""Jobs: one worker at a time holds one, an expired lease is taken over, and whoever lost it writes nothing."""

from __future__ import annotations

import threading
from datetime import timedelta

from geo.model import JobKind, JobRecord, JobState
from geo.store import (
    Catalog,
    NewImport,
    NewJob,
    cancel_jobs_of,
    claim_job,
    count_unfinished_jobs,
    end_job,
    hold_job,
    insert_import,
    insert_job,
    release_job,
    select_job,
    select_last_job,
)

LEASE = timedelta(seconds=30)
RUN_OUT = timedelta(seconds=-1)


def some_import(catalog: Catalog) -> int:
    with catalog.transaction() as connection:
        return insert_import(connection, NewImport(file_name="a.csv", file_sha256="aa" * 32, byte_count=1, created_by="tester")).id


def queue(catalog: Catalog, kind: JobKind = JobKind.STAGE, import_id: int | None = None) -> JobRecord:
    with catalog.transaction() as connection:
        return insert_job(connection, NewJob(kind=kind, import_id=import_id, parameters={"reason": "why"}))


def claim(catalog: Catalog, owner: str, lease: timedelta = LEASE) -> JobRecord | None:
    with catalog.transaction() as connection:
        return claim_job(connection, owner, lease)


def test_a_job_is_given_to_one_worker_and_then_to_nobody(catalog: Catalog) -> None:
    queued = queue(catalog)

    taken = claim(catalog, "one")

    assert taken is not None
    assert (taken.id, taken.state, taken.lease_owner, taken.attempts, taken.parameters) == (
        queued.id,
        "running",
        "one",
        1,
        {"reason": "why"},
    )
    assert claim(catalog, "two") is None


def test_workers_that_ask_at_once_get_different_jobs(catalog: Catalog) -> None:
    wanted = [queue(catalog).id for _ in range(6)]
    taken: list[int] = []

    def work(owner: str) -> None:
        while (job := claim(catalog, owner)) is not None:
            taken.append(job.id)

    threads = [threading.Thread(target=work, args=(f"worker {number}",)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(taken) == wanted


def test_a_lease_that_ran_out_is_taken_over_and_its_former_owner_writes_nothing(catalog: Catalog) -> None:
    job = queue(catalog)
    claim(catalog, "dead", RUN_OUT)

    taken = claim(catalog, "alive")

    assert taken is not None
    assert (taken.lease_owner, taken.attempts) == ("alive", 2)
    with catalog.transaction() as connection:
        assert hold_job(connection, job.id, "dead", LEASE) is None
        assert not end_job(connection, job.id, "dead", JobState.DONE)
        assert not release_job(connection, job.id, "dead")
        assert end_job(connection, job.id, "alive", JobState.DONE)


def test_a_renewed_lease_is_not_taken_over(catalog: Catalog) -> None:
    job = queue(catalog)
    claim(catalog, "slow", RUN_OUT)
    with catalog.transaction() as connection:
        held = hold_job(connection, job.id, "slow", LEASE)

    assert held is not None
    assert claim(catalog, "other") is None


def test_a_released_job_is_begun_anew_and_the_attempt_does_not_count(catalog: Catalog) -> None:
    job = queue(catalog)
    claim(catalog, "stopping")
    with catalog.transaction() as connection:
        assert release_job(connection, job.id, "stopping")

    taken = claim(catalog, "next")

    assert taken is not None
    assert taken.attempts == 1


def test_jobs_of_one_import_run_one_after_the_other(catalog: Catalog) -> None:
    import_id = some_import(catalog)
    first, second = queue(catalog, import_id=import_id), queue(catalog, JobKind.PUBLISH, import_id)
    other = queue(catalog, import_id=some_import(catalog))

    taken = [claim(catalog, "one"), claim(catalog, "two"), claim(catalog, "three")]

    assert [job and job.id for job in taken] == [first.id, other.id, None]
    with catalog.transaction() as connection:
        end_job(connection, first.id, "one", JobState.FAILED, {"code": "store_full"})
    last = claim(catalog, "three")
    assert last is not None
    assert last.id == second.id


def test_publishing_goes_before_reading(catalog: Catalog) -> None:
    queue(catalog)
    publish = queue(catalog, JobKind.PUBLISH)

    taken = claim(catalog, "one")

    assert taken is not None
    assert taken.id == publish.id


def test_cancelling_ends_queued_jobs_and_tells_the_running_one(catalog: Catalog) -> None:
    import_id = some_import(catalog)
    running, waiting = queue(catalog, import_id=import_id), queue(catalog, JobKind.PUBLISH, import_id)
    claim(catalog, "one")

    with catalog.transaction() as connection:
        cancel_jobs_of(connection, import_id)
        held = hold_job(connection, running.id, "one", LEASE)
        ended = select_job(connection, waiting.id)

    assert held is not None
    assert held.is_cancelled
    assert ended is not None
    assert ended.state is JobState.CANCELLED


def test_finished_jobs_are_neither_counted_nor_taken(catalog: Catalog) -> None:
    import_id = some_import(catalog)
    job = queue(catalog, import_id=import_id)
    before = count_unfinished_jobs(catalog)
    claim(catalog, "one")
    with catalog.transaction() as connection:
        end_job(connection, job.id, "one", JobState.FAILED, {"code": "store_full", "detail": "no space"})

    assert (before, count_unfinished_jobs(catalog)) == (1, 0)
    assert claim(catalog, "two") is None
    with catalog.reading() as connection:
        last = select_last_job(connection, import_id)
    assert last is not None
    assert (last.id, last.failure, last.lease_owner) == (job.id, {"code": "store_full", "detail": "no space"}, None)


def test_a_job_may_be_begun_by_whoever_asks_for_it(catalog: Catalog) -> None:
    with catalog.transaction() as connection:
        job = insert_job(connection, NewJob(kind=JobKind.STAGE, lease_owner="me", lease=LEASE))

    assert (job.state, job.attempts) == (JobState.RUNNING, 1)
    assert claim(catalog, "other") is None
