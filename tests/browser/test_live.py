"""A page that changes with its filters: without a reload, told to those who listen, undone by going back, whole when the line fails."""

from __future__ import annotations

import re

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
