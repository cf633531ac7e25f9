"""Old Excel workbooks (XLS): looked through record by record before a reader sees them, which trusts every number it finds.

Layout: [MS-XLS], Excel Binary File Format; a workbook is a stream of records in an OLE2 container.
"""

from __future__ import annotations

import struct
from array import array
from dataclasses import dataclass

import numpy as np

from geo.errors import FileRefused
from geo.intake.compound import DamagedContainer, open_container, packed
from geo.intake.problem_text import mark as _
from geo.intake.problems import refusal
from geo.intake.sheet_extent import is_too_far
from geo.schools import Int64Array

_WORKBOOKS = ("Workbook", "Book")
_OTHERS = {
    "EncryptedPackage": _("an encrypted workbook"),
    "WordDocument": _("a Word document"),
    "PowerPoint Document": _("a presentation"),
    "__properties_version1.0": _("an Outlook message"),
}
_DAMAGED = _("a damaged workbook")
_BOMB = _("a workbook that is far larger unpacked than tables of schools are")
_ENCRYPTED = _OTHERS["EncryptedPackage"]

_BOF, _EOF, _FILEPASS, _BOUNDSHEET, _SST, _DIMENSIONS = 0x0809, 0x0A, 0x2F, 0x85, 0xFC, 0x0200
_UNKNOWN = 0x0FFF
"""A type that no record has; readers pass such records over."""
_CELLS = frozenset({0x0006, 0x0203, 0x0204, 0x0205, 0x027E, 0x00FD, 0x00D6, 0x00BD})
"""FORMULA, NUMBER, LABEL, BOOLERR, RK, LABELSST, RSTRING, MULRK: records whose content begins with row and column."""
_LEAST_STRING = 3
"""Bytes of a string in the table of strings at least."""
_MAX_RECORDS = 1_500_000
_MAX_SHEETS = 256
_HEAD = struct.Struct("<HH")


@dataclass(frozen=True)
class _Records:
    """Type, position of the content and length of the content of each record of a stream."""

    kind: Int64Array
    at: Int64Array
    length: Int64Array


def sound_workbook(data: bytes) -> bytes:
    """The workbook of an OLE2 file in a container of our own, without the sizes of sheets that it claims.

    Raises
    ------
    FileRefused
        `not_a_table`: no workbook, or one that is encrypted, damaged or too widely spread.
    """
    try:
        container = open_container(data)
        name = next((name for name in _WORKBOOKS if name in container.streams), None)
        other = next((kind for stream, kind in _OTHERS.items() if stream in container.streams), None)
        if name is None or other == _ENCRYPTED:
            raise _refused(other or _DAMAGED)
        return packed(name, _sound(container.stream(name)))
    except DamagedContainer:
        is_encrypted = "EncryptedPackage".encode("utf-16-le") in data
        raise _refused(_ENCRYPTED if is_encrypted else _DAMAGED) from None


def _refused(kind: str) -> FileRefused:
    return refusal("not_a_table", kind=kind)


def _sound(stream: bytes) -> bytes:
    records = _find_records(stream)
    _check_globals(stream, records)
    _check_extents(stream, records)
    sound = bytearray(stream)
    for at in records.at[records.kind == _DIMENSIONS].tolist():
        struct.pack_into("<H", sound, at - 4, _UNKNOWN)
    return bytes(sound[: int(records.at[-1] + records.length[-1])])


def _find_records(stream: bytes) -> _Records:
    """Records one after the other, to the end of the last part; what follows it is padding."""
    kinds, places, lengths = array("H"), array("I"), array("H")
    at, depth = 0, 0
    while at + 4 <= len(stream):
        kind, length = _HEAD.unpack_from(stream, at)
        if depth == 0 and kind != _BOF:
            break
        depth += (kind == _BOF) - (kind == _EOF)
        kinds.append(kind)
        places.append(at + 4)
        lengths.append(length)
        at += 4 + length
        if len(kinds) > _MAX_RECORDS:
            raise _refused(_BOMB)
    if not kinds or depth or at > len(stream):
        raise _refused(_DAMAGED)
    return _Records(*(np.asarray(values).astype(np.int64) for values in (kinds, places, lengths)))


def _check_globals(stream: bytes, records: _Records) -> None:
    """Sheets must begin where parts begin, each at one of its own, and the table of strings must fit into the file."""
    if (records.kind == _FILEPASS).any():
        raise _refused(_ENCRYPTED)
    sheets = [_number(stream, at) for at in records.at[records.kind == _BOUNDSHEET].tolist()]
    strings = [_number(stream, at + 4) for at in records.at[records.kind == _SST].tolist()]
    parts = set((records.at[records.kind == _BOF] - 4).tolist())
    if any(count > len(stream) // _LEAST_STRING for count in strings):
        raise _refused(_DAMAGED)
    if len(set(sheets)) < len(sheets) or not parts.issuperset(sheets) or len(sheets) > _MAX_SHEETS:
        raise _refused(_DAMAGED)


def _number(stream: bytes, at: int) -> int:
    return int.from_bytes(stream[at : at + 4], "little")


def _check_extents(stream: bytes, records: _Records) -> None:
    """Readers keep the whole rectangle that encloses the cells of a part."""
    is_cell = np.isin(records.kind, list(_CELLS)) & (records.length >= 4)
    part, places = np.cumsum(records.kind == _BOF)[is_cell], records.at[is_cell]
    buffer = np.frombuffer(stream, dtype=np.uint8)
    rows, columns = (buffer[places + byte].astype(np.int64) + 256 * buffer[places + byte + 1].astype(np.int64) for byte in (0, 2))
    for number in np.unique(part).tolist():
        mine = part == number
        if is_too_far(int(rows[mine].max()) + 1, int(columns[mine].max()) + 1, int(mine.sum())):
            raise _refused(_BOMB)
