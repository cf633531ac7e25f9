"""The areas under the schools: measures and levels change without a reload, circles and hexagons count, the keyboard reaches regions."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page

from tests.browser.visitor import Visitor

pytestmark = pytest.mark.browser


def choose(page: Page, name: str, value: str) -> None:
    """Choose what the map shows, and wait until the page says it."""
    page.evaluate("() => { window.isSame = true; }")
    page.locator(f"select[name={name}]").select_option(value)
    page.wait_for_url(re.compile(f"{name}={value}"))


def legend(page: Page) -> dict[str, int]:
    """Areas of each class by the legend."""
    pairs = page.eval_on_selector_all(".areas-legend [data-class]", "(all) => all.map((one) => [one.dataset.class, one.textContent])")
    return {name: int(text.replace(",", "")) for name, text in pairs if name != "is-wide"}


def fills(page: Page, kind: str) -> dict[str, int]:
    """Drawn areas of a kind by their fill."""
    return page.eval_on_selector_all(
        f"path.{kind}",
        """(all) => all.reduce((found, one) => {
          const fill = [...one.classList].find((name) => name.startsWith('share-')) || 'none';
          return { ...found, [fill]: (found[fill] || 0) + 1 };
        }, {})""",
    )


def test_measures_change_regions_and_legend_together_without_a_reload(visitor: Visitor) -> None:
    page = visitor.page
    visitor.see_map()
    shown = fills(page, "region")
    assert shown == {name: count for name, count in legend(page).items() if count}

    choose(page, "measure", "rural_gap")
    page.wait_for_function("(before) => document.querySelector('.areas-legend').dataset.measure === before", arg="rural_gap")

    assert fills(page, "region") == {name: count for name, count in legend(page).items() if count}
    assert fills(page, "region") != shown
    assert page.evaluate("() => window.isSame")


def test_unconnected_rural_schools_are_circles_that_the_legend_measures_and_switches(visitor: Visitor) -> None:
    page = visitor.page
    visitor.see_map("/?measure=unconnected_rural")
    circles = page.locator(".map .count-circle")
    radii = page.eval_on_selector_all(".areas-legend circle", "(all) => all.map((one) => Number(one.getAttribute('r')))")

    assert fills(page, "region") == {"share-plain": 20}
    assert circles.count() == sum(count for name, count in legend(page).items() if name not in ("count-0", "share-none"))
    assert radii == sorted(radii, reverse=True)

    few = page.locator("[data-switch=unconnected_rural-count-1]")
    few.uncheck()

    assert page.locator(".map .count-circle.is-off").count() == legend(page)["count-1"]
    assert "hide=unconnected_rural-count-1" in page.url
    page.reload()
    page.wait_for_selector(".map[data-state=ready]")
    assert not few.is_checked()
    assert page.locator(".map .count-circle.is-off").count() == legend(page)["count-1"]


def test_hexagons_hold_every_school_and_say_their_figures(visitor: Visitor) -> None:
    page = visitor.page
    drawn, not_placed = visitor.see_map()

    choose(page, "areas", "hexagons_large")
    page.wait_for_selector(".map[data-hexagons]")
    found = page.locator(".map").first

    assert int(found.get_attribute("data-hexagon-schools") or 0) == drawn
    assert page.locator("path.hexagon").count() == sum(legend(page).values()) == int(found.get_attribute("data-hexagons") or 0)
    assert fills(page, "hexagon") == {name: count for name, count in legend(page).items() if count}
    assert drawn + not_placed == 7_800

    page.locator("[data-switch=meets_norm-share-5]").uncheck()
    assert page.locator("path.hexagon.is-off").count() == legend(page)["share-5"]

    page.evaluate(
        "() => document.querySelector('path.hexagon').dispatchEvent(new MouseEvent('click', { bubbles: true, clientX: 1, clientY: 1 }))"
    )
    page.get_by_text(re.compile(r"16,000 km² around .*° N")).wait_for()
    assert page.locator(".map-popup .card-line").count() > 0

    choose(page, "areas", "hexagons_small")
    page.wait_for_function("() => document.querySelectorAll('path.hexagon').length > 500")
    page.locator("select[name=areas]").select_option("")
    page.wait_for_function("() => document.querySelectorAll('path.hexagon').length === 0")
    assert "share-plain" not in fills(page, "region")


def test_region_is_reached_by_the_keyboard_and_zoomed_to_from_its_popup(visitor: Visitor) -> None:
    page = visitor.page
    visitor.see_map()
    label = page.locator("a.region-label:visible").first
    before = page.evaluate("() => qosyl.maps[0].map.getZoom()")

    label.focus()

    assert page.locator("path.region.is-lifted").count() == 1
    assert re.search(r": .*%", label.get_attribute("aria-label") or "")
    page.evaluate(
        "() => document.querySelector('path.region').dispatchEvent(new MouseEvent('click', { bubbles: true, clientX: 1, clientY: 1 }))"
    )
    page.get_by_role("link", name="Figures of this place").wait_for()
    page.get_by_role("button", name="Zoom in here").click()
    page.wait_for_function("(before) => qosyl.maps[0].map.getZoom() > before", arg=before)

    page.locator("a.region-label:visible").first.focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/regions/*")
