"""Hostile names of schools, written straight into a release, stay text and break no layout wherever they show."""

from __future__ import annotations

import io
import shutil
import threading
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser
from werkzeug.serving import make_server

from geo.config import Settings
from geo.model import ReleaseKind
from geo.services.publishing import Draft, composed, current_release, publish
from geo.services.workspace import open_workspace
from geo.web.current import WORKSPACE
from tests.application import SECRET_KEY, application
from tests.browser.visitor import Visitor, visiting
from tests.builders import make_facts_table, make_school
from tests.conftest import IS_LONG
from tests.hostile import NAMES

pytestmark = pytest.mark.browser

BROKEN = """() => [
  ...Array.from(document.querySelectorAll("img[src=x], main script, [onerror]"), (element) => element.outerHTML.slice(0, 80)),
  ...Array.from(document.querySelectorAll("script:not([src]):not([type='application/json'])"), (script) => script.textContent),
  .../^(7|49)/.test(document.title) ? [document.title] : [],
]"""
"""What a name did if it was taken for anything but text."""
SIDEWAYS = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
REGION = "KZ35"
PLACES = [(72.6 + at % 4 * 0.8, 48.6 + at // 4 * 0.8) for at in range(len(NAMES))]
"""Longitude and latitude of each, within the region of Karaganda."""


@pytest.fixture(scope="module")
def address(demo_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A service whose releases hold schools of hostile names alone, in regions; the newer one has one of them connected."""
    directory = tmp_path_factory.mktemp("hostile") / "data"
    shutil.copytree(demo_data, directory)
    settings = Settings(data_dir=directory, secret_key=SECRET_KEY, load_demo=False, testing=True)
    with open_workspace(settings) as workspace:
        for newest in ("no", "yes"):
            facts = make_facts_table(*(school(at, newest if at == 0 else "no") for at in range(len(NAMES))))
            before = current_release(workspace)
            assert before is not None
            draft = Draft(before, ReleaseKind.IMPORT, before.boundaries, "hostile names", None)
            publish(workspace, draft, composed(workspace, facts, before.boundaries))
    app = application(settings)
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()
    app.extensions[WORKSPACE].close()


def school(at: int, connectivity: str) -> dict[str, object]:
    longitude, latitude = PLACES[at]
    return make_school(
        f"H{at}",
        school_name=list(NAMES.values())[at],
        school_area_type="rural",
        connectivity=connectivity,
        num_students=100 + at,
        longitude=longitude,
        latitude=latitude,
    )


@pytest.fixture
def visitor(browser: Browser, address: str) -> Iterator[Visitor]:
    """Somebody at whose end nothing may have gone wrong."""
    with visiting(browser, address) as somebody:
        yield somebody
        assert somebody.noticed == []


def names_shown(visitor: Visitor) -> set[str]:
    """Names of schools on the page, letter by letter."""
    return set(visitor.page.locator("main bdi").all_text_contents())


def assert_unbroken(visitor: Visitor, where: str) -> None:
    assert visitor.page.evaluate(BROKEN) == [], where


@pytest.mark.parametrize("path", ["/?page=1", f"/regions/{REGION}", "/search?q=document", "/releases/4", "/compare", "/embed"])
@pytest.mark.parametrize("width", [390, 1280] if IS_LONG else [390])
def test_names_stay_text_and_fit_on_every_page(visitor: Visitor, path: str, width: int) -> None:
    visitor.page.set_viewport_size({"width": width, "height": 800})
    visitor.go(path)
    visitor.page.wait_for_load_state("networkidle")

    assert_unbroken(visitor, path)
    assert visitor.page.evaluate(SIDEWAYS) <= 0
    if path in ("/?page=1", f"/regions/{REGION}"):
        assert names_shown(visitor) >= set(NAMES.values())
        visitor.page.emulate_media(media="print")
        assert_unbroken(visitor, f"{path} on paper")
        assert names_shown(visitor) >= set(NAMES.values())


def test_each_school_s_page_is_named_by_its_name_and_fits_a_phone(visitor: Visitor) -> None:
    visitor.page.set_viewport_size({"width": 390, "height": 844})

    for at, name in enumerate(NAMES.values()):
        visitor.go(f"/schools/H{at}")
        assert visitor.page.locator("h1").text_content() == name
        assert visitor.page.evaluate(SIDEWAYS) <= 0, name
        assert visitor.page.locator("script:not([src]):not([type='application/json'])").count() == 0


def test_card_on_the_map_and_list_of_the_search_show_names_letter_by_letter(visitor: Visitor) -> None:
    page = visitor.page
    visitor.see_map(f"/regions/{REGION}")
    for at, name in list(enumerate(NAMES.values()))[1:]:  # the first is connected in the newer release
        page.locator(f"a[data-live-key=first-{row_of(visitor, at)}]").click()
        page.wait_for_function("(name) => document.querySelector('.card-title')?.textContent === name", arg=name)
    assert_unbroken(visitor, "card")

    for query, name in (("document.title", NAMES["script"]), ("backtick", NAMES["backtick"])):
        page.locator("#search-q").fill(query)
        page.wait_for_function(
            "(name) => [...document.querySelectorAll('[role=option]')].some((o) => o.textContent.includes(name))", arg=name
        )
    assert_unbroken(visitor, "search")


def row_of(visitor: Visitor, at: int) -> str:
    """Row in the release of a school, from the table of its region."""
    row = visitor.page.locator("#first ~ .table-wrap tbody tr", has=visitor.page.locator(f"a[href*='/schools/H{at}']"))
    return row.locator("a.to-map").get_attribute("data-look-school") or ""


def test_pictures_hold_names_as_text(visitor: Visitor) -> None:
    visitor.page.goto(f"{visitor.address}/map.svg")

    assert visitor.page.evaluate("() => document.querySelectorAll('script, image[href=x], foreignObject').length") == 0


def test_bundle_shows_names_letter_by_letter(browser: Browser, address: str, tmp_path: Path) -> None:
    with visiting(browser, address) as somebody:
        data = somebody.page.request.get("/offline.zip?lang=en").body()
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        archive.extractall(tmp_path)

    with visiting(browser, tmp_path.as_uri()) as reader:
        reader.see_map(f"{reader.address}/index.html")
        assert names_shown(reader) >= set(list(NAMES.values())[1:])
        reader.page.locator("a[data-look-school]").first.click()
        reader.page.locator(".card-title").wait_for()
        assert reader.page.locator(".card-title").text_content() in NAMES.values()
        assert_unbroken(reader, "bundle")
        assert reader.noticed == []
