"""Layers of ground under the map: one JSON file each in the data directory, as boundaries are. Knows nothing of what they hold."""

from __future__ import annotations

import re

from geo.config import Settings
from geo.store.folders import LocalFolder

_NAME = re.compile(r"[a-z]+-[0-9a-f]{12}")
"""Takes "lakes-0123456789ab"; refuses anything else, such as `../x`."""


class GroundFiles:
    """The layers by name; a name holds the digest of the content, so equal names are equal files."""

    def __init__(self, settings: Settings) -> None:
        self._folder = LocalFolder(settings.data_dir / "ground", "ground")

    def names(self) -> tuple[str, ...]:
        """Names of all layers, ascending; none where nothing was ever loaded."""
        return tuple(entry.name for entry in self._folder.entries() if _NAME.fullmatch(entry.name))

    def read(self, name: str) -> bytes:
        """Content of a layer.

        Raises
        ------
        FileNotFoundError
            There is none of that name.
        """
        return self._folder.read(_checked(name))

    def write(self, name: str, data: bytes) -> None:
        """Keep a layer; it appears whole or not at all.

        Raises
        ------
        StoreFull, StoreUnavailable
            It could not be written.
        """
        with self._folder.create(_checked(name)) as file:
            file.write(data)

    def remove(self, name: str) -> None:
        """Remove a layer; nothing happens where there is none."""
        self._folder.remove(_checked(name))


def _checked(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise FileNotFoundError(name)
    return name
