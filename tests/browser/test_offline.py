"""The bundle opened from a disk: the map draws every school, tables lead to it, each language is there, and nothing is asked of anybody."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.browser.conftest import Service
from tests.browser.visitor import Visitor, visiting

pytestmark = pytest.mark.browser

MOST_BYTES = 2_000_000
SIDEWAYS = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.fixture(scope="module")
def unpacked(browser: Browser, service: Service, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Directory of the unpacked bundle of the whole demo."""
    with visiting(browser, service.address) as somebody:
        data = somebody.page.request.get("/offline.zip?lang=en", timeout=120_000).body()
    assert len(data) < MOST_BYTES
    directory = tmp_path_factory.mktemp("bundle")
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        archive.extractall(directory)
    return directory


@pytest.fixture
def reader(browser: Browser, unpacked: Path) -> Iterator[Visitor]:
    """Somebody without a network, at whose end nothing may have gone wrong."""
    with visiting(browser, unpacked.as_uri()) as somebody:
        somebody.page.context.set_offline(True)
        yield somebody
        assert somebody.noticed == []


def test_bundle_draws_or_counts_every_school_without_a_network(reader: Visitor) -> None:
    drawn, not_placed = reader.see_map(f"{reader.address}/index.html")

    assert drawn + not_placed == 7800
    assert reader.page.locator("h1").inner_text().startswith("304 rural schools")
    assert reader.page.locator(".proof tbody tr").count() >= 20
    assert {address.partition("#")[0].rpartition("/")[2] for address in reader.requested} == {
        *("index.html", "map.css", "schools.js", "view.js", "map.js", "regions.js"),
        *(["icon.svg"] if any("icon" in address for address in reader.requested) else []),
    }


def test_row_of_a_school_leads_to_its_card_and_the_hash_keeps_the_place(reader: Visitor) -> None:
    page = reader.page
    reader.see_map(f"{reader.address}/index.html")
    link = page.locator("a[data-look-school]").first
    name = link.locator("xpath=ancestor::tr").locator("th").inner_text()

    link.click()
    page.locator(".card-title").wait_for()

    assert page.locator(".card-title").inner_text() == name
    assert page.locator(".card-link").count() == 0
    assert "#map=13/" in page.url


@pytest.mark.parametrize("language", ["kk", "ru"])
def test_every_language_is_there_and_fits_a_phone(reader: Visitor, language: str) -> None:
    page = reader.page
    page.set_viewport_size({"width": 390, "height": 844})
    reader.see_map(f"{reader.address}/index.html")

    page.locator(f".languages a[lang={language}]").click()
    page.wait_for_url(f"**/index-{language}.html")
    page.wait_for_function("() => document.querySelector('.map[data-state=ready]') !== null")

    assert page.locator("html").get_attribute("lang") == language
    assert page.evaluate(SIDEWAYS) <= 0
    page.locator(".method a").first.click()
    page.wait_for_url(f"**/definitions-{language}.html#statuses")
    assert page.evaluate(SIDEWAYS) <= 0
