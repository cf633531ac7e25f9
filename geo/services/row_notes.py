"""What the join, the merge and the checks have to say about the rows of a file, kept with the rows until they are published."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import pyarrow as pa
import pyarrow.compute as pc

from geo.join import MATCH_TIERS, Matches
from geo.merge import Merged
from geo.model import OUTCOMES, MatchTier, Outcome, RowProblem
from geo.schools import ID_COLUMNS, BoolArray
from geo.services.checks import checks_of

JOIN_NOTES: tuple[str, ...] = ("unmatched_row", "ambiguous_match", "folded_id_match", "stale_row", "other_id_kept")
"""Problem codes of the join and the merge; each is a true-or-false column of the staged rows."""


def with_notes(rows: pa.Table, matches: Matches, merged: Merged) -> pa.Table:
    """Rows with the columns of `JOIN_NOTES`."""
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


def found_problems(rows: pa.Table) -> Iterable[RowProblem]:
    """Everything that the join, the merge and the checks say about rows, from rows as a preview gives them."""
    yield from join_problems(rows)
    yield from checks_of(rows).problems


def found_totals(rows: pa.Table) -> Mapping[str, int]:
    """Problem code → how many there are in all, of those that `found_problems` lists."""
    noted = {code: int(pc.sum(rows[code]).as_py() or 0) for code in JOIN_NOTES}
    return {code: count for code, count in noted.items() if count} | dict(checks_of(rows).totals)
