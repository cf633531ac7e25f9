"""What is doubtful about the schools that a file speaks about: one record a row, as the checks of geo.quality and the flags find it.

Reading a file checks it by itself (geo.intake); here is what needs the regions, the other schools or the last release.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from geo.intake.families import FAMILIES, family_of
from geo.intake.problem_log import ProblemLog
from geo.intake.problems import row_problem, severity
from geo.join import Matches
from geo.merge import Merged
from geo.model import OUTCOMES, Connectivity, Flag, Outcome, RowProblem, Severity
from geo.quality import is_enrolment_jump, is_no_uuid, is_shared, is_unlettered, moved_km
from geo.regions import BoundarySet
from geo.schools import numbers, one_chunk
from geo.services.checked_rows import Subject, log_count, log_positions, log_rows
from geo.services.compose import Placed
from geo.services.region_checks import check_neighbours, check_regions

_SPEEDS = ("download_speed_declared_mbps", "download_speed_measured_mbps")
_POSITION = ("latitude", "longitude")
_METADATA = b"qosyl.checks"


@dataclass(frozen=True)
class Checks:
    """What was found: records, at most 1,000 of a code, and how many there are of each code in all."""

    problems: tuple[RowProblem, ...]
    totals: Mapping[str, int]


def check_rows(
    rows: pa.Table, matches: Matches, merged: Merged, made: Placed, *, before: pa.Table | None, boundaries: Mapping[int, BoundarySet]
) -> Checks:
    """Check the schools that rows speak about, each for what its row says.

    Parameters
    ----------
    rows
        Accepted rows of a file with their `line`.
    matches, merged
        What became of them.
    made
        The schools afterwards, in the order of `merged.facts`.
    before
        The schools of the release that they were matched to; None where there is none.
    boundaries
        The boundary sets that located the schools, by level.
    """
    speaks = np.flatnonzero(merged.school >= 0)
    subject = Subject(
        rows=rows if len(speaks) == rows.num_rows else rows.take(pa.array(speaks)),
        school=merged.school[speaks],
        former=matches.school[speaks],
        outcome=merged.outcome[speaks].astype(np.int64),
        made=made,
        before=before,
        boundaries=boundaries,
    )
    log = ProblemLog()
    for check in CHECKS:
        check(subject, log)
    return Checks(log.sorted_problems(), log.totals)


def _check_values(subject: Subject, log: ProblemLog) -> None:
    """Enrolment, names and ids of Giga."""
    enrolment = subject.has(Flag.IMPLAUSIBLE_ENROLMENT) & subject.says("num_students")
    log_rows(subject, log, "implausible_enrolment", enrolment, "num_students")
    if "school_name" in subject.rows.column_names:
        unlettered = is_unlettered(one_chunk(subject.rows["school_name"]))
        log_rows(subject, log, "name_without_letters", unlettered, "school_name")
    if "school_id_giga" in subject.rows.column_names:
        no_uuid = is_no_uuid(one_chunk(subject.rows["school_id_giga"]))
        log_rows(subject, log, "giga_id_not_uuid", no_uuid, "school_id_giga")


def _check_connection(subject: Subject, log: ProblemLog) -> None:
    """Connectivity against speed, kind and signal, where the file itself does not show both."""
    says_speed, says_connectivity = subject.says_any(*_SPEEDS), subject.says("connectivity")
    speaks, both = says_speed | says_connectivity, says_speed & says_connectivity
    contradicts = subject.has(Flag.NO_WITH_SPEED) | subject.has(Flag.YES_WITH_ZERO_SPEED)
    log_rows(subject, log, "inconsistent_connectivity", contradicts & speaks & ~both, variant="known")
    log_rows(subject, log, "inconsistent_connectivity", subject.has(Flag.UNKNOWN_WITH_SPEED) & speaks, variant="unknown")
    declared, measured = (subject.number_now(name) for name in _SPEEDS)
    disagrees = subject.has(Flag.SPEEDS_DISAGREE) & (says_speed | subject.says("num_students"))
    log.add_rows(
        "speeds_disagree",
        disagrees,
        lambda row: row_problem(
            "speeds_disagree", int(subject.lines[row]), None, None, declared=f"{declared[row]:g}", measured=f"{measured[row]:g}"
        ),
    )
    connected = np.asarray(pc.equal(subject.now("connectivity"), Connectivity.YES.value))
    log_count(subject, log, "speed_missing", connected & says_connectivity & np.isnan(declared) & np.isnan(measured))
    by_mobile = pc.equal(subject.now("connectivity_type"), "cellular")
    without = pc.and_(by_mobile, pc.equal(subject.now("cellular_coverage_type"), "no coverage"))
    says_either = subject.says_any("connectivity_type", "cellular_coverage_type")
    log_rows(subject, log, "signal_missing", np.asarray(pc.fill_null(without, False)) & says_either)


def _check_jumps(subject: Subject, log: ProblemLog) -> None:
    """Changes against the last release."""
    before = subject.was("connectivity")
    if before is None:
        return
    now = pc.equal(subject.now("connectivity"), Connectivity.UNKNOWN.value)
    lost = pc.and_(pc.fill_null(pc.equal(before, Connectivity.YES.value), False), now)
    log_rows(subject, log, "connectivity_lost", np.asarray(lost))
    students, students_before = subject.number_now("num_students"), subject.number_was("num_students")
    log.add_rows(
        "enrolment_jump",
        is_enrolment_jump(students_before, students),
        lambda row: row_problem(
            "enrolment_jump", int(subject.lines[row]), "num_students", f"{students[row]:.0f}", known=f"{students_before[row]:.0f}"
        ),
    )
    latitude, longitude = subject.position
    moved = moved_km(subject.number_was("latitude"), subject.number_was("longitude"), latitude, longitude)
    log.add_rows(
        "moved_far",
        ~np.isnan(moved),
        lambda row: row_problem("moved_far", int(subject.lines[row]), "latitude", subject.position_text(row), distance=f"{moved[row]:.1f}"),
    )


def _check_completeness(subject: Subject, log: ProblemLog) -> None:
    """What Giga asks of every school and a new one lacks, and facts without a date."""
    is_new = subject.outcome == OUTCOMES.index(Outcome.NEW)
    for name in ("school_name", "latitude", "education_level"):
        log_count(subject, log, "new_school_incomplete", is_new & ~np.asarray(pc.is_valid(subject.now(name))), name)
    dates = [name for name in subject.rows.column_names if name.endswith("collected_on")]
    undated = ~subject.says_any(*dates) if dates else np.ones(len(subject.school), dtype=bool)
    log_count(subject, log, "undated_facts", undated)


def _check_places(subject: Subject, log: ProblemLog) -> None:
    """Positions that other schools share or crowd."""
    says = subject.says(*_POSITION)
    latitude, longitude = (numbers(subject.rows[name]) if says.any() else np.empty(0) for name in _POSITION)
    if says.any():
        shared = subject.has(Flag.SAME_POSITION) & says & ~is_shared(latitude, longitude)
        log_positions(subject, log, "same_position", shared, variant="release")
    log_positions(subject, log, "many_schools_nearby", subject.has(Flag.MANY_SCHOOLS_NEARBY) & says)


CHECKS = (_check_values, _check_connection, _check_jumps, _check_completeness, _check_places, check_regions, check_neighbours)


def with_checks(rows: pa.Table, found: Checks) -> pa.Table:
    """Rows of a file that carry what was found, so that whoever reads them again need not check them again."""
    carried = json.dumps({"problems": [_members(problem) for problem in found.problems], "totals": dict(found.totals)})
    return rows.replace_schema_metadata({**(rows.schema.metadata or {}), _METADATA: carried.encode()})


def _members(problem: RowProblem) -> dict[str, Any]:
    """A problem as JSON keeps it; `dataclasses.asdict` copies deeply, which takes most of a second for thousands."""
    return {name: getattr(problem, name) for name in RowProblem.__dataclass_fields__}


def checks_of(rows: pa.Table) -> Checks:
    """What was found about rows, as they carry it; nothing where they do not."""
    carried = (rows.schema.metadata or {}).get(_METADATA)
    if carried is None:
        return Checks((), {})
    members = json.loads(carried)
    return Checks(tuple(RowProblem(**problem) for problem in members["problems"]), members["totals"])


def check_summary(problems: Iterable[RowProblem], totals: Mapping[str, int]) -> list[dict[str, Any]]:
    """Findings by family: `[{family, code, severity, count}]`, the gravest first, then in the order of the families.

    A count is of rows or schools, also where one record speaks about many.

    Parameters
    ----------
    problems
        Those that are listed: at least one of every code.
    totals
        Problem code → how many were found in all.
    """
    order = list(Severity)
    gravest: dict[str, Severity] = {}
    counts = Counter(totals)
    for problem in problems:
        is_about_many = problem.code != "format_detected" and (problem.line is None or problem.code == "same_position")
        if is_about_many and "count" in problem.parameters:
            counts[problem.code] += int(problem.parameters["count"]) - 1  # one record about so many rows
        gravest[problem.code] = min(gravest.get(problem.code, Severity.NOTICE), severity(problem), key=order.index)
    found = [
        {"family": family_of(code), "code": code, "severity": gravest[code].value, "count": count}
        for code, count in counts.items()
        if count and code in gravest
    ]
    return sorted(found, key=lambda line: (order.index(Severity(line["severity"])), FAMILIES.index(line["family"]), line["code"]))
