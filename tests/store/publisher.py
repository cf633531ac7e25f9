"""A process that publishes again and again, for tests that kill it or run several at once.

    python publisher.py DATA_DIRECTORY COUNT [DATABASE_URL]

For each line on standard input it forks a child (so that a child starts at once), which prints "ready PID" and then the id of each
release once it is published; when the child is gone it prints "ended". With COUNT 0 a child goes on until it is killed.
"""

from __future__ import annotations

import itertools
import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from geo.errors import Conflict
from geo.store import ReleaseFiles, open_catalog
from tests.store.publishing import publish_next, settings_for


def publish(directory: str, count: str, database_url: str | None = None) -> None:
    settings = settings_for(Path(directory), database_url)
    catalog, files = open_catalog(settings), ReleaseFiles(settings)
    print("ready", os.getpid(), flush=True)
    for done in itertools.count():
        if int(count) and done == int(count):
            return
        record = None
        while record is None:
            try:
                record = publish_next(catalog, files)
            except Conflict:
                continue
        print(record.id, flush=True)
        files.prepare(record)


def main() -> None:
    for _ in sys.stdin:
        child = os.fork()
        if not child:
            publish(*sys.argv[1:])
            os._exit(0)
        os.waitpid(child, 0)
        print("ended", flush=True)


if __name__ == "__main__":
    main()
