"""axe-core finds nothing to mend on any kind of page, in any language and theme; nor where lists, cards and reports are open."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import axe_playwright_python
import pytest
from playwright.sync_api import Browser, Page

from tests.browser.conftest import Service
from tests.browser.visitor import Visitor, visiting
from tests.conftest import IS_LONG

pytestmark = pytest.mark.browser

AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text(encoding="utf-8")
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
"""Tags of axe's rules for WCAG 2.2 AA."""
FIND = """async (tags) => {
  const exclude = [".leaflet-overlay-pane", "tr:nth-child(n+7)", "li:nth-child(n+9)", "option:nth-child(n+3)"];
  const { violations } = await axe.run({ exclude }, { runOnly: { type: "tag", values: tags }, resultTypes: ["violations"] });
  return violations.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.target.join(" ")} ${node.failureSummary}`));
}"""
"""Looks at the first rows of each table and list, which are made like the others, and not at the wordless shapes of a map: to find the
contrast of words, axe asks for everything that lies under each of them."""

DOCUMENT = "/api/v1/try"
"""The one page that is in English alone."""
NO_PAGE = "/no-such-page"
PAGES = (
    "/",
    "/regions/KZ35",
    "/schools/DEMO-03734",
    "/search",
    "/search?q=karashoky",
    "/releases",
    "/releases/2",
    "/compare",
    "/about",
    "/embed",
    "/imports/format",
    DOCUMENT,
    "/api/v1/docs",
    "/sign-in",
    NO_PAGE,
)
LANGUAGES = ("kk", "ru", "en")
THEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")


def faults(page: Page, theme: Literal["light", "dark"]) -> list[str]:
    """What axe finds on a page in a theme."""
    page.emulate_media(color_scheme=theme)
    page.evaluate(AXE)
    return [f"{page.url} {theme} {fault}" for fault in page.evaluate(FIND, RULES)]


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_page_has_a_fault_or_does_what_it_must_not(browser: Browser, service: Service, language: str) -> None:
    """A third of the pages in each language, in turns light and dark; every page in each language where large counts are asked for."""
    turn = LANGUAGES.index(language)
    found = []
    with visiting(browser, service.address, language) as somebody:
        for position, path in enumerate(PAGES):
            if position % len(LANGUAGES) != turn and not (IS_LONG and path != DOCUMENT):
                continue
            somebody.page.goto(path)
            if somebody.page.locator(".map").count():
                somebody.page.wait_for_selector(".map[data-state=ready]")
            found += faults(somebody.page, THEMES[(position + turn * IS_LONG) % 2])
            if path == NO_PAGE:
                somebody.noticed[:] = [words for words in somebody.noticed if "404" not in words]  # the browser itself notes the refusal

    assert found + somebody.noticed == []


def test_no_page_has_a_fault_on_a_phone_where_it_is_opened_up(visitor: Visitor) -> None:
    visitor.page.set_viewport_size({"width": 390, "height": 844})
    visitor.see_map("/?lang=ru")
    visitor.page.locator("#map_qosyl").focus()
    visitor.page.keyboard.press("Enter")
    found = faults(visitor.page, "dark")
    visitor.go("/about?lang=kk")
    with visitor.page.expect_response("**/search.json*"):
        visitor.page.locator("input[name=q]").press_sequentially("karashoky")
    visitor.page.keyboard.press("ArrowDown")
    visitor.page.get_by_role("option", selected=True).wait_for()
    found += faults(visitor.page, "light")

    assert found == []


def test_no_page_of_uploads_has_a_fault(visitor: Visitor, service: Service) -> None:
    visitor.sign_in(service.secret)
    visitor.upload(
        "schools.csv",
        "school_id_govt,school_name,connectivity,num_students\nDEMO-00001,Қарашоқы,no,1x\nDEMO-00002,,yes,20\nNEW-1,Жаңа,yes,9\n",
    )
    report = visitor.page.url.split("?")[0]
    found = []
    for address, theme in ((f"{report}?lang=kk", THEMES[0]), (f"{report}?lang=ru", THEMES[1]), ("/imports", THEMES[1])):
        visitor.go(address)
        visitor.page.evaluate("document.querySelectorAll('main details').forEach((part) => (part.open = true))")
        found += faults(visitor.page, theme)

    assert found == []
