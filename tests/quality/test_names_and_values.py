"""Names, ids and values that are hard to believe, in every alphabet."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.quality import are_alike, is_enrolment_jump, is_implausible_enrolment, is_mangled_id, is_no_uuid, is_unlettered, moved_km


def alike(one: str | None, two: str | None, levels: tuple[str | None, str | None] = (None, None)) -> bool:
    names, pairs = pa.array([one, two], pa.string()), np.array([[0, 1]])
    return bool(are_alike(names, pa.array(levels, pa.string()), pairs)[0])


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("Орта мектеп №12", "орта мектеп № 12"),
        ("Школа имени Алтынсарина", "Школа им. Алтынсарина"),
        ("Берёзовская школа", "Березовская школа"),
        ("Ａｓｔａｎａ Lyceum", "Astana Lyceum"),
    ],
)
def test_names_that_differ_in_spelling_alone_are_alike(one: str, two: str) -> None:
    assert alike(one, two)


@pytest.mark.parametrize(
    ("one", "two", "levels"),
    [
        ("Орта мектеп №12", "Орта мектеп №13", (None, None)),
        ("Балапан", "Балапан", ("Pre-Primary", "Secondary")),
        ("Абай мектебі", "Lyceum of Astana", (None, None)),
        (None, "Абай", (None, None)),
    ],
    ids=["numbers differ", "levels differ", "other words", "no name"],
)
def test_other_schools_are_not_alike(one: str | None, two: str, levels: tuple[str | None, str | None]) -> None:
    assert not alike(one, two, levels)


def test_no_pair_has_no_names_alike() -> None:
    assert are_alike(pa.array([], pa.string()), pa.array([], pa.string()), np.empty((0, 2), dtype=np.int64)).tolist() == []


@given(st.text(alphabet="абвгқңөүһәіё АБВГҚҢ", min_size=1).filter(str.strip))
def test_a_kazakh_or_russian_name_is_never_without_letters(name: str) -> None:
    assert not is_unlettered(pa.array([name])).any()


@pytest.mark.parametrize("name", ["---", "…", "№ ", "«»"])
def test_signs_alone_are_no_letters(name: str) -> None:
    assert is_unlettered(pa.array([name])).all()


def test_a_name_that_is_missing_is_not_without_letters() -> None:
    assert not is_unlettered(pa.array([None], pa.string())).any()


def test_an_id_that_a_spreadsheet_rewrote_is_found() -> None:
    ids = pa.array(["1.23457E+11", "1e+05", "12345.0", "1E5", "12.5", "KZ+1", "000123", None])

    assert is_mangled_id(ids).tolist() == [True, True, True, False, False, False, False, False]


def test_an_id_of_giga_has_36_characters() -> None:
    ids = pa.array(["0b3e8a52-6c1e-3f0b-9c3a-2b8a5d1b7f10", "KZ0001", None])

    assert is_no_uuid(ids).tolist() == [False, True, False]


def test_enrolment_of_none_or_over_10000_is_hard_to_believe() -> None:
    assert is_implausible_enrolment(np.array([0, 1, 10_000, 10_001, np.nan])).tolist() == [True, False, False, True, False]


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [(100, 300, True), (100, 299, False), (300, 100, True), (299, 100, False), (0, 0, False), (np.nan, 900, False), (900, np.nan, False)],
)
def test_enrolment_jumps_at_three_times_and_at_a_third(before: float, after: float, expected: bool) -> None:
    assert is_enrolment_jump(np.array([before]), np.array([after])).tolist() == [expected]


def test_a_move_is_measured_by_geodesic_and_kept_where_it_is_far() -> None:
    start, north = np.array([51.0, 51.0, np.nan]), np.array([51.0449, 51.0451, 51.0])
    east = np.array([71.0, 71.0, 71.0])

    moved = moved_km(start, east, north, east)

    assert np.isnan(moved[[0, 2]]).all()
    assert moved[1] == pytest.approx(5.018, abs=0.001)
