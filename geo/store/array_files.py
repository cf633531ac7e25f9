"""Files of named arrays beside the serving copies, memory-mapped: what is made from a release once and looked into by every worker.

One file holds all arrays: eight bytes of magic and format, the length of a JSON table of names, types, shapes and positions, that table,
then the arrays, each beginning at a multiple of `ALIGNMENT`. Numbers are little-endian.
"""

from __future__ import annotations

import json
import math
import mmap
import struct
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt

from geo.store.cache_files import CacheFiles

Arrays = Mapping[str, npt.NDArray[Any]]

MAGIC = b"QSYLARR1"
ALIGNMENT = 64
_HEAD = struct.Struct("<8sQ")


class ArrayFiles(CacheFiles[Arrays]):
    """The search indexes of one machine."""

    ENDING = "search-1.arrays"
    LOCK_FILE = "making-search.lock"
    """Another lock than that of the serving copies: an index takes longer to make than a copy, and nobody who publishes waits for it."""

    def _mapped(self, path: Path) -> Arrays | None:
        try:
            with path.open("rb") as file:
                return _arrays(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
        except (OSError, ValueError, KeyError, TypeError, AttributeError, struct.error):
            return None

    def make(self, sha256: str, made: Callable[[], Arrays]) -> None:
        """Make the file unless there is one that can be read; others that want it wait meanwhile.

        Parameters
        ----------
        made
            Gives the arrays; called under the lock, and only if they are needed.

        Raises
        ------
        StoreFull, StoreUnavailable
            The file could not be written.
        """

        with self._turn(sha256) as is_needed:
            if is_needed:
                arrays = made()
                with self._folder.create(self.name_of(sha256)) as file:
                    _write(file, arrays)


def _write(file: BinaryIO, arrays: Arrays) -> None:
    table: dict[str, dict[str, Any]] = {}
    position = 0
    for name, array in arrays.items():
        table[name] = {"type": array.dtype.newbyteorder("<").str, "shape": list(array.shape), "position": position}
        position += _aligned(array.nbytes)
    text = json.dumps(table).encode()
    file.write(_HEAD.pack(MAGIC, len(text)))
    file.write(text.ljust(_aligned(_HEAD.size + len(text)) - _HEAD.size))
    for array in arrays.values():
        file.write(np.ascontiguousarray(array, dtype=array.dtype.newbyteorder("<")).data)
        file.write(bytes(_aligned(array.nbytes) - array.nbytes))


def _arrays(pages: mmap.mmap) -> Arrays:
    """The arrays of a mapped file; the file stays mapped as long as one of them is kept.

    Raises
    ------
    ValueError, KeyError, TypeError, AttributeError, struct.error
        It is not a file of arrays, or not a whole one.
    """
    magic, length = _HEAD.unpack_from(pages)
    if magic != MAGIC:
        raise ValueError("not a file of arrays")
    start = _aligned(_HEAD.size + length)
    table = json.loads(pages[_HEAD.size : _HEAD.size + length])
    return {name: _array(pages, start + entry["position"], entry["type"], entry["shape"]) for name, entry in table.items()}


def _array(pages: mmap.mmap, position: int, kind: str, shape: list[int]) -> npt.NDArray[Any]:
    count = math.prod(shape)
    found = np.frombuffer(pages, dtype=kind, count=count, offset=position) if count else np.zeros(0, dtype=kind)
    return found.reshape(shape)


def _aligned(count: int) -> int:
    return -(-count // ALIGNMENT) * ALIGNMENT
