"""The coverage answer: counts, shares, bounds and gaps of a release under a norm, with everything needed to cite it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from geo import __version__
from geo.coverage import CoverageRow
from geo.model import Basis, Grouping, ReleaseRecord, View, Where
from geo.norms import Norm, norm_named
from geo.services.citations import Cited, FiguresPart, cited_figures
from geo.services.opened import OpenedRelease
from geo.services.workspace import LEVELS, Workspace


@dataclass(frozen=True)
class Shown:
    """What a view names, resolved: the release, open, and the norm."""

    opened: OpenedRelease
    norm: Norm
    basis: Basis
    where: Where

    @property
    def release(self) -> ReleaseRecord:
        """The release's row of the catalog."""
        return self.opened.record


def resolve(workspace: Workspace, view: View) -> Shown:
    """Resolve the release and norm that a view names.

    Raises
    ------
    NoRelease, NotFound
        There is no such release.
    InvalidParameter
        There is no such norm.
    """
    norm = workspace.default_norm if view.norm is None else norm_named(view.norm)
    return Shown(workspace.opened(workspace.release(view.release_id)), norm, view.basis, view.where)


@dataclass(frozen=True)
class CoverageAnswer:
    """Coverage of a release.

    Parameters
    ----------
    rows
        One per group, sorted by code, the group without a code last; none where nothing is grouped by.
    total
        All schools of the filter.
    names
        For `admin1` and `admin2` the name of each code, in the language asked for.
    """

    release: ReleaseRecord
    norm: Norm
    basis: Basis
    by: tuple[Grouping, ...]
    where: Where
    rows: tuple[CoverageRow, ...]
    total: CoverageRow
    names: Mapping[Grouping, Mapping[str, str]]

    @property
    def citation(self) -> str:
        """One line that names everything the figures depend on."""
        return citation(self.release, self.norm, self.basis, self.where, by=self.by)

    @property
    def part(self) -> FiguresPart:
        """The figures as their digest takes them."""
        return FiguresPart(self.release.sha256, self.norm.name, self.rows, self.total)

    @property
    def cited(self) -> Cited:
        """What an address that gives these figures again pins."""
        return cited_figures((self.release,), (self.part,), basis=self.basis, by=self.by, where=self.where)

    @property
    def records(self) -> list[dict[str, Any]]:
        """The rows as flat records; the total where nothing is grouped by."""
        return [self.flat(row) for row in (self.rows if self.by else (self.total,))]

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the records' members, in their order."""
        groups = (name for grouping in self.by for name in (grouping.value, *((f"{grouping}_name",) if grouping in self.names else ())))
        return (*groups, "norm", *self.total.figures)

    def flat(self, row: CoverageRow) -> dict[str, Any]:
        """A row as one flat record, the same names in JSON, CSV and the data of pages."""
        keys: dict[str, Any] = {}
        for grouping, code in row.keys.items():
            keys[grouping.value] = code
            if grouping in self.names:
                keys[f"{grouping}_name"] = self.names[grouping].get(code) if code is not None else None
        return {**keys, "norm": self.norm.name, **row.figures}

    def as_dict(self) -> dict[str, Any]:
        """The answer as the API gives it."""
        return {
            "release": release_summary(self.release),
            "norm": norm_summary(self.norm) | {"basis": self.basis.value},
            "boundaries": dict(self.release.vintages),
            "by": [grouping.value for grouping in self.by],
            "where": self.where.as_parameters(),
            "rows": [self.flat(row) for row in self.rows],
            "total": self.flat(self.total),
            "citation": self.citation,
        }


def coverage_answer(workspace: Workspace, view: View, by: Sequence[Grouping] = (), *, language: str = "en") -> CoverageAnswer:
    """Coverage of the schools that a view selects, in groups.

    Raises
    ------
    NoRelease, NotFound
        There is no such release.
    InvalidParameter
        The norm or a value of the filter is unknown.
    """
    shown = resolve(workspace, view)
    grouped = tuple(by)
    table = shown.opened.coverage(grouped, shown.where, shown.norm, shown.basis)
    rows, total = table.rows_and_total() if grouped else ((), table.rows()[0])
    names = {grouping: unit_names(workspace, shown.release, grouping, language) for grouping in grouped if grouping in LEVELS}
    return CoverageAnswer(shown.release, shown.norm, shown.basis, grouped, shown.where, rows, total, names)


def unit_names(workspace: Workspace, release: ReleaseRecord, grouping: Grouping, language: str) -> Mapping[str, str]:
    """Name of each unit's code in a language, in English where the boundaries lack it; empty without boundaries."""
    identity = release.boundaries.get(grouping.value)
    return {} if identity is None else names_of(workspace, identity, language)


def names_of(workspace: Workspace, boundary_set_id: int, language: str) -> Mapping[str, str]:
    """Name of each code of a boundary set in a language, in English where the boundaries lack it."""
    units = workspace.boundary_set(boundary_set_id).units
    return dict(zip(units.codes, units.names.get(language, units.names["en"]), strict=True))


def citation(release: ReleaseRecord, norm: Norm, basis: Basis, where: Where, *, by: Sequence[Grouping] = ()) -> str:
    """One line that names release, sha256, date, norm, basis, grouping, filter, boundary vintages and software version."""
    parts = [
        f"Qosyl release {release.id} of {release.published_at:%Y-%m-%d} (sha256 {release.sha256})",
        f"norm {norm.name}",
        f"basis {basis.value}",
        f"by {','.join(by)}" if by else "",
        "; ".join(f"{name} {values}" for name, values in where.as_parameters().items()),
        ", ".join(f"boundaries {name} {vintage}" for name, vintage in sorted(release.vintages.items())),
        f"software {__version__}",
    ]
    return "; ".join(part for part in parts if part)


def release_summary(release: ReleaseRecord) -> dict[str, Any]:
    """The members by which any answer names its release."""
    return {
        "id": release.id,
        "sha256": release.sha256,
        "published_at": release.published_at.isoformat(),
        "schools": release.school_count,
        "country": release.country,
        "is_synthetic": is_synthetic(release),
    }


def norm_summary(norm: Norm) -> dict[str, Any]:
    """The members by which any answer names its norm."""
    return {
        "name": norm.name,
        "minimum_mbps": norm.minimum_mbps,
        "students_per_mbps": norm.students_per_mbps,
        "title": norm.title,
        "source": norm.source,
    }


SYNTHETIC_MARK = "synthetic demonstration data"
"""How a source begins whose schools are not real; data/README.md says what they are."""


def is_synthetic(release: ReleaseRecord) -> bool:
    """Whether any fact of the release comes from synthetic demonstration data."""
    return any(source.startswith(SYNTHETIC_MARK) for source in release.sources)
