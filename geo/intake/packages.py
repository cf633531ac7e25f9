"""Which kind of workbook a file is, and whether it is safe to read: looked at before any reader of workbooks sees it.

A zip directory may lie and a sheet may name one far cell, so entries are unpacked here piece by piece, counted, and forgotten.
"""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Iterator
from enum import StrEnum

from geo.errors import FileRefused
from geo.intake.compound import MAGIC
from geo.intake.problem_text import mark as _
from geo.intake.problems import refusal
from geo.intake.sheet_extent import ExcelExtent, OpenDocumentExtent, SheetExtent

MAX_UNPACKED_BYTES = 256 * 1024 * 1024
"""Bytes of a workbook at most, unpacked; 250,000 rows of 15 columns take about 150 MB."""

_FREE_BYTES, _MAX_RATIO = 16 * 1024 * 1024, 200
"""Beyond so many bytes a part may be so many times as large as it was packed; sheets are packed about 10 to 1."""

_ZIP_STARTS = (b"PK\x03\x04", b"PK\x05\x06")
_DIRECTORY_END = b"PK\x05\x06"
_MAX_DIRECTORY_BYTES = 1 << 20
_PIECE, _INPUT = 1 << 20, 1 << 16
_BOMB = _("a workbook that is far larger unpacked than tables of schools are")
_DAMAGED = _("a damaged workbook")
_ENCRYPTED = _("an encrypted workbook")
_ZIP = _("a zip archive")
_ODS_TYPE = b"application/vnd.oasis.opendocument.spreadsheet"
_OTHER_ZIPS = (
    ("xl/workbook.bin", _("a binary Excel workbook (XLSB)")),
    ("word/", _("a Word document")),
    ("ppt/", _("a presentation")),
    (".shp", _("a zipped shapefile")),
)


class WorkbookFormat(StrEnum):
    """Kinds of workbooks that are read."""

    XLSX = "xlsx"
    XLS = "xls"
    ODS = "ods"


def workbook_format(data: bytes) -> WorkbookFormat | None:
    """Kind of a workbook; None for what is no archive and no workbook.

    An XLSX or ODS workbook is then safe to read; an XLS one is looked at by `old_workbook.sound_workbook`.

    Raises
    ------
    FileRefused
        `not_a_table`: an archive of another kind, or a workbook that is encrypted, damaged, too large unpacked or too widely spread.
    """
    if data.startswith(MAGIC):
        return WorkbookFormat.XLS
    if not data.startswith(_ZIP_STARTS):
        return None
    _check_directory_size(data)
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = archive.infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError, struct.error, UnicodeDecodeError):
        raise _refused(_DAMAGED if b"xl/" in data[:4096] or _ODS_TYPE in data[:4096] else _ZIP) from None
    found = _format_of(data, [entry.filename for entry in entries])
    _check_entries(data, entries, found)
    return found


def damaged() -> FileRefused:
    """The refusal of a workbook that its reader cannot make sense of."""
    return _refused(_DAMAGED)


def encrypted() -> FileRefused:
    """The refusal of a workbook that needs a password."""
    return _refused(_ENCRYPTED)


def _refused(kind: str) -> FileRefused:
    return refusal("not_a_table", kind=kind)


def _check_directory_size(data: bytes) -> None:
    """Refuse archives whose directory alone is a burden, before it is read."""
    tail = data[-65_557:]
    at = tail.rfind(_DIRECTORY_END)
    if at < 0 or len(tail) < at + 22:
        raise _refused(_DAMAGED if b"xl/" in data[:4096] or _ODS_TYPE in data[:4096] else _ZIP)
    (size,) = struct.unpack_from("<L", tail, at + 12)
    if size > _MAX_DIRECTORY_BYTES:
        raise _refused(_ZIP)


def _format_of(data: bytes, names: list[str]) -> WorkbookFormat:
    if "xl/workbook.xml" in names:
        return WorkbookFormat.XLSX
    if "content.xml" in names and _ODS_TYPE in data[:4096]:
        return WorkbookFormat.ODS
    for mark, kind in _OTHER_ZIPS:
        if any(name.startswith(mark) or name.endswith(mark) for name in names):
            raise _refused(kind)
    raise _refused(_ZIP)


def _check_entries(data: bytes, entries: list[zipfile.ZipInfo], kind: WorkbookFormat) -> None:
    """Unpack every entry piece by piece: what the directory declares, what really comes, and how far the cells are spread."""
    if any(entry.flag_bits & 1 for entry in entries):
        raise _refused(_ENCRYPTED)
    if sum(entry.file_size for entry in entries) > MAX_UNPACKED_BYTES:
        raise _refused(_BOMB)
    unpacked = 0
    for entry in entries:
        extent: SheetExtent = ExcelExtent() if kind is WorkbookFormat.XLSX else OpenDocumentExtent()
        begin = unpacked
        for piece in _pieces(data, entry):
            unpacked += len(piece)
            if unpacked - begin > max(_FREE_BYTES, _MAX_RATIO * entry.compress_size):
                raise _refused(_BOMB)
            if entry.filename == "META-INF/manifest.xml" and b"encryption-data" in piece:
                raise _refused(_ENCRYPTED)
            extent.look(piece)
            if unpacked > MAX_UNPACKED_BYTES or extent.is_unreasonable:
                raise _refused(_BOMB)


def _pieces(data: bytes, entry: zipfile.ZipInfo) -> Iterator[bytes]:
    """What one entry holds, at most a megabyte at a time, to the end of its compressed stream whatever size it declares."""
    try:
        start, name_length, extra_length = struct.unpack_from("<4s22xHH", data, entry.header_offset)
    except struct.error:
        raise damaged() from None
    begin = entry.header_offset + 30 + name_length + extra_length
    packed = memoryview(data)[begin : begin + entry.compress_size]
    if start != b"PK\x03\x04" or len(packed) != entry.compress_size:
        raise damaged()
    if entry.compress_type == zipfile.ZIP_STORED:
        yield from (bytes(packed[at : at + _PIECE]) for at in range(0, len(packed), _PIECE))
    elif entry.compress_type == zipfile.ZIP_DEFLATED:
        yield from _inflated(packed)
    else:
        raise damaged()


def _inflated(packed: memoryview) -> Iterator[bytes]:
    stream = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        for at in range(0, len(packed), _INPUT):
            rest: bytes | memoryview = packed[at : at + _INPUT]
            while rest and not stream.eof:
                yield stream.decompress(rest, _PIECE)
                rest = stream.unconsumed_tail
        while not stream.eof and (piece := stream.decompress(b"", _PIECE)):
            yield piece
    except zlib.error:
        raise damaged() from None
