"""PMTiles files that a process gives out: made by who asks first, in a thread of their own where that takes long."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

from geo.errors import NotReady, QosylError
from geo.store import TileArchives

LOGGER = logging.getLogger("qosyl.services")

PATIENCE_S = 5.0
"""How long who asks first waits before being told to come again: the archive of 100,000 schools is made within it."""

Write = Callable[[BinaryIO], None]


class KeptArchives:
    """The archives of one machine as a process sees them; safe to share between threads.

    Parameters
    ----------
    patience_s
        How long somebody waits for an archive that is being made.
    """

    def __init__(self, files: TileArchives, *, patience_s: float = PATIENCE_S) -> None:
        self._files = files
        self._patience_s = patience_s
        self._lock = threading.Lock()
        self._making: dict[str, threading.Thread] = {}
        self._failed: dict[str, QosylError] = {}

    def get(self, name: str, write: Write) -> Path:
        """Path of an archive on this machine.

        Raises
        ------
        NotReady
            It is being made now and takes longer than one should wait.
        StoreFull, StoreUnavailable
            It could not be written.
        """
        path = self._files.open(name)
        if path is None:
            self._maker(name, write).join(self._patience_s)
            path = self._files.open(name)
        if path is None:
            with self._lock:
                raise self._failed.pop(name, None) or NotReady("the tiles are being put into one file; try again in half a minute")
        return path

    def _maker(self, name: str, write: Write) -> threading.Thread:
        """The thread that makes an archive, begun now unless there is one."""

        def work() -> None:
            try:
                self._files.make(name, write)
            except QosylError as error:
                LOGGER.warning("the archive %s is not made: %s", name, error)
                with self._lock:
                    self._failed[name] = error
            finally:
                with self._lock:
                    self._making.pop(name, None)

        with self._lock:
            thread = self._making.get(name)
            if thread is None:
                self._failed.pop(name, None)
                thread = threading.Thread(target=work, name="tile archive", daemon=True)
                self._making[name] = thread
                thread.start()
        return thread
