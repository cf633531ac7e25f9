"""Two releases side by side, and figures over releases: pages, their files, and the API."""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator

import numpy as np
import pytest
from flask import Flask
from flask.testing import FlaskClient

from app import create_app
from geo.config import Settings
from geo.model import Basis, Grouping, ReleaseKind, Role, View, where
from geo.render.change_marks import CHANGE_MARKS
from geo.render.change_payload import GRAIN, HEADER, MAX_MARKS, WORLD_STEPS, ChangePoints, encode_changes, thinned
from geo.render.still_changes import NOT_SURE
from geo.services.comparison import Compared, Verdict, compared, share_change
from geo.services.coverage import coverage_answer
from geo.services.keys import create_key
from geo.services.publishing import Draft, composed, current_release, publish
from geo.services.school_changes import CHANGE_KINDS, changed_schools
from geo.services.withdrawals import withdraw_release
from geo.services.workspace import Workspace
from geo.web.current import WORKSPACE
from geo.web.pages.compare import region_moves
from tests.builders import make_facts_table, make_school
from tests.services.builders import EAST, WEST, load_regions

HOSTILE = "</script><img src=x onerror=alert(1)>"
CURRENT = View()
FAST = {"download_speed_declared_mbps": 100.0, "num_students": 100}


def place(longitude: float) -> dict[str, float]:
    return {"longitude": longitude, "latitude": 50.5}


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """Release 1: five schools. Release 2: one connected, one lost, one silent, one moved, one gone, one new, boundaries for all."""
    directory = tmp_path_factory.mktemp("compare")
    app = create_app(Settings(data_dir=directory / "data", secret_key="x" * 40, load_demo=False, testing=True))
    workspace = app.extensions[WORKSPACE]
    workspace.catalog.migrate()
    rural = {"school_area_type": "rural"}
    before = [
        make_school("CONNECTED", connectivity="no", **rural, **place(10.1)),
        make_school("LOST", connectivity="yes", **rural, **FAST, **place(10.2)),
        make_school("SILENT", connectivity="yes", **FAST, **place(10.3)),
        make_school("MOVED", connectivity="yes", **FAST, **place(10.4)),
        make_school("GONE", connectivity="no", school_name=HOSTILE, **place(11.5)),
        make_school("KNOWN", connectivity="unknown"),
        make_school("SAME", connectivity="yes", **FAST, **place(11.6)),
    ]
    after = [
        make_school("CONNECTED", connectivity="yes", **rural, **FAST, **place(10.1)),
        make_school("LOST", connectivity="no", **rural, **place(10.2)),
        make_school("SILENT", connectivity="unknown", **place(10.3)),
        make_school("MOVED", connectivity="yes", **FAST, **place(11.4)),
        make_school("NEW", connectivity="no", school_name=HOSTILE, **place(11.7)),
        make_school("KNOWN", connectivity="yes"),
        make_school("SAME", connectivity="yes", **FAST, **place(11.6)),
    ]
    boundaries = {"admin1": load_regions(workspace, directory).id}
    for schools, placed in ((before, {}), (before, boundaries), (after, boundaries)):
        draft = Draft(current_release(workspace), ReleaseKind.IMPORT, placed, "for a test", None)
        publish(workspace, draft, composed(workspace, make_facts_table(*schools), placed))
    yield app
    workspace.close()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def workspace(app: Flask) -> Workspace:
    return app.extensions[WORKSPACE]


def pair(workspace: Workspace, view: View = CURRENT, first: int = 2, by: tuple[Grouping, ...] = ()) -> Compared:
    return compared(workspace, view, workspace.release(first), by=by)


def test_each_kind_of_change_counts_every_school_it_holds_for(workspace: Workspace) -> None:
    changes = pair(workspace).changes

    assert changes.counts == {
        "lost_connection": 1,
        "gone_silent": 1,
        "removed": 1,
        "newly_connected": 2,
        "added": 1,
        "moved": 1,
        "status_changed": 4,
    }
    assert len(changes) == 7
    assert changes.newly_known == 1


def test_changed_schools_are_listed_with_what_happened_first_to_last(workspace: Workspace) -> None:
    listed = {school.school_id: school for school in changed_schools(pair(workspace).changes)}

    assert list(listed) == ["LOST", "SILENT", "GONE", "CONNECTED", "KNOWN", "NEW", "MOVED"]
    assert listed["CONNECTED"].kinds == ("newly_connected", "status_changed")
    assert (listed["GONE"].status_before, listed["GONE"].status_after) == ("unconnected", None)
    assert (listed["NEW"].status_before, listed["NEW"].status_after) == (None, "unconnected")
    assert set(CHANGE_MARKS) == set(CHANGE_KINDS)


def test_a_comparison_backwards_swaps_what_came_and_went(workspace: Workspace) -> None:
    counts = pair(workspace, View(release_id=2), first=3).changes.counts

    assert (counts["added"], counts["removed"], counts["lost_connection"]) == (1, 1, 1)
    assert counts["newly_connected"] == 2  # LOST and SILENT were connected then


def test_a_filter_takes_schools_that_it_selects_on_either_side(workspace: Workspace) -> None:
    found = pair(workspace, View(where=where(status=("unconnected",))), by=(Grouping.ADMIN1,))

    assert {school.school_id for school in changed_schools(found.changes)} == {"CONNECTED", "LOST", "GONE", "NEW"}
    assert found.total.difference("schools") == 0


def test_both_sides_of_a_comparison_are_what_coverage_gives(workspace: Workspace) -> None:
    found = pair(workspace, View(norm="giga-5"), by=(Grouping.ADMIN1,))

    for release_id, side in ((2, "before"), (3, "after")):
        answer = coverage_answer(workspace, View(release_id, "giga-5"), (Grouping.ADMIN1,))
        assert getattr(found.total, side) == answer.total
        assert [row for each in found.rows if (row := getattr(each, side))] == list(answer.rows)


def test_a_region_that_one_release_does_not_know_has_no_figures_there(workspace: Workspace) -> None:
    found = pair(workspace, View(where=where(admin1=(EAST,))), first=1)

    assert found.total.before is None
    assert found.total.after["schools"] == 3
    assert found.total.change("schools_meets_norm").verdict is Verdict.UNKNOWN
    assert found.is_redrawn


def share(value: float | None, lower: float | None, upper: float | None) -> dict[str, float | None]:
    return {"schools_connected_share": value, "schools_connected_share_lower": lower, "schools_connected_share_upper": upper}


@pytest.mark.parametrize(
    ("before", "after", "verdict"),
    [
        (share(0.5, 0.4, 0.6), share(0.8, 0.7, 0.9), Verdict.ROSE),
        (share(0.8, 0.7, 0.9), share(0.5, 0.4, 0.6), Verdict.FELL),
        (share(0.5, 0.4, 0.6), share(0.7, 0.6, 0.8), Verdict.UNSURE),
        (share(0.5, 0.4, 0.6), share(0.5, 0.4, 0.6), Verdict.SAME),
        (share(0.5, 0.5, 0.5), share(0.5, 0.4, 0.6), Verdict.UNSURE),
        (share(None, 0.0, 1.0), share(0.9, 0.9, 0.9), Verdict.UNSURE),
        (share(None, None, None), share(0.9, 0.9, 0.9), Verdict.UNKNOWN),
    ],
    ids=["above", "below", "touching", "equal", "wider", "nothing-known", "no-school"],
)
def test_a_share_surely_changed_only_where_its_bounds_do_not_overlap(before, after, verdict) -> None:
    assert share_change(before, after, "schools_connected").verdict is verdict


def test_the_page_names_both_releases_and_one_norm_and_shows_exact_counts(client: FlaskClient) -> None:
    text = client.get("/compare").text

    assert "<h1>Release 2 and release 3</h1>" in text
    assert "7 schools differ between the two releases." in text
    assert "Both releases are counted under the norm kz-2023" in text
    assert re.search(r'data-switch="newly_connected".*?<span class="count">2</span>', text)
    assert "1 school had not been reported on before" in text
    assert HOSTILE not in text
    assert 'src="/map/2-' in text.split("<noscript>")[1]


@pytest.mark.parametrize(
    ("query", "listed"),
    [("change=moved", {"MOVED"}), ("change=added,removed", {"NEW", "GONE"}), ("area_type=rural", {"CONNECTED", "LOST"}), ("page=9", None)],
)
def test_the_list_shows_the_changes_that_are_asked_for(client: FlaskClient, query: str, listed: set[str] | None) -> None:
    text = client.get(f"/compare?from=2&to=3&{query}").text

    found = set(re.findall(r'<th scope="row"><a href="/schools/(\w+)', text))
    assert found == (listed or {"CONNECTED", "LOST", "SILENT", "MOVED", "GONE", "KNOWN", "NEW"})


def test_schools_that_are_gone_are_linked_in_the_release_that_has_them(client: FlaskClient) -> None:
    (address,) = re.findall(r'href="(/schools/GONE[^"]*)"', client.get("/compare").text)

    assert address == "/schools/GONE?release=2"
    assert client.get(address).status_code == 200


def test_the_first_release_has_nothing_to_be_compared_with(client: FlaskClient) -> None:
    assert "There is no release before release 1" in client.get("/compare?to=1").text
    assert client.get("/api/v1/coverage/compare?to=1").status_code == 404


@pytest.mark.parametrize(
    ("query", "code"), [("from=2&to=2", "invalid_from"), ("release=2", "unknown_parameter"), ("change=worse", "invalid_change")]
)
def test_what_cannot_be_compared_is_refused(client: FlaskClient, query: str, code: str) -> None:
    answer = client.get(f"/compare?{query}", headers={"Accept": "application/json"})

    assert (answer.status_code, answer.json["code"]) == (400, code)


def test_the_layer_holds_every_placed_change_where_it_is_and_was(client: FlaskClient, workspace: Workspace) -> None:
    tags = [workspace.release(number).tag for number in (2, 3)]

    answer = client.get(f"/map/{tags[0]}/changes-1/{tags[1]}.bin?norm=kz-2023")

    magic, version, count, moved, most = HEADER.unpack(answer.data[: HEADER.size])
    assert (magic, version, count, moved, most) == (b"QSCH", 1, 6, 1, 1)
    assert "immutable" in answer.headers["Cache-Control"]
    columns = np.frombuffer(answer.data[HEADER.size : HEADER.size + 4 * (4 * count + 3)], dtype="<u4")
    longitudes = columns[:count] / WORLD_STEPS * 360 - 180
    assert np.sort(longitudes) == pytest.approx([10.1, 10.2, 10.3, 11.4, 11.5, 11.7], abs=360 * GRAIN / WORLD_STEPS)
    (index, former_x, _) = columns[4 * count :]
    assert longitudes[index] == pytest.approx(11.4, abs=1e-4)
    assert former_x / WORLD_STEPS * 360 - 180 == pytest.approx(10.4, abs=1e-4)


def test_too_many_changes_are_gathered_in_marks_that_say_how_many_they_stand_for() -> None:
    count = MAX_MARKS + 1
    places = np.linspace(50.0, 80.0, count)
    nowhere = np.full(count, np.nan)
    points = ChangePoints(places, places / 2, nowhere, nowhere, np.arange(count), np.ones(count, dtype=np.uint8))

    drawn = thinned(points)

    assert len(drawn.points.kinds) <= MAX_MARKS
    assert drawn.counts.sum() == count
    assert struct.unpack_from("<I", encode_changes(drawn), 16) == (drawn.most,)


def test_the_still_picture_has_a_mark_for_each_change_and_carries_its_colours(client: FlaskClient, workspace: Workspace) -> None:
    tags = [workspace.release(number).tag for number in (2, 3)]

    text = client.get(f"/map/{tags[0]}/changes/{tags[1]}.svg").text

    assert text.count("<use ") == 6
    assert "style" not in text
    assert ('fill="#5B8FC7"' in text, 'fill="#E0A25A"' in text) == (True, True)  # East surely rose, West surely fell


def test_the_interface_gives_both_sides_and_their_difference(client: FlaskClient) -> None:
    found = client.get("/api/v1/coverage/compare?by=admin1&from=2").json

    assert (found["from"]["id"], found["to"]["id"], found["by"]) == (2, 3, ["admin1"])
    total = found["total"]
    assert total["difference"]["schools_unconnected"] == total["to"]["schools_unconnected"] - total["from"]["schools_unconnected"]
    assert total["difference"]["schools_meets_norm_verdict"] == "unsure"
    assert [row["admin1"] for row in found["rows"]] == ["XA10", "XA20", None]
    assert found["changes"]["schools_changed"] == 7
    assert found["changes"]["schools_newly_connected_not_reported_before"] == 1


def test_the_trend_of_the_interface_pages_back_and_names_what_it_lacks(client: FlaskClient) -> None:
    found = client.get(f"/api/v1/coverage/trend?admin1={EAST}&limit=2").json
    older = client.get(found["next"]).json

    assert [(row["release"], row["schools"], row["boundaries_changed"]) for row in found["rows"]] == [(2, 2, False), (3, 3, False)]
    assert (older["rows"], older["without_place"], older["next"]) == ([], [1], None)


def test_the_trend_comes_as_csv_of_the_same_rows(client: FlaskClient) -> None:
    lines = client.get("/api/v1/coverage/trend?f=csv").text.splitlines()

    assert lines[0].startswith("\ufeffrelease,sha256,published_at,boundaries_admin1,boundaries_admin2,boundaries_changed,norm,schools,")
    assert [line.split(",")[0] for line in lines[1:]] == ["1", "2", "3"]


def test_a_region_is_coloured_by_its_move_only_where_that_is_sure(workspace: Workspace) -> None:
    def move(view: View) -> str:
        return region_moves(pair(workspace, view, by=(Grouping.ADMIN1,)), "schools")[WEST]

    assert move(View()) == "change-down-2"
    assert move(View(norm="giga-5", basis=Basis.MEASURED)) == NOT_SURE  # nobody measured


def test_the_page_of_a_place_steps_through_releases_and_tells_them_as_a_table(client: FlaskClient) -> None:
    text = client.get("/?release=2&count=students").text
    line = text.split('data-live-part="timeline"')[1].split("</section>")[0]

    assert re.search(r'rel="prev" href="/\?release=1&amp;count=students"', line)
    assert re.search(r'rel="next" href="/\?count=students"', line)
    assert re.search(r'href="/compare\?count=students[^"]*"|href="/compare\?norm=kz-2023&amp;from=1&amp;to=2"', line)
    table = text.split('id="trend-table"')[1]
    assert re.findall(r'data-live-key="trend-(\d)"', table) == ["3", "2", "1"]
    assert "The boundaries of regions changed with release 2" in text


def test_a_region_tells_which_releases_do_not_have_it(client: FlaskClient) -> None:
    text = client.get(f"/regions/{EAST}").text

    assert "The boundaries of release 1 do not have this place." in text
    assert text.count('class="trend-dot"') == 2  # release 2 in both charts; release 3 is the one shown


def test_the_list_of_releases_reads_like_a_history(client: FlaskClient) -> None:
    text = client.get("/releases").text

    assert re.search(r'href="/compare\?from=2&amp;to=3">Compare with release 2<', text)
    assert text.count("of schools meet the norm") == 3


def test_a_withdrawn_release_leaves_comparison_and_trend_at_once(client: FlaskClient, workspace: Workspace) -> None:
    page = client.get("/")
    tags = [workspace.release(number).tag for number in (2, 3)]
    key = create_key(workspace, name="somebody", role=Role.ADMIN)[1]
    withdraw_release(workspace, 2, reason="held names of children", actor=key)

    again = client.get("/", headers={"If-None-Match": page.headers["ETag"]})

    assert again.status_code == 200
    assert "Release 2 was withdrawn and is left out." in again.text
    assert "<h1>Release 1 and release 3</h1>" in client.get("/compare").text
    pages = ("/", "/embed", "/map.png", "/map.svg", "/offline.zip", "/search", "/search.json")
    answers = ("search?q=W&", "tiles/schools.json?", "tiles/schools/0/0/0.mvt?", "coverage/trend?", "coverage?f=xlsx&")
    files = ("points-2/0/0/0.bin", "hexagons-1/hexagons_large.json", "hexagons-1/hexagons_large/0.json", "districts.json", "still.svg")
    for path in (
        "/compare?from=2",
        "/compare?to=2",
        "/api/v1/coverage/compare?from=2",
        *(f"{page}?release=2" for page in pages),
        *(f"/api/v1/{answer}release=2" for answer in answers),
        *(f"/map/{tags[0]}/{name}" for name in (*files, "school/0.json", f"changes-1/{tags[1]}.bin", f"changes/{tags[1]}.svg")),
        f"/map/{tags[1]}/changes-1/{tags[0]}.bin",
    ):
        assert client.get(path).status_code == 410, path


def test_comparison_names_its_filter_and_whose_share_it_tells(client: FlaskClient) -> None:
    text = client.get("/compare?from=1&to=3&enrolment=0-&count=students&lang=en").text

    assert "Only: Number of students: 0 and more." in text
    assert "Share of students in schools that meet the norm:" in text
