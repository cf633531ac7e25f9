"""What was said of an earlier file of a source, tried on the next one: used where it fits, passed over where it does not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from geo.column_table import ID_NAMES, folded
from geo.errors import FileRefused, InvalidParameter
from geo.intake.columns import Heading, known_name
from geo.intake.layout import Layout, find_table
from geo.intake.options import QuestionKind, ReadOptions, Remembered
from geo.intake.problem_log import ProblemLog
from geo.intake.questions import headings_said


def find_table_as_remembered(data: bytes, options: ReadOptions, log: ProblemLog) -> Layout:
    """`find_table` with the sheet, the header line and the encoding of an earlier file of the source, where they fit this one.

    Raises
    ------
    FileRefused
        As `find_table` does without them.
    """
    known = replace(options, mapping=headings_said({}, options))
    before = options.remembered
    if before is None:
        return find_table(data, known, log)
    if (before.sheet or before.header_line) and (tried := _tried(data, _placed(known, before), log)) is not None:
        return tried
    first = ProblemLog()
    layout = find_table(data, known, first)
    is_asked = any(question.kind is QuestionKind.ENCODING for question in layout.questions)
    if is_asked and before.encoding and (tried := _tried(data, replace(known, encoding=before.encoding), log)) is not None:
        return tried
    log.extend(first.sorted_problems())
    return layout


def _placed(options: ReadOptions, before: Remembered) -> ReadOptions:
    """Options with the remembered sheet and header line where the file's own are not said."""
    return replace(options, sheet=options.sheet or before.sheet, header_line=options.header_line or before.header_line)


def _tried(data: bytes, options: ReadOptions, log: ProblemLog) -> Layout | None:
    """The table as options have it; None where there is none or it has no id."""
    trial = ProblemLog()
    try:
        layout = find_table(data, options, trial)
    except (FileRefused, InvalidParameter):
        return None
    if not any(known_name(heading, options.mapping) in ID_NAMES for heading in layout.headings):
        return None
    log.extend(trial.sorted_problems())
    return layout


def helped(options: ReadOptions, heading: Heading, detected: Mapping[str, str]) -> str | None:
    """Name of the source whose earlier file told something that this one needed: a heading, a word, a unit, or where the table lies."""
    before = options.remembered
    if before is None:
        return None
    said = {folded(cell) for cell in options.mapping}
    headings = {folded(use.header) for use in heading.uses} - said
    names = set(heading.read)
    has_helped = (
        any(folded(cell) in headings for cell in before.mapping)
        or bool(names & (set(before.values) | set(before.units)))
        or (before.encoding is not None and detected.get("encoding") == before.encoding)
        or (before.sheet is not None and options.sheet is None and detected.get("sheet") == before.sheet)
    )
    return before.name if has_helped else None
