"""Two releases side by side under one norm: figures, how far they moved and how surely, and the schools that changed between them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from geo.coverage import CoverageRow
from geo.errors import InvalidParameter
from geo.model import STATUSES, Basis, Grouping, ReleaseRecord, View, Where
from geo.norms import Norm
from geo.services.citations import Cited, FiguresPart, cited_figures
from geo.services.coverage import Shown, citation, norm_summary, release_summary, resolve, unit_names
from geo.services.school_changes import SchoolChanges, school_changes
from geo.services.workspace import LEVELS, Workspace


class Verdict(StrEnum):
    """What two shares with bounds say about the change between them."""

    ROSE = "rose"
    """Whatever the unknown schools were and are, the share is higher."""
    FELL = "fell"
    SAME = "same"
    """Both shares and all their bounds are equal."""
    UNSURE = "unsure"
    """The bounds overlap: the unknown schools alone could account for the difference."""
    UNKNOWN = "unknown"
    """There is no school on one side."""


SHARES: tuple[str, ...] = tuple(f"{unit}_{share}" for unit in ("schools", "students") for share in ("connected", "meets_norm"))
"""Shares whose change is told, each as `…_change_points` with bounds and a verdict."""
COUNTED: tuple[str, ...] = (
    *(f"{unit}{status}" for unit in ("schools", "students") for status in ("", *(f"_{status}" for status in STATUSES))),
    "schools_without_enrolment",
    "schools_rural",
    "schools_unconnected_rural",
    "students_unconnected_rural",
)
"""Counts whose difference is told, under the same names."""
_NOISE_POINTS = 1e-9
"""Differences smaller than this come from the arithmetic."""


@dataclass(frozen=True)
class ShareChange:
    """How far a share moved, in percentage points, with bounds that hold whatever the unknown schools were and are."""

    points: float | None
    lower: float | None
    upper: float | None
    verdict: Verdict


def share_change(before: CoverageRow | None, after: CoverageRow | None, share: str) -> ShareChange:
    """The change of a share between two rows of coverage.

    Parameters
    ----------
    before, after
        None where a release does not know the place.
    share
        One of `SHARES`.

    Notes
    -----
    Lower and upper end pair the one side's upper bound with the other side's lower one, as for the rural gap
    (docs/definitions.md#coverage).
    """
    if before is None or after is None:
        return ShareChange(None, None, None, Verdict.UNKNOWN)
    was, now = ([row[f"{share}_share{end}"] for end in ("", "_lower", "_upper")] for row in (before, after))
    if was[1] is None or now[1] is None:
        return ShareChange(None, None, None, Verdict.UNKNOWN)
    lower, upper = 100 * (now[1] - was[2]), 100 * (now[2] - was[1])
    points = None if was[0] is None or now[0] is None else 100 * (now[0] - was[0])
    if was == now:
        verdict = Verdict.SAME
    elif lower > _NOISE_POINTS:
        verdict = Verdict.ROSE
    else:
        verdict = Verdict.FELL if upper < -_NOISE_POINTS else Verdict.UNSURE
    return ShareChange(points, lower, upper, verdict)


@dataclass(frozen=True)
class ComparedRow:
    """One group in both releases; a side is None where that release does not know the place, or has no school in the group."""

    keys: Mapping[Grouping, str | None]
    before: CoverageRow | None
    after: CoverageRow | None

    def change(self, share: str) -> ShareChange:
        """See `share_change`."""
        return share_change(self.before, self.after, share)

    def difference(self, count: str) -> int | None:
        """How many more there are of what is counted, fewer where negative; None where a side is missing."""
        if self.before is None or self.after is None:
            return None
        return int(self.after[count] - self.before[count])

    def as_dict(self) -> dict[str, Any]:
        """Differences as the API gives them."""
        told: dict[str, Any] = {count: self.difference(count) for count in COUNTED}
        for share in SHARES:
            change = self.change(share)
            told |= {
                f"{share}_change_points": change.points,
                f"{share}_change_points_lower": change.lower,
                f"{share}_change_points_upper": change.upper,
                f"{share}_verdict": change.verdict.value,
            }
        return told


@dataclass(frozen=True)
class Compared:
    """Two releases under one norm, basis and filter.

    Parameters
    ----------
    before, after
        The releases `from` and `to`; either may be the newer one.
    rows
        One per group that a side has, sorted by code, the group without a code last; none where nothing is grouped by.
    names
        For `admin1` and `admin2` the name of each code in the language asked for.
    changes
        The schools that changed.
    """

    before: ReleaseRecord
    after: ReleaseRecord
    norm: Norm
    basis: Basis
    where: Where
    by: tuple[Grouping, ...]
    rows: tuple[ComparedRow, ...]
    total: ComparedRow
    names: Mapping[Grouping, Mapping[str, str]]
    changes: SchoolChanges

    @property
    def is_redrawn(self) -> bool:
        """Whether the two have different boundaries, so that a region of one code may be two places."""
        return self.before.boundaries != self.after.boundaries

    @property
    def cited(self) -> Cited:
        """What an address that gives the figures of both sides again pins; a side that does not know the place has none."""
        sides = (
            (self.before, self.total.before, [row.before for row in self.rows]),
            (self.after, self.total.after, [row.after for row in self.rows]),
        )
        parts = [
            FiguresPart(release.sha256, self.norm.name, [row for row in rows if row is not None], total)
            for release, total, rows in sides
            if total is not None
        ]
        cited = cited_figures((self.before, self.after), parts, basis=self.basis, by=self.by, where=self.where)
        return replace(cited, norms=(self.norm.name,), is_comparison=True)

    def flat(self, row: ComparedRow) -> dict[str, Any]:
        """A row as the API gives it."""
        keys: dict[str, Any] = {}
        for grouping, code in row.keys.items():
            keys[grouping.value] = code
            if grouping in self.names:
                keys[f"{grouping}_name"] = self.names[grouping].get(code) if code is not None else None
        sides = {"from": row.before, "to": row.after}
        return {**keys, **{name: None if side is None else dict(side.figures) for name, side in sides.items()}, "difference": row.as_dict()}

    def as_dict(self) -> dict[str, Any]:
        """The answer as the API gives it."""
        return {
            "from": release_summary(self.before),
            "to": release_summary(self.after),
            "norm": norm_summary(self.norm) | {"basis": self.basis.value},
            "boundaries": {"from": dict(self.before.vintages), "to": dict(self.after.vintages)},
            "by": [grouping.value for grouping in self.by],
            "where": self.where.as_parameters(),
            "rows": [self.flat(row) for row in self.rows],
            "total": self.flat(self.total),
            "changes": {
                "schools_changed": len(self.changes),
                **{f"schools_{kind}": count for kind, count in self.changes.counts.items()},
                "schools_newly_connected_not_reported_before": self.changes.newly_known,
            },
            "citation": [citation(release, self.norm, self.basis, self.where, by=self.by) for release in (self.before, self.after)],
        }


def former_release(workspace: Workspace, release: ReleaseRecord) -> ReleaseRecord | None:
    """The newest release before another one that is in public reach; None before the first."""
    withdrawn = workspace.withdrawn_ids()
    number = next((number for number in range(release.id - 1, 0, -1) if number not in withdrawn), None)
    return None if number is None else workspace.release_record(number)


def compared(workspace: Workspace, view: View, before: ReleaseRecord, *, by: Sequence[Grouping] = (), language: str = "en") -> Compared:
    """Compare the release of a view with another one.

    Parameters
    ----------
    view
        Its release is `to`; norm, basis and filter hold for both. A side that does not know a region of the filter has no figures.
    before
        The release `from`.

    Raises
    ------
    NoRelease, NotFound, Withdrawn
        There is no such release, or it is out of public reach.
    InvalidParameter
        Both are the same, the norm is unknown, or neither release knows a value of the filter.
    """
    now = resolve(workspace, view)
    if now.release.id == before.id:
        raise InvalidParameter("a release is compared with another one, not with itself", parameter="from", code="invalid_from")
    was = Shown(workspace.opened(before), now.norm, now.basis, now.where)
    faults = [_fault(side) for side in (was, now)]
    if all(faults):
        raise faults[1] or InvalidParameter("neither release knows a value of the filter")
    sides = tuple(None if fault else side for side, fault in zip((was, now), faults, strict=True))
    grouped = tuple(by)
    totals = [None if side is None else _rows(side, ())[()] for side in sides]
    names = {
        grouping: {**unit_names(workspace, before, grouping, language), **unit_names(workspace, now.release, grouping, language)}
        for grouping in grouped
        if grouping in LEVELS
    }
    return Compared(
        before=before,
        after=now.release,
        norm=now.norm,
        basis=now.basis,
        where=now.where,
        by=grouped,
        rows=_paired(grouped, *({} if side is None else _rows(side, grouped) for side in sides)) if grouped else (),
        total=ComparedRow({}, *totals),
        names=names,
        changes=school_changes(workspace, was, now),
    )


def _fault(side: Shown) -> InvalidParameter | None:
    """Why a release cannot be filtered so; None where it can."""
    try:
        side.opened.mask(side.where, side.norm, side.basis)
    except InvalidParameter as error:
        return error
    return None


_Labels = tuple[str | None, ...]


def _rows(side: Shown, by: tuple[Grouping, ...]) -> dict[_Labels, CoverageRow]:
    table = side.opened.coverage(by, side.where, side.norm, side.basis)
    return {tuple(row.keys[grouping] for grouping in by): row for row in table.rows()}


def _paired(
    by: tuple[Grouping, ...], before: Mapping[_Labels, CoverageRow], after: Mapping[_Labels, CoverageRow]
) -> tuple[ComparedRow, ...]:
    ordered = sorted({*before, *after}, key=lambda labels: [(label is None, label or "") for label in labels])
    return tuple(ComparedRow(dict(zip(by, labels, strict=True)), before.get(labels), after.get(labels)) for labels in ordered)
