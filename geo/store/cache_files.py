"""Files that are made once from release files and then mapped by every worker of a machine: opened, or made under a lock."""

from __future__ import annotations

import fcntl
import os
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import ClassVar, Generic, TypeVar

from geo.store.faults import file_faults
from geo.store.folders import LocalFolder

Content = TypeVar("Content")


class CacheFiles(ABC, Generic[Content]):
    """The files of one kind on one machine, each named by the SHA-256 of the release file it was made from.

    They are rebuildable: made by whoever publishes or by the first reader. Each kind has an ending, which names its format so that a later
    version never maps a file it would misread, and the name of its lock between processes.
    """

    ENDING: ClassVar[str]
    LOCK_FILE: ClassVar[str]

    def __init__(self, folder: LocalFolder) -> None:
        self._folder = folder

    @classmethod
    def name_of(cls, sha256: str) -> str:
        """Name of the file for a release file."""
        return f"{sha256}-{cls.ENDING}"

    def has(self, sha256: str) -> bool:
        """Whether the file is made."""
        return self._path(sha256).exists()

    def open(self, sha256: str) -> Content | None:
        """The content, mapped: nothing is read before it is looked at. None where there is no file or it cannot be read.

        The file's time is set to now, so that the sweep sees it is in use.
        """
        path = self._path(sha256)
        content = self._mapped(path)
        if content is not None:
            with suppress(OSError):
                os.utime(path)
        return content

    @abstractmethod
    def _mapped(self, path: Path) -> Content | None:
        """The content of a file; None where there is none or it cannot be read."""

    @contextmanager
    def _turn(self, sha256: str) -> Iterator[bool]:
        """One maker's turn: whether the file is to be made, since there is none that can be read; others that want it wait meanwhile."""
        if self.open(sha256) is not None:
            yield False
            return
        with self._lock():
            yield self.open(sha256) is None

    def _path(self, sha256: str) -> Path:
        return self._folder.directory / self.name_of(sha256)

    @contextmanager
    def _lock(self) -> Iterator[None]:
        """One maker at a time on this machine; the system frees the lock of a process that dies."""
        self._folder.make()
        with file_faults("cache"):
            handle = os.open(self._folder.directory / self.LOCK_FILE, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)
