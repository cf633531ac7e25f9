"""From the bytes of an upload to accepted rows and everything worth saying about the file: the way through this package."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TypeVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from geo.column_table import ID_NAMES, ColumnKind, column
from geo.column_table.template import EXAMPLE_ID, EXAMPLE_ID_PATTERN
from geo.errors import InvalidParameter
from geo.intake.columns import Heading, understand
from geo.intake.decimals import COMMA, decimal_mark, with_points
from geo.intake.judgement import judge_rows
from geo.intake.layout import Layout, sample
from geo.intake.option_checks import check_options
from geo.intake.options import ColumnHow, ColumnUse, Parsed, ReadOptions
from geo.intake.parse import CellContext, ParsedColumn, folded_words, parse_column, trimmed
from geo.intake.persons import E_MAIL, IIN, TELEPHONE, first_personal_cell, has_letter
from geo.intake.problem_log import ProblemLog
from geo.intake.problems import refusal, row_problem, sentence
from geo.intake.provenance import release_columns
from geo.intake.questions import column_questions, headings_said, values_said
from geo.intake.remembered import find_table_as_remembered, helped
from geo.intake.rows import BLANK, REJECTED, Rows, read_rows
from geo.intake.table import ReadTable, with_swap_hint
from geo.intake.unit_choice import UnitChoice, choose_units, note_unit, parse_speeds, unit_question
from geo.model import ImportStep, SpeedUnit
from geo.progress import entering
from geo.schools import BoolArray

READING_THREADS = 2
"""Columns that are looked at side by side; more would take the machine from those who read pages."""

Result = TypeVar("Result")

_REGION_CODE = r"^(?:[A-Z]{2}-?[A-Z0-9]{1,3}|[0-9]{1,9})$"
# takes codes of our exports and of registers: KZ10, KZ-ALA, 750000000; refuses names


def read_upload(data: bytes, *, options: ReadOptions) -> Parsed:
    """Read an uploaded file strictly: every row is accepted, blank, a duplicate or rejected with its reasons.

    Parameters
    ----------
    data
        The file as sent: text separated by commas, semicolons, tabs or vertical bars, or a workbook.

    Raises
    ------
    FileRefused
        The file cannot be staged at all; `wipe` is set where it holds data about persons.
    InvalidParameter
        The options name an unknown column, or a constant is not what its column holds.
    """
    check_options(options)
    constants = _parse_constants(options)
    log = ProblemLog()
    layout = find_table_as_remembered(data, options, log)
    heading = understand(
        layout.headings,
        line=layout.header_line,
        mapping=headings_said(layout.mapping, options),
        constants=options.constants,
        required=options.mapping,
    )
    log.extend(heading.problems)
    rows = read_rows(layout.records, layout.first, header=layout.headings, max_rows=options.max_rows, log=log)
    entering(ImportStep.PARSING)
    table = _read_columns(rows, layout, heading, options, log)
    _add_constants(table, constants, options, log)
    judge_rows(table, country=options.country, today=options.today, log=log)
    return _parsed(table, heading, layout, options, log)


def _parse_constants(options: ReadOptions) -> dict[str, pa.Array]:
    """One typed value of each constant.

    Raises
    ------
    InvalidParameter
        A constant is not what its column holds.
    """
    words = folded_words(values_said(options))
    context = CellContext(np.asarray([0], dtype=np.int32), options.today, units=options.units, words=words)
    parsed: dict[str, pa.Array] = {}
    for name, text in options.constants.items():
        one = parse_column(column(name), pa.array([text], pa.string()), context)
        if one.is_bad.any():
            raise InvalidParameter(f"the fixed value {name}={text!r} cannot be used: {sentence(one.problems[0])}", parameter="constants")
        parsed[name] = one.values
    return parsed


def _read_columns(rows: Rows, layout: Layout, heading: Heading, options: ReadOptions, log: ProblemLog) -> ReadTable:
    """Trim and parse every column that is read.

    Raises
    ------
    FileRefused
        A cell holds personal data; or the mark before decimals cannot be told.
    """
    read = heading.read
    _drop_non_rows(rows, layout.headings, read, log)
    text = _side_by_side({name: partial(trimmed, rows.cells[position]) for name, position in read.items()})
    _refuse_personal_cells(rows, layout.headings, read)
    _leave_out_region_codes(text, layout.headings, read, log)
    lines = rows.row_lines
    mark = decimal_mark(text, lines, is_point_usual=layout.is_point_usual, log=log)
    cut_line = int(lines[-1]) if rows.is_cut and len(lines) else 0
    words = folded_words(values_said(options))
    context = CellContext(lines, options.today, cut_line, mark, words=words, is_guarded=layout.is_guarded)
    table = ReadTable(rows=rows, lines=lines, text=text, values={}, is_bad=np.zeros(len(lines), dtype=bool), decimal_mark=mark)
    choices = choose_units(heading, options, log)
    plain = _side_by_side({name: partial(parse_column, column(name), text[name], context) for name in text if name not in choices})
    for name, cells in text.items():
        parsed = plain.get(name) or _parse_speeds(name, table, context, choices[name], log)
        if column(name).kind is ColumnKind.ID:
            _refuse_personal_bad_cells(name, cells, parsed.is_bad & has_letter(cells), table, kinds=(E_MAIL, TELEPHONE))
        elif column(name).kind is not ColumnKind.TEXT:
            _refuse_personal_bad_cells(name, cells, parsed.is_bad, table)
        log.extend(with_swap_hint(problem, table) for problem in parsed.problems)
        table.values[name] = parsed.values
        table.is_bad |= parsed.is_bad
        table.unknown.extend(parsed.unknown)
        if mark == COMMA and column(name).kind is ColumnKind.NUMBER:
            text[name] = with_points(cells)
    return table


def _side_by_side(work: Mapping[str, Callable[[], Result]]) -> dict[str, Result]:
    """The results of some work on columns, in its order, done in threads: Arrow lets go of the interpreter while it looks at a column."""
    with ThreadPoolExecutor(max_workers=READING_THREADS) as pool:
        return dict(zip(work, pool.map(lambda step: step(), work.values()), strict=True))


def _parse_speeds(name: str, table: ReadTable, context: CellContext, chosen: UnitChoice, log: ProblemLog) -> ParsedColumn:
    """Typed speeds of one column; their unit is settled on the way, and asked for where it must be."""
    parsed, choice = parse_speeds(column(name), table.text[name], context, chosen)
    note_unit(choice, parsed.median, log)
    if choice.is_said or choice.is_asked or choice.unit is not SpeedUnit.MBPS:
        table.units[name] = choice.unit
    if choice.is_asked:
        table.questions.append(unit_question(choice, parsed))
    return parsed


def _drop_non_rows(rows: Rows, headings: list[str], read: Mapping[str, int], log: ProblemLog) -> None:
    """Take out rows of blank cells alone and rows that repeat the header.

    Raises
    ------
    FileRefused
        `no_rows`: nothing but blank rows is there.
    """
    ids = [trimmed(rows.cells[read[name]]) for name in ID_NAMES if name in read]
    has_id = np.logical_or.reduce([np.asarray(pc.is_valid(cells)) for cells in ids])
    is_blank = np.zeros(len(rows.kept), dtype=bool)
    candidates = np.flatnonzero(~has_id)
    others = [trimmed(cells.take(pa.array(candidates))) for cells in rows.cells]
    is_blank[candidates] = ~np.logical_or.reduce([np.asarray(pc.is_valid(cells)) for cells in others])
    rows.drop(is_blank, BLANK)
    _drop_examples(rows, [read[name] for name in ID_NAMES if name in read], log)
    position = next(read[name] for name in ID_NAMES if name in read)
    is_header = np.asarray(pc.equal(rows.cells[position], headings[position]))
    candidates = np.flatnonzero(is_header)
    cells = [values.take(pa.array(candidates)).to_pylist() for values in rows.cells]
    is_header[candidates] = [list(row) == headings for row in zip(*cells, strict=True)]
    log.extend(row_problem("repeated_header", int(line)) for line in rows.row_lines[is_header].tolist())
    rows.drop(is_header, REJECTED)
    blank = int((rows.status == BLANK).sum())
    if blank == len(rows.status):
        raise refusal("no_rows")
    if blank:
        log.add(row_problem("blank_row", count=str(blank)))


def _drop_examples(rows: Rows, positions: list[int], log: ProblemLog) -> None:
    """Take out the example row of our template: nobody means it."""
    is_example = np.zeros(len(rows.kept), dtype=bool)
    for position in positions:
        is_like = pc.starts_with(rows.cells[position], EXAMPLE_ID.partition("-")[0])
        if pc.any(is_like).as_py():
            is_example |= np.asarray(pc.match_substring_regex(rows.cells[position], EXAMPLE_ID_PATTERN))
    for row in np.flatnonzero(is_example).tolist():
        value = next(text for position in positions if (text := rows.cells[position][row].as_py()))
        log.add(row_problem("example_row", int(rows.row_lines[row]), None, value))
    rows.drop(is_example, BLANK)


def _refuse_personal_cells(rows: Rows, headings: list[str], read: Mapping[str, int]) -> None:
    """Refuse e-mail addresses anywhere, telephones and personal numbers in texts and in columns that are not ours."""
    name_at = {position: name for name, position in read.items()}
    for position, cells in enumerate(rows.cells):
        kind = column(name_at[position]).kind if position in name_at else ColumnKind.TEXT
        if kind not in (ColumnKind.TEXT, ColumnKind.ID):
            continue
        if found := first_personal_cell(cells, is_id=kind is ColumnKind.ID):
            heading = headings[position].strip() or str(position + 1)
            raise refusal("personal_data_suspected", line=int(rows.row_lines[found[0]]), column=heading, kind=found[1], wipe=True)


def _refuse_personal_bad_cells(
    name: str, cells: pa.Array, is_bad: BoolArray, table: ReadTable, *, kinds: Sequence[str] = (E_MAIL, TELEPHONE, IIN)
) -> None:
    """Refuse cells that are no values of their column where they hold personal data: a line of text at the end of a list is one."""
    rows = np.flatnonzero(is_bad)
    if (found := first_personal_cell(cells.take(pa.array(rows)))) and found[1] in kinds:
        line = table.line(int(rows[found[0]]))
        raise refusal("personal_data_suspected", line=line, column=name, kind=found[1], wipe=True)


def _leave_out_region_codes(text: dict[str, pa.Array], headings: list[str], read: Mapping[str, int], log: ProblemLog) -> None:
    """Leave out admin1 and admin2 where they hold codes, not names, or where a declared name stands beside them."""
    for name in ("admin1", "admin2"):
        if name not in text:
            continue
        words = pc.unique(text[name].drop_null())
        has_codes = len(words) > 0 and pc.all(pc.match_substring_regex(words, _REGION_CODE)).as_py()
        if has_codes or f"{name}_declared" in text:
            del text[name]
            log.add(row_problem("computed_column", None, name, None, columns=headings[read[name]].strip()))


def _add_constants(table: ReadTable, constants: Mapping[str, pa.Array], options: ReadOptions, log: ProblemLog) -> None:
    for name, value in constants.items():
        if name in table.values:
            log.add(row_problem("constant_not_used", None, name, options.constants[name]))
        else:
            table.values[name] = pa.repeat(value[0], len(table.rows.kept))
            table.constants.add(name)


def _parsed(table: ReadTable, heading: Heading, layout: Layout, options: ReadOptions, log: ProblemLog) -> Parsed:
    accepted = pa.array(table.rows.is_open)
    columns = release_columns(table.values)
    body = pa.table({"line": pa.array(table.lines, pa.int32()), **columns})
    uses = tuple(_final_use(use, table) for use in heading.uses)
    uses += tuple(ColumnUse(name, name, ColumnHow.CONSTANT, 0) for name in sorted(table.constants))
    asked = column_questions((guess for guess in heading.guesses if guess.name in table.values), table.rows.cells)
    return Parsed(
        table=body if table.rows.is_open.all() else body.filter(accepted).combine_chunks(),
        columns=uses,
        present=frozenset(columns),
        problems=log.sorted_problems(),
        totals=log.totals,
        counts=table.rows.counts(),
        detected={**layout.detected, "decimal_mark": table.decimal_mark},
        sample=sample(layout),
        has_coordinates="latitude" in table.values and "longitude" in table.values,
        questions=() if options.confirmed else (*layout.questions, *asked, *table.questions),
        value_suggestions=tuple(table.unknown),
        units=table.units,
        mapping_from=helped(options, heading, layout.detected),
    )


def _final_use(use: ColumnUse, table: ReadTable) -> ColumnUse:
    """A column that was recognised but then left out for what it holds counts as ignored."""
    was_left_out = use.how is not ColumnHow.IGNORED and use.name not in table.values
    return ColumnUse(use.header, None, ColumnHow.IGNORED, use.position) if was_left_out else use
