"""Figures by hexagon are those of coverage: every school counts once, in its hexagon or as not placed."""

import numpy as np
import pytest

from geo.errors import NotFound
from geo.model import Areas, View, where
from geo.services import hexagons
from geo.services.coverage import coverage_answer
from geo.services.hexagons import SIZES, hexagon_coverage
from tests.builders import make_school
from tests.services.builders import load_regions, open_empty, publish_csv
from tests.web.published import publish_schools

HEADING = "school_id_govt,school_name,latitude,longitude,school_area_type,num_students,connectivity,download_speed_mbps\n"
AREA_TYPES, ANSWERS = ("urban", "rural", "unknown"), ("yes", "no", "unknown")


def scattered(count=300):
    random = np.random.default_rng(7)
    rows = [
        f"s{at},School {at},{50 + random.random():.5f},{10 + 2 * random.random():.5f},{AREA_TYPES[at % 3]},{at % 400 or ''},"
        f"{ANSWERS[at % 7 % 3]},{at % 60 if at % 7 % 3 == 0 else ''}\n"
        for at in range(count)
    ]
    return HEADING + "".join(rows) + "p1,Placeless,,,rural,50,no,\np2,Null Island,0,0,rural,60,no,\n"


@pytest.fixture(scope="module")
def workspace(tmp_path_factory):
    directory = tmp_path_factory.mktemp("hexagons")
    with open_empty(directory) as opened:
        load_regions(opened, directory)
        publish_csv(opened, scattered())
        yield opened


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("terms", [{}, {"area_type": ("rural",)}, {"status": ("unknown",)}], ids=["all", "rural", "unknown"])
def test_hexagons_and_schools_without_position_sum_to_the_coverage_of_all(workspace, size, terms):
    view = View(where=where(**terms))
    total = coverage_answer(workspace, view).total.figures

    found = hexagon_coverage(workspace, view, size)

    columns = found.table.figures()
    sums = {name: sum(columns[name]) for name in total if not name.endswith(("share", "points", "_lower", "_upper"))}
    assert sums == {name: total[name] for name in sums}
    assert found.total == total["schools"]
    assert found.figures["schools"].sum() + found.not_placed == total["schools"]


def test_figures_of_a_hexagon_are_those_of_its_schools(workspace):
    found = hexagon_coverage(workspace, View(), Areas.HEXAGONS_LARGE)
    columns = found.shown.opened.columns
    placed = np.isfinite(columns.latitude) & ((columns.latitude != 0) | (columns.longitude != 0))
    keys = found.grid.keys_of(columns.longitude[placed], columns.latitude[placed])

    for position, key in enumerate(found.keys.tolist()):
        row = found.row(position)
        statuses = found.shown.opened.statuses(found.shown.norm, found.shown.basis)[placed][keys == key]
        assert row["schools"] == (keys == key).sum()
        assert row["schools_unconnected"] == (statuses == 0).sum()
        assert row["schools_connected_share_lower"] == pytest.approx(np.isin(statuses, (1, 2, 3)).mean())


def test_releases_of_one_country_share_a_grid(workspace):
    before = hexagon_coverage(workspace, View(), Areas.HEXAGONS_SMALL)

    publish_csv(workspace, HEADING + "far,Far away,50.9,11.9,rural,10,no,\n")

    after = hexagon_coverage(workspace, View(), Areas.HEXAGONS_SMALL)
    assert after.shown.release.id != before.shown.release.id
    assert after.grid == before.grid


def test_schools_on_both_sides_of_the_antimeridian_share_a_hexagon(tmp_path):
    with open_empty(tmp_path) as workspace:
        publish_schools(workspace, make_school("A", latitude=-17.0, longitude=179.99), make_school("B", latitude=-17.0, longitude=-179.99))

        found = hexagon_coverage(workspace, View(), Areas.HEXAGONS_LARGE)

        assert found.figures["schools"].tolist() == [2]


def test_release_of_no_placed_school_has_no_hexagon_and_counts_it_all_the_same(tmp_path):
    with open_empty(tmp_path) as workspace:
        publish_schools(workspace, make_school("A"))

        found = hexagon_coverage(workspace, View(), Areas.HEXAGONS_SMALL)

        assert (len(found.keys), found.not_placed, found.total) == (0, 1, 1)
        assert found.corners.shape == (0, 6, 2)
        with pytest.raises(NotFound, match="0 hexagons"):
            found.row(0)


def test_all_three_sizes_grow_until_the_small_ones_are_few_enough_to_draw(workspace, monkeypatch):
    monkeypatch.setattr(hexagons, "MOST_HEXAGONS", 5)
    opened = workspace.opened(workspace.release())

    small, medium, large = (hexagons._placed(workspace, opened, area_km2) for area_km2 in SIZES.values())

    assert len(small.keys) <= 5
    assert small.grid.area_km2 > min(SIZES.values())
    assert (medium.grid.area_km2, large.grid.area_km2) == (4 * small.grid.area_km2, 16 * small.grid.area_km2)
