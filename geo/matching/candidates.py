"""Which pairs of a row and a school are worth comparing: those near each other, and those whose names share rare parts.

Never all pairs: blocks by a grid over the globe, by names that are alike, and by region; a row keeps some dozens of candidates.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from scipy import sparse
from scipy.spatial import cKDTree

from geo.matching.names import Names
from geo.matching.places import UNKNOWN, Places
from geo.schools import BoolArray, FloatArray, Int64Array

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
_GRAM = 3
_CHUNK = 400
_NUMBER_WEIGHT = 2.0


@dataclass(frozen=True)
class Side:
    """Rows or schools as candidates need them.

    Parameters
    ----------
    name
        Position of each one's name among the distinct names, shape (n,).
    places
        Where each lies.
    is_open
        Those that may be matched at all, shape (n,).
    """

    name: Int64Array
    places: Places
    is_open: BoolArray


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
    row, school = (np.flatnonzero(side.is_open & side.places.is_placed) for side in (rows, schools))
    if not len(row) or not len(school):
        return row[:0], school[:0]
    tree = cKDTree(schools.places.on_sphere()[school])
    gaps, found = tree.query(rows.places.on_sphere()[row], k=min(NEAREST, len(school)), distance_upper_bound=NEAR_KM, workers=-1)
    is_near = np.isfinite(gaps).reshape(len(row), -1)
    return np.repeat(row, is_near.sum(axis=1)), school[found.reshape(len(row), -1)[is_near]]


def _alike(rows: Side, schools: Side, names: Names) -> list[tuple[Int64Array, Int64Array]]:
    """Rows with schools of names that are alike: in the row's region, and anywhere where the name is rare or the row has no place."""
    row, school = np.flatnonzero(rows.is_open), np.flatnonzero(schools.is_open)
    row_names, school_names = np.unique(rows.name[row]), np.unique(schools.name[school])
    wanted, alike = alike_names(names, row_names, school_names)
    by_name = _Lists(rows.name[row], row)
    chosen, counts = by_name.members(wanted, len(row))
    alike = np.repeat(alike, counts)
    region = rows.places.region[chosen]
    lies_nowhere = ~rows.places.is_placed[chosen] & (region == UNKNOWN)
    units = int(schools.places.region.max(initial=UNKNOWN)) + 2
    of_region = _Lists(schools.name[school] * units + schools.places.region[school] + 1, school)
    of_country = _Lists(schools.name[school], school)
    is_rare = of_country.sizes(alike) <= FEW_SCHOOLS
    pairs = [_expanded(of_region, alike * units + region + 1, chosen, MOST_SCHOOLS)]
    pairs.append(_expanded(of_region, alike[region != UNKNOWN] * units, chosen[region != UNKNOWN], MOST_SCHOOLS))
    pairs.append(_expanded(of_country, alike[is_rare], chosen[is_rare], FEW_SCHOOLS))
    pairs.append(_expanded(of_country, alike[lies_nowhere], chosen[lies_nowhere], MOST_SCHOOLS))
    return pairs


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
    other = parts[known].T.tocsr()
    pairs = [_most_alike(parts[wanted[start : start + _CHUNK]] @ other, start) for start in range(0, len(wanted), _CHUNK)]
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
    weights[frequency == 0] = np.log1p(len(known))
    bags = bags @ sparse.diags(weights)
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
