"""Names of schools: which look alike, and which say nothing. Letters of every alphabet are letters."""

from __future__ import annotations

import re
import unicodedata

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from rapidfuzz import fuzz, process

from geo.schools import BoolArray, Int64Array

ALIKE_DISTANCE_M = 100.0
"""Schools with names alike are looked for this near. Giga compares in cells of a thousandth of a degree (check 17)."""

ALIKE_RATIO = 70.0
"""Names alike are more than this similar, in percent of their letters. Source: Giga's check 17, above 0.7."""

_NUMBER = re.compile(r"[0-9]+")
_NO_LETTER = re.compile(r"[\W_]+")
_HAS_LETTER = r"[\p{L}\p{N}]"
# takes: "№ 5", "Орта мектеп", "مدرسة"; refuses: "---", "…"


def folded(name: str) -> str:
    """Form in which names are compared: width, case, Ё and punctuation aside."""
    plain = unicodedata.normalize("NFKC", name).casefold().replace("ё", "е")
    return _NO_LETTER.sub(" ", plain).strip()


def are_alike(names: pa.Array, levels: pa.Array, pairs: Int64Array) -> BoolArray:
    """Which pairs of schools have names alike.

    Schools with different numbers in their names, or of different known levels, are different schools however alike the words are.

    Parameters
    ----------
    names, levels
        Name and education level of each school, null where unknown; shape (n,).
    pairs
        Rows, shape (m, 2).

    Returns
    -------
    Shape (m,).
    """
    alike = np.zeros(len(pairs), dtype=bool)
    levels_of = levels.dictionary_encode().indices.fill_null(-1).to_numpy(zero_copy_only=False)
    one, two = levels_of[pairs[:, 0]], levels_of[pairs[:, 1]]
    known = np.asarray(pc.is_valid(names))
    at = np.flatnonzero(known[pairs].all(axis=1) & ((one == two) | (one < 0) | (two < 0)))
    if not len(at):
        return alike
    rows, place = np.unique(pairs[at], return_inverse=True)
    texts = [folded(text) for text in names.take(pa.array(rows)).to_pylist()]
    numbers = np.unique([" ".join(sorted(_NUMBER.findall(text))) for text in texts], return_inverse=True)[1]
    first, second = place.reshape(-1, 2).T
    same_numbers = numbers[first] == numbers[second]
    at, first, second = at[same_numbers], first[same_numbers], second[same_numbers]
    left, right = [texts[row] for row in first.tolist()], [texts[row] for row in second.tolist()]
    alike[at] = process.cpdist(left, right, scorer=fuzz.ratio, dtype=np.float64) > ALIKE_RATIO if len(at) else False
    return alike


def is_unlettered(names: pa.Array) -> BoolArray:
    """Whether a name is there but holds neither a letter nor a digit of any alphabet; shape (n,)."""
    return np.asarray(pc.fill_null(pc.invert(pc.match_substring_regex(names, _HAS_LETTER)), False))
