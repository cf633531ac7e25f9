"""Figures over releases: the coverage of one place, or of all schools, in one release after another under one norm.

What a release holds never changes, so what is counted once is kept: in memory, and for the norms that have a name in files as well, since
opening fifty releases of 200,000 schools takes seconds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from geo.coverage import CoverageRow, CoverageTable
from geo.errors import InvalidParameter
from geo.model import AREA_TYPES, GROUPING_COLUMNS, NO_VALUE, STATUSES, AreaType, Basis, Grouping, ReleaseRecord, Status, View, Where
from geo.norms import NORMS, Norm, norm_named
from geo.services.citations import Cited, FiguresPart, cited_figures
from geo.services.coverage import citation
from geo.services.opened import MAX_KEPT_GROUPS, OpenedRelease
from geo.services.workspace import LEVELS, Workspace
from geo.tally import Tally

TREND_LENGTH = 50
"""Releases of one trend where nobody says how many."""
MAX_TREND_LENGTH = 100
"""Releases of one trend at most: under a filter that nobody asked for before, each must be opened."""
PICKED: tuple[Grouping, ...] = (*LEVELS, Grouping.AREA_TYPE)
"""Filters that pick groups of what is kept; all others make a release be opened."""
KEPT_FORMAT = 1
"""Part of the names of kept files: raise it when counting or the meaning of a named norm changes."""


@dataclass(frozen=True)
class TrendPoint:
    """One release of a trend.

    Parameters
    ----------
    figures
        Coverage of the place in the release; None where its boundaries do not know the place.
    rural_unknown
        By "schools" and "students", how many rural ones nobody reported on.
    maybe_unconnected_rural
        The same for all that may be unconnected rural ones besides those known to be: `rural_unknown`, and of those of unknown area
        type the unconnected ones and those nobody reported on.
    is_redrawn
        Whether its boundaries are others than those of the release before it in the trend.
    knows_all
        Whether it knows every region and district of the filter, so that coverage of it alone gives the same figures.
    """

    release: ReleaseRecord
    figures: CoverageRow | None
    rural_unknown: Mapping[str, int]
    maybe_unconnected_rural: Mapping[str, int]
    is_redrawn: bool
    knows_all: bool = True


@dataclass(frozen=True)
class Trend:
    """Coverage over releases, all under one norm and basis.

    Parameters
    ----------
    points
        Oldest release first.
    withdrawn
        Ids of the releases between them that are out of public reach and left out, ascending.
    older
        Id of the oldest release looked at where there are older ones, else None: the trend before it is the next to ask for.
    """

    norm: Norm
    basis: Basis
    where: Where
    points: tuple[TrendPoint, ...]
    withdrawn: tuple[int, ...]
    older: int | None

    @property
    def citation(self) -> str:
        """One line that names everything the newest figures depend on."""
        return citation(self.points[-1].release, self.norm, self.basis, self.where) if self.points else ""

    @property
    def cited(self) -> Cited | None:
        """What an address of coverage by release pins that gives these figures again, of releases that know the whole filter."""
        points = [(point.release, point.figures) for point in self.points if point.figures is not None and point.knows_all]
        parts = [FiguresPart(release.sha256, self.norm.name, (), figures) for release, figures in points]
        by = (Grouping.RELEASE,)
        return cited_figures((each for each, _ in points), parts, basis=self.basis, by=by, where=self.where) if parts else None


@dataclass(frozen=True)
class _Question:
    """What is counted in each release: the groups that places and area types are picked from, and the rest of the filter."""

    by: tuple[Grouping, ...]
    rest: Where
    norm: Norm
    basis: Basis

    def file_name(self, release: ReleaseRecord, norm: str) -> str:
        """Name of the file that keeps the answer of a release under a named norm."""
        return f"{release.sha256}-{'-'.join(self.by)}-{norm}-{self.basis}-{KEPT_FORMAT}.json"

    @property
    def groupings(self) -> frozenset[Grouping]:
        """What a release's schools must be grouped by to answer it."""
        if self.rest.values_of("filter"):
            return frozenset(GROUPING_COLUMNS)
        return frozenset({*self.by, *(Grouping(name) for name, _ in self.rest.terms if name in GROUPING_COLUMNS)})

    @property
    def is_kept_in_files(self) -> bool:
        """Whether the answer is one of the few that everybody asks for."""
        return not self.rest and len(self.by) == 2 and NORMS.get(self.norm.name) == self.norm


def trend(workspace: Workspace, view: View, *, limit: int = TREND_LENGTH, before: int | None = None, budget: int | None = None) -> Trend:
    """Coverage of the schools that a view selects, in its release and those before it.

    Parameters
    ----------
    view
        Its release is the last one of the trend. Regions and districts of its filter are looked up in each release's own boundaries.
    limit
        Releases that are looked at, at most; withdrawn ones among them are left out.
    before
        Only releases older than this one.
    budget
        Schools of releases that may be opened for it, for whoever cannot wait: releases before that are left out. None is no limit.

    Raises
    ------
    NoRelease, NotFound, Withdrawn
        There is no such release, or it is out of public reach.
    InvalidParameter
        The norm is unknown, or none of the newest releases knows a region or district of the filter.
    """
    shown = workspace.release(view.release_id)
    norm = workspace.default_norm if view.norm is None else norm_named(view.norm)
    last = shown.id if before is None else min(before - 1, shown.id)
    oldest = max(last - min(limit, MAX_TREND_LENGTH), 0) + 1
    withdrawn = tuple(sorted(number for number in workspace.withdrawn_ids() if oldest <= number <= last))
    records = [workspace.release_record(number) for number in range(oldest, last + 1) if number not in withdrawn]
    picks = {grouping: view.where.values_of(grouping.value) for grouping in PICKED if view.where.values_of(grouping.value)}
    places = {grouping: picks[grouping] for grouping in LEVELS if grouping in picks}
    rest = Where(tuple(term for term in view.where.terms if term[0] not in {grouping.value for grouping in picks}))
    question = _Question((*(places or (Grouping.ADMIN1,)), Grouping.AREA_TYPE), rest, norm, view.basis)
    if budget is not None:
        records = _affordable(workspace, records, question, shown, budget)
        oldest = records[0].id if records else oldest
        withdrawn = tuple(number for number in withdrawn if number > oldest)
    tables = [_table(workspace, record, question, is_last=record.id == shown.id) for record in records]
    known = [_known(workspace, record, table, places) for record, table in zip(records, tables, strict=True)]
    if before is None:
        _refuse_unknown(places, known)
    points = _points(records, tables, picks, known)
    return Trend(norm, view.basis, view.where, points, withdrawn, oldest if oldest > 1 else None)


def _affordable(
    workspace: Workspace, records: Sequence[ReleaseRecord], question: _Question, shown: ReleaseRecord, budget: int
) -> list[ReleaseRecord]:
    """The newest of some releases whose answers are kept, or may be counted within a budget of schools; the newest always."""
    chosen: list[ReleaseRecord] = []
    for record in reversed(records):
        name = question.file_name(record, question.norm.name)
        is_kept = (record.sha256, question) in workspace.trend_tables or (question.is_kept_in_files and workspace.kept_figures.has(name))
        budget -= 0 if is_kept or record.id == shown.id else record.school_count
        if budget < 0 and chosen:
            break
        chosen.append(record)
    return chosen[::-1]


_Known = Mapping[Grouping, frozenset[str]]


def _refuse_unknown(places: Mapping[Grouping, tuple[str, ...]], known: Sequence[_Known]) -> None:
    for grouping, wanted in places.items():
        found = frozenset[str]().union(*(each[grouping] for each in known))
        if missing := [code for code in wanted if code not in found]:
            raise InvalidParameter(
                f"'{grouping}' has no '{missing[0][:60]}' in any of these releases; see /api/v1/regions",
                parameter=grouping.value,
                code=f"invalid_{grouping}",
            )


def _points(
    records: Sequence[ReleaseRecord],
    tables: Sequence[CoverageTable],
    picks: Mapping[Grouping, tuple[str, ...]],
    known: Sequence[_Known],
) -> tuple[TrendPoint, ...]:
    """Figures of the places in each release, added up over their groups; None where a release knows none of them."""
    sums = _added_up([(table, _picked(table, picks)) for table in tables])
    tallies = {"schools": sums.schools.counts, "students": sums.students.counts}
    silent = {count: counts[:, _RURAL, _UNKNOWN] for count, counts in tallies.items()}
    maybe = {count: silent[count] + counts[:, _NO_AREA, _UNKNOWN] + counts[:, _NO_AREA, _UNCONNECTED] for count, counts in tallies.items()}
    formers = [None, *records][: len(records)]
    return tuple(
        TrendPoint(
            record,
            row if all(knows.values()) else None,
            {count: int(each[at]) for count, each in silent.items()},
            {count: int(each[at]) for count, each in maybe.items()},
            former is not None and former.boundaries != record.boundaries,
            all(codes.issuperset(picks[grouping]) for grouping, codes in knows.items()),
        )
        for at, (record, row, knows, former) in enumerate(zip(records, sums.rows(), known, formers, strict=True))
    )


_RURAL, _NO_AREA = AREA_TYPES.index(AreaType.RURAL), AREA_TYPES.index(AreaType.UNKNOWN)
_UNCONNECTED, _UNKNOWN = STATUSES.index(Status.UNCONNECTED), STATUSES.index(Status.UNKNOWN)


def _known(workspace: Workspace, record: ReleaseRecord, table: CoverageTable, places: Mapping[Grouping, tuple[str, ...]]) -> _Known:
    """The wanted codes of each level that a release knows: schools lie there, or its boundaries have such a unit."""
    found = {}
    for at, (grouping, wanted) in enumerate(places.items()):
        codes = frozenset({NO_VALUE, *(label for label in table.keys[at] if label is not None)})
        identity = record.boundaries.get(grouping.value)
        if identity is not None and not codes.issuperset(wanted):
            codes |= frozenset(workspace.boundary_set(identity).units.codes)
        found[grouping] = codes.intersection(wanted)
    return found


def _picked(table: CoverageTable, picks: Mapping[Grouping, tuple[str, ...]]) -> Sequence[int]:
    """Positions of the groups that are picked; all of them where nothing is."""
    if not picks:
        return range(len(table))
    wanted = [{None if code == NO_VALUE else code for code in picks[grouping]} if grouping in picks else None for grouping in table.by]
    return [
        at
        for at, labels in enumerate(zip(*table.keys, strict=True))
        if all(codes is None or label in codes for label, codes in zip(labels, wanted, strict=True))
    ]


def _added_up(parts: Iterable[tuple[CoverageTable, Sequence[int]]]) -> CoverageTable:
    """One row a release: the sums over the groups picked from its table."""
    sums = [
        (
            table.schools.counts[at].sum(0),
            table.students.counts[at].sum(0),
            table.without_enrolment[at].sum(0),
            table.flagged_position[at].sum(),
        )
        for table, at in ((table, list(picked)) for table, picked in parts)
    ]
    shape = (len(sums), len(AREA_TYPES), len(STATUSES))
    schools, students, without, flagged = (np.asarray([each[part] for each in sums], dtype=np.int64) for part in range(4))
    return CoverageTable((), (), Tally(schools.reshape(shape)), Tally(students.reshape(shape)), without.reshape(-1, len(STATUSES)), flagged)


def _table(workspace: Workspace, record: ReleaseRecord, question: _Question, *, is_last: bool) -> CoverageTable:
    """The groups of one release, kept by its content: undoing names a former file again."""

    def opened() -> OpenedRelease:
        # Older releases are opened beside those that are kept open for readers.
        if is_last:
            return workspace.opened(record)
        return OpenedRelease(record, workspace.release_files.open(record), {}, question.groupings)

    def make() -> CoverageTable:
        if question.is_kept_in_files:
            return _from_files(workspace, record, question, opened)
        return _counted(opened(), question, question.norm)

    return workspace.trend_tables.get((record.sha256, question), make, keeps=lambda table: len(table) <= MAX_KEPT_GROUPS)


def _counted(opened: OpenedRelease, question: _Question, norm: Norm) -> CoverageTable:
    return opened.coverage(question.by, question.rest, norm, question.basis)


def _from_files(workspace: Workspace, record: ReleaseRecord, question: _Question, opened: Callable[[], OpenedRelease]) -> CoverageTable:
    """A table under a named norm from its file; where there is none, those of all named norms are counted, since opening costs most."""
    document = workspace.kept_figures.read(question.file_name(record, question.norm.name))
    if document is not None:
        return _from_document(document, question.by)
    release = opened()
    tables = {name: _counted(release, question, norm) for name, norm in NORMS.items()}
    for name, table in tables.items():
        workspace.kept_figures.keep(question.file_name(record, name), _as_document(table))
    return tables[question.norm.name]


def _as_document(table: CoverageTable) -> dict[str, Any]:
    return {
        "keys": [list(labels) for labels in table.keys],
        "schools": table.schools.counts.tolist(),
        "students": table.students.counts.tolist(),
        "without_enrolment": table.without_enrolment.tolist(),
        "flagged_position": table.flagged_position.tolist(),
    }


def _from_document(document: Mapping[str, Any], by: tuple[Grouping, ...]) -> CoverageTable:
    shape = (-1, len(AREA_TYPES), len(STATUSES))
    counts = {name: np.asarray(document[name], dtype=np.int64) for name in document if name != "keys"}
    return CoverageTable(
        by,
        tuple(tuple(labels) for labels in document["keys"]),
        Tally(counts["schools"].reshape(shape)),
        Tally(counts["students"].reshape(shape)),
        counts["without_enrolment"].reshape(-1, len(STATUSES)),
        counts["flagged_position"],
    )
