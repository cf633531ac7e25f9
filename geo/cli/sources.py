"""`sources`: name interfaces that data is pulled from, list them with their age, pull them, forget them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from geo.cli.shell import Group, Refused, command, working, workspace
from geo.cli.tables import NOTHING, aligned, as_json
from geo.errors import QosylError
from geo.model import SourceRecord, SpeedUnit
from geo.services.source_pulls import PullResult, pull_source
from geo.services.sources import NewSource, add_source, age_days, remove_source, trust_source
from geo.services.sources import sources as all_sources

HELD = {
    "errors": "rows have errors",
    "questions": "something was guessed and must be confirmed",
    "gates": "it changes so much that a person must confirm it",
    "undone": "a release of this source was undone or withdrawn; once an import of it is published again, pulls are too",
}


@click.group("sources", cls=Group)
def sources() -> None:
    """Pull school lists from Giga's data interface."""


@command("add", group=sources)
@click.argument("name")
@click.option("--country", required=True, help="ISO 3166-1 code of three letters, such as KAZ.")
@click.option("--base-url", default="", help="Base address of the interface; without it GIGA_API_URL.")
@click.option(
    "--key-file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="File with a key for each endpoint; without it the settings GIGA_KEY_…. Only the path is kept.",
)
@click.option("--trusted", "is_trusted", is_flag=True, help="Publish pulls by themselves where nothing speaks against it.")
@click.option("--locations-only", is_flag=True, help="Pull names and places alone, without a key for schools_profile.")
@click.option(
    "--measurements", type=click.IntRange(0), default=0, metavar="DAYS", help="Pull measured speeds of so many days; 0 pulls none."
)
@click.option("--measurements-unit", type=click.Choice([unit.value for unit in SpeedUnit]), help="Unit of the interface's speeds.")
def add(name: str, *, locations_only: bool, measurements: int, measurements_unit: str | None, **given: Any) -> None:
    """Name a source; nothing is asked of it yet."""
    unit = None if measurements_unit is None else SpeedUnit(measurements_unit)
    new = NewSource(name, has_profiles=not locations_only, measurements_days=measurements, measurements_unit=unit, **given)
    record = add_source(workspace(), new)
    click.echo(f"Source {record.name} is kept. `sources pull {record.name}` pulls it.")


@command("list", group=sources)
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
def show_sources(form: str) -> None:
    """List sources with the age of what they brought: never their keys."""
    found = all_sources(workspace())
    if form == "json":
        click.echo(as_json([_members(source) for source in found]))
        return
    headers = ("name", "country", "trusted", "last good pull", "days", "last try", "ended", "import")
    rows = [
        (
            source.name,
            source.country,
            "yes" if source.is_trusted else "no",
            source.last_success_at,
            age_days(source),
            source.last_pull_at,
            _ended(source),
            None if source.last_import_id is None else str(source.last_import_id),
        )
        for source in found
    ]
    click.echo(aligned(headers, rows) if rows else "There are no sources.")


def _ended(source: SourceRecord) -> str:
    if source.last_state is None:
        return NOTHING
    return f"{source.last_state}: {source.last_failure['code']}" if source.last_failure else source.last_state.value


def _members(source: SourceRecord) -> dict[str, Any]:
    return {
        "name": source.name,
        "kind": source.kind,
        "country": source.country,
        "base_url": source.base_url,
        "options": source.options,
        "is_trusted": source.is_trusted,
        "last_pull_at": source.last_pull_at,
        "last_success_at": source.last_success_at,
        "age_days": age_days(source),
        "last_state": source.last_state,
        "last_import_id": source.last_import_id,
        "last_report": source.last_report,
        "last_failure": source.last_failure,
    }


@command("pull", group=sources)
@click.argument("names", metavar="[NAME]…", nargs=-1)
@click.option("--all", "pulls_all", is_flag=True, help="Pull every source; one that fails does not keep the others.")
def pull(names: tuple[str, ...], pulls_all: bool) -> None:
    """Pull sources now; exit code 1 where one failed, after the others were pulled."""
    if bool(names) == pulls_all:
        raise click.UsageError("name the sources to pull, or give --all")
    ws = workspace()
    failed = []
    for name in [source.name for source in all_sources(ws)] if pulls_all else names:
        try:
            with working(f"{name}: asking") as step:
                result = pull_source(ws, name, told=step)
        except QosylError as error:
            click.secho(f"{name}: {' '.join(str(error).split())}", err=True, fg="red", color=click.get_current_context().color)
            failed.append(name)
        else:
            click.echo(_told(result))
    if failed:
        raise Refused(f"{len(failed)} of the pulls failed ({', '.join(failed)}); what was published before stands")


def _told(result: PullResult) -> str:
    name, imported = result.source.name, result.imported
    counts = (result.source.last_report or {}).get("counts", {})
    listed = ", ".join(f"{count:,} {what.replace('_', ' ')}" for what, count in counts.items())
    if result.release is not None:
        return f"{name}: release {result.release.id} is published from import {imported.id} ({listed})."
    if result.source.last_state == "unchanged":
        return f"{name}: nothing new ({listed})."
    why = f"; not published, since {HELD.get(result.held, result.held)}" if result.held else ""
    return f"{name}: import {imported.id} is {imported.state} ({listed}){why}."


@command("trust", group=sources)
@click.argument("name")
@click.option("--off", "is_off", is_flag=True, help="Let its pulls wait for a person again.")
def trust(name: str, is_off: bool) -> None:
    """Publish pulls of a source by themselves from now on, where nothing speaks against it."""
    record = trust_source(workspace(), name, is_trusted=not is_off)
    click.echo(f"Source {record.name} is {'trusted' if record.is_trusted else 'not trusted'}.")


@command("remove", group=sources)
@click.argument("name")
def remove(name: str) -> None:
    """Forget a source; what was published from it stays."""
    remove_source(workspace(), name)
    click.echo(f"Source {name} is removed.")
