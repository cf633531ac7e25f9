"""Releases over time in a browser: two maps that look at the same place, marks that are switched, and a time line that plays."""

from __future__ import annotations

import re

from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import Service
from tests.browser.visitor import Visitor

PLACES = "qosyl.maps.map(({ map }) => [map.getZoom(), map.getCenter().lat.toFixed(3), map.getCenter().lng.toFixed(3)].join())"


def compared(visitor: Visitor) -> Page:
    """The comparison of two releases, once both of its maps are drawn."""
    visitor.go("/compare?from=1&to=2")
    page = visitor.page
    differ, unplaced = (int(re.findall(r"[\d,]+(?= (?:changed )?schools)", text)[0].replace(",", "")) for text in _told(page))
    for number in (1, 2):
        expect(page.locator(f"#compare-map-{number}")).to_have_attribute("data-state", "ready")
        expect(page.locator(f"#compare-map-{number}")).to_have_attribute("data-changes", str(differ - unplaced))
    return page


def _told(page: Page) -> tuple[str, str]:
    return page.locator(".lead").inner_text(), page.locator(".compare-legend p", has_text="no position").inner_text()


def settled(page: Page, condition: str) -> None:
    """Wait until something holds of `places`, what the maps look at."""
    page.wait_for_function(f"() => {{ const places = {PLACES}; return {condition}; }}")


def test_both_maps_of_a_comparison_look_where_one_of_them_is_steered(visitor: Visitor) -> None:
    page = compared(visitor)

    first = page.evaluate(PLACES)
    page.locator("#compare-map-1").press("+")
    settled(page, f"places[0] === places[1] && places[0] !== '{first[0]}'")
    nearer = page.evaluate(PLACES)
    page.locator("#compare-map-2").press("ArrowRight")
    settled(page, f"places[0] === places[1] && places[0] !== '{nearer[0]}'")
    place = page.locator("a[data-place]").first
    place.click()

    zoom, latitude, longitude = (place.get_attribute("data-place") or "").split("/")
    settled(page, f"places.every((one) => one === '{zoom},{float(latitude):.3f},{float(longitude):.3f}')")


def test_switches_of_the_legend_take_marks_off_both_maps(visitor: Visitor) -> None:
    page = compared(visitor)

    for kind in ("newly_connected", "status_changed"):
        page.locator(f"input[data-switch={kind}]").uncheck()

    for number in (1, 2):
        expect(page.locator(f"#compare-map-{number}")).to_have_attribute("data-changes", "0")


def test_the_time_line_steps_by_keys_and_plays_to_the_newest_release(visitor: Visitor) -> None:
    visitor.go("/?release=1")
    page = visitor.page
    shown = page.locator(".timeline-shown strong")

    page.locator(".timeline a[rel=next]").press("Enter")
    expect(shown).to_have_text("Release 2")
    page.keyboard.press("ArrowLeft")
    expect(shown).to_have_text("Release 1")
    play = page.locator(".timeline-play")
    play.press("Enter")
    expect(shown).to_have_text("Release 2")

    expect(play).to_contain_text("Play")
    expect(play).to_be_focused()
    assert "release=" not in page.url


def test_nothing_plays_for_people_who_ask_for_reduced_motion(browser: Browser, service: Service) -> None:
    with browser.new_context(base_url=service.address, reduced_motion="reduce") as context:
        page = context.new_page()
        page.goto("/")
        page.locator(".map[data-state=ready]").wait_for()

        expect(page.locator(".timeline a[rel=prev]")).to_be_visible()
        expect(page.locator(".timeline-play")).to_be_hidden()


def test_without_a_script_a_comparison_has_figures_list_and_picture(browser: Browser, service: Service) -> None:
    with browser.new_context(base_url=service.address, java_script_enabled=False) as context:
        page = context.new_page()
        page.goto("/compare?from=1&to=2")

        expect(page.locator("table.compared tbody tr").first).to_contain_text("All")
        expect(page.locator("a[data-place]")).to_have_count(100)
        expect(page.locator(".compare-still")).to_be_visible()
        expect(page.locator("#compare-map-1")).to_be_hidden()
