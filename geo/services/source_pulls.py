"""Pulling a source: ask it, stage what it brought like any upload, publish where nothing speaks against it, keep how it went."""

from __future__ import annotations

import io
import logging
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pandas as pd

from geo.errors import Conflict, DamagedFile, FileRefused, NotFound, QosylError, SourceFailed
from geo.giga import LICENCE_OF_FACTS, LICENCE_OF_LOCATIONS, SHORTEST_KEY_LOOKED_FOR, Client, Limits, Pulled, dated, pull
from geo.model import ImportRecord, ImportState, Key, PullState, ReleaseKind, ReleaseRecord, Role, SourceRecord
from geo.services.import_records import import_record
from geo.services.imports import publish_import, stage_import
from geo.services.keys import actor_name, require_role
from geo.services.options import ImportOptions
from geo.services.releases import releases
from geo.services.source_settings import checked_address, keys_for, wanted_of
from geo.services.sources import check_country, source_named
from geo.services.workspace import Workspace
from geo.store import (
    claim_source,
    insert_audit,
    select_import,
    select_withdrawal,
    update_pull_done,
    update_pull_failed,
)

LOGGER = logging.getLogger("qosyl.services")

ABANDONED_AFTER = timedelta(hours=3)
"""A pull that has been running for longer than any pull may has lost its process."""
LOOKED_BACK = 200
"""Releases that are looked through for an undone one."""


@dataclass(frozen=True, slots=True)
class PullResult:
    """What became of a pull.

    `held` says why a trusted source's pull was staged and not published: `errors`, `questions`, `gates`, `undone` (a person undid or
    withdrew the release of the pull before it and nobody has published one since), or the code of the refusal.
    """

    source: SourceRecord
    imported: ImportRecord
    release: ReleaseRecord | None
    held: str | None


def pull_source(
    workspace: Workspace,
    name: str,
    *,
    actor: Key | None = None,
    limits: Limits | None = None,
    told: Callable[[str], object] = lambda _: None,
) -> PullResult:
    """Pull a source now, stage what it brought, and publish it where the source is trusted and nothing speaks against it.

    Parameters
    ----------
    told
        Takes what is being done, for a person who waits.

    Raises
    ------
    Forbidden
        The key may not publish.
    NotFound
        There is no source of that name.
    Conflict
        Another pull of it is running.
    SourceFailed, FileRefused
        It failed; this is kept with the source and nothing public changed.
    """
    require_role(actor, Role.PUBLISHER)
    source = source_named(workspace, name)
    began_at = datetime.now(UTC)
    with workspace.catalog.transaction() as connection:
        if not claim_source(connection, source.id, at=began_at, abandoned_before=began_at - ABANDONED_AFTER):
            raise Conflict(f"the source {name!r} is being pulled by another process; one that was killed keeps it for three hours")
    try:
        data, counts = _fetched(workspace, source, began_at, limits=limits, told=told)
        told("reading and matching")
        result = _staged(workspace, source, data, began_at, actor=actor)
        _keep_success(workspace, source, began_at, result, counts)
    except BaseException as error:
        _keep_failure(workspace, source, began_at, error, actor=actor)
        raise
    LOGGER.info("pulled source %d: import %d, %s", source.id, result.imported.id, _state_of(result))
    return PullResult(source_named(workspace, name), result.imported, result.release, result.held)


def _fetched(
    workspace: Workspace, source: SourceRecord, now: datetime, *, limits: Limits | None, told: Callable[[str], object]
) -> tuple[bytes, dict[str, int]]:
    """The pull as a CSV file of our columns, and what was counted."""
    check_country(workspace, source.country)
    checked_address(source.base_url, is_production=workspace.settings.is_production)
    wanted = wanted_of(source.country, source.options, now)
    keys = keys_for(workspace.settings, base_url=source.base_url, options=source.options, endpoints=wanted.endpoints)
    with Client(source.base_url, keys, limits=limits, told=told) as client:
        pulled: Pulled = pull(client, wanted)
    frame = dated(pulled.frame, _former(workspace, source), today=wanted.today)
    data = frame.to_csv(index=False, lineterminator="\n").encode()
    written = data.lower()
    if any(len(key) >= SHORTEST_KEY_LOOKED_FOR and key.lower().encode() in written for key in keys.values()):
        raise SourceFailed("key_repeated", "what it sent repeats a key; nothing of it is kept")
    limit = workspace.settings.max_upload_mb
    if len(data) > limit * 1024 * 1024:
        raise SourceFailed("too_large", f"the schools it sent make a file of more than MAX_UPLOAD_MB = {limit} MB")
    return data, pulled.counts


def _former(workspace: Workspace, source: SourceRecord) -> pd.DataFrame | None:
    """What the last good pull brought, if its file is still kept."""
    if source.last_import_id is None:
        return None
    with workspace.catalog.reading() as connection:
        record = select_import(connection, source.last_import_id)
    with suppress(NotFound, DamagedFile, ValueError):
        if record is not None:
            data = workspace.upload_files.read(record.file_sha256)
            return pd.read_csv(io.BytesIO(data), dtype=str, keep_default_na=False)
    return None


def _staged(workspace: Workspace, source: SourceRecord, data: bytes, now: datetime, *, actor: Key | None) -> PullResult:
    """Stage a pull like any upload; publish it where that may be done without a person."""
    file_name = f"giga-{source.country}-{now:%Y%m%dT%H%M%SZ}.csv"
    imported = stage_import(workspace, data, file_name=file_name, options=ImportOptions(source=source.name), actor=actor)
    if imported.state in (ImportState.FAILED, ImportState.CANCELLED):
        raise SourceFailed("not_staged", f"import {imported.id} of it is {imported.state}")
    held = _held(workspace, source, imported)
    if not source.is_trusted or held is not None or imported.state is not ImportState.STAGED:
        return PullResult(source, imported, None, held if source.is_trusted else None)
    try:
        release = publish_import(workspace, imported.id, reason=f"pulled from {source.name}", actor=actor)
    except Conflict as error:
        return PullResult(source, import_record(workspace, imported.id), None, error.code)
    return PullResult(source, import_record(workspace, imported.id), release, None)


def _held(workspace: Workspace, source: SourceRecord, imported: ImportRecord) -> str | None:
    """Why a pull must not be published without a person; None where nothing speaks against it."""
    report = imported.report or {}
    reasons = {
        "questions": imported.state is ImportState.NEEDS_CONFIRMATION,
        "errors": bool(report.get("errors_total")),
        "gates": bool(report.get("gates")),
        "undone": imported.state is ImportState.STAGED and _was_undone(workspace, source),
    }
    return next((reason for reason, holds in reasons.items() if holds), None)


def _was_undone(workspace: Workspace, source: SourceRecord) -> bool:
    """Whether a person undid or withdrew what was last published from the source, and nobody has published from it since."""
    found = releases(workspace, limit=LOOKED_BACK)
    undone = {release.undone_release_id for release in found}
    imported = (release for release in found if release.kind is ReleaseKind.IMPORT and release.import_id is not None)
    ours = (release for release in imported if import_record(workspace, release.import_id or 0).source == source.name)
    newest = next(ours, None)
    if newest is None or newest.id in undone:
        return newest is not None
    with workspace.catalog.reading() as connection:
        return select_withdrawal(connection, newest.id) is not None


def _state_of(result: PullResult) -> PullState:
    if result.release is not None:
        return PullState.PUBLISHED
    return PullState.UNCHANGED if result.imported.state is ImportState.DISCARDED else PullState.STAGED


def _keep_success(workspace: Workspace, source: SourceRecord, began_at: datetime, result: PullResult, counts: dict[str, int]) -> None:
    state = _state_of(result)
    licences = [LICENCE_OF_LOCATIONS, *([LICENCE_OF_FACTS] if len(wanted_of(source.country, source.options).endpoints) > 1 else [])]
    report = {
        "pulled_at": began_at.isoformat(),
        "licences": licences,
        "counts": counts,
        "release_id": None if result.release is None else result.release.id,
        "held": result.held,
    }
    with workspace.catalog.transaction() as connection:
        update_pull_done(
            connection,
            source.id,
            began_at=began_at,
            at=datetime.now(UTC),
            state=state,
            import_id=result.imported.id,
            report=report,
        )
        detail = report | {"state": state.value, "import": result.imported.id, "country": source.country}
        insert_audit(connection, result.imported.created_by, "source.pull", f"source {source.name}", detail)


def _keep_failure(workspace: Workspace, source: SourceRecord, began_at: datetime, error: BaseException, *, actor: Key | None) -> None:
    """Keep why a pull failed, in words that hold nothing the other side sent."""
    failure = {"code": "internal_error", "detail": "a fault in the service, or it was stopped; the log says more"}
    if isinstance(error, SourceFailed):
        failure = {"code": error.reason, "detail": str(error)}
    elif isinstance(error, FileRefused):
        failure = {"code": error.problem.code, "detail": "what it sent could not be read as a list of schools"}
    elif isinstance(error, QosylError):
        failure = {"code": error.code, "detail": str(error)}
    with suppress(QosylError), workspace.catalog.transaction() as connection:
        update_pull_failed(connection, source.id, began_at=began_at, at=datetime.now(UTC), failure=failure)
        insert_audit(connection, actor_name(actor), "source.pull", f"source {source.name}", {"state": "failed", **failure})
    LOGGER.info("pulling source %d failed: %s", source.id, failure["code"])
