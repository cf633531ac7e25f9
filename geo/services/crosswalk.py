"""What is known about a source's ids by people's decisions: those of the file at hand, and those remembered from files before it."""

from __future__ import annotations

from geo.model import ImportRecord
from geo.services.options import ImportOptions
from geo.services.workspace import Workspace
from geo.store import Connection, Crosswalk, replace_decisions, select_crosswalk


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


def remember_decisions(connection: Connection, record: ImportRecord, *, decided_by: str) -> None:
    """Remember what was decided about the rows of an import under its source; call it in the transaction that publishes the import."""
    options = ImportOptions.from_dict(record.options, source=record.source)
    source = source_of(options)
    if source is not None and (options.accepted or options.refused):
        replace_decisions(
            connection, source, accepted=options.accepted, refused=options.refused, import_id=record.id, decided_by=decided_by
        )
