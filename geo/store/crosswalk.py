"""Queries on `crosswalk`: which id of a source is which school of ours, as a person decided, and which pairs were refused."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, bindparam, delete, insert, or_, select

from geo.store.tables import crosswalk, now

# fmt: off
SELECT_CROSSWALK = (
    select(crosswalk.c.row_id, crosswalk.c.school_id, crosswalk.c.is_refused)
    .where(crosswalk.c.source == bindparam("of_source"))
    .order_by(crosswalk.c.id)
)
DELETE_SUPERSEDED = (
    delete(crosswalk)
    .where(crosswalk.c.source == bindparam("of_source"))
    .where(crosswalk.c.row_id == bindparam("of_row_id"))
    .where(or_(crosswalk.c.school_id == bindparam("of_school_id"), ~crosswalk.c.is_refused))
)
DELETE_PAIR = (
    delete(crosswalk)
    .where(crosswalk.c.source == bindparam("of_source"))
    .where(crosswalk.c.row_id == bindparam("of_row_id"))
    .where(crosswalk.c.school_id == bindparam("of_school_id"))
)
# fmt: on


@dataclass(frozen=True)
class Crosswalk:
    """What is remembered of one source.

    Parameters
    ----------
    accepted
        Id of a row → `school_id`.
    refused
        Pairs of a row's id and a `school_id` that are not one school.
    """

    accepted: Mapping[str, str]
    refused: frozenset[tuple[str, str]]


def select_crosswalk(connection: Connection, source: str) -> Crosswalk:
    """Everything that was decided about the ids of a source; empty where nothing was."""
    rows = connection.execute(SELECT_CROSSWALK, {"of_source": source}).all()
    return Crosswalk(
        accepted={row_id: school_id for row_id, school_id, is_refused in rows if not is_refused},
        refused=frozenset((row_id, school_id) for row_id, school_id, is_refused in rows if is_refused),
    )


def replace_decisions(
    connection: Connection,
    source: str,
    *,
    accepted: Mapping[str, str],
    refused: Collection[tuple[str, str]],
    import_id: int,
    decided_by: str,
) -> None:
    """Remember decisions about ids of a source, each in place of what it contradicts.

    An id stands for one school at most: accepting another school forgets the one before. A pair is accepted or refused, as decided last.
    """
    _delete(connection, DELETE_PAIR, source, [*refused])
    _delete(connection, DELETE_SUPERSEDED, source, [*accepted.items()])
    made = {"source": source, "import_id": import_id, "decided_by": decided_by, "decided_at": now()}
    new = [made | {"row_id": row_id, "school_id": school_id, "is_refused": False} for row_id, school_id in accepted.items()]
    new += [
        made | {"row_id": row_id, "school_id": school_id, "is_refused": True}
        for row_id, school_id in sorted(set(refused))
        if accepted.get(row_id) != school_id
    ]
    if new:
        connection.execute(insert(crosswalk), new)


def _delete(connection: Connection, statement: Any, source: str, pairs: Sequence[tuple[str, str]]) -> None:
    if pairs:
        bound = [{"of_source": source, "of_row_id": row_id, "of_school_id": school_id} for row_id, school_id in pairs]
        connection.execute(statement, bound)
