"""Decisions about the matches of an import: what is suggested and decided, and what becomes of its options when a person decides more."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass, replace

import pyarrow as pa
import pyarrow.compute as pc

from geo.errors import Conflict, InvalidParameter
from geo.matching import DEFAULT_SCORE
from geo.model import ImportRecord, ImportState
from geo.schools import row_ids
from geo.services.crosswalk import decisions_about, source_of
from geo.services.import_records import import_record
from geo.services.options import ImportOptions
from geo.services.suggestions import Match, matches_of, suggested_matches
from geo.services.workspace import Workspace

_DECIDABLE = (ImportState.NEEDS_CONFIRMATION, ImportState.STAGED)


@dataclass(frozen=True)
class ImportMatches:
    """The suggested matches of an import and what was decided about others.

    Parameters
    ----------
    matches
        Those that nobody decided on yet, best first.
    accepted, refused
        Pairs of a row's id and a `school_id`, decided for this import.
    remembered
        Pairs that an earlier import of the source accepted and that hold for rows of this one.
    source
        Source under which decisions are remembered, None where they are not.
    """

    import_id: int
    matches: tuple[Match, ...]
    accepted: tuple[tuple[str, str], ...]
    refused: tuple[tuple[str, str], ...]
    remembered: tuple[tuple[str, str], ...]
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
    rows = workspace.staged_files.read(import_id)
    known = decisions_about(workspace, options).accepted
    met = [row_id for row_id in pc.unique(row_ids(rows)).to_pylist() if row_id in known and row_id not in options.accepted] if known else []
    return ImportMatches(
        import_id=import_id,
        matches=tuple(matches_of(rows)),
        accepted=tuple(sorted(options.accepted.items())),
        refused=tuple(options.refused),
        remembered=tuple((row_id, known[row_id]) for row_id in sorted(met)),
        source=source_of(options),
    )


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
