"""Schools suggested for rows whose ids find none: searched while a file is previewed, and kept with its rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from geo.join import NO_SCHOOL, Matches
from geo.matching import DEFAULT_SCORE, Suggestions, reasons_of, suggest
from geo.model import Grouping, ImportMode
from geo.schools import one_chunk, row_ids
from geo.services.coverage import names_of
from geo.services.crosswalk import source_of
from geo.services.import_records import import_record
from geo.services.options import ImportOptions
from geo.services.workspace import Workspace
from geo.store import Crosswalk

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
        "sample": [match.as_dict() for match in matches_of(kept, MAX_SAMPLED)],
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


def matches_of(rows: pa.Table, most: int | None = None) -> Iterator[Match]:
    """The suggestions that staged rows hold, best first."""
    if COLUMN not in rows.column_names:
        return
    lists = one_chunk(rows[COLUMN])
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
    return tuple(matches_of(rows))
