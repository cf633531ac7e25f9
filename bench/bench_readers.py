"""How long readers wait while nothing else goes on, and while a file of 200,000 rows is read, previewed and prepared.

    python -m bench.bench_readers

A service with two web workers and its worker for uploads holds 200,000 schools; `READERS` people ask in turn for map data and for
coverage under norms that nobody asked for before, so that nothing is answered from memory. `ratio` is the 95th percentile during the
import over the idle one, and is to stay under 2. Idle and busy rounds alternate, since machines drift. Nothing else must run on the
machine: both cores are wanted.
"""

from __future__ import annotations

import http.client
import itertools
import os
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import orjson

from bench.bench_uploads import as_csv, school_list, updated, with_regions
from geo.config import ROOT, Settings
from geo.model import ReleaseRecord, Role
from geo.render.payload import FORMAT_VERSION
from geo.services import open_workspace
from geo.services.imports import publish_import, stage_import
from geo.services.keys import create_key

SCHOOLS = 200_000
READERS = 2
PAUSE_S = 0.1
"""Between two requests of a reader, who looks at what came: a load that fills both cores by itself would measure only itself."""
ROUNDS = 3
IDLE_SECONDS = 8.0
PORT = 18_417
LIMIT = 2.0
NORMS = itertools.count(1)

Seconds = dict[str, list[float]]


@contextmanager
def served(directory: Path) -> Iterator[None]:
    """The service as `make run` starts it, until the block ends."""
    env = os.environ | {"QOSYL_DATA_DIR": str(directory), "PORT": str(PORT), "QOSYL_DEMO": "0", "RATE_LIMIT_UPLOADS": ""}
    log = directory.with_name("serve.log")
    command = [sys.executable, "-m", "flask", "--app", "app", "serve"]
    with log.open("w") as file, subprocess.Popen(command, cwd=ROOT, env=env, stdout=file, stderr=file) as process:  # noqa: S603 - ours
        try:
            while "Ctrl-C ends it" not in log.read_text():
                time.sleep(0.2)
            time.sleep(5)  # until the worker for uploads listens as well
            yield
        finally:
            process.terminate()


def ask(method: str, path: str, body: bytes | None = None, headers: Mapping[str, str] | None = None) -> bytes:
    """The body of an answer."""
    connection = http.client.HTTPConnection("127.0.0.1", PORT, timeout=60)
    try:
        connection.request(method, path, body, dict(headers or {}))
        response = connection.getresponse()
        answer = response.read()
        if response.status >= 400:
            raise RuntimeError(f"{path}: {response.status} {answer[:200]!r}")
        return answer
    finally:
        connection.close()


def read_until(stop: threading.Event, release: ReleaseRecord) -> Seconds:
    """Ask for map data and coverage in turn; the seconds of each."""
    seconds: Seconds = {"map data": [], "coverage": []}
    while not stop.is_set():
        norm = f"{1 + next(NORMS) / 100:.2f}"
        paths = {
            "map data": f"/map/{release.tag}/points-{FORMAT_VERSION}/0/0/0.bin?norm={norm}",
            "coverage": f"/api/v1/coverage?by=admin1,area_type&norm={norm}",
        }
        for name, path in paths.items():
            started = time.perf_counter()
            ask("GET", path)
            seconds[name].append(time.perf_counter() - started)
            stop.wait(PAUSE_S)
    return seconds


@contextmanager
def reading(release: ReleaseRecord, into: Seconds) -> Iterator[None]:
    """Let people read while the block lasts, and keep how long they waited."""
    stop = threading.Event()
    with ThreadPoolExecutor(READERS) as people:
        waits = [people.submit(read_until, stop, release) for _ in range(READERS)]
        try:
            yield
        finally:
            stop.set()
        for wait in waits:
            for name, seconds in wait.result().items():
                into.setdefault(name, []).extend(seconds)


def upload(data: bytes, secret: str) -> float:
    """Send a file and discard it once it is previewed and its release is prepared; seconds until it was previewed."""
    mark = uuid.uuid4().hex
    head = f'--{mark}\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\nContent-Type: text/csv\r\n\r\n'
    key = {"Authorization": f"Bearer {secret}"}
    started = time.perf_counter()
    body = head.encode() + data + f"\r\n--{mark}--\r\n".encode()
    sent = orjson.loads(ask("POST", "/api/v1/imports", body, {**key, "Content-Type": f"multipart/form-data; boundary={mark}"}))
    path, found = f"/api/v1/imports/{sent['id']}", sent
    while found["state"] in ("queued", "reading"):
        time.sleep(0.5)
        found = orjson.loads(ask("GET", path, headers=key))
    previewed_s = time.perf_counter() - started
    time.sleep(previewed_s / 2)  # while its release is written ahead
    ask("DELETE", path, headers=key)
    return previewed_s


def measure(directory: Path) -> dict[str, Any]:
    """Seconds of readers, idle and busy, and of the imports."""
    idle: Seconds = {}
    busy: Seconds = {}
    schools = school_list(SCHOOLS)
    with open_workspace(Settings(data_dir=directory)) as workspace:
        with_regions(workspace, directory)
        secret, _ = create_key(workspace, name="bench", role=Role.PUBLISHER)
        release = publish_import(workspace, stage_import(workspace, as_csv(schools), file_name="a.csv").id)
    data = as_csv(updated(schools))
    imports = []
    with served(directory):
        for _ in range(ROUNDS):
            with reading(release, idle):
                time.sleep(IDLE_SECONDS)
            with reading(release, busy):
                imports.append(upload(data, secret))
    return {"idle": idle, "busy": busy, "imports": imports}


def main() -> int:
    """Measure and print; 1 where readers wait more than `LIMIT` times as long."""
    with tempfile.TemporaryDirectory() as name:
        found = measure(Path(name) / "var")
    print(f"{'':>10}{'idle p50':>10}{'p95 ms':>8}{'asked':>7}{'busy p50':>10}{'p95 ms':>8}{'asked':>7}{'ratio':>7}")
    worst = 0.0
    for name in ("map data", "coverage"):
        figures = [np.percentile(found[when][name], (50, 95)) * 1000 for when in ("idle", "busy")]
        counts = [len(found[when][name]) for when in ("idle", "busy")]
        ratio = figures[1][1] / figures[0][1]
        worst = max(worst, ratio)
        shown = "".join(f"{p50:>10.1f}{p95:>8.1f}{asked:>7}" for (p50, p95), asked in zip(figures, counts, strict=True))
        print(f"{name:>10}{shown}{ratio:>7.2f}")
    print(f"imports were previewed in {', '.join(f'{seconds:.1f} s' for seconds in found['imports'])}")
    return int(worst > LIMIT)


if __name__ == "__main__":
    sys.exit(main())
