"""Coverage: counts, shares, bounds and gaps, as docs/definitions.md states them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.coverage import CoverageTable, coverage
from geo.model import AREA_TYPES, CONNECTIVITIES, GROUPING_COLUMNS, STATUSES, Basis, Grouping
from geo.norms import NORMS, statuses
from tests.builders import make_columns, make_school

KZ = NORMS["kz-2023"]


def table_of(*schools: dict[str, Any], by: tuple[Grouping, ...] = ()) -> CoverageTable:
    columns = make_columns(*schools)
    codes = statuses(columns.connectivity, columns.download_speed_mbps(Basis.BEST), columns.num_students, KZ)
    return coverage(columns, codes, by=by)


def meets(school_id: str, **values: Any) -> dict[str, Any]:
    return make_school(school_id, connectivity="yes", download_speed_measured_mbps=100.0, num_students=100, **values)


def unconnected(school_id: str, **values: Any) -> dict[str, Any]:
    return make_school(school_id, connectivity="no", num_students=50, **values)


def test_unknown_schools_widen_the_bounds_and_leave_the_share_alone() -> None:
    row = table_of(meets("a"), unconnected("b"), make_school("c"), make_school("d")).rows()[0]

    assert row["schools"] == 4
    assert (row["schools_connected_share_lower"], row["schools_connected_share"], row["schools_connected_share_upper"]) == (0.25, 0.5, 0.75)
    assert (row["schools_meets_norm_share_lower"], row["schools_meets_norm_share"], row["schools_meets_norm_share_upper"]) == (
        0.25,
        0.5,
        0.75,
    )


def test_norm_unknown_is_connected_but_neither_meets_nor_misses_the_norm() -> None:
    row = table_of(meets("a"), make_school("b", connectivity="yes"), unconnected("c")).rows()[0]

    assert row["schools_connected_share"] == pytest.approx(2 / 3)
    assert row["schools_meets_norm_share"] == 0.5
    assert row["schools_meets_norm_share_upper"] == pytest.approx(2 / 3)


def test_no_school_makes_everything_null() -> None:
    row = table_of().rows()[0]

    assert row["schools"] == 0
    assert row["schools_connected_share"] is None
    assert row["schools_connected_share_lower"] is None
    assert row["schools_connected_share_upper"] is None


def test_nothing_known_makes_the_share_null_and_the_bounds_0_and_1() -> None:
    row = table_of(make_school("a"), make_school("b")).rows()[0]

    assert row["schools_meets_norm_share"] is None
    assert (row["schools_meets_norm_share_lower"], row["schools_meets_norm_share_upper"]) == (0.0, 1.0)


def test_students_count_only_known_enrolment_and_say_how_many_schools_lack_it() -> None:
    row = table_of(unconnected("a"), make_school("b", connectivity="no")).rows()[0]

    assert row["schools_unconnected"] == 2
    assert row["students_unconnected"] == 50
    assert row["schools_without_enrolment"] == 1
    assert row["schools_without_enrolment_unconnected"] == 1


def test_rural_gap_is_urban_minus_rural_in_points_with_crossed_bounds() -> None:
    row = table_of(
        meets("a", school_area_type="urban"),
        meets("b", school_area_type="rural"),
        unconnected("c", school_area_type="rural"),
        make_school("d", school_area_type="rural"),
        make_school("e"),
    ).rows()[0]

    assert row["schools_connected_gap_points"] == pytest.approx(50.0)
    assert row["schools_connected_gap_points_lower"] == pytest.approx(100 * (1 - 2 / 3))
    assert row["schools_connected_gap_points_upper"] == pytest.approx(100 * (1 - 1 / 3))
    assert row["schools_area_type_unknown"] == 1


def test_gap_is_null_when_one_side_has_no_school() -> None:
    assert table_of(meets("a", school_area_type="urban")).rows()[0]["schools_connected_gap_points"] is None


def test_groups_are_sorted_by_code_and_the_group_without_a_code_is_last() -> None:
    table = table_of(meets("a", admin1="KZ75"), meets("b"), meets("c", admin1="KZ10"), by=(Grouping.ADMIN1,))

    assert table.keys == (("KZ10", "KZ75", None),)


def test_only_combinations_with_a_school_are_listed() -> None:
    table = table_of(
        meets("a", admin1="KZ75", school_area_type="urban"),
        meets("b", admin1="KZ10", school_area_type="rural"),
        by=(Grouping.ADMIN1, Grouping.AREA_TYPE),
    )

    assert [tuple(row.keys.values()) for row in table.rows()] == [("KZ10", "rural"), ("KZ75", "urban")]


def test_four_groupings_are_refused() -> None:
    with pytest.raises(ValueError, match="at most 3"):
        coverage(make_columns(), np.array([], dtype=np.int8), by=tuple(Grouping)[:4])


SCHOOLS = st.lists(
    st.builds(
        make_school,
        st.just("S"),
        connectivity=st.sampled_from(CONNECTIVITIES),
        school_area_type=st.sampled_from(AREA_TYPES),
        num_students=st.none() | st.integers(0, 50_000),
        download_speed_declared_mbps=st.none() | st.floats(0, 100_000),
        download_speed_measured_mbps=st.none() | st.floats(0, 100_000),
        admin1=st.sampled_from([None, "KZ10", "KZ11", "KZ75"]),
        admin2=st.sampled_from([None, *(f"D{n:02}" for n in range(40))]),
        connectivity_type=st.sampled_from([None, "fiber", "satellite"]),
        education_level=st.sampled_from([None, "Primary", "Secondary"]),
    ),
    max_size=40,
)


GROUPINGS = (*GROUPING_COLUMNS, Grouping.STATUS)


@given(schools=SCHOOLS, by=st.lists(st.sampled_from(GROUPINGS), max_size=3, unique=True))
def test_sums_over_groups_equal_the_whole_and_shares_stay_within_bounds(schools: list[dict[str, Any]], by: list[Grouping]) -> None:
    whole = table_of(*schools).rows()[0]
    rows = table_of(*schools, by=tuple(by)).rows()

    for unit in ("schools", "students"):
        for field in (unit, *(f"{unit}_{status}" for status in STATUSES)):
            assert sum(row[field] for row in rows) == whole[field]
    assert sum(row["schools_without_enrolment"] for row in rows) == whole["schools_without_enrolment"]
    for row in rows:
        assert sum(row[f"schools_{status}"] for status in STATUSES) == row["schools"]
        for name in ("connected_share", "meets_norm_share"):
            low, share, high = (row[f"schools_{name}{end}"] for end in ("_lower", "", "_upper"))
            if Grouping.STATUS in by:
                assert (low, share, high) == (None, None, None)
                continue
            assert (low, high) == (None, None) if row["schools"] == 0 else 0 <= low <= high <= 1
            assert share is None or low - 1e-12 <= share <= high + 1e-12


@given(schools=SCHOOLS, by=st.lists(st.sampled_from(GROUPINGS), max_size=3, unique=True))
def test_the_whole_of_a_table_is_what_counting_without_groupings_gives(schools: list[dict[str, Any]], by: list[Grouping]) -> None:
    table = table_of(*schools, by=tuple(by))

    assert table.whole().rows() == table_of(*schools).rows()
    assert table.rows_and_total() == (table.rows(), table_of(*schools).rows()[0])


@given(schools=SCHOOLS, by=st.lists(st.sampled_from(list(GROUPING_COLUMNS)), max_size=2, unique=True))
def test_groups_by_status_count_what_their_rows_without_it_count_of_that_status(schools: list[dict[str, Any]], by: list[Grouping]) -> None:
    rows = {tuple(row.keys.values()): row for row in table_of(*schools, by=tuple(by)).rows()}

    for row in table_of(*schools, by=(*by, Grouping.STATUS)).rows():
        *labels, status = row.keys.values()
        whole = rows[tuple(labels)]
        for unit in ("schools", "students", "schools_without_enrolment"):
            assert row[unit] == row[f"{unit}_{status}"] == whole[f"{unit}_{status}"]


@given(schools=SCHOOLS, admin1=st.sampled_from(["KZ10", "KZ75"]))
def test_a_filter_gives_the_figures_of_its_group(schools: list[dict[str, Any]], admin1: str) -> None:
    columns = make_columns(*schools)
    codes = statuses(columns.connectivity, columns.download_speed_mbps(Basis.BEST), columns.num_students, KZ)
    coded = columns.groupings[Grouping.ADMIN1]
    filtered = coverage(columns, codes, mask=coded.codes == coded.code_of(admin1)).rows()[0]
    grouped = {row.keys[Grouping.ADMIN1]: row for row in coverage(columns, codes, by=(Grouping.ADMIN1,)).rows()}

    if admin1 in grouped:
        assert filtered.figures == grouped[admin1].figures
    else:
        assert filtered["schools"] == 0
