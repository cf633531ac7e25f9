"""Old Excel workbooks made in code: the few records of BIFF8 that a table needs, in an OLE2 container of small sectors."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from datetime import date

DATE_FORMAT = 14
FREE, END, FAT = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD


def record(kind: int, content: bytes = b"") -> bytes:
    return struct.pack("<HH", kind, len(content)) + content


def string(text: str, *, count: str = "<H") -> bytes:
    return struct.pack(count, len(text)) + b"\x01" + text.encode("utf-16-le")


def cell(row: int, column: int, value: object, strings: list[str]) -> bytes:
    place = struct.pack("<HH", row, column)
    if isinstance(value, bool):
        return record(0x0205, place + struct.pack("<HBB", 0, value, 0))
    if isinstance(value, date):
        return record(0x0203, place + struct.pack("<Hd", 1, (value - date(1899, 12, 30)).days))
    if isinstance(value, int | float):
        return record(0x0203, place + struct.pack("<Hd", 0, value))
    text = str(value)
    if text not in strings:
        strings.append(text)
    return record(0x00FD, place + struct.pack("<HL", 0, strings.index(text)))


def workbook_stream(*sheets: tuple[str, Sequence[Sequence[object]]], extra: bytes = b"", hidden: Sequence[str] = ()) -> bytes:
    """The records of a workbook; `extra` stands among those of the whole workbook. None leaves a cell out."""
    strings: list[str] = []
    bodies = []
    for _name, rows in sheets:
        cells = [cell(r, c, value, strings) for r, row in enumerate(rows) for c, value in enumerate(row) if value is not None]
        width = max((len(row) for row in rows), default=0)
        bodies.append(b"".join([bof(0x10), record(0x0200, struct.pack("<LLHHH", 0, len(rows), 0, width, 0)), *cells, record(0x0A)]))
    formats = b"".join(record(0xE0, struct.pack("<HH", 0, number) + bytes(16)) for number in (0, DATE_FORMAT))
    table = record(0xFC, struct.pack("<LL", len(strings), len(strings)) + b"".join(string(text) for text in strings))
    names = [string(name, count="<B") for name, _rows in sheets]
    start = len(bof(5) + extra + formats + table + record(0x0A)) + sum(10 + len(name) for name in names)
    index = b""
    for (name, _rows), encoded, body in zip(sheets, names, bodies, strict=True):
        index += record(0x85, struct.pack("<LBB", start, name in hidden, 0) + encoded)
        start += len(body)
    return bof(5) + extra + formats + index + table + record(0x0A) + b"".join(bodies)


def bof(kind: int) -> bytes:
    return record(0x0809, struct.pack("<HHHHLL", 0x0600, kind, 0x0DBB, 0x07CC, 0, 6))


def container(content: bytes, name: str = "Workbook") -> bytes:
    """One stream of at least 4,096 bytes after its directory, as programs write it."""
    body = content.ljust(4096, b"\0")
    body += bytes(-len(body) % 512)
    count = len(body) // 512
    fats = (count + 1) // 127 + 1
    chain = [*[FAT] * fats, END, *range(fats + 2, fats + 1 + count), END]
    table = struct.pack(f"<{len(chain)}L", *chain).ljust(512 * fats, b"\xff")
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + struct.pack("<HHHHH6x", 0x3E, 3, 0xFFFE, 9, 6)
    header += struct.pack("<9L", 0, fats, fats, 0, 4096, END, 0, END, 0) + struct.pack(f"<{fats}L", *range(fats)).ljust(436, b"\xff")
    return header + table + entry("Root Entry", 5, END, 0, child=1) + entry(name, 2, fats + 1, len(body)) + bytes(256) + body


def entry(name: str, kind: int, start: int, size: int, child: int = FREE) -> bytes:
    text = name.encode("utf-16-le")
    links = struct.pack("<LLL", FREE, FREE, child)
    return text.ljust(64, b"\0") + struct.pack("<HBB", len(text) + 2, kind, 1) + links + bytes(36) + struct.pack("<LLL", start, size, 0)


def xls(*sheets: tuple[str, Sequence[Sequence[object]]], extra: bytes = b"", hidden: Sequence[str] = ()) -> bytes:
    """A workbook of old Excel."""
    return container(workbook_stream(*sheets, extra=extra, hidden=hidden))
