"""A file that needs more memory than there is: refused in words, nothing changed, and the next file is read."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from geo.model import ImportState
from geo.services import open_workspace
from geo.services.imports import import_record, stage_import
from geo.services.releases import current_release
from tests.store.publishing import settings_for

PROGRAM = Path(__file__).with_name("short_of_memory.py")
ROWS = 120_000
MEGABYTES = 40

pytestmark = pytest.mark.slow


def test_b84_a_file_that_memory_does_not_suffice_for_is_refused_and_changes_nothing(tmp_path: Path) -> None:
    rows = "".join(f"K{number:06},{45 + number % 900 / 100},{60 + number % 1900 / 100},yes\n" for number in range(ROWS))
    (tmp_path / "large.csv").write_text("school_id_govt,latitude,longitude,connectivity\n" + rows, encoding="ascii")
    with open_workspace(settings_for(tmp_path / "var")) as workspace:
        workspace.catalog.migrate()

        arguments = [sys.executable, str(PROGRAM), str(tmp_path / "var"), str(tmp_path / "large.csv"), str(MEGABYTES)]
        said = subprocess.run(arguments, capture_output=True, text=True, check=True).stdout

        assert said.startswith("store_full there is not enough memory")
        failed = import_record(workspace, 2)
        assert (failed.state, (failed.failure or {})["code"]) == (ImportState.FAILED, "store_full")
        assert current_release(workspace) is None
        again = stage_import(workspace, b"school_id_govt,latitude,longitude\n2,50,70\n", file_name="small.csv")
        assert again.state is ImportState.STAGED
