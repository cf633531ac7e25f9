"""Release files: each release is one immutable GeoParquet file, named by a catalog row only after it is whole.

Readers get the table from a memory-mapped serving copy, made after the file's SHA-256 was checked.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO, cast

import pyarrow as pa

from geo.config import Settings
from geo.errors import DamagedFile
from geo.model import ReleaseRecord
from geo.store.array_files import ArrayFiles, Arrays
from geo.store.faults import file_faults
from geo.store.folders import cache_folder, stored_folder
from geo.store.geoparquet import read_own_metadata, write_geoparquet
from geo.store.public_copies import PublicCopies
from geo.store.serving_copies import ServingCopies
from geo.store.tables import now

PART = "releases"
WHAT = "release file"


@dataclass(frozen=True, slots=True)
class WrittenFile:
    """A release file that is whole and synced, to be named by a catalog row; without one it is garbage."""

    file_name: str
    sha256: str
    byte_count: int


class ReleaseFiles:
    """The release files of one deployment and the serving copies on this machine."""

    def __init__(self, settings: Settings) -> None:
        self.folder = stored_folder(settings, PART, WHAT)
        self.cache = cache_folder(settings, PART)
        self._copies = ServingCopies(self.cache)
        self._arrays = ArrayFiles(self.cache)
        self.public_copies = PublicCopies(self.cache)

    def write(self, table: pa.Table, metadata: Mapping[str, Any]) -> WrittenFile:
        """Write a release file; when this returns it outlasts a power cut.

        Parameters
        ----------
        table
            Columns of `RELEASE_SCHEMA`; text columns plain or dictionary-encoded. Rows keep their order.
        metadata
            Anything strict JSON can hold; `metadata_of` gives it back.

        Raises
        ------
        StoreFull, StoreUnavailable
            The file could not be written; nothing is left of it.
        ValueError
            The table is not a release.
        """
        name = f"{now():%Y%m%dT%H%M%S}-{uuid.uuid4().hex[:16]}.parquet"
        with self.folder.create(name) as file:
            hashing = _HashingFile(file)
            write_geoparquet(table, metadata, cast(BinaryIO, hashing))
        return WrittenFile(name, hashing.sha256, hashing.byte_count)

    def prepare(self, record: ReleaseRecord) -> None:
        """Make the serving copy of a release on this machine unless it is made.

        Raises
        ------
        DamagedFile
            The release file is missing or is not what the catalog says.
        StoreFull, StoreUnavailable
            The copy could not be made.
        """
        self._copies.make(record.sha256, partial(self._verified_path, record))

    def remove(self, record: ReleaseRecord) -> None:
        """Remove a release file that no row names, and its copies; nothing happens where there is none."""
        self.folder.remove(record.file_name)
        self.cache.remove(ServingCopies.name_of(record.sha256))
        self.cache.remove(ArrayFiles.name_of(record.sha256))
        self.public_copies.remove_of(record.sha256)

    def is_prepared(self, record: ReleaseRecord) -> bool:
        """Whether `open` would answer without making the serving copy first."""
        return self._copies.has(record.sha256)

    def search_arrays(self, record: ReleaseRecord) -> Arrays | None:
        """Arrays of a release's search index, memory-mapped; None where they are not made on this machine."""
        return self._arrays.open(record.sha256)

    def make_search_arrays(self, record: ReleaseRecord, made: Callable[[], Arrays]) -> None:
        """Keep what `made` gives as the arrays of a release's search index, unless they are made already.

        Raises
        ------
        StoreFull, StoreUnavailable
            They could not be written.
        """
        self._arrays.make(record.sha256, made)

    def open(self, record: ReleaseRecord) -> pa.Table:
        """The table of a release, memory-mapped: opening reads next to nothing and workers share its pages.

        Returns
        -------
        A table of `SERVING_SCHEMA`, one chunk a column, rows in the order they were written.

        Raises
        ------
        DamagedFile
            The release file is missing or is not what the catalog says.
        StoreFull, StoreUnavailable
            The serving copy could not be made.
        """
        table = self._copies.open(record.sha256)
        if table is None:
            self.prepare(record)
            table = self._copies.open(record.sha256)
        if table is None or table.num_rows != record.school_count:
            found = "cannot be read" if table is None else f"has {table.num_rows} schools"
            raise DamagedFile(f"{_named(record)} {found}; the catalog says {record.school_count} schools")
        return table

    def read_bytes_path(self, record: ReleaseRecord) -> Path:
        """Path on this machine of the GeoParquet file of a release, to send as it is.

        Raises
        ------
        DamagedFile
            The file is missing or has another size than the catalog says.
        """
        path = self._path(record)
        byte_count = path.stat().st_size
        if byte_count != record.byte_count:
            raise DamagedFile(f"{_named(record)} has {byte_count} bytes; the catalog says {record.byte_count}")
        return path

    def metadata_of(self, record: ReleaseRecord) -> dict[str, Any]:
        """What was given as `metadata` when the file was written.

        Raises
        ------
        DamagedFile
            The file is missing or cannot be read.
        """
        try:
            return read_own_metadata(self.read_bytes_path(record))
        except pa.ArrowInvalid as error:
            raise DamagedFile(f"{_named(record)} is not a Parquet file") from error

    def verify(self, record: ReleaseRecord) -> None:
        """Read the whole file and compare its SHA-256 with the catalog's.

        Raises
        ------
        DamagedFile
            The file is missing or is not what the catalog says.
        """
        self._verified_path(record)

    def _verified_path(self, record: ReleaseRecord) -> Path:
        path = self._path(record)
        _check_sha256(record, path)
        return path

    def _path(self, record: ReleaseRecord) -> Path:
        try:
            return self.folder.fetch(record.file_name, partial(_check_sha256, record))
        except FileNotFoundError as error:
            raise DamagedFile(f"{_named(record)} is missing; restore it from a backup") from error


class _HashingFile:
    """A file being written that knows the SHA-256 and the number of bytes so far."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._digest = hashlib.sha256()
        self.byte_count = 0
        self.closed = False

    @property
    def sha256(self) -> str:
        return self._digest.hexdigest()

    def write(self, data: Any) -> int:
        self._file.write(data)
        self._digest.update(data)
        self.byte_count += memoryview(data).nbytes
        return memoryview(data).nbytes

    def tell(self) -> int:
        return self.byte_count

    def flush(self) -> None:
        self._file.flush()

    def writable(self) -> bool:
        return True

    def close(self) -> None:
        """The file stays open for whoever opened it."""
        self.closed = True


def _check_sha256(record: ReleaseRecord, path: Path) -> None:
    with file_faults(WHAT), path.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    if sha256 != record.sha256:
        raise DamagedFile(
            f"{_named(record)} is damaged: its sha256 is {sha256[:12]}…, the catalog says {record.sha256[:12]}…; restore it from a backup"
        )


def _named(record: ReleaseRecord) -> str:
    return f"the file {record.file_name} of release {record.id}"
