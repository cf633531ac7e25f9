"""`import`: stage a file, show what it would change, and publish it where asked to."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any

import click

from geo.cli.impact import impact_text
from geo.cli.shell import command, working, workspace
from geo.cli.tables import aligned, as_json, cell_text
from geo.column_table import COLUMNS
from geo.errors import HasRowErrors, InvalidParameter
from geo.model import ImportRecord
from geo.services.imports import ImportOptions, describe_problem, publish_import, stage_import

SHOWN_OF_A_CODE = 3
_NAMES = frozenset(column.name for column in COLUMNS)


def pairs(option: str, texts: tuple[str, ...], *, name_first: bool) -> dict[str, str]:
    """Pairs from `a=b` texts; our name stands before the sign or after it.

    A heading of a file may hold an equals sign itself, so the text is split next to our name, which never does.

    Raises
    ------
    InvalidParameter
        There is no equals sign, no such column of ours, or the same left side twice.
    """
    found: dict[str, str] = {}
    for text in texts:
        left, sign, right = text.partition("=") if name_first else text.rpartition("=")
        left, right = left.strip(), right.strip()
        name = left if name_first else right
        if not sign or not left:
            raise InvalidParameter(f"{option} takes {'NAME=VALUE' if name_first else 'COLUMN=NAME'}; got '{text}'")
        if name not in _NAMES and (name or name_first):
            raise InvalidParameter(f"{option}: '{name}' is no column of ours; docs/csv-format.md lists them")
        if left in found:
            raise InvalidParameter(f"{option} gives '{left}' twice")
        found[left] = right
    return found


@command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--source", help="Who reported the facts, where the rows do not say.")
@click.option("--collected-on", type=click.DateTime(["%Y-%m-%d"]), help="When the facts were collected, where the rows do not say.")
@click.option("--map", "mapping", multiple=True, metavar="COLUMN=NAME", help="A column of the file and our name for it; may be repeated.")
@click.option("--set", "constants", multiple=True, metavar="NAME=VALUE", help="A value for every row; may be repeated.")
@click.option("--publish", "publishes", is_flag=True, help="Publish the import as a new release.")
@click.option("--accept-partial", is_flag=True, help="Publish although rows were rejected, without those rows.")
@click.option("--reason", default="", help="Why; kept in the release and the audit log.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
def import_file(file: Path, *, publishes: bool, accept_partial: bool, reason: str, form: str, **given: Any) -> None:
    """Read FILE, show what is wrong with it and what it would change; publish it where asked to.

    Without --publish nothing public changes: the import stays staged.
    """
    if not publishes and (accept_partial or reason):
        raise click.UsageError("--accept-partial and --reason go with --publish")
    ws = workspace()
    with working("reading and matching"):
        record = stage_import(ws, file.read_bytes(), file_name=file.name, options=_options(**given))
    click.echo(as_json(_members(record)) if form == "json" else import_text(record))
    if not publishes:
        return
    with working("publishing"):
        release = _told_how(lambda: publish_import(ws, record.id, accept_partial=accept_partial, reason=reason))
    click.echo(f"Release {release.id} is published: {release.school_count:,} schools.", err=form == "json")


def _told_how(publish: Callable[[], Any]) -> Any:
    """Name the option of this command where rows were rejected."""
    try:
        return publish()
    except HasRowErrors as error:
        raise HasRowErrors(f"{error} (--accept-partial)") from error


def _options(*, source: str | None, collected_on: datetime | None, mapping: tuple[str, ...], constants: tuple[str, ...]) -> ImportOptions:
    values = pairs("--set", constants, name_first=True)
    if collected_on is not None:
        day: date = collected_on.date()
        values["collected_on"] = day.isoformat()
    return ImportOptions(mapping=pairs("--map", mapping, name_first=False), constants=values, source=source)


def _members(record: ImportRecord) -> dict[str, Any]:
    return {
        "id": record.id,
        "state": record.state.value,
        "file_name": record.file_name,
        "sha256": record.file_sha256,
        "report": record.report,
    }


def import_text(record: ImportRecord) -> str:
    """An import and its report for a person: columns, rows by outcome, first problems, both leftovers, impact."""
    report = record.report or {}
    parts = [f"Import {record.id} of {cell_text(record.file_name)} is {record.state}."]
    if report:
        parts += [_columns(report), _rows(report), _problems(report), _leftovers(report), impact_text(report["impact"])]
    return "\n\n".join(part for part in parts if part)


def _columns(report: Mapping[str, Any]) -> str:
    rows = [(column["header"], column["name"], column["how"]) for column in report["columns"] if column["name"]]
    unread = [cell_text(column["header"]) for column in report["columns"] if not column["name"]]
    table = aligned(("column", "read as", "how"), rows)
    return f"{table}\nNot read: {', '.join(unread)}" if unread else table


def _rows(report: Mapping[str, Any]) -> str:
    counts = report["rows"]
    rows = [(name, count) for name, count in counts.items() if count and name != "rows_in"]
    return aligned(("rows", "count"), [*rows, ("all", counts["rows_in"])])


def _problems(report: Mapping[str, Any]) -> str:
    """The first problems of each code, so that a hundred of one kind do not hide the one of another."""
    lines = []
    for code, count in report["problems_by_code"].items():
        listed = [problem for problem in report["problems"] if problem["code"] == code][:SHOWN_OF_A_CODE]
        lines += [_problem(problem) for problem in listed]
        if count > len(listed):
            lines.append(f"… {code}: {count - len(listed):,} more")
    return "\n".join(lines)


def _problem(problem: Mapping[str, Any]) -> str:
    told = describe_problem(problem)
    place = f"line {problem['line']}" if problem["line"] else "file"
    return cell_text(f"{problem['severity']} {problem['code']} ({place}): {told['sentence']} {told['fix']}".rstrip())


def _leftovers(report: Mapping[str, Any]) -> str:
    counts = report["rows"]
    matched = ", ".join(f"{count:,} by {tier}" for tier, count in report["tiers"].items() if count) or "none"
    return (
        f"Rows that found a school: {matched}. Rows that found none: {counts['unmatched']:,}; ambiguous: {counts['ambiguous']:,}.\n"
        f"Schools that no row speaks about: {report['schools_without_row']['total']:,}."
    )
