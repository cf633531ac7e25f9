"""Queries on `boundary_sets`: which vintages of which level of which country are loaded, and where they lie."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, insert, select
from sqlalchemy.exc import IntegrityError

from geo.errors import Conflict
from geo.model import BoundarySetRecord
from geo.store.tables import boundary_sets, now

# fmt: off
SELECT_BOUNDARY_SETS = (
    select(boundary_sets)
    .order_by(boundary_sets.c.id)
)
SELECT_BOUNDARY_SET = (
    select(boundary_sets)
    .where(boundary_sets.c.id == bindparam("boundary_set_id"))
)
# fmt: on


@dataclass(frozen=True, slots=True, kw_only=True)
class NewBoundarySet:
    """What `insert_boundary_set` keeps: a `BoundarySetRecord` before it has an id. `loaded_at` is now where not given."""

    country: str
    level: int
    vintage: str
    directory: str
    sha256: str
    unit_count: int
    languages: Sequence[str]
    source_name: str
    source_sha256: str
    report: Mapping[str, Any]
    loaded_by: str
    loaded_at: datetime | None = None


def _record(row: Row[Any]) -> BoundarySetRecord:
    values = row._asdict()
    return BoundarySetRecord(**values | {"languages": tuple(values["languages"])})


def insert_boundary_set(connection: Connection, new: NewBoundarySet) -> BoundarySetRecord:
    """Keep a boundary set that has been written to its directory.

    Raises
    ------
    Conflict
        The country already has this vintage of this level.
    """
    values = asdict(new) | {"languages": list(new.languages), "report": dict(new.report), "loaded_at": new.loaded_at or now()}
    try:
        with connection.begin_nested():
            row = connection.execute(insert(boundary_sets).values(values).returning(*boundary_sets.c)).one()
    except IntegrityError as error:
        raise Conflict(f"{new.country} already has boundaries of level {new.level} of vintage {new.vintage!r}") from error
    return _record(row)


def select_boundary_sets(connection: Connection, country: str | None = None, level: int | None = None) -> tuple[BoundarySetRecord, ...]:
    """Boundary sets in the order they were loaded, newest load last; of one country or level where given."""
    query = SELECT_BOUNDARY_SETS
    if country is not None:
        query = query.where(boundary_sets.c.country == country)
    if level is not None:
        query = query.where(boundary_sets.c.level == level)
    return tuple(_record(row) for row in connection.execute(query))


def select_boundary_set(connection: Connection, boundary_set_id: int) -> BoundarySetRecord | None:
    """A boundary set by its id; None where there is none."""
    row = connection.execute(SELECT_BOUNDARY_SET, {"boundary_set_id": boundary_set_id}).one_or_none()
    return None if row is None else _record(row)
