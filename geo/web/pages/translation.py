"""Flask's and Flask-Babel's functions that pages use on every line, under types that say what they give."""

from __future__ import annotations

from collections.abc import Callable

import flask
import flask_babel

gettext: Callable[..., str] = flask_babel.gettext
ngettext: Callable[..., str] = flask_babel.ngettext
format_date: Callable[..., str] = flask_babel.format_date
format_decimal: Callable[..., str] = flask_babel.format_decimal
format_percent: Callable[..., str] = flask_babel.format_percent
url_for: Callable[..., str] = flask.url_for
