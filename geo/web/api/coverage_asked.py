"""What an address of coverage asks for, from its parameters to the service that answers it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from geo.errors import InvalidParameter
from geo.model import Grouping, ReleaseRecord, View
from geo.services.coverage import CoverageAnswer, coverage_answer
from geo.services.coverage_sets import CountedReleases, CoverageSet, coverage_set, named_releases, newest_releases
from geo.services.workspace import Workspace
from geo.web.params import parameters_of, view_of


@dataclass(frozen=True)
class Asked:
    """What an address of coverage asks for.

    Parameters
    ----------
    values
        Parsed parameters by name.
    workspace
        Where releases are looked up.
    language
        Language of names.
    """

    values: Mapping[str, Any]
    workspace: Workspace
    language: str

    @property
    def by(self) -> tuple[Grouping, ...]:
        """What is grouped by."""
        return tuple(self.values.get("by", ()))

    @property
    def norms(self) -> tuple[str, ...]:
        """Names of the norms."""
        return self.values.get("norm") or (self.workspace.default_norm.name,)

    @property
    def weight(self) -> str:
        """Which figures are given."""
        return str(self.values.get("weight", "both"))

    @property
    def is_set(self) -> bool:
        """Whether the answer is of several releases or norms."""
        return Grouping.RELEASE in self.by or len(self.norms) > 1

    @cached_property
    def counted(self) -> CountedReleases:
        """The releases that are counted.

        Raises
        ------
        InvalidParameter
            Several are named, and they are not grouped by.
        NoRelease, NotFound, Withdrawn
            There is no such release, or it is out of public reach.
        """
        ids = self.values.get("release", ())
        if Grouping.RELEASE in self.by:
            return named_releases(self.workspace, ids) if ids else newest_releases(self.workspace)
        if len(ids) > 1:
            message = "'release' must be one id, or several with 'by=release': figures of releases are never added up"
            raise InvalidParameter(message, parameter="release", code="invalid_release")
        return CountedReleases((self.workspace.release(ids[0] if ids else None),))

    @property
    def pinned(self) -> list[ReleaseRecord]:
        """The releases in the order in which the address names them."""
        by_id = {record.id: record for record in self.counted.records}
        return [by_id[number] for number in self.values.get("release") or by_id]

    @cached_property
    def view(self) -> View:
        """Basis and filter, and the release and norm where there is one of each."""
        chosen = view_of({name: value for name, value in self.values.items() if name not in ("release", "norm")})
        return replace(chosen, norm=self.norms[0], release_id=None if Grouping.RELEASE in self.by else self.counted.records[0].id)

    @property
    def canonical(self) -> dict[str, str]:
        """What the answer depends on, for its tag."""
        return {
            **parameters_of(self.view),
            "release": ",".join(str(record.id) for record in self.counted.records),
            "withdrawn": ",".join(map(str, self.counted.withdrawn)),
            "norm": ",".join(self.norms),
            "by": ",".join(self.by),
            "weight": self.weight,
        }

    def answer(self) -> CoverageAnswer | CoverageSet:
        """The answer.

        Raises
        ------
        InvalidParameter
            A value of the filter is unknown, or too much is asked for.
        """
        if self.is_set:
            return coverage_set(self.workspace, self.view, self.counted, norms=self.norms, by=self.by, language=self.language)
        return coverage_answer(self.workspace, self.view, self.by, language=self.language)
