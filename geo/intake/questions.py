"""What was guessed about the columns of a file, as questions for a person; and what an earlier answer already settles."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import pyarrow as pa
import pyarrow.compute as pc

from geo.intake.columns import Guess
from geo.intake.options import Question, QuestionKind, ReadOptions
from geo.intake.parse import trimmed
from geo.intake.problems import shown

_SHOWN = 3
_CELL_CHARACTERS = 60


def column_questions(guesses: Iterable[Guess], cells: list[pa.Array]) -> tuple[Question, ...]:
    """A question for each column that was recognised by likeness, with the first cells that are not blank."""
    return tuple(
        Question(
            QuestionKind.COLUMN,
            guess.heading,
            guess.name,
            guess.score,
            guess.alternatives,
            {guess.name: _first_cells(cells[guess.position])},
            guess.code_points,
        )
        for guess in guesses
    )


def _first_cells(cells: pa.Array) -> tuple[str, ...]:
    filled = pc.indices_nonzero(pc.fill_null(pc.not_equal(cells[:1000], ""), False))[:_SHOWN]
    texts = trimmed(cells.take(filled)).to_pylist()
    return tuple(shown(text if len(text) <= _CELL_CHARACTERS else f"{text[:_CELL_CHARACTERS]}…") for text in texts if text)


def headings_said(told: Mapping[str, str], options: ReadOptions) -> dict[str, str]:
    """Heading → our name: as the kind of file tells, as was said of an earlier file of the source, and as is said of this one.

    What is said of this file stands before the others: a column of ours that it names is not taken from them.
    """
    before = {} if options.remembered is None else options.remembered.mapping
    said = set(options.mapping.values()) - {""}
    return {**told, **{heading: name for heading, name in before.items() if name not in said}, **options.mapping}


def values_said(options: ReadOptions) -> dict[str, dict[str, str]]:
    """Our column → cell → word: as was said of an earlier file of the source and, standing before it, of this one."""
    before = {} if options.remembered is None else options.remembered.values
    return {name: {**before.get(name, {}), **options.values.get(name, {})} for name in {*before, *options.values}}
