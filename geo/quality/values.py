"""Values that are allowed but hard to believe: enrolment, ids that a spreadsheet changed, ids of Giga that are none."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from geo.schools import BoolArray, FloatArray

MOST_STUDENTS = 10_000
"""No school has more. Source: Giga's limit of `num_students` (is_invalid_range)."""

_MANGLED_ID = r"^[0-9](?:\.[0-9]+)?[Ee]\+[0-9]{1,3}$|^[0-9]+\.0$"
# takes: 1.23457E+11, 12345.0; refuses: 1E5, 12.5
_UUID = r"^[0-9A-Fa-f]{8}-(?:[0-9A-Fa-f]{4}-){3}[0-9A-Fa-f]{12}$"
# takes: 0b3e8a52-6c1e-3f0b-9c3a-2b8a5d1b7f10; refuses: KZ0001


def is_implausible_enrolment(num_students: FloatArray) -> BoolArray:
    """Whether enrolment is 0 or over 10,000; NaN where unknown, shape (n,)."""
    with np.errstate(invalid="ignore"):
        return np.asarray((num_students == 0) | (num_students > MOST_STUDENTS))


def is_mangled_id(ids: pa.Array) -> BoolArray:
    """Whether an id looks like a number that a spreadsheet rewrote (1.23457E+11, 12345.0); shape (n,)."""
    # Looking for the two marks first is several times faster than the pattern.
    may = pc.or_(pc.match_substring(ids, "+"), pc.ends_with(ids, ".0"))
    rows = pc.indices_nonzero(pc.fill_null(may, False))
    mangled = np.zeros(len(ids), dtype=bool)
    mangled[np.asarray(rows)] = np.asarray(pc.match_substring_regex(ids.take(rows), _MANGLED_ID))
    return mangled


def is_no_uuid(ids: pa.Array) -> BoolArray:
    """Whether an id is there but has not the 36 characters of a UUID, as Giga's ids have (check 21); shape (n,)."""
    return np.asarray(pc.fill_null(pc.invert(pc.match_substring_regex(ids, _UUID)), False))
