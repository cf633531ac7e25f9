"""What the join, the merge and the checks have to say about the rows of a file, kept with the rows until they are published."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from geo.intake.problems import VARIANT, row_problem
from geo.join import MATCH_TIERS, Matches
from geo.merge import Merged, Rules
from geo.model import OUTCOMES, Fact, ImportMode, MatchTier, Outcome, RowProblem
from geo.schools import ID_COLUMNS, BoolArray, Int64Array, one_chunk
from geo.services.checks import checks_of

JOIN_NOTES: tuple[str, ...] = ("unmatched_row", "ambiguous_match", "folded_id_match", "stale_row", "other_id_kept")
"""Problem codes of the join and the merge; each is a true-or-false column of the staged rows."""

NOTED_DETAILS: Mapping[str, pa.DataType] = {
    "noted_column": pa.string(),
    "noted_known": pa.string(),
    "noted_said_on": pa.date32(),
    "noted_known_on": pa.date32(),
}
"""What the sentences of the notes name: an id column and the id that the school has in it, and the days of what is said and known."""


def with_notes(rows: pa.Table, facts: pa.Table, matches: Matches, merged: Merged) -> pa.Table:
    """Rows with the columns of `JOIN_NOTES` and `NOTED_DETAILS`; `facts` are the schools before, that `matches` speaks about."""
    outcome = merged.outcome
    notes: dict[str, BoolArray] = {
        "unmatched_row": outcome == OUTCOMES.index(Outcome.UNMATCHED),
        "ambiguous_match": outcome == OUTCOMES.index(Outcome.AMBIGUOUS),
        "folded_id_match": (matches.tier == MATCH_TIERS.index(MatchTier.FOLDED_ID)) & (matches.school >= 0),
        "stale_row": outcome == OUTCOMES.index(Outcome.STALE),
        "other_id_kept": merged.keeps_other_id,
    }
    plain = rows.drop_columns([name for name in (*JOIN_NOTES, *NOTED_DETAILS) if name in rows.column_names])
    for code, where in notes.items():
        plain = plain.append_column(code, pa.array(where))
    of_ids = _scattered(_id_details(rows, facts, matches, np.flatnonzero(notes["folded_id_match"] | notes["other_id_kept"])), rows.num_rows)
    of_days = _scattered(_day_details(rows, facts, matches, np.flatnonzero(notes["stale_row"])), rows.num_rows)
    for name, values in (of_ids | of_days).items():
        plain = plain.append_column(name, values)
    return plain


_Details = tuple[Int64Array, dict[str, pa.Array]]


def _scattered(details: _Details, count: int) -> dict[str, pa.Array]:
    """Columns of all rows, null but for those that details are about."""
    rows, columns = details
    at = np.full(count, -1, dtype=np.int64)
    at[rows] = np.arange(len(rows))
    return {name: values.take(pa.array(at, mask=at < 0)) for name, values in columns.items()}


def _id_details(rows: pa.Table, facts: pa.Table, matches: Matches, noted: Int64Array) -> _Details:
    """The first id of each row that the school spells otherwise, and how."""
    schools = pa.array(matches.school[noted])
    column, known = pa.nulls(len(noted), pa.string()), pa.nulls(len(noted), pa.string())
    for name in ID_COLUMNS[::-1]:
        if name not in rows.column_names:
            continue
        stated, own = one_chunk(rows[name]).take(pa.array(noted)), one_chunk(facts[name]).take(schools)
        is_other = pc.fill_null(pc.not_equal(stated, own), False)
        column, known = pc.if_else(is_other, name, column), pc.if_else(is_other, own, known)
    return noted, {"noted_column": column, "noted_known": known}


def _day_details(rows: pa.Table, facts: pa.Table, matches: Matches, noted: Int64Array) -> _Details:
    """The newest day that each row names, and the newest that is known of the facts it is older for."""
    schools, nothing = pa.array(matches.school[noted]), pa.nulls(len(noted), pa.date32())
    said, known = nothing, nothing
    for fact in Fact:
        if (name := f"{fact}_collected_on") in rows.column_names:
            stated, own = one_chunk(rows[name]).take(pa.array(noted)), one_chunk(facts[name]).take(schools)
            said = pc.max_element_wise(said, stated)
            known = pc.max_element_wise(known, pc.if_else(pc.less(stated, own), own, nothing))
    return noted, {"noted_said_on": said, "noted_known_on": known}


def join_problems(rows: pa.Table) -> Iterable[RowProblem]:
    """One record for each row that the join or the merge has something to say about, from rows as a preview gives them."""
    ids = [name for name in ID_COLUMNS if name in rows.column_names]
    for code in JOIN_NOTES:
        picked = rows.filter(rows[code]).select(["line", *ids, *NOTED_DETAILS])
        yield from (_problem(code, row, ids) for row in picked.to_pylist())


def _problem(code: str, row: Mapping[str, Any], ids: Sequence[str]) -> RowProblem:
    first = next((row[name] for name in ids if row[name] is not None), None)
    if code in ("folded_id_match", "other_id_kept") and row["noted_column"]:
        column, known = row["noted_column"], row["noted_known"]
        return row_problem(code, row["line"], column, row[column], known=known, school_id=known)
    if code == "stale_row" and row["noted_known_on"]:
        return row_problem(code, row["line"], None, row["noted_said_on"].isoformat(), known=row["noted_known_on"].isoformat())
    return row_problem(code, row["line"], None, first)


def found_problems(rows: pa.Table) -> Iterable[RowProblem]:
    """Everything that the join, the merge and the checks say about rows, from rows as a preview gives them."""
    yield from join_problems(rows)
    yield from checks_of(rows).problems


def as_asked(problems: Iterable[RowProblem], rules: Rules) -> Iterable[RowProblem]:
    """Problems in the words that fit what the rows may do: what reading says of a file does not know what it is taken for."""
    for problem in problems:
        if problem.code == "unmatched_row" and rules.mode is ImportMode.REMOVE:
            yield replace(problem, parameters=problem.parameters | {VARIANT: "remove"})
        elif problem.code == "blank_cells" and problem.column in rules.clears:
            yield replace(problem, parameters=problem.parameters | {VARIANT: "clear"})
        else:
            yield problem


def schools_problems(members: Mapping[str, Any]) -> tuple[RowProblem, ...]:
    """What the members of a report say about schools that no row names: those that a whole list drops."""
    count = members.get("schools_removed", 0)
    return (row_problem("schools_removed", count=str(count)),) if count and members.get("mode") == ImportMode.REPLACE else ()


def found_totals(rows: pa.Table) -> Mapping[str, int]:
    """Problem code → how many there are in all, of those that `found_problems` lists."""
    noted = {code: int(pc.sum(rows[code]).as_py() or 0) for code in JOIN_NOTES}
    return {code: count for code, count in noted.items() if count} | dict(checks_of(rows).totals)
