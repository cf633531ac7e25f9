"""What the catalogue holds for one problem code."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from geo.model import Severity


class Refusal(StrEnum):
    """Why a whole file cannot be staged; web gives each its status."""

    UNPROCESSABLE = "unprocessable"
    UNSUPPORTED = "unsupported"
    """Not a kind of file that is read."""


@dataclass(frozen=True, slots=True)
class ProblemText:
    """Texts and weight of a problem code or of one of its variants.

    Parameters
    ----------
    title
        A few words.
    sentence, fix
        Templates with {line}, {column}, {value} and the parameters of the code.
    refusal
        Set where the problem refuses the whole file.
    variants
        Variant name → texts that stand in for these.
    """

    severity: Severity
    title: str
    sentence: str
    fix: str = ""
    refusal: Refusal | None = None
    variants: Mapping[str, ProblemText] = field(default_factory=dict)


def _(text: str) -> str:
    """Mark a text for extraction; translated where it is shown."""
    return text


def error(title: str, sentence: str, fix: str = "", **more: Any) -> ProblemText:
    """An error: the file is not publishable as it is."""
    return ProblemText(Severity.ERROR, title, sentence, fix, **more)


def refused(title: str, sentence: str, fix: str = "", **more: Any) -> ProblemText:
    """An error that refuses the whole file."""
    return ProblemText(Severity.ERROR, title, sentence, fix, refusal=Refusal.UNPROCESSABLE, **more)


def warning(title: str, sentence: str, fix: str = "", **more: Any) -> ProblemText:
    """Something odd that never blocks."""
    return ProblemText(Severity.WARNING, title, sentence, fix, **more)


def notice(title: str, sentence: str, fix: str = "", **more: Any) -> ProblemText:
    """Something worth saying that never blocks."""
    return ProblemText(Severity.NOTICE, title, sentence, fix, **more)


mark = _
