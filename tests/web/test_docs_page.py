"""The page of the API document in a browser: it draws under the content security policy and asks nobody else."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator

import pytest
from flask import Flask
from werkzeug.serving import make_server

CHROMIUM = shutil.which("chromium")


@pytest.fixture
def address(app: Flask) -> Iterator[str]:
    """Address of the application, served on a free port."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


METHODS = {"get", "post", "put", "patch", "delete"}


@pytest.mark.browser
@pytest.mark.slow
@pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed")
def test_document_is_drawn_without_a_violation_or_a_foreign_request(address):
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page()
        told: list[str] = []
        page.on("console", lambda message: told.append(message.text) if message.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: told.append(str(error)))
        page.on("request", lambda request: told.append(request.url) if not request.url.startswith((address, "data:")) else None)
        page.goto(f"{address}/api/v1/docs")
        page.wait_for_selector(".opblock")
        operations = page.locator(".opblock").count()
        page.locator(".opblock-summary-get").first.click()
        page.wait_for_selector(".opblock-body")
        document = page.request.get(f"{address}/api/v1/openapi.json").json()
        browser.close()

    assert operations == sum(len(item.keys() & METHODS) for item in document["paths"].values()) > 11
    assert told == []
