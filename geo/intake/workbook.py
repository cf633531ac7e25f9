"""One sheet of a workbook as records: ids as text, dates as dates, numbers as a person typed them."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

import pyarrow as pa
from python_calamine import CalamineError, CalamineWorkbook, PasswordError, SheetTypeEnum, SheetVisibleEnum

from geo.intake.packages import damaged, encrypted
from geo.intake.problems import refusal
from geo.intake.sheet_records import SheetRecords

_EXACT = 10**15
"""Whole numbers below are exact in a spreadsheet, which keeps 15 digits."""


@dataclass(frozen=True)
class Sheet:
    """A sheet of a workbook; `position` counts from 1, `names` are those of all sheets with cells, in the workbook's order."""

    name: str
    position: int
    names: tuple[str, ...]
    records: SheetRecords


def read_sheet(data: bytes, *, name: str | None) -> Sheet:
    """The sheet of a name, or the first that is not hidden.

    Parameters
    ----------
    data
        A workbook that `packages.workbook_format` or `old_workbook.sound_workbook` found safe to read.

    Raises
    ------
    FileRefused
        `unknown_sheet`, `empty_file` for a sheet without cells, `not_a_table` for a damaged workbook.
    """
    try:
        workbook = CalamineWorkbook.from_filelike(io.BytesIO(data))
        sheets = [sheet for sheet in workbook.sheets_metadata if sheet.typ == SheetTypeEnum.WorkSheet]
        names = [sheet.name for sheet in sheets]
        shown = [sheet.name for sheet in sheets if sheet.visible == SheetVisibleEnum.Visible]
        chosen = name if name is not None else next(iter(shown or names), None)
        if chosen is None:
            raise damaged()
        if chosen not in names:
            raise refusal("unknown_sheet", sheet=chosen, found=", ".join(f'"{found}"' for found in names))
        rows = workbook.get_sheet_by_name(chosen).to_python(skip_empty_area=False)
    except PasswordError:
        raise encrypted() from None
    except (CalamineError, OSError, ValueError, OverflowError):
        raise damaged() from None
    except BaseException as panic:  # the reader's way to say that a number in the file led it astray
        if type(panic).__name__ != "PanicException":
            raise
        raise damaged() from None
    place = names.index(chosen) + 1
    if not rows:
        raise refusal("empty_file", variant="sheet", sheet=chosen, position=place, count=len(names))
    return Sheet(chosen, place, tuple(names), SheetRecords(tuple(_as_text(cells) for cells in zip(*rows, strict=True))))


def _as_text(cells: Sequence[Any]) -> pa.Array:
    """The cells of one column as text."""
    kinds = set(map(type, cells))
    if kinds == {str}:
        return pa.array(cells, pa.string())
    return pa.array([cell if type(cell) is str else _TEXTS[type(cell)](cell) for cell in cells], pa.string())


def _number(value: float) -> str:
    """Digits as typed: 123.0 is 123; beyond 15 digits as the spreadsheet has mangled it."""
    return str(int(value)) if value.is_integer() and abs(value) < _EXACT else repr(value)


def _moment(value: datetime) -> str:
    """A day, with its time where it has one."""
    return value.date().isoformat() if value.time() == time() else value.isoformat(" ", "seconds")


_TEXTS: dict[type, Callable[[Any], str]] = {
    bool: lambda value: "TRUE" if value else "FALSE",
    float: _number,
    int: str,
    date: date.isoformat,
    datetime: _moment,
    time: time.isoformat,
    timedelta: str,
}
"""Type of a cell → its text, as a spreadsheet's own CSV export has it but for dates, which are written YYYY-MM-DD."""
