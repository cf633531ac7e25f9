"""A page that changes with its filters: without a reload, told to those who listen, undone by going back, whole when the line fails."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest
from playwright.sync_api import Locator, Page, Route

from tests.browser.visitor import Visitor

pytestmark = pytest.mark.browser


def headline(page: Page) -> str:
    """The finding that the page begins with."""
    return page.locator("h1").inner_text()


def area(page: Page) -> Locator:
    """The choice of an area type."""
    return page.locator("[name=area_type]")


def mark_document(page: Page) -> None:
    """Leave something in the page that a reload would lose, and note what the map is told."""
    page.evaluate("() => { window.isSame = true; window.told = []; document.addEventListener('qosyl:view', (e) => told.push(e.detail)); }")


def test_choosing_an_area_type_changes_finding_table_and_address_together_without_a_reload(visitor: Visitor) -> None:
    page = visitor.page
    visitor.go("/")
    mark_document(page)
    before = headline(page), page.locator(".proof tfoot").inner_text()

    area(page).select_option("urban")
    page.wait_for_url(re.compile("area_type=urban"))
    page.wait_for_function("() => window.told.length === 1")

    assert "urban" in headline(page)
    assert page.locator(".proof tfoot").inner_text() != before[1]
    assert "area_type=urban" in page.evaluate("() => JSON.stringify(told[0])")
    assert page.evaluate("() => window.isSame")
    assert page.get_by_role("status").filter(has_text="urban").count() == 1
    assert "area_type=urban" in str(page.get_by_role("link", name="Қазақша").get_attribute("href"))

    page.go_back()
    page.wait_for_function("(words) => document.querySelector('h1').innerText === words", arg=before[0])

    assert page.evaluate("() => window.isSame")
    assert area(page).input_value() == ""

    page.go_forward()
    page.wait_for_function("() => document.querySelector('h1').innerText.includes('urban')")


def test_the_choice_that_was_changed_keeps_the_focus(visitor: Visitor) -> None:
    page = visitor.page
    visitor.go("/")

    area(page).focus()
    page.keyboard.press("ArrowDown")
    page.wait_for_url(re.compile("area_type="))
    page.wait_for_function("() => !document.querySelector('main').hasAttribute('aria-busy')")

    assert page.evaluate("() => document.activeElement.name") == "area_type"


def test_when_the_line_fails_the_former_figures_stay_and_another_try_is_offered(visitor: Visitor) -> None:
    page = visitor.page
    visitor.go("/")
    mark_document(page)
    before = headline(page)

    def fail(route: Route) -> None:
        route.abort()

    page.route(re.compile("area_type=urban"), fail)
    area(page).select_option("urban")
    again = page.get_by_role("button", name="Try again")
    again.wait_for()

    assert headline(page) == before
    assert area(page).input_value() == ""
    assert "area_type" not in page.url

    page.unroute(re.compile("area_type=urban"), fail)
    again.click()
    page.wait_for_function("() => document.querySelector('h1').innerText.includes('urban')")

    assert not again.is_visible()
    assert page.evaluate("() => window.isSame")
    visitor.noticed[:] = [words for words in visitor.noticed if "ERR_FAILED" not in words]


def test_without_scripts_the_same_form_asks_for_the_same_page(visitor: Visitor) -> None:
    browser = visitor.page.context.browser
    assert browser

    with browser.new_context(base_url=visitor.address, locale="en-GB", java_script_enabled=False) as context:
        page = context.new_page()
        page.goto("/")
        area(page).select_option("urban")
        page.locator("#filters").get_by_role("button", name="Show", exact=True).click()

        assert "area_type=urban" in page.url
        assert "urban" in headline(page)


def test_speed_of_ones_own_becomes_the_norm_and_nonsense_stays_in_its_box(visitor: Visitor) -> None:
    page = visitor.page
    visitor.go("/")
    mark_document(page)
    box = page.get_by_label("Other speed, Mbps")

    box.fill("12.5")
    box.press("Tab")
    page.wait_for_function("() => window.told.length === 1")

    assert "norm=12.5" in page.url
    assert "norm_mbps" not in page.url
    assert page.locator("#filters [name=norm]").input_value() == "12.5"

    shown = page.url
    box.fill("-4")
    box.press("Tab")

    assert page.locator("[name=norm_mbps]:invalid").count() == 1
    assert page.locator("main[aria-busy]").count() == 0
    assert page.url == shown
    assert page.evaluate("() => window.isSame")


def names_of_rows(page: Page, table: str) -> list[str]:
    """What the rows of a table are called, in their order."""
    return page.locator(f'table[data-sortable="{table}"] tbody th').all_inner_texts()


def test_a_heading_sorts_the_table_says_so_and_keeps_its_order_under_another_filter(visitor: Visitor) -> None:
    page = visitor.page
    visitor.go("/")
    before = names_of_rows(page, "parts")
    heading = page.locator('table[data-sortable="parts"] th', has=page.get_by_role("button", name="schools", exact=True))

    heading.get_by_role("button").click()

    assert heading.get_attribute("aria-sort") == "descending"
    assert names_of_rows(page, "parts")[0] == "Turkistan Region"
    assert names_of_rows(page, "parts")[-1] == "No region"
    assert sorted(names_of_rows(page, "parts")) == sorted(before)
    assert page.get_by_role("status").filter(has_text="Sorted by schools, highest first").count() == 1

    page.locator("#filters [name=area_type]").select_option("rural")
    page.wait_for_url(re.compile("area_type=rural"))
    page.wait_for_function("() => !document.querySelector('main').hasAttribute('aria-busy')")

    assert heading.get_attribute("aria-sort") == "descending"
    counts = [int(cell.get_attribute("data-v") or 0) for cell in page.locator('[data-sortable="parts"] tbody td:nth-child(5)').all()][:-1]
    assert counts == sorted(counts, reverse=True)


def test_several_boxes_of_one_filter_are_one_parameter_and_say_what_they_hide(visitor: Visitor) -> None:
    page = visitor.page
    visitor.go("/")
    page.get_by_text("More filters").click()

    page.get_by_label("600 and more").check()
    page.wait_for_url(re.compile(r"enrolment=600-$"))
    page.get_by_label("not known").first.check()
    page.wait_for_url(re.compile(r"enrolment=600-%2Cnone"))
    page.locator(".hiding").wait_for()

    total = page.request.get("/api/v1/coverage?enrolment=600-,none").json()["total"]["schools"]
    assert page.locator(".hiding").inner_text() == f"{total:,} of 7,800 schools; the filter hides {7800 - total:,}."
    assert page.locator("#more-filters").get_attribute("open") is not None


def test_a_row_of_a_school_opens_its_card_on_the_map_and_escape_leads_back(visitor: Visitor) -> None:
    page = visitor.page
    visitor.see_map("/regions/KZ35")
    row = page.locator('table[data-sortable="first"] tbody tr').nth(1)
    name = row.locator("th").inner_text()

    row.get_by_role("link", name="on the map").click()
    page.locator(".card-title").wait_for()

    assert page.locator(".card-title").inner_text() == name
    assert "#map=13/" in page.url

    page.locator("#map_qosyl").press("Escape")

    assert page.evaluate("() => document.activeElement.getAttribute('aria-label')") == f"{name} on the map"


def test_on_a_phone_filters_are_a_sheet_that_stays_open_while_its_choices_work(visitor: Visitor) -> None:
    page = visitor.page
    page.set_viewport_size({"width": 390, "height": 844})
    visitor.go("/")
    assert not page.locator("#filters").is_visible()

    page.get_by_role("button", name="Filters").click()
    page.get_by_label("students", exact=True).check()
    page.wait_for_url(re.compile("count=students"))
    page.wait_for_function("() => !document.querySelector('main').hasAttribute('aria-busy')")
    assert page.locator("#filters").is_visible()

    page.get_by_role("button", name="Show the result").click()

    assert not page.locator("#filters").is_visible()
    assert page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")


TOPS = """() => [...document.querySelectorAll('main :is(a[href], button, select, input, summary, [tabindex="0"])')]
  .filter((one) => one.checkVisibility() && !one.closest(".map *")).map((one) => Math.round(one.getBoundingClientRect().top + scrollY))"""
"""Upper edges of everything in the page that keys reach, in the order of the markup, in CSS pixels; of what is in the map its own alone."""


def test_on_a_phone_keys_go_down_the_page_as_eyes_do(visitor: Visitor) -> None:
    visitor.page.set_viewport_size({"width": 390, "height": 844})
    visitor.see_map()
    tops = visitor.page.evaluate(TOPS)

    assert len(tops) > 30
    assert not [(before, after) for before, after in pairwise(tops) if after < before - 100]


def test_map_and_legend_stay_in_the_window_beside_the_table_and_end_before_the_time_line(visitor: Visitor) -> None:
    page = visitor.page
    page.set_viewport_size({"width": 1280, "height": 800})
    visitor.see_map()
    edges = """() => ['.map-stays', '.timeline'].flatMap((one) => {
      const { top, bottom } = document.querySelector(one).getBoundingClientRect();
      return [top, bottom];
    })"""

    page.evaluate("() => scrollTo(0, 300)")
    top, bottom, _, _ = page.evaluate(edges)
    assert 0 <= top < bottom <= 800

    page.evaluate("() => document.querySelector('.timeline').scrollIntoView({ block: 'end' })")
    _, bottom, below, _ = page.evaluate(edges)
    assert bottom <= below
