"""Which pairs of a row and a school are worth comparing: those near each other, and those whose names share rare parts.

Never all pairs: blocks by a grid over the globe, by names that are alike, and by region; a row keeps some dozens of candidates.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from scipy import sparse
from scipy.spatial import cKDTree

from geo.matching.names import Names
from geo.matching.places import UNKNOWN, Places
from geo.schools import FloatArray, Int64Array

NEAREST = 12
NEAR_KM = 10.0
"""A placed row is compared with so many of the nearest schools within this distance, whatever their names."""
ALIKE = 0.4
MOST_NAMES = 40
"""A row's name is compared with at most so many names of schools, those whose parts are alike from this cosine up."""
MOST_SCHOOLS = 60
"""Of one name in one region, or of one name in the country where a row has neither place nor region, at most so many schools."""
FEW_SCHOOLS = 5
"""A name that so few schools bear is worth comparing across regions: a region may be wrong, or older than a reform."""
FREQUENT_PART = 2_000
"""A part that more distinct names of schools have finds too many of them to be worth following; equal names are found without parts."""
_GRAM = 3
_NUMBER_WEIGHT = 2.0
_PRODUCTS = 4_000_000
"""Products of weights that are in memory at once: 50 MB."""


@dataclass(frozen=True)
class Side:
    """Rows or schools as candidates need them.

    Parameters
    ----------
    name
        Position of each one's name among the distinct names, shape (n,).
    places
        Where each lies.
    """

    name: Int64Array
    places: Places


def candidate_pairs(rows: Side, schools: Side, names: Names) -> tuple[Int64Array, Int64Array]:
    """Pairs worth comparing: positions of rows and of schools, each pair once, in the order of the rows."""
    found = [_near(rows, schools), *_alike(rows, schools, names)]
    count = max(len(schools.name), 1)
    pairs = np.concatenate([row * count + school for row, school in found])
    pairs.sort()
    pairs = pairs[np.diff(pairs, prepend=-1) > 0]
    return pairs // count, pairs % count


def _near(rows: Side, schools: Side) -> tuple[Int64Array, Int64Array]:
    """Each placed row with the schools nearest to it."""
    row, school = (np.flatnonzero(side.places.is_placed) for side in (rows, schools))
    if not len(row) or not len(school):
        return row[:0], school[:0]
    tree = cKDTree(schools.places.on_sphere()[school])
    gaps, found = tree.query(rows.places.on_sphere()[row], k=min(NEAREST, len(school)), distance_upper_bound=NEAR_KM, workers=-1)
    is_near = np.isfinite(gaps).reshape(len(row), -1)
    return np.repeat(row, is_near.sum(axis=1)), school[found.reshape(len(row), -1)[is_near]]


def _alike(rows: Side, schools: Side, names: Names) -> list[tuple[Int64Array, Int64Array]]:
    """Rows with schools whose names are equal, or equal in words and numbers, or alike."""
    row = np.arange(len(rows.name))
    found = []
    for spelling in (names.whole, pc.binary_join_element_wise(names.core, names.numbers, "|")):
        code = np.asarray(spelling.dictionary_encode().indices).astype(np.int64)
        found += _borne(code[rows.name], row, rows, schools, code[schools.name])
    wanted, alike = alike_names(names, np.unique(rows.name), np.unique(schools.name))
    chosen, counts = _Lists(rows.name, row).members(wanted, len(row))
    return found + _borne(np.repeat(alike, counts), chosen, rows, schools, schools.name)


def _borne(wanted: Int64Array, chosen: Int64Array, rows: Side, schools: Side, borne: Int64Array) -> list[tuple[Int64Array, Int64Array]]:
    """Rows with the schools that bear what they want: in the row's region, and anywhere where it is rare or the row has no place.

    Parameters
    ----------
    wanted, chosen
        Names, as any codes, and the rows that want them, pair by pair.
    borne
        Code of each school's name, shape (schools,).
    """
    school = np.arange(len(schools.name))
    region = rows.places.region[chosen]
    is_known = region != UNKNOWN
    lies_nowhere = ~rows.places.is_placed[chosen] & ~is_known
    codes = (rows.places.region, schools.places.region, schools.places.declared_region)
    units = max(int(known.max(initial=UNKNOWN)) for known in codes) + 2
    of_region = _Lists(borne * units + schools.places.region + 1, school)
    of_former_region = _Lists(borne * units + schools.places.declared_region + 1, school)
    of_country = _Lists(borne, school)
    is_rare = of_country.sizes(wanted) <= FEW_SCHOOLS
    return [
        _expanded(of_region, wanted * units + region + 1, chosen, MOST_SCHOOLS),
        _expanded(of_region, wanted[is_known] * units, chosen[is_known], MOST_SCHOOLS),
        _expanded(of_former_region, (wanted * units + region + 1)[is_known], chosen[is_known], MOST_SCHOOLS),
        _expanded(of_country, wanted[is_rare], chosen[is_rare], FEW_SCHOOLS),
        _expanded(of_country, wanted[lies_nowhere], chosen[lies_nowhere], MOST_SCHOOLS),
    ]


class _Lists:
    """Members by key: which schools bear a name, which rows do."""

    def __init__(self, keys: Int64Array, members: Int64Array) -> None:
        order = np.argsort(keys, kind="stable")
        self._keys, self._members = keys[order], members[order]

    def sizes(self, keys: Int64Array) -> Int64Array:
        """How many members each key has."""
        return np.searchsorted(self._keys, keys, side="right") - np.searchsorted(self._keys, keys, side="left")

    def members(self, keys: Int64Array, most: int) -> tuple[Int64Array, Int64Array]:
        """At most so many members of each key one after the other, and how many of each key."""
        starts, counts = np.searchsorted(self._keys, keys, side="left"), np.minimum(self.sizes(keys), most)
        offsets = np.arange(int(counts.sum())) - np.repeat(np.cumsum(counts) - counts, counts)
        return self._members[np.repeat(starts, counts) + offsets], counts


def _expanded(lists: _Lists, keys: Int64Array, rows: Int64Array, most: int) -> tuple[Int64Array, Int64Array]:
    members, counts = lists.members(keys, most)
    return np.repeat(rows, counts), members


def alike_names(names: Names, wanted: Int64Array, known: Int64Array) -> tuple[Int64Array, Int64Array]:
    """Pairs of a wanted and a known name whose parts (three letters, whole numbers) are alike, rare parts counting more.

    Returns
    -------
    Positions among the distinct names, pair by pair; each wanted name with its `MOST_NAMES` most alike.
    """
    parts = _parts(names, known)
    own, other = parts[wanted], parts[known].T.tocsr()
    load = np.cumsum(np.asarray(own.astype(bool) @ np.diff(other.indptr)))
    borders = np.searchsorted(load, np.arange(0, int(load[-1]) if len(load) else 0, _PRODUCTS)[1:])
    starts = np.unique(np.concatenate([[0], borders, [len(wanted)]]))
    pairs = [_most_alike(own[start:end] @ other, start) for start, end in pairwise(starts)]
    if not pairs:
        return wanted[:0], known[:0]
    return wanted[np.concatenate([first for first, _ in pairs])], known[np.concatenate([second for _, second in pairs])]


def _most_alike(cosines: sparse.csr_matrix, start: int) -> tuple[Int64Array, Int64Array]:
    """Rows (counted from `start`) and columns of the greatest cosines of each row."""
    kept = cosines.data >= ALIKE
    row = np.repeat(np.arange(cosines.shape[0]), np.diff(cosines.indptr))[kept]
    column, value = cosines.indices[kept].astype(np.int64), cosines.data[kept]
    order = np.lexsort((-value, row))
    row, column = row[order], column[order]
    rank = np.arange(len(row)) - np.searchsorted(row, row, side="left")
    return row[rank < MOST_NAMES] + start, column[rank < MOST_NAMES]


def _parts(names: Names, known: Int64Array) -> sparse.csr_matrix:
    """Names × parts, weighed by rarity among the known names, each name of length 1."""
    grams = _grams(names.core)
    bags = sparse.hstack([grams, names.number_bags * _NUMBER_WEIGHT], format="csr")
    frequency = np.asarray((bags[known] > 0).sum(axis=0)).ravel()
    weights: FloatArray = np.log1p(len(known) / np.maximum(frequency, 1.0)).astype(np.float32)
    weights[frequency > FREQUENT_PART] = 0
    bags = (bags @ sparse.diags(weights)).tocsr()
    bags.eliminate_zeros()
    length = np.sqrt(np.asarray(bags.multiply(bags).sum(axis=1)).ravel())
    return (sparse.diags((1 / np.maximum(length, 1e-9)).astype(np.float32)) @ bags).astype(np.float32).tocsr()


def _grams(texts: pa.Array) -> sparse.csr_matrix:
    """Texts × runs of three letters, a blank at both ends included; 1 where a text has one, however often."""
    padded = pc.binary_join_element_wise(" ", texts, " ", "")
    letters = np.frombuffer("".join(padded.to_pylist()).encode("utf-32-le"), dtype=np.uint32).astype(np.int64)
    lengths = np.asarray(pc.utf8_length(padded)).astype(np.int64)
    owner = np.repeat(np.arange(len(texts)), lengths)
    last = len(letters) - _GRAM + 1
    inside = owner[:last] == owner[_GRAM - 1 :] if last > 0 else np.zeros(0, dtype=bool)
    code = np.zeros(max(last, 0), dtype=np.int64)
    for step in range(_GRAM):
        code = code * 0x110000 + letters[step : step + last]
    distinct, gram = np.unique(code[inside], return_inverse=True)
    matrix = sparse.csr_matrix(
        (np.ones(int(inside.sum()), dtype=np.float32), (owner[:last][inside], gram)), shape=(len(texts), len(distinct))
    )
    matrix.sum_duplicates()
    matrix.data[:] = 1
    return matrix
