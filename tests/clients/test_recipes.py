"""Every recipe of docs/recipes.md does what it says: code is run as it stands, and each address in it is answered."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from urllib.parse import quote

import pytest

from geo.config import ROOT
from tests.clients.conftest import Live

HOST = "http://127.0.0.1:8000"
TEXT = (ROOT / "docs" / "recipes.md").read_text(encoding="utf-8")
RECIPES = {section.partition("\n")[0]: section for section in re.split(r"^## ", TEXT, flags=re.MULTILINE)[1:]}
CODE = re.compile(r"^```(bash|python)\n(.*?)^```", re.MULTILINE | re.DOTALL)
ADDRESS = re.compile(rf"{re.escape(HOST)}[^\s`\"]*")
RUNNERS = {"bash": ["bash", "-euc"], "python": [sys.executable, "-W", "error", "-c"]}


@pytest.mark.parametrize("title", [title for title, section in RECIPES.items() if CODE.search(section)])
def test_code_of_a_recipe_runs(title: str, live: Live, tmp_path: Path) -> None:
    host = live.api.removesuffix("/api/v1")

    for language, code in CODE.findall(RECIPES[title]):
        done = subprocess.run(
            [*RUNNERS[language], code.replace(HOST, host)], cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False
        )
        assert done.returncode == 0, done.stderr


def test_every_address_of_the_recipes_is_answered(live: Live) -> None:
    addresses = {address for address in ADDRESS.findall(TEXT) if address != HOST}
    filled = [address.removeprefix(f"{HOST}/api/v1").replace("{z}/{x}/{y}", "0/0/0") for address in addresses]

    assert len(filled) > 10
    assert {path: live.ask(quote(path, safe="/?&=:,;%")).status for path in filled} == dict.fromkeys(filled, 200)
