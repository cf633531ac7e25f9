"""How every command speaks: where it finds the deployment, what a refusal looks like, and what is shown while it works.

Exit codes: 0 done, 1 refused with the reason on standard error, 2 wrong usage.
"""

from __future__ import annotations

import logging
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import IO, Any, cast

import click
from flask import current_app
from flask.cli import AppGroup, with_appcontext

from geo.errors import InvalidParameter, QosylError
from geo.services.workspace import Workspace

Progress = Callable[[str], None]

_WORKSPACE = "qosyl"
_TICK_SECONDS = 0.5
_ERASE_LINE = "\r\x1b[K"


class Refused(click.ClickException):
    """A refusal of the service in one line; exit code 1."""

    def show(self, file: IO[Any] | None = None) -> None:
        """Write the reason to standard error."""
        click.secho(f"Refused: {self.format_message()}", err=True, fg="red", color=self.show_color)


@contextmanager
def _without_routine_log() -> Iterator[None]:
    """Leave routine lines out of our log for a while: a command says itself what it did."""
    logger = logging.getLogger("qosyl")
    level = logger.level
    logger.setLevel(logging.WARNING)
    try:
        yield
    finally:
        logger.setLevel(level)


class Command(click.Command):
    """A command whose refusals become exit codes and one line, and that keeps to NO_COLOR."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; no refusal of the service shows a traceback."""
        if os.environ.get("NO_COLOR"):
            ctx.color = False
        try:
            with _without_routine_log():
                return super().invoke(ctx)
        except InvalidParameter as error:
            raise click.UsageError(str(error), ctx) from error
        except QosylError as error:
            raise Refused(" ".join(str(error).split())) from error


class Group(AppGroup):
    """A group of such commands."""

    command_class = Command


@contextmanager
def refusals_told() -> Iterator[None]:
    """Turn refusals into one line where a command is being looked up, and let them pass as they are anywhere else.

    For what runs before a command exists: reading the settings and opening the deployment.
    """
    try:
        yield
    except QosylError as error:
        if click.get_current_context(silent=True) is None:
            raise
        raise Refused(" ".join(str(error).split())) from error


def command(name: str, *, group: click.Group | None = None) -> Callable[[Callable[..., None]], click.Command]:
    """Make a function a command that runs inside the application, in a group or on its own."""

    def decorate(function: Callable[..., None]) -> click.Command:
        made = click.command(name, cls=Command)(with_appcontext(function))
        if group is not None:
            group.add_command(made)
        return made

    return decorate


def workspace() -> Workspace:
    """The open deployment of the current application."""
    return cast("Workspace", current_app.extensions[_WORKSPACE])


@contextmanager
def working(step: str) -> Iterator[Progress]:
    """Show on a terminal what is being done and for how long; say nothing where standard error is no terminal.

    Yields
    ------
    A function that takes the name of the next step.
    """
    steps = [step]
    if not sys.stderr.isatty():
        yield steps.append
        return
    done = threading.Event()
    ticker = threading.Thread(target=_tick, args=(steps, done), daemon=True)
    ticker.start()
    try:
        yield steps.append
    finally:
        done.set()
        ticker.join()
        sys.stderr.write(_ERASE_LINE)
        sys.stderr.flush()


def _tick(steps: list[str], done: threading.Event) -> None:
    started = time.monotonic()
    while not done.wait(_TICK_SECONDS):
        sys.stderr.write(f"{_ERASE_LINE}{steps[-1]} … {time.monotonic() - started:.0f} s")
        sys.stderr.flush()
