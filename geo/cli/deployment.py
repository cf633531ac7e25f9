"""`init`, `serve`, `demo` and `doctor`: the deployment as a whole."""

from __future__ import annotations

import click

from geo.cli.launcher import address, hold_port, launch
from geo.cli.shell import Refused, command, working, workspace
from geo.services.deployment import diagnose, first_key, initialise, is_empty, load_demo, sweep_garbage
from geo.services.releases import current_release
from geo.services.workspace import Workspace


@command("init")
def init() -> None:
    """Set up the store, or bring it up to date; does nothing where it is."""
    ws = workspace()
    _initialise(ws)
    click.echo(f"The store in {ws.settings.data_dir} is ready.")


@command("demo")
def demo() -> None:
    """Load the sample release (synthetic schools) into the store."""
    ws = workspace()
    _initialise(ws)
    _load_demo(ws)


@command("serve")
def serve() -> None:
    """Serve until Ctrl-C: set up the store, load the demo into an empty one unless QOSYL_DEMO=0, start the workers."""
    ws = workspace()
    with hold_port(ws.settings.host, ws.settings.port):
        _initialise(ws)
        if ws.settings.load_demo and is_empty(ws):
            click.echo("The store is empty: loading the demo (QOSYL_DEMO=0 leaves it empty).")
            _load_demo(ws)
        sweep_garbage(ws)
        launch(ws.settings, when_up=lambda: _announce(ws))
    click.echo("Qosyl has ended.")


@command("doctor")
def doctor() -> None:
    """Look at versions, space, store, boundaries, release and keys; say what is wrong and how to mend it."""
    findings = diagnose(workspace())
    for finding in findings:
        mark = click.style("well ", fg="green") if finding.is_well else click.style("wrong", fg="red")
        click.echo(f"{mark}  {finding.subject}: {finding.seen}")
        if not finding.is_well and finding.remedy:
            click.echo(f"       to mend it: {finding.remedy}")
    ill = [finding.subject for finding in findings if not finding.is_well]
    if ill:
        raise Refused(f"something is wrong with: {', '.join(ill)}")


def _initialise(ws: Workspace) -> None:
    with working("setting up the store"):
        initialise(ws)


def _load_demo(ws: Workspace) -> None:
    with working("loading the demo") as progress:
        record = load_demo(ws, progress=progress)
    click.echo(f"Release {record.id} is published: {record.school_count:,} synthetic schools. None of them is real.")


def _announce(ws: Workspace) -> None:
    """Show a key the first time, and say where the service answers."""
    made = first_key(ws)
    if made is not None:
        click.echo(f"Publisher key, shown only this once (make key makes another): {made[0]}")
    record = current_release(ws)
    shown = f"release {record.id}, {record.school_count:,} schools" if record else "nothing published yet"
    click.echo(f"Qosyl serves {address(ws.settings)} ({shown}). Ctrl-C ends it.")
