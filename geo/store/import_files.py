"""Files of imports: uploads byte for byte under their SHA-256, and the staged table of each import."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

import pyarrow as pa

from geo.config import Settings
from geo.errors import DamagedFile, NotFound
from geo.store.folders import stored_folder

SHA256 = re.compile(r"[0-9a-f]{64}")
"""Takes 64 lower-case hexadecimal digits; refuses anything else, such as `../x` or upper case."""


class UploadFiles:
    """Uploaded files as they came. The name a person gave a file is never part of a path."""

    def __init__(self, settings: Settings) -> None:
        self.folder = stored_folder(settings, "uploads", "uploaded file")

    def keep(self, data: bytes) -> str:
        """Keep a file byte for byte; the same bytes again are kept once.

        Returns
        -------
        Its SHA-256 in hexadecimal digits.

        Raises
        ------
        StoreFull, StoreUnavailable
            The file could not be written; nothing is left of it.
        """
        sha256 = hashlib.sha256(data).hexdigest()
        with self.folder.create(sha256) as file:
            file.write(data)
        return sha256

    def path(self, sha256: str) -> Path:
        """Path of the file on this machine.

        Raises
        ------
        NotFound
            There is none: never kept, or wiped.
        """
        try:
            return self.folder.fetch(_checked(sha256))
        except FileNotFoundError as error:
            raise _gone(sha256) from error

    def read(self, sha256: str) -> bytes:
        """The file as it came.

        Raises
        ------
        NotFound
            There is none: never kept, or wiped.
        DamagedFile
            It is not what was kept.
        """
        try:
            data = self.folder.read(_checked(sha256))
        except FileNotFoundError as error:
            raise _gone(sha256) from error
        if hashlib.sha256(data).hexdigest() != sha256:
            raise DamagedFile(f"the uploaded file {sha256[:12]}… is damaged: its sha256 differs from its name")
        return data

    def wipe(self, sha256: str) -> None:
        """Remove the file for good, as when it holds data about persons; nothing happens where there is none."""
        self.folder.remove(_checked(sha256))


class StagedFiles:
    """The table that each import would publish, between staging and publishing."""

    def __init__(self, settings: Settings) -> None:
        self.folder = stored_folder(settings, "staged", "staged table")

    @staticmethod
    def name_of(import_id: int) -> str:
        """Name of an import's staged table."""
        return f"import-{import_id}.arrow"

    def write(self, import_id: int, table: pa.Table) -> str:
        """Keep the staged table of an import, in place of any before it.

        Returns
        -------
        The name of the file.

        Raises
        ------
        StoreFull, StoreUnavailable
            It could not be written; the one before it stays.
        """
        options = pa.ipc.IpcWriteOptions(compression="zstd")
        with self.folder.create(self.name_of(import_id)) as file, pa.ipc.new_file(file, table.schema, options=options) as writer:
            writer.write_table(table)
        return self.name_of(import_id)

    def read(self, import_id: int) -> pa.Table:
        """The staged table of an import, with the schema it was written with.

        Raises
        ------
        NotFound
            There is none.
        DamagedFile
            It cannot be read.
        """
        try:
            return pa.ipc.open_file(pa.py_buffer(self.folder.read(self.name_of(import_id)))).read_all()
        except FileNotFoundError as error:
            raise NotFound(f"import {import_id} has no staged table") from error
        except pa.ArrowInvalid as error:
            raise DamagedFile(f"the staged table of import {import_id} cannot be read; upload the file again") from error

    def remove(self, import_id: int) -> None:
        """Remove the staged table of an import; nothing happens where there is none."""
        self.folder.remove(self.name_of(import_id))


def _checked(sha256: str) -> str:
    if not SHA256.fullmatch(sha256):
        raise NotFound(f"an uploaded file is named by 64 lower-case hexadecimal digits; got {sha256[:80]!r}")
    return sha256


def _gone(sha256: str) -> NotFound:
    return NotFound(f"the uploaded file {sha256[:12]}… is not kept any more")
