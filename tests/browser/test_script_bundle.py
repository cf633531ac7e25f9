"""Joined modules run in a browser as the modules would have."""

from __future__ import annotations

from playwright.sync_api import Browser

from geo.web.script_bundle import bundled

MODULES = {
    "entry.js": """
import { twice as double, LIMIT } from "./part/numbers.js";
import "./part/aside.js";
window.found = double(LIMIT);
""",
    "part/numbers.js": """
import { base } from "../base.js";
export const LIMIT = base + 1;
export function twice(n) {
  return 2 * n;
}
""",
    "part/aside.js": """
import {
  base,
} from "../base.js";
const twice = "a name of its own";
window.aside = `${twice} ${base}`;
""",
    "base.js": """
window.runs = (window.runs || 0) + 1;
export const base = 20;
""",
}


def test_each_module_runs_once_in_a_scope_of_its_own(browser: Browser) -> None:
    page = browser.new_page()
    page.add_script_tag(content=bundled("entry.js", MODULES))

    assert page.evaluate("[window.found, window.aside, window.runs, typeof twice]") == [42, "a name of its own 20", 1, "undefined"]
    page.close()
