"""`init`, `serve`, `demo` and `doctor`: the deployment as a whole."""

from __future__ import annotations

import click

from geo.cli.launcher import Launch, become_launcher
from geo.cli.port import address, hold_port
from geo.cli.shell import Refused, command, working, workspace
from geo.config import ROOT, Settings
from geo.errors import StoreFull, StoreUnavailable
from geo.services.deployment import diagnose, first_key, initialise, is_empty, load_demo, sweep_garbage
from geo.services.releases import current_release
from geo.services.workspace import Workspace

BLOCKING_THREADS = 32
"""Python threads a worker. A half-sent upload holds a thread until it ends: 4 threads stop answering under 40 slow uploads, 32 do not."""
CONNECTIONS = 1024
"""Connections a worker keeps at once, idle ones included; a browser keeps up to six."""
WORKERS_KILL_SECONDS = 7
"""What a request in flight may still take when the service stops."""
RESPAWN_SECONDS = 0.5


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
    held = hold_port(ws.settings.host, ws.settings.port)
    _initialise(ws)
    if ws.settings.load_demo and is_empty(ws):
        click.echo("The store is empty: loading the demo (QOSYL_DEMO=0 leaves it empty).")
        _load_demo(ws)
    _sweep(ws)
    made = first_key(ws)
    if made is not None:
        click.echo(f"Publisher key, shown only this once (make key makes another): {made[0]}")
    become_launcher(_launch(ws), held.fileno())


def _sweep(ws: Workspace) -> None:
    """Remove what nobody needs; where that cannot be done the service starts all the same."""
    try:
        sweep_garbage(ws)
    except (StoreUnavailable, StoreFull) as error:
        click.echo(f"Nothing was swept: {error}", err=True)


def _launch(ws: Workspace) -> Launch:
    """What the launcher needs to know of a deployment; the workers read their settings themselves."""
    settings = ws.settings
    record = current_release(ws)
    shown = f"release {record.id}, {record.school_count:,} schools" if record else "nothing published yet"
    return Launch(
        server=_server_options(settings),
        workers=settings.workers,
        location=address(settings).partition("://")[2],
        host_name=settings.trusted_hosts[0].lstrip(".") if settings.trusted_hosts else settings.host,
        announcement=f"Qosyl serves {address(settings)} ({shown}). Ctrl-C ends it.",
    )


def _server_options(settings: Settings) -> dict[str, str | int | float | bool]:
    return {
        "address": settings.host,
        "port": settings.port,
        "workers": settings.workers,
        "blocking_threads": BLOCKING_THREADS,
        "backpressure": CONNECTIONS,
        "websockets": False,
        "respawn_failed_workers": True,
        "respawn_interval": RESPAWN_SECONDS,
        "workers_kill_timeout": WORKERS_KILL_SECONDS,
        "working_dir": str(ROOT),
    }


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
