"""Uploads whose every row says which one they are, so that a mixture of two releases shows."""

from __future__ import annotations

SCHOOLS = 400
MAX_STUDENTS = 50_000


def numbered_csv(number: int) -> bytes:
    """A list of the same schools each time, all with the same enrolment, which tells the number."""
    rows = (f"S{school:04},{50 + school / 1000},{70 + school / 1000},yes,{students_of(number)}" for school in range(SCHOOLS))
    return "\n".join(["school_id_govt,latitude,longitude,connectivity,num_students", *rows, ""]).encode()


def students_of(number: int) -> int:
    """The enrolment that tells a number."""
    return 1 + number % MAX_STUDENTS
