"""Options of reading that cannot be, whatever the file holds: columns and words that are not ours."""

from __future__ import annotations

from collections.abc import Mapping

from geo.column_table import ID_NAMES, ColumnKind, column, is_column
from geo.errors import InvalidParameter
from geo.intake.options import ReadOptions
from geo.intake.speed_units import SPEED_COLUMNS
from geo.model import SpeedUnit


def check_options(options: ReadOptions) -> None:
    """Refuse names and words that are none of ours.

    Raises
    ------
    InvalidParameter
        A mapping or a constant names an unknown column, a constant is an id, a word is none of its column's, or a unit is given to a
        column that holds no speeds. `parameter` is mapping, constants, values or units.
    """
    for name in filter(None, options.mapping.values()):
        _check_known(name, "mapping")
    for name in options.constants:
        _check_known(name, "constants")
        if name in ID_NAMES:
            raise InvalidParameter(f"{name!r} cannot be the same for all schools", parameter="constants")
    _check_values(options.values)
    _check_units(options.units)


def _check_known(name: str, parameter: str) -> None:
    if not is_column(name):
        raise InvalidParameter(f"{name!r} is no column of the file format; see docs/csv-format.md", parameter=parameter)


def _check_values(values: Mapping[str, Mapping[str, str]]) -> None:
    for name, words in values.items():
        _check_known(name, "values")
        if column(name).kind is not ColumnKind.WORD:
            raise InvalidParameter(f"{name!r} holds no words of a closed list, so its cells cannot be mapped", parameter="values")
        allowed = column(name).values
        for cell, word in words.items():
            if word and word not in allowed:
                listed = ", ".join(allowed)
                raise InvalidParameter(f"{word!r}, for the cell {cell[:40]!r}, is no word of {name}: {listed}", parameter="values")


def _check_units(units: Mapping[str, SpeedUnit]) -> None:
    for name in units:
        _check_known(name, "units")
        if name not in SPEED_COLUMNS:
            listed = ", ".join(sorted(SPEED_COLUMNS))
            raise InvalidParameter(f"{name!r} holds no speeds; a unit may be given to {listed}", parameter="units")
