"""What a person does with the map from the first look to what is taken away, in each language; and that every page fits its window."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page, expect

from tests.browser.visitor import Visitor
from tests.conftest import IS_LONG

pytestmark = pytest.mark.browser

LANGUAGES = ("en", "ru", "kk")
NUMBER = re.compile(r"\d(?:[\d,\s\u00a0\u202f]*\d)?")
READY = "() => document.querySelector('.map[data-state=ready]') !== null"
CALM = "() => !document.querySelector('main').hasAttribute('aria-busy')"
SEARCHES = {"en": "karashoky", "ru": "карашокы", "kk": "Қарашоқы"}
"""One school's name in three alphabets: letters without marks, Russian letters, and its own."""
PAGES = (
    "/",
    "/?page=1&count=students",
    "/regions/KZ35",
    "/schools/DEMO-03734",
    "/search?q=aksu",
    "/compare",
    "/releases",
    "/about",
    "/embed",
)
PHONE = (390, 844)
SIZES = ((1280, 800), PHONE)

MISFITS = """() => {
  const found = [];
  const root = document.documentElement;
  if (root.scrollWidth > root.clientWidth) found.push(`the page scrolls sideways by ${root.scrollWidth - root.clientWidth}`);
  const isShown = (element) => element.checkVisibility({ opacityProperty: true, visibilityProperty: true });
  const isHidden = (element) => element.closest(".visually-hidden, .map, .skip, [popover], svg, textarea") !== null;
  const said = (element) => `${element.localName}.${element.className} "${element.textContent.trim().slice(0, 40)}"`;
  for (const element of document.querySelectorAll("h1, h2, h3, p, a, button, label, legend, li, dt, dd, th, td, select, summary")) {
    if (isHidden(element) || !isShown(element)) continue;
    const { overflowX, textOverflow } = getComputedStyle(element);
    const isCut = overflowX !== "visible" && textOverflow !== "ellipsis" && element.scrollWidth > element.clientWidth + 1;
    if (isCut && element.clientWidth > 1) found.push(`cut off: ${said(element)}`);
  }
  const controls = [...document.querySelectorAll("a, button, input, select, summary")].filter((one) => !isHidden(one) && isShown(one));
  const boxes = controls.map((one) => [one, one.getBoundingClientRect()]).filter(([, box]) => box.width > 1 && box.height > 1);
  boxes.forEach(([one, box], at) => {
    for (const [other, next] of boxes.slice(at + 1, at + 12)) {
      if (one.contains(other) || other.contains(one) || one.closest("form.search") && other.closest("form.search")) continue;
      const width = Math.min(box.right, next.right) - Math.max(box.left, next.left);
      const height = Math.min(box.bottom, next.bottom) - Math.max(box.top, next.top);
      if (width > 2 && height > 2) found.push(`overlap: ${said(one)} and ${said(other)}`);
    }
  });
  return found;
}"""
"""What is cut off, lies over something else or makes the page scroll sideways; the map has its own tests."""


def first_number(text: str) -> int:
    """The first whole number of a sentence, however its language groups it."""
    found = NUMBER.search(text)
    assert found, text
    return int(re.sub(r"\D", "", found[0]))


def figures(page: Page) -> dict[str, Any]:
    """Figures of the view that the address names, as the API gives them to anybody."""
    asked = {name: texts[0] for name, texts in parse_qs(urlsplit(page.url).query).items()}
    view = {name: text for name, text in asked.items() if name in ("release", "norm", "basis", "area_type", "status", "enrolment")}
    return dict(page.request.get("/api/v1/coverage", params=view).json()["total"])


def changed(page: Page, act: Callable[[], object], sign: str) -> None:
    """Do something that changes the page in place, and wait until map, figures, table and address have followed."""
    act()
    page.wait_for_url(re.compile(sign))
    page.wait_for_function(CALM)
    page.wait_for_function(READY)


def legend_count(page: Page, status: str) -> int:
    return first_number(page.locator(f".legend li:has([data-status={status}]) .count").inner_text())


def assert_all_agree(page: Page) -> None:
    """Map, legend and table have the figures that the API has for the same view."""
    total = figures(page)
    element = page.locator("#map_qosyl")
    page.wait_for_function(
        "(count) => { const { drawn, notPlaced } = document.querySelector('#map_qosyl').dataset; return +drawn + +notPlaced === count; }",
        arg=total["schools"],
    )
    assert int(element.get_attribute("data-drawn") or -1) <= total["schools"]
    for status in ("unconnected", "below_norm", "norm_unknown", "meets_norm", "unknown"):
        assert legend_count(page, status) == total[f"schools_{status}"], status


@pytest.mark.parametrize("language", LANGUAGES)
def test_from_the_first_look_to_what_is_taken_away(visitor: Visitor, language: str) -> None:
    """The whole way in one language, or in each where large counts are asked for; in the others what depends on words and numbers."""
    page, is_whole = visitor.page, IS_LONG or language == LANGUAGES[0]
    visitor.see_map(f"/?lang={language}")
    assert page.locator("html").get_attribute("lang") == language
    look_at_the_country(page)
    if is_whole:
        narrow_and_count(page)
        open_a_region_and_a_card(page)
    find_by_name(visitor, language)
    if is_whole:
        compare_and_step(visitor, language)
    take_away(visitor, language)


def look_at_the_country(page: Page) -> None:
    """The finding: unconnected rural schools and the students in them; the same in legend and table."""
    total = figures(page)
    assert first_number(page.locator("h1").inner_text()) == total["schools_unconnected_rural"]
    assert first_number(page.locator(".finding p").first.inner_text()) == total["students_unconnected_rural"]
    assert_all_agree(page)


def narrow_and_count(page: Page) -> None:
    """Norm, count and filter: map, figures, table and address change together, and the legend hides what it is told."""
    filters = page.locator("#filters")
    changed(page, lambda: filters.locator("[name=norm]").select_option("giga-20"), "norm=giga-20")
    assert_all_agree(page)
    changed(page, lambda: filters.locator("[name=count][value=students]").check(), "count=students")
    changed(page, lambda: filters.locator("[name=area_type]").select_option("rural"), "area_type=rural")
    assert_all_agree(page)

    element = page.locator("#map_qosyl")
    page.locator(".legend [data-status=meets_norm]").uncheck()
    page.wait_for_function("() => +document.querySelector('#map_qosyl').dataset.hidden > 0")
    hidden, not_placed = (int(element.get_attribute(name) or -1) for name in ("data-hidden", "data-not-placed"))
    assert 0 <= legend_count(page, "meets_norm") - hidden <= not_placed
    assert "hide=meets_norm" in page.url
    page.locator(".legend [data-status=meets_norm]").check()


def open_a_region_and_a_card(page: Page) -> None:
    """A row leads to the region, whose unconnected rural schools come first; a row of these leads to the map and back."""
    page.locator(".proof tbody th a").first.click()
    page.wait_for_url("**/regions/*")
    page.wait_for_function(READY)
    assert "area_type=rural" in page.url
    link = page.locator("a[data-look-school]").first
    name = link.locator("xpath=ancestor::tr").locator("th").inner_text()
    link.click()
    expect(page.locator(".card-title")).to_have_text(name)
    page.locator("[data-look-back]").click()
    expect(link).to_be_focused()


def find_by_name(visitor: Visitor, language: str) -> None:
    """Part of a name in the reader's alphabet finds the school, by keyboard alone."""
    page = visitor.page
    visitor.go(f"/releases?lang={language}")
    field = page.locator("#search-q")
    with page.expect_response("**/search.json*"):
        field.press_sequentially(SEARCHES[language])
    expect(page.get_by_role("option").first).to_contain_text("Қарашоқы")
    field.press("ArrowDown")
    field.press("Enter")
    page.wait_for_url("**/schools/*")
    assert "Қарашоқы" in page.locator("h1").inner_text()
    assert page.locator("html").get_attribute("lang") == language


def compare_and_step(visitor: Visitor, language: str) -> None:
    """Two releases side by side, and a step back in time that figures and map follow."""
    page = visitor.page
    visitor.go(f"/compare?lang={language}")
    expect(page.locator(".compare-map .map[data-state=ready]")).to_have_count(2)

    visitor.see_map(f"/?lang={language}")
    changed(page, lambda: page.locator(".timeline a[rel=prev]").click(), "release=1")
    assert_all_agree(page)


def take_away(visitor: Visitor, language: str) -> None:
    """The copied address gives the same figures of the same release; pictures, files, embed and paper are there."""
    page = visitor.page
    visitor.see_map(f"/?lang={language}&area_type=rural")
    before = page.locator("h1").inner_text(), page.locator(".proof tfoot").inner_text()
    address = page.locator("[data-share]").get_attribute("href") or ""
    assert {"release", "norm", "area_type"} <= set(parse_qs(urlsplit(address).query))
    visitor.see_map(f"{address}&lang={language}" if "lang=" not in address else address)
    assert (page.locator("h1").inner_text(), page.locator(".proof tfoot").inner_text()) == before

    links = page.locator("#downloads a[download]").evaluate_all("(all) => all.map((one) => one.getAttribute('href'))")
    assert any("offline.zip" in link for link in links)
    for link in (next(one for one in links if ".svg" in one), next(one for one in links if "f=csv" in one)):
        assert page.request.get(link).ok, link
    page.emulate_media(media="print")
    assert page.evaluate("() => document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0
    page.emulate_media(media="screen")
    visitor.see_map(f"/embed?lang={language}&area_type=rural")
    assert page.context.cookies() == []


@pytest.mark.parametrize("size", SIZES, ids=["wide", "phone"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_is_cut_off_or_overlaps(visitor: Visitor, language: str, size: tuple[int, int]) -> None:
    """On a phone every page in each language; with room, a third of them in each, or all where large counts are asked for."""
    found = {}
    visitor.page.set_viewport_size({"width": size[0], "height": size[1]})

    for path in PAGES if IS_LONG or size == PHONE else PAGES[LANGUAGES.index(language) :: len(LANGUAGES)]:
        visitor.go(f"{path}{'&' if '?' in path else '?'}lang={language}")
        found[path] = visitor.page.evaluate(MISFITS)

    assert {path: misfits for path, misfits in found.items() if misfits} == {}
