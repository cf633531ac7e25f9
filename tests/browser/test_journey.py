"""What people do in a browser: upload, look at the map, publish and undo, with every other host out of reach."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.browser.conftest import Service
from tests.browser.visitor import Visitor

pytestmark = pytest.mark.browser

MARKUP = (
    ("H-1", "${document.title=7*7}", 46.9000, 69.1000),
    ("H-2", "a backtick ` and `${alert(1)}`", 46.7000, 68.3000),
    ("H-3", "<img src=x onerror=document.title=7>", 46.5000, 67.9000),
    ("H-4", "</script><script>document.title=7</script>", 46.3000, 67.5000),
)
HEADING = "school_id_govt,school_name,latitude,longitude,school_area_type,num_students,connectivity\n"
HOSTILE = (
    HEADING
    + "".join(f'{identity},"{name}",{latitude},{longitude},rural,2900,no\n' for identity, name, latitude, longitude in MARKUP)
    + 'H-5,"<b>Null Island</b>",0,0,rural,70,no\n'
    + 'H-6,"Placeless ${1+1}",,,rural,80,no\n'
    + '"<img src=x onerror=alert(2)>","${alert(3)}",95,69,rural,`,no\n'
)
CONNECTED = (
    "school_id_govt,connectivity,connectivity_type,download_speed_measured_mbps,collected_on\n"
    "DEMO-03734,yes,satellite,48.5,2026-10-02\n"
    "DEMO-03739,yes,fiber,62,2026-10-02\n"
)


def total(visitor: Visitor) -> dict[str, Any]:
    """Figures of all schools, as the API gives them to anybody."""
    return dict(visitor.page.request.get("/api/v1/coverage").json()["total"])


def legend(visitor: Visitor) -> dict[str, int]:
    """Counts of the map's legend by status."""
    rows = visitor.page.locator(".legend li:has(input[data-status])")
    names = [row.locator("input").get_attribute("data-status") or "" for row in rows.all()]
    return {name: int(text.replace(",", "")) for name, text in zip(names, rows.locator(".count").all_inner_texts(), strict=True)}


def headline(visitor: Visitor) -> int:
    """The number of the finding that home begins with."""
    found = re.match(r"[\d,]+", visitor.page.locator("h1").inner_text())
    assert found
    return int(found.group().replace(",", ""))


@pytest.fixture(scope="module")
def service(service_to_change: Service) -> Service:
    """A service that these tests may change."""
    return service_to_change


def test_names_with_markup_stay_text_in_report_and_release_and_every_school_is_counted(visitor: Visitor, service: Service) -> None:
    page = visitor.page
    drawn, not_placed = visitor.see_map()
    before = total(visitor)
    visitor.sign_in(service.secret)
    visitor.upload("`${document.title=7*7}`<img src=x onerror=alert(1)>.csv", HOSTILE)
    assert "${document.title=7*7}" in page.locator("main").inner_text()
    assert page.locator("main img, main script").count() == 0

    page.get_by_label("Publish without").check()
    visitor.publish()
    page.get_by_text("Schools that change").click()
    assert {name for _, name, _, _ in MARKUP} <= set(page.locator("main table bdi").all_inner_texts())

    # At 0,0 and without a position: both are counted, neither is drawn.
    assert visitor.see_map() == (drawn + len(MARKUP), not_placed + 2)
    assert total(visitor)["schools"] == before["schools"] + len(MARKUP) + 2


def test_an_upload_changes_map_and_api_when_published_and_an_undo_takes_it_back(visitor: Visitor, service: Service) -> None:
    page = visitor.page
    visitor.see_map()
    before, drawn_before = total(visitor), legend(visitor)
    rural = before["schools_unconnected_rural"]

    visitor.sign_in(service.secret)
    visitor.upload("update.csv", CONNECTED)
    assert f"{rural:,} → {rural - 2:,}" in page.get_by_role("row", name="rural", exact=False).first.inner_text()
    visitor.see_map()
    assert (total(visitor), legend(visitor)) == (before, drawn_before)

    page.go_back()
    visitor.publish()
    published = page.url
    visitor.see_map()
    assert (headline(visitor), total(visitor)["schools_unconnected_rural"]) == (rural - 2, rural - 2)
    assert legend(visitor) == {
        **drawn_before,
        "unconnected": drawn_before["unconnected"] - 2,
        "meets_norm": drawn_before["meets_norm"] + 2,
    }

    visitor.go(published)
    page.get_by_role("button", name="Undo release").click()
    page.get_by_text("is undone").wait_for()
    visitor.see_map()
    assert (headline(visitor), total(visitor), legend(visitor)) == (rural, before, drawn_before)
