"""From the bytes of an upload to UTF-8 text without byte-order mark, or a refusal that says what the bytes are.

What a file is, is told by its content, never by its name.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from geo.errors import FileRefused
from geo.intake.problem_text import mark as _
from geo.intake.problems import refusal

_BOM = b"\xef\xbb\xbf"
_WIDE_MARKS = ((b"\xff\xfe\x00\x00", "UTF-32"), (b"\x00\x00\xfe\xff", "UTF-32"), (b"\xff\xfe", "UTF-16"), (b"\xfe\xff", "UTF-16"))

_SIGNATURES: tuple[tuple[bytes, str], ...] = (
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", _("an old or encrypted Excel workbook (XLS)")),
    (b"\x1f\x8b", _("a gzip archive")),
    (b"BZh", _("a bzip2 archive")),
    (b"\xfd7zXZ\x00", _("an xz archive")),
    (b"7z\xbc\xaf\x27\x1c", _("a 7z archive")),
    (b"Rar!", _("a RAR archive")),
    (b"%PDF", _("a PDF document")),
    (b"\x89PNG", _("a PNG picture")),
    (b"\xff\xd8\xff", _("a JPEG picture")),
    (b"GIF8", _("a GIF picture")),
    (b"SQLite format 3\x00", _("an SQLite database or GeoPackage")),
    (b"PAR1", _("a Parquet file")),
    (b"ARROW1", _("an Arrow file")),
    (b"\x00\x00'\n", _("a shapefile without its other parts")),
    (b"\x7fELF", _("a program")),
)

_ZIP_KINDS: tuple[tuple[bytes, str], ...] = (
    (b"xl/", _("an Excel workbook (XLSX)")),
    (b"application/vnd.oasis.opendocument.spreadsheet", _("an OpenDocument spreadsheet (ODS)")),
    (b"word/", _("a Word document")),
    (b".shp", _("a zipped shapefile")),
)
_BLANK_BYTES = b" \t\r\n\x0b\x0c"


@dataclass(frozen=True)
class Decoded:
    """Text of a file as valid UTF-8 bytes without byte-order mark, and the encoding it came in."""

    data: bytes
    encoding: str


def decode(data: bytes) -> Decoded:
    """Valid UTF-8 bytes without byte-order marks (a doubled mark goes whole).

    Raises
    ------
    FileRefused
        `empty_file` for no bytes, blanks or marks alone; `not_a_table` for archives, workbooks, pictures, JSON, markup and the
        like; `encoding_error` for what is not UTF-8, with line and byte offset of the first fault.
    """
    body = data
    while body.startswith(_BOM):
        body = body[len(_BOM) :]
    if not body[:1024].strip(_BLANK_BYTES) and not body.strip(_BLANK_BYTES):
        raise refusal("empty_file")
    _refuse_other_formats(body)
    _check_utf8(body, offset=len(data) - len(body))
    _refuse_markup(body)
    return Decoded(body, "utf-8-sig" if len(body) < len(data) else "utf-8")


def _refuse_other_formats(data: bytes) -> None:
    for signature, kind in _SIGNATURES:
        if data.startswith(signature):
            raise refusal("not_a_table", kind=kind)
    if data.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        around = data[:4096] + data[-65536:]
        raise refusal("not_a_table", kind=next((kind for mark, kind in _ZIP_KINDS if mark in around), _("a zip archive")))
    for mark, name in _WIDE_MARKS:
        if data.startswith(mark) and _is_text(data, name):
            raise refusal("encoding_error", variant="wide", encoding=name)
    head = data[:4096]
    if head.count(0) * 5 > len(head):
        raise refusal("encoding_error", variant="nul_bytes")


def _is_text(data: bytes, encoding: str) -> bool:
    try:
        data.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def _refuse_markup(data: bytes) -> None:
    """Refuse JSON, HTML, SVG and XML; the content is not repeated."""
    start = data[:2048].lstrip(_BLANK_BYTES)
    if start.startswith(b"<"):
        is_page = b"<html" in start.lower() or b"<!doctype html" in start.lower()
        raise refusal("not_a_table", kind=_("a web page (HTML)") if is_page else _("XML or another markup"))
    if start.startswith((b"{", b"[")):
        raise refusal("not_a_table", kind="GeoJSON" if b'"FeatureCollection"' in start else "JSON")


def _check_utf8(data: bytes, *, offset: int) -> None:
    """Refuse what is not UTF-8. Arrow looks first, since it needs no copy; Python says where the fault is."""
    if data.isascii():
        return
    ends = pa.py_buffer(np.asarray([0, len(data)], dtype=np.int64))
    whole = pa.Array.from_buffers(pa.large_string(), 1, [None, ends, pa.py_buffer(data)])
    try:
        whole.validate(full=True)
    except pa.ArrowInvalid:
        pass
    else:
        return
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise _encoding_fault(data, error.start, offset) from None


def _encoding_fault(data: bytes, position: int, offset: int) -> FileRefused:
    before = data[:position]
    line = before.count(b"\n") + before.count(b"\r") - before.count(b"\r\n") + 1
    shown = " ".join(f"{byte:02X}" for byte in data[position : position + 4])
    return refusal("encoding_error", line=line, offset=str(position + offset), shown=shown)
