"""Complete exports of releases as files on this machine: made once, sent to everybody who asks, let go of when others need the room.

They are rebuildable. What a file holds is known by its name alone, which never stands for two contents.
"""

from __future__ import annotations

import fcntl
import os
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from geo.config import Settings
from geo.store.faults import file_faults
from geo.store.folders import TEMPORARY_PREFIX, cache_folder

PART = "files"
LOCK_ENDING = ".lock"
MAX_BYTES = 4 * 1024**3
"""What all complete files of a machine may take; the one made last stays whatever its size."""

Write = Callable[[Path], None]
"""Writes a file at a path that does not exist yet."""


class CompleteFiles:
    """The complete files of one machine; safe to share between threads and processes."""

    def __init__(self, settings: Settings, *, max_bytes: int = MAX_BYTES) -> None:
        self.folder = cache_folder(settings, PART)
        self._max_bytes = max_bytes

    def has(self, name: str) -> bool:
        """Whether a file is made."""
        return (self.folder.directory / name).exists()

    def opened(self, name: str, write: Write) -> BinaryIO:
        """A file, open at its beginning for the caller to close; made now if there is none, while others that want one like it wait.

        It can be read to its end whatever becomes of its name.

        Parameters
        ----------
        name
            Ends like files of its format do; files with the same ending are made one after the other.

        Raises
        ------
        StoreFull, StoreUnavailable
            The file could not be made.
        """
        found = self._open(name)
        if found is not None:
            return found
        with self._lock(name.partition(".")[2]):
            found = self._open(name)
            if found is not None:
                return found
            path = self.folder.directory / name
            with self._written(path.suffix, write) as temporary, file_faults("cache"):
                temporary.rename(path)
                file = path.open("rb")
            self._make_room(name)
            return file

    def passing(self, ending: str, write: Write) -> BinaryIO:
        """A file that nobody else will ask for, open at its beginning: it is gone when the caller closes it.

        Parameters
        ----------
        ending
            That of its format, with the dot.

        Raises
        ------
        StoreFull, StoreUnavailable
            The file could not be made.
        """
        self.folder.make()
        with self._written(ending, write) as temporary, file_faults("cache"):
            return temporary.open("rb")

    @staticmethod
    def is_lock(name: str) -> bool:
        """Whether a name in the folder is that of a lock, which is no file that anybody asks for."""
        return name.endswith(LOCK_ENDING)

    def _open(self, name: str) -> BinaryIO | None:
        """The file, its time set to now, so that it is let go of after those that nobody asked for since."""
        path = self.folder.directory / name
        try:
            file = path.open("rb")
        except FileNotFoundError:
            return None
        with suppress(OSError):
            os.utime(path)
        return file

    @contextmanager
    def _written(self, ending: str, write: Write) -> Iterator[Path]:
        """A new file under a temporary name, whole and synced; what is left of that name afterwards is removed."""
        stem = f"{TEMPORARY_PREFIX}{uuid.uuid4().hex}"
        temporary = self.folder.directory / f"{stem}{ending}"
        try:
            with file_faults("cache"):
                write(temporary)
                with temporary.open("rb+") as file:
                    os.fchmod(file.fileno(), 0o600)
                    os.fsync(file.fileno())
            yield temporary
        finally:
            for rest in self.folder.directory.glob(f"{stem}*"):  # some formats write beside their file
                rest.unlink(missing_ok=True)

    def _make_room(self, kept: str) -> None:
        """Remove the files asked for longest ago until all together fit."""
        made = [entry for entry in self.folder.entries() if not entry.is_temporary and not self.is_lock(entry.name)]
        total = sum(entry.byte_count for entry in made)
        for entry in sorted(made, key=lambda entry: entry.modified):
            if total <= self._max_bytes:
                return
            if entry.name != kept:
                self.folder.remove(entry.name)
                total -= entry.byte_count

    @contextmanager
    def _lock(self, ending: str) -> Iterator[None]:
        """One maker of a format at a time on this machine; the system frees the lock of a process that dies."""
        self.folder.make()
        with file_faults("cache"):
            handle = os.open(self.folder.directory / f"{ending}{LOCK_ENDING}", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)
