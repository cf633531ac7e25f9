"""What a file of schools may hold, for people: every column with its spellings and words, made from the column table as the reader is."""

from __future__ import annotations

from dataclasses import dataclass

from flask import render_template, request

from geo.column_table import COLUMNS, Column, ColumnKind
from geo.web.current import workspace
from geo.web.languages import language
from geo.web.pages.blueprint import blueprint, subject
from geo.web.pages.figures import decimal
from geo.web.pages.import_words import CHOICES
from geo.web.pages.translation import gettext
from geo.web.params import read_query

BY_NAME = {each.name: each for each in COLUMNS}


@dataclass(frozen=True)
class FormatLine:
    """One column as the page shows it.

    Parameters
    ----------
    holds
        What its cells may be: a unit and limits, or "" where a list of words says it.
    words
        Each word with the spellings of it that are read, first those of no language of their own.
    spellings
        Headings besides the name, in the page's language.
    """

    name: str
    description: str
    holds: str
    words: tuple[tuple[str, tuple[str, ...]], ...]
    spellings: tuple[str, ...]


@blueprint.get("/imports/format")
def file_format() -> str:
    """Show what a file may hold."""
    read_query(request.args, ("lang",))
    groups = {group: [_line(BY_NAME[name]) for name in names] for group, names in CHOICES.items()}
    settings = workspace().settings
    return render_template(
        "file_format.html", groups=groups, subject=subject(), max_upload_mb=settings.max_upload_mb, max_rows=settings.max_rows
    )


def _line(column: Column) -> FormatLine:
    words = tuple((word, column.value_spellings.get(word, ())) for word in column.values)
    return FormatLine(column.name, gettext(column.description), _holds(column), words, column.spellings.get(language(), ()))


def _holds(column: Column) -> str:
    if column.minimum is not None and column.maximum is not None:
        return gettext("%(low)s to %(high)s", low=decimal(column.minimum), high=decimal(column.maximum))
    if column.kind is ColumnKind.DATE:
        return "2026-10-02, 02.10.2026"
    return gettext("text, at most %(count)s characters", count=column.max_length) if column.max_length else ""
