"""Documentation: it names everything there is, and what it links to exists."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from app import create_app
from geo.column_table import COLUMNS
from geo.config import ENVIRONMENT, ROOT, Settings
from geo.intake.families import family_of
from geo.intake.problems import PROBLEMS
from geo.model import OUTCOMES, STATUSES, AreaType, Basis, Connectivity, Fact, Flag, ImportState, Role
from geo.norms import NORMS
from tests.command_line import our_commands

DOCS = ROOT / "docs"
MAKE_TARGET = re.compile(r"^([a-z][a-z-]*):", re.MULTILINE)
MAKE_CALL = re.compile(
    r"(?:^|`|\$ )make ([a-z][a-z-]*)", re.MULTILINE
)  # takes "`make run`" and a line "make run PORT=8123"; not "to make do"
MARKDOWN_LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
DOCS_REFERENCE = re.compile(r"docs/([\w/-]+\.md)(?:#([\w-]+))?")
CODE_SPAN = re.compile(r"`([^`\n]+)`")
FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)


def page(name: str) -> str:
    """Text of a page under docs/."""
    return (DOCS / name).read_text(encoding="utf-8")


def words_in_code(text: str) -> frozenset[str]:
    """What stands in back quotes, and the words of it."""
    spans = CODE_SPAN.findall(FENCE.sub("", text))
    return frozenset(spans) | {word for span in spans for word in re.split(r"[\s,=…<>{}\[\]()|/]+", span)}


def missing(names: Iterator[str] | list[str], text: str) -> list[str]:
    """Names that do not stand in back quotes in a text."""
    present = words_in_code(text)
    return sorted(name for name in names if name not in present)


def anchors(text: str) -> frozenset[str]:
    """Anchors of a page's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ +(.+?)\s*$", FENCE.sub("", text), re.MULTILINE)
    return frozenset(re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings)


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Any:
    return create_app(Settings(data_dir=tmp_path_factory.mktemp("data"), load_demo=False, testing=True))


@pytest.fixture(scope="module")
def openapi(app: Any) -> dict[str, Any]:
    response = app.test_client().get("/api/v1/openapi.json")
    assert response.status_code == 200
    return dict(response.get_json())


def operations(openapi: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    """Method, path and operation of everything the API does."""
    methods = ("get", "post", "put", "patch", "delete")
    base = openapi["servers"][0]["url"]
    return [(method, base + path, item[method]) for path, item in openapi["paths"].items() for method in methods if method in item]


def test_operations_page_lists_every_setting() -> None:
    assert missing(list(ENVIRONMENT.values()), page("operations.md")) == []


def test_operations_page_lists_no_setting_that_is_not_read() -> None:
    rows = re.findall(r"^\| *`([A-Z][A-Z_]+)`", page("operations.md"), re.MULTILINE)

    assert sorted(set(rows) - set(ENVIRONMENT.values())) == []


def test_operations_page_lists_every_command_with_its_options() -> None:
    text = page("operations.md")
    written = words_in_code(text) | set(re.split(r"[\s=\[\]|]+", "\n".join(FENCE.findall(text))))
    flat = " ".join(text.split())

    absent = [typed for typed, _ in our_commands() if not re.search(rf"(?<![\w-]){re.escape(typed)}(?![\w-])", flat)]
    absent += [
        f"{typed} {option}"
        for typed, command in our_commands()
        for parameter in command.params
        for option in parameter.opts
        if option.startswith("--") and option not in written
    ]

    assert absent == []


def test_format_page_lists_every_column() -> None:
    assert missing([column.name for column in COLUMNS], page("csv-format.md")) == []


def test_format_page_lists_every_problem_code() -> None:
    assert missing(list(PROBLEMS), page("csv-format.md")) == []


def test_checks_page_names_every_flag_and_every_finding_with_a_family() -> None:
    codes = [code for code in PROBLEMS if family_of(code) != "file"]

    assert missing([*codes, *(str(flag) for flag in Flag)], page("checks.md")) == []


def test_format_page_lists_every_accepted_word() -> None:
    text = page("csv-format.md")

    absent = {column.name: words for column in COLUMNS if (words := [word for word in column.values if f"`{word}`" not in text])}

    assert absent == {}


def test_api_page_lists_every_operation(openapi: dict[str, Any]) -> None:
    text = page("api.md")

    absent = [f"{method.upper()} {path}" for method, path, _ in operations(openapi) if f"{method.upper()} {path}" not in text]

    assert absent == []


def test_api_page_lists_every_parameter(openapi: dict[str, Any]) -> None:
    names = {parameter["name"] for _, _, operation in operations(openapi) for parameter in operation.get("parameters", ())}

    assert missing(sorted(names), page("api.md")) == []


def test_api_page_lists_every_route_outside_the_pages(app: Any) -> None:
    text = page("api.md")
    routes = {rule.rule for rule in app.url_map.iter_rules() if rule.rule.startswith("/api/") or rule.rule in ("/healthz", "/readyz")}
    written = {re.sub(r"<(?:[^<>]+:)?(\w+)>", r"{\1}", route) for route in routes}

    assert sorted(route for route in written if route.rstrip("/") not in text) == []


@pytest.mark.parametrize(
    "words",
    [
        STATUSES,
        list(AreaType),
        list(Connectivity),
        list(Basis),
        OUTCOMES,
        list(ImportState),
        list(Flag),
        list(Role),
        list(NORMS),
    ],
    ids=["statuses", "area types", "connectivity", "basis", "outcomes", "import states", "flags", "roles", "norms"],
)
def test_definitions_page_has_every_word(words: list[str]) -> None:
    assert missing([str(word) for word in words], page("definitions.md")) == []


def test_definitions_page_names_every_fact_that_is_sourced() -> None:
    text = page("definitions.md") + page("csv-format.md")

    assert missing([f"{fact}_source" for fact in Fact], text) == []


def test_every_make_target_that_is_written_down_exists() -> None:
    targets = set(MAKE_TARGET.findall((ROOT / "Makefile").read_text(encoding="utf-8")))
    written = {
        (path.name, target)
        for path in markdown_files()
        for target in MAKE_CALL.findall(path.read_text(encoding="utf-8"))
        if target not in targets
    }

    assert written == set()


def test_readme_shows_how_to_run_and_test() -> None:
    written = set(MAKE_CALL.findall((ROOT / "README.md").read_text(encoding="utf-8")))

    assert {"run", "test"} <= written


def markdown_files() -> list[Path]:
    """Every page of the repository that people read."""
    return [*sorted(ROOT.glob("*.md")), *sorted(DOCS.rglob("*.md")), ROOT / "data" / "README.md"]


def test_every_link_between_our_pages_leads_somewhere() -> None:
    broken = []
    for path in markdown_files():
        for target in MARKDOWN_LINK.findall(FENCE.sub("", path.read_text(encoding="utf-8"))):
            if re.match(r"[a-z]+:", target):
                continue
            name, _, anchor = target.partition("#")
            linked = (path.parent / name).resolve() if name else path
            if not linked.exists() or (anchor and anchor not in anchors(linked.read_text(encoding="utf-8"))):
                broken.append(f"{path.relative_to(ROOT)}: {target}")

    assert broken == []


def test_every_page_that_the_code_refers_to_exists() -> None:
    sources = [ROOT / "app.py", *sorted((ROOT / "geo").rglob("*.py")), *sorted((ROOT / "templates").rglob("*.html"))]
    broken = []
    for path in sources:
        for name, anchor in DOCS_REFERENCE.findall(path.read_text(encoding="utf-8")):
            if not (DOCS / name).exists() or (anchor and anchor not in anchors(page(name))):
                broken.append(f"{path.relative_to(ROOT)}: docs/{name}{'#' * bool(anchor)}{anchor}")

    assert broken == []
