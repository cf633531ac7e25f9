"""A process that uploads and publishes again and again through the services, for tests that kill it.

    python uploader.py DATA_DIRECTORY [DATABASE_URL]

For each line on standard input it forks a child (so that a child starts at once), which prints "ready PID" and then a line for each
thing that it was told is done: "staged IMPORT", "published IMPORT RELEASE". When the child is gone it prints "ended".
"""

from __future__ import annotations

import itertools
import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import geo.services.imports as service  # all that a child needs is imported before the first fork
from geo.services import open_workspace
from tests.faults.numbered import numbered_csv
from tests.store.publishing import settings_for


def upload(directory: str, database_url: str | None = None) -> None:
    workspace = open_workspace(settings_for(Path(directory), database_url))
    print("ready", os.getpid(), flush=True)
    for number in itertools.count(os.getpid() % 1000 * 40 + 1):
        record = service.stage_import(workspace, numbered_csv(number), file_name=f"{number}.csv")
        print("staged", record.id, flush=True)
        release = service.publish_import(workspace, record.id, reason=str(number))
        print("published", record.id, release.id, flush=True)


def main() -> None:
    for _ in sys.stdin:
        child = os.fork()
        if not child:
            upload(*sys.argv[1:])
            os._exit(1)
        os.waitpid(child, 0)
        print("ended", flush=True)


if __name__ == "__main__":
    main()
