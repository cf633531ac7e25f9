"""Requirements: what is named is used, what is used is named, and every pin has its hashes."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable
from functools import cache
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from geo.config import ROOT
from tests.architecture import Module, imported_names, read_modules

PIN = re.compile(r"^([a-z0-9][a-z0-9.-]*)==(\S+?)(?: ; [^\\]+)? \\$", re.MULTILINE)  # takes "numpy==2.4.1 ; python_version < '3.12' \"
USED_WITHOUT_IMPORT = {
    "psycopg": "SQLAlchemy loads it where DATABASE_URL names PostgreSQL",
    "pytest": "part of what the service is defined to come with",
}
COME_WITH = {
    "flask": {"click", "jinja2", "markupsafe", "werkzeug"},
    "flask-limiter": {"limits"},
    "folium": {"branca"},
}
"""Libraries that are the face of one we name: they are imported, their version is its affair."""


def named(path: Path) -> set[str]:
    """Distributions that a .in file names."""
    lines = [line.split("[")[0].strip().lower() for line in path.read_text(encoding="utf-8").splitlines()]
    return {line for line in lines if line and not line.startswith(("#", "-"))}


@cache
def imported() -> frozenset[str]:
    """Distributions that app.py and geo import."""
    return frozenset(distributions(read_modules(ROOT).values()))


def distributions(modules: Iterable[Module]) -> set[str]:
    """Distributions that modules import."""
    libraries = {name.partition(".")[0] for module in modules for name, _ in imported_names(module)}
    by_library = packages_distributions()
    return {distribution.lower().replace("_", "-") for library in libraries for distribution in by_library.get(library, ())}


def test_every_requirement_of_the_service_is_imported_or_says_why_not() -> None:
    assert sorted(named(ROOT / "requirements.in") - imported() - set(USED_WITHOUT_IMPORT)) == []


def test_every_library_that_is_imported_is_a_requirement() -> None:
    assert sorted(imported() - named(ROOT / "requirements.in") - set().union(*COME_WITH.values())) == []


def test_every_library_that_tests_and_benches_import_is_a_requirement() -> None:
    files = [path for place in ("tests", "bench", "data") for path in sorted((ROOT / place).rglob("*.py")) if "var" not in path.parts]
    modules = [Module(path.stem, path, text := path.read_text(encoding="utf-8"), ast.parse(text)) for path in files]
    required = named(ROOT / "requirements.in") | named(ROOT / "requirements-dev.in")

    assert sorted(distributions(modules) - required - set().union(*COME_WITH.values())) == []


def test_development_adds_to_the_service_and_changes_no_version() -> None:
    service, development = (
        set(PIN.findall((ROOT / name).read_text(encoding="utf-8"))) for name in ("requirements.txt", "requirements-dev.txt")
    )

    assert len(service) > 40
    assert service <= development


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt"])
def test_every_pin_has_hashes_and_no_index_is_named(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    blocks = re.split(r"^(?=[a-z0-9])", text, flags=re.MULTILINE)[1:]

    assert [block.partition(" ")[0] for block in blocks if "==" not in block or "--hash=sha256:" not in block] == []
    assert re.findall(r"https?://|--(?:index|extra-index|find-links|trusted)", text) == []
