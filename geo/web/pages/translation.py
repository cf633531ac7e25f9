"""Flask's and Flask-Babel's functions that pages use on every line, under types that say what they give."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import flask
import flask_babel
from babel import Locale, numbers

KEPT_NUMBERS = 20_000
"""Numbers kept as they are written; a page writes hundreds, mostly those of the page before it."""

gettext: Callable[..., str] = flask_babel.gettext
ngettext: Callable[..., str] = flask_babel.ngettext
format_date: Callable[..., str] = flask_babel.format_date
url_for: Callable[..., str] = flask.url_for


@lru_cache(maxsize=KEPT_NUMBERS)
def _decimal(value: float, pattern: str | None, locale: Locale | None) -> str:
    return str(numbers.format_decimal(value, pattern, locale=locale))


@lru_cache(maxsize=KEPT_NUMBERS)
def _percent(value: float, pattern: str | None, locale: Locale | None) -> str:
    return str(numbers.format_percent(value, pattern, locale=locale))


def format_decimal(value: float, pattern: str | None = None) -> str:
    """A number by the present language's rule and a pattern of CLDR, such as "#,##0.##"."""
    return _decimal(value + 0, pattern, flask_babel.get_locale())  # + 0 makes -0.0, which equals 0.0, read like it


def format_percent(value: float, pattern: str | None = None) -> str:
    """A share of 0 to 1 as percent by the present language's rule, or by a pattern of CLDR."""
    return _percent(value + 0, pattern, flask_babel.get_locale())
