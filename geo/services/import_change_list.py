"""Every change that an import would make, or made, as one long table."""

from __future__ import annotations

import pyarrow as pa

from geo.changes import compare
from geo.errors import NotFound
from geo.join import match
from geo.merge import merge
from geo.model import ImportState
from geo.services.change_list import change_list
from geo.services.crosswalk import decisions_about
from geo.services.impact import empty_facts, side_of
from geo.services.import_records import import_record
from geo.services.preview import asked_by_staged
from geo.services.publishing import current_release
from geo.services.releases import changes_table
from geo.services.workspace import Workspace


def import_changes(workspace: Workspace, import_id: int) -> pa.Table:
    """Schools that publishing an import now would add, drop or change; of a published one those that it did.

    Returns
    -------
    Table of `CHANGE_LIST_SCHEMA`.

    Raises
    ------
    NotFound
        There is no such import, it was not read, or its rows are not kept any more.
    Withdrawn
        It was published, and its release is out of public reach.
    """
    record = import_record(workspace, import_id)
    if record.state is ImportState.PUBLISHED and record.release_id is not None:
        return changes_table(workspace, record.release_id)
    if record.report is None:
        raise NotFound(f"import {import_id} is {record.state}: what it would change is not known")
    current, asked, rows = current_release(workspace), asked_by_staged(record), workspace.staged_files.read(import_id)
    facts = empty_facts() if current is None else side_of(workspace.opened(current)).facts
    matches = match(rows, facts, known=decisions_about(workspace, asked.options).accepted)
    return change_list(compare(facts, merge(facts, rows, matches, asked.rules).facts))
