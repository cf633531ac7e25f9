"""The refusal of a filter, which names what is wrong, what was probably meant and what is accepted."""

from __future__ import annotations

from collections.abc import Iterable

from rapidfuzz import fuzz, process

from geo.errors import InvalidParameter

SHOWN_CHARACTERS = 60
SUGGESTION_SCORE = 60


class InvalidFilter(InvalidParameter):
    """A filter that is no CQL2, too large, or does not fit the properties; `nearest` is the word that was probably meant."""

    def __init__(self, message: str, *, nearest: str | None = None, accepted: str = "") -> None:
        hint = f"; did you mean {nearest!r}?" if nearest else ("." if accepted else "")
        super().__init__(f"'filter' {message}{hint} {accepted}".rstrip(), parameter="filter", code="invalid_filter")
        self.nearest = nearest


def shown(value: object) -> str:
    """A value for a message: cut, control characters escaped."""
    text = str(value)
    return repr(text if len(text) <= SHOWN_CHARACTERS else text[:SHOWN_CHARACTERS] + "…")


def nearest_of(text: str, known: Iterable[str]) -> str | None:
    """The known word that looks most like a text, or None where none does."""
    best = process.extractOne(text[:SHOWN_CHARACTERS], list(known), scorer=fuzz.WRatio, score_cutoff=SUGGESTION_SCORE)
    return best[0] if best else None
