"""Matches that a person decides on: suggested while a file is previewed, kept with its rows, and remembered once it is published."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from geo.errors import Conflict, InvalidParameter
from geo.join import NO_SCHOOL, Matches
from geo.matching import DEFAULT_SCORE, Suggestions, reasons_of, suggest
from geo.model import Grouping, ImportMode, ImportRecord, ImportState
from geo.schools import row_ids
from geo.services.coverage import names_of
from geo.services.import_records import import_record
from geo.services.options import ImportOptions
from geo.services.workspace import Workspace
from geo.store import Connection, Crosswalk, replace_decisions, select_crosswalk

_DECIDABLE = (ImportState.NEEDS_CONFIRMATION, ImportState.STAGED)

MAX_SAMPLED = 1_000
MAX_SEARCHED = 50_000
"""Rows that schools are searched for: 10,000 against 200,000 schools take about 8 seconds."""
COLUMN = "suggested"
"""Column of the staged rows that holds each row's suggestions, best first."""

_SUGGESTION = pa.struct(
    [
        ("school_id", pa.string()),
        ("school_name", pa.string()),
        ("admin1", pa.string()),
        ("score", pa.float64()),
        ("distance_km", pa.float64()),
        ("reasons", pa.int32()),
    ]
)


@dataclass(frozen=True)
class Match:
    """A suggested match as people see it."""

    line: int
    row_id: str | None
    row_name: str | None
    school_id: str
    school_name: str | None
    score: float
    reasons: tuple[str, ...]
    distance_km: float | None
    admin1: str | None

    def as_dict(self) -> dict[str, Any]:
        """The match as a report and the API have it."""
        return asdict(self) | {"reasons": list(self.reasons)}


def source_of(options: ImportOptions) -> str | None:
    """Under which source decisions about a file are remembered; None where nobody said whose file it is, so that they are not."""
    return options.source or options.constants.get("data_source") or None


def decisions_about(workspace: Workspace, options: ImportOptions) -> Crosswalk:
    """What holds for a file: what was decided about it, and what is remembered of its source where that says nothing else."""
    source = source_of(options)
    if source is None:
        remembered = Crosswalk({}, frozenset())
    else:
        with workspace.catalog.reading() as connection:
            remembered = select_crosswalk(connection, source)
    refused = (remembered.refused - set(options.accepted.items())) | set(options.refused)
    accepted = {**remembered.accepted, **options.accepted}
    return Crosswalk({row: school for row, school in accepted.items() if (row, school) not in refused}, refused)


def suggested(
    workspace: Workspace,
    rows: pa.Table,
    schools: pa.Table | None,
    matches: Matches,
    *,
    decisions: Crosswalk,
    options: ImportOptions,
    boundaries: Mapping[str, int],
) -> tuple[dict[str, Any], pa.Table]:
    """Search schools for the rows whose ids find none.

    Parameters
    ----------
    rows
        Accepted rows with their `line`, as they are staged.
    schools
        The current release; None where there is none.
    matches
        What `join.match` made of the two.
    decisions
        What `decisions_about` made of the file's options.
    boundaries
        Boundary sets in force by grouping; their names in every language help to tell regions.

    Returns
    -------
    The report's member `suggestions` (`total` of them, for how many `rows`, for how many of these one is good enough to be `proposed`,
    how many rows were `searched` for and how many `left_out`), and the rows, with the column `COLUMN` where there are any.
    """
    open_rows = matches.is_unmatched
    if schools is None or not schools.num_rows or options.mode is ImportMode.REMOVE:
        open_rows = np.zeros(rows.num_rows, dtype=bool)
    left_out = max(int(open_rows.sum()) - MAX_SEARCHED, 0)
    if left_out:
        open_rows = open_rows & (np.cumsum(open_rows) <= MAX_SEARCHED)
    found = None
    if schools is not None and open_rows.any():
        found = suggest(
            rows,
            schools,
            open_rows=open_rows,
            taken_schools=matches.row_of_school != NO_SCHOOL,
            refused=decisions.refused,
            spellings=_spellings(workspace, boundaries),
        )
    kept = rows if found is None else _with_suggestions(rows, schools, found)
    members = {
        "total": 0 if found is None else len(found),
        "rows": 0 if found is None else len(np.unique(found.row)),
        "proposed": 0 if found is None else len(np.unique(found.row[found.score >= found.default_score])),
        "searched": int(open_rows.sum()),
        "left_out": left_out,
        "default_score": DEFAULT_SCORE,
        "source": source_of(options),
        "sample": [match.as_dict() for match in _best_first(kept, MAX_SAMPLED)],
    }
    return members, kept


def _spellings(workspace: Workspace, boundaries: Mapping[str, int]) -> dict[str, str]:
    """Names of the regions in every language of their boundaries → code."""
    identity = boundaries.get(Grouping.ADMIN1.value)
    if identity is None:
        return {}
    languages = workspace.boundary_set(identity).units.names
    return {name: code for language in languages for code, name in names_of(workspace, identity, language).items() if name}


def _with_suggestions(rows: pa.Table, schools: pa.Table | None, found: Suggestions) -> pa.Table:
    """The rows with a list of suggestions each, best first; null where there is none."""
    if not len(found) or schools is None:
        return rows
    order = np.lexsort((-found.score, found.row))
    picked = schools.select(["school_id", "school_name", "admin1"]).take(pa.array(found.school[order]))
    texts = [pc.cast(picked[name], pa.string()).combine_chunks() for name in picked.column_names]
    distance = pa.array(np.round(found.distance_km[order], 3), mask=np.isnan(found.distance_km[order]))
    columns = [*texts, pa.array(np.round(found.score[order], 4)), distance, pa.array(found.reasons[order])]
    counts = np.bincount(found.row, minlength=rows.num_rows)
    ends = np.concatenate([[0], np.cumsum(counts)]).astype(np.int32)
    members = pa.StructArray.from_arrays(columns, fields=list(_SUGGESTION))
    return rows.append_column(COLUMN, pa.ListArray.from_arrays(pa.array(ends), members, mask=pa.array(counts == 0)))


def _best_first(rows: pa.Table, most: int | None = None) -> Iterator[Match]:
    """The suggestions that staged rows hold, best first."""
    if COLUMN not in rows.column_names:
        return
    lists = rows[COLUMN].combine_chunks()
    owner = pc.list_parent_indices(lists)
    members = pc.list_flatten(lists)
    order = np.lexsort((np.asarray(owner), -np.asarray(pc.struct_field(members, "score"))))[:most]
    picked = members.take(pa.array(order)).to_pylist()
    owners = owner.take(pa.array(order))
    ids, lines = row_ids(rows).take(owners).to_pylist(), rows["line"].take(owners).to_pylist()
    names = rows["school_name"].take(owners).to_pylist() if "school_name" in rows.column_names else [None] * len(picked)
    for line, row_id, name, member in zip(lines, ids, names, picked, strict=True):
        reasons = tuple(reason.value for reason in reasons_of(member.pop("reasons")))
        yield Match(line=line, row_id=row_id, row_name=name, reasons=reasons, **member)


def suggested_matches(workspace: Workspace, import_id: int) -> tuple[Match, ...]:
    """Every suggested match of an import that nobody decided on yet, best first.

    Raises
    ------
    NotFound
        There is no such import, or its rows are not kept any more.
    """
    import_record(workspace, import_id)
    rows = workspace.staged_files.read(import_id)
    return tuple(_best_first(rows))


@dataclass(frozen=True)
class ImportMatches:
    """The suggested matches of an import and what was decided about others.

    Parameters
    ----------
    matches
        Those that nobody decided on yet, best first.
    accepted, refused
        Pairs of a row's id and a `school_id`, decided for this import.
    source
        Source under which decisions are remembered, None where they are not.
    """

    import_id: int
    matches: tuple[Match, ...]
    accepted: tuple[tuple[str, str], ...]
    refused: tuple[tuple[str, str], ...]
    source: str | None
    default_score: float = DEFAULT_SCORE


def import_matches(workspace: Workspace, import_id: int) -> ImportMatches:
    """Matches of an import, suggested and decided.

    Raises
    ------
    NotFound
        There is no such import, or its rows are not kept any more.
    """
    record = import_record(workspace, import_id)
    options = ImportOptions.from_dict(record.options, source=record.source)
    found = suggested_matches(workspace, import_id)
    return ImportMatches(import_id, found, tuple(sorted(options.accepted.items())), tuple(options.refused), source_of(options))


def decided(
    workspace: Workspace,
    record: ImportRecord,
    options: ImportOptions,
    *,
    accept: Mapping[str, str | None] | None = None,
    refuse: Iterable[tuple[str, str]] = (),
    accept_above: float | None = None,
) -> ImportOptions:
    """Options of a staged import after decisions about matches; nothing is stored, and a later decision replaces an earlier one.

    Parameters
    ----------
    options
        The options before, perhaps changed otherwise already.
    accept
        Id of a row → `school_id` of the school it is, suggested or not; None takes an acceptance back.
    refuse
        Pairs of a row's id and a `school_id` that are not one school.
    accept_above
        Accept the best suggestion of every row that reaches this score, 0 to 1, unless it was decided otherwise, each school once.

    Raises
    ------
    InvalidParameter
        A row or a school is not there, or the score is not between 0 and 1.
    Conflict
        The import is being worked on, published or given up.
    """
    if record.state not in _DECIDABLE:
        raise Conflict(f"import {record.id} is {record.state}; matches are decided once a file is read and before it is published")
    accept, refuse = dict(accept or {}), list(refuse)
    if accept or refuse:
        _require_known(workspace, record, {*accept, *(row for row, _ in refuse)}, {*accept.values(), *(school for _, school in refuse)})
    accepted = {**options.accepted, **accept}
    refused = {pair for pair in options.refused if accept.get(pair[0]) != pair[1]} | set(refuse)
    kept = {row: school for row, school in accepted.items() if school is not None and (row, school) not in set(refuse)}
    if accept_above is not None:
        kept = _all_above(workspace, record, accept_above, kept, refused)
    return replace(options, accepted=kept, refused=tuple(sorted(refused)))


def _all_above(
    workspace: Workspace, record: ImportRecord, score: float, accepted: Mapping[str, str], refused: Set[tuple[str, str]]
) -> dict[str, str]:
    """The accepted matches, and the best suggestion of each other row from a score up; no school twice."""
    if not 0 < score <= 1:
        raise InvalidParameter(f"'accept_above' must be a score above 0 and up to 1; got {score:g}", parameter="accept_above")
    found = dict(accepted)
    taken = set(accepted.values())
    for match in suggested_matches(workspace, record.id):
        pair = (match.row_id, match.school_id)
        if match.score >= score and match.row_id and match.row_id not in found and match.school_id not in taken and pair not in refused:
            found[match.row_id] = match.school_id
            taken.add(match.school_id)
    return found


def _require_known(workspace: Workspace, record: ImportRecord, rows: Set[str], schools: Set[str | None]) -> None:
    known_rows = row_ids(workspace.staged_files.read(record.id))
    _require_among(rows, known_rows, "no row of the file has the id {}; a row goes by the first of its ids")
    known_schools = workspace.opened(workspace.release()).table["school_id"] if schools - {None} else pa.array([], pa.string())
    _require_among({school for school in schools if school is not None}, known_schools, "there is no school {} in the current release")


def _require_among(texts: Set[str], known: pa.Array | pa.ChunkedArray, sentence: str) -> None:
    wanted = pa.array(sorted(texts), pa.string())
    missing = wanted.filter(pc.invert(pc.is_in(wanted, value_set=pc.unique(pc.cast(known, pa.string())))))
    if len(missing):
        raise InvalidParameter(sentence.format(repr(missing[0].as_py()[:80])), parameter="accept")


def remember_decisions(connection: Connection, record: ImportRecord, *, decided_by: str) -> None:
    """Remember what was decided about the rows of an import under its source; call it in the transaction that publishes the import."""
    options = ImportOptions.from_dict(record.options, source=record.source)
    source = source_of(options)
    if source is not None and (options.accepted or options.refused):
        replace_decisions(
            connection, source, accepted=options.accepted, refused=options.refused, import_id=record.id, decided_by=decided_by
        )
