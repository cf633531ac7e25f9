"""`import`: stage a file, show what it would change, and publish it where asked to."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from geo.cli.impact import impact_text
from geo.cli.import_options import options_from, reading_options
from geo.cli.shell import command, working, workspace
from geo.cli.tables import aligned, as_json, cell_text
from geo.errors import GateNotConfirmed, HasRowErrors
from geo.model import ImportRecord
from geo.progress import watched
from geo.services.attending import WORKING
from geo.services.imports import change_import, describe_problem, import_record, publish_import, stage_import
from geo.services.workspace import Workspace

SHOWN_OF_A_CODE = 3
LOOK_S = 0.05
"""How often an import is looked at that a thread or another process works on."""


@command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@reading_options
@click.option("--accept-above", type=click.FloatRange(0, 1), help="Accept every suggested match from this score up, 0 to 1.")
@click.option("--confirm-guesses", is_flag=True, help="Take every guess about the file as right; not together with --publish.")
@click.option("--publish", "publishes", is_flag=True, help="Publish the import as a new release.")
@click.option("--accept-partial", is_flag=True, help="Publish although rows were rejected, without those rows.")
@click.option(
    "--confirm", metavar="TOKEN", help="With --publish: confirm the gates with the numbers that the report showed with this token."
)
@click.option("--reason", default="", help="Why; kept in the release and the audit log.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
def import_file(file: Path, *, publishes: bool, form: str, confirm_guesses: bool, accept_above: float | None, **given: Any) -> None:
    """Read FILE, show what is wrong with it and what it would change; publish it where asked to.

    Without --publish nothing public changes: the import stays staged, and `imports` shows, changes and publishes it later.
    """
    wish = {name: given.pop(name) for name in ("accept_partial", "reason", "confirm")}
    if not publishes and any(wish.values()):
        raise click.UsageError("--accept-partial, --reason and --confirm go with --publish")
    if publishes and confirm_guesses:
        raise click.UsageError("--confirm-guesses does not go with --publish: look at what was guessed first, then `imports publish`")
    ws = workspace()
    with working("reading") as progress, watched(lambda step: progress(step.value)):
        record = stage_import(ws, file.read_bytes(), file_name=file.name, options=options_from(given))
        if decided := _decisions(confirm_guesses, accept_above):
            record = read_to_the_end(ws, change_import(ws, record.id, decided))
    click.echo(as_json(import_members(record)) if form == "json" else import_text(record))
    if publishes:
        publish_staged(record.id, wish, is_quiet=form == "json")


def read_to_the_end(ws: Workspace, record: ImportRecord) -> ImportRecord:
    """An import once nobody works on it any more."""
    while record.state in WORKING:
        time.sleep(LOOK_S)
        record = import_record(ws, record.id)
    return record


def _decisions(confirm_guesses: bool, accept_above: float | None) -> dict[str, Any]:
    members: dict[str, Any] = {"confirm": True} if confirm_guesses else {}
    return members if accept_above is None else members | {"accept_above": accept_above}


def publish_staged(import_id: int, wish: Mapping[str, Any], *, is_quiet: bool = False) -> None:
    """Publish an import and say so; on standard error where the output is for programs."""
    with working("publishing") as progress, watched(lambda step: progress(step.value)):
        release = _told_how(lambda: publish_import(workspace(), import_id, **wish))
    click.echo(f"Release {release.id} is published: {release.school_count:,} schools.", err=is_quiet)


def _told_how(publish: Callable[[], Any]) -> Any:
    """Name the option of this command where rows were rejected, and show the numbers of gates."""
    try:
        return publish()
    except HasRowErrors as error:
        raise HasRowErrors(f"{error} (--accept-partial)") from error
    except GateNotConfirmed as error:
        click.echo(gates_text(error.gates), err=True)
        raise


def import_members(record: ImportRecord) -> dict[str, Any]:
    """An import for programs."""
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
        parts += [_questions(report), _columns(report), _rows(report), _problems(report), _leftovers(report), impact_text(report["impact"])]
        parts += [gates_text(report.get("gates", ())), _confirmation(report)]
    return "\n\n".join(part for part in parts if part)


def _questions(report: Mapping[str, Any]) -> str:
    """What was guessed, with what it was guessed from."""
    asked = [(question["kind"], question["subject"], question["guess"], question["score"]) for question in report.get("questions", ())]
    return aligned(("guessed", "of", "taken for", "score"), asked) if asked else ""


def gates_text(gates: Sequence[Mapping[str, Any]]) -> str:
    """Gates with their numbers; those by region in a table each."""
    return "\n\n".join(_gate(gate) for gate in gates)


def _gate(gate: Mapping[str, Any]) -> str:
    numbers = gate["numbers"]
    plain = ", ".join(f"{name.replace('_', ' ')} {value:,}" for name, value in numbers.items() if name != "regions")
    regions = numbers.get("regions", ())
    columns = [name for name in regions[0] if name != "admin1_name"] if regions else []
    table = aligned([name.replace("_", " ") for name in columns], [[row[name] for name in columns] for row in regions]) if regions else ""
    return f"Gate {gate['code']}: {plain}" + (f"\n{table}" if table else "")


def _confirmation(report: Mapping[str, Any]) -> str:
    token = report.get("confirm_token")
    return f"Publishing it takes --confirm {token}" if token else ""


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
