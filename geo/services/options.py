"""What a person chose for an import, as the catalog keeps it and as reading takes it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import date
from typing import Any, Self

from geo.intake import ReadOptions
from geo.intake.options import Remembered
from geo.model import EmptyCells, ImportMode, SpeedUnit


@dataclass(frozen=True)
class ImportOptions:
    """How a file is to be read, and what its rows may do.

    Parameters
    ----------
    mapping
        Column of the file → our name, where the spelling is not one we know.
    constants
        Our name → value for every row, where the file has no such column.
    source
        Who reported the facts, where the rows do not say.
    sheet, encoding, header_line, values, units, confirmed
        As `geo.intake.ReadOptions` has them.
    accepted
        Id of a row as the file has it → id of the school that a person matched it to.
    refused
        Pairs of a row's id and a school's id that a person said are not the same school.
    remembered
        What was remembered of the source when the file was read: its name, and members as `geo.services.mappings` keeps them.
    """

    mapping: Mapping[str, str] = field(default_factory=dict)
    constants: Mapping[str, str] = field(default_factory=dict)
    source: str | None = None
    sheet: str | None = None
    encoding: str | None = None
    header_line: int | None = None
    values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    units: Mapping[str, SpeedUnit] = field(default_factory=dict)
    mode: ImportMode = ImportMode.UPDATE
    empty: EmptyCells = EmptyCells.KEEP
    accepted: Mapping[str, str] = field(default_factory=dict)
    refused: tuple[tuple[str, str], ...] = ()
    confirmed: bool = False
    remembered: Mapping[str, Any] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """The options as JSON keeps them; the source has a column of its own and is left out."""
        members = asdict(self)
        del members["source"]
        return members | {
            "mode": self.mode.value,
            "empty": self.empty.value,
            "units": {name: unit.value for name, unit in self.units.items()},
            "refused": [list(pair) for pair in self.refused],
        }

    @classmethod
    def from_dict(cls, members: Mapping[str, Any], *, source: str | None) -> Self:
        """Options back from the catalog; members that an older version did not keep have their defaults."""
        known = {name: members[name] for name in cls.__dataclass_fields__ if name in members}
        known["mode"] = ImportMode(members.get("mode", ImportMode.UPDATE))
        known["empty"] = EmptyCells(members.get("empty", EmptyCells.KEEP))
        known["units"] = {name: SpeedUnit(unit) for name, unit in members.get("units", {}).items()}
        known["refused"] = tuple((row_id, school_id) for row_id, school_id in members.get("refused", ()))
        return cls(**known | {"source": source})

    def read_options(self, *, max_rows: int, today: date, country: str | None) -> ReadOptions:
        """What reading the file needs of them."""
        constants = dict(self.constants)
        if self.source:
            constants.setdefault("data_source", self.source)
        return ReadOptions(
            max_rows=max_rows,
            today=today,
            country=country,
            mapping=self.mapping,
            constants=constants,
            sheet=self.sheet,
            encoding=self.encoding,
            header_line=self.header_line,
            values=self.values,
            units=self.units,
            confirmed=self.confirmed,
            remembered=_remembered(self.remembered),
        )


def _remembered(members: Mapping[str, Any]) -> Remembered | None:
    """What was remembered of a source, back from the catalog."""
    if not members:
        return None
    known = {name: members[name] for name in Remembered.__dataclass_fields__ if name in members}
    return Remembered(**known | {"units": {name: SpeedUnit(unit) for name, unit in members.get("units", {}).items()}})
