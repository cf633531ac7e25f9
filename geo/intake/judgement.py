"""Whole rows judged: which are rejected, which repeat another, and what is odd about those that are accepted."""

from __future__ import annotations

from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from geo.column_table import ID_NAMES
from geo.intake import checks
from geo.intake.countries import check_country_column, check_country_ids, country_code
from geo.intake.duplicates import find_repeats
from geo.intake.problem_log import ProblemLog
from geo.intake.problems import refusal
from geo.intake.provenance import target_of
from geo.intake.rows import DUPLICATE, REJECTED
from geo.intake.table import ReadTable
from geo.model import FACT_COLUMNS, Fact
from geo.schools import numbers

_REPORTED = frozenset(name for fact, names in FACT_COLUMNS.items() if fact is not Fact.LOCATION for name in names)


def judge_rows(table: ReadTable, *, country: str | None, today: date, log: ProblemLog) -> None:
    """Settle the status of every row and log why; rows that stay open are accepted.

    Raises
    ------
    FileRefused
        `wrong_country`.
    """
    _check_country(table, country)
    _reject_unnamed(table, log)
    _reject_half_positions(table, log)
    table.rows.settle(table.is_bad, REJECTED)
    _settle_repeats(table, log)
    _warn(table, log)
    for name in (name for name in table.text if name.endswith("collected_on")):
        checks.check_dates(name, table.values[name], table.lines, table.rows.is_open, today=today, log=log)


def _check_country(table: ReadTable, expected: str | None) -> None:
    if expected is None:
        return
    lines = table.lines
    if "country" in table.text:
        check_country_column(table.values["country"], lines, expected=expected)
    elif "country" in table.constants:
        word = table.values["country"][0].as_py() if len(lines) else expected
        if (country_code(word) or expected) != expected:
            raise refusal("wrong_country", line=int(lines[0]), column="country", found=word, expected=expected)
    else:
        for name, ids in table.ids.items():
            check_country_ids(ids, lines, column=name, expected=expected)


def _reject_unnamed(table: ReadTable, log: ProblemLog) -> None:
    ids = table.ids
    has_bad_id = np.logical_or.reduce([np.asarray(pc.and_(pc.is_valid(table.text[name]), pc.is_null(ids[name]))) for name in ids])
    is_missing, is_total = checks.rows_without_id(ids, table.text, has_bad_id)
    for row in np.flatnonzero(is_missing).tolist():
        log.add(checks.missing_id_problem(table.line(row), ids, is_total=bool(is_total[row])))
    table.is_bad |= is_missing


def _reject_half_positions(table: ReadTable, log: ProblemLog) -> None:
    if "latitude" not in table.text:
        return
    is_half, problems = checks.half_positions(table.text["latitude"], table.text["longitude"], table.lines)
    log.extend(problems)
    table.is_bad |= is_half


def _settle_repeats(table: ReadTable, log: ProblemLog) -> None:
    repeats = find_repeats(table.ids, table.text, table.lines, table.rows.is_open)
    table.rows.settle(repeats.is_conflict, REJECTED)
    table.rows.settle(repeats.is_duplicate, DUPLICATE)
    log.extend(repeats.problems)


def _warn(table: ReadTable, log: ProblemLog) -> None:
    lines, is_open = table.lines, table.rows.is_open
    if "latitude" in table.text:
        values = {name: numbers(pa.chunked_array([table.values[name]])) for name in ("latitude", "longitude")}
        checks.check_positions(values, table.text, lines, is_open, log)
    facts = {target_of(name): values for name, values in table.values.items() if name not in ID_NAMES}
    checks.check_connectivity(facts, lines, is_open, log)
    read = {target_of(name): table.values[name] for name in table.text if target_of(name) in _REPORTED}
    for name in ("admin1_declared", "admin2_declared"):
        if name in read:
            checks.check_regions(name, read.pop(name), is_open, log)
    checks.note_blank_cells(read, is_open, log)
