"""Figures of releases, kept as small files on this machine so that they are counted once; whatever is missing is counted again."""

from __future__ import annotations

import json
import uuid
from contextlib import suppress
from typing import Any

from geo.config import Settings
from geo.errors import StoreFull, StoreUnavailable
from geo.store.faults import file_faults
from geo.store.folders import TEMPORARY_PREFIX, cache_folder

PART = "figures"


class KeptFigures:
    """Small JSON files, each named by what it holds, which never changes under that name."""

    def __init__(self, settings: Settings) -> None:
        self._folder = cache_folder(settings, PART)

    def read(self, name: str) -> Any:
        """What was kept under a name; None where nothing was, or it cannot be read."""
        try:
            return json.loads(self._folder.read(name))
        except (FileNotFoundError, StoreUnavailable, ValueError):
            return None

    def has(self, name: str) -> bool:
        """Whether something was kept under a name."""
        return (self._folder.directory / name).exists()

    def keep(self, name: str, document: Any) -> None:
        """Keep what strict JSON can hold; where nothing can be written, as in a read-only deployment, it is let go.

        Nothing waits for the disk: after a power cut a file may be empty, and then is not read.
        """
        data = json.dumps(document, allow_nan=False, separators=(",", ":"))
        temporary = self._folder.directory / f"{TEMPORARY_PREFIX}{uuid.uuid4().hex}"
        with suppress(StoreFull, StoreUnavailable), file_faults(PART):
            self._folder.make()
            try:
                temporary.write_text(data, encoding="utf-8", newline="")
                temporary.rename(self._folder.directory / name)
            except BaseException:
                temporary.unlink(missing_ok=True)
                raise
