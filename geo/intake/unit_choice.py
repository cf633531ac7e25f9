"""In which unit the speeds of one file are read, and whether someone must confirm it."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pyarrow as pa

from geo.column_table import Column, folded
from geo.intake.columns import Heading
from geo.intake.options import Question, QuestionKind, ReadOptions
from geo.intake.parse import CellContext, ParsedColumn, parse_column
from geo.intake.problem_log import ProblemLog
from geo.intake.problems import row_problem
from geo.intake.speed_units import PER_MBPS, SPEED_COLUMNS, heading_unit, likely_unit
from geo.model import RowProblem, SpeedUnit

_SHOWN = 3


@dataclass(frozen=True, slots=True)
class UnitChoice:
    """The unit of one column of speeds.

    Parameters
    ----------
    name, heading
        Our name of the column, and its heading in the file.
    is_said
        Whether a person said it, now or for an earlier file with the same heading.
    is_asked
        Whether someone must confirm it: the heading says another unit than Mbps, or was recognised by likeness and says none.
    is_open
        Whether nothing but the numbers can tell it.
    """

    name: str
    heading: str
    unit: SpeedUnit
    is_said: bool = False
    is_asked: bool = False
    is_open: bool = False


def choose_units(heading: Heading, options: ReadOptions, log: ProblemLog) -> dict[str, UnitChoice]:
    """The unit of each column of speeds that is read, from what a person said, else from its heading.

    A heading without unit that is a known spelling, or that a person named, is of Mbps. A unit that was said of a column that the file
    lacks is a warning: the speeds may stand in another.
    """
    speeds = ", ".join(name for name in heading.read if name in SPEED_COLUMNS) or "–"
    unused = [name for name in options.units if name not in heading.read and name not in options.constants]
    log.extend(row_problem("unit_not_used", None, name, None, unit=options.units[name].value, speeds=speeds) for name in unused)
    guessed = {guess.name for guess in heading.guesses}
    return {
        name: _choose_unit(name, heading.uses[position].header, options, is_guess=name in guessed)
        for name, position in heading.read.items()
        if name in SPEED_COLUMNS
    }


def _choose_unit(name: str, heading: str, options: ReadOptions, *, is_guess: bool) -> UnitChoice:
    if name in options.units:
        return UnitChoice(name, heading, options.units[name], is_said=True)
    before = options.remembered
    if before and name in before.units and folded(before.unit_headings.get(name, name)) == folded(heading):
        return UnitChoice(name, heading, before.units[name], is_said=True)
    stated = heading_unit(heading)
    if stated is not None:
        return UnitChoice(name, heading, stated, is_asked=stated is not SpeedUnit.MBPS)
    return UnitChoice(name, heading, SpeedUnit.MBPS, is_asked=is_guess, is_open=is_guess)


def parse_speeds(column: Column, text: pa.Array, context: CellContext, choice: UnitChoice) -> tuple[ParsedColumn, UnitChoice]:
    """A column of speeds as Mbps, and the unit it was read in: that of the numbers where nothing else tells it."""
    parsed = parse_column(column, text, replace(context, units={column.name: choice.unit}))
    if choice.is_open and parsed.median is not None:
        likely = likely_unit(parsed.median, choice.unit) or choice.unit
        if likely is not choice.unit:
            choice = replace(choice, unit=likely)
            parsed = parse_column(column, text, replace(context, units={column.name: likely}))
    return parsed, choice


def note_unit(choice: UnitChoice, median: float | None, log: ProblemLog) -> None:
    """Say which unit was taken where that must be confirmed, and warn where the median speaks against it."""
    if choice.is_asked:
        log.add(row_problem("unit_guessed", None, choice.name, None, heading=choice.heading.strip(), unit=choice.unit.value))
    if median is not None and (likely := likely_unit(median, choice.unit)) is not choice.unit:
        log.add(_suspicion(choice.name, choice.unit, median, likely))


def _suspicion(name: str, unit: SpeedUnit, median: float, likely: SpeedUnit | None) -> RowProblem:
    shown = {"median": f"{median:,.12g}".replace(",", ""), "unit": unit.value, "median_mbps": f"{median / PER_MBPS[unit]:.12g}"}
    if likely is None:
        return row_problem("unit_suspected", None, name, None, variant="no_unit", **shown)
    return row_problem("unit_suspected", None, name, None, likely_unit=likely.value, option=likely.value, **shown)


def unit_question(choice: UnitChoice, parsed: ParsedColumn) -> Question:
    """The question which unit the speeds of a column are in, with the first of them read in each."""
    speeds = parsed.values.drop_null()[:_SHOWN].to_pylist()
    shown = {unit.value: tuple(f"{speed * PER_MBPS[choice.unit] / PER_MBPS[unit]:.6g} Mbps" for speed in speeds) for unit in SpeedUnit}
    others = tuple(unit.value for unit in SpeedUnit if unit is not choice.unit)
    return Question(QuestionKind.UNIT, choice.name, choice.unit.value, None, others, shown)
