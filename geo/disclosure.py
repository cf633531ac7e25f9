"""Which counts may be given where groups can be a handful of schools, so that no subtraction gives the others away. Pure.

A count of 1 to 4 schools is never given, and neither is a set of counts from which one could be worked out.
Why these rules hold: docs/decisions/0029-public-detail.md.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum

import numpy as np

from geo.model import AREA_TYPES, STATUSES, AreaType, Status
from geo.schools import BoolArray, CodedColumn, Int8Array, Int64Array

LEAST = 5
"""The smallest group of schools whose number is given."""


class Detail(IntEnum):
    """How finely the schools of a group are told by status; each level splits one class of the level before."""

    NOTHING = 0
    """Not even how many they are."""
    SCHOOLS = 1
    CONNECTED = 2
    MEETS = 3
    CONNECTED_STATUSES = 4
    STATUSES = 5


CLASSES: tuple[tuple[frozenset[Status], ...], ...] = (
    (),
    (frozenset(STATUSES),),
    (
        frozenset({Status.BELOW_NORM, Status.NORM_UNKNOWN, Status.MEETS_NORM}),
        frozenset({Status.UNCONNECTED, Status.UNKNOWN}),
    ),
    (
        frozenset({Status.MEETS_NORM}),
        frozenset({Status.BELOW_NORM, Status.NORM_UNKNOWN}),
        frozenset({Status.UNCONNECTED, Status.UNKNOWN}),
    ),
    (
        frozenset({Status.MEETS_NORM}),
        frozenset({Status.BELOW_NORM}),
        frozenset({Status.NORM_UNKNOWN}),
        frozenset({Status.UNCONNECTED, Status.UNKNOWN}),
    ),
    tuple(frozenset({status}) for status in STATUSES),
)
"""Statuses that each level counts together."""

_LEVELS = tuple(Detail)[1:]
_IS_IN_CLASS = {
    level: np.asarray([[status in each for each in CLASSES[level]] for status in STATUSES], dtype=np.int64) for level in _LEVELS
}


@dataclass(frozen=True, slots=True)
class Group:
    """A group of schools as far as it may be told.

    Parameters
    ----------
    admin1, admin2, area_type
        What the group is of; None is the schools without a value, "" that it is not grouped so.
    detail
        How finely it is told.
    counts
        Schools of each class of `CLASSES[detail]`.
    is_small
        Whether it is said to have fewer than `LEAST` schools; else, where nothing is told, it is held back.
    """

    admin1: str | None
    admin2: str | None
    area_type: str
    detail: Detail
    counts: tuple[int, ...]
    is_small: bool = False

    @property
    def schools(self) -> int | None:
        """How many schools there are, None where that is not told."""
        return sum(self.counts) if self.detail else None

    def count_of(self, *statuses: Status) -> int | None:
        """How many schools have one of some statuses, None where that is not told."""
        wanted = frozenset(statuses)
        classes = CLASSES[self.detail]
        within = [each <= wanted for each in classes]
        is_told = bool(classes) and all(inside or wanted.isdisjoint(each) for each, inside in zip(classes, within, strict=True))
        return sum(count for count, inside in zip(self.counts, within, strict=True) if inside) if is_told else None


@dataclass(frozen=True, slots=True)
class Disclosure:
    """Every group that may be asked for: the whole, and each part of one way of dividing it."""

    whole: Group
    admin1: tuple[Group, ...]
    admin2: tuple[Group, ...]
    area_type: tuple[Group, ...]
    admin1_area_type: tuple[Group, ...]


def disclosure(admin1: CodedColumn, admin2: CodedColumn, area_type: Int8Array, statuses: Int8Array) -> Disclosure:
    """What may be told of schools, by region, by district, by area type, and by region and area type.

    Parameters
    ----------
    admin1, admin2, area_type, statuses
        One value a school, length n each; `area_type` and `statuses` hold codes in the order of `AREA_TYPES` and `STATUSES`.

    Returns
    -------
    Groups that have a school, by code, the group without a code last; each region with all area types in use. n = 0 gives the whole alone.
    """
    places = np.where(admin1.codes < 0, len(admin1.labels), admin1.codes).astype(np.int64)
    cube = _counted(places * len(AREA_TYPES) + area_type, statuses, (len(admin1.labels) + 1) * len(AREA_TYPES))
    cube = cube.reshape(-1, len(AREA_TYPES), len(STATUSES))
    present = np.flatnonzero(cube.any(axis=(1, 2)))
    used = np.flatnonzero(cube.any(axis=(0, 2)))
    cube = cube[present][:, used]
    labels = (*admin1.labels, None)
    regions = [labels[code] for code in present]
    areas = [AREA_TYPES[code].value for code in used]
    whole = _whole(cube.sum(axis=(0, 1)))
    by_region, by_area = _told(cube.sum(axis=1), whole), _told(cube.sum(axis=0), whole)
    is_possible = (by_region.detail == Detail.STATUSES) & bool((by_area.detail == Detail.STATUSES).all())
    crossed = np.where(_told_areas(cube, is_possible, areas), Detail.STATUSES, Detail.NOTHING).ravel()
    none_small = np.zeros(len(crossed), dtype=bool)
    return Disclosure(
        whole=Group("", "", "", whole, _classes(cube.sum(axis=(0, 1)), whole)),
        admin1=tuple(_groups(cube.sum(axis=1), by_region, [(region, "", "") for region in regions])),
        admin2=tuple(_districts(places, by_region.detail, dict(zip(present.tolist(), regions, strict=True)), admin2, statuses)),
        area_type=tuple(_groups(cube.sum(axis=0), by_area, [("", "", area) for area in areas])),
        admin1_area_type=tuple(
            _groups(
                cube.reshape(-1, len(STATUSES)),
                _Told(crossed, none_small),
                [(region, "", area) for region in regions for area in areas],
            )
        ),
    )


@dataclass(frozen=True)
class _Told:
    """How finely each row is told, shape (n,), and whether it is said to be small, shape (n,)."""

    detail: Int64Array
    is_small: BoolArray


def _whole(counts: Int64Array) -> Detail:
    """How finely the whole is told: as far as no class of it is small."""
    told = Detail.NOTHING
    for level in _LEVELS:
        if not _is_fine(counts @ _IS_IN_CLASS[level]).all():
            break
        told = level
    return told


def _told(rows: Int64Array, most: Detail) -> _Told:
    """How finely each part of a whole may be told when the whole is told no less finely than `most`; `rows` has shape (n, 5)."""
    detail = np.zeros(len(rows), dtype=np.int64)
    is_small = np.zeros(len(rows), dtype=bool)
    for level in _LEVELS[: int(most)]:
        cells = rows @ _IS_IN_CLASS[level]
        is_shown = (detail == level - 1) & _is_fine(cells).all(axis=1)
        is_first = level == Detail.SCHOOLS
        is_safe = _hide_more(cells, is_shown, _are_safe_totals if is_first else _are_safe_classes)
        detail[is_shown] = level
        if is_first and is_safe:
            is_small = ~is_shown & (cells[:, 0] < LEAST)
    return _Told(detail, is_small)


def _told_areas(cube: Int64Array, is_possible: BoolArray, areas: Sequence[str]) -> BoolArray:
    """Which area types of each region may be told by status, shape (n, areas): the rural schools, and then perhaps all."""
    is_rural = np.asarray([area == AreaType.RURAL for area in areas], dtype=bool)
    parted = np.stack([cube[:, is_rural].sum(axis=1), cube[:, ~is_rural].sum(axis=1)], axis=1)
    rural = _told_blocks(parted, is_possible)
    every = _told_blocks(cube, rural)
    return np.where(is_rural, rural[:, None], every[:, None])


def _told_blocks(blocks: Int64Array, is_possible: BoolArray) -> BoolArray:
    """Which regions may be told by area type and status, shape (n,): wholly or not at all; `blocks` has shape (n, areas, 5)."""
    cells = blocks.reshape(len(blocks), blocks.shape[1] * blocks.shape[2])
    is_shown = is_possible & _is_fine(cells).all(axis=1)
    _hide_more(cells, is_shown, _are_safe_classes)
    return is_shown


def _hide_more(cells: Int64Array, is_shown: BoolArray, are_safe: Callable[[Int64Array], bool]) -> bool:
    """Hide further rows, the smallest first, until those hidden cannot be worked out from their sum.

    Returns whether that is reached; if not, all are hidden. Changes `is_shown`.
    """
    rest = iter(np.flatnonzero(is_shown)[np.argsort(cells[is_shown].sum(axis=1), kind="stable")])
    while not is_shown.all():
        if are_safe(cells[~is_shown]):
            return True
        row = next(rest, None)
        if row is None:
            return False
        is_shown[row] = False
    return True


def _are_safe_totals(hidden: Int64Array) -> bool:
    """Whether each hidden group that is said to be small may have any number from 1 to `LEAST` - 1, by what their sum tells."""
    totals = hidden[:, 0]
    small = int(np.count_nonzero(totals < LEAST))
    large = len(totals) - small
    return large > 0 and int(totals.sum()) >= LEAST * large + small + LEAST - 2


def _are_safe_classes(hidden: Int64Array) -> bool:
    """Whether no class of what is hidden is small: then each hidden number could be `LEAST` or more, by what is told."""
    return bool(_is_fine(hidden.sum(axis=0)).all())


def _is_fine(counts: Int64Array) -> BoolArray:
    return np.asarray((counts == 0) | (counts >= LEAST))


def _classes(counts: Int64Array, detail: int) -> tuple[int, ...]:
    return tuple((counts @ _IS_IN_CLASS[Detail(detail)]).tolist()) if detail else ()


def _groups(counts: Int64Array, told: _Told, keys: Sequence[tuple[str | None, str | None, str]]) -> Iterator[Group]:
    for at, key in enumerate(keys):
        detail = Detail(int(told.detail[at]))
        yield Group(*key, detail, _classes(counts[at], detail), bool(told.is_small[at]))


def _districts(
    places: Int64Array, told: Int64Array, regions: Mapping[int, str | None], admin2: CodedColumn, statuses: Int8Array
) -> Iterator[Group]:
    """The districts of each region, those without a district last.

    Parameters
    ----------
    places
        Number of each school's region, shape (n,).
    told
        How finely each region is told, in the order of `regions`, which gives the code of each number.
    """
    width = len(admin2.labels) + 1
    pairs, number = np.unique(places * width + np.where(admin2.codes < 0, width - 1, admin2.codes), return_inverse=True)
    counts = _counted(number, statuses, len(pairs))
    labels = (*admin2.labels, None)
    for (place, region), detail in zip(regions.items(), told.tolist(), strict=True):
        first, last = np.searchsorted(pairs, [place * width, (place + 1) * width])
        keys = [(region, labels[code], "") for code in pairs[first:last] % width]
        yield from _groups(counts[first:last], _told(counts[first:last], Detail(detail)), keys)


def _counted(group: Int64Array, statuses: Int8Array, size: int) -> Int64Array:
    """Schools by group and status, shape (size, 5)."""
    found = np.bincount(group * len(STATUSES) + statuses, minlength=size * len(STATUSES))
    return np.asarray(found.reshape(size, len(STATUSES)), dtype=np.int64)
