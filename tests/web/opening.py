"""Opens whatever a route answers down to its bytes and texts, so that a test can look for what must not be in there."""

from __future__ import annotations

import gzip
import io
import sqlite3
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

import geopandas
import pyarrow.parquet as pq
from pmtiles.reader import MemorySource, all_tiles


def contents(data: bytes) -> Iterator[bytes]:
    """The bytes of an answer, of everything that is packed in it, and its tables as text."""
    yield data
    if data[:2] == b"\x1f\x8b":
        yield from contents(gzip.decompress(data))
    elif data[:2] == b"PK":
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            for name in archive.namelist():
                yield name.encode()
                yield from contents(archive.read(name))
    elif data[:4] == b"PAR1":
        table = pq.read_table(io.BytesIO(data))
        yield repr(table.schema.metadata).encode()
        for column in table.columns:
            yield repr(column.to_pylist()).encode()
    elif data[:7] == b"PMTiles":
        for _, tile in all_tiles(MemorySource(data)):
            yield from contents(tile)
    elif data[:15] == b"SQLite format 3":
        yield from _database(data)
    elif data[:4] == b"fgb\x03":
        yield geopandas.read_file(io.BytesIO(data)).to_csv().encode()


def _database(data: bytes) -> Iterator[bytes]:
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "data.sqlite"
        path.write_bytes(data)
        connection = sqlite3.connect(path)
        try:
            for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
                if not name.startswith("rtree_"):
                    yield repr(connection.execute(f'SELECT * FROM "{name}"').fetchall()).encode()
        finally:
            connection.close()
