"""`keys`: make, list and revoke access keys. A secret is shown once, when its key is made."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import click

from geo.cli.shell import Group, command, workspace
from geo.cli.tables import aligned
from geo.model import ROLES, Key, Role
from geo.services.keys import create_key, is_valid, list_keys, revoke_key

LONGEST_DAYS = 3650


@click.group("keys", cls=Group)
def keys() -> None:
    """Make, list and revoke access keys."""


@command("create", group=keys)
@click.option("--name", required=True, help="Whose key it is; shown in the audit log.")
@click.option("--role", type=click.Choice([role.value for role in ROLES]), default=Role.PUBLISHER.value, show_default=True)
@click.option("--days", type=click.IntRange(1, LONGEST_DAYS), help="Days until it expires; without it, it does not.")
def create(name: str, role: str, days: int | None) -> None:
    """Make a key and show its secret, this once."""
    expires_at = datetime.now(UTC) + timedelta(days=days) if days else None
    secret, key = create_key(workspace(), name=name, role=Role(role), expires_at=expires_at, actor=None)
    click.echo(f"Key {key.id} for {key.name} ({key.role}). Keep it now: it is not shown again.", err=True)
    click.echo(secret)


@command("list", group=keys)
def show_keys() -> None:
    """List keys: never their secrets."""
    found = list_keys(workspace())
    rows = [(str(key.id), f"{key.prefix}…", key.name, key.role.value, key.created_at, key.expires_at, _state(key)) for key in found]
    click.echo(aligned(("id", "starts with", "name", "role", "made", "expires", "state"), rows) if rows else "There are no keys.")


def _state(key: Key) -> str:
    if key.revoked_at:
        return f"revoked {key.revoked_at:%Y-%m-%d}"
    return "valid" if is_valid(key) else "expired"


@command("revoke", group=keys)
@click.argument("key_id", metavar="ID", type=int)
def revoke(key_id: int) -> None:
    """End a key and every session opened with it, at once."""
    revoke_key(workspace(), key_id, actor=None)
    click.echo(f"Key {key_id} is revoked.")
