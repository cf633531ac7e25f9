"""Flat folders of files that appear whole or not at all, in a directory or at an fsspec address.

A file is written under a temporary name, synced and only then named, so a process killed at any moment leaves at most a
temporary file. Knows nothing of what the files hold.
"""

from __future__ import annotations

import os
import shutil
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO, Protocol

import fsspec
from fsspec.implementations.local import LocalFileSystem

from geo.config import Settings
from geo.errors import ConfigurationError, StoreUnavailable
from geo.store.faults import file_faults

TEMPORARY_PREFIX = ".tmp-"


@dataclass(frozen=True, slots=True)
class Entry:
    """One file of a folder: its name, when it was last changed (UTC) and its size in bytes."""

    name: str
    modified: datetime
    byte_count: int

    @property
    def is_temporary(self) -> bool:
        """Whether a write that never ended, or has not ended yet, left this file."""
        return self.name.startswith(TEMPORARY_PREFIX)


class Folder(Protocol):
    """A flat folder. Names are made by the service, never by a person.

    Every method raises StoreFull where no space is left and StoreUnavailable where the folder cannot be used; those that need
    a file raise FileNotFoundError where there is none.
    """

    @property
    def copies(self) -> LocalFolder | None:
        """Where files that lie elsewhere are copied to on this machine; None where they lie here."""

    def create(self, name: str) -> Any:
        """Context manager that gives a binary file to write; it gets its name when the block ends, and is dropped when it raises."""

    def fetch(self, name: str, check: Callable[[Path], None] | None = None) -> Path:
        """Path of the file on this machine, copied here first if it lies elsewhere; `check` may refuse such a copy before it is kept."""

    def read(self, name: str) -> bytes:
        """Content of the file."""

    def size(self, name: str) -> int:
        """Bytes in the file."""

    def remove(self, name: str) -> None:
        """Remove the file, and any copy of it on this machine; nothing happens where there is none."""

    def entries(self) -> tuple[Entry, ...]:
        """All files, temporary ones too, by name; none where the folder was never made."""


class LocalFolder:
    """A directory, made at the first write, readable by its owner alone."""

    def __init__(self, directory: Path, what: str) -> None:
        self.directory = directory
        self.copies = None
        self._what = what

    @contextmanager
    def create(self, name: str) -> Iterator[BinaryIO]:
        """See `Folder.create`. The directory is synced too, so the name outlasts a power cut."""
        temporary = self.directory / f"{TEMPORARY_PREFIX}{uuid.uuid4().hex}"
        self.make()
        with file_faults(self._what):
            try:
                with open(temporary, "xb", opener=_private) as file:
                    yield file
                    file.flush()
                    os.fsync(file.fileno())
                temporary.rename(self.directory / name)
            except BaseException:
                temporary.unlink(missing_ok=True)
                raise
            _sync_directory(self.directory)

    def make(self) -> None:
        """Make the directory unless it is there.

        Raises
        ------
        StoreFull, StoreUnavailable
            It cannot be made.
        """
        try:
            with file_faults(self._what):
                self.directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        except FileNotFoundError as error:
            raise StoreUnavailable(f"no directory for the {self._what} can be made at {self.directory}") from error

    def fetch(self, name: str, check: Callable[[Path], None] | None = None) -> Path:
        """See `Folder.fetch`; the file is used where it lies, so nothing is checked."""
        path = self.directory / name
        self.size(name)
        return path

    def read(self, name: str) -> bytes:
        """See `Folder.read`."""
        with file_faults(self._what):
            return (self.directory / name).read_bytes()

    def size(self, name: str) -> int:
        """See `Folder.size`."""
        with file_faults(self._what):
            return (self.directory / name).stat().st_size

    def remove(self, name: str) -> None:
        """See `Folder.remove`."""
        with file_faults(self._what):
            (self.directory / name).unlink(missing_ok=True)

    def entries(self) -> tuple[Entry, ...]:
        """See `Folder.entries`."""
        found: list[Entry] = []
        with file_faults(self._what), suppress(FileNotFoundError):
            for path in sorted(self.directory.iterdir()):
                with suppress(FileNotFoundError):
                    status = path.stat()
                    found.append(Entry(path.name, datetime.fromtimestamp(status.st_mtime, UTC), status.st_size))
        return tuple(found)


class RemoteFolder:
    """A folder at an fsspec address shared by several machines; files are read from copies on this machine.

    A name is visible from the moment a write begins on file systems without whole-object writes; nobody looks for a name before
    the catalog has it.
    """

    def __init__(self, file_system: Any, root: str, copies: LocalFolder, what: str) -> None:
        self._file_system = file_system
        self._root = root.rstrip("/")
        self.copies = copies
        self._what = what

    def _address(self, name: str) -> str:
        return f"{self._root}/{name}"

    @contextmanager
    def create(self, name: str) -> Iterator[BinaryIO]:
        """See `Folder.create`. The copy on this machine stays.

        Raises
        ------
        StoreUnavailable
            What arrived has another size than what was sent.
        """
        with self.copies.create(name) as file:
            yield file
        path = self.copies.directory / name
        with file_faults(self._what):
            self._file_system.put_file(str(path), self._address(name))
        sent, arrived = path.stat().st_size, self.size(name)
        if arrived != sent:
            raise StoreUnavailable(f"the {self._what} did not arrive whole: {arrived} of {sent} bytes; try again shortly")

    def fetch(self, name: str, check: Callable[[Path], None] | None = None) -> Path:
        """See `Folder.fetch`."""
        path = self.copies.directory / name
        if not path.exists():
            with self.copies.create(name) as copy, file_faults(self._what):
                with self._file_system.open(self._address(name), "rb") as file:
                    shutil.copyfileobj(file, copy, 1 << 20)
                copy.flush()
                if check is not None:
                    check(Path(copy.name))
        return path

    def read(self, name: str) -> bytes:
        """See `Folder.read`; no copy is kept."""
        with file_faults(self._what):
            return bytes(self._file_system.cat_file(self._address(name)))

    def size(self, name: str) -> int:
        """See `Folder.size`."""
        with file_faults(self._what):
            self._file_system.invalidate_cache()
            return int(self._file_system.size(self._address(name)))

    def remove(self, name: str) -> None:
        """See `Folder.remove`."""
        self.copies.remove(name)
        with file_faults(self._what), suppress(FileNotFoundError):
            self._file_system.rm_file(self._address(name))

    def entries(self) -> tuple[Entry, ...]:
        """See `Folder.entries`."""
        found: list[Entry] = []
        with file_faults(self._what), suppress(FileNotFoundError):
            self._file_system.invalidate_cache()
            for info in self._file_system.ls(self._root, detail=True):
                modified = self._file_system.modified(info["name"])
                zoned = modified.replace(tzinfo=UTC) if modified.tzinfo is None else modified.astimezone(UTC)
                found.append(Entry(info["name"].rsplit("/", 1)[-1], zoned, int(info["size"] or 0)))
        return tuple(sorted(found, key=lambda entry: entry.name))


def cache_folder(settings: Settings, part: str) -> LocalFolder:
    """Directory of rebuildable files on this machine."""
    return LocalFolder(settings.data_dir / "cache" / part, "cache")


def stored_folder(settings: Settings, part: str, what: str) -> Folder:
    """Folder of one kind of file under DATA_URL, by default the data directory.

    Raises
    ------
    ConfigurationError
        DATA_URL names a file system that is not known or whose package is not installed.
    """
    if settings.data_url is None:
        return LocalFolder(settings.data_dir / part, what)
    try:
        file_system, root = fsspec.url_to_fs(settings.data_url)
    except (ImportError, ValueError) as error:
        raise ConfigurationError(f"DATA_URL {settings.data_url!r} cannot be used: {error}") from error
    if isinstance(file_system, LocalFileSystem):
        return LocalFolder(Path(root) / part, what)
    return RemoteFolder(file_system, f"{root.rstrip('/')}/{part}", cache_folder(settings, part), what)


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _sync_directory(directory: Path) -> None:
    handle = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
