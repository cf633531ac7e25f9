"""Which figures may be told: no count of 1 to 4 is, and none can be worked out from all that is, by any combination of it."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from scipy.optimize import linprog

from geo.disclosure import CLASSES, LEAST, Detail, Disclosure, Group, disclosure
from geo.model import AREA_TYPES, STATUSES, AreaType, Status
from geo.schools import CodedColumn

REGIONS, DISTRICTS, AREAS, KINDS = 4, 3, len(AREA_TYPES), len(STATUSES)
SHAPE = (REGIONS, DISTRICTS, AREAS, KINDS)


def told_of(counts: np.ndarray) -> Disclosure:
    """What is told of schools counted by region, district, area type and status."""
    region, district, area, status = (np.repeat(each.ravel(), counts.ravel()) for each in np.indices(SHAPE))
    return disclosure(
        CodedColumn(region.astype(np.int32), tuple(f"R{number}" for number in range(REGIONS))),
        CodedColumn(
            (region * DISTRICTS + district).astype(np.int32),
            tuple(f"R{number // DISTRICTS}D{number}" for number in range(REGIONS * DISTRICTS)),
        ),
        area.astype(np.int8),
        status.astype(np.int8),
    )


def random_counts(seed: int) -> np.ndarray:
    random = np.random.default_rng(seed)
    mean = random.choice([0.3, 2, 8, 30], size=SHAPE) * random.choice([0.2, 1, 3], size=(1, 1, AREAS, KINDS))
    return random.poisson(mean)


def all_groups(told: Disclosure) -> Iterator[Group]:
    yield told.whole
    for family in (told.admin1, told.admin2, told.area_type, told.admin1_area_type):
        yield from family


def is_in(group: Group) -> np.ndarray:
    """Which cells of the counts a group has, without regard to status."""
    found = np.ones(SHAPE, dtype=bool)
    for axis, own in ((0, group.admin1), (1, group.admin2), (2, group.area_type)):
        if own:
            position = AREA_TYPES.index(own) if axis == 2 else int(own.rpartition("D" if axis else "R")[2]) % SHAPE[axis]
            found &= np.indices(SHAPE)[axis] == position
    return found


def with_status(cells: np.ndarray, statuses: frozenset[Status]) -> np.ndarray:
    return cells & np.isin(np.indices(SHAPE)[3], [STATUSES.index(status) for status in statuses])


class Attacker:
    """Somebody who knows every number that is told, and that schools are counted in whole numbers not below 0."""

    def __init__(self, told: Disclosure) -> None:
        rows, sums = [], []
        for group in all_groups(told):
            for statuses, count in zip(CLASSES[group.detail], group.counts, strict=True):
                rows.append(with_status(is_in(group), statuses).ravel())
                sums.append(count)
        self.rows, self.sums = np.asarray(rows, dtype=float).reshape(-1, int(np.prod(SHAPE))), sums

    def most(self, cells: np.ndarray) -> float:
        """The largest number that some cells can have together."""
        found = linprog(-cells.ravel().astype(float), A_eq=self.rows if len(self.sums) else None, b_eq=self.sums or None, method="highs")
        return float("inf") if found.status == 3 else -found.fun


@pytest.mark.parametrize("seed", range(12))
def test_every_count_that_is_told_is_right_and_none_is_from_1_to_4(seed):
    counts = random_counts(seed)

    for group in all_groups(told_of(counts)):
        for statuses, count in zip(CLASSES[group.detail], group.counts, strict=True):
            assert count == counts[with_status(is_in(group), statuses)].sum()
            assert count == 0 or count >= LEAST


@pytest.mark.parametrize("seed", range(8))
def test_a_count_from_1_to_4_could_be_5_for_all_that_is_told(seed):
    counts = random_counts(seed)
    told = told_of(counts)
    attacker = Attacker(told)

    for group in all_groups(told):
        for status in STATUSES:
            cells = with_status(is_in(group), frozenset({status}))
            if 0 < counts[cells].sum() < LEAST:
                assert group.count_of(status) is None
                assert attacker.most(cells) >= LEAST - 1e-6, (group, status)


@pytest.mark.parametrize("seed", range(12))
def test_a_group_said_to_be_small_could_have_any_number_from_1_to_4(seed):
    counts = random_counts(seed)
    told = told_of(counts)

    for family in (told.admin1, told.area_type):
        small = [int(counts[is_in(group)].sum()) for group in family if group.is_small]
        large = [int(counts[is_in(group)].sum()) for group in family if not group.detail and not group.is_small]
        for own in small:
            others = sum(small) - own + sum(large)
            assert min(LEAST - 1, others + own - LEAST * len(large) - (len(small) - 1)) == LEAST - 1
            assert len(large) >= 1


def test_a_table_without_small_counts_is_told_whole():
    told = told_of(np.full(SHAPE, 7))

    assert {group.detail for group in all_groups(told)} == {Detail.STATUSES}


def test_a_district_of_three_schools_is_fewer_than_five_and_takes_a_second_one_with_it():
    counts = np.zeros(SHAPE, dtype=int)
    counts[:, :, 0, 3] = 40
    counts[0, 0, 0, 3] = 3
    counts[0, 1, 0, 3] = 30

    districts = {group.admin2: group for group in told_of(counts).admin2}

    assert (districts["R0D0"].is_small, districts["R0D0"].schools) == (True, None)
    assert (districts["R0D1"].is_small, districts["R0D1"].schools) == (False, None)
    assert districts["R0D2"].schools == 40


def test_of_two_schools_alone_not_even_the_whole_is_told():
    counts = np.zeros(SHAPE, dtype=int)
    counts[0, 0, 0, 0] = 2

    told = told_of(counts)

    assert {group.detail for group in all_groups(told)} == {Detail.NOTHING}
    assert told.whole.schools is None


def test_no_schools_have_nothing_to_hide():
    told = told_of(np.zeros(SHAPE, dtype=int))

    assert (told.whole.schools, told.admin1, told.admin2, told.area_type) == (0, (), (), ())


def test_unconnected_and_unknown_are_told_together_where_one_of_them_is_small():
    counts = np.full(SHAPE, 10)
    counts[0, 1, 1, STATUSES.index(Status.UNKNOWN)] = 0
    counts[:, :, :, STATUSES.index(Status.UNKNOWN)] = 0
    counts[0, 0, 0, STATUSES.index(Status.UNKNOWN)] = 3
    counts[1, 0, 0, STATUSES.index(Status.UNKNOWN)] = 9

    west = told_of(counts).admin1[0]

    assert west.detail is Detail.CONNECTED_STATUSES
    assert west.count_of(Status.UNKNOWN) is None
    assert west.count_of(Status.UNCONNECTED, Status.UNKNOWN) == 93


def test_rural_schools_of_a_region_are_told_where_the_others_can_only_be_told_together():
    counts = np.full(SHAPE, 10)
    counts[:, :, AREA_TYPES.index(AreaType.UNKNOWN)] = 0
    counts[0, 0, AREA_TYPES.index(AreaType.UNKNOWN)] = 3
    counts[1, 0, AREA_TYPES.index(AreaType.UNKNOWN)] = 3

    crossed = {(group.admin1, group.area_type): group for group in told_of(counts).admin1_area_type}

    assert crossed["R0", "rural"].count_of(Status.UNCONNECTED) == 30
    assert crossed["R0", "urban"].detail is Detail.NOTHING
    assert crossed["R2", "urban"].detail is Detail.STATUSES
