"""Architecture: who may import whom, who owns which library, how long things may grow, what pages may load."""

from __future__ import annotations

from pathlib import Path

import pytest

from geo.config import ROOT
from tests import architecture

DECLARATIONS_ONLY = frozenset({"geo.model"})
"""Modules that may be long because they hold words and records and no behaviour."""


@pytest.fixture(scope="module")
def modules() -> dict[str, architecture.Module]:
    return architecture.read_modules(ROOT)


def sources(*places: str) -> list[Path]:
    """Text files of the product under these places, relative to the root; installed and generated files are not among them."""
    found = []
    for place in places:
        path = ROOT / place
        candidates = [path] if path.is_file() else sorted(path.rglob("*"))
        found += [file for file in candidates if file.suffix in architecture.TEXT_SUFFIXES and "var" not in file.relative_to(ROOT).parts]
    return found


def test_every_import_follows_an_arrow_of_the_table(modules: dict[str, architecture.Module]) -> None:
    assert architecture.missing_arrows(modules) == []


def test_no_module_imports_itself_in_a_circle(modules: dict[str, architecture.Module]) -> None:
    assert architecture.cycles(modules) == []


def test_one_module_of_the_pages_is_imported_without_the_others(modules: dict[str, architecture.Module]) -> None:
    assert list(architecture.imported_names(modules["geo.web.pages"])) == []


def test_a_library_is_imported_by_its_owner_only(modules: dict[str, architecture.Module]) -> None:
    assert architecture.borrowed_libraries(modules) == []


def test_every_file_name_says_what_it_owns() -> None:
    paths = [path.relative_to(ROOT) for path in sources("app.py", "geo", "tests", "bench", "data", "static", "templates")]

    assert architecture.empty_names(paths) == []


def test_no_module_outgrows_its_meaning(modules: dict[str, architecture.Module]) -> None:
    assert architecture.long_modules(modules, allowed=DECLARATIONS_ONLY) == []


def test_modules_that_may_be_long_hold_no_behaviour(modules: dict[str, architecture.Module]) -> None:
    longest = {name: max(architecture.function_lines(modules[name]).values()) for name in DECLARATIONS_ONLY}

    assert {name: lines for name, lines in longest.items() if lines > 5} == {}


def test_no_function_is_longer_than_forty_lines(modules: dict[str, architecture.Module]) -> None:
    assert architecture.long_functions(modules) == []


def test_work_put_off_names_its_issue() -> None:
    assert architecture.unnumbered_todos(sources("app.py", "geo", "bench", "data", "static", "templates", "pyproject.toml")) == []


def test_pages_load_nothing_from_another_host() -> None:
    assert architecture.foreign_hosts(sources("app.py", "geo", "static", "templates")) == []


# The checker itself, on small trees with one fault each.


def planted(tmp_path: Path, **files: str) -> dict[str, architecture.Module]:
    """Modules of a small tree; a name like `geo__store__catalog` is the file geo/store/catalog.py."""
    for name, text in files.items():
        path = tmp_path / (name.replace("__", "/") + ".py")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return architecture.read_modules(tmp_path)


@pytest.mark.parametrize(
    "text",
    [
        "import geo.services.coverage",
        "from geo.services import coverage",
        "from geo.services.coverage import answer",
        "from ..services import coverage",
        "def late():\n    from geo.services import coverage\n",
    ],
    ids=["import", "from a package", "from a module", "relative", "inside a function"],
)
def test_checker_sees_the_store_importing_a_service(tmp_path: Path, text: str) -> None:
    modules = planted(tmp_path, geo__store__catalog=text, geo__services__coverage="", geo__store____init__="")

    faults = architecture.missing_arrows(modules)

    assert len(faults) == 1
    assert "no arrow from geo.store to geo.services" in faults[0]


def test_checker_sees_a_part_that_the_table_does_not_name(tmp_path: Path) -> None:
    modules = planted(tmp_path, geo__tools="")

    assert architecture.missing_arrows(modules) == ["geo.tools is no part of the table of arrows"]


def test_checker_lets_an_allowed_arrow_pass(tmp_path: Path) -> None:
    modules = planted(
        tmp_path, geo__services__coverage="from geo.store import catalog", geo__store__catalog="from geo.model import Status", geo__model=""
    )

    assert architecture.missing_arrows(modules) == []


def test_checker_sees_a_circle_through_a_function(tmp_path: Path) -> None:
    modules = planted(
        tmp_path,
        geo__store__a="from geo.store import b",
        geo__store__b="from geo.store.c import thing",
        geo__store__c="def thing():\n    import geo.store.a\n",
    )

    assert architecture.cycles(modules) == ["geo.store.a → geo.store.b → geo.store.c → geo.store.a"]


@pytest.mark.parametrize(
    ("text", "library"),
    [
        ("import sqlalchemy as sa", "sqlalchemy"),
        ("from flask_wtf import CSRFProtect", "flask_wtf"),
        ("from folium.map import Layer", "folium"),
    ],
    ids=["sqlalchemy", "flask_wtf", "folium"],
)
def test_checker_sees_a_borrowed_library(tmp_path: Path, text: str, library: str) -> None:
    modules = planted(tmp_path, geo__services__coverage=text)

    faults = architecture.borrowed_libraries(modules)

    assert len(faults) == 1
    assert f"imports {library}, which belongs to" in faults[0]


def test_checker_sees_names_that_say_nothing() -> None:
    assert architecture.empty_names([Path("geo/store/utils.py"), Path("static/helpers/map.js"), Path("geo/norms.py")]) == [
        "geo/store/utils.py",
        "static/helpers/map.js",
    ]


def test_checker_counts_a_function_without_its_docstring(tmp_path: Path) -> None:
    def function(lines: int) -> str:
        return 'def long() -> None:\n    """One.\n\n    Two.\n    """\n' + "    print()\n" * lines

    assert architecture.long_functions(planted(tmp_path, geo__norms=function(40))) == []
    assert architecture.long_functions(planted(tmp_path, geo__norms=function(41))) == ["geo.norms.long has 41 lines"]


def test_checker_sees_a_long_module(tmp_path: Path) -> None:
    modules = planted(tmp_path, geo__norms="a = 1\n" * 321, geo__join="a = 1\n" * 320)

    assert architecture.long_modules(modules) == ["geo.norms has 321 lines"]
    assert architecture.long_modules(modules, allowed=frozenset({"geo.norms"})) == []


def test_checker_wants_a_number_with_work_put_off(tmp_path: Path) -> None:
    path = tmp_path / "a.py"
    path.write_text("# TODO(#12): later\n# TODO later\nx = 1  # FIXME\n", encoding="utf-8")

    assert [fault.partition(" ")[2] for fault in architecture.unnumbered_todos([path])] == ["# TODO later", "x = 1  # FIXME"]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.html", '<script defer src="https://example.org/a.js"></script>'),
        ("a.html", '<link rel="stylesheet" href="//example.org/a.css">'),
        ("a.html", '<img alt="" src="http://example.org/a.png">'),
        ("a.html", '<form method="post" action="https://example.org/">'),
        ("a.css", "@import 'https://example.org/a.css';"),
        ("a.css", "body { background: url(//example.org/a.png) }"),
        ("a.js", 'import {a} from "https://example.org/a.js";'),
        ("a.py", 'JS = "https://cdn.jsdelivr.net/npm/leaflet"'),
    ],
    ids=["script", "stylesheet", "image", "form", "css import", "css url", "module", "known host"],
)
def test_checker_sees_what_a_page_loads_from_elsewhere(tmp_path: Path, name: str, text: str) -> None:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")

    assert len(architecture.foreign_hosts([path])) == 1


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.html", '<a href="https://creativecommons.org/licenses/by/4.0/">CC BY 4.0</a>'),
        ("a.html", '<link rel="license" href="https://creativecommons.org/licenses/by/4.0/">'),
        ("a.js", 'document.createElementNS("http://www.w3.org/2000/svg", "path");'),
        ("a.css", "body { background: url(/static/a.png) }"),
    ],
    ids=["link", "licence", "namespace", "own file"],
)
def test_checker_lets_links_and_own_files_pass(tmp_path: Path, name: str, text: str) -> None:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")

    assert architecture.foreign_hosts([path]) == []
