"""The schools of a map: what is drawn, hidden and said, by mouse and by keys, of one tile and of many."""

from __future__ import annotations

import base64
import json
import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest
from playwright.sync_api import Page, Route

from geo.model import STATUSES
from geo.render.payload import TilePoints, encode_tile
from geo.tiles import Curve, TileAddress, curve_codes, ranks_of, tile_marks, world_cells
from tests.browser.visitor import Visitor

pytestmark = pytest.mark.browser

READY = "() => document.querySelector('.map[data-state=ready]') !== null"
SETTLED = "(zoom) => qosyl.maps[0].map.getZoom() === zoom && document.querySelector('.map[data-state=ready]') !== null"
SHOWN = "() => qosyl.maps[0].schools.layer.marks"
MANY = 40_000
WEST, SOUTH, EAST, NORTH = 50.0, 42.0, 86.0, 55.0
HOSTILE = "${document.title=7}`</script><img src=x onerror=document.title=7>"
WINDOWS = pytest.mark.parametrize(("width", "height"), [(1280, 800), (390, 844)], ids=["wide", "phone"])


def legend(page: Page) -> dict[str, int]:
    """Counts of the legend by status."""
    rows = page.locator(".legend li:has(input[data-status])")
    names = [row.locator("input").get_attribute("data-status") or "" for row in rows.all()]
    return {name: int(text.replace(",", "")) for name, text in zip(names, rows.locator(".count").all_inner_texts(), strict=True)}


def notes(page: Page) -> list[str]:
    """What the map says in its picture."""
    return page.locator(".map-notes li").all_inner_texts()


def number_in(words: str) -> int:
    """The only number of a sentence."""
    (found,) = re.findall(r"\d[\d,]*", words)
    return int(found.replace(",", ""))


def dataset(page: Page, name: str) -> int:
    """A number that the map states of itself."""
    return int(page.locator("#map_qosyl").get_attribute(f"data-{name}") or -1)


class ManySchools:
    """The tiles of 40,000 schools, made by the functions that the service makes them with."""

    def __init__(self) -> None:
        rng = np.random.default_rng(5)
        longitude, latitude = rng.uniform(WEST, EAST, MANY), rng.uniform(SOUTH, NORTH, MANY)
        order = np.argsort(curve_codes(longitude, latitude))
        self.curve = Curve(longitude[order], latitude[order])
        self.statuses = rng.choice(len(STATUSES), MANY, p=(0.04, 0.23, 0.03, 0.64, 0.06)).astype(np.int8)
        self.area_types = rng.integers(0, 3, MANY).astype(np.int8)
        self.asked: list[str] = []

    def answer(self, route: Route) -> None:
        """The tile that a request names, of the statuses that it names."""
        address = urlsplit(route.request.url)
        self.asked.append(route.request.url)
        zoom, column, row = (int(part) for part in address.path.removesuffix(".bin").split("/")[-3:])
        route.fulfill(
            body=self.tile(TileAddress(zoom, column, row), parse_qs(address.query).get("status")), content_type="application/octet-stream"
        )

    def tile(self, address: TileAddress, statuses: list[str] | None) -> bytes:
        """The bytes of one tile."""
        mask = None if statuses is None else np.isin(self.statuses, [STATUSES.index(status) for status in statuses[0].split(",")])  # type: ignore[arg-type]
        selection = self.curve.select(mask)
        marks = tile_marks(selection, address, ranks_of(self.statuses, self.area_types))
        columns, rows = world_cells(marks.codes)
        points = TilePoints(
            tile=(address.zoom, address.column, address.row),
            is_complete=marks.is_complete,
            columns=columns,
            rows=rows,
            statuses=self.statuses[marks.rows],
            area_types=self.area_types[marks.rows],
            is_flagged=np.zeros(len(marks), dtype=bool),
            counts=marks.counts,
            school_rows=marks.rows,
            placed=len(selection),
            not_placed=(0,) * len(STATUSES),
        )
        return encode_tile(points)


@pytest.fixture(scope="module")
def many() -> ManySchools:
    """Many schools, the same for all tests here."""
    return ManySchools()


@WINDOWS
def test_every_school_of_the_figures_is_drawn_or_said_to_have_no_position(visitor: Visitor, width: int, height: int) -> None:
    page = visitor.page
    page.set_viewport_size({"width": width, "height": height})
    drawn, not_placed = visitor.see_map()
    counts = legend(page)

    assert page.evaluate(SHOWN) == drawn
    assert drawn + not_placed == sum(counts.values())
    assert notes(page) == ["Synthetic data", f"{not_placed} schools have no position."]
    assert number_in(page.locator("[data-not-placed]").first.inner_text()) == not_placed

    page.locator("[name=area_type]").evaluate(
        "(choice) => { choice.value = 'rural'; choice.dispatchEvent(new Event('change', { bubbles: true })); }"
    )
    page.wait_for_url(re.compile("area_type=rural"))
    page.wait_for_function("(before) => Number(document.querySelector('.map').dataset.drawn) < before", arg=drawn)

    assert dataset(page, "drawn") + dataset(page, "not-placed") == sum(legend(page).values()) < sum(counts.values())
    left_out = sum(counts.values()) - sum(legend(page).values())
    assert f"The filter leaves out {left_out:,} schools." in notes(page)


def test_a_status_switched_off_is_hidden_said_so_and_kept_in_the_address(visitor: Visitor) -> None:
    page = visitor.page
    drawn, _ = visitor.see_map()

    page.locator("input[data-status=meets_norm]").uncheck()
    page.wait_for_function("() => location.hash.includes('hide=meets_norm')")
    hidden = number_in(next(line for line in notes(page) if line.startswith("Hidden by the legend")))

    assert 0 < hidden <= legend(page)["meets_norm"]
    assert page.evaluate(SHOWN) == drawn - hidden

    page.reload()
    page.wait_for_function(READY)

    assert not page.locator("input[data-status=meets_norm]").is_checked()
    assert page.evaluate(SHOWN) == drawn - hidden

    page.locator("input[data-status=meets_norm]").check()

    assert page.evaluate(SHOWN) == drawn
    assert not [line for line in notes(page) if "legend" in line]


def test_keys_move_the_map_open_the_school_in_its_middle_and_close_it(visitor: Visitor) -> None:
    page = visitor.page
    visitor.see_map("/#map=6/50.0/70.0")
    page.locator("#map_qosyl").focus()

    page.keyboard.press("ArrowRight")
    page.wait_for_function("() => location.hash !== '' && Number(location.hash.split('/')[2]) > 70.5")
    page.keyboard.press("Enter")
    page.locator(".card-link").wait_for()

    assert page.locator(".card-title").inner_text() != ""
    assert page.locator(".leaflet-popup-close-button").get_attribute("aria-label") == "Close"

    page.keyboard.press("Escape")
    page.locator(".leaflet-popup").wait_for(state="detached")
    page.keyboard.press("+")
    page.wait_for_function(SETTLED, arg=7)


@pytest.mark.parametrize("width", [320, 390])
def test_popup_on_a_phone_lies_within_the_map_and_beside_its_buttons(visitor: Visitor, width: int) -> None:
    page = visitor.page
    page.set_viewport_size({"width": width, "height": 844})
    long = {"name": "Қ" * 255, "place": "", "status": "unknown", "sentence": "", "facts": [["Жүктеп алу жылдамдығы", "1 000 Мбит/с"]]}
    page.route("**/school/*.json*", lambda route: route.fulfill(json=long))
    visitor.see_map()
    page.evaluate("""() => {
      const { schools, pointer, map, container } = qosyl.maps[0];
      const { worldX, worldY } = schools.layer._root;
      pointer.openMark({ row: 0, count: 1, kind: 0, worldX: worldX[0], worldY: worldY[0] });
      map.options.zoomAnimation = false;
    }""")
    page.get_by_text("Қ" * 255).wait_for()
    page.wait_for_function("() => !qosyl.maps[0].map._panAnim || !qosyl.maps[0].map._panAnim._inProgress")

    popup, box, zoom = (page.locator(one).bounding_box() for one in (".leaflet-popup", "#map_qosyl", ".leaflet-control-zoom"))
    assert popup
    assert box
    assert zoom
    assert popup["x"] + popup["width"] <= box["x"] + box["width"]
    assert popup["x"] >= zoom["x"] + zoom["width"]
    assert page.locator(".card-facts dd").bounding_box()["height"] < 50  # type: ignore[index]


def test_schools_without_a_position_are_switched_off_like_any_class(visitor: Visitor) -> None:
    page = visitor.page
    visitor.see_map()
    assert any("no position" in line for line in notes(page))

    page.locator("input[data-switch=not_placed]").uncheck()
    page.wait_for_function("() => location.hash.includes('hide=not_placed')")

    assert not any("no position" in line for line in notes(page))


def test_names_stay_text_in_hint_and_popup(visitor: Visitor) -> None:
    page = visitor.page
    card = {
        "name": HOSTILE,
        "place": HOSTILE,
        "status": "unknown",
        "sentence": HOSTILE,
        "facts": [[HOSTILE, HOSTILE]],
        "link": "x",
        "url": "/",
    }
    page.route("**/school/*.json*", lambda route: route.fulfill(json=card))
    visitor.see_map("/#map=6/50.0/70.0")
    place = page.evaluate("""() => {
      const { map, schools } = qosyl.maps[0];
      const root = schools.layer._root;
      map.setView(schools.layer.latLng({ worldX: root.worldX[0], worldY: root.worldY[0] }), 16, { animate: false });
      const box = map.getContainer().getBoundingClientRect();
      return [box.x + box.width / 2, box.y + box.height / 2];
    }""")
    title = page.title()

    page.mouse.move(place[0], place[1])
    page.locator(".map-tooltip .card-title").wait_for()
    hint = page.locator(".map-tooltip .card-title").inner_text()
    page.mouse.click(place[0], place[1])
    page.locator(".map-popup .card-title").wait_for()

    assert hint == page.locator(".map-popup .card-title").inner_text() == HOSTILE
    assert page.locator(".map-popup .card-facts dd").inner_text() == HOSTILE
    assert page.locator(".map img, .map script").count() == 0
    assert page.title() == title


def test_a_thinned_map_says_how_many_schools_its_marks_stand_for(visitor: Visitor, many: ManySchools) -> None:
    page = visitor.page
    page.route("**/points-*/**", many.answer)

    drawn, _ = visitor.see_map("/#map=3/48.5/68.0")

    assert drawn == MANY
    assert page.evaluate(SHOWN) < MANY
    assert page.evaluate("() => qosyl.maps[0].schools.layer._parts.reduce((sum, { tile }) => sum + tile.schools, 0)") == MANY
    largest = page.evaluate("() => Math.max(...qosyl.maps[0].schools.layer._parts.map(({ tile }) => tile.largest))")
    assert largest > 1
    assert f"1 mark = up to {largest} schools" in notes(page)

    x, y, count = page.evaluate("""() => {
      const { map, schools } = qosyl.maps[0];
      const { tile } = schools.layer._parts[0];
      const most = tile.counts.indexOf(tile.largest);
      map.setView(schools.layer.latLng({ worldX: tile.worldX[most], worldY: tile.worldY[most] }), 3, { animate: false });
      const { x, y } = map.getContainer().getBoundingClientRect();
      const at = { clientX: Math.round(x + map.getSize().x / 2), clientY: Math.round(y + map.getSize().y / 2) };
      return [at.clientX, at.clientY, schools.layer.hit(map.mouseEventToContainerPoint(at), 4).count];
    }""")
    page.mouse.click(x, y)

    assert count > 1
    assert page.locator(".map-popup .card-title").inner_text() == f"Schools at this mark: {count}"
    page.get_by_role("button", name="Zoom in here").click()
    page.wait_for_function(SETTLED, arg=5)


def test_tiles_are_asked_for_what_is_looked_at_until_one_is_complete(visitor: Visitor, many: ManySchools) -> None:
    page = visitor.page
    page.route("**/points-*/**", many.answer)
    many.asked.clear()
    visitor.see_map("/#map=3/48.5/68.0")
    first = len(many.asked)
    assert "/0/0/0.bin" in many.asked[0]

    page.evaluate("() => { qosyl.maps[0].map.setView([48.5, 68], 9, { animate: false }); }")
    page.wait_for_function(SETTLED, arg=9)
    complete = len(many.asked)
    page.evaluate("() => { qosyl.maps[0].map.setView([48.5, 68], 13, { animate: false }); }")
    page.wait_for_function(SETTLED, arg=13)
    page.evaluate("() => { qosyl.maps[0].map.setView([48.5, 68], 3, { animate: false }); }")
    page.wait_for_function(SETTLED, arg=3)

    assert first < complete == len(many.asked)
    assert len(set(many.asked)) == len(many.asked)


def test_a_status_switched_off_on_a_thinned_map_uncovers_what_its_marks_stood_for(visitor: Visitor, many: ManySchools) -> None:
    page = visitor.page
    page.route("**/points-*/**", many.answer)
    visitor.see_map("/#map=3/48.5/68.0")
    unconnected = int((many.statuses == STATUSES.index("unconnected")).sum())  # type: ignore[arg-type]

    page.locator("input[data-status=unconnected]").uncheck()
    page.wait_for_function("(count) => document.querySelector('.map').dataset.hidden === String(count)", arg=unconnected)
    page.wait_for_function(READY)

    assert f"Hidden by the legend: {unconnected:,}" in notes(page)
    assert page.evaluate("() => qosyl.maps[0].schools.layer._parts.reduce((sum, { tile }) => sum + tile.schools, 0)") == MANY - unconnected


def test_a_second_map_shows_embedded_schools_and_leaves_the_address_alone(visitor: Visitor, many: ManySchools) -> None:
    page = visitor.page
    visitor.see_map()
    few = ManySchools()
    few.curve = Curve(np.array([60.0, 70.0]), np.array([45.0, 50.0]))
    few.statuses, few.area_types = np.array([0, 4], dtype=np.int8), np.array([1, 0], dtype=np.int8)
    data = base64.b64encode(few.tile(TileAddress(0, 0, 0), None)).decode()
    card = {"name": HOSTILE, "status": "unknown", "sentence": "unknown", "facts": [], "link": "", "url": ""}
    view: dict[str, Any] = {"data": data, "cards": {"0": card, "1": card}}
    page.evaluate(
        """(points) => {
          const view = JSON.parse(document.getElementById("map-view").textContent);
          const json = document.createElement("script");
          json.type = "application/json";
          json.id = "other-view";
          json.textContent = JSON.stringify({ ...view, points: JSON.parse(points), focus: null });
          const box = document.createElement("div");
          box.className = "map";
          box.id = "other";
          document.querySelector("main").append(json, box);
          qosyl.start(L.map(box).setView([48, 66], 5, { animate: false }), null, "other-view");
        }""",
        json.dumps(view),
    )

    assert page.locator("#other").get_attribute("data-state") == "ready"
    assert page.locator("#other").get_attribute("data-drawn") == "2"
    assert page.evaluate("() => qosyl.maps.map((one) => one.schools.layer.marks)") == [dataset(page, "drawn"), 2]

    page.evaluate("() => { qosyl.maps[1].lookAt(50, 70, 6); }")
    page.locator("#other").focus()
    page.wait_for_function("() => qosyl.maps[1].map.getZoom() === 6")
    page.keyboard.press("Enter")
    page.locator("#other .card-title").wait_for()

    assert page.locator("#other .card-title").inner_text() == HOSTILE
    assert page.evaluate("() => location.hash") == ""


def test_the_map_jumps_for_people_who_want_less_motion(visitor: Visitor) -> None:
    page = visitor.page
    page.emulate_media(reduced_motion="reduce")
    visitor.see_map("/#map=5/48.0000/68.0000")

    page.get_by_role("button", name="Zoom in").click()

    assert page.evaluate("() => [qosyl.maps[0].map.getZoom(), Boolean(qosyl.maps[0].map._animatingZoom)]") == [6, False]
