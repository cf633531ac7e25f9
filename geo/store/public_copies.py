"""Arrow files made from release files for deployments that do not show visitors exact points: schools without what tells who they are.

They are rebuildable like serving copies, and named besides by what was left in. A file is its own release to whoever reads it: its SHA-256
says so, and its metadata holds what may be told of groups of schools.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from geo.store.cache_files import CacheFiles
from geo.store.faults import file_faults

_METADATA_KEY = b"qosyl"
SHA256_CHARACTERS = 64


@dataclass(frozen=True)
class PublicCopy:
    """A derived release: its schools, what may be told of groups, and the SHA-256 and size of its file."""

    table: pa.Table
    metadata: Mapping[str, Any]
    sha256: str
    byte_count: int


class PublicCopies(CacheFiles[PublicCopy]):
    """The derived public releases of one machine."""

    ENDING = "public-1.arrow"
    LOCK_FILE = "making-public.lock"

    def make(self, key: str, made: Callable[[], tuple[pa.Table, Mapping[str, Any]]]) -> None:
        """Make the file unless there is one that can be read; others that want it wait meanwhile.

        Parameters
        ----------
        key
            SHA-256 of the exact release file, then what else the content depends on.
        made
            Gives schools and metadata, anything strict JSON can hold; called under the lock, and only if they are needed.

        Raises
        ------
        StoreFull, StoreUnavailable
            The file could not be written.
        """
        with self._turn(key) as is_needed:
            if is_needed:
                table, metadata = made()
                text = json.dumps(metadata, allow_nan=False, ensure_ascii=False, separators=(",", ":"))
                marked = table.replace_schema_metadata({_METADATA_KEY: text.encode()})
                with self._folder.create(self.name_of(key)) as file, pa.ipc.new_file(file, marked.schema) as writer:
                    writer.write_table(marked)

    @classmethod
    def source_of(cls, name: str) -> str | None:
        """SHA-256 of the release file that a file of this kind was made from; None for the name of another file."""
        return name[:SHA256_CHARACTERS] if name.endswith(f"-{cls.ENDING}") else None

    def remove_of(self, sha256: str) -> None:
        """Remove every file made from a release file; nothing happens where there is none."""
        for entry in self._folder.entries():
            if self.source_of(entry.name) == sha256:
                self._folder.remove(entry.name)

    def _mapped(self, path: Path) -> PublicCopy | None:
        try:
            with pa.memory_map(str(path)) as source:
                table = pa.ipc.open_file(source).read_all()
            metadata = json.loads((table.schema.metadata or {})[_METADATA_KEY])
            with file_faults("cache"), path.open("rb") as file:
                sha256 = hashlib.file_digest(file, "sha256").hexdigest()
            return PublicCopy(table.replace_schema_metadata(), metadata, sha256, path.stat().st_size)
        except (FileNotFoundError, pa.ArrowInvalid, KeyError, ValueError):
            return None
