"""The tree of commands, for tests that look at all of them."""

from __future__ import annotations

from collections.abc import Iterator

import click

from geo.cli import COMMANDS


def our_commands() -> Iterator[tuple[str, click.Command]]:
    """Our own commands, not those of Flask and its extensions, by what is typed: `regions load`."""
    for command in COMMANDS:
        if isinstance(command, click.Group):
            yield from ((f"{command.name} {name}", inner) for name, inner in command.commands.items())
        else:
            yield str(command.name), command
