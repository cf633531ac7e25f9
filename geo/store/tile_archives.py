"""PMTiles files of releases, kept on this machine: made once, then sent as they are."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

from geo.store.cache_files import CacheFiles
from geo.store.folders import LocalFolder

MAGIC = b"PMTiles\x03"
"""How a file of the format begins, its version included."""
MAX_BYTES = 2_000_000_000
"""What all archives may take; those asked for longest ago make room for a new one."""


class TileArchives(CacheFiles[Path]):
    """The archives of one machine. Each is named by what it was made from: the release's SHA-256 and what else its tiles depend on.

    Parameters
    ----------
    max_bytes
        What all of them may take; the newest stays however large it is.
    """

    ENDING = "tiles-1.pmtiles"
    LOCK_FILE = "making-tiles.lock"

    def __init__(self, folder: LocalFolder, *, max_bytes: int = MAX_BYTES) -> None:
        super().__init__(folder)
        self._max_bytes = max_bytes

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
                self._make_room()

    def _make_room(self) -> None:
        """Remove what was asked for longest ago, beyond the newest; whoever reads such a file keeps it until the end."""
        mine = [entry for entry in self._folder.entries() if entry.name.endswith(self.ENDING)]
        total = 0
        for position, entry in enumerate(sorted(mine, key=lambda entry: entry.modified, reverse=True)):
            total += entry.byte_count
            if position and total > self._max_bytes:
                self._folder.remove(entry.name)
