"""`mappings`: list and remove how the files of a source are read."""

from __future__ import annotations

import click

from geo.cli.shell import Group, command, workspace
from geo.cli.tables import aligned
from geo.services.mappings import list_mappings, remove_mapping


@click.group("mappings", cls=Group)
def mappings() -> None:
    """List and remove how the files of a source are read."""


@command("list", group=mappings)
def show_mappings() -> None:
    """List what is remembered of each source."""
    rows = [
        (
            found.name,
            len(found.options.get("mapping", {})),
            sum(len(words) for words in found.options.get("values", {}).values()),
            ", ".join(f"{name}={unit}" for name, unit in found.options.get("units", {}).items()),
            found.options.get("encoding"),
            found.updated_at,
            found.updated_by,
        )
        for found in list_mappings(workspace())
    ]
    headers = ("source", "headings", "words", "units", "encoding", "changed", "by")
    click.echo(aligned(headers, rows) if rows else "Nothing is remembered of any source.")


@command("remove", group=mappings)
@click.argument("name", metavar="SOURCE")
def remove(name: str) -> None:
    """Forget how the files of a source are read; its next file is read anew."""
    remove_mapping(workspace(), name)
    click.echo(f"Nothing is remembered of {name} any more.")
