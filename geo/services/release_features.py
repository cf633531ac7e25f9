"""Releases as features without geometry, for clients that list them like any other collection."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from geo.errors import InvalidParameter, NotFound
from geo.model import ReleaseRecord, WithdrawalRecord
from geo.selecting import Interval
from geo.services.collections import MOST_RELEASES, newest_release
from geo.services.coverage import is_synthetic
from geo.services.releases import releases
from geo.services.withdrawals import withdrawals_of
from geo.services.workspace import Workspace

MAX_RELEASE_ID = 2**31 - 1


@dataclass(frozen=True)
class ReleasePage:
    """A page of releases, newest first, as GeoJSON features; `following` is the cursor of the next page, None on the last."""

    features: tuple[Mapping[str, Any], ...]
    matched: int
    following: str | None


def release_page(workspace: Workspace, *, interval: str | None, limit: int, cursor: str | None = None) -> ReleasePage:
    """Releases that were published in an interval of days, newest first.

    Parameters
    ----------
    interval
        As `geo.selecting.Interval` reads it; None for all.
    cursor
        That of a page before: only older releases follow.

    Raises
    ------
    InvalidParameter
        The cursor is none.
    """
    before = MAX_RELEASE_ID + 1 if cursor is None else _id_of(cursor)
    span = None if interval is None else Interval.read(interval)
    found = [each for each in releases(workspace, limit=MOST_RELEASES) if span is None or _is_within(each, span)]
    rest = [each for each in found if each.id < before]
    page = rest[:limit]
    following = str(page[-1].id) if len(rest) > limit else None
    return ReleasePage(_features(workspace, page), len(found), following)


def release_feature(workspace: Workspace, release_id: str) -> Mapping[str, Any]:
    """One release by its id.

    Raises
    ------
    NotFound
        There is none.
    """
    if not (release_id.isascii() and release_id.isdigit() and len(release_id) <= 10 and int(release_id) <= MAX_RELEASE_ID):
        raise NotFound(f"there is no release '{release_id[:40]}'")
    return _features(workspace, [workspace.release_record(int(release_id))])[0]


def _id_of(cursor: str) -> int:
    if not (cursor.isascii() and cursor.isdigit() and len(cursor) <= 10 and 0 < int(cursor) <= MAX_RELEASE_ID):
        raise InvalidParameter("'cursor' must be that of a 'next' link", parameter="cursor", code="invalid_cursor")
    return int(cursor)


def _is_within(release: ReleaseRecord, span: Interval) -> bool:
    day = _moment(release.published_at).date()
    return (span.first is None or span.first <= day) and (span.last is None or day <= span.last)


def _moment(moment: datetime) -> datetime:
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)


def _features(workspace: Workspace, records: list[ReleaseRecord]) -> tuple[Mapping[str, Any], ...]:
    withdrawals = withdrawals_of(workspace, records)
    current = newest_release(workspace)
    current_id = current.id if current else None
    return tuple(
        {
            "type": "Feature",
            "id": str(record.id),
            "geometry": None,
            "properties": _properties(record, record.id == current_id, withdrawals.get(record.id)),
        }
        for record in records
    )


def _properties(record: ReleaseRecord, is_current: bool, withdrawal: WithdrawalRecord | None) -> dict[str, Any]:
    """Flat; of a withdrawn release no figure and no source."""
    is_told = withdrawal is None
    return {
        "release_id": record.id,
        "tag": record.tag,
        "sha256": record.sha256,
        "published_at": _moment(record.published_at).isoformat(),
        "kind": record.kind.value,
        "parent_id": record.parent_id,
        "undone_release_id": record.undone_release_id,
        "is_current": is_current,
        "is_synthetic": is_synthetic(record),
        "country": record.country,
        "boundaries_admin1": record.vintages.get("admin1"),
        "boundaries_admin2": record.vintages.get("admin2"),
        "software_version": record.software_version,
        "byte_count": record.byte_count,
        "schools": record.school_count if is_told else None,
        **{f"schools_{name}": record.counts.get(name) if is_told else None for name in COUNTS},
        "sources": "; ".join(record.sources) if is_told else None,
        "withdrawn_at": None if withdrawal is None else _moment(withdrawal.withdrawn_at).isoformat(),
        "withdrawal_reason": None if withdrawal is None else withdrawal.reason,
    }


COUNTS: tuple[str, ...] = ("not_placed", "no_region")
"""Totals fixed at publish that features carry, as `schools_not_placed` and so on."""
