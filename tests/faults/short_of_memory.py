"""A process that stages a file while the system gives it no more memory, for a test of what it then says.

python short_of_memory.py DATA_DIRECTORY FILE MEGABYTES
"""

from __future__ import annotations

import resource
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import geo.services.imports as service
from geo.errors import QosylError
from geo.services import open_workspace
from tests.store.publishing import settings_for


def main(directory: str, file: str, megabytes: str) -> None:
    data = Path(file).read_bytes()
    with open_workspace(settings_for(Path(directory))) as workspace:
        service.stage_import(workspace, b"school_id_govt,latitude,longitude\n1,50,70\n", file_name="warm.csv")
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
        limit = pages * resource.getpagesize() + int(megabytes) * 1_000_000
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
        try:
            service.stage_import(workspace, data, file_name="large.csv")
        except QosylError as error:
            print(error.code, error)


if __name__ == "__main__":
    main(*sys.argv[1:])
