"""Options of the commands that say how a file is read and what it may do."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

import click

from geo.column_table import COLUMNS
from geo.errors import InvalidParameter
from geo.model import EmptyCells, ImportMode, SpeedUnit
from geo.services.imports import ImportOptions

_NAMES = frozenset(column.name for column in COLUMNS)

READING: Sequence[Callable[[Any], Any]] = (
    click.option("--source", help="Who reported the facts, where the rows do not say."),
    click.option("--collected-on", type=click.DateTime(["%Y-%m-%d"]), help="When the facts were collected, where the rows do not say."),
    click.option(
        "--map", "mapping", multiple=True, metavar="COLUMN=NAME", help="A column of the file and our name for it; may be repeated."
    ),
    click.option("--set", "constants", multiple=True, metavar="NAME=VALUE", help="A value for every row; may be repeated."),
    click.option("--value", "words", multiple=True, metavar="NAME:CELL=WORD", help="Our word for a cell of a column; may be repeated."),
    click.option(
        "--unit", "units", multiple=True, metavar="NAME=UNIT", help=f"Unit of a column of speeds ({', '.join(SpeedUnit)}); may be repeated."
    ),
    click.option("--encoding", help="Encoding of a text file, such as windows-1251; recognised where not given."),
    click.option("--sheet", help="Sheet of a workbook or layer of a file of features; the first where not given."),
    click.option("--header-line", type=click.IntRange(1), help="Line of the header; found where not given."),
    click.option("--mode", type=click.Choice([str(mode) for mode in ImportMode]), help="What the file is taken for; update by default."),
    click.option("--empty", type=click.Choice([str(word) for word in EmptyCells]), help="What an empty cell says; keep by default."),
)


def reading_options(function: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options in `READING`."""
    for option in reversed(READING):
        function = option(function)
    return function


def pairs(option: str, texts: tuple[str, ...], *, name_first: bool) -> dict[str, str]:
    """Pairs from `a=b` texts; our name stands before the sign or after it.

    A heading of a file may hold an equals sign itself, so the text is split next to our name, which never does.

    Raises
    ------
    InvalidParameter
        There is no equals sign, no such column of ours, or the same left side twice.
    """
    found: dict[str, str] = {}
    for text in texts:
        left, sign, right = text.partition("=") if name_first else text.rpartition("=")
        left, right = left.strip(), right.strip()
        name = left if name_first else right
        if not sign or not left:
            raise InvalidParameter(f"{option} takes {'NAME=VALUE' if name_first else 'COLUMN=NAME'}; got '{text}'")
        if name not in _NAMES and (name or name_first):
            raise InvalidParameter(f"{option}: '{name}' is no column of ours; docs/csv-format.md lists them")
        if left in found:
            raise InvalidParameter(f"{option} gives '{left}' twice")
        found[left] = right
    return found


def word_pairs(texts: tuple[str, ...]) -> dict[str, dict[str, str]]:
    """Our word by column and cell from `NAME:CELL=WORD` texts; the cell may hold both signs itself.

    Raises
    ------
    InvalidParameter
        A text is not of that form, or gives the same cell twice.
    """
    found: dict[str, dict[str, str]] = {}
    for text in texts:
        name, colon, rest = text.partition(":")
        cell, sign, word = rest.rpartition("=")
        if not colon or not sign or not cell.strip():
            raise InvalidParameter(f"--value takes NAME:CELL=WORD; got '{text}'")
        words = found.setdefault(name.strip(), {})
        if cell.strip() in words:
            raise InvalidParameter(f"--value gives '{cell.strip()}' of {name.strip()} twice")
        words[cell.strip()] = word.strip()
    return found


def units_of(texts: tuple[str, ...]) -> dict[str, SpeedUnit]:
    """Unit by column from `NAME=UNIT` texts.

    Raises
    ------
    InvalidParameter
        A text is not of that form, or names no unit.
    """
    found = pairs("--unit", texts, name_first=True)
    for unit in found.values():
        if unit not in tuple(map(str, SpeedUnit)):
            raise InvalidParameter(f"--unit takes NAME=UNIT with one of {', '.join(SpeedUnit)}; got '{unit}'")
    return {name: SpeedUnit(unit) for name, unit in found.items()}


def _constants(texts: tuple[str, ...], collected_on: datetime | None) -> dict[str, str]:
    values = pairs("--set", texts, name_first=True)
    if collected_on is not None:
        values["collected_on"] = collected_on.date().isoformat()
    return values


def options_from(given: dict[str, Any]) -> ImportOptions:
    """Options of an upload from the values of `READING`."""
    return ImportOptions(
        mapping=pairs("--map", given["mapping"], name_first=False),
        constants=_constants(given["constants"], given["collected_on"]),
        source=given["source"],
        sheet=given["sheet"],
        encoding=given["encoding"],
        header_line=given["header_line"],
        values=word_pairs(given["words"]),
        units=units_of(given["units"]),
        mode=ImportMode(given["mode"] or ImportMode.UPDATE),
        empty=EmptyCells(given["empty"] or EmptyCells.KEEP),
    )


def changes_from(given: dict[str, Any]) -> dict[str, Any]:
    """Changes of an import from the values of `READING`: only what was given."""
    told = {
        "map": pairs("--map", given["mapping"], name_first=False),
        "set": _constants(given["constants"], given["collected_on"]),
        "values": word_pairs(given["words"]),
        "units": units_of(given["units"]),
        **{name: given[name] for name in ("source", "encoding", "sheet", "header_line", "mode", "empty")},
    }
    return {name: value for name, value in told.items() if value}
