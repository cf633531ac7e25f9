"""Paper and frames in a browser: the sheet has map, table and sources and no controls; a frame shows a map that works."""

from __future__ import annotations

import pytest

from tests.browser.visitor import Visitor

pytestmark = pytest.mark.browser

ON_PAPER = ".finding, .sums .bar, .paper-map, .paper-legend, .shares, .proof tbody tr, .paper-sources"
NOT_ON_PAPER = "nav, form, .take-away, .map-box, .timeline, .foot, .live-box"


def see(visitor: Visitor, selector: str) -> list[bool]:
    """Whether each element of a selector is seen."""
    return [element.is_visible() for element in visitor.page.locator(selector).all()]


@pytest.mark.parametrize(
    ("path", "language", "is_landscape"),
    [("", "en", True), ("/regions/KZ79", "ru", True), ("/regions/KZ79", "kk", False)],
    ids=["en", "ru", "kk"],
)
def test_printed_page_has_map_table_and_sources_and_no_controls(visitor: Visitor, path: str, language: str, is_landscape: bool) -> None:
    visitor.see_map(f"{path or '/'}?lang={language}")
    before = len(visitor.requested)

    assert visitor.page.pdf(format="A4", landscape=is_landscape, print_background=True).startswith(b"%PDF")
    visitor.page.emulate_media(media="print")

    assert [address.partition("?")[0] for address in visitor.requested[before:]] == [f"{visitor.address}{path}/map.svg"]
    assert visitor.page.locator(".paper-map svg title").first.text_content()
    assert all(see(visitor, ON_PAPER))
    assert not any(see(visitor, NOT_ON_PAPER))
    assert visitor.page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")


def test_no_row_of_a_printed_table_is_cut_and_its_head_is_repeated(visitor: Visitor) -> None:
    visitor.see_map("/regions/KZ61")
    visitor.page.emulate_media(media="print")

    cut = visitor.page.evaluate(
        "() => [...document.querySelectorAll('tr')].filter((row) => getComputedStyle(row).breakInside !== 'avoid').length"
    )
    heads = visitor.page.evaluate("() => [...document.querySelectorAll('thead')].map((head) => getComputedStyle(head).display)")

    assert cut == 0
    assert set(heads) == {"table-header-group"}


def test_printed_view_follows_the_filter(visitor: Visitor) -> None:
    visitor.see_map("/regions/KZ79")
    visitor.page.locator("select[name=area_type]").first.select_option("rural")
    visitor.page.wait_for_url("**area_type=rural*")
    visitor.page.wait_for_function("() => document.querySelector('.paper-map').dataset.paper.includes('area_type=rural')")

    visitor.page.pdf(format="A4")

    assert "area_type=rural" in [address for address in visitor.requested if "/map.svg" in address][-1]


def test_page_without_scripts_prints_the_picture_too(visitor: Visitor) -> None:
    browser = visitor.page.context.browser
    assert browser

    with browser.new_context(base_url=visitor.address, locale="en-GB", java_script_enabled=False) as context:
        page = context.new_page()
        page.goto("/")
        page.emulate_media(media="print")
        picture = page.locator(".paper-map img")

        assert picture.is_visible()
        assert picture.evaluate("(element) => element.naturalWidth > 300")


def test_frame_shows_a_map_that_works_and_leads_back(visitor: Visitor) -> None:
    drawn, not_placed = visitor.see_map("/embed?lang=en")

    assert drawn + not_placed == 7800
    assert visitor.page.context.cookies() == []
    assert visitor.page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")
    with visitor.page.context.expect_page() as opened:
        visitor.page.get_by_role("link", name="All figures").click()
    assert opened.value.url == f"{visitor.address}/?lang=en"


def test_code_that_embeds_a_view_is_copied(visitor: Visitor) -> None:
    visitor.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    visitor.see_map("/?lang=en")
    visitor.page.locator("#downloads > summary").click()

    visitor.page.get_by_role("button", name="Copy the code").first.click()
    visitor.page.get_by_text("Copied.").wait_for()

    copied = visitor.page.evaluate("() => navigator.clipboard.readText()")
    assert copied.startswith(f'<iframe src="{visitor.address}/embed?lang=en"')
