"""The catalogue of what can be wrong, odd or worth saying about an uploaded file, and the sentences that say it.

Texts are English templates with named parameters, marked for extraction; whoever shows them passes a translator. A code may have
variants with texts, and sometimes a severity, of their own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from geo.errors import FileRefused
from geo.intake.problem_text import ProblemText
from geo.intake.problem_text import mark as _
from geo.intake.problems_of_cells import CELL_PROBLEMS
from geo.intake.problems_of_files import FILE_PROBLEMS
from geo.intake.problems_of_schools import SCHOOL_PROBLEMS
from geo.model import RowProblem, Severity

PROBLEMS: Mapping[str, ProblemText] = MappingProxyType({**FILE_PROBLEMS, **CELL_PROBLEMS, **SCHOOL_PROBLEMS})
"""Problem code → its texts, severity and, for a file that cannot be staged, the kind of refusal."""

VARIANT = "variant"
"""Parameter that names the variant of a code."""

TRANSLATED = frozenset({"kind", "distance", "unit", "likely_unit"})
"""Parameters whose values are words of ours, translated like the sentence they stand in."""

UNITS = (_("Mbps"), _("kbps"), _("bps"), _("ms"), _("km"), _("degrees"), _("students"))
"""Units of the column table that have a word in other languages."""

_VALUE_LENGTH = 120
_PARAMETER_LENGTH = 500


class _Parameters(dict[str, str]):
    def __missing__(self, key: str) -> str:
        return "?"


def text_of(problem: RowProblem) -> ProblemText:
    """Texts and severity that apply to one problem: those of its variant where it names one."""
    text = PROBLEMS[problem.code]
    return text.variants.get(problem.parameters.get(VARIANT, ""), text)


def severity(problem: RowProblem) -> Severity:
    """How much one problem weighs; a variant may weigh less than its code."""
    return text_of(problem).severity


def title(problem: RowProblem, translate: Callable[[str], str] = str) -> str:
    """Name of the problem in a few words."""
    return translate(text_of(problem).title)


def sentence(problem: RowProblem, translate: Callable[[str], str] = str) -> str:
    """What is wrong, in one or two sentences; control characters of the value are written as code points."""
    return translate(text_of(problem).sentence).format_map(_parameters(problem, translate))


def fix(problem: RowProblem, translate: Callable[[str], str] = str) -> str:
    """What the sender can do; empty where there is nothing to do."""
    return translate(text_of(problem).fix).format_map(_parameters(problem, translate)) if text_of(problem).fix else ""


def _parameters(problem: RowProblem, translate: Callable[[str], str]) -> _Parameters:
    values = {name: shown(translate(value) if value and name in TRANSLATED else value) for name, value in problem.parameters.items()}
    line = "?" if problem.line is None else str(problem.line)
    return _Parameters(values | {"line": line, "column": shown(problem.column or ""), "value": shown(problem.value or "")})


def shown(text: str) -> str:
    """Text made safe for one line of prose: control, invisible and bidi characters as code points."""
    return "".join(c if c.isprintable() else f"[U+{ord(c):04X}]" for c in text)


def row_problem(code: str, line: int | None = None, column: str | None = None, value: str | None = None, **parameters: str) -> RowProblem:
    """A record of one problem, its value cut to 120 characters and its parameters to 500."""
    for name, text in parameters.items():
        if len(text) > _PARAMETER_LENGTH:
            parameters[name] = f"{text[:_PARAMETER_LENGTH]}…"
    return RowProblem(code, line, column, None if value is None else value[:_VALUE_LENGTH], parameters)


def refusal(code: str, *, line: int | None = None, column: str | None = None, wipe: bool = False, **parameters: Any) -> FileRefused:
    """The refusal of a whole file, with its sentence and what to do as message."""
    problem = row_problem(code, line, column, **{name: str(value) for name, value in parameters.items()})
    message = " ".join(part for part in (sentence(problem), fix(problem)) if part)
    return FileRefused(problem, message, wipe=wipe)
