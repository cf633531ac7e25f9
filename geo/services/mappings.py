"""Named mappings: how the files of a source are read, remembered when one of them is published and used for the next.

What is remembered is what a person said or confirmed: headings, words, units, and an encoding, a sheet or a header line that had to be
said. It is used where it fits the next file (`geo.intake.remembered`), and what is said of that file stands before it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from geo.column_table import HEADINGS, folded
from geo.errors import Conflict, InvalidParameter, NotFound
from geo.intake.options import ColumnHow
from geo.model import ImportRecord, Key, Role
from geo.services.import_records import import_record
from geo.services.keys import actor_name, require_role
from geo.services.options import ImportOptions
from geo.services.workspace import Workspace
from geo.store import Connection, MappingRecord, delete_mapping, insert_audit, replace_mapping, select_mapping, select_mappings

MAX_NAME_CHARACTERS = 255
MAX_HEADINGS = 500
"""Headings remembered of one source, and words of one column; beyond, the oldest are forgotten."""
MAX_HEADING_CHARACTERS = 255
"""A longer heading or cell is asked about again; it is hardly one."""
_SAID = (ColumnHow.MAPPED.value, ColumnHow.SUGGESTED.value)


@dataclass(frozen=True, slots=True)
class NamedMapping:
    """How files of a source are read, and who last published one that was read so."""

    name: str
    options: Mapping[str, Any]
    updated_at: datetime
    updated_by: str


def list_mappings(workspace: Workspace) -> tuple[NamedMapping, ...]:
    """Every mapping, by the name of its source."""
    with workspace.catalog.reading() as connection:
        return tuple(_named(record) for record in select_mappings(connection))


def remembered(workspace: Workspace, source: str | None) -> NamedMapping | None:
    """What is remembered of a source; None where nothing is, or no source is said."""
    if not source:
        return None
    with workspace.catalog.reading() as connection:
        record = select_mapping(connection, source)
    return None if record is None else _named(record)


def as_remembered(workspace: Workspace, options: ImportOptions) -> ImportOptions:
    """Options of a file with what is remembered of its source beside them."""
    found = remembered(workspace, options.source)
    return replace(options, remembered={} if found is None else {"name": found.name, **found.options})


def remember(connection: Connection, record: ImportRecord, *, updated_by: str) -> None:
    """Remember how a file was read that is being published, under its source, with what was remembered before.

    Nothing is kept of a file without source, nor of one of which a person said nothing.
    """
    if record.source and (said := said_options(record)):
        _keep(connection, record.source, said, updated_by=updated_by, import_id=record.id)


def save_mapping(workspace: Workspace, name: str, import_id: int, *, actor: Key | None = None) -> NamedMapping:
    """Remember how an import was read under a name of one's choice, published or not.

    Raises
    ------
    Forbidden
        The key may not publish.
    NotFound
        There is no such import.
    Conflict
        It was not read, or a person said nothing about how to read it.
    InvalidParameter
        The name is blank, too long or not printable.
    """
    require_role(actor, Role.PUBLISHER)
    name = " ".join(name.split())
    if not name or len(name) > MAX_NAME_CHARACTERS or not name.isprintable():
        raise InvalidParameter(f"'name' must be 1 to {MAX_NAME_CHARACTERS} printable characters; got {name[:40]!r}", parameter="name")
    record = import_record(workspace, import_id)
    said = said_options(record)
    if not said:
        raise Conflict(f"nothing was said about how to read import {import_id}, so there is nothing to remember")
    with workspace.catalog.transaction() as connection:
        _keep(connection, name, said, updated_by=actor_name(actor), import_id=import_id)
        kept = select_mapping(connection, name)
    if kept is None:
        raise NotFound(f"there is no mapping {name!r}")
    return _named(kept)


def remove_mapping(workspace: Workspace, name: str, *, actor: Key | None = None) -> None:
    """Forget what is remembered of a source; imports that were read with it stay as they are.

    Raises
    ------
    Forbidden
        The key may not publish.
    NotFound
        Nothing is remembered under the name.
    """
    require_role(actor, Role.PUBLISHER)
    with workspace.catalog.transaction() as connection:
        if not delete_mapping(connection, name):
            raise NotFound(f"there is no mapping {name!r}")
        insert_audit(connection, actor_name(actor), "mapping.remove", name)


def said_options(record: ImportRecord) -> dict[str, Any]:
    """What a person said or confirmed about how a file is read, as it is remembered; empty where that is nothing."""
    report = record.report or {}
    options = ImportOptions.from_dict(record.options, source=record.source)
    columns = report.get("columns", ())
    before = {folded(heading) for heading in options.remembered.get("mapping", {})}
    told = {folded(heading) for heading in options.mapping} | before
    mapping = {heading.strip(): name for heading, name in options.mapping.items() if not name}
    mapping |= {
        column["header"].strip(): column["name"]
        for column in columns
        if column["how"] in _SAID
        and (folded(column["header"]) in told or column["how"] == ColumnHow.SUGGESTED)
        and (HEADINGS.get(folded(column["header"])) != column["name"] or folded(column["header"]) in before)
    }
    units = dict(report.get("units", {}))
    encoding = report.get("detected", {}).get("encoding", "utf-8")
    members = {
        "mapping": mapping,
        "values": {name: dict(words) for name, words in options.values.items()},
        "units": units,
        "unit_headings": {column["name"]: column["header"].strip() for column in columns if column["name"] in units},
        "encoding": None if encoding.startswith("utf") else encoding,
        "sheet": options.sheet,
        "header_line": options.header_line,
    }
    return {name: value for name, value in members.items() if value}


def _keep(connection: Connection, name: str, said: Mapping[str, Any], *, updated_by: str, import_id: int) -> None:
    before = select_mapping(connection, name)
    together = _together({} if before is None else before.options, said)
    if before is None or before.options != together:
        replace_mapping(connection, name, together, updated_by=updated_by)
        insert_audit(connection, updated_by, "mapping.remember", name, {"import_id": import_id})


def _together(before: Mapping[str, Any], said: Mapping[str, Any]) -> dict[str, Any]:
    """What was remembered with what is said now before it: heading by heading, word by word, unit by unit."""
    together = {**before, **said}
    for name in ("mapping", "units", "unit_headings"):
        if name in together:
            together[name] = _latest({**before.get(name, {}), **said.get(name, {})})
    for column in {**before.get("values", {}), **said.get("values", {})}:
        words = {**before.get("values", {}).get(column, {}), **said.get("values", {}).get(column, {})}
        together["values"] = {**together.get("values", {}), column: _latest(words)}
    return together


def _latest(texts: Mapping[str, str]) -> dict[str, str]:
    """The members said last, as many as are remembered, but for those too long."""
    short = [(text, said) for text, said in texts.items() if len(text) <= MAX_HEADING_CHARACTERS]
    return dict(short[-MAX_HEADINGS:])


def _named(record: MappingRecord) -> NamedMapping:
    return NamedMapping(record.name, record.options, record.updated_at, record.updated_by)
