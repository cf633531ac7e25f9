"""An official's file in a browser: dropped, confirmed, mapped, matched, seen on a map, published past a gate, and undone."""

from __future__ import annotations

import base64
import itertools
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.conftest import Service
from tests.browser.visitor import Visitor, visiting

pytestmark = pytest.mark.browser

TITLE = "Отчёт о подключении школ\r\nМинистерство просвещения\r\nна 01.10.2026\r\n"
KAZAKH = (
    TITLE
    + "Код школы;Наименование школы;Подключена;Скорость загрузки, Мбит/с;Примечание о скорости\r\n"
    + "DEMO-03734;«Қызылжар» орта мектебі;да;48,5;20,5\r\n"
    + "DEMO-03739;«Өскемен» орта мектебі;да;62,25;30,5\r\n"
)
FOREIGN = "school_id_govt,school_name,num_students,connectivity\nMIN-1,{name},{students},yes\n"
PHONE = {"width": 390, "height": 844}

DROP = """([name, encoded]) => {
  const bytes = Uint8Array.from(atob(encoded), (letter) => letter.charCodeAt(0));
  const transfer = new DataTransfer();
  transfer.items.add(new File([bytes], name, { type: "text/csv" }));
  const target = document.querySelector("form[data-upload] h2");
  for (const kind of ["dragenter", "dragover", "drop"]) {
    target.dispatchEvent(new DragEvent(kind, { dataTransfer: transfer, bubbles: true, cancelable: true }));
  }
}"""

UNNAMED = """() => Array.from(document.querySelectorAll("input, select, textarea, button, summary, meter, progress"))
  .filter((field) => field.type !== "hidden" && !field.closest("[hidden]") && field.getAttribute("aria-hidden") !== "true")
  .filter((field) => !field.labels?.length && !field.textContent.trim())
  .filter((field) => !field.getAttribute("aria-label") && !field.getAttribute("aria-labelledby"))
  .map((field) => field.outerHTML.slice(0, 120))"""
DOUBLE_IDS = """() => {
  const ids = Array.from(document.querySelectorAll("[id]"), (element) => element.id);
  return ids.filter((id, at) => ids.indexOf(id) !== at);
}"""
LEVELS = """() => Array.from(document.querySelectorAll("h1, h2, h3, h4"), (heading) => Number(heading.localName[1]))"""
SIDEWAYS = """() => document.documentElement.scrollWidth - document.documentElement.clientWidth"""


@pytest.fixture(scope="module")
def service(service_to_change: Service) -> Service:
    """A service that these tests may change."""
    return service_to_change


@pytest.fixture
def official(visitor: Visitor, service: Service) -> Visitor:
    """A signed-in visitor."""
    visitor.sign_in(service.secret)
    return visitor


@pytest.fixture
def on_phone(browser: Browser, service: Service) -> Iterator[Visitor]:
    """A signed-in visitor with a phone in the dark, at whose end nothing may have gone wrong."""
    with visiting(browser, service.address) as somebody:
        somebody.page.set_viewport_size(PHONE)  # type: ignore[arg-type]  # two whole numbers
        somebody.page.emulate_media(color_scheme="dark")
        somebody.sign_in(service.secret)
        yield somebody
        assert somebody.noticed == []


def drop(official: Visitor, name: str, content: bytes) -> None:
    """Drop a file on the page of uploads and wait for its report."""
    official.go("/imports")
    official.page.evaluate(DROP, [name, base64.b64encode(content).decode()])
    official.page.wait_for_url("**/imports/*")
    expect(official.page.locator("[data-poll]")).to_have_count(0, timeout=20_000)
    official.page.locator("#impact").wait_for()


def say(official: Visitor, button: str) -> None:
    """Press a button of the report and wait until the file was read again."""
    with official.page.expect_navigation():
        official.page.get_by_role("button", name=button).first.click()
    expect(official.page.locator("[data-poll]")).to_have_count(0, timeout=20_000)
    official.page.locator("#impact").wait_for()


def school(official: Visitor, school_id: str) -> dict[str, Any]:
    """A school's name and figures as its page gives them to anybody."""
    official.go(f"/schools/{school_id}")
    return {"name": official.page.locator("h1").inner_text(), "page": official.page.locator("main").inner_text()}


def test_dropped_file_in_an_old_encoding_is_confirmed_mapped_published_and_undone(official: Visitor) -> None:
    page = official.page
    before = school(official, "DEMO-03734")["name"]
    drop(official, "мектептер.csv", KAZAKH.encode("kz1048"))

    assert "«Қызылжар» орта мектебі" in page.locator(".card-choice:has(:checked)").inner_text()
    assert page.get_by_label("Line of headings").input_value() == "4"
    assert "semicolon" in page.locator("#read").inner_text()
    assert "comma" in page.locator("#read").inner_text()
    assert page.get_by_role("button", name="Publish").count() == 0
    say(official, "Looks right")
    page.get_by_role("button", name="Publish: 2 schools change").wait_for()

    page.locator("#columns").evaluate("(step) => (step.open = true)")
    page.get_by_label("Примечание о скорости").select_option("download_speed_measured_mbps")
    say(official, "Read again")
    assert "as you said" in page.locator("#columns").inner_text()
    assert page.locator(".difference .place").count() > 0

    page.get_by_label("Why, for the list of releases").fill("report of October")
    official.publish()
    published = page.url
    assert school(official, "DEMO-03734")["name"] == "«Қызылжар» орта мектебі"

    official.go(published)
    page.get_by_role("button", name="Undo release").click()
    page.get_by_text("is undone").wait_for()
    assert school(official, "DEMO-03734")["name"] == before


def test_suggested_match_is_accepted_and_then_the_school_changes(official: Visitor) -> None:
    page = official.page
    official.go("/schools/DEMO-03739")
    name = page.locator("h1").inner_text()
    drop(official, "foreign.csv", FOREIGN.format(name=name, students="").encode())
    row = page.locator(".suggested tbody tr", has=page.locator("code", has_text="DEMO-03739"))
    if row.count() == 0:
        row = page.locator(".suggested tbody tr")
    row.first.get_by_label("Accept").check()

    say(official, "Save what I decided")

    assert "1 match is decided." in page.locator("main").inner_text()
    assert "Judged so far: 1 accepted" in page.locator("#matches").inner_text()
    page.get_by_role("button", name="Discard").click()
    page.get_by_text("is discarded").wait_for()


def test_gate_is_passed_only_after_its_numbers_were_seen(official: Visitor) -> None:
    page = official.page
    total = page.request.get("/api/v1/coverage").json()["total"]["schools"]
    official.go("/imports")
    page.locator("form[data-upload] summary").click()
    page.get_by_label("Remove: the file is a list of ids").check()
    page.get_by_label("File", exact=True).set_input_files(
        {"name": "closed.csv", "mimeType": "text/csv", "buffer": b"school_id_govt\nDEMO-00001\n"}
    )
    page.get_by_role("button", name="Upload and check").click()
    page.locator(".gates").wait_for(timeout=20_000)
    assert "The file removes 1 school." in page.locator(".gates").inner_text()

    page.get_by_role("button", name="Publish").click()
    seen = page.get_by_label("I have seen these numbers")
    assert seen.evaluate("(field) => field.validity.valueMissing && document.activeElement === field")
    seen.check()
    official.publish()

    assert page.request.get("/api/v1/coverage").json()["total"]["schools"] == total - 1
    page.get_by_role("button", name="Undo release").click()
    page.get_by_text("is undone").wait_for()
    assert page.request.get("/api/v1/coverage").json()["total"]["schools"] == total


def test_refused_file_is_explained_without_leaving_the_page(official: Visitor) -> None:
    page = official.page
    official.go("/imports")

    page.evaluate(DROP, ["plan.pdf", base64.b64encode(b"%PDF-1.7 rest").decode()])

    alert = page.get_by_role("alert")
    alert.wait_for()
    assert "PDF" in alert.inner_text()
    assert alert.evaluate("(element) => document.activeElement === element")
    assert page.get_by_role("button", name="Upload and check").is_enabled()
    official.noticed[:] = [words for words in official.noticed if "422" not in words]  # the browser itself notes the refusal


def test_nothing_scrolls_sideways_on_a_phone(on_phone: Visitor) -> None:
    page = on_phone.page
    drop(on_phone, "a-rather-long-name-of-a-file-from-the-ministry-2026.csv", KAZAKH.encode("kz1048"))
    report = page.url

    for language in ("en", "ru", "kk"):
        for address in (f"/imports?lang={language}", f"{report}?lang={language}"):
            page.goto(address)
            page.evaluate("() => document.querySelectorAll('details').forEach((step) => (step.open = true))")
            assert page.evaluate(SIDEWAYS) <= 0, address


def test_every_control_has_a_name_and_headings_go_down_in_steps(official: Visitor) -> None:
    page = official.page
    drop(official, "foreign.csv", (FOREIGN.format(name="№ 1429 мектеп-гимназиясы", students="") + "DEMO-00001,,,works\n").encode())

    for address in (page.url, "/imports"):
        page.goto(address)
        levels = page.evaluate(LEVELS)
        assert page.evaluate(UNNAMED) == []
        assert page.evaluate(DOUBLE_IDS) == []
        assert levels[0] == 1
        assert all(after - before <= 1 for before, after in itertools.pairwise(levels))


def test_upload_works_with_the_keyboard_alone(official: Visitor) -> None:
    page = official.page
    official.go("/imports")
    page.get_by_label("File", exact=True).set_input_files(
        {"name": "update.csv", "mimeType": "text/csv", "buffer": b"school_id_govt,connectivity\nDEMO-03734,yes\n"}
    )
    page.get_by_label("Who reported this").focus()

    for _ in range(8):
        page.keyboard.press("Tab")
        if page.evaluate("() => document.activeElement.matches('form[data-upload] button.primary')"):
            break
    page.keyboard.press("Enter")

    page.get_by_role("button", name="Publish").wait_for(timeout=20_000)
    page.get_by_role("button", name="Discard").focus()
    page.keyboard.press("Enter")
    page.get_by_text("is discarded").wait_for()
