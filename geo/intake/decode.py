"""From the bytes of an upload to UTF-8 text without byte-order mark, or a refusal that says what the bytes are.

What a file is, is told by its content, never by its name: by its byte-order mark, else by being UTF-8 from end to end, else an old
Cyrillic encoding is guessed.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from geo.errors import FileRefused
from geo.intake.encodings import CANDIDATES, EncodingGuess, guess_encoding, stated_encoding
from geo.intake.problem_text import mark as _
from geo.intake.problems import refusal

_BOM = b"\xef\xbb\xbf"
_WIDE_MARKS = (
    (b"\xff\xfe\x00\x00", "UTF-32", "utf-32-le"),
    (b"\x00\x00\xfe\xff", "UTF-32", "utf-32-be"),
    (b"\xff\xfe", "UTF-16", "utf-16-le"),
    (b"\xfe\xff", "UTF-16", "utf-16-be"),
)

_SIGNATURES: tuple[tuple[bytes, str], ...] = (
    (b"\x1f\x8b", _("a gzip archive")),
    (b"BZh", _("a bzip2 archive")),
    (b"\xfd7zXZ\x00", _("an xz archive")),
    (b"7z\xbc\xaf\x27\x1c", _("a 7z archive")),
    (b"Rar!", _("a RAR archive")),
    (b"%PDF", _("a PDF document")),
    (b"\x89PNG", _("a PNG picture")),
    (b"\xff\xd8\xff", _("a JPEG picture")),
    (b"GIF8", _("a GIF picture")),
    (b"PAR1", _("a Parquet file")),
    (b"ARROW1", _("an Arrow file")),
    (b"\x00\x00'\n", _("a shapefile without its other parts")),
    (b"\x7fELF", _("a program")),
)

_BLANK_BYTES = b" \t\r\n\x0b\x0c"


@dataclass(frozen=True)
class Decoded:
    """Text of a file as valid UTF-8 bytes without byte-order mark, the encoding it came in, and the guess where that was guessed."""

    data: bytes
    encoding: str
    guess: EncodingGuess | None = None


def decode(data: bytes, *, encoding: str | None = None) -> Decoded:
    """Valid UTF-8 bytes without byte-order marks (a doubled mark goes whole).

    Parameters
    ----------
    encoding
        A name of `encodings.STATED`. None: UTF-16 or UTF-32 with its mark, else UTF-8, else what `guess_encoding` says.

    Raises
    ------
    FileRefused
        `empty_file` for no bytes, blanks or marks alone; `not_a_table` for archives, pictures and markup; `encoding_error` for what is
        not text of its encoding, with line and byte offset of the first fault.
    InvalidParameter
        The encoding is not known.
    """
    read = _read_wide(data) if encoding is None else _read_stated(data, encoding)
    body = data if read is None else read.data
    while body.startswith(_BOM):
        body = body[len(_BOM) :]
    if not body[:1024].strip(_BLANK_BYTES) and not body.strip(_BLANK_BYTES):
        raise refusal("empty_file")
    _refuse_other_formats(body)
    if read is None:
        read = _read_unmarked(body, offset=len(data) - len(body))
    _refuse_markup(read.data)
    return Decoded(read.data if read.guess else body, read.encoding, read.guess)


def _read_unmarked(body: bytes, *, offset: int) -> Decoded:
    """UTF-8 text as it is, other text by the guessed encoding; `offset` is the length of the marks that stood before it.

    Raises
    ------
    FileRefused
        `encoding_error`: neither UTF-8 nor text of an encoding that can be guessed.
    """
    fault = _utf8_fault(body)
    if fault is None:
        return Decoded(body, "utf-8-sig" if offset else "utf-8")
    guess = None if offset else guess_encoding(body)
    if guess is None:
        raise _encoding_fault(body, fault, offset)
    return Decoded(body.decode(CANDIDATES[guess.name]).encode(), guess.name, guess)


def _read_stated(data: bytes, encoding: str) -> Decoded:
    """Text of the encoding that a person states.

    Raises
    ------
    FileRefused
        `encoding_error`: it is no such text.
    """
    name, codec = stated_encoding(encoding)
    if codec == "utf-8":
        if (fault := _utf8_fault(data)) is not None:
            raise _encoding_fault(data, fault, 0)
        return Decoded(data, "utf-8-sig" if data.startswith(_BOM) else "utf-8")
    try:
        return Decoded(data.decode(codec).encode(), name)
    except UnicodeDecodeError as error:
        line = _line_at(data[: error.start].decode(codec, "replace").encode())
        shown = _hex(data[error.start : error.start + 4])
        raise refusal("encoding_error", variant="stated", line=line, encoding=name, offset=error.start, shown=shown) from None
    except UnicodeEncodeError:  # a lone surrogate of UTF-16 or UTF-32
        raise refusal("encoding_error", variant="nul_bytes") from None


def _read_wide(data: bytes) -> Decoded | None:
    """UTF-16 or UTF-32 text with its mark as UTF-8; None where there is no such mark.

    Raises
    ------
    FileRefused
        `encoding_error`: the mark is there, but what follows is no such text.
    """
    marks = [(mark, name, codec) for mark, name, codec in _WIDE_MARKS if data.startswith(mark)]
    fault: FileRefused | None = None
    for mark, name, codec in marks:
        try:
            return Decoded(data[len(mark) :].decode(codec).encode(), name)
        except UnicodeDecodeError as error:
            line = _line_at(data[len(mark) : len(mark) + error.start].decode(codec).encode())
            offset = error.start + len(mark)
            fault = refusal(
                "encoding_error", variant="wide", line=line, encoding=name, offset=offset, shown=_hex(data[offset : offset + 4])
            )
    if fault:
        raise fault
    return None


def _refuse_other_formats(data: bytes) -> None:
    for signature, kind in _SIGNATURES:
        if data.startswith(signature):
            raise refusal("not_a_table", kind=kind)
    head = data[:4096]
    if head.count(0) * 5 > len(head):
        raise refusal("encoding_error", variant="nul_bytes")


def _refuse_markup(data: bytes) -> None:
    """Refuse HTML, SVG and XML; the content is not repeated."""
    start = data[:2048].lstrip(_BLANK_BYTES)
    if start.startswith(b"<"):
        is_page = b"<html" in start.lower() or b"<!doctype html" in start.lower()
        raise refusal("not_a_table", kind=_("a web page (HTML)") if is_page else _("XML or another markup"))


def _utf8_fault(data: bytes) -> int | None:
    """Byte at which text ceases to be UTF-8, None where it is all UTF-8. Arrow looks first, since it needs no copy."""
    if data.isascii():
        return None
    ends = pa.py_buffer(np.asarray([0, len(data)], dtype=np.int64))
    whole = pa.Array.from_buffers(pa.large_string(), 1, [None, ends, pa.py_buffer(data)])
    try:
        whole.validate(full=True)
    except pa.ArrowInvalid:
        pass
    else:
        return None
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as error:
        return error.start
    return None


def _encoding_fault(data: bytes, position: int, offset: int) -> FileRefused:
    line = _line_at(data[:position])
    return refusal("encoding_error", line=line, offset=str(position + offset), shown=_hex(data[position : position + 4]))


def _line_at(before: bytes) -> int:
    """Physical line on which text goes on, from all that stands before."""
    return before.count(b"\n") + before.count(b"\r") - before.count(b"\r\n") + 1


def _hex(data: bytes) -> str:
    return " ".join(f"{byte:02X}" for byte in data)
