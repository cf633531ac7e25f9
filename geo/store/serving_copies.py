"""Arrow files made from release files so that workers map the same pages: uncompressed, one chunk a column.

They are rebuildable: made by whoever publishes or by the first reader, under a lock between processes.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from geo.schools import RELEASE_SCHEMA
from geo.store.faults import file_faults
from geo.store.folders import LocalFolder
from geo.store.geoparquet import DICTIONARY_COLUMNS

COPY_FORMAT = 1
"""Part of the name, so that a later version never maps a copy it would misread."""

LOCK_FILE = "making.lock"

SERVING_SCHEMA: pa.Schema = pa.schema(
    field.with_type(pa.dictionary(pa.int32(), pa.string())) if field.name in DICTIONARY_COLUMNS else field for field in RELEASE_SCHEMA
)
"""Columns of an opened release: those of `RELEASE_SCHEMA`; text whose values repeat is dictionary-encoded, ids and names are plain."""


class ServingCopies:
    """The copies of one machine, each named by the SHA-256 of the release file it was made from."""

    def __init__(self, folder: LocalFolder) -> None:
        self._folder = folder

    @staticmethod
    def name_of(sha256: str) -> str:
        """Name of the copy of a release file."""
        return f"{sha256}-{COPY_FORMAT}.arrow"

    def has(self, sha256: str) -> bool:
        """Whether the copy is made."""
        return self._path(sha256).exists()

    def open(self, sha256: str) -> pa.Table | None:
        """The table, memory-mapped: nothing is read before it is looked at. None where there is no copy or it cannot be read.

        The copy's time is set to now, so that the sweep sees it is in use.
        """
        path = self._path(sha256)
        try:
            with pa.memory_map(str(path)) as source:
                table = pa.ipc.open_file(source).read_all()
        except (FileNotFoundError, pa.ArrowInvalid):
            return None
        with suppress(OSError):
            os.utime(path)
        return table

    def make(self, sha256: str, verified: Callable[[], Path]) -> None:
        """Make the copy unless there is a readable one; others that want it wait meanwhile.

        Parameters
        ----------
        verified
            Gives the path of the release file after checking it; called under the lock, and only if the copy is needed.
        """
        if self.open(sha256) is not None:
            return
        with self._lock():
            if self.open(sha256) is None:
                with self._folder.create(self.name_of(sha256)) as file, pa.ipc.new_file(file, SERVING_SCHEMA) as writer:
                    writer.write_table(serving_table(verified()))
                pa.default_memory_pool().release_unused()

    def _path(self, sha256: str) -> Path:
        return self._folder.directory / self.name_of(sha256)

    @contextmanager
    def _lock(self) -> Iterator[None]:
        """One maker at a time on this machine; the system frees the lock of a process that dies."""
        self._folder.make()
        with file_faults("cache"):
            handle = os.open(self._folder.directory / LOCK_FILE, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)


def serving_table(path: Path) -> pa.Table:
    """Read a release file as a table of `SERVING_SCHEMA`, one chunk a column; columns the file does not have are null."""
    with pq.ParquetFile(path, read_dictionary=list(DICTIONARY_COLUMNS)) as file:
        present = frozenset(file.schema_arrow.names)
        row_count = file.metadata.num_rows
        columns = [
            _one_chunk(file.read(columns=[field.name]), field) if field.name in present else pa.nulls(row_count, field.type)
            for field in SERVING_SCHEMA  # one by one: all at once would take twice the memory
        ]
    return pa.table(columns, schema=SERVING_SCHEMA)


def _one_chunk(read: pa.Table, field: pa.Field) -> pa.ChunkedArray:
    return read.unify_dictionaries().combine_chunks()[field.name].cast(field.type)
