"""Figures over releases: each release counted under one norm, once, and never a withdrawn one."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from geo.config import Settings
from geo.errors import InvalidParameter
from geo.model import Basis, Grouping, Key, ReleaseKind, ReleaseRecord, Role, View, where
from geo.services.coverage import coverage_answer
from geo.services.keys import create_key
from geo.services.opened import Memory
from geo.services.publishing import Draft, composed, current_release, publish
from geo.services.regions import apply_boundaries
from geo.services.releases import undo_release
from geo.services.trend import trend
from geo.services.withdrawals import withdraw_release
from geo.services.workspace import Workspace, open_workspace
from tests.builders import make_facts_table, make_school
from tests.services.builders import EAST, WEST, load_regions, open_empty

PLACE = {"longitude": 10.5, "latitude": 50.5}
BEYOND = {"longitude": 11.5, "latitude": 50.5}


def published(workspace: Workspace, *schools: dict, boundaries: dict[str, int] | None = None) -> ReleaseRecord:
    draft = Draft(current_release(workspace), ReleaseKind.IMPORT, boundaries or {}, "for a test", None)
    return publish(workspace, draft, composed(workspace, make_facts_table(*schools), boundaries or {}))


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Release 1 without boundaries; 2 and 3 with two regions; what is connected grows. To be copied."""
    directory = tmp_path_factory.mktemp("trend")
    with open_empty(directory) as opened:
        west = make_school("W", connectivity="no", school_area_type="rural", **PLACE)
        published(opened, west)
        boundaries = {"admin1": load_regions(opened, directory).id}
        east = make_school("E", connectivity="yes", download_speed_declared_mbps=10.0, num_students=100, **BEYOND)
        published(opened, west, east, boundaries=boundaries)
        published(opened, west | {"connectivity": "yes", "download_speed_declared_mbps": 30.0}, east, boundaries=boundaries)
    return directory


@pytest.fixture
def workspace(made: Path, tmp_path: Path) -> Iterator[Workspace]:
    shutil.copytree(made / "var", tmp_path / "var")
    with open_workspace(Settings(data_dir=tmp_path / "var")) as opened:
        yield opened


def admin(workspace: Workspace) -> Key:
    return create_key(workspace, name="somebody", role=Role.ADMIN)[1]


@pytest.mark.parametrize(
    "view",
    [
        View(),
        View(norm="giga-5"),
        View(norm="8", basis=Basis.DECLARED),
        View(where=where(area_type=("rural",))),
        View(where=where(status=("meets_norm", "below_norm"))),
    ],
    ids=["all", "named-norm", "plain-norm", "rural", "by-status"],
)
def test_each_release_of_a_trend_has_the_figures_that_coverage_gives_for_it(workspace: Workspace, view: View) -> None:
    points = trend(workspace, view).points

    assert [point.release.id for point in points] == [1, 2, 3]
    for point in points:
        own = View(point.release.id, view.norm, view.basis, view.where)
        assert point.figures == coverage_answer(workspace, own).total


def test_a_region_has_figures_only_where_the_boundaries_know_it(workspace: Workspace) -> None:
    points = trend(workspace, View(where=where(admin1=(EAST,)))).points

    assert points[0].figures is None
    assert [point.figures["schools"] for point in points[1:] if point.figures] == [1, 1]
    assert [point.is_redrawn for point in points] == [False, True, False]


def test_regions_add_up_to_the_country(workspace: Workspace) -> None:
    both = trend(workspace, View(where=where(admin1=(EAST, WEST, "none")))).points

    assert [point.figures for point in both][1:] == [point.figures for point in trend(workspace, View()).points][1:]


def test_a_region_that_no_release_knows_is_refused(workspace: Workspace) -> None:
    with pytest.raises(InvalidParameter, match="'admin1' has no 'XA99'"):
        trend(workspace, View(where=where(admin1=("XA99", EAST))))


def test_withdrawn_releases_are_left_out_and_named(workspace: Workspace) -> None:
    trend(workspace, View())
    withdraw_release(workspace, 2, reason="held names", actor=admin(workspace))

    found = trend(workspace, View())

    assert [point.release.id for point in found.points] == [1, 3]
    assert found.withdrawn == (2,)


def test_a_trend_ends_with_the_release_of_its_view_and_says_where_it_began(workspace: Workspace) -> None:
    found = trend(workspace, View(release_id=2), limit=1)

    assert [point.release.id for point in found.points] == [2]
    assert found.older == 2
    assert trend(workspace, View(release_id=found.older - 1)).older is None


def test_what_was_counted_once_is_not_counted_again(workspace: Workspace, tmp_path: Path) -> None:
    counted = trend(workspace, View(norm="giga-20")).points
    for directory in ("releases", "cache/releases"):
        for path in (workspace.settings.data_dir / directory).iterdir():
            path.unlink()

    with open_workspace(workspace.settings) as other:
        assert trend(other, View(norm="giga-20")).points == counted
        assert len(trend(other, View(norm="kz-2023", where=where(admin1=(WEST,)))).points) == 3


def test_a_page_opens_no_more_schools_than_its_budget_and_the_next_one_goes_on(workspace: Workspace) -> None:
    view = View(where=where(status=("meets_norm",)))

    lengths = [len(trend(workspace, view, budget=2).points) for _ in range(3)]

    assert lengths == [2, 3, 3]  # release 3 is open anyway, release 2 has two schools, release 1 has one
    assert trend(workspace, View(norm="7"), budget=0).older == 3


def test_an_undone_release_stays_in_the_trend_with_what_it_held(workspace: Workspace) -> None:
    undo_release(workspace, 3, actor=admin(workspace))

    points = trend(workspace, View()).points

    assert points[3].figures == points[1].figures != points[2].figures


def test_unconnected_rural_schools_may_be_among_those_of_unknown_area_type(workspace: Workspace) -> None:
    areas = {"rural": ("no", "unknown", "yes"), "unknown": ("no", "unknown", "yes"), "urban": ("no", "unknown")}
    pairs = [(area, connectivity) for area, words in areas.items() for connectivity in words]
    published(workspace, *(make_school(f"{at}", school_area_type=area, connectivity=word) for at, (area, word) in enumerate(pairs)))

    point = trend(workspace, View()).points[-1]

    assert point.figures is not None
    assert point.figures["schools_unconnected_rural"] == 1
    assert (point.rural_unknown["schools"], point.maybe_unconnected_rural["schools"]) == (1, 3)


def test_new_boundaries_are_marked_where_they_begin(workspace: Workspace, tmp_path: Path) -> None:
    load_regions(workspace, tmp_path, vintage="2024")
    apply_boundaries(workspace)

    assert [point.is_redrawn for point in trend(workspace, View()).points] == [False, True, False, True]
    assert Grouping.ADMIN1.value in current_release(workspace).vintages


def test_answers_that_weigh_more_push_out_more_of_those_before_them() -> None:
    memory = Memory(100, weigh=len)
    for key, weight in (("a", 40), ("b", 40), ("b", 40), ("c", 30)):
        memory.get(key, lambda weight=weight: bytes(weight))

    assert [key in memory for key in "abc"] == [False, True, True]
    memory.get("large", lambda: bytes(101))
    assert not any(key in memory for key in ("b", "c", "large"))
