"""Reads CQL2 text by the library, within limits that keep its recursive parser from running out of stack."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cql2

from geo.errors import InvalidParameter

MAX_CHARACTERS = 2_000
MAX_OPENED = 60
"""Parentheses that a filter may open, and NOTs that it may have: a few thousand nested ones end the process (seen with cql2 0.6.0)."""


@dataclass(frozen=True, slots=True)
class Expression:
    """A filter that was read.

    Parameters
    ----------
    text
        Its canonical text.
    tree
        The same in CQL2 JSON.
    """

    text: str
    tree: Any


def read_expression(text: str) -> Expression:
    """Read CQL2 text.

    Raises
    ------
    InvalidParameter
        Code `invalid_filter`: it is too long, nested too deeply, or is not CQL2.
    """
    if len(text) > MAX_CHARACTERS or text.count("(") > MAX_OPENED or text.upper().count("NOT") > MAX_OPENED:
        raise refused(text, f"at most {MAX_CHARACTERS} characters with at most {MAX_OPENED} parentheses and NOTs")
    try:
        expression = cql2.parse_text(text)
        return Expression(expression.to_text(), expression.to_json())
    except Exception as error:  # the library's own exceptions have no public base class
        raise refused(text, "CQL2 text such as status = 'unconnected' AND num_students > 100") from error


def refused(text: str, accepted: str) -> InvalidParameter:
    """The refusal of a filter, naming what is accepted."""
    return InvalidParameter(f"'filter' must be {accepted}; got {text[:60]!r}", parameter="filter", code="invalid_filter")
