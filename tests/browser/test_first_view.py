"""What the first page costs somebody on a bad line."""

from __future__ import annotations

from typing import Any

import pytest

from tests.browser.visitor import Visitor

pytestmark = pytest.mark.browser

MOST_BYTES = 200_000
MOST_REQUESTS = 12


def test_first_view_takes_at_most_200_kb_and_12_requests(visitor: Visitor) -> None:
    sizes: list[float] = []
    session = visitor.page.context.new_cdp_session(visitor.page)
    session.send("Network.enable")

    def note(event: dict[str, Any]) -> None:
        sizes.append(event["encodedDataLength"])

    session.on("Network.loadingFinished", note)

    visitor.see_map()
    visitor.page.wait_for_load_state("networkidle")

    assert 4 < len(sizes) == len(visitor.requested) <= MOST_REQUESTS
    assert sum(sizes) < MOST_BYTES, f"{sum(sizes):.0f} bytes in {len(sizes)} requests"


def test_without_scripts_home_shows_a_picture_of_the_map_and_every_figure(visitor: Visitor) -> None:
    browser = visitor.page.context.browser
    assert browser

    with browser.new_context(base_url=visitor.address, locale="en-GB", java_script_enabled=False) as context:
        page = context.new_page()
        page.goto("/")
        picture = page.locator("img.still")
        picture.wait_for()
        box = picture.bounding_box()

        assert box
        assert box["height"] > 200
        assert not page.locator(".map").is_visible()
        assert page.locator(".proof tbody tr").count() >= 20
        assert page.locator(".legend .count").count() > 10
