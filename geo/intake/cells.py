"""Readers of single cells: the exact rules of numbers and dates. Each returns a value or raises `BadCell`; none guesses."""

from __future__ import annotations

import math
import re
from datetime import date, timedelta

from geo.column_table import FIRST_DAY, Column, ColumnKind
from geo.intake.speed_units import PER_MBPS, SPEED_COLUMNS
from geo.model import SpeedUnit

_NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,4})?")
# takes: 51, +5, -1.25, .5, 5., 4.2E+01; refuses: 12,5, 1_000, 0x1F, full-width digits, U+2212, NBSP, NaN, TRUE
_LONGEST_NUMBER = 100
_NOT_FINITE = frozenset({"nan", "inf", "infinity"})
_DECIMAL_COMMA = re.compile(r"[+-]?[0-9]+,[0-9]+")
_WITH_UNIT = re.compile(r"[+-]?[0-9]+(?:[.,][0-9]+)? ?[^\W\d_]{1,10}(?:/[^\W\d_]{1,6})?", re.UNICODE)
_DASHED = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")
_DOTTED = re.compile(r"([0-9]{1,2})\.([0-9]{1,2})\.([0-9]{4})")
_SLASHED = re.compile(r"([0-9]{1,2})/([0-9]{1,2})/([0-9]{4})")
_EXAMPLES = {"latitude": "51.169392", "longitude": "-1.234567"}


class BadCell(Exception):
    """A cell that is not what its column holds: code of the problem and what its sentences need."""

    def __init__(self, code: str, **parameters: str) -> None:
        super().__init__(code)
        self.code = code
        self.parameters = parameters


def read_number(column: Column, cell: str, decimal_mark: str = ".", unit: SpeedUnit = SpeedUnit.MBPS) -> float:
    """A number within the limits of its column, from a trimmed cell.

    Parameters
    ----------
    decimal_mark
        That of the whole file.
    unit
        Unit of the cells of a column of speeds, which are returned in Mbps; columns of other numbers have Mbps, which changes nothing.

    Raises
    ------
    BadCell
        `invalid_number`, `not_finite`, `out_of_range`, `value_too_long`.
    """
    if len(cell) > _LONGEST_NUMBER:
        raise BadCell("value_too_long", length=str(len(cell)), limit=str(_LONGEST_NUMBER))
    if decimal_mark == "," and "." in cell and _NUMBER.fullmatch(cell):
        raise BadCell("invalid_number", variant="decimal_point", example=cell.replace(".", ","))
    pointed = cell.replace(",", ".") if decimal_mark == "," else cell
    if not _NUMBER.fullmatch(pointed):
        raise _not_a_number(column, cell)
    value = float(pointed)
    if math.isinf(value):
        raise BadCell("not_finite")
    if column.kind is ColumnKind.WHOLE_NUMBER and value != math.floor(value):
        raise BadCell("invalid_number", variant="whole")
    value /= PER_MBPS[unit]
    if not (column.minimum or 0.0) <= value <= (column.maximum or 0.0):
        raise _outside(column, value, unit)
    return value


def _not_a_number(column: Column, cell: str) -> BadCell:
    if cell.lstrip("+-").casefold() in _NOT_FINITE:
        return BadCell("not_finite")
    example = _EXAMPLES.get(column.name, "12.5")
    if _DECIMAL_COMMA.fullmatch(cell):
        return BadCell("invalid_number", variant="decimal_comma", example=cell.replace(",", "."))
    is_position = column.name in _EXAMPLES
    if not is_position and _WITH_UNIT.fullmatch(cell):
        return BadCell("invalid_number", variant="unit", unit=column.unit)
    if cell[0].isalpha() and cell.casefold() not in ("true", "false", "null", "none", "n/a", "na"):
        return BadCell("invalid_number", variant="shifted")
    return BadCell("invalid_number", example=example)


def _outside(column: Column, value: float, unit: SpeedUnit) -> BadCell:
    low, high = f"{column.minimum or 0.0:g}", f"{(column.maximum or 0.0) * PER_MBPS[unit]:.0f}"
    limits = {"minimum": low, "maximum": high, "unit": column.unit}
    if column.name in SPEED_COLUMNS:
        could_be_finer = 0 < value * PER_MBPS[unit] <= (column.maximum or 0.0) * PER_MBPS[SpeedUnit.BPS]
        return BadCell("out_of_range", **limits | {"unit": unit.value}, **({"variant": "unit"} if could_be_finer else {}))
    if column.name in _EXAMPLES and abs(value) > 1000:
        return BadCell("out_of_range", variant="metres", **limits)
    return BadCell("out_of_range", **limits)


def read_date(cell: str, *, today: date, latest: date) -> date:
    """A day from YYYY-MM-DD or DD.MM.YYYY, from `FIRST_DAY` to `latest`.

    Raises
    ------
    BadCell
        `invalid_date`, `out_of_range`, `date_in_future`.
    """
    if dashed := _DASHED.fullmatch(cell):
        year, month, day = (int(part) for part in dashed.groups())
    elif dotted := _DOTTED.fullmatch(cell):
        day, month, year = (int(part) for part in dotted.groups())
    else:
        raise _not_a_date(cell, today)
    try:
        value = date(year, month, day)
    except ValueError:
        raise BadCell("invalid_date", suggestion=today.isoformat()) from None
    if value < FIRST_DAY:
        raise BadCell("out_of_range", variant="date", minimum=FIRST_DAY.isoformat())
    if value > latest:
        raise BadCell("date_in_future", today=today.isoformat())
    return value


def _not_a_date(cell: str, today: date) -> BadCell:
    if slashed := _SLASHED.fullmatch(cell):
        first, second, year = (int(part) for part in slashed.groups())
        readings = [_day(year, second, first), _day(year, first, second)]
        possible = sorted({reading.isoformat() for reading in readings if reading})
        if possible:
            return BadCell("invalid_date", variant="slashed", suggestion=" / ".join(possible))
    if cell.isascii() and cell.isdigit() and 5 <= len(cell) <= 5:
        serial_day = date(1899, 12, 30) + timedelta(days=int(cell))  # day 1 of a spreadsheet is 1900-01-01, 1900 counted as a leap year
        return BadCell("invalid_date", variant="serial", suggestion=serial_day.isoformat())
    return BadCell("invalid_date", suggestion=today.isoformat())


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
