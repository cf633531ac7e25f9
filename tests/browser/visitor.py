"""Somebody at a browser: opens pages of one host, and notes requests to others, errors, violations of the policy and dialogs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import Browser, Dialog, Page, Request, Route

VIOLATION = "addEventListener('securitypolicyviolation', (event) => noteViolation(`${event.violatedDirective} ${event.blockedURI}`));"


SESSIONS: dict[tuple[str, str], Any] = {}
"""Cookies of each address and key that signed in there."""


class Visitor:
    """One browser context with one page.

    Parameters
    ----------
    page
        Its page; addresses are relative to the service.
    noticed
        Everything that must not happen, as it happened.
    requested
        Address of every request, in order.
    """

    def __init__(self, page: Page, address: str) -> None:
        self.page = page
        self.address = address
        self.noticed: list[str] = []
        self.requested: list[str] = []

    def watch(self) -> None:
        """Begin to notice; every other host is out of reach."""
        context = self.page.context
        context.expose_function("noteViolation", lambda words: self.noticed.append(f"policy: {words}"))
        context.add_init_script(VIOLATION)
        context.route("**/*", self._let_through)
        context.on("request", self._note_request)
        context.on("console", lambda message: self._note_console(message.type, message.text))
        context.on("weberror", lambda error: self.noticed.append(f"error: {error.error}"))
        context.on("dialog", self._note_dialog)

    def _let_through(self, route: Route) -> None:
        if route.request.url.startswith((self.address, "data:", "blob:")):
            route.continue_()
        else:
            route.abort()

    def _note_request(self, request: Request) -> None:
        self.requested.append(request.url)
        if not request.url.startswith((self.address, "data:", "blob:")):
            self.noticed.append(f"request: {request.url}")

    def _note_console(self, kind: str, text: str) -> None:
        if kind in ("error", "warning"):
            self.noticed.append(f"console: {text}")

    def _note_dialog(self, dialog: Dialog) -> None:
        self.noticed.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    def go(self, path: str) -> None:
        """Open a page and wait until it has loaded."""
        answer = self.page.goto(path)
        assert answer is None or answer.ok, f"{path}: {answer.status}"

    def see_map(self, path: str = "/") -> tuple[int, int]:
        """Open a page and wait for its map: schools drawn, and schools that have no place on it."""
        self.go(path)
        element = self.page.locator("#map_qosyl")
        self.page.wait_for_function("() => document.querySelector('.map[data-state=ready]') !== null")
        return int(element.get_attribute("data-drawn") or -1), int(element.get_attribute("data-not-placed") or -1)

    def sign_in(self, secret: str) -> None:
        """Sign in through the form; with a key that signed in before, go on with that session, since sign-ins are counted."""
        if (self.address, secret) in SESSIONS:
            self.page.context.add_cookies(SESSIONS[self.address, secret])
            return
        self.go("/sign-in")
        self.page.get_by_label("Access key").fill(secret)
        self.page.locator("main").get_by_role("button", name="Sign in").click()
        self.page.get_by_role("button", name="Sign out").wait_for()
        SESSIONS[self.address, secret] = self.page.context.cookies()

    def upload(self, name: str, content: str) -> None:
        """Upload a file of schools and wait for its report."""
        self.go("/imports")
        self.page.get_by_label("File", exact=True).set_input_files({"name": name, "mimeType": "text/csv", "buffer": content.encode()})
        self.page.get_by_role("button", name="Upload and check").click()
        self.page.get_by_role("button", name="Publish").wait_for()

    def publish(self) -> None:
        """Publish the report that is open, and wait for the release; work that takes long is waited for on the report."""
        self.page.get_by_role("button", name="Publish").click()
        self.page.get_by_text("Published as release").first.wait_for()
        if "/imports/" in self.page.url:
            self.page.get_by_role("link", name="What changed").click()
            self.page.wait_for_url("**/releases/*")


@contextmanager
def visiting(browser: Browser, address: str, language: str = "en-GB") -> Iterator[Visitor]:
    """A new visitor with a browser of a language, light, 1280 by 800."""
    with browser.new_context(base_url=address, locale=language, color_scheme="light", viewport={"width": 1280, "height": 800}) as context:
        visitor = Visitor(context.new_page(), address)
        visitor.watch()
        yield visitor
