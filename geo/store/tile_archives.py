"""PMTiles files of releases, kept on this machine: made once, then sent as they are."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

from geo.store.cache_files import CacheFiles

MAGIC = b"PMTiles\x03"
"""How a file of the format begins, its version included."""


class TileArchives(CacheFiles[Path]):
    """The archives of one machine. Each is named by what it was made from: the release's SHA-256 and what else its tiles depend on."""

    ENDING = "tiles-1.pmtiles"
    LOCK_FILE = "making-tiles.lock"

    def _mapped(self, path: Path) -> Path | None:
        try:
            with path.open("rb") as file:
                return path if file.read(len(MAGIC)) == MAGIC else None
        except OSError:
            return None

    def make(self, name: str, write: Callable[[BinaryIO], None]) -> None:
        """Make an archive unless there is one; others that want it wait meanwhile.

        Parameters
        ----------
        write
            Writes the archive into an empty file; called under the lock, and only if it is needed.

        Raises
        ------
        StoreFull, StoreUnavailable
            The file could not be written.
        """
        with self._turn(name) as is_needed:
            if is_needed:
                with self._folder.create(self.name_of(name)) as file:
                    write(file)
