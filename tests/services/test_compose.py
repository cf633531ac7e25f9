"""Composing a release: regions, flags, distances and row order."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from geo.norms import NORMS
from geo.regions import BoundarySet
from geo.services.compose import compose
from tests.builders import make_facts_table, make_school
from tests.services.builders import EAST, WEST, load_districts, load_regions, open_empty

KZ = NORMS["kz-2023"]


@pytest.fixture(scope="module")
def boundaries(tmp_path_factory: pytest.TempPathFactory) -> Mapping[int, BoundarySet]:
    """Two regions; four districts whose line between west and east lies 0.1° further east."""
    directory: Path = tmp_path_factory.mktemp("boundaries")
    workspace = open_empty(directory)
    regions = load_regions(workspace, directory)
    districts = load_districts(workspace, directory, border=11.1)
    return {1: workspace.boundary_set(regions.id), 2: workspace.boundary_set(districts.id)}


def composed(boundaries: Mapping[int, BoundarySet], *schools: dict[str, Any]) -> dict[str, dict[str, Any]]:
    table = compose(make_facts_table(*schools), boundaries, norm=KZ).table
    return {row["school_id"]: row for row in table.to_pylist()}


def at(school_id: str, longitude: float, latitude: float, **values: Any) -> dict[str, Any]:
    """A school a little to the north-east of a position: round positions are flagged."""
    return make_school(school_id, longitude=longitude + 0.00137, latitude=latitude + 0.00291, **values)


def test_a_school_gets_region_and_district_of_its_point(boundaries: Mapping[int, BoundarySet]) -> None:
    school = composed(boundaries, at("a", 10.5, 50.2))["a"]

    assert (school["admin1"], school["admin1_name"], school["admin2"]) == (WEST, "West", f"{WEST}S")
    assert school["flags"] is None


def test_a_district_of_another_region_is_left_out_and_flagged(boundaries: Mapping[int, BoundarySet]) -> None:
    school = composed(boundaries, at("a", 11.05, 50.2))["a"]

    assert (school["admin1"], school["admin2"]) == (EAST, None)
    assert school["flags"] == "district_parent_mismatch"


def test_a_point_just_outside_takes_the_nearest_region_and_says_so(boundaries: Mapping[int, BoundarySet]) -> None:
    schools = composed(boundaries, at("near", 9.99, 50.2), at("far", 9.9, 50.2))

    assert (schools["near"]["admin1"], schools["near"]["flags"]) == (WEST, "region_nearest")
    assert (schools["far"]["admin1"], schools["far"]["flags"]) == (None, "no_region")


@pytest.mark.parametrize(
    ("position", "flags"), [((None, None), "not_placed"), ((0.0, 0.0), "not_placed null_island")], ids=["none", "null island"]
)
def test_a_school_without_a_usable_position_is_kept_and_not_placed(
    boundaries: Mapping[int, BoundarySet], position: tuple[float | None, float | None], flags: str
) -> None:
    school = composed(boundaries, make_school("a", longitude=position[0], latitude=position[1]))["a"]

    assert (school["admin1"], school["flags"], school["latitude"]) == (None, flags, position[1])


@pytest.mark.parametrize(
    ("declared", "flags"),
    [("west", None), ("Запад", None), (WEST, None), ("Atlantis", None), ("East", "region_disagrees"), (EAST, "region_disagrees")],
)
def test_a_declared_region_that_names_another_one_is_flagged(
    boundaries: Mapping[int, BoundarySet], declared: str, flags: str | None
) -> None:
    school = composed(boundaries, at("a", 10.5, 50.2, admin1_declared=declared))["a"]

    assert (school["admin1"], school["flags"]) == (WEST, flags)


def test_a_declared_region_is_known_by_the_names_of_other_vintages_too(boundaries: Mapping[int, BoundarySet]) -> None:
    facts = make_facts_table(at("a", 10.5, 50.2, admin1_declared="Old East"), at("b", 10.5, 50.2, admin1_declared="Gone"))

    made = compose(facts, boundaries, norm=KZ, region_names=[(EAST, "Old East"), ("XA99", "Gone")])

    assert made.counts["region_disagrees"] == 1


def test_distance_to_the_nearest_connected_school_leaves_the_school_itself_out(boundaries: Mapping[int, BoundarySet]) -> None:
    schools = composed(
        boundaries,
        at("a", 10.5, 50.2, connectivity="yes"),
        at("b", 10.6, 50.2, connectivity="yes"),
        at("c", 10.6, 50.3, connectivity="no"),
        make_school("d", connectivity="no"),
    )

    assert schools["a"]["nearest_connected_km"] == schools["b"]["nearest_connected_km"] == pytest.approx(7.146, abs=0.01)
    assert schools["c"]["nearest_connected_km"] == pytest.approx(11.125, abs=0.01)
    assert schools["d"]["nearest_connected_km"] is None


def test_of_many_connected_schools_on_one_point_each_has_another_at_no_distance(boundaries: Mapping[int, BoundarySet]) -> None:
    schools = composed(boundaries, *(at(f"s{number}", 10.5, 50.2, connectivity="yes") for number in range(5)))

    assert {school["nearest_connected_km"] for school in schools.values()} == {0.0}


def test_a_lone_connected_school_has_no_nearest_other(boundaries: Mapping[int, BoundarySet]) -> None:
    schools = composed(boundaries, at("a", 10.5, 50.2, connectivity="yes"), at("b", 10.6, 50.2, connectivity="no"))

    assert schools["a"]["nearest_connected_km"] is None
    assert schools["b"]["nearest_connected_km"] == pytest.approx(7.146, abs=0.01)


@pytest.mark.parametrize(
    ("facts", "flags"),
    [
        ({"connectivity": "yes", "download_speed_declared_mbps": 0.0}, "yes_with_zero_speed"),
        ({"connectivity": "no", "download_speed_measured_mbps": 50.0}, "no_with_speed"),
        ({"connectivity": "no", "download_speed_measured_mbps": 0.0}, None),
        ({"connectivity": "unknown", "download_speed_measured_mbps": 0.0}, "unknown_with_speed"),
        ({"connectivity": "yes", "download_speed_declared_mbps": 100.0, "download_speed_measured_mbps": 8.0}, "speeds_disagree"),
        ({"connectivity": "yes", "download_speed_declared_mbps": 100.0, "download_speed_measured_mbps": 30.0}, None),
    ],
)
def test_speeds_that_do_not_fit_are_flagged_and_kept(
    boundaries: Mapping[int, BoundarySet], facts: dict[str, Any], flags: str | None
) -> None:
    school = composed(boundaries, at("a", 10.5, 50.2, **facts))["a"]

    assert school["flags"] == flags
    assert {name: school[name] for name in facts} == facts


def test_measured_speed_is_the_speed_where_known_and_its_basis_is_said(boundaries: Mapping[int, BoundarySet]) -> None:
    schools = composed(
        boundaries,
        make_school("a", download_speed_declared_mbps=100.0, download_speed_measured_mbps=8.0),
        make_school("b", download_speed_declared_mbps=100.0),
        make_school("c"),
    )

    speeds = {name: (school["download_speed_mbps"], school["download_speed_basis"]) for name, school in schools.items()}
    assert speeds == {"a": (8.0, "measured"), "b": (100.0, "declared"), "c": (None, None)}


def test_rows_lie_in_map_order_with_unplaced_schools_last(boundaries: Mapping[int, BoundarySet]) -> None:
    facts = make_facts_table(make_school("0"), at("ne", 11.9, 50.9), at("sw", 10.1, 50.1), at("sw2", 10.1, 50.1))

    table = compose(facts, boundaries, norm=KZ).table

    assert table["school_id"].to_pylist()[-1] == "0"
    assert table["school_id"].to_pylist().index("sw2") == table["school_id"].to_pylist().index("sw") + 1


def test_totals_count_every_school_and_every_flag(boundaries: Mapping[int, BoundarySet]) -> None:
    made = compose(
        make_facts_table(make_school("a", connectivity="no"), at("b", 10.5, 50.2, num_students_source="census")), boundaries, norm=KZ
    )

    assert (made.counts["schools"], made.counts["schools_unconnected"], made.counts["schools_unknown"]) == (2, 1, 1)
    assert made.counts["not_placed"] == 1
    assert made.sources == ("census",)


def test_no_school_makes_an_empty_release(boundaries: Mapping[int, BoundarySet]) -> None:
    assert compose(make_facts_table(), boundaries, norm=KZ).table.num_rows == 0
