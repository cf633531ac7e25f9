"""Who works on imports, and how long one waits for them.

A worker process of this machine does the work where there is one (`flask worker`, which `serve` starts too), else a thread of the
process that was asked. Whoever dies is replaced: on the same machine within a second or two, elsewhere after its lease.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from contextlib import ExitStack
from functools import partial
from typing import Any

from geo import errors
from geo.errors import FileRefused, GateNotConfirmed, QosylError
from geo.model import ImportRecord, ImportState, JobKind, JobRecord
from geo.services import import_records
from geo.services.background import Found
from geo.services.import_publishing import PUBLISHING
from geo.services.jobs import Handlers, give_back_all, work_once
from geo.services.preview import problem_from
from geo.services.staging import STAGING
from geo.services.workspace import Workspace
from geo.store import Listener, select_job

__all__ = [
    "HANDLERS",
    "STOP_S",
    "WORKING",
    "attend",
    "awaited",
    "give_back_all",
    "import_record",
    "refusal_from",
    "settled",
    "work_until",
]

HANDLERS: Handlers = {JobKind.STAGE: STAGING, JobKind.PUBLISH: PUBLISHING}

WAIT_S = 1.0
"""How long whoever asks waits for the end of the work before being told to ask again."""
POLL_S = 1.0
"""How often an idle worker process looks for jobs that nobody rang for: those of other machines and of the dead."""
STOP_S = 5.0
"""How long a worker process that stops waits for its job to come to a boundary."""
_LOOK_S = (0.01, 0.02, 0.03, 0.05)

WORKING = (ImportState.QUEUED, ImportState.READING, ImportState.PUBLISHING)


def import_record(workspace: Workspace, import_id: int) -> ImportRecord:
    """An import as it stands; where it is being worked on, somebody is seen to be there for it.

    Raises
    ------
    NotFound
        There is no such import.
    """
    record = import_records.import_record(workspace, import_id)
    if record.state in WORKING:
        attend(workspace)
    return record


def attend(workspace: Workspace) -> None:
    """See to it that somebody works on what is unfinished: a worker process of this machine, or else threads of this one."""
    if not workspace.bell.ring():
        workspace.background.ensure(partial(work_once, workspace, HANDLERS, workspace.background.stopping))


def work_until(workspace: Workspace, stopping: threading.Event) -> None:
    """Work on jobs until told to stop; what a worker process does."""
    with ExitStack() as stack:
        listener: Listener | None = None
        while not stopping.is_set():
            try:
                listener = listener or stack.enter_context(workspace.bell.listen())
                found = work_once(workspace, HANDLERS, stopping)
            except QosylError:  # locked, read-only or away; it may come back
                found = Found.OTHERS_WORK
            if found is not Found.WORK and listener is None:
                stopping.wait(POLL_S)
            elif found is not Found.WORK and listener is not None:
                listener.wait(POLL_S)


def awaited(workspace: Workspace, import_id: int, job: JobRecord) -> ImportRecord:
    attend(workspace)
    end = time.monotonic() + WAIT_S
    look = iter(_LOOK_S)
    pause = 0.0
    record = import_records.import_record(workspace, import_id)
    while record.state in WORKING and time.monotonic() < end:
        pause = next(look, pause)
        time.sleep(pause)
        record = import_records.import_record(workspace, import_id)
    return _told(workspace, record, job)


def settled(workspace: Workspace, import_id: int, job: JobRecord) -> ImportRecord:
    """An import whose work has ended, even where another worker had to end it."""
    record = import_record(workspace, import_id)
    while record.state in WORKING:
        time.sleep(_LOOK_S[-1])
        record = import_record(workspace, import_id)
    return _told(workspace, record, job)


def _told(workspace: Workspace, record: ImportRecord, job: JobRecord) -> ImportRecord:
    """The import, or the refusal of the work that was asked for.

    Raises
    ------
    QosylError
        What the job was refused for.
    RuntimeError
        It failed for a fault in the service.
    """
    if record.state in WORKING or record.failure is None:
        return record
    with workspace.catalog.reading() as connection:
        found = select_job(connection, job.id)
    if found is None or found.failure is None:
        return record
    raise refusal_from(found.failure)


_REFUSALS: Mapping[str, type[QosylError]] = {
    kind.code: kind
    for kind in (
        errors.Conflict,
        errors.HasRowErrors,
        errors.InvalidParameter,
        errors.NeedsConfirmation,
        errors.NotFound,
        errors.StoreFull,
        errors.StoreUnavailable,
    )
}


def refusal_from(failure: Mapping[str, Any]) -> Exception:
    """What a job was refused for, from what was kept of it."""
    if failure.get("problem"):
        return FileRefused(problem_from(failure["problem"]), failure["detail"])
    if failure["code"] == GateNotConfirmed.code:
        return GateNotConfirmed(failure["detail"], gates=failure["gates"], confirm_token=failure["confirm_token"])
    kind = _REFUSALS.get(failure["code"])
    return RuntimeError(f"a job failed ({failure['code']}); the log of who did it says why") if kind is None else kind(failure["detail"])
