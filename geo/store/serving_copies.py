"""Arrow files made from release files so that workers map the same pages: uncompressed, one chunk a column.

They are rebuildable: made by whoever publishes or by the first reader, under a lock between processes.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from geo.schools import RELEASE_SCHEMA
from geo.store.cache_files import CacheFiles
from geo.store.geoparquet import DICTIONARY_COLUMNS

SERVING_SCHEMA: pa.Schema = pa.schema(
    field.with_type(pa.dictionary(pa.int32(), pa.string())) if field.name in DICTIONARY_COLUMNS else field for field in RELEASE_SCHEMA
)
"""Columns of an opened release: those of `RELEASE_SCHEMA`; text whose values repeat is dictionary-encoded, ids and names are plain."""


class ServingCopies(CacheFiles[pa.Table]):
    """The serving copies of one machine."""

    ENDING = "1.arrow"
    LOCK_FILE = "making.lock"

    def _mapped(self, path: Path) -> pa.Table | None:
        try:
            with pa.memory_map(str(path)) as source:
                return pa.ipc.open_file(source).read_all()
        except (FileNotFoundError, pa.ArrowInvalid):
            return None

    def make(self, sha256: str, verified: Callable[[], Path]) -> None:
        """Make the copy unless there is a readable one; others that want it wait meanwhile.

        Parameters
        ----------
        verified
            Gives the path of the release file after checking it; called under the lock, and only if the copy is needed.
        """
        with self._turn(sha256) as is_needed:
            if is_needed:
                with self._folder.create(self.name_of(sha256)) as file, pa.ipc.new_file(file, SERVING_SCHEMA) as writer:
                    writer.write_table(serving_table(verified()))
                pa.default_memory_pool().release_unused()


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
