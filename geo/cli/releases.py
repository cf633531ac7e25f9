"""`releases`: list, show, undo and withdraw published releases."""

from __future__ import annotations

import click

from geo.cli.impact import impact_text
from geo.cli.shell import Group, command, working, workspace
from geo.cli.tables import aligned, as_json, cell_text
from geo.errors import UndoClashes
from geo.model import ReleaseRecord
from geo.services.releases import release_changes, undo_release
from geo.services.releases import releases as published_releases
from geo.services.withdrawals import withdraw_release

SHOWN_CLASHES = 20


@click.group("releases", cls=Group)
def releases() -> None:
    """List, show, undo and withdraw releases."""


@command("list", group=releases)
@click.option("--limit", type=click.IntRange(1, 1000), default=20, show_default=True, help="How many to list, newest first.")
@click.option("--before", type=int, help="Only releases older than this id.")
def list_releases(limit: int, before: int | None) -> None:
    """List releases, newest first."""
    found = published_releases(workspace(), limit=limit, before=before)
    rows = [(str(it.id), it.kind.value, it.school_count, it.published_at, it.published_by, it.reason) for it in found]
    click.echo(aligned(("id", "kind", "schools", "published", "by", "reason"), rows) if rows else "Nothing has been published yet.")


@command("show", group=releases)
@click.argument("release_id", metavar="[ID]", type=int, required=False)
@click.option("--since", type=int, help="The release to compare with; else the one that it was made from.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
def show(release_id: int | None, since: int | None, form: str) -> None:
    """Show a release and what it changed; without ID the current one."""
    ws = workspace()
    changes = release_changes(ws, ws.release(release_id).id, since=since)
    impact = None if changes.impact is None else changes.impact.as_dict()
    if form == "json":
        click.echo(as_json({"release": _facts(changes.release), "since": changes.since.id if changes.since else None, "changes": impact}))
        return
    click.echo(aligned(("release", str(changes.release.id)), list(_facts(changes.release).items())[1:]))
    against = f"release {changes.since.id}" if changes.since else "nothing: it is the first"
    told = "Not told: that release was withdrawn." if impact is None else impact_text(impact)
    click.echo(f"\nChanges against {against}\n\n{told}")


def _facts(record: ReleaseRecord) -> dict[str, object]:
    return {
        "id": record.id,
        "kind": record.kind.value,
        "parent": record.parent_id,
        "schools": record.school_count,
        "published": record.published_at,
        "by": record.published_by,
        "reason": record.reason,
        "boundaries": ", ".join(f"{level} {vintage}" for level, vintage in sorted(record.vintages.items())),
        "sources": "; ".join(record.sources),
        "file": record.file_name,
        "sha256": record.sha256,
        "bytes": record.byte_count,
        **{name.replace("_", " "): count for name, count in record.counts.items() if name != "schools"},
    }


@command("undo", group=releases)
@click.argument("release_id", metavar="ID", type=int)
@click.option("--reason", required=True, help="Why; kept in the release and the audit log.")
def undo(release_id: int, reason: str) -> None:
    """Take back what release ID changed, by publishing a new release."""
    try:
        with working(f"undoing release {release_id}"):
            record = undo_release(workspace(), release_id, actor=None, reason=reason)
    except UndoClashes as error:
        for school_id, fact in error.clashes[:SHOWN_CLASHES]:
            click.echo(f"changed since: {cell_text(school_id)} {fact}", err=True)
        raise
    click.echo(f"Release {record.id} is published: release {release_id} is undone.")


@command("withdraw", group=releases)
@click.argument("release_id", metavar="ID", type=int)
@click.option("--reason", required=True, help="Why; whoever asks for the release is told it.")
def withdraw(release_id: int, reason: str) -> None:
    """Take release ID, and every other of the very same data, out of public reach for good."""
    for record in withdraw_release(workspace(), release_id, reason=reason, actor=None):
        click.echo(f"Release {record.release_id} is withdrawn: it answers nobody any more.")
