"""What visitors may see where PUBLIC_DETAIL is not `exact`: a workspace that has nothing but a derived public release.

Whatever a service does with a `PublicWorkspace` can reach nothing finer: exact releases, the catalog and stored files are not behind it.
What is left out and why: docs/decisions/0029-public-detail.md.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any, cast

from geo.config import PublicDetail
from geo.coverage import CoverageTable
from geo.disclosure import Disclosure
from geo.errors import DetailWithheld, QosylError
from geo.model import Basis, BoundarySetRecord, Grouping, ReleaseRecord, Where
from geo.norms import Norm
from geo.regions import BoundarySet
from geo.schools import BoolArray, Int8Array
from geo.search import SearchIndex, built_arrays, opened_index
from geo.services.opened import Memory, OpenedRelease
from geo.services.public_release import STATUS_COLUMN, derived, disclosed, public_record
from geo.services.search_indexes import Places
from geo.services.workspace import Workspace
from geo.store import SERVING_SCHEMA
from geo.store.public_copies import PublicCopy

LOGGER = logging.getLogger("qosyl.services")

KEPT_RELEASES = 2
"""Derived releases a worker keeps: the current one, and the one before while answers about it are being made."""

GROUPINGS: tuple[Grouping, ...] = (Grouping.ADMIN1, Grouping.ADMIN2, Grouping.AREA_TYPE)
"""What figures for visitors can be grouped and filtered by."""
_POINT_FILTERS = frozenset({*(grouping.value for grouping in GROUPINGS), "status"})
_BOX = "bbox"


class PublicRelease(OpenedRelease):
    """A derived public release: positions in cells, no names, ids or enrolment, statuses under the one norm that visitors get.

    `disclosure` is what may be told of groups of its schools.
    """

    def __init__(
        self, record: ReleaseRecord, copy: PublicCopy, codes: Mapping[Grouping, frozenset[str]], *, norm: Norm, disclosure: Disclosure
    ) -> None:
        super().__init__(record, copy.table.select(SERVING_SCHEMA.names), codes)
        self.disclosure = disclosure
        self.norm = norm
        self.codes = codes
        self.own_statuses: Int8Array = copy.table[STATUS_COLUMN].combine_chunks().to_numpy()

    def statuses(self, norm: Norm, basis: Basis) -> Int8Array:
        """Status codes of all schools, shape (n,).

        Raises
        ------
        DetailWithheld
            Another norm or basis is asked for than the one: two of them together tell a school's speed or enrolment.
        """
        self.check_norm(norm, basis)
        return self.own_statuses

    def check_norm(self, norm: Norm, basis: Basis) -> None:
        """Refuse any other norm and basis than the one that the release's statuses are of.

        Raises
        ------
        DetailWithheld
            It is another.
        """
        if norm.name != self.norm.name or basis is not Basis.BEST:
            raise DetailWithheld(f"without a key, figures are given under the norm {self.norm.name} and the basis best alone")

    def mask(self, where: Where, norm: Norm, basis: Basis) -> BoolArray | None:
        """Which schools a filter selects, shape (n,); None where it selects all.

        Raises
        ------
        DetailWithheld
            The filter asks for more than one of region, district, area type and status beside a box, or for anything else.
        InvalidParameter
            A value that neither the release nor its boundaries know.
        """
        self.check_norm(norm, basis)
        names = [name for name, _ in where.terms if name != _BOX]
        if len(names) > 1 or not _POINT_FILTERS.issuperset(names):
            raise DetailWithheld(f"without a key, one filter at a time is answered, of {', '.join(sorted(_POINT_FILTERS))}, and bbox")
        return super().mask(where, norm, basis)

    def coverage(self, *arguments: Any, **named: Any) -> CoverageTable:
        """Refuse to count freely: `disclosure` holds every figure that may be told.

        Raises
        ------
        DetailWithheld
            Always.
        """
        raise DetailWithheld("without a key, these figures are not given")


class _Closed:
    """Stands where a part of the exact deployment is; every use of it is refused."""

    def __getattr__(self, name: str) -> Any:
        raise DetailWithheld("without a key, this is not given")


class _NoNumbers:
    """Stands where it is kept which places schools are in: no school is found by them."""

    def get(self, _key: object, _make: object) -> dict[Grouping, Any]:
        """Nothing."""
        return {}


class _PlaceIndexes:
    """Search indexes of places alone; made in a moment and kept."""

    def __init__(self) -> None:
        self._kept = Memory(KEPT_RELEASES)
        self.numbers = _NoNumbers()

    def get(self, opened: OpenedRelease, places: Places) -> SearchIndex:
        """The index of a release's places, without its schools."""
        return self._kept.get(opened.record.sha256, lambda: opened_index(built_arrays(opened.table.slice(0, 0), places())))


class PublicWorkspace(Workspace):
    """What visitors' requests work with: the current derived release, boundaries and ground; safe to share between threads."""

    def __init__(self, exact: Workspace, detail: PublicDetail) -> None:
        closed: Any = _Closed()
        self.settings = exact.settings
        self.detail = detail
        self.ground, self.ground_files = exact.ground, exact.ground_files
        self.tile_archives = exact.tile_archives  # named like the files below
        self.complete_files = exact.complete_files  # named by the sha256 of the derived release, never of the exact one
        self.catalog = self.release_files = self.upload_files = self.staged_files = closed
        self.bell = self.background = self.kept_figures = self.trend_tables = self.compared_releases = closed
        self.search_indexes = cast(Any, _PlaceIndexes())
        self._exact = exact
        self._derived = Memory(KEPT_RELEASES)

    def __getattr__(self, name: str) -> Any:
        """Refuse whatever else a workspace has.

        Raises
        ------
        DetailWithheld
            Always.
        """
        raise DetailWithheld("without a key, this is not given")

    def is_of(self, exact: Workspace, detail: PublicDetail) -> bool:
        """Whether this is what is left of a deployment."""
        return self._exact is exact and self.detail is detail

    def close(self) -> None:
        """Nothing is held that the exact workspace does not let go of."""

    def release(self, release_id: int | None = None) -> ReleaseRecord:
        """The current derived release.

        Raises
        ------
        NoRelease
            Nothing is published yet.
        DetailWithheld
            Another release is asked for: two of them side by side tell which school changed.
        """
        current = self._exact.release()
        if release_id not in {None, current.id}:
            raise DetailWithheld("without a key, the current release alone is shown")
        return self._opened(current).record

    def release_record(self, release_id: int) -> ReleaseRecord:
        """As `release`."""
        return self.release(release_id)

    def withdrawn_ids(self) -> frozenset[int]:
        """None: visitors never reach a release that can be withdrawn."""
        return frozenset()

    def opened(self, record: ReleaseRecord) -> PublicRelease:
        """The current derived release, open.

        Raises
        ------
        DetailWithheld
            It is not the one of the row.
        """
        found = self._opened(self._exact.release())
        if found.record.sha256 != record.sha256:
            raise DetailWithheld("without a key, the current release alone is shown")
        return found

    def boundary_set(self, boundary_set_id: int) -> BoundarySet:
        """A boundary set, open: boundaries are not about schools."""
        return self._exact.boundary_set(boundary_set_id)

    def boundary_record(self, boundary_set_id: int) -> BoundarySetRecord:
        """The catalog's row of a boundary set."""
        return self._exact.boundary_record(boundary_set_id)

    def _opened(self, record: ReleaseRecord) -> PublicRelease:
        return self._derived.get((record.id, record.sha256), lambda: self._make(record))

    def _make(self, record: ReleaseRecord) -> PublicRelease:
        copy = made_copy(self._exact, record, self.detail)
        told = disclosed(copy.metadata)
        own = public_record(record, copy, told)
        codes = {Grouping(name): frozenset(self.boundary_set(identity).units.codes) for name, identity in record.boundaries.items()}
        return PublicRelease(own, copy, codes, norm=self.default_norm, disclosure=told)


def made_copy(exact: Workspace, record: ReleaseRecord, detail: PublicDetail) -> PublicCopy:
    """The derived public release of a release, made now unless it is made on this machine.

    Raises
    ------
    DamagedFile
        The release file is missing or damaged.
    StoreFull, StoreUnavailable
        The derived file could not be written.
    """
    copies, norm = exact.release_files.public_copies, exact.default_norm
    key = f"{record.sha256}-{detail}-{norm.name}"
    found = copies.open(key)
    if found is None:
        copies.make(key, lambda: derived(OpenedRelease(record, exact.release_files.open(record), {}), norm, detail))
        found = copies.open(key)
    if found is None:
        raise DetailWithheld("the public release is not made")
    return found


def make_public_ahead(exact: Workspace, record: ReleaseRecord) -> None:
    """Make what visitors will see of a release, so that the first of them does not wait; nothing where they see it as it is.

    What cannot be made now is made by who asks first.
    """
    detail = exact.settings.public_detail
    if detail is PublicDetail.EXACT:
        return
    try:
        made_copy(exact, record, detail)
    except QosylError as error:
        LOGGER.warning("the public release of file %s is not made ahead: %s", record.file_name, error)
