"""`verify`: counts the figures of a citation again from the release file, and says whether they are those that were cited."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from geo.cli.shell import command, working, workspace
from geo.cli.tables import aligned, as_json, share_text
from geo.errors import QosylError
from geo.model import STATUSES
from geo.services.saved_answers import differences
from geo.services.verifying import Verification, Verified, verify

MATCH, NO_MATCH, NOT_CHECKED = 0, 1, 2
"""Exit codes: the figures are those that were cited, they are others, nothing can be said."""


class NotChecked(click.ClickException):
    """Why nothing can be said of a citation."""

    exit_code = NOT_CHECKED

    def show(self, file: Any = None) -> None:
        """Write the reason to standard error."""
        click.secho(f"Not checked: {self.format_message()}", err=True, fg="yellow", color=self.show_color)


@command("verify")
@click.argument("link")
@click.option(
    "--file",
    "files",
    multiple=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A release file, as /api/v1/releases/ID/file gives it, for each release of the link; without it those of the store.",
)
@click.option(
    "--answer",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A saved answer of the link, JSON or CSV: each of its figures is compared too.",
)
@click.option("--json", "is_json", is_flag=True, help="Tell it as JSON, with every figure.")
def verify_citation(link: str, *, files: tuple[Path, ...], answer: Path | None, is_json: bool) -> None:
    """Count the figures of a citation link again from the release file, and compare.

    Exit code 0: match, 1: no match, 2: it could not be checked. With --file no database is needed.
    """
    try:
        with working("reading the release file"):
            found = verify(link, files=files, workspace=None if files else workspace())
        told = differences(found, answer.read_bytes()) if answer is not None and found.is_match else ()
    except QosylError as error:
        raise NotChecked(" ".join(str(error).split())) from error
    if told:
        found = replace(found, reason="; ".join(told))
    click.echo(as_json(_document(found))) if is_json else _tell(found)
    if not found.is_match:
        click.get_current_context().exit(NO_MATCH)


def _tell(found: Verification) -> None:
    color = click.get_current_context().color
    click.secho("match" if found.is_match else "no match", bold=True, fg="green" if found.is_match else "red", color=color)
    if found.reason:
        click.echo(f"{found.reason[0].upper()}{found.reason[1:]}.")
    for release in dict.fromkeys((part.release.id, part.figures.sha256, part.path.name) for part in found.parts):
        click.echo(f"Release {release[0]}, sha256 {release[1]}, file {release[2]}.")
    cited = found.cited
    click.echo("; ".join(f"{name} {text}" for name, text in _asked(found).items()))
    if found.parts:
        click.echo(f"Figures counted now {found.figures}, cited {cited.figures}.\n\n{_table(found)}")


def _asked(found: Verification) -> Mapping[str, str]:
    cited = found.cited
    asked = {"norm": ",".join(cited.norms), "basis": cited.basis.value, "by": ",".join(cited.by), **cited.where.as_parameters()}
    asked |= {"boundaries": cited.boundaries, "cited by software": cited.software}
    return {name: text for name, text in asked.items() if text}


def _table(found: Verification) -> str:
    headers = (
        "release",
        "norm",
        "schools",
        *(status.value.replace("_", " ") for status in STATUSES),
        "connected",
        "meets norm",
        "students",
    )
    return aligned(headers, [(str(part.release.id), part.figures.norm, *_figures(part)) for part in found.parts])


def _figures(part: Verified) -> tuple[object, ...]:
    row = part.figures.total
    shares = [
        share_text(*(row[f"schools_{name}_share{bound}"] for bound in ("", "_lower", "_upper"))) for name in ("connected", "meets_norm")
    ]
    return (row["schools"], *(row[f"schools_{status}"] for status in STATUSES), *shares, row["students"])


def _document(found: Verification) -> dict[str, Any]:
    return {
        "outcome": "match" if found.is_match else "no match",
        "reason": found.reason or None,
        "link": found.cited.link,
        "figures_cited": found.cited.figures,
        "figures_counted": found.figures or None,
        "rows": [_row(part, row.keys, row.figures) for part in found.parts for row in part.figures.rows],
        "totals": [_row(part, {}, part.figures.total.figures) for part in found.parts],
    }


def _row(part: Verified, keys: Mapping[Any, str | None], figures: Mapping[str, Any]) -> dict[str, Any]:
    named = {"release": part.release.id, "sha256": part.figures.sha256}
    return {**named, **{str(name): code for name, code in keys.items()}, "norm": part.figures.norm, **figures}
