"""`coverage`: the coverage answer of a release, as a table, JSON or CSV."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import click

from geo.cli.shell import command, workspace
from geo.cli.tables import aligned, as_csv, as_json, share_text
from geo.errors import InvalidParameter
from geo.model import (
    FILTERS,
    GROUPING_COLUMNS,
    NO_VALUE,
    STATUSES,
    AreaType,
    Basis,
    ConnectivityType,
    EducationLevel,
    Flag,
    Grouping,
    Status,
    View,
    Where,
    where,
)
from geo.schools import enrolment_range
from geo.services.coverage import coverage_answer

MOST_GROUPINGS = 3
GROUPINGS: tuple[Grouping, ...] = (*GROUPING_COLUMNS, Grouping.STATUS)
"""What one release can be grouped by."""
WITHOUT_CODE: Mapping[str, str] = {"admin1": "no region", "admin2": "no district"}
ACCEPTED: Mapping[str, tuple[str, ...]] = {
    "area_type": tuple(AreaType),
    "education_level": tuple(EducationLevel),
    "connectivity_type": tuple(ConnectivityType),
    "status": tuple(Status),
    "flag": tuple(Flag),
    "disagrees": ("true", "false"),
}
"""Values that a filter takes beside `none`; regions are looked up in the release."""
WITHOUT_NONE = frozenset({"status", "flag", "disagrees"})
"""Filters of which no school is without a value, so that `none` says nothing."""


def _words(text: str | None) -> tuple[str, ...]:
    return tuple(word.strip() for word in (text or "").split(",") if word.strip())


def groupings(text: str | None) -> tuple[Grouping, ...]:
    """Groupings from `admin1,area_type`; none from nothing.

    Raises
    ------
    InvalidParameter
        A word that is no grouping, one that comes twice, or more than three.
    """
    words = _words(text)
    for word in words:
        if word not in GROUPINGS:
            raise InvalidParameter(f"--by takes {', '.join(GROUPINGS)}, joined by commas; got '{word}'", parameter="by")
    if len(set(words)) != len(words) or len(words) > MOST_GROUPINGS:
        raise InvalidParameter(f"--by takes up to {MOST_GROUPINGS} different groupings; got '{text}'", parameter="by")
    return tuple(Grouping(word) for word in words)


def filter_of(options: Mapping[str, str | None]) -> Where:
    """Filter from the values of the filter options, each a text of values joined by commas, or None.

    Education levels hold commas themselves: one is taken whole before the text is split.

    Raises
    ------
    InvalidParameter
        A value that the option does not take.
    """
    return where(**{name: _filter_values(name, options.get(name)) for name in FILTERS})


def _filter_values(name: str, text: str | None) -> tuple[str, ...]:
    accepted = ACCEPTED.get(name)
    if name == "enrolment":
        for value in _words(text):
            enrolment_range(value)
    if accepted is None:
        return _words(text)
    if text in accepted:
        return (str(text),)
    values = _words(text)
    taken = accepted if name in WITHOUT_NONE else (*accepted, NO_VALUE)
    for value in values:
        if value not in taken:
            raise InvalidParameter(f"--{name.replace('_', '-')} takes {', '.join(taken)}; got '{value}'", parameter=name)
    return values


def _with_filters(function: Callable[..., None]) -> Callable[..., None]:
    """Give a command one option a filter."""
    for name in reversed(FILTERS):
        accepted = ", ".join(ACCEPTED[name]) if name in ("area_type", "status") else "values"
        help_text = f"Only schools of these: {accepted}; several joined by commas, {NO_VALUE} for those without."
        function = click.option(f"--{name.replace('_', '-')}", help=help_text)(function)
    return function


@command("coverage")
@click.option("--by", help=f"Up to {MOST_GROUPINGS} of {', '.join(GROUPINGS)}, joined by commas; without it the whole.")
@click.option("--norm", help="Norm: kz-2023, giga-20, giga-5 or Mbps as a number.")
@click.option("--basis", type=click.Choice([basis.value for basis in Basis]), default=Basis.BEST.value, show_default=True)
@click.option("--release", "release_id", type=int, help="Release id; without it the current one.")
@_with_filters
@click.option("--lang", "language", type=click.Choice(["kk", "ru", "en"]), default="en", show_default=True, help="Language of the names.")
@click.option("--format", "form", type=click.Choice(["table", "json", "csv"]), default="table", show_default=True)
def coverage(
    *, by: str | None, norm: str | None, basis: str, release_id: int | None, language: str, form: str, **filters: str | None
) -> None:
    """Count schools by status, with shares and bounds."""
    view = View(release_id=release_id, norm=norm, basis=Basis(basis), where=filter_of(filters))
    found = coverage_answer(workspace(), view, groupings(by), language=language)
    answer = {**found.as_dict(), "citation_link": found.cited.link}
    if form == "json":
        click.echo(as_json(answer))
    elif form == "csv":
        click.echo(as_csv(answer["rows"] or [answer["total"]]), nl=False)
    else:
        click.echo(_table(answer))


def _table(answer: Mapping[str, Any]) -> str:
    by = [str(word) for word in answer["by"]]
    headers = (*by, "schools", *(status.value.replace("_", " ") for status in STATUSES), "connected", "meets norm", "students")
    rows = [(*_group(row, by), *_figures(row)) for row in answer["rows"]]
    rows.append((*("all" for _ in by), *_figures(answer["total"])))
    return f"{aligned(headers, rows)}\n\n{answer['citation']}\n{answer['citation_link']}"


def _group(row: Mapping[str, Any], by: list[str]) -> tuple[str, ...]:
    """Code and name of a row's group; words where it has no code."""
    return tuple(" ".join(filter(None, (row[word], row.get(f"{word}_name")))) or WITHOUT_CODE.get(word, "unknown") for word in by)


def _figures(row: Mapping[str, Any]) -> tuple[object, ...]:
    shares = [
        share_text(*(row[f"schools_{name}_share{bound}"] for bound in ("", "_lower", "_upper"))) for name in ("connected", "meets_norm")
    ]
    return (row["schools"], *(row[f"schools_{status}"] for status in STATUSES), *shares, row["students"])
