"""Titles of problems by their code alone, for lists that count problems."""

from __future__ import annotations

from collections.abc import Callable

from geo.intake.problems import PROBLEMS


def title_of_code(code: str, translate: Callable[[str], str] = str) -> str:
    """Name of a problem in a few words, in the language of `translate` (a gettext function); "" for a code that is no problem's."""
    text = PROBLEMS.get(code)
    return "" if text is None else translate(text.title)
