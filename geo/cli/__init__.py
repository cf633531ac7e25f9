"""The command line: translates options into service calls and answers into text. It decides nothing itself."""

from __future__ import annotations

from flask import Flask

from geo.cli.coverage import coverage
from geo.cli.deployment import demo, doctor, init, serve
from geo.cli.ground import ground
from geo.cli.import_commands import imports
from geo.cli.imports import import_file
from geo.cli.keys import keys
from geo.cli.mappings import mappings
from geo.cli.offline import offline
from geo.cli.regions import regions
from geo.cli.releases import releases
from geo.cli.shell import refusals_told
from geo.cli.sources import sources
from geo.cli.verify import verify_citation
from geo.cli.worker import worker

COMMANDS = (
    init,
    serve,
    worker,
    regions,
    ground,
    import_file,
    imports,
    mappings,
    releases,
    sources,
    coverage,
    verify_citation,
    offline,
    keys,
    demo,
    doctor,
)


def register(app: Flask) -> None:
    """Give an application its commands: `flask --app app COMMAND`."""
    for command in COMMANDS:
        app.cli.add_command(command)


__all__ = ["COMMANDS", "refusals_told", "register"]
