"""The bell of a machine's worker processes: a named pipe that wakes one of them, and tells whether there is one at all.

The system closes a dead process's end of the pipe, so nobody has to guess from times whether a worker still lives.
"""

from __future__ import annotations

import errno
import os
import select
import stat
from contextlib import suppress
from pathlib import Path
from typing import Self

from geo.config import Settings
from geo.store.faults import file_faults

BELL_FILE = "worker.bell"


class Bell:
    """The bell in a data directory."""

    def __init__(self, settings: Settings) -> None:
        self._path = settings.data_dir / BELL_FILE

    def ring(self) -> bool:
        """Wake a worker process of this machine; whether there is one."""
        try:
            handle = os.open(self._path, os.O_WRONLY | os.O_NONBLOCK)
        except OSError:  # no pipe, or nobody has it open for reading
            return False
        try:
            if not stat.S_ISFIFO(os.fstat(handle).st_mode):
                return False
            with suppress(BlockingIOError):  # it rings already
                os.write(handle, b".")
            return True
        except BrokenPipeError:
            return False
        finally:
            os.close(handle)

    def listen(self) -> Listener:
        """Hear the bell from now on.

        Raises
        ------
        StoreUnavailable
            The pipe cannot be made here.
        """
        return Listener(self._path)


class Listener:
    """A worker process's end of the bell."""

    def __init__(self, path: Path) -> None:
        with file_faults("worker's bell"):
            path.parent.mkdir(parents=True, exist_ok=True)
            try:
                os.mkfifo(path, 0o600)
            except FileExistsError:
                if not stat.S_ISFIFO(path.stat().st_mode):
                    raise OSError(errno.EEXIST, f"{path} is in the way") from None
            # For writing too, so that the pipe has no end when whoever rang goes away.
            self._handle = os.open(path, os.O_RDWR | os.O_NONBLOCK)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Hear nothing any more."""
        os.close(self._handle)

    def wait(self, seconds: float) -> bool:
        """Wait until it rings, at most so many seconds; whether it rang. Of several listeners one hears a ring."""
        readable, _, _ = select.select([self._handle], [], [], seconds)
        if not readable:
            return False
        with suppress(BlockingIOError):
            return bool(os.read(self._handle, 1))
        return False
