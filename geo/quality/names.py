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
    rows, place = np.unique(pairs, return_inverse=True)
    place = place.reshape(-1, 2)
    own_names, own_levels = names.take(pa.array(rows)), levels.take(pa.array(rows)).dictionary_encode()
    level = np.asarray(own_levels.indices.fill_null(-1))[place]
    fits = (level[:, 0] == level[:, 1]) | (level < 0).any(axis=1)
    at = np.flatnonzero(fits & np.asarray(pc.is_valid(own_names))[place].all(axis=1))
    texts = [folded(text or "") for text in own_names.to_pylist()]
    numbers = np.asarray([" ".join(sorted(_NUMBER.findall(text))) for text in texts], dtype=object)
    at = at[numbers[place[at, 0]] == numbers[place[at, 1]]]
    if not len(at):
        return alike
    left, right = ([texts[row] for row in place[at, side].tolist()] for side in (0, 1))
    alike[at] = process.cpdist(left, right, scorer=fuzz.ratio, dtype=np.float64) > ALIKE_RATIO
    return alike


def is_unlettered(names: pa.Array) -> BoolArray:
    """Whether a name is there but holds neither a letter nor a digit of any alphabet; shape (n,)."""
    return np.asarray(pc.fill_null(pc.invert(pc.match_substring_regex(names, _HAS_LETTER)), False))
