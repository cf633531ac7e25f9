"""What an uploaded file would do to the schools: matched, merged, compared, and written down as a report that JSON can keep."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from geo.intake import Parsed
from geo.intake.problems import severity
from geo.join import MATCH_TIERS, NO_SCHOOL, Matches, match
from geo.merge import Merged, merge
from geo.model import OUTCOMES, Grouping, MatchTier, Outcome, ReleaseRecord, RowProblem, Severity
from geo.schools import ID_COLUMNS, BoolArray
from geo.services.compose import Placed
from geo.services.coverage import names_of
from geo.services.impact import Side, empty_facts, impact, side_of
from geo.services.publishing import boundaries_in_force, placed
from geo.services.workspace import Workspace

MAX_PROBLEMS_LISTED = 1_000
MAX_SCHOOLS_SAMPLED = 100


@dataclass(frozen=True)
class Preview:
    """The next release, were the file published now, and what there is to say about it.

    Parameters
    ----------
    outcomes
        How many rows had each outcome that the join gives.
    members
        Members of the report about both sides of the join and the impact.
    rows
        The rows with the `JOIN_NOTES` columns: what the join and the merge have to say about each.
    """

    made: Placed
    boundaries: dict[str, int]
    outcomes: Mapping[Outcome, int]
    members: dict[str, Any]
    rows: pa.Table

    @property
    def changes_nothing(self) -> bool:
        """Whether rows found their schools and left them as they were: the file has been here before."""
        finds_schools = self.outcomes[Outcome.UNCHANGED] + self.outcomes[Outcome.STALE] > 0
        return finds_schools and not self.changes_anything

    @property
    def changes_anything(self) -> bool:
        """Whether a release made of it would differ from the current one."""
        return self.outcomes[Outcome.NEW] + self.outcomes[Outcome.CHANGED] > 0


def preview(workspace: Workspace, rows: pa.Table, current: ReleaseRecord | None, *, import_id: int, may_add: bool) -> Preview:
    """Match and merge accepted rows into the current release and place the schools of the next.

    Parameters
    ----------
    rows
        Accepted rows as `Parsed.table` gives them, with their `line`.
    may_add
        Whether the file has coordinates, so that an unmatched row is a new school.
    """
    before = None if current is None else side_of(workspace.opened(current))
    facts = empty_facts() if before is None else before.facts
    matches = match(rows, facts)
    merged = merge(facts, rows, matches, import_id=import_id, may_add=may_add)
    boundaries = boundaries_in_force(workspace, current)
    made = placed(workspace, merged.facts, boundaries)
    after = Side(made.table, made.columns, merged.facts)
    identity = boundaries.get(Grouping.ADMIN1.value)
    names = {} if identity is None else names_of(workspace, identity, "en")
    members = {
        "base_release_id": None if current is None else current.id,
        "tiers": {tier.value: count for tier, count in matches.tier_counts().items()},
        "schools_without_row": _silent_schools(facts, matches),
        "facts_changed": {fact.value: count for fact, count in merged.changed_facts.items() if count},
        "facts_stale": {fact.value: count for fact, count in merged.stale_facts.items() if count},
        "impact": impact(before, after, norm=workspace.default_norm, names=names).as_dict(),
    }
    outcomes = {outcome: merged.count(outcome) for outcome in OUTCOMES}
    return Preview(made, boundaries, outcomes, members, _with_notes(rows, matches, merged))


def _silent_schools(facts: pa.Table, matches: Matches) -> dict[str, Any]:
    """Schools that no row speaks about: the other leftover of the join."""
    silent = np.flatnonzero(matches.row_of_school == NO_SCHOOL)
    sample = facts.select(["school_id", "school_name"]).take(pa.array(silent[:MAX_SCHOOLS_SAMPLED]))
    return {"total": len(silent), "sample": sample.to_pylist()}


JOIN_NOTES: tuple[str, ...] = ("unmatched_row", "ambiguous_match", "folded_id_match", "stale_row", "other_id_kept")
"""Problem codes of the join and the merge; each is a true-or-false column of the staged rows."""


def _with_notes(rows: pa.Table, matches: Matches, merged: Merged) -> pa.Table:
    outcome = merged.outcome
    notes: dict[str, BoolArray] = {
        "unmatched_row": outcome == OUTCOMES.index(Outcome.UNMATCHED),
        "ambiguous_match": outcome == OUTCOMES.index(Outcome.AMBIGUOUS),
        "folded_id_match": (matches.tier == MATCH_TIERS.index(MatchTier.FOLDED_ID)) & (matches.school >= 0),
        "stale_row": outcome == OUTCOMES.index(Outcome.STALE),
        "other_id_kept": merged.keeps_other_id,
    }
    plain = rows.drop_columns([name for name in JOIN_NOTES if name in rows.column_names])
    for code, where in notes.items():
        plain = plain.append_column(code, pa.array(where))
    return plain


def join_problems(rows: pa.Table) -> Iterable[RowProblem]:
    """One record for each row that the join or the merge has something to say about, from rows as a preview gives them."""
    for code in JOIN_NOTES:
        picked = rows.filter(rows[code])
        ids = [picked[name] for name in ID_COLUMNS if name in picked.column_names]
        shown = pc.coalesce(*ids).to_pylist() if ids else [None] * picked.num_rows
        for line, school_id in zip(picked["line"].to_pylist(), shown, strict=True):
            yield RowProblem(code, line=line, value=school_id)


def severity_of(problem: RowProblem) -> Severity:
    """How much a problem weighs; a variant of a code may weigh less than the code."""
    return severity(problem)


def report_of(parsed: Parsed, found: Preview) -> dict[str, Any]:
    """The report of a staged import: what was read, what is wrong, what matched, what would change."""
    problems = by_weight((*parsed.problems, *join_problems(found.rows)))
    errors_total = sum(severity_of(problem) is Severity.ERROR for problem in problems)
    return {
        "detected": dict(parsed.detected),
        "columns": [{"header": use.header, "name": use.name, "how": str(use.how)} for use in parsed.columns],
        "sample": [dict(row) for row in parsed.sample],
        "has_coordinates": parsed.has_coordinates,
        "questions": [asdict(question) for question in parsed.questions],
        "value_suggestions": [asdict(suggestion) for suggestion in parsed.value_suggestions],
        "read_counts": dict(parsed.counts),
        "rows": row_counts(parsed.counts, found.outcomes),
        "problems": [problem_members(problem) for problem in problems[:MAX_PROBLEMS_LISTED]],
        "problems_total": len(problems),
        "problems_by_code": dict(Counter(problem.code for problem in problems)),
        "errors_total": errors_total,
        "publishable": errors_total == 0 and not parsed.questions and found.changes_anything,
        "unchanged": errors_total == 0 and found.changes_nothing,
        **found.members,
    }


def row_counts(read: Mapping[str, int], outcomes: Mapping[Outcome, int]) -> dict[str, int]:
    """Rows by outcome: those that reading decided and those that the join did; they add up to `rows_in`."""
    decided = {outcome: outcomes[outcome] for outcome in OUTCOMES}
    for outcome in (Outcome.BLANK, Outcome.DUPLICATE, Outcome.REJECTED):
        decided[outcome] = read[outcome.value]
    return {"rows_in": read["rows_in"], **{outcome.value: count for outcome, count in decided.items()}}


def problem_members(problem: RowProblem) -> dict[str, Any]:
    """A problem as the report keeps it."""
    return {
        "line": problem.line,
        "column": problem.column,
        "code": problem.code,
        "severity": severity_of(problem).value,
        "value": problem.value,
        "parameters": dict(problem.parameters),
    }


def by_weight(problems: Iterable[RowProblem]) -> tuple[RowProblem, ...]:
    """Errors first, then warnings, then notices; in each the order of the lines, the whole file first."""
    order = list(Severity)
    return tuple(sorted(problems, key=lambda problem: (order.index(severity_of(problem)), problem.line or 0)))


def problem_from(member: Mapping[str, Any]) -> RowProblem:
    """A problem back from a report."""
    return RowProblem(member["code"], member["line"], member["column"], member["value"], dict(member["parameters"]))
