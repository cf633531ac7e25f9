"""Work that survives the death of whoever does it: taken under a lease, kept alive by a heartbeat, taken over when that stops.

What a job does is its handler's; this module sees to it that exactly one worker settles it, and that a failure is kept in words.
"""

from __future__ import annotations

import logging
import os
import socket
import threading
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from types import TracebackType
from typing import Any, Self

from geo.errors import FileRefused, GateNotConfirmed, QosylError, StoreFull
from geo.model import ImportStep, JobKind, JobRecord, JobState
from geo.progress import SHARE_DONE, watched
from geo.services.background import Found
from geo.services.preview import problem_members
from geo.services.workspace import Workspace
from geo.store import (
    Connection,
    claim_job,
    count_unfinished_jobs,
    end_job,
    end_leases,
    hold_job,
    release_job,
    release_jobs_of,
    select_lease_owners,
    update_import,
)

LOGGER = logging.getLogger("qosyl.services")

LEASE = timedelta(seconds=15)
"""How long a job waits for a sign of its worker before another takes it over."""
HEARTBEAT_S = 5.0
"""How often a worker renews its lease."""
TICK_S = 0.5
"""How often a new step is written down, so that work that is done sooner writes none."""
MAX_ATTEMPTS = 3
"""How often a job is begun before it is given up: what kills its worker three times will again."""


class JobStopped(Exception):
    """The job is not this worker's business any more: cancelled, taken over, or the service stops."""


@dataclass(frozen=True)
class Handler:
    """What a kind of job does.

    Parameters
    ----------
    work
        Does the job and settles it with `JobRun.end` in the transaction of its last write.
    failed
        What a failure means for the import, in the transaction that keeps it.
    """

    work: Callable[[Workspace, JobRun], None]
    failed: Callable[[Connection, JobRecord, Mapping[str, Any]], None]


Handlers = Mapping[JobKind, Handler]


def new_owner() -> str:
    """A name for one attempt of one worker; never used again, so that nobody takes another's lease for its own."""
    return f"{_process()}{uuid.uuid4().hex[:12]}"


def _process() -> str:
    return f"{_machine()}{os.getpid()}:"


def _machine() -> str:
    """Where process ids mean what they mean here: a container may share its host's name, but not its process ids."""
    try:
        processes = os.stat("/proc/self/ns/pid").st_ino
    except OSError:
        processes = 0
    return f"{socket.gethostname()}:{processes}:"


def _is_dead(owner: str) -> bool:
    """Whether an owner was a process of this machine that is gone; of others nothing is known before their lease runs out."""
    if not owner.startswith(_machine()):
        return False
    try:
        os.kill(int(owner.split(":")[2]), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False


def _free_jobs_of_the_dead(workspace: Workspace) -> None:
    with workspace.catalog.reading() as connection:
        dead = [owner for owner in select_lease_owners(connection) if _is_dead(owner)]
    if dead:
        with workspace.catalog.transaction() as connection:
            end_leases(connection, dead)


def give_back_all(workspace: Workspace) -> None:
    """Give back every job that this process holds, for when it ends without waiting; what it still writes about them is refused."""
    with workspace.catalog.transaction() as connection:
        release_jobs_of(connection, _process())


class JobRun:
    """One attempt at a job, with its heartbeat while the block lasts."""

    def __init__(self, workspace: Workspace, job: JobRecord, stopping: threading.Event) -> None:
        self.job = job
        self._catalog = workspace.catalog
        self._owner = job.lease_owner or ""
        self._stopping = stopping
        self._step: ImportStep | None = None
        self._told: ImportStep | None = None
        self._is_lost = False
        self._is_cancelled = job.is_cancelled
        self._ended = threading.Event()
        self._heart = threading.Thread(target=self._beat, name=f"heart of job {job.id}", daemon=True)

    def __enter__(self) -> Self:
        self._heart.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._ended.set()
        self._heart.join()

    @property
    def is_stopping(self) -> bool:
        """Whether the service stops, so that the job is to be given back."""
        return self._stopping.is_set()

    def entering(self, step: ImportStep) -> None:
        """Note a step, and stop here if the job is not wanted any more.

        Raises
        ------
        JobStopped
            It was cancelled or taken over, or the service stops.
        """
        self._step = step
        if self._is_cancelled or self._is_lost or self.is_stopping:
            raise JobStopped(f"job {self.job.id} stops before {step}")

    def hold(self, connection: Connection) -> None:
        """See to it that what this transaction writes is written by the job's one worker.

        Raises
        ------
        JobStopped
            The job was cancelled or taken over; nothing of the transaction may stay.
        """
        held = hold_job(connection, self.job.id, self._owner, LEASE)
        if held is None or held.is_cancelled:
            raise JobStopped(f"job {self.job.id} is cancelled or somebody else's")

    def end(self, connection: Connection, state: JobState = JobState.DONE, failure: Mapping[str, Any] | None = None) -> None:
        """Settle the job in the transaction of what it wrote last.

        Raises
        ------
        JobStopped
            It was taken over; nothing of the transaction may stay.
        """
        if not end_job(connection, self.job.id, self._owner, state, failure):
            raise JobStopped(f"job {self.job.id} is somebody else's")

    def give_back(self) -> None:
        """Let somebody else begin the job anew, at once."""
        with self._catalog.transaction() as connection:
            release_job(connection, self.job.id, self._owner)

    def _beat(self) -> None:
        renewed = time.monotonic()
        while not self._ended.wait(TICK_S):
            step = self._step
            if step is self._told and time.monotonic() - renewed < HEARTBEAT_S:
                continue
            try:
                self._renew(step)
            except QosylError as error:  # the catalog is busy or full; the lease lasts a while yet
                LOGGER.warning("job %d cannot tell how far it is: %s", self.job.id, error)
                continue
            renewed, self._told = time.monotonic(), step
            if self._is_lost:
                return

    def _renew(self, step: ImportStep | None) -> None:
        with self._catalog.transaction() as connection:
            held = hold_job(connection, self.job.id, self._owner, LEASE)
            if held is not None and step is not None and held.import_id is not None:
                update_import(connection, held.import_id, step=step, progress=SHARE_DONE[step])
        # The job may have ended meanwhile, so only a lease that somebody else has tells that it is lost.
        self._is_lost = held is None and not self._ended.is_set()
        self._is_cancelled = held is not None and held.is_cancelled


def work_once(workspace: Workspace, handlers: Handlers, stopping: threading.Event) -> Found:
    """Take the next job, if there is one, and do it to the end; a failure is kept with it and goes to the log.

    Raises
    ------
    StoreUnavailable
        The catalog cannot be used.
    """
    if not count_unfinished_jobs(workspace.catalog):
        return Found.NOTHING
    _free_jobs_of_the_dead(workspace)
    with workspace.catalog.transaction() as connection:
        job = claim_job(connection, new_owner(), LEASE)
    if job is None:
        return Found.OTHERS_WORK
    try:
        run_job(workspace, job, handlers, stopping)
    except QosylError as error:
        LOGGER.info("job %d (%s of import %s) was refused: %s", job.id, job.kind, job.import_id, error.code)
    except Exception:
        LOGGER.exception("job %d (%s of import %s) failed", job.id, job.kind, job.import_id)
    return Found.WORK


def run_job(workspace: Workspace, job: JobRecord, handlers: Handlers, stopping: threading.Event) -> None:
    """Do a job that this worker holds. What was cancelled or taken over ends quietly; what the service's end cuts short is given back.

    Raises
    ------
    QosylError
        What the job was refused for; it is kept as the job's failure.
    """
    handler = handlers[job.kind]
    with JobRun(workspace, job, stopping) as run:
        try:
            if job.attempts > MAX_ATTEMPTS:
                _fail(workspace, run, handler, GAVE_UP)
                return
            with watched(run.entering):
                handler.work(workspace, run)
        except JobStopped as stopped:
            LOGGER.info("%s", stopped)
            _settle_stopped(workspace, run)
        except MemoryError as error:
            full = StoreFull("there is not enough memory for this file; send it in parts, or give the service more")
            _fail(workspace, run, handler, failure_of(full))
            raise full from error
        except BaseException as error:
            _fail(workspace, run, handler, failure_of(error))
            raise


GAVE_UP: Mapping[str, Any] = {
    "code": "gave_up",
    "detail": f"the service ended {MAX_ATTEMPTS} times while it worked on the file, perhaps for want of memory; nothing was published",
}


def _settle_stopped(workspace: Workspace, run: JobRun) -> None:
    if run.is_stopping:
        run.give_back()
        return
    with workspace.catalog.transaction() as connection:
        held = hold_job(connection, run.job.id, run.job.lease_owner or "", LEASE)
        if held is not None:
            run.end(connection, JobState.CANCELLED)


def _fail(workspace: Workspace, run: JobRun, handler: Handler, failure: Mapping[str, Any]) -> None:
    """Keep a failure. Where even that fails the lease runs out, and another worker tries again."""
    try:
        with workspace.catalog.transaction() as connection:
            run.end(connection, JobState.FAILED, failure)
            handler.failed(connection, run.job, failure)
    except (QosylError, JobStopped) as error:
        LOGGER.warning("the failure of job %d could not be kept: %s", run.job.id, error)


def failure_of(error: BaseException) -> dict[str, Any]:
    """What is kept of a failure; the text of an unknown one stays in the log."""
    if isinstance(error, FileRefused):
        return {"code": error.problem.code, "detail": str(error), "problem": problem_members(error.problem)}
    if isinstance(error, GateNotConfirmed):
        return {"code": error.code, "detail": str(error), "gates": list(error.gates), "confirm_token": error.confirm_token}
    if isinstance(error, QosylError):
        return {"code": error.code, "detail": str(error)}
    return {"code": "internal_error", "detail": "the work stopped because of a fault in the service; nothing was published"}
