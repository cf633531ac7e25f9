"""Queries on `mappings`: how the files of a source are read, as its last published file was."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from geo.store.tables import mappings, now

COLUMNS = tuple(column for column in mappings.c if column.name != "id")

# fmt: off
SELECT_MAPPINGS = (
    select(*COLUMNS)
    .order_by(mappings.c.name)
)
SELECT_MAPPING = (
    select(*COLUMNS)
    .where(mappings.c.name == bindparam("of_name"))
)
DELETE_MAPPING = (
    delete(mappings)
    .where(mappings.c.name == bindparam("of_name"))
)
# fmt: on


@dataclass(frozen=True, slots=True)
class MappingRecord:
    """How files of a source are read: `name` is the source's, `options` what `geo.services.mappings` keeps."""

    name: str
    options: dict[str, Any]
    updated_at: datetime
    updated_by: str


def select_mappings(connection: Connection) -> tuple[MappingRecord, ...]:
    """Every mapping, by name."""
    return tuple(MappingRecord(**row._asdict()) for row in connection.execute(SELECT_MAPPINGS))


def select_mapping(connection: Connection, name: str) -> MappingRecord | None:
    """The mapping of a source; None where nothing is remembered of it."""
    row = connection.execute(SELECT_MAPPING, {"of_name": name}).one_or_none()
    return None if row is None else MappingRecord(**row._asdict())


def replace_mapping(connection: Connection, name: str, options: Mapping[str, Any], *, updated_by: str) -> None:
    """Keep a mapping, whether or not the source had one, or gets one from somebody else at this moment."""
    values = {"options": dict(options), "updated_at": now(), "updated_by": updated_by}
    changed = update(mappings).where(mappings.c.name == name).values(values)
    if connection.execute(changed).rowcount:
        return
    try:
        with connection.begin_nested():
            connection.execute(insert(mappings).values(values | {"name": name}))
    except IntegrityError:
        connection.execute(changed)


def delete_mapping(connection: Connection, name: str) -> bool:
    """Forget a mapping; whether there was one."""
    return connection.execute(DELETE_MAPPING, {"of_name": name}).rowcount > 0
