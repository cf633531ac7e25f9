"""Join: which row speaks about which school, and what is left over on both sides."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest

from geo.join import MATCH_TIERS, Matches, match
from geo.model import MatchTier

IDS = pa.schema([(name, pa.string()) for name in ("school_id", "school_id_giga", "school_id_govt")])


def schools(*rows: tuple[str | None, str | None]) -> pa.Table:
    """Schools from pairs of Giga's and the government's id."""
    return pa.Table.from_pylist(
        [{"school_id": giga or govt, "school_id_giga": giga, "school_id_govt": govt} for giga, govt in rows], schema=IDS
    )


def rows(*cells: dict[str, Any]) -> pa.Table:
    names = [name for name in IDS.names if any(name in cell for cell in cells)]
    return pa.Table.from_pylist(list(cells), schema=pa.schema([(name, pa.string()) for name in names]))


def tier_of(matches: Matches, row: int) -> MatchTier | None:
    return None if matches.tier[row] < 0 else MATCH_TIERS[matches.tier[row]]


def test_exact_ids_match_before_folded_ones() -> None:
    found = match(rows({"school_id_govt": "a1"}, {"school_id_govt": " A1 "}), schools((None, "A1"), (None, "a1")))

    assert found.school.tolist()[0] == 1
    assert tier_of(found, 0) is MatchTier.GOVT_ID


def test_ids_equal_but_for_case_and_blanks_match_in_the_last_tier() -> None:
    found = match(rows({"school_id_govt": " ab-7 "}), schools((None, "AB-7")))

    assert found.school.tolist() == [0]
    assert tier_of(found, 0) is MatchTier.FOLDED_ID


def test_leading_zeros_make_different_ids() -> None:
    found = match(rows({"school_id_govt": "123"}, {"school_id_govt": "0123"}), schools((None, "0123"), (None, "000123")))

    assert found.school.tolist() == [-1, 0]


def test_ids_that_point_at_different_schools_make_the_row_ambiguous() -> None:
    found = match(rows({"school_id_giga": "g1", "school_id_govt": "2"}), schools(("g1", "1"), ("g2", "2")))

    assert found.is_ambiguous.tolist() == [True]
    assert found.school.tolist() == [-1]
    assert found.row_of_school.tolist() == [-1, -1]


def test_two_rows_for_one_school_are_both_ambiguous() -> None:
    found = match(rows({"school_id_giga": "g1"}, {"school_id_govt": "1"}), schools(("g1", "1")))

    assert found.is_ambiguous.tolist() == [True, True]
    assert found.row_of_school.tolist() == [-1]


def test_an_id_that_two_schools_share_matches_neither() -> None:
    found = match(rows({"school_id_govt": "1"}), schools(("g1", "1"), ("g2", "1")))

    assert found.is_ambiguous.tolist() == [True]


def test_school_id_is_looked_up_as_ours_then_as_the_governments() -> None:
    found = match(rows({"school_id": "g1"}, {"school_id": "2"}, {"school_id": "9"}), schools(("g1", "1"), ("g2", "2")))

    assert found.school.tolist() == [0, 1, -1]
    assert tier_of(found, 1) is MatchTier.SCHOOL_ID


def test_school_id_that_is_ours_is_not_looked_up_as_the_governments_too() -> None:
    found = match(rows({"school_id": "5", "school_id_giga": "5"}), schools(("5", "1"), ("g2", "5")))

    assert found.school.tolist() == [0]


def test_a_school_that_a_person_chose_matches_after_exact_ids_and_before_folded_ones() -> None:
    ours = schools((None, "a3"), (None, "1"), (None, "2"))

    found = match(rows({"school_id_govt": "A3"}, {"school_id_govt": "1"}), ours, known={"A3": "2", "1": "a3"})

    assert [tier_of(found, row) for row in range(2)] == [MatchTier.CROSSWALK, MatchTier.GOVT_ID]
    assert found.school.tolist() == [2, 1]


def test_two_rows_that_a_person_matched_to_one_school_are_both_ambiguous() -> None:
    found = match(rows({"school_id_govt": "x"}, {"school_id_govt": "y"}), schools((None, "1")), known={"x": "1", "y": "1"})

    assert found.is_ambiguous.tolist() == [True, True]


def test_a_person_s_choice_of_a_school_that_is_gone_matches_nothing() -> None:
    found = match(rows({"school_id_govt": "x"}, {"school_id_govt": None}), schools((None, "1")), known={"x": "9"})

    assert found.is_unmatched.tolist() == [True, True]


def test_both_leftovers_are_told() -> None:
    found = match(rows({"school_id_govt": "1"}, {"school_id_govt": "9"}), schools((None, "1"), (None, "2")))

    assert found.is_unmatched.tolist() == [False, True]
    assert found.row_of_school.tolist() == [0, -1]
    assert found.tier_counts()[MatchTier.GOVT_ID] == 1


@pytest.mark.parametrize("side", ["rows", "schools"])
def test_an_empty_side_matches_nothing(side: str) -> None:
    one, none = rows({"school_id_govt": "1"}), rows({"school_id_govt": "1"}).slice(0, 0)

    found = match(none if side == "rows" else one, schools((None, "1")) if side == "rows" else schools())

    assert not (found.school >= 0).any()
    assert not found.is_ambiguous.any()
