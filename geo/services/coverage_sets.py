"""Coverage of several releases, or under several norms, in one answer.

Every figure names its release and norm, and none is added up over them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

from geo import __version__
from geo.coverage import CoverageRow, CoverageTable
from geo.errors import InvalidParameter
from geo.model import GROUPING_COLUMNS, Grouping, ReleaseRecord, View
from geo.norms import Norm, norm_named
from geo.services.citations import Cited, boundaries_text, cited_figures
from geo.services.coverage import CoverageAnswer, names_of, norm_summary, release_summary
from geo.services.opened import MAX_KEPT_GROUPS, OpenedRelease
from geo.services.workspace import LEVELS, Workspace

NEWEST_RELEASES = 20
"""Releases that are counted where nobody says which."""
MAX_COUNTED = 100
"""Pairs of a release and a norm in one answer: each release that is not open must be opened."""
MAX_ROWS = 200_000
"""Rows of one answer; a row is about two kilobytes of JSON."""


@dataclass(frozen=True)
class CountedReleases:
    """Releases that are counted, by id, and the ids of those between them that are left out because they are withdrawn."""

    records: tuple[ReleaseRecord, ...]
    withdrawn: tuple[int, ...] = ()


@dataclass(frozen=True)
class CoverageSet:
    """Coverage of each of some releases under each of some norms.

    Parameters
    ----------
    parts
        One answer a release and norm: releases by id, norms in the order asked for. Never none.
    by
        What is grouped by, outermost first, with `Grouping.RELEASE` where releases stand one after another.
    without_place
        Ids of releases whose boundaries do not know a region or district of the filter; they have no part.
    withdrawn
        Ids of releases left out because they are withdrawn.
    """

    parts: tuple[CoverageAnswer, ...]
    by: tuple[Grouping, ...]
    without_place: tuple[int, ...] = ()
    withdrawn: tuple[int, ...] = ()

    @property
    def releases(self) -> tuple[ReleaseRecord, ...]:
        """The releases, by id."""
        return tuple({part.release.id: part.release for part in self.parts}.values())

    @property
    def norms(self) -> tuple[Norm, ...]:
        """The norms, in the order asked for."""
        return tuple({part.norm.name: part.norm for part in self.parts}.values())

    @property
    def is_by_release(self) -> bool:
        """Whether releases stand one after another."""
        return Grouping.RELEASE in self.by

    @property
    def cited(self) -> Cited:
        """What an address that gives these figures again pins."""
        first = self.parts[0]
        return cited_figures(self.releases, [part.part for part in self.parts], basis=first.basis, by=self.by, where=first.where)

    @property
    def citation(self) -> str:
        """One line that names everything the figures depend on."""
        first = self.parts[0]
        releases = ", ".join(f"{each.id} of {each.published_at:%Y-%m-%d} (sha256 {each.sha256})" for each in self.releases)
        parts = [
            f"Qosyl release{'s' if len(self.releases) > 1 else ''} {releases}",
            f"norm{'s' if len(self.norms) > 1 else ''} {', '.join(norm.name for norm in self.norms)}",
            f"basis {first.basis.value}",
            f"by {','.join(self.by)}" if self.by else "",
            "; ".join(f"{name} {values}" for name, values in first.where.as_parameters().items()),
            f"boundaries {cited}" if (cited := boundaries_text(release.vintages for release in self.releases)) else "",
            f"software {__version__}",
        ]
        return "; ".join(part for part in parts if part)

    @property
    def records(self) -> list[dict[str, Any]]:
        """The rows as flat records, sorted by what is grouped by, the norms of a group side by side; totals where nothing is."""
        return self._rows() if self.by else self.totals

    @property
    def totals(self) -> list[dict[str, Any]]:
        """All schools of the filter of each release under each norm, as flat records."""
        return [self._flat(part, part.total) for part in self.parts]

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the records' members, in their order."""
        return (*(release_members(self.parts[0].release) if self.is_by_release else ()), *self.parts[0].columns)

    def as_dict(self) -> dict[str, Any]:
        """The answer as the API gives it: members that one release or norm would have are null where there are several."""
        first = self.parts[0]
        norms = [norm_summary(norm) | {"basis": first.basis.value} for norm in self.norms]
        answer: dict[str, Any] = {
            "release": None if self.is_by_release else release_summary(first.release),
            "norm": norms[0] if len(norms) == 1 else None,
            "norms": norms,
            "boundaries": None if self.is_by_release else dict(first.release.vintages),
            "by": [grouping.value for grouping in self.by],
            "where": first.where.as_parameters(),
            "rows": self._rows() if self.by else [],
            "total": None,
            "totals": self.totals,
            "citation": self.citation,
        }
        if self.is_by_release:
            answer["releases"] = [release_summary(each) | {"boundaries": dict(each.vintages)} for each in self.releases]
            answer |= {"without_place": list(self.without_place), "withdrawn": list(self.withdrawn)}
        return answer

    def _rows(self) -> list[dict[str, Any]]:
        found = [
            (self._place(part, row), self._flat(part, row)) for part in self.parts for row in (part.rows if part.by else (part.total,))
        ]
        return [record for _, record in sorted(found, key=lambda each: each[0])]

    def _place(self, part: CoverageAnswer, row: CoverageRow) -> tuple[tuple[bool, int | str], ...]:
        """Where a row stands; sorting keeps the order of norms, since it is stable."""
        return tuple(
            (False, part.release.id) if grouping is Grouping.RELEASE else (row.keys[grouping] is None, row.keys[grouping] or "")
            for grouping in self.by
        )

    def _flat(self, part: CoverageAnswer, row: CoverageRow) -> dict[str, Any]:
        return {**(release_members(part.release) if self.is_by_release else {}), **part.flat(row)}


def release_members(release: ReleaseRecord) -> dict[str, Any]:
    """What a row says of its release."""
    return {
        "release": release.id,
        "sha256": release.sha256,
        "published_at": release.published_at.isoformat(),
        **{f"boundaries_{level}": release.vintages.get(level) for level in LEVELS},
    }


def coverage_set(
    workspace: Workspace, view: View, counted: CountedReleases, *, norms: Sequence[str], by: Sequence[Grouping], language: str = "en"
) -> CoverageSet:
    """Coverage of several releases, where `by` has `Grouping.RELEASE`, or of one, under one norm or several.

    Parameters
    ----------
    view
        Basis and filter; its norm is passed over, and its release is the one that is open for readers.
    norms
        Names; none is the default norm.

    Raises
    ------
    InvalidParameter
        There are too many releases, norms or rows, a norm is unknown, or no release knows a value of the filter.
    """
    chosen = tuple(norm_named(name) for name in norms) or (workspace.default_norm,)
    if len(counted.records) * len(chosen) > MAX_COUNTED:
        raise _too_many(f"{len(counted.records)} releases under {len(chosen)} norms", f"{MAX_COUNTED} pairs of a release and a norm")
    inner = tuple(grouping for grouping in by if grouping is not Grouping.RELEASE)
    parts, faults = _counted(workspace, counted.records, view, norms=chosen, by=inner, language=language)
    if not parts:
        raise next(iter(faults.values()))
    return CoverageSet(parts, tuple(by), tuple(faults), counted.withdrawn)


def named_releases(workspace: Workspace, ids: Iterable[int]) -> CountedReleases:
    """Releases by their ids, in ascending order.

    Raises
    ------
    NotFound, Withdrawn
        There is no such release, or it is out of public reach.
    """
    return CountedReleases(tuple(workspace.release(number) for number in sorted(set(ids))))


def newest_releases(workspace: Workspace) -> CountedReleases:
    """The newest releases that are in public reach, at most `NEWEST_RELEASES`.

    Raises
    ------
    NoRelease
        Nothing has been published yet.
    """
    last = workspace.release().id
    hidden = workspace.withdrawn_ids()
    shown = [number for number in range(last, 0, -1) if number not in hidden][:NEWEST_RELEASES]
    withdrawn = tuple(sorted(number for number in hidden if shown and shown[-1] < number <= last))
    return CountedReleases(tuple(workspace.release_record(number) for number in reversed(shown)), withdrawn)


def _counted(
    workspace: Workspace, records: Iterable[ReleaseRecord], view: View, *, norms: Sequence[Norm], by: tuple[Grouping, ...], language: str
) -> tuple[tuple[CoverageAnswer, ...], Mapping[int, InvalidParameter]]:
    """An answer a release and norm, and by id why a release has none."""
    parts: list[CoverageAnswer] = []
    faults: dict[int, InvalidParameter] = {}
    units = cache(lambda identity: names_of(workspace, identity, language))
    rows = 0
    for record in records:
        tables = _Tables(workspace, record, view, by)
        names = {each: units(record.boundaries[each]) if each in record.boundaries else {} for each in by if each in LEVELS}
        try:
            found = [tables.answer(norm, names) for norm in norms]
        except InvalidParameter as error:
            faults[record.id] = error
            continue
        rows += sum(len(answer.rows) for answer in found)
        if rows > MAX_ROWS:
            raise _too_many("an answer of so many groups", f"{MAX_ROWS:,} rows")
        parts += found
    return tuple(parts), faults


class _Tables:
    """Tables of one release under one filter; releases that are not open for readers are opened beside them, if no table is kept."""

    def __init__(self, workspace: Workspace, record: ReleaseRecord, view: View, by: tuple[Grouping, ...]) -> None:
        self._workspace = workspace
        self._record = record
        self._view = view
        self._by = by

    def answer(self, norm: Norm, names: Mapping[Grouping, Mapping[str, str]]) -> CoverageAnswer:
        rows = self._table(self._by, norm).rows() if self._by else ()
        total = self._table((), norm).rows()[0]
        return CoverageAnswer(self._record, norm, self._view.basis, self._by, self._view.where, rows, total, names)

    def _table(self, by: tuple[Grouping, ...], norm: Norm) -> CoverageTable:
        where, basis = self._view.where, self._view.basis
        if self._is_shown:
            return self._workspace.opened(self._record).coverage(by, where, norm, basis)
        return self._workspace.trend_tables.get(
            (self._record.sha256, tuple(self._record.boundaries.items()), by, where, norm, basis),
            lambda: self._opened.coverage(by, where, norm, basis),
            keeps=lambda table: len(table) <= MAX_KEPT_GROUPS,
        )

    @cached_property
    def _is_shown(self) -> bool:
        return self._workspace.release(self._view.release_id).id == self._record.id

    @cached_property
    def _opened(self) -> OpenedRelease:
        record, names = self._record, {name for name, _ in self._view.where.terms}
        wanted = {grouping for grouping in GROUPING_COLUMNS if grouping in self._by or grouping in names or "filter" in names}
        codes = {Grouping(name): frozenset(self._workspace.boundary_set(each).units.codes) for name, each in record.boundaries.items()}
        return OpenedRelease(record, self._workspace.release_files.open(record), codes, wanted)


def _too_many(got: str, limit: str) -> InvalidParameter:
    return InvalidParameter(f"'by' asks for {got}; at most {limit} are given at once", parameter="by", code="too_many_groups")
