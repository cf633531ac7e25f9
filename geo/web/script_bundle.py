"""Joins our ES modules into one classic script, so that a page asks for one file and opens from `file://` too.

Browsers refuse modules under `file://`, and each module is a request of its own. There is no build step: the joining happens when the
script is first asked for. Only the few forms that our modules use are understood; anything else is refused rather than guessed.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping

_IMPORT = re.compile(r'^import\s+(?:\{([^}]*)\}\s+from\s+)?"(\.{1,2}/[^"]+)";[ \t]*$', re.MULTILINE)
_EXPORT = re.compile(r"^export\s+(?=(?:async\s+)?(?:function\*?|class|const|let)\s+(\w+))", re.MULTILINE)
_LEFT_OVER = re.compile(r"^(?:import|export)\b.*$", re.MULTILINE)


def bundled(entry: str, modules: Mapping[str, str]) -> str:
    """One classic script that does what a module and all it imports do, each in a scope of its own.

    Parameters
    ----------
    entry
        Path of the module to start with, a key of `modules`.
    modules
        Text of each module by its path, with slashes.

    Raises
    ------
    ValueError
        A module is missing, modules import one another in a circle, or a form of import or export is not among those understood:
        `import { a, b as c } from "./x.js";`, `import "./x.js";`, and `export` before a function, class, const or let.
    """
    numbers: dict[str, int] = {}
    parts: list[str] = []
    _add(entry, modules, numbers, parts, ())
    return "(() => {\n" + "".join(parts) + "})();\n"


def _add(path: str, modules: Mapping[str, str], numbers: dict[str, int], parts: list[str], above: tuple[str, ...]) -> None:
    if path in above:
        raise ValueError(f"modules import one another in a circle: {' → '.join([*above, path])}")
    if path in numbers:
        return
    if path not in modules:
        raise ValueError(f"there is no module {path!r}, which {above[-1] if above else 'a page'} asks for")
    for _, target in _IMPORT.findall(modules[path]):
        _add(_resolved(path, target), modules, numbers, parts, (*above, path))
    text = _IMPORT.sub(lambda found: _taken(found, path, numbers), modules[path])
    exported = _EXPORT.findall(text)
    text = _EXPORT.sub("", text)
    left_over = _LEFT_OVER.search(text)
    if left_over:
        raise ValueError(f"{path}: cannot join {left_over.group()!r}")
    numbers[path] = len(numbers)
    parts.append(f'const m{numbers[path]} = (() => {{\n"use strict";\n{text}\nreturn {{ {", ".join(exported)} }};\n}})();\n')


def _taken(found: re.Match[str], path: str, numbers: Mapping[str, int]) -> str:
    """An import as the taking of what its module returned."""
    names, target = found.groups()
    if names is None:
        return ""
    return f"const {{{names.replace(' as ', ': ')}}} = m{numbers[_resolved(path, target)]};"


def _resolved(path: str, target: str) -> str:
    return posixpath.normpath(posixpath.join(posixpath.dirname(path), target))
