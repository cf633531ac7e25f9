"""Norms: what a school needs, and its status under them."""

from __future__ import annotations

import math

import numpy as np
import pytest

from geo.errors import InvalidParameter
from geo.model import CONNECTIVITIES, STATUSES, Status
from geo.norms import NORMS, norm_named, required_for, statuses

KZ = NORMS["kz-2023"]


def status_of(connectivity: str, speed: float = math.nan, students: float = math.nan, norm: str = "kz-2023") -> Status:
    codes = statuses(
        np.array([CONNECTIVITIES.index(connectivity)], dtype=np.int8),  # type: ignore[arg-type]
        np.array([speed]),
        np.array([students]),
        norm_named(norm),
    )
    return STATUSES[codes[0]]


@pytest.mark.parametrize(
    ("connectivity", "speed", "students", "expected"),
    [
        ("no", math.nan, 100, Status.UNCONNECTED),
        ("no", 500, 100, Status.UNCONNECTED),
        ("unknown", 500, 100, Status.UNKNOWN),
        ("unknown", math.nan, math.nan, Status.UNKNOWN),
        ("yes", 0, 100, Status.BELOW_NORM),
        ("yes", math.nan, 100, Status.NORM_UNKNOWN),
        ("yes", 19.99, math.nan, Status.BELOW_NORM),
        ("yes", 20, math.nan, Status.NORM_UNKNOWN),
        ("yes", 20, 400, Status.MEETS_NORM),
        ("yes", 20, 401, Status.BELOW_NORM),
        ("yes", 24.05, 481, Status.MEETS_NORM),
        ("yes", 24.04, 481, Status.BELOW_NORM),
        ("yes", 20, 0, Status.MEETS_NORM),
    ],
)
def test_status_follows_connectivity_speed_and_enrolment(connectivity: str, speed: float, students: float, expected: Status) -> None:
    assert status_of(connectivity, speed, students) is expected


def test_a_speed_written_with_two_decimals_meets_exactly_what_it_equals() -> None:
    students = np.arange(401, 50_001)
    written = np.array([float(f"{count // 20}.{count % 20 * 5:02}") for count in students.tolist()])

    codes = statuses(np.zeros(len(students), dtype=np.int8), written, students.astype(float), KZ)

    assert {STATUSES[code] for code in codes} == {Status.MEETS_NORM}


def test_enrolment_does_not_matter_under_a_flat_norm() -> None:
    assert status_of("yes", 5, norm="giga-5") is Status.MEETS_NORM
    assert status_of("yes", 4.9, norm="giga-5") is Status.BELOW_NORM


def test_required_speed_is_unknown_where_the_enrolment_is() -> None:
    assert required_for(KZ, None) is None
    assert required_for(KZ, 480) == 24.0
    assert required_for(NORMS["giga-20"], None) == 20.0


@pytest.mark.parametrize("text", ["20", "12.5", "100000", "0.5"])
def test_a_plain_number_is_a_norm_of_that_many_mbps(text: str) -> None:
    assert norm_named(text).minimum_mbps == float(text)


def test_equal_numbers_make_norms_of_equal_name() -> None:
    assert norm_named("20.0").name == norm_named("020").name == "20"


@pytest.mark.parametrize("text", ["", "-1", "0", "1e3", "nan", "inf", "٢٠", "kz", "100001", " 20", "1_0", "0.0"])
def test_anything_else_is_refused_as_a_norm(text: str) -> None:
    with pytest.raises(InvalidParameter, match="'norm' must be one of"):
        norm_named(text)
