"""The speed a school needs, and the status of each school under such a norm.

Norms are named, versioned objects that can be chosen in an address; none is a constant in the code that uses them.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from geo.errors import InvalidParameter
from geo.model import CONNECTIVITIES, STATUSES, Connectivity, Status
from geo.schools import FloatArray, Int8Array

MAX_NORM_MBPS = 100_000.0
"""Largest plain number that is taken as a norm; the same limit as for speeds in uploads."""

_PLAIN_NUMBER = re.compile(r"\d{1,6}(\.\d{1,3})?")
"""Takes "20" and "12.5"; refuses "", "-1", "1e3", ".5", "٢٠" (checked for ASCII first) and "nan"."""


@dataclass(frozen=True, slots=True)
class Norm:
    """A named requirement for download speed.

    Parameters
    ----------
    name
        The word in addresses.
    minimum_mbps
        What every school needs at least, in Mbps.
    students_per_mbps
        How many students share one Mbps, or None where enrolment does not matter.
    title, source
        What it is and who states it, in English.
    """

    name: str
    minimum_mbps: float
    students_per_mbps: float | None
    title: str
    source: str


def _(text: str) -> str:
    """Mark a text for extraction; translated where it is shown."""
    return text


NORMS: Mapping[str, Norm] = {
    norm.name: norm
    for norm in (
        Norm(
            "kz-2023",
            20.0,
            20.0,
            "50 kbps for each student, at least 20 Mbps",
            _("Kazakhstan's national norm of 2023; the same as the UN and ITU target for meaningful connectivity of schools"),
        ),
        Norm("giga-20", 20.0, None, "20 Mbps for a school", _("Giga's default benchmark for live measurements")),
        Norm("giga-5", 5.0, None, "5 Mbps for a school", _("Giga's threshold for static speeds")),
    )
}


def norm_named(text: str) -> Norm:
    """The norm with a name, or the norm that a plain number of Mbps makes ("20", "12.5").

    Raises
    ------
    InvalidParameter
        The text is neither a name of `NORMS` nor a number above 0 and at most 100,000.
    """
    if text in NORMS:
        return NORMS[text]
    if text.isascii() and _PLAIN_NUMBER.fullmatch(text) and 0 < float(text) <= MAX_NORM_MBPS:
        number = f"{float(text):g}" if float(text) < 1e5 else "100000"
        return Norm(number, float(text), None, f"{number} Mbps for a school", "chosen in the address")
    accepted = ", ".join(NORMS)
    raise InvalidParameter(
        f"'norm' must be one of {accepted} or a number of Mbps above 0, such as 20; got '{text[:60]}'",
        parameter="norm",
        code="invalid_norm",
    )


def required_mbps(norm: Norm, num_students: FloatArray) -> FloatArray:
    """Speed each school needs, in Mbps, shape (n,); NaN where the norm needs an enrolment that is unknown.

    A true division, so that 481 students need exactly the double nearest to 24.05, as a file would write it.
    """
    if norm.students_per_mbps is None:
        return np.full(len(num_students), norm.minimum_mbps)
    return np.maximum(norm.minimum_mbps, num_students / norm.students_per_mbps)


def statuses(connectivity: Int8Array, speed_mbps: FloatArray, num_students: FloatArray, norm: Norm) -> Int8Array:
    """Status code of each school under a norm, shape (n,), positions in `STATUSES`.

    A school whose connectivity nobody reported is unknown whatever its speed; a speed never turns "no" into "yes".

    Parameters
    ----------
    connectivity
        Codes in the order of `CONNECTIVITIES`, shape (n,).
    speed_mbps
        Download speed in Mbps, NaN where unknown, shape (n,).
    num_students
        Enrolment, NaN where unknown, shape (n,).
    """
    required = required_mbps(norm, num_students)
    surely_required = np.where(np.isnan(required), norm.minimum_mbps, required)
    with np.errstate(invalid="ignore"):
        is_too_low = speed_mbps < surely_required
        is_enough = speed_mbps >= required
    connected = np.where(is_too_low, code_of(Status.BELOW_NORM), code_of(Status.NORM_UNKNOWN))
    connected = np.where(is_enough, code_of(Status.MEETS_NORM), connected)
    result = np.full(len(connectivity), code_of(Status.UNKNOWN), dtype=np.int8)
    np.copyto(result, code_of(Status.UNCONNECTED), where=connectivity == CONNECTIVITIES.index(Connectivity.NO))
    np.copyto(result, connected, where=connectivity == CONNECTIVITIES.index(Connectivity.YES), casting="unsafe")
    return result


def code_of(status: Status) -> int:
    """Code that arrays carry for a status."""
    return STATUSES.index(status)


def required_for(norm: Norm, num_students: int | None) -> float | None:
    """Speed one school needs, in Mbps, or None where the norm needs an enrolment that is unknown."""
    need = float(required_mbps(norm, np.array([math.nan if num_students is None else float(num_students)]))[0])
    return None if math.isnan(need) else need
