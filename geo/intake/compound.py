"""Files of the old Office container (OLE2): which streams one holds, read with bounds, since chains of sectors may lie and loop.

Layout: [MS-CFB], Compound File Binary File Format.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"

_STREAM, _ROOT = 2, 5
_FREE, _END, _FAT = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD
_LAST_SECTOR = 0xFFFFFFFA
_HEADER_SECTORS = 109
_SECTOR, _MINI = 512, 64
_CUTOFF = 4096

Uint32Array = npt.NDArray[np.uint32]


class DamagedContainer(Exception):
    """The chains or the directory of a container do not hold together."""


@dataclass(frozen=True)
class Container:
    """A container's bytes and directory: name of each stream → its first sector and size."""

    data: bytes
    sector_size: int
    mini_size: int
    cutoff: int
    fat: Uint32Array
    mini_fat: Uint32Array
    mini_stream: bytes
    streams: Mapping[str, tuple[int, int]]

    def stream(self, name: str) -> bytes:
        """Content of one stream.

        Raises
        ------
        DamagedContainer
            Its chain loops, leaves the file or is shorter than its size.
        """
        start, size = self.streams[name]
        if size < self.cutoff:
            content = _chained(self.mini_stream, 0, self.mini_size, self.mini_fat, start)
        else:
            content = _chained(self.data, self.sector_size, self.sector_size, self.fat, start)
        if len(content) < size:
            raise DamagedContainer
        return content[:size]


def open_container(data: bytes) -> Container:
    """Directory of a container that begins with `MAGIC`.

    Raises
    ------
    DamagedContainer
        It does not hold together.
    """
    try:
        sector_shift, mini_shift = struct.unpack_from("<HH", data, 30)
        fat_sectors, directory, cutoff, mini_start, _minis, difat, _difats = struct.unpack_from("<LL4xLLLLL", data, 44)
    except struct.error:
        raise DamagedContainer from None
    if sector_shift not in (9, 12) or mini_shift != 6:
        raise DamagedContainer
    size = 1 << sector_shift
    fat = _fat(data, size, fat_sectors, difat)
    entries = _directory(_chained(data, size, size, fat, directory))
    root = next(((start, length) for _name, kind, start, length in entries if kind == _ROOT), (_END, 0))
    mini_stream = _chained(data, size, size, fat, root[0])[: root[1]]
    mini_fat = np.frombuffer(_chained(data, size, size, fat, mini_start), dtype="<u4").astype(np.uint32)
    streams = {name: (start, length) for name, kind, start, length in reversed(entries) if kind == _STREAM}
    return Container(data, size, 1 << mini_shift, cutoff, fat, mini_fat, mini_stream, streams)


def _fat(data: bytes, size: int, count: int, difat: int) -> Uint32Array:
    """The table of chains: for each sector the next one."""
    sectors = np.frombuffer(data, dtype="<u4", count=_HEADER_SECTORS, offset=76).tolist() if len(data) >= 512 else []
    seen: set[int] = set()
    while difat <= _LAST_SECTOR:
        part = np.frombuffer(_sector(data, size, difat), dtype="<u4").tolist()
        if difat in seen:
            raise DamagedContainer
        seen.add(difat)
        sectors += part[:-1]
        difat = part[-1]
    used = [sector for sector in sectors if sector <= _LAST_SECTOR][:count]
    if not used or len(used) * size > len(data):
        raise DamagedContainer
    return np.frombuffer(b"".join(_sector(data, size, sector) for sector in used), dtype="<u4").astype(np.uint32)


def _sector(data: bytes, size: int, sector: int) -> bytes:
    content = data[(sector + 1) * size : (sector + 2) * size]
    if not content:
        raise DamagedContainer
    return content.ljust(size, b"\0")


def _chained(data: bytes, offset: int, size: int, fat: Uint32Array, start: int) -> bytes:
    """Sectors of one chain, joined; a chain visits no sector twice."""
    chain: list[int] = []
    following = fat.tolist()
    while start <= _LAST_SECTOR:
        if start >= len(following) or len(chain) >= len(following):
            raise DamagedContainer
        chain.append(start)
        start = following[start]
    pieces = [data[offset + sector * size : offset + (sector + 1) * size] for sector in chain]
    return b"".join(pieces)


def _directory(content: bytes) -> list[tuple[str, int, int, int]]:
    """Name, kind, first sector and size of each entry."""
    entries = []
    for at in range(0, len(content) - 127, 128):
        name_length, kind = struct.unpack_from("<HB", content, at + 64)
        start, length = struct.unpack_from("<LL", content, at + 116)
        name = content[at : at + max(0, min(name_length, 64) - 2)].decode("utf-16-le", "replace")
        entries.append((name, kind, start, length))
    return entries


def packed(name: str, content: bytes) -> bytes:
    """A sound container with one stream, for readers that trust the container they are given."""
    body = content.ljust(_CUTOFF, b"\0")
    body += bytes(-len(body) % _SECTOR)
    count = len(body) // _SECTOR
    fat_count = 1
    while fat_count * (_SECTOR // 4) < count + 1 + fat_count + _difat_count(fat_count):
        fat_count += 1
    difat_count = _difat_count(fat_count)
    first_fat, first_difat = count + 1, count + 1 + fat_count
    chain = [*range(1, count), _END, _END, *[_FAT] * fat_count, *[_FAT - 1] * difat_count]
    fat = np.full(fat_count * (_SECTOR // 4), _FREE, dtype="<u4")
    fat[: len(chain)] = chain
    sectors = np.full(_HEADER_SECTORS + difat_count * 127, _FREE, dtype="<u4")
    sectors[:fat_count] = range(first_fat, first_fat + fat_count)
    extra = (first_difat if difat_count else _END, difat_count)
    header = struct.pack("<8s16xHHHHH6x", MAGIC, 0x3E, 3, 0xFFFE, 9, 6)
    header += struct.pack("<LLLLLLLLL", 0, fat_count, count, 0, _CUTOFF, _END, 0, *extra) + sectors[:_HEADER_SECTORS].tobytes()
    entries = _entry("Root Entry", _ROOT, 1, _END, 0) + _entry(name, _STREAM, _FREE, 0, len(body)) + bytes(256)
    return header + body + entries + fat.tobytes() + _difat_sectors(sectors[_HEADER_SECTORS:], first_difat)


def _difat_count(fat_count: int) -> int:
    return max(0, -(-(fat_count - _HEADER_SECTORS) // 127))


def _difat_sectors(sectors: npt.NDArray[np.uint32], first: int) -> bytes:
    parts = [sectors[at : at + 127].tobytes() for at in range(0, len(sectors), 127)]
    last = len(parts) - 1
    return b"".join(part + struct.pack("<L", _END if n == last else first + n + 1) for n, part in enumerate(parts))


def _entry(name: str, kind: int, child: int, start: int, size: int) -> bytes:
    text = name.encode("utf-16-le")
    links = struct.pack("<LLL", _FREE, _FREE, child)
    return text.ljust(64, b"\0") + struct.pack("<HBB", len(text) + 2, kind, 1) + links + bytes(36) + struct.pack("<LLL", start, size, 0)
