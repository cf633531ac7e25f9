"""What everybody sees first: every school drawn or counted, and no other host asked."""

from __future__ import annotations

import pytest

from tests.browser.test_journey import headline, legend, total
from tests.browser.visitor import Visitor

pytestmark = pytest.mark.browser


def test_home_draws_or_counts_every_school_and_asks_no_other_host(visitor: Visitor) -> None:
    drawn, not_placed = visitor.see_map()

    figures = total(visitor)
    assert drawn + not_placed == figures["schools"] == 7800
    assert not_placed > 0
    assert headline(visitor) == figures["schools_unconnected_rural"]
    assert legend(visitor) == {status: figures[f"schools_{status}"] for status in legend(visitor)}
    assert visitor.page.locator(".region").count() == 20
    assert len(visitor.requested) > 4
