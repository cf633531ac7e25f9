"""Deployments that are set up and empty, copied from one that was made once: migrating takes longer than most tests of it."""

from __future__ import annotations

import atexit
import functools
import shutil
import tempfile
from pathlib import Path

from geo.config import Settings
from geo.services.workspace import open_workspace


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
