"""What speaks for and against a pair, in natural logarithms of odds, and the reasons that a person is shown.

The weights are set by hand in round numbers: how much likelier a value is for one and the same school than for two schools that merely
came to be compared. `bench/bench_matching.py` says what they achieve on damaged copies of the demonstration data.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from rapidfuzz import fuzz, process

from geo.matching.candidates import Side
from geo.matching.kinds import WORDLESS
from geo.matching.names import Names
from geo.matching.places import UNKNOWN, distance_km
from geo.model import MATCH_REASONS, MatchReason
from geo.schools import BoolArray, FloatArray, Int32Array, Int64Array

SAME_NAME, NAME_SLOPE, OTHER_NAME = 6.0, 30.0, -8.0
"""Equal names; what each step of likeness costs (0.8 alike weighs nothing); and the least that a name can weigh."""
NAME_ON_ONE_SIDE = -2.0
NUMBER_IS_THE_NAME, SAME_NUMBER, SHARED_NUMBER = 6.0, 2.0, 0.5
NUMBER_ON_ONE_SIDE, OTHER_NUMBER = -2.5, -8.0
"""School 12 is not school 13, however alike the rest; a number is left out now and then."""
SAME_KIND, SOME_SAME_KIND, OTHER_KIND = 0.7, -0.5, -3.0
OTHER_FREQUENT_WORDS, FEWER_FREQUENT_WORDS = -2.0, -0.3
"""Each name has a frequent word that the other lacks; only one has more of them."""
SAME_WORDS = 1.5
SAME_REGION, OTHER_REGION, OTHER_REGION_BY_DISTANCE = 2.5, -6.0, -1.0
"""A region weighs little where the distance is known: lists older than a reform of regions name the one before."""
SAME_DISTRICT, OTHER_DISTRICT = 2.5, -0.5
"""Districts are spelt in too many ways for a difference to say much."""
AT_THE_POINT, DISTANCE_SLOPE, DISTANCE_UNIT_KM = 4.5, 2.2, 1.5
"""4.5 at the same point, 2.1 at 3 km, 0 at 10 km, -4.8 at 100 km."""
SAME_LEVEL, OTHER_LEVEL = 0.5, -1.0
SAME_AREA, OTHER_AREA = 0.2, -0.7
SAME_ENROLMENT, LIKE_ENROLMENT, OTHER_ENROLMENT = 2.0, 0.8, -1.2
"""Equal; within a tenth, as from one year to the next; more than twice as many."""

NAME_ALIKE = 0.8
NEAR_KM = 5.0
SUBSET_SHARE = 0.93
"""Names of which one has all words of the other are at least so alike: "Абай" and "Абай Құнанбаев"."""


@dataclass(frozen=True)
class Pairs:
    """Pairs of a row and a school, compared; every array has shape (pairs,).

    Parameters
    ----------
    row, school
        Positions.
    weight
        Natural logarithm of the odds that the two are one, before other candidates are heard.
    distance_km
        Straight distance, NaN where either position is unknown.
    reasons
        Bits by position in `MATCH_REASONS`.
    """

    row: Int64Array
    school: Int64Array
    weight: FloatArray
    distance_km: FloatArray
    reasons: Int32Array


@dataclass(frozen=True)
class Attributes:
    """Other columns that rows and schools may share: codes, -1 where unknown, and enrolment, NaN where unknown; shape (n,)."""

    level: Int64Array
    area: Int64Array
    num_students: FloatArray


class _Tally:
    """Weights and reasons of pairs as they come together."""

    def __init__(self, count: int) -> None:
        self.weight = np.zeros(count)
        self.reasons = np.zeros(count, dtype=np.int32)

    def add(self, weight: FloatArray) -> None:
        self.weight += weight

    def say(self, reason: MatchReason, where: BoolArray) -> None:
        self.reasons[where] |= np.int32(1 << MATCH_REASONS.index(reason))


def compared(
    pairs: tuple[Int64Array, Int64Array], sides: tuple[Side, Side], names: Names, attributes: tuple[Attributes, Attributes]
) -> Pairs:
    """Weigh pairs of rows and schools by names, numbers, kinds, places, levels and enrolment; what is unknown weighs nothing."""
    row, school = pairs
    tally = _Tally(len(row))
    _weigh_names(tally, names, sides[0].name[row], sides[1].name[school])
    distance = _weigh_places(tally, sides, row, school)
    _weigh_attributes(tally, attributes, row, school)
    return Pairs(row, school, tally.weight, distance, tally.reasons)


def _weigh_names(tally: _Tally, names: Names, one: Int64Array, other: Int64Array) -> None:
    """Weigh each pair of distinct names once."""
    keys, inverse = np.unique(one * len(names) + other, return_inverse=True)
    one, other = keys // max(len(names), 1), keys % max(len(names), 1)
    of_names = _Tally(len(keys))
    core = _texts(names.core)
    has_core, has_number = core != "", _texts(names.numbers) != ""
    is_named = has_core[one] & has_core[other]
    likeness = np.where(is_named, _likeness(core, one, other, is_named), 0.0)
    weight = np.maximum(SAME_NAME - NAME_SLOPE * (1 - likeness), OTHER_NAME)
    nameless = ~has_core & ~has_number
    of_names.add(
        np.where(is_named, weight, np.where(has_core[one] == has_core[other], 0.0, NAME_ON_ONE_SIDE)) * ~(nameless[one] | nameless[other])
    )
    of_names.say(MatchReason.SAME_NAME, is_named & (likeness > 0.999))
    of_names.say(MatchReason.SIMILAR_NAME, is_named & (likeness >= NAME_ALIKE) & (likeness <= 0.999))
    _weigh_numbers(of_names, names, one, other, has_core)
    _weigh_kinds(of_names, names, one, other)
    tally.add(of_names.weight[inverse])
    tally.reasons |= of_names.reasons[inverse]


def _texts(array: pa.Array) -> np.ndarray:
    return np.asarray(array.to_pylist(), dtype=object)


def _likeness(core: np.ndarray, one: Int64Array, other: Int64Array, where: BoolArray) -> FloatArray:
    """How alike two names are, 0 to 1: by letters, without their blanks, or one name within the other."""
    left, right = core[one[where]], core[other[where]]
    ratio = process.cpdist(left, right, scorer=fuzz.ratio, workers=-1)
    solid = np.asarray([text.replace(" ", "") for text in core], dtype=object)
    close = process.cpdist(solid[one[where]], solid[other[where]], scorer=fuzz.ratio, workers=-1)
    within = process.cpdist(left, right, scorer=fuzz.token_set_ratio, workers=-1) * SUBSET_SHARE
    found = np.zeros(len(one))
    found[where] = np.maximum(np.maximum(ratio, close), within) / 100
    return found


def _weigh_numbers(tally: _Tally, names: Names, one: Int64Array, other: Int64Array, has_core: BoolArray) -> None:
    numbers = _texts(names.numbers)
    first, second = numbers[one], numbers[other]
    both, either = (first != "") & (second != ""), (first != "") | (second != "")
    is_same = both & (first == second)
    is_only = is_same & ~(has_core[one] & has_core[other])
    shared = np.zeros(len(one), dtype=bool)
    doubtful = np.flatnonzero(both & ~is_same)
    bags = names.number_bags
    shared[doubtful] = np.asarray(bags[one[doubtful]].multiply(bags[other[doubtful]]).sum(axis=1)).ravel() > 0
    weight = np.where(either, np.where(both, OTHER_NUMBER, NUMBER_ON_ONE_SIDE), 0.0)
    weight[shared], weight[is_same], weight[is_only] = SHARED_NUMBER, SAME_NUMBER, NUMBER_IS_THE_NAME
    tally.add(weight)
    tally.say(MatchReason.SAME_NUMBER, is_same)


def _weigh_kinds(tally: _Tally, names: Names, one: Int64Array, other: Int64Array) -> None:
    """Kinds weigh where both names say one; frequent words that no list knows weigh less."""
    first, second = names.kinds[one] & ~WORDLESS.value, names.kinds[other] & ~WORDLESS.value
    both = (first != 0) & (second != 0)
    differ = np.where((first & second) != 0, SOME_SAME_KIND, OTHER_KIND)
    tally.add(np.where(both, np.where(first == second, SAME_KIND, differ), 0.0))
    tally.say(MatchReason.SAME_KIND, both & (first == second))
    first, second = names.light[one], names.light[other]
    is_more, is_less = (first & ~second) != 0, (second & ~first) != 0
    tally.add(np.where(is_more & is_less, OTHER_FREQUENT_WORDS, np.where(is_more | is_less, FEWER_FREQUENT_WORDS, 0.0)))
    whole = np.asarray(names.whole.dictionary_encode().indices)
    tally.add(np.where(whole[one] == whole[other], SAME_WORDS, 0.0))


def _weigh_places(tally: _Tally, sides: tuple[Side, Side], row: Int64Array, school: Int64Array) -> FloatArray:
    """Weigh regions, districts and distances; the distances."""
    rows, schools = sides[0].places, sides[1].places
    distance = distance_km(rows.on_sphere()[row], schools.on_sphere()[school])
    is_placed = np.isfinite(distance)
    weight = AT_THE_POINT - DISTANCE_SLOPE * np.log1p(distance / DISTANCE_UNIT_KM)
    tally.add(np.where(is_placed, weight, 0.0))
    tally.say(MatchReason.NEAR, is_placed & (distance <= NEAR_KM))
    same, other = _agreement(rows.region[row], schools.region[school])
    before, _ = _agreement(rows.region[row], schools.declared_region[school])
    same, other = same | before, other & ~before
    tally.add(np.where(same & ~is_placed, SAME_REGION, 0.0))
    tally.add(np.where(other, np.where(is_placed, OTHER_REGION_BY_DISTANCE, OTHER_REGION), 0.0))
    tally.say(MatchReason.SAME_REGION, same)
    same, other = _agreement(rows.district[row], schools.district[school])
    tally.add(np.where(is_placed, 0.0, np.where(same, SAME_DISTRICT, np.where(other, OTHER_DISTRICT, 0.0))))
    tally.say(MatchReason.SAME_DISTRICT, same)
    return np.asarray(distance)


def _agreement(one: Int64Array, other: Int64Array) -> tuple[BoolArray, BoolArray]:
    """Where two codes are known and equal, and known and different."""
    both = (one != UNKNOWN) & (other != UNKNOWN)
    return both & (one == other), both & (one != other)


def _weigh_attributes(tally: _Tally, attributes: tuple[Attributes, Attributes], row: Int64Array, school: Int64Array) -> None:
    first, second = attributes
    same, other = _agreement(first.level[row], second.level[school])
    tally.add(np.where(same, SAME_LEVEL, np.where(other, OTHER_LEVEL, 0.0)))
    tally.say(MatchReason.SAME_LEVEL, same)
    same, other = _agreement(first.area[row], second.area[school])
    tally.add(np.where(same, SAME_AREA, np.where(other, OTHER_AREA, 0.0)))
    one, two = first.num_students[row], second.num_students[school]
    both = (one > 0) & (two > 0)
    ratio = np.maximum(one, two) / np.where(both, np.minimum(one, two), 1.0)
    weight = np.where(ratio > 2, OTHER_ENROLMENT, np.where(one == two, SAME_ENROLMENT, np.where(ratio <= 1.1, LIKE_ENROLMENT, 0.0)))
    tally.add(np.where(both, weight, 0.0))
    tally.say(MatchReason.SAME_ENROLMENT, both & (one == two))
