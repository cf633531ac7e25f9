"""The checker behind test_architecture: reads source text and imports, and says where the house rules are broken.

It takes any tree, so that its own tests can plant faults in a small one.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

BASE = frozenset(
    {
        "geo",
        "geo.model",
        "geo.errors",
        "geo.config",
        "geo.schools",
        "geo.column_table",
        "geo.progress",
        "geo.school_properties",
        "geo.points",
    }
)
PURE = frozenset(
    {
        "geo.norms",
        "geo.coverage",
        "geo.tally",
        "geo.join",
        "geo.merge",
        "geo.rows_by_school",
        "geo.changes",
        "geo.regions",
        "geo.quality",
        "geo.matching",
        "geo.search",
        "geo.tiles",
        "geo.hexagons",
        "geo.selecting",
        "geo.cql2",
        "geo.disclosure",
    }
)
BELOW_SERVICES = BASE | PURE | {"geo.intake", "geo.store", "geo.giga"}
EDGE = BASE | {"geo.services", "geo.render"}

ARROWS: Mapping[str, frozenset[str]] = {
    **dict.fromkeys(BASE, BASE),
    **dict.fromkeys(PURE, BASE),
    "geo.coverage": BASE | {"geo.norms", "geo.tally"},
    "geo.cql2": BASE | {"geo.selecting"},  # boxes are the same in a filter as in bbox
    "geo.merge": BASE | {"geo.norms", "geo.join", "geo.rows_by_school"},  # merging applies what joining matched
    "geo.changes": BASE | {"geo.norms"},
    "geo.search": BASE | {"geo.matching"},  # names are folded for searching as they are for matching
    "geo.intake": BASE,
    "geo.store": BASE,
    "geo.giga": BASE,
    "geo.render": BASE,
    "geo.services": BELOW_SERVICES,
    "geo.web": EDGE,
    "geo.cli": EDGE,
    "app": EDGE | {"geo.web", "geo.cli"},
}
"""Part → the parts it may import, besides itself. A part is app.py, a module of geo or a package of geo."""

OWNERS: Mapping[str, frozenset[str]] = {
    "flask": frozenset({"geo.web", "geo.cli", "app"}),
    "folium": frozenset({"geo.render"}),
    "branca": frozenset({"geo.render"}),
    "sqlalchemy": frozenset({"geo.store"}),
    "alembic": frozenset({"geo.store"}),
    "psycopg": frozenset({"geo.store"}),
    "fsspec": frozenset({"geo.store"}),
    "granian": frozenset({"geo.cli"}),
    "click": frozenset({"geo.cli"}),
    "requests": frozenset({"geo.giga"}),
    "cql2": frozenset({"geo.cql2"}),
    "pmtiles": frozenset({"geo.tiles"}),
    "xlsxwriter": frozenset({"geo.render"}),
    "matplotlib": frozenset({"geo.render"}),
}
"""Library → the only parts that import it; flask stands for every library whose name starts with it."""

BANNED_NAMES = frozenset({"utils", "helpers", "common", "misc", "manager"})
MODULE_LINES = 320
FUNCTION_LINES = 40
TEXT_SUFFIXES = frozenset({".py", ".html", ".js", ".css", ".toml", ".mako"})
CDN_HOSTS = (
    "jsdelivr.net",
    "unpkg.com",
    "cdnjs.cloudflare.com",
    "googleapis.com",
    "gstatic.com",
    "code.jquery.com",
    "bootstrapcdn.com",
    "d3js.org",
    "fontawesome.com",
    "tile.openstreetmap.org",
    "cartocdn.com",
)

_UNNUMBERED = re.compile(r"\b(?:TODO|FIXME|XXX)\b(?!\(#\d+\))")  # takes "TODO(#12): …" as numbered, "TODO: …" and "FIXME" not
_HTML_LOADS = re.compile(
    r"<(?:script|img|iframe|source|video|audio|embed|object|input|track)\b[^>]*?\b(?:src|srcset|data)\s*=\s*[\"']?\s*((?:https?:)?//[^\"'\s>]+)"
    r"|<link\b(?=[^>]*\brel\s*=\s*[\"']?(?:stylesheet|icon|preload|modulepreload|manifest|prefetch|preconnect))[^>]*?\bhref\s*=\s*[\"']?((?:https?:)?//[^\"'\s>]+)"
    r"|<form\b[^>]*?\baction\s*=\s*[\"']?((?:https?:)?//[^\"'\s>]+)",
    re.IGNORECASE,
)
_CSS_LOADS = re.compile(r"(?:url\(\s*[\"']?|@import\s+[\"'])((?:https?:)?//[^\"')\s]+)", re.IGNORECASE)
_SCRIPT_ADDRESS = re.compile(r"[\"'`]((?:https?|wss?)://[^\"'`\s]+)")
_NAMESPACES = ("http://www.w3.org/",)


@dataclass(frozen=True)
class Module:
    """One parsed source file; `name` is dotted, a package goes by its own name."""

    name: str
    path: Path
    text: str
    tree: ast.Module

    @property
    def is_package(self) -> bool:
        return self.path.name == "__init__.py"


def read_modules(root: Path) -> dict[str, Module]:
    """Modules by dotted name: app.py and everything under geo/."""
    paths = [*root.glob("app.py"), *sorted((root / "geo").rglob("*.py"))]
    modules = {}
    for path in paths:
        parts = path.relative_to(root).with_suffix("").parts
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        text = path.read_text(encoding="utf-8")
        modules[name] = Module(name, path, text, ast.parse(text, str(path)))
    return modules


def part_of(name: str) -> str:
    """Part a module belongs to: `geo.store.catalog` → `geo.store`, `app` → `app`."""
    return ".".join(name.split(".")[:2])


def imported_names(module: Module) -> Iterator[tuple[str, int]]:
    """Dotted names a module imports, at any depth, with the line; `from a import b` gives `a.b`."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = _absolute(module, node)
            yield from ((f"{base}.{alias.name}", node.lineno) for alias in node.names)


def _absolute(module: Module, node: ast.ImportFrom) -> str:
    if not node.level:
        return node.module or ""
    package = module.name.split(".") if module.is_package else module.name.split(".")[:-1]
    package = package[: len(package) - node.level + 1]
    return ".".join([*package, *([node.module] if node.module else [])])


def _resolved(name: str, modules: Mapping[str, Module]) -> str | None:
    """The module a dotted name lives in: itself or its longest prefix that is a module."""
    while name not in modules and "." in name:
        name = name.rpartition(".")[0]
    return name if name in modules else None


def missing_arrows(modules: Mapping[str, Module]) -> list[str]:
    """Imports between parts that the table does not allow, and parts it does not name."""
    faults = [f"{part} is no part of the table of arrows" for part in sorted({part_of(name) for name in modules}) if part not in ARROWS]
    for module in modules.values():
        part = part_of(module.name)
        targets = {(line, _resolved(name, modules)) for name, line in imported_names(module)}
        for line, target in sorted(targets, key=str):
            if target and part_of(target) != part and part_of(target) not in ARROWS.get(part, frozenset()):
                faults.append(f"{module.name}:{line} imports {target}: no arrow from {part} to {part_of(target)}")
    return faults


def cycles(modules: Mapping[str, Module]) -> list[str]:
    """Circles of imports between modules, each written once as a path."""
    graph = {
        module.name: sorted(
            {target for name, _ in imported_names(module) if (target := _resolved(name, modules)) and target != module.name}
        )
        for module in modules.values()
    }
    found: set[str] = set()
    done: set[str] = set()

    def walk(name: str, path: list[str]) -> None:
        if name in path:
            circle = path[path.index(name) :]
            first = circle.index(min(circle))
            found.add(" → ".join([*circle[first:], *circle[:first], min(circle)]))
        elif name not in done:
            for target in graph[name]:
                walk(target, [*path, name])
            done.add(name)

    for name in sorted(graph):
        walk(name, [])
    return sorted(found)


def borrowed_libraries(modules: Mapping[str, Module]) -> list[str]:
    """Imports of a library outside the parts that own it."""
    faults = []
    for module in modules.values():
        for name, line in imported_names(module):
            library = name.partition(".")[0]
            owners = OWNERS.get("flask" if library.startswith("flask") else library)
            if owners and part_of(module.name) not in owners:
                faults.append(f"{module.name}:{line} imports {library}, which belongs to {', '.join(sorted(owners))}")
    return faults


def empty_names(paths: list[Path]) -> list[str]:
    """Files and directories whose name says nothing."""
    return [str(path) for path in paths if any(Path(part).stem in BANNED_NAMES for part in path.parts)]


def long_modules(modules: Mapping[str, Module], *, allowed: frozenset[str] = frozenset()) -> list[str]:
    """Modules over `MODULE_LINES` lines that are not in `allowed`."""
    counts = {module.name: module.text.count("\n") for module in modules.values()}
    return [f"{name} has {count} lines" for name, count in counts.items() if count > MODULE_LINES and name not in allowed]


def function_lines(module: Module) -> dict[str, int]:
    """Lines of each function's body without its docstring, by name and first line."""
    lines = {}
    for node in ast.walk(module.tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            body = node.body[1:] if ast.get_docstring(node) is not None else node.body
            lines[f"{node.name}:{node.lineno}"] = (body[-1].end_lineno or 0) - body[0].lineno + 1 if body else 0
    return lines


def long_functions(modules: Mapping[str, Module]) -> list[str]:
    """Functions whose body without the docstring is over `FUNCTION_LINES` lines."""
    return [
        f"{module.name}.{name.partition(':')[0]} has {lines} lines"
        for module in modules.values()
        for name, lines in function_lines(module).items()
        if lines > FUNCTION_LINES
    ]


def unnumbered_todos(paths: list[Path]) -> list[str]:
    """Lines that put work off without the number of an issue."""
    return [
        f"{path}:{number} {line.strip()}"
        for path in paths
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if _UNNUMBERED.search(line)
    ]


def foreign_hosts(paths: list[Path]) -> list[str]:
    """Addresses of other hosts that a page would load; links that a person follows are not loads."""
    faults = []
    for path in paths:
        text = path.read_text(encoding="utf-8")
        found = [host for host in CDN_HOSTS if host in text]
        if path.suffix in (".html", ".py"):
            found += ["".join(groups) for groups in _HTML_LOADS.findall(text)]
        if path.suffix in (".html", ".css", ".py"):
            found += _CSS_LOADS.findall(text)
        if path.suffix == ".js":
            found += [address for address in _SCRIPT_ADDRESS.findall(text) if not address.startswith(_NAMESPACES)]
        faults += [f"{path} loads {address}" for address in found]
    return faults
