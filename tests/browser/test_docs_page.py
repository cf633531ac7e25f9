"""The page of the API document in a browser: it draws every operation, under the content security policy and asking nobody else."""

from __future__ import annotations

import pytest

from tests.browser.visitor import Visitor

pytestmark = pytest.mark.browser

METHODS = {"get", "post", "put", "patch", "delete"}


def test_document_is_drawn_without_a_violation_or_a_foreign_request(visitor: Visitor) -> None:
    page = visitor.page
    visitor.go("/api/v1/try")
    page.wait_for_selector(".opblock")
    operations = page.locator(".opblock").count()
    page.locator(".opblock-summary-get").first.click()
    page.wait_for_selector(".opblock-body")

    document = page.request.get("/api/v1/openapi.json").json()
    assert operations == sum(len(item.keys() & METHODS) for item in document["paths"].values()) > 11


def test_example_is_tried_where_it_stands(visitor: Visitor) -> None:
    page = visitor.page
    visitor.go("/api/v1/docs")
    page.locator("a[data-try][href*='by=area_type']").click()

    page.wait_for_function("() => document.querySelector('pre.tried')?.textContent.includes('schools_unconnected')")
