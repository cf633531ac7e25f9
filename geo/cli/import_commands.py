"""`imports`: list, show, change, publish and discard what was uploaded."""

from __future__ import annotations

from typing import Any

import click

from geo.cli.import_options import changes_from, reading_options
from geo.cli.imports import import_members, import_text, publish_staged, read_to_the_end
from geo.cli.shell import Group, command, working, workspace
from geo.cli.tables import aligned, as_json
from geo.model import ImportRecord
from geo.services.imports import change_import, discard_import, import_record
from geo.services.imports import imports as kept_imports
from geo.services.suggestions import suggested_matches

FORM = click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)


@click.group("imports", cls=Group)
def imports() -> None:
    """List, show, change, publish and discard uploaded files."""


@command("list", group=imports)
@click.option("--limit", type=click.IntRange(1, 1000), default=20, show_default=True, help="How many to list, newest first.")
@click.option("--before", type=int, help="Only imports older than this id.")
def list_imports(limit: int, before: int | None) -> None:
    """List uploaded files, newest first."""
    found = kept_imports(workspace(), limit=limit, before=before)
    rows = [(str(it.id), it.state.value, it.file_name, it.created_at, it.created_by, it.release_id) for it in found]
    click.echo(aligned(("id", "state", "file", "uploaded", "by", "release"), rows) if rows else "Nothing has been uploaded yet.")


@command("show", group=imports)
@click.argument("import_id", metavar="ID", type=int)
@FORM
def show(import_id: int, form: str) -> None:
    """Show an import and its report."""
    _tell(import_record(workspace(), import_id), form)


@command("change", group=imports)
@click.argument("import_id", metavar="ID", type=int)
@reading_options
@click.option("--accept-above", type=click.FloatRange(0, 1), help="Accept every suggested match from this score up, 0 to 1.")
@click.option(
    "--accept", multiple=True, metavar="ROW=SCHOOL", help="Accept a match of a row's id and a school; without SCHOOL take it back."
)
@click.option("--refuse", multiple=True, metavar="ROW=SCHOOL", help="Say that a row's id and a school are not one school.")
@click.option("--confirm-guesses", is_flag=True, help="Take the guesses that the report asks about as right.")
@FORM
def change(import_id: int, form: str, *, accept_above: float | None, confirm_guesses: bool, **given: Any) -> None:
    """Read an import again with other options; what is not given stays."""
    decisions = {name: [_pair(text, name) for text in texts] for name in ("accept", "refuse") if (texts := given.pop(name))}
    told = changes_from(given) | decisions
    if accept_above is not None:
        told["accept_above"] = accept_above
    if confirm_guesses:
        told["confirm"] = True
    if not told:
        raise click.UsageError("give at least one option that is to change")
    with working("reading and matching"):
        record = read_to_the_end(workspace(), change_import(workspace(), import_id, told))
    _tell(record, form)


def _pair(text: str, option: str) -> dict[str, str | None]:
    """A row and a school from "X1=DEMO-00001"; "X1=" names no school, which only an acceptance may."""
    row_id, sign, school_id = text.partition("=")
    if not sign or not row_id or not (school_id or option == "accept"):
        raise click.BadParameter(f"'--{option}' must be ROW=SCHOOL; got {text!r}")
    return {"row_id": row_id, "school_id": school_id or None}


@command("matches", group=imports)
@click.argument("import_id", metavar="ID", type=int)
@click.option("--above", type=click.FloatRange(0, 1), default=0.0, help="Only suggestions from this score up, 0 to 1.")
@FORM
def matches(import_id: int, above: float, form: str) -> None:
    """List schools suggested for rows that share no id with any, best first."""
    found = [match for match in suggested_matches(workspace(), import_id) if match.score >= above]
    if form == "json":
        click.echo(as_json([match.as_dict() for match in found]))
        return
    rows = [(it.score, it.row_id, it.row_name, it.school_id, it.school_name, it.distance_km, " ".join(it.reasons)) for it in found]
    headers = ("score", "row", "name in the file", "school", "name", "km", "why")
    click.echo(aligned(headers, rows) if rows else "No school is suggested for any row.")


@command("publish", group=imports)
@click.argument("import_id", metavar="ID", type=int)
@click.option("--accept-partial", is_flag=True, help="Publish although rows were rejected, without those rows.")
@click.option("--reason", default="", help="Why; kept in the release and the audit log.")
@click.option("--confirm", metavar="TOKEN", help="Confirm the gates with the numbers that the report showed with this token.")
def publish(import_id: int, **wish: Any) -> None:
    """Publish a staged import as a new release."""
    publish_staged(import_id, wish)


@command("discard", group=imports)
@click.argument("import_id", metavar="ID", type=int)
def discard(import_id: int) -> None:
    """Discard an import that is not published, or stop reading it."""
    record = discard_import(workspace(), import_id)
    click.echo(f"Import {import_id} is {record.state}. Nothing was published.")


def _tell(record: ImportRecord, form: str) -> None:
    click.echo(as_json(import_members(record)) if form == "json" else import_text(record))
