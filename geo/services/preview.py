"""What an uploaded file would do to the schools: matched, merged, compared, and written down as a report that JSON can keep."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
import pyarrow as pa

from geo.intake import Parsed
from geo.intake.options import ColumnHow
from geo.intake.problems import severity
from geo.intake.provenance import target_of
from geo.join import NO_SCHOOL, Matches, match
from geo.merge import Merged, Rules, merge
from geo.model import (
    FACT_COLUMNS,
    OUTCOMES,
    EmptyCells,
    Grouping,
    ImportMode,
    ImportRecord,
    ImportStep,
    Outcome,
    ReleaseRecord,
    RowProblem,
    Severity,
)
from geo.progress import entering
from geo.services.checks import check_rows, check_summary, with_checks
from geo.services.compose import Placed
from geo.services.coverage import names_of
from geo.services.crosswalk import decisions_about
from geo.services.gates import confirm_token, gates_of
from geo.services.impact import Impact, Side, empty_facts, impact, side_of
from geo.services.options import ImportOptions
from geo.services.publishing import boundaries_in_force, opened_boundaries, placed
from geo.services.row_notes import as_asked, found_problems, found_totals, schools_problems, with_notes
from geo.services.suggestions import suggested
from geo.services.workspace import Workspace
from geo.store import select_published_of

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
    schools_removed: int
    rules: Rules
    members: dict[str, Any]
    rows: pa.Table
    is_repeat: bool

    @property
    def changes_nothing(self) -> bool:
        """Whether the schools are as the file wants them: it has been here before.

        Rows older than what is known, and matches that are proposed, are worth a look, so that a file with any counts only where these
        very bytes were published.
        """
        outcomes = self.outcomes
        if self.changes_anything or outcomes[Outcome.AMBIGUOUS]:
            return False
        if self.members["mode"] == ImportMode.REMOVE:
            return outcomes[Outcome.UNMATCHED] > 0
        proposed = self.members.get("suggestions", {}).get("proposed", 0)
        return (outcomes[Outcome.UNCHANGED] > 0 and not outcomes[Outcome.STALE] and not proposed) or self.is_repeat

    @property
    def changes_anything(self) -> bool:
        """Whether a release made of it would differ from the current one."""
        return self.outcomes[Outcome.NEW] + self.outcomes[Outcome.CHANGED] + self.schools_removed > 0


@dataclass(frozen=True)
class Asked:
    """What an upload asks for besides its rows.

    Parameters
    ----------
    rules
        What its rows may do to schools.
    options
        What a person chose, as the catalog keeps it.
    file_sha256
        SHA-256 of the file.
    is_repeat
        Whether the same bytes were published before with the same options.
    suggests
        Whether schools are searched for rows whose ids find none, and what rows say is checked; publishing does neither again.
    """

    rules: Rules
    options: ImportOptions
    file_sha256: str
    is_repeat: bool = False
    suggests: bool = True


def asked_of(workspace: Workspace, record: ImportRecord, parsed: Parsed) -> Asked:
    """What an import asks for, from the file that was just read."""
    options = ImportOptions.from_dict(record.options, source=record.source)
    clears = _cleared_columns(parsed) if options.empty is EmptyCells.CLEAR else frozenset()
    rules = Rules(record.id, parsed.has_coordinates, options.mode, clears)
    return Asked(rules, options, record.file_sha256, is_repeat=_is_repeat(workspace, record, options))


def _is_repeat(workspace: Workspace, record: ImportRecord, options: ImportOptions) -> bool:
    with workspace.catalog.reading() as connection:
        earlier = select_published_of(connection, record.file_sha256)
    return any(_as_chosen(other) == replace(options, remembered={}) for other in earlier if other.id != record.id)


def _as_chosen(record: ImportRecord) -> ImportOptions:
    """The options of an import without what was remembered of its source, which nobody chose for it."""
    return replace(ImportOptions.from_dict(record.options, source=record.source), remembered={})


def asked_by_staged(record: ImportRecord) -> Asked:
    """What a staged import asks for, from its report."""
    report = record.report or {}
    options = ImportOptions.from_dict(record.options, source=record.source)
    rules = Rules(record.id, report["has_coordinates"], options.mode, frozenset(report.get("clears", ())))
    return Asked(rules, options, record.file_sha256, suggests=False)


def _cleared_columns(parsed: Parsed) -> frozenset[str]:
    """Columns of facts that the file itself has; a constant has no cells that could be empty."""
    in_file = {target_of(use.name) for use in parsed.columns if use.name and use.how is not ColumnHow.CONSTANT}
    constants = {target_of(use.name) for use in parsed.columns if use.name and use.how is ColumnHow.CONSTANT}
    return frozenset(in_file - constants) & parsed.present & _FACT_COLUMNS


_FACT_COLUMNS = frozenset(name for names in FACT_COLUMNS.values() for name in names)


def preview(workspace: Workspace, rows: pa.Table, current: ReleaseRecord | None, asked: Asked) -> Preview:
    """Match and merge accepted rows into the current release and place the schools of the next.

    Parameters
    ----------
    rows
        Accepted rows as `Parsed.table` gives them, with their `line`.
    """
    rules = asked.rules
    before = None if current is None else side_of(workspace.opened(current))
    facts = empty_facts() if before is None else before.facts
    decisions = decisions_about(workspace, asked.options)
    entering(ImportStep.MATCHING)
    matches = match(rows, facts, known=decisions.accepted)
    entering(ImportStep.MERGING)
    merged = merge(facts, rows, matches, rules)
    boundaries = boundaries_in_force(workspace, current)
    made = placed(workspace, merged.facts, boundaries)
    entering(ImportStep.IMPACT)
    found = impact(before, Side(made.table, made.columns, merged.facts), norm=workspace.default_norm, names=_names(workspace, boundaries))
    members: dict[str, Any] = {
        "base_release_id": None if current is None else current.id,
        "mode": rules.mode.value,
        "empty": asked.options.empty.value,
        "clears": sorted(rules.clears),
        "tiers": {tier.value: count for tier, count in matches.tier_counts().items()},
        "schools_without_row": _silent_schools(facts, matches),
        "schools_removed": len(merged.dropped),
        "schools_kept_in_doubt": merged.kept_in_doubt,
        "facts_changed": {fact.value: count for fact, count in merged.changed_facts.items() if count},
        "facts_stale": {fact.value: count for fact, count in merged.stale_facts.items() if count},
        "impact": found.as_dict(),
    }
    members |= _gate_members(found, merged, asked, members["base_release_id"])
    kept = with_notes(rows, facts, matches, merged)
    if asked.suggests:
        entering(ImportStep.CHECKING)
        table = None if current is None else workspace.opened(current).table
        members["suggestions"], kept = suggested(
            workspace, kept, table, matches, decisions=decisions, options=asked.options, boundaries=boundaries
        )
        sets = opened_boundaries(workspace, boundaries)
        kept = with_checks(kept, check_rows(rows, matches, merged, made, before=None if before is None else facts, boundaries=sets))
    outcomes = {outcome: merged.count(outcome) for outcome in OUTCOMES}
    return Preview(made, boundaries, outcomes, len(merged.dropped), rules, members, kept, asked.is_repeat)


def _names(workspace: Workspace, boundaries: Mapping[str, int]) -> Mapping[str, str]:
    """Names of the regions by code."""
    identity = boundaries.get(Grouping.ADMIN1.value)
    return {} if identity is None else names_of(workspace, identity, "en")


def _gate_members(found: Impact, merged: Merged, asked: Asked, base_release_id: int | None) -> dict[str, Any]:
    """What must be confirmed before publishing, and the token that confirms it."""
    gates = gates_of(found, asked.rules.mode, kept_in_doubt=merged.kept_in_doubt)
    token = confirm_token(gates, file_sha256=asked.file_sha256, base_release_id=base_release_id, options=asked.options)
    return {"gates": [gate.as_dict() for gate in gates], "confirm_token": token}


def _silent_schools(facts: pa.Table, matches: Matches) -> dict[str, Any]:
    """Schools that no row speaks about: the other leftover of the join."""
    silent = np.flatnonzero(matches.row_of_school == NO_SCHOOL)
    sample = facts.select(["school_id", "school_name"]).take(pa.array(silent[:MAX_SCHOOLS_SAMPLED]))
    return {"total": len(silent), "sample": sample.to_pylist()}


def severity_of(problem: RowProblem) -> Severity:
    """How much a problem weighs; a variant of a code may weigh less than the code."""
    return severity(problem)


def report_of(parsed: Parsed, found: Preview) -> dict[str, Any]:
    """The report of a staged import: what was read, what is wrong, what matched, what would change."""
    of_schools = schools_problems(found.members)
    problems = by_weight((*of_schools, *as_asked((*parsed.problems, *found_problems(found.rows)), found.rules)))
    totals = Counter(parsed.totals) + Counter(found_totals(found.rows)) + Counter(problem.code for problem in of_schools)
    errors_total = sum(severity_of(problem) is Severity.ERROR for problem in problems)
    return {
        "detected": dict(parsed.detected),
        "columns": [asdict(use) | {"how": str(use.how)} for use in parsed.columns],
        "units": {name: unit.value for name, unit in parsed.units.items()},
        "mapping_from": parsed.mapping_from,
        "sample": [dict(row) for row in parsed.sample],
        "has_coordinates": parsed.has_coordinates,
        "questions": [asdict(question) for question in parsed.questions],
        "value_suggestions": [asdict(suggestion) for suggestion in parsed.value_suggestions],
        "read_counts": dict(parsed.counts),
        "rows": row_counts(parsed.counts, found.outcomes),
        "problems": [problem_members(problem) for problem in problems[:MAX_PROBLEMS_LISTED]],
        "problems_total": totals.total(),
        "problems_by_code": dict(totals),
        "checks": check_summary(problems, totals),
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
