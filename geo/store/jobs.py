"""Queries on `jobs`: who works on what until when. A job is changed only by whoever holds its lease, or by cancelling it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, Row, and_, bindparam, exists, insert, or_, select, update

from geo.model import JobKind, JobRecord, JobState
from geo.store.catalog import Catalog
from geo.store.tables import jobs, now

UNFINISHED = (JobState.QUEUED.value, JobState.RUNNING.value)

_earlier = jobs.alias("earlier")
_HAS_EARLIER = exists().where(
    _earlier.c.import_id == jobs.c.import_id,
    _earlier.c.id < jobs.c.id,
    _earlier.c.state.in_(UNFINISHED),
)
"""Jobs of one import run one after the other, in the order in which they were asked for."""

# fmt: off
SELECT_TAKEABLE = (
    select(jobs)
    .where(or_(
        and_(
            jobs.c.state == JobState.QUEUED.value,
            or_(jobs.c.lease_until.is_(None), jobs.c.lease_until <= bindparam("moment")),
        ),
        and_(
            jobs.c.state == JobState.RUNNING.value,
            jobs.c.lease_until <= bindparam("moment"),
        ),
    ))
    .where(~_HAS_EARLIER)
    .order_by((jobs.c.kind == JobKind.PUBLISH.value).desc(), jobs.c.id)
    .limit(1)
    .with_for_update(skip_locked=True, of=jobs)
)
"""The next job: somebody waits at the screen for a publish, so it goes first. SQLite needs no row lock: its writers run one by one."""
SELECT_JOB = (
    select(jobs)
    .where(jobs.c.id == bindparam("job_id"))
)
SELECT_LAST_OF_IMPORT = (
    select(jobs)
    .where(jobs.c.import_id == bindparam("import_id"))
    .order_by(jobs.c.id.desc())
    .limit(1)
)
SELECT_OWNERS = (
    select(jobs.c.lease_owner)
    .where(jobs.c.state == JobState.RUNNING.value)
    .where(jobs.c.lease_owner.is_not(None))
)
CANCEL_OF_IMPORT = (
    update(jobs)
    .where(jobs.c.import_id == bindparam("of_import"))
    .where(jobs.c.state.in_(UNFINISHED))
    .values(is_cancelled=True)
)
END_CANCELLED_OF_IMPORT = (
    update(jobs)
    .where(jobs.c.import_id == bindparam("of_import"))
    .where(jobs.c.state == JobState.QUEUED.value)
    .values(state=JobState.CANCELLED.value)
)
# fmt: on
UNFINISHED_SQL = f"SELECT COUNT(*) FROM jobs WHERE state IN ('{UNFINISHED[0]}', '{UNFINISHED[1]}')"  # noqa: S608 - two constants


@dataclass(frozen=True, slots=True, kw_only=True)
class NewJob:
    """What `insert_job` keeps.

    Parameters
    ----------
    lease_owner, lease
        Given where whoever inserts the job starts on it at once; without them it is queued for anybody.
    """

    kind: JobKind
    import_id: int | None = None
    parameters: Mapping[str, Any] | None = None
    lease_owner: str | None = None
    lease: timedelta | None = None


def _record(row: Row[Any]) -> JobRecord:
    values = row._asdict()
    return JobRecord(**values | {"kind": JobKind(values["kind"]), "state": JobState(values["state"])})


def insert_job(connection: Connection, new: NewJob) -> JobRecord:
    """Keep a new job, queued or begun by its owner."""
    moment = now()
    values = {
        "kind": new.kind.value,
        "state": (JobState.QUEUED if new.lease_owner is None else JobState.RUNNING).value,
        "import_id": new.import_id,
        "parameters": dict(new.parameters or {}),
        "attempts": 0 if new.lease_owner is None else 1,
        "lease_owner": new.lease_owner,
        "lease_until": None if new.lease is None else moment + new.lease,
        "is_cancelled": False,
        "created_at": moment,
        "updated_at": moment,
    }
    return _record(connection.execute(insert(jobs).values(values).returning(*jobs.c)).one())


def claim_job(connection: Connection, owner: str, lease: timedelta) -> JobRecord | None:
    """Take the next job that is queued or whose owner let its lease run out; None where there is none.

    Of several that ask at once each gets another job. `attempts` of the answer counts this one.
    """
    moment = now()
    found = connection.execute(SELECT_TAKEABLE, {"moment": moment}).one_or_none()
    if found is None:
        return None
    # fmt: off
    statement = (
        update(jobs)
        .where(jobs.c.id == found.id)
        .values(
            state=JobState.RUNNING.value,
            lease_owner=owner,
            lease_until=moment + lease,
            attempts=jobs.c.attempts + 1,
            updated_at=moment,
        )
        .returning(*jobs.c)
    )
    # fmt: on
    return _record(connection.execute(statement).one())


def hold_job(connection: Connection, job_id: int, owner: str, lease: timedelta) -> JobRecord | None:
    """Renew a lease; None where the job is not the owner's any more.

    Put into the transaction of whatever the job writes, it sees to it that a worker which was given up writes nothing.
    """
    return _change(connection, job_id, owner, lease_until=now() + lease)


def end_job(connection: Connection, job_id: int, owner: str, state: JobState, failure: Mapping[str, Any] | None = None) -> bool:
    """Settle a job; whether it was still the owner's."""
    kept = None if failure is None else dict(failure)
    return _change(connection, job_id, owner, state=state.value, failure=kept, lease_owner=None, lease_until=None) is not None


def release_job(connection: Connection, job_id: int, owner: str) -> bool:
    """Give a job back for anybody to begin anew, as when the service stops; the attempt does not count."""
    given_back = {"state": JobState.QUEUED.value, "lease_owner": None, "lease_until": None, "attempts": jobs.c.attempts - 1}
    return _change(connection, job_id, owner, **given_back) is not None


def release_jobs_of(connection: Connection, process: str) -> None:
    """Give back all jobs whose owners' names begin with that of a process which ends."""
    # fmt: off
    statement = (
        update(jobs)
        .where(jobs.c.state == JobState.RUNNING.value)
        .where(jobs.c.lease_owner.startswith(process, autoescape=True))
        .values(state=JobState.QUEUED.value, lease_owner=None, lease_until=None, attempts=jobs.c.attempts - 1, updated_at=now())
    )
    # fmt: on
    connection.execute(statement)


def select_lease_owners(connection: Connection) -> tuple[str, ...]:
    """Who holds a job now, alive or not."""
    return tuple(connection.execute(SELECT_OWNERS).scalars())


def end_leases(connection: Connection, owners: Collection[str]) -> None:
    """Let the jobs of owners that are surely dead be taken over at once; the attempts count."""
    # fmt: off
    statement = (
        update(jobs)
        .where(jobs.c.state == JobState.RUNNING.value)
        .where(jobs.c.lease_owner.in_(owners))
        .values(lease_until=now())
    )
    # fmt: on
    connection.execute(statement)


def _change(connection: Connection, job_id: int, owner: str, **values: Any) -> JobRecord | None:
    # fmt: off
    statement = (
        update(jobs)
        .where(jobs.c.id == job_id)
        .where(jobs.c.state == JobState.RUNNING.value)
        .where(jobs.c.lease_owner == owner)
        .values(updated_at=now(), **values)
        .returning(*jobs.c)
    )
    # fmt: on
    row = connection.execute(statement).one_or_none()
    return None if row is None else _record(row)


def cancel_jobs_of(connection: Connection, import_id: int) -> None:
    """End the queued jobs of an import, and tell whoever works on another one to stop at its next step."""
    connection.execute(CANCEL_OF_IMPORT, {"of_import": import_id})
    connection.execute(END_CANCELLED_OF_IMPORT, {"of_import": import_id})


def select_job(connection: Connection, job_id: int) -> JobRecord | None:
    """A job by its id; None where there is none."""
    row = connection.execute(SELECT_JOB, {"job_id": job_id}).one_or_none()
    return None if row is None else _record(row)


def select_last_job(connection: Connection, import_id: int) -> JobRecord | None:
    """The job of an import that was asked for last; None where there is none."""
    row = connection.execute(SELECT_LAST_OF_IMPORT, {"import_id": import_id}).one_or_none()
    return None if row is None else _record(row)


def count_unfinished_jobs(catalog: Catalog) -> int:
    """How many jobs are queued or running, by the cheapest way there is.

    Raises
    ------
    StoreUnavailable
        The catalog is locked, unreachable or not set up.
    """
    return int(catalog.first_value(UNFINISHED_SQL))
