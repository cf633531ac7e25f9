"""Deployments that are set up and empty, copied from one that was made once: migrating takes longer than most tests of it."""

from __future__ import annotations

import atexit
import functools
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

from geo.config import Settings
from geo.services.workspace import Workspace, open_workspace


@functools.cache
def _made() -> Path:
    directory = Path(tempfile.mkdtemp(prefix="qosyl-set-up-"))
    atexit.register(shutil.rmtree, directory, ignore_errors=True)
    with open_workspace(Settings(data_dir=directory / "data", testing=True)) as workspace:
        workspace.catalog.migrate()
    return directory / "data"


def set_up(directory: Path) -> Path:
    """Make `directory` the data directory of an empty deployment whose catalog, of the default database, is of this version."""
    shutil.copytree(_made(), directory)
    return directory


def filled(directory: Path, fill: Callable[[Workspace, Path], object]) -> Path:
    """Make a deployment in `directory` and fill it, to be copied; `fill` is given it and a directory for files of its own.

    Returns its data directory.
    """
    with open_workspace(Settings(data_dir=set_up(directory / "data"), testing=True)) as workspace:
        fill(workspace, directory)
    return directory / "data"
