"""Gates: which changes are asked about, on both sides of each threshold, and what a token confirms."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from geo.errors import GateNotConfirmed
from geo.model import GateCode, ImportMode
from geo.services.gates import Gate, confirm_token, gates_of, require_confirmation
from geo.services.impact import Impact
from geo.services.options import ImportOptions

OPTIONS = ImportOptions(source="ministry")


def figures(schools: int, connected: float | None = None, meets: float | None = None) -> dict[str, Any]:
    return {"schools": schools, "schools_connected_share": connected, "schools_meets_norm_share": meets}


def impact(before: int = 100, after: int = 100, *, regions: tuple[dict[str, Any], ...] = (), **counts: int) -> Impact:
    known = dict.fromkeys(("schools_added", "schools_removed", "schools_moved_far"), 0)
    total = {"before": figures(before), "after": figures(after)}
    return Impact(
        counts=known | counts, columns={}, total=total, regions=regions, area_types=(), regions_by_area_type=(), schools=(), schools_total=0
    )


def region(before: dict[str, Any] | None, after: dict[str, Any] | None, admin1: str | None = "XA10") -> dict[str, Any]:
    return {"admin1": admin1, "admin1_name": "West", "before": before, "after": after}


def codes(found: Impact, mode: ImportMode = ImportMode.UPDATE) -> list[GateCode]:
    return [gate.code for gate in gates_of(found, mode)]


def test_a_fifth_fewer_schools_is_no_gate_and_more_is() -> None:
    assert codes(impact(100, 80)) == []
    assert codes(impact(100, 79)) == [GateCode.FEWER_SCHOOLS]


def test_a_twentieth_of_the_schools_moving_far_is_no_gate_and_more_is() -> None:
    assert codes(impact(schools_moved_far=5)) == []
    assert codes(impact(schools_moved_far=6)) == [GateCode.SCHOOLS_MOVED]


@pytest.mark.parametrize("share", ["connected", "meets"])
@pytest.mark.parametrize(("before", "after", "is_gate"), [(0.5, 0.8, False), (0.5, 0.801, True), (0.9, 0.6, False), (0.9, 0.59, True)])
def test_a_share_may_move_by_thirty_points_in_a_region(share: str, before: float, after: float, is_gate: bool) -> None:
    found = impact(regions=(region(figures(50, **{share: before}), figures(50, **{share: after})),))

    assert codes(found) == ([GateCode.REGION_SHARE_MOVED] if is_gate else [])


@pytest.mark.parametrize(
    "moved",
    [
        region(figures(50, 0.1), figures(50, 0.9), admin1=None),
        region(figures(50, None), figures(50, 0.9)),
        region(figures(50, 0.1), None),
        region(None, figures(50, 0.9)),
    ],
    ids=["no region", "nothing was known", "region goes", "region is new"],
)
def test_a_share_that_is_no_regions_or_was_not_known_does_not_move(moved: dict[str, Any]) -> None:
    assert codes(impact(regions=(moved,))) == []


@pytest.mark.parametrize("mode", [ImportMode.REPLACE, ImportMode.REMOVE])
def test_replacing_and_removing_are_asked_about_whatever_they_change(mode: ImportMode) -> None:
    assert codes(impact(), mode) == [GateCode(mode.value)]


def test_regions_that_lose_most_schools_come_first() -> None:
    regions = (region(figures(10), figures(9), "A"), region(figures(10), figures(10), "B"), region(figures(30), None, "C"))

    (gate,) = gates_of(impact(100, 99, regions=regions), ImportMode.REMOVE)

    assert [(row["admin1"], row["schools_after"]) for row in gate.numbers["regions"]] == [("C", 0), ("A", 9)]


def test_a_token_confirms_one_file_with_its_options_and_numbers_and_nothing_else() -> None:
    gate = Gate(GateCode.REMOVE, {"schools_removed": 3})
    given = {"file_sha256": "a" * 64, "base_release_id": 4, "options": OPTIONS}

    tokens = [
        confirm_token([gate], **given),
        confirm_token([Gate(GateCode.REMOVE, {"schools_removed": 4})], **given),
        confirm_token([gate], **given | {"file_sha256": "b" * 64}),
        confirm_token([gate], **given | {"base_release_id": 5}),
        confirm_token([gate], **given | {"options": replace(OPTIONS, mode=ImportMode.REMOVE)}),
        confirm_token([gate], **given | {"options": replace(OPTIONS, source="region")}),
    ]

    assert len(set(tokens)) == len(tokens)
    assert tokens[0] == confirm_token([gate], **given)
    assert confirm_token([], **given) is None


def test_without_the_right_token_the_numbers_are_told() -> None:
    gates = [{"code": "remove", "numbers": {"schools_removed": 3}}]

    require_confirmation(1, [], None, None)
    require_confirmation(1, gates, "token", "token")
    with pytest.raises(GateNotConfirmed, match="other numbers") as refused:
        require_confirmation(1, gates, "token", "other")

    assert (refused.value.gates, refused.value.confirm_token) == (tuple(gates), "token")
