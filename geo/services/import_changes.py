"""Options of an import changed after it was read: each change is a small document, and what it does not name stays."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from geo.intake.option_checks import check_options
from geo.intake.options import QuestionKind
from geo.model import EmptyCells, ImportMode, ImportRecord, Key, Role, SpeedUnit
from geo.services.import_jobs import reread_import
from geo.services.import_records import import_record
from geo.services.keys import require_role
from geo.services.matches import decided
from geo.services.options import ImportOptions
from geo.services.workspace import Workspace

PLAIN_MEMBERS: Mapping[str, str] = {"encoding": "encoding", "sheet": "sheet", "header_line": "header_line", "source": "source"}
"""Member of a change → option that it sets; None asks for it to be recognised again."""
MERGED_MEMBERS: Mapping[str, str] = {"map": "mapping", "set": "constants", "units": "units"}
"""Member of a change → option into which its members are merged; None takes one out."""
READING_MEMBERS = frozenset({"encoding", "sheet", "header_line", "map", "set"})
"""Members that change how the file is understood, so that an earlier confirmation says nothing about it any more."""


def change_import(workspace: Workspace, import_id: int, changes: Mapping[str, Any], *, actor: Key | None = None) -> ImportRecord:
    """Read an import again with other options; refused changes leave it as it was.

    Parameters
    ----------
    changes
        As `changed_options` takes them, and `accept` and `refuse`, lists of `{row_id, school_id}`, and `accept_above`, a score: decisions
        about matches, as `geo.services.matches.decided` takes them. A null `school_id` takes an acceptance back.

    Returns
    -------
    The import as it stands after about a second: read again, or still being read.

    Raises
    ------
    Forbidden
        The key may not upload.
    NotFound
        There is no such import, or its file is not kept any more.
    InvalidParameter
        An option names what is none of ours, or a decision a row or school that is not there.
    Conflict
        The import is being worked on, published or given up.
    FileRefused
        The file cannot be staged as it is now to be read; the import is `failed` and may be changed again.
    """
    require_role(actor, Role.CONTRIBUTOR)
    record = import_record(workspace, import_id)
    present = ImportOptions.from_dict(record.options, source=record.source)
    options = changed_options(present, changes, questions=(record.report or {}).get("questions", ()))
    if {"accept", "refuse", "accept_above"} & set(changes):
        accept = {pair["row_id"]: pair["school_id"] for pair in changes.get("accept", ())}
        refuse = [(pair["row_id"], pair["school_id"]) for pair in changes.get("refuse", ())]
        options = decided(workspace, record, options, accept=accept, refuse=refuse, accept_above=changes.get("accept_above"))
    check_options(options.read_options(max_rows=workspace.settings.max_rows, today=datetime.now(UTC).date(), country=None))
    return reread_import(workspace, import_id, options, actor=actor)


def changed_options(options: ImportOptions, changes: Mapping[str, Any], *, questions: Iterable[Mapping[str, Any]] = ()) -> ImportOptions:
    """Options after a change.

    Parameters
    ----------
    changes
        Any of `encoding`, `sheet`, `header_line`, `source`, `mode`, `empty`, `map`, `set`, `units`, `values` and `confirm`. The last five
        but `confirm` are merged as RFC 7396 has it: what they name is set, null takes it out, the rest stays.
    questions
        The questions of the last report: `confirm` true answers these and no others, each by the option that states the guess.
    """
    options = _answered(options, questions) if changes.get("confirm") else options
    if not changes.get("confirm") and READING_MEMBERS & set(changes):
        options = replace(options, confirmed=False)
    chosen: dict[str, Any] = {option: changes[name] for name, option in PLAIN_MEMBERS.items() if name in changes}
    for name, option in MERGED_MEMBERS.items():
        if name in changes:
            chosen[option] = _merged(getattr(options, option), changes[name])
    if "units" in chosen:
        chosen["units"] = {name: SpeedUnit(unit) for name, unit in chosen["units"].items()}
    if "values" in changes:
        chosen["values"] = _merged_words(options.values, changes["values"])
    if "mode" in changes:
        chosen["mode"] = ImportMode(changes["mode"])
    if "empty" in changes:
        chosen["empty"] = EmptyCells(changes["empty"])
    return replace(options, **chosen)


def _answered(options: ImportOptions, questions: Iterable[Mapping[str, Any]]) -> ImportOptions:
    """The options with every guess stated: a confirmation holds for what was shown, not for what is guessed later."""
    for question in questions:
        match question["kind"]:
            case QuestionKind.ENCODING:
                options = replace(options, encoding=question["guess"])
            case QuestionKind.COLUMN:
                options = replace(options, mapping={**options.mapping, question["subject"]: question["guess"]})
            case QuestionKind.UNIT:
                options = replace(options, units={**options.units, question["subject"]: SpeedUnit(question["guess"])})
            case _:
                options = replace(options, confirmed=True)
    return options


def _merged(present: Mapping[str, Any], patch: Mapping[str, Any]) -> dict[str, Any]:
    together = {**present, **patch}
    return {name: value for name, value in together.items() if value is not None}


def _merged_words(present: Mapping[str, Mapping[str, str]], patch: Mapping[str, Mapping[str, str | None] | None]) -> dict[str, Any]:
    merged = {**present, **{name: None if words is None else _merged(present.get(name, {}), words) for name, words in patch.items()}}
    return {name: words for name, words in merged.items() if words}
