"""Search by keyboard, mouse and touch, as a combobox, and without scripts."""

from __future__ import annotations

import pytest
from playwright.sync_api import FloatRect, Locator, expect

from tests.browser.visitor import Visitor

pytestmark = pytest.mark.browser


def field(visitor: Visitor) -> Locator:
    return visitor.page.get_by_role("combobox", name="Search for a school, place or id")


def typed(visitor: Visitor, text: str) -> Locator:
    """Type into the field and wait for the list; its options."""
    field(visitor).fill("")
    with visitor.page.expect_response("**/search.json*"):
        field(visitor).press_sequentially(text)
    expect(field(visitor)).to_have_attribute("aria-expanded", "true")
    return visitor.page.get_by_role("option")


def active(visitor: Visitor) -> str:
    """Words of the option that the field points to, "" where it points to none."""
    identity = field(visitor).get_attribute("aria-activedescendant")
    return visitor.page.locator(f"#{identity}").inner_text() if identity else ""


def test_a_school_is_found_and_opened_by_keyboard_alone(visitor: Visitor) -> None:
    visitor.go("/releases")
    options = typed(visitor, "karashoky")

    assert options.count() == 8
    assert active(visitor) == ""
    visitor.page.keyboard.press("ArrowDown")
    assert active(visitor) == options.first.inner_text()
    expect(options.first).to_have_attribute("aria-selected", "true")
    visitor.page.keyboard.press("ArrowUp")
    assert active(visitor) == options.last.inner_text()
    visitor.page.keyboard.press("ArrowDown")
    visitor.page.keyboard.press("Home")
    assert active(visitor) == ""
    visitor.page.keyboard.press("ArrowDown")
    expect(field(visitor)).to_be_focused()
    visitor.page.keyboard.press("Enter")

    visitor.page.wait_for_url("**/schools/*")
    assert "Қарашоқы" in visitor.page.get_by_role("heading", level=1).inner_text()


def test_the_list_says_how_many_were_found_and_escape_closes_it_and_then_empties_the_field(visitor: Visitor) -> None:
    visitor.go("/about")
    status = visitor.page.locator("[data-search-status]")
    typed(visitor, "karashoky")

    expect(status).to_have_text("10 found, the best 8 listed.")
    visitor.page.keyboard.press("Escape")
    expect(visitor.page.get_by_role("listbox")).to_be_hidden()
    expect(field(visitor)).to_have_attribute("aria-expanded", "false")
    expect(field(visitor)).to_have_value("karashoky")
    visitor.page.keyboard.press("Escape")
    expect(field(visitor)).to_have_value("")
    field(visitor).fill("zzzzqqq")
    expect(status).to_have_text("Nothing was found.")
    expect(field(visitor)).to_have_attribute("aria-expanded", "false")


def test_enter_without_a_choice_leads_to_the_page_of_results_in_the_same_language(visitor: Visitor) -> None:
    visitor.go("/about?lang=ru")
    search = visitor.page.locator("form[role=search]")
    search.locator("input[name=q]").fill("Алматы")
    search.locator("input[name=q]").press("Enter")

    visitor.page.wait_for_url("**/search?*")
    assert "lang=ru" in visitor.page.url
    expect(visitor.page.locator(".search-results li").first).to_contain_text("Алма")


def test_hostile_names_are_text_in_the_list(visitor: Visitor) -> None:
    hostile = "\u202e${document.title=7}`</script><img src=x onerror=document.title=7>" + "я" * 200
    hit = {"name": hostile, "about": hostile, "url": "/about", "status": "unconnected", "row": 1, "lat": 1.0, "lng": 1.0}
    visitor.page.route("**/search.json*", lambda route: route.fulfill(json={"words": hostile, "results": [hit]}))
    visitor.go("/releases")
    option = typed(visitor, "x").first

    assert option.locator("bdi").all_text_contents() == [hostile, hostile]
    assert visitor.page.locator("img[src=x]").count() == 0
    assert visitor.page.title().startswith("Releases")
    assert visitor.page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_on_a_map_the_choice_moves_the_map_and_opens_the_card(visitor: Visitor) -> None:
    visitor.see_map("/")
    typed(visitor, "DEMO-04001")
    visitor.page.get_by_role("option").first.click()

    card = visitor.page.locator(".leaflet-popup .card")
    card.wait_for()
    assert "Новораздольное" in card.inner_text()
    assert "#map=13/53.91" in visitor.page.url
    assert "/schools/" not in visitor.page.url


def test_a_school_that_the_filter_of_the_map_hides_opens_its_page(visitor: Visitor) -> None:
    visitor.see_map("/?status=unconnected")
    typed(visitor, "DEMO-04001")
    visitor.page.keyboard.press("ArrowDown")
    visitor.page.keyboard.press("Enter")

    visitor.page.wait_for_url("**/schools/*")


def test_a_region_opens_its_page_by_touch_on_a_phone(visitor: Visitor) -> None:
    browser = visitor.page.context.browser
    assert browser
    with browser.new_context(base_url=visitor.address, locale="kk-KZ", viewport={"width": 320, "height": 640}, has_touch=True) as context:
        page = context.new_page()
        page.goto("/releases")
        page.locator("input[name=q]").tap()
        page.locator("input[name=q]").press_sequentially("түркістан")
        page.get_by_role("option").first.tap()
        page.wait_for_url("**/regions/*")
        assert "Түркістан" in page.get_by_role("heading", level=1).inner_text()


@pytest.mark.parametrize("width", [320, 390, 1280])
def test_the_head_fits_in_each_language_and_its_parts_do_not_overlap(visitor: Visitor, width: int) -> None:
    visitor.page.set_viewport_size({"width": width, "height": 700})
    for language in ("kk", "ru", "en"):
        visitor.go(f"/releases?lang={language}")
        boxes = [box for part in visitor.page.locator(".head-inner > *").all() if (box := part.bounding_box())]
        assert visitor.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert max(box["y"] + box["height"] for box in boxes) < (150 if width < 1000 else 70)
        for position, one in enumerate(boxes):
            assert not any(overlap(one, other) for other in boxes[position + 1 :])


def overlap(one: FloatRect, other: FloatRect) -> bool:
    """Whether two boxes share more than an edge."""
    width = min(one["x"] + one["width"], other["x"] + other["width"]) - max(one["x"], other["x"])
    height = min(one["y"] + one["height"], other["y"] + other["height"]) - max(one["y"], other["y"])
    return width > 0.5 and height > 0.5


def test_without_scripts_the_form_gives_the_page_of_results(visitor: Visitor) -> None:
    browser = visitor.page.context.browser
    assert browser
    with browser.new_context(base_url=visitor.address, locale="en-GB", java_script_enabled=False) as context:
        page = context.new_page()
        page.goto("/search?norm=giga-20")
        page.locator("input[name=q]").fill("karashoky")
        page.locator("input[name=q]").press("Enter")
        page.wait_for_url("**/search?*")

        assert "norm=giga-20" in page.url
        assert page.locator(".search-results li").count() == 10
        page.locator(".search-results a").first.click()
        assert "norm=giga-20" in page.url
