"""One release, open: its columns in memory, and what is worked out from them once and kept."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Collection, Hashable, Mapping
from functools import cached_property, partial
from threading import Lock
from typing import Any, TypeVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from geo.coverage import CoverageTable, counted, coverage
from geo.cql2 import is_selected
from geo.errors import InvalidParameter
from geo.model import GROUPING_COLUMNS, NO_VALUE, STATUSES, Basis, Flag, Grouping, ReleaseRecord, Status, Where
from geo.norms import Norm, statuses
from geo.schools import BoolArray, CodedColumn, Int8Array, SchoolColumns, coded, has_any, is_enrolled, school_columns
from geo.selecting import COLLECTED_ON, BoundingBox, Interval, has_value, is_any_of, is_collected, is_in_bbox
from geo.services.filters import school_filter
from geo.services.property_values import Rows, property_values
from geo.tiles import Curve

Kept = TypeVar("Kept")

MOST_LABELS_KEPT = 32
"""Up to here which schools have a value of a column is kept for the filters that follow: regions, levels and technologies."""
KEPT_VALUE_MASK_BYTES = 16 * 1024 * 1024
"""What those may take; one byte a school and value."""
KEPT_STATUSES = 8
"""Norm and basis pairs whose statuses are kept; one byte a school each."""
KEPT_HEXAGONS = 3
"""Sizes of hexagons whose schools are kept; four bytes a school each."""
KEPT_HEXAGON_ANSWERS = 12
"""Answers by hexagons that are kept; a few megabytes each at most."""
KEPT_SELECTIONS = 8
"""Filters whose schools along the curve are kept for the tiles that follow the first; one byte a school each."""
KEPT_ITEM_PARTS = 6
"""The order of items, and the texts that their answers are made from, by language; some megabytes each."""
KEPT_ITEM_MASKS = 4
"""Filters whose schools are kept while a box moves over them; one byte a school each."""
MAX_KEPT_ITEM_PLACES = 4_000_000
"""Schools of the filters that clients go through page by page; four bytes each."""
KEPT_RANKS = 4
"""Norm and basis pairs whose order of thinning is kept; one byte a school each."""
KEPT_COUNTED = 2
"""Norm and basis pairs whose counting is prepared; nine bytes a school each."""
KEPT_ANSWERS = 256
"""Coverage tables that are kept per release; those of regions are a few kilobytes each."""
MAX_KEPT_GROUPS = 1_000
"""Larger coverage tables of a filter are worked out again rather than kept; a group takes 280 bytes."""
MAX_KEPT_GROUPS_UNFILTERED = 50_000
"""The same for all schools, whose groupings are few and asked for most; every district of the world fits."""


class Memory:
    """Keeps the last answers of a function by key; safe to share between threads.

    Parameters
    ----------
    size
        What all that is kept may weigh.
    weigh
        Weight of one answer; each weighs 1 if absent.

    Notes
    -----
    Two threads that miss at once may both work an answer out; they get equal ones.
    """

    def __init__(self, size: int, *, weigh: Callable[[Any], int] = lambda made: 1) -> None:
        self._size = size
        self._weigh = weigh
        self._weight = 0
        self._kept: OrderedDict[Hashable, object] = OrderedDict()
        self._lock = Lock()

    def __contains__(self, key: Hashable) -> bool:
        """Whether an answer is kept under a key now."""
        with self._lock:
            return key in self._kept

    def get(self, key: Hashable, make: Callable[[], Kept], *, keeps: Callable[[Kept], bool] = lambda made: True) -> Kept:
        """The answer kept under a key, made now if there is none."""
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]  # type: ignore[return-value]  # what was kept under this key was made by its maker
        made = make()
        if keeps(made):
            with self._lock:
                if key in self._kept:
                    self._weight -= self._weigh(self._kept.pop(key))
                self._kept[key] = made
                self._weight += self._weigh(made)
                while self._weight > self._size:
                    self._weight -= self._weigh(self._kept.popitem(last=False)[1])
        return made


class OpenedRelease:
    """A release and its columns; made by `Workspace.opened`.

    Parameters
    ----------
    record
        The release's row of the catalog.
    table
        Its schools, `RELEASE_SCHEMA` with text columns dictionary-encoded, memory-mapped.
    codes
        Codes of the units that the release's boundary sets hold, by grouping: a region without a school is still a region.
    groupings
        What its schools can be grouped and filtered by; fewer for whoever asks one thing and lets go of it.
    """

    def __init__(
        self,
        record: ReleaseRecord,
        table: pa.Table,
        codes: Mapping[Grouping, frozenset[str]],
        groupings: Collection[Grouping] = tuple(GROUPING_COLUMNS),
    ) -> None:
        self.record = record
        self.table = table
        self._codes = codes
        self._groupings = groupings
        self._value_masks = Memory(KEPT_VALUE_MASK_BYTES, weigh=len)
        self._statuses = Memory(KEPT_STATUSES)
        self._counted = Memory(KEPT_COUNTED)
        self._answers = Memory(KEPT_ANSWERS)
        self.selections = Memory(KEPT_SELECTIONS)
        self.ranks = Memory(KEPT_RANKS)
        self.hexagons = Memory(KEPT_HEXAGONS)
        self.hexagon_answers = Memory(KEPT_HEXAGON_ANSWERS)
        self.item_parts = Memory(KEPT_ITEM_PARTS)
        self.item_masks = Memory(KEPT_ITEM_MASKS)
        self.item_places = Memory(MAX_KEPT_ITEM_PLACES, weigh=len)

    @cached_property
    def columns(self) -> SchoolColumns:
        """Arrays for statistics, in the release's row order."""
        return school_columns(self.table, self._groupings)

    @cached_property
    def curve(self) -> Curve:
        """The schools along the Morton curve, so that a map tile is one slice."""
        return Curve(self.columns.longitude, self.columns.latitude)

    @cached_property
    def is_flagged(self) -> BoolArray:
        """Whether the release puts any flag on each school, shape (n,)."""
        return np.asarray(pc.is_valid(self.table["flags"]))

    @cached_property
    def _marks(self) -> CodedColumn:
        return coded(self.table["flags"])

    def statuses(self, norm: Norm, basis: Basis) -> Int8Array:
        """Status codes of all schools under a norm and basis, shape (n,)."""
        columns = self.columns
        return self._statuses.get(
            (norm.name, basis),
            lambda: statuses(columns.connectivity, columns.download_speed_mbps(basis), columns.num_students, norm),
        )

    def mask(self, where: Where, norm: Norm, basis: Basis) -> BoolArray | None:
        """Which schools a filter selects, shape (n,); None where it selects all without looking.

        Raises
        ------
        InvalidParameter
            A value that neither the release nor its boundaries know.
        """
        mask: BoolArray | None = None
        for name, values in where.terms:
            term = self._term(name, values, norm, basis)
            mask = term if mask is None else mask & term
        return mask

    def coverage(self, by: tuple[Grouping, ...], where: Where, norm: Norm, basis: Basis) -> CoverageTable:
        """Coverage of the filtered schools in groups; kept, since a release never changes."""
        return self._answers.get(
            (by, where, norm.name, basis),
            lambda: self._coverage(by, where, norm, basis),
            keeps=lambda table: len(table) <= (MAX_KEPT_GROUPS if where else MAX_KEPT_GROUPS_UNFILTERED),
        )

    def _coverage(self, by: tuple[Grouping, ...], where: Where, norm: Norm, basis: Basis) -> CoverageTable:
        codes = self.statuses(norm, basis)
        prepared = self._counted.get((norm.name, basis), lambda: counted(self.columns, codes))
        table = coverage(self.columns, codes, by=by, mask=self.mask(where, norm, basis), prepared=prepared)
        if by:  # the total of the same schools is asked for next
            self._answers.get(((), where, norm.name, basis), table.whole)
        return table

    def property_values(self, name: str, norm: Norm, basis: Basis, rows: Rows = None) -> pa.Array | pa.ChunkedArray:
        """Values of a property of `geo.school_properties`, shape (m,); see `geo.services.property_values`."""
        return property_values(self, name, norm, basis, rows)

    def row_of(self, school_id: str) -> int | None:
        """Row of a school by our id, or None."""
        row = pc.index(self.table["school_id"], pa.scalar(school_id, pa.string())).as_py()
        return row if row >= 0 else None

    def _term(self, name: str, values: tuple[str, ...], norm: Norm, basis: Basis) -> BoolArray:
        if name == "status":
            return self._status_term(values, norm, basis)
        if name == "flag":
            return has_any(self._marks, [Flag(value) for value in values])
        if name == "enrolment":
            return is_enrolled(self.columns.num_students, values)
        if name == "disagrees":
            disagrees = has_any(self._marks, [Flag.SPEEDS_DISAGREE])
            return np.asarray([("false" in values), ("true" in values)], dtype=bool)[disagrees.astype(np.int8)]
        if name in GROUPING_COLUMNS:
            return self._grouping_term(Grouping(name), values)
        return self._api_term(name, values, norm, basis)

    def _api_term(self, name: str, values: tuple[str, ...], norm: Norm, basis: Basis) -> BoolArray:
        if name == "bbox":
            return is_in_bbox(self.columns.longitude, self.columns.latitude, BoundingBox.read(values[0]))
        if name == "datetime":
            return is_collected(self.table[COLLECTED_ON], Interval.read(values[0]))
        if name == "filter":
            predicate = school_filter(values[0]).predicate
            return is_selected(predicate, lambda each: self.property_values(each, norm, basis), len(self.table))
        return has_value(self.table[name], values)

    def _status_term(self, values: tuple[str, ...], norm: Norm, basis: Basis) -> BoolArray:
        return is_any_of(self.statuses(norm, basis), [STATUSES.index(Status(value)) for value in values], len(STATUSES))

    def _grouping_term(self, grouping: Grouping, values: tuple[str, ...]) -> BoolArray:
        column = self.columns.groupings[grouping]
        wanted: list[int] = []
        for value in values:
            code = column.code_of(value)
            if code >= 0 or value == NO_VALUE:
                wanted.append(max(code, -1))
            elif not self._is_known(grouping, value):
                raise InvalidParameter(
                    f"'{grouping}' has no '{value[:60]}' in release {self.record.id}; see {_LISTED.get(grouping, 'docs/definitions.md')}",
                    parameter=grouping.value,
                    code=f"invalid_{grouping}",
                )
        if not wanted or len(column.labels) > MOST_LABELS_KEPT:
            return is_any_of(column.codes, wanted, len(column.labels))
        masks = [self._value_masks.get((grouping, code), partial(np.equal, column.codes, code)) for code in wanted]
        return np.asarray(np.logical_or.reduce(masks))

    def _is_known(self, grouping: Grouping, value: str) -> bool:
        if grouping in (Grouping.ADMIN1, Grouping.ADMIN2):
            return value in self._codes.get(grouping, frozenset())
        return True


_LISTED = {Grouping.ADMIN1: "/api/v1/regions", Grouping.ADMIN2: "/api/v1/regions?level=2"}
