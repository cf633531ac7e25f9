"""What the page of an import shows of its report: each part as lines that the template only has to write down.

Members that a report lacks, because an older version made it, are passed over.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from geo.model import OUTCOMES, ImportRecord, ImportState, Severity
from geo.services import imports as service
from geo.services.problem_words import title_of_code
from geo.web.pages.figures import number
from geo.web.pages.import_words import CHOICES, CHOSEN_ENCODINGS, SPEED_COLUMNS, WORD_COLUMNS
from geo.web.pages.translation import gettext, ngettext
from geo.web.pages.wording import WORDS, word

MAX_LISTED = 100
"""Problems and schools that a report lists on its page; files hold them all."""
CELL_CHARACTERS = 60
MAX_SAMPLES = 3
MAX_LINES_OF_CHECK = 8
SPARE_CONSTANTS = 2

Report = Mapping[str, Any]


def cell(value: Any) -> str:
    """A cell of the sample as text, cut."""
    text = "" if value is None else str(value)
    return text if len(text) <= CELL_CHARACTERS else f"{text[:CELL_CHARACTERS]}…"


def outcomes(report: Report) -> list[tuple[str, int]]:
    """Outcomes that some row has, in the order of the report."""
    return [(outcome.value, report["rows"][outcome]) for outcome in OUTCOMES if report["rows"].get(outcome)]


def problem_lines(report: Report) -> list[dict[str, Any]]:
    """The first problems with their sentences."""
    return [dict(problem) | service.describe_problem(problem, gettext) for problem in report.get("problems", ())[:MAX_LISTED]]


def rows_without_school(report: Report) -> list[Mapping[str, Any]]:
    """The first rows that found no school: line and id."""
    return [problem for problem in report.get("problems", ()) if problem["code"] == "unmatched_row"][:MAX_LISTED]


@dataclass(frozen=True)
class ColumnLine:
    """One column of the file: what it was taken for, how sure that is, and what else it may be.

    Parameters
    ----------
    percent
        How like the heading is to a spelling of ours, 0 to 100; None where it is one.
    suggestions
        Our names that the heading may mean with their percent, likeliest first.
    is_asked
        Whether a person has to confirm it.
    code_points
        The heading spelled out where it only looks like one of ours.
    """

    header: str
    name: str
    how: str
    percent: int | None
    suggestions: tuple[tuple[str, int | None], ...]
    samples: tuple[str, ...]
    is_asked: bool
    code_points: str


def column_lines(report: Report) -> list[ColumnLine]:
    """Columns of the file in its order; constants are left out."""
    asked = {question["subject"]: question for question in report.get("questions", ()) if question["kind"] == "column"}
    sample = report.get("sample", ())
    return [
        _column_line(use, asked.get(use["header"]), [row[use["header"]] for row in sample if row.get(use["header"])])
        for use in report["columns"]
        if use["how"] != "constant"
    ]


def _column_line(use: Mapping[str, Any], question: Mapping[str, Any] | None, samples: Sequence[Any]) -> ColumnLine:
    suggestions = list(_scored(use.get("suggestions") or ()))
    score = use.get("score")
    if question is not None:
        score = question["score"] if score is None else score
        known = {name for name, _ in suggestions}
        suggestions += [(name, None) for name in (question["guess"], *question["alternatives"]) if name not in known]
    name = use["name"] or (question["guess"] if question else "")
    shown = tuple(cell(value) for value in samples[:MAX_SAMPLES])
    code_points = (question or {}).get("code_points", "")
    return ColumnLine(use["header"], name or "", use["how"], _percent(score), tuple(suggestions), shown, question is not None, code_points)


def _scored(suggestions: Sequence[Any]) -> Iterator[tuple[str, int | None]]:
    """Suggestions as name and percent, however a report keeps them."""
    for suggestion in suggestions:
        if isinstance(suggestion, str):
            yield suggestion, None
        elif isinstance(suggestion, Mapping):
            yield suggestion["name"], _percent(suggestion.get("score"))
        else:
            yield suggestion[0], _percent(suggestion[1])


def _percent(score: float | None) -> int | None:
    """A score of 0 to 1 as whole percent, rounded down, so that 100 is said of the same alone."""
    return None if score is None else int(100 * score + 1e-9)


@dataclass(frozen=True)
class UnitLine:
    """A column of speeds, the unit it is read in, and whether that is a guess that a person has to confirm."""

    name: str
    unit: str
    is_asked: bool


def unit_lines(report: Report) -> list[UnitLine]:
    """Columns of speeds that the file has."""
    used = {use["name"] for use in report["columns"] if use["name"]}
    asked = {question["subject"]: question["guess"] for question in report.get("questions", ()) if question["kind"] == "unit"}
    chosen = {**report.get("units", {}), **asked}
    return [UnitLine(name, chosen.get(name, "Mbps"), name in asked) for name in SPEED_COLUMNS if name in used]


def constants(record: ImportRecord) -> list[tuple[str, str]]:
    """Values that every row gets, and spare lines for more."""
    kept = record.options.get("constants", {})
    return [*((name, str(value)) for name, value in kept.items()), *[("", "")] * SPARE_CONSTANTS]


@dataclass(frozen=True)
class WordLine:
    """A word of a closed list's column that is no spelling of ours.

    Parameters
    ----------
    choices
        Words that it may mean, with their percent for those that are like it.
    chosen
        The word that somebody said it means; "" where nobody has.
    """

    column: str
    cell: str
    count: int | None
    suggestions: tuple[tuple[str, int | None], ...]
    choices: tuple[str, ...]
    chosen: str


def word_lines(report: Report, record: ImportRecord) -> list[WordLine]:
    """Unknown words, most frequent first, and after them those that somebody has explained."""
    lines = [
        WordLine(
            found["column"],
            found["cell"],
            found["count"],
            tuple(_scored(found.get("suggestions", ()))),
            WORD_COLUMNS.get(found["column"], ()),
            "",
        )
        for found in report.get("value_suggestions", ())
    ]
    explained = [
        WordLine(column, text, None, (), WORD_COLUMNS.get(column, ()), word)
        for column, words in record.options.get("values", {}).items()
        for text, word in words.items()
    ]
    return [*sorted(lines, key=lambda line: -(line.count or 0)), *explained]


@dataclass(frozen=True)
class EncodingChoice:
    """One encoding and what names of the file look like in it."""

    name: str
    is_chosen: bool
    texts: tuple[str, ...]


def encodings(report: Report, record: ImportRecord) -> list[EncodingChoice]:
    """Encodings to choose from: those that were weighed with texts read so, else all; none for a workbook."""
    chosen = record.options.get("encoding") or report["detected"].get("encoding")
    question = next((question for question in report.get("questions", ()) if question["kind"] == "encoding"), None)
    if question is not None:
        names = dict.fromkeys((question["guess"], *question["alternatives"]))
        return [EncodingChoice(name, name == question["guess"], tuple(question["shown"].get(name, ()))) for name in names]
    if not chosen:
        return []
    names = dict.fromkeys((chosen, *CHOSEN_ENCODINGS))
    return [EncodingChoice(name, name == chosen, ()) for name in names]


def sheets(report: Report) -> tuple[str, ...]:
    """Names of the sheets to choose from; none where there is no choice."""
    listed = tuple(report["detected"].get("sheet_names", "").split("\n"))
    return listed if len(listed) > 1 else ()


@dataclass(frozen=True)
class CheckFamily:
    """Checks of one family, the heaviest first."""

    name: str
    count: int
    severity: str
    lines: tuple[Mapping[str, Any], ...]


def check_families(report: Report) -> list[CheckFamily]:
    """Checks that found something, by family, each with the first lines it is about; errors, which are listed as problems, apart."""
    order = [severity.value for severity in Severity]
    wanted = [dict(check) for check in report.get("checks", ()) if check["count"] and check["severity"] != Severity.ERROR]
    found = sorted(wanted, key=lambda check: str(check["family"]))
    families = []
    for name, group in groupby(found, key=lambda check: str(check["family"])):
        lines = sorted(group, key=lambda check: (order.index(check["severity"]), -check["count"]))
        for line in lines:
            line["lines"] = [problem["line"] for problem in report["problems"] if problem["code"] == line["code"] and problem["line"]]
            line["lines"] = (line.get("lines") or [])[:MAX_LINES_OF_CHECK]
        families.append(CheckFamily(name, sum(line["count"] for line in lines), lines[0]["severity"], tuple(lines)))
    return sorted(families, key=lambda family: (order.index(family.severity), -family.count))


def check_title(code: str) -> str:
    """What a check looks for: the title of its problem, else what its flag says."""
    return title_of_code(code, gettext) or word("flag", code)


KIND_OF_COLUMN: Mapping[str, str] = {
    "school_area_type": "area_type",
    "electricity_availability": "connectivity",
    "download_speed_basis": "basis",
    "cellular_coverage_type": "signal",
}
"""Our columns whose words are kept under another name."""


def value_word(column: str, value: str) -> str:
    """A word of a closed list's column in the present language."""
    kind = KIND_OF_COLUMN.get(column, column)
    return word(kind, value) if kind in WORDS else value


def promise(report: Report) -> str:
    """What publishing will do, in one sentence ("412 schools change in 6 regions")."""
    impact = report["impact"]
    schools, listed = impact["schools_total"], impact["regions"]
    regions = impact.get("regions_total", len(listed)) - sum(not region["admin1"] for region in listed)
    changed = ngettext("%(count)s school changes", "%(count)s schools change", schools, count=number(schools))
    if not regions or not schools:
        return changed
    where = ngettext("in %(count)s region", "in %(count)s regions", regions, count=number(regions))
    return f"{changed} {where}"


def finding(record: ImportRecord, report: Report) -> str:
    """The one sentence a report begins with: what publishing would do, or what has to happen first."""
    if record.state is ImportState.NEEDS_CONFIRMATION:
        count = len(report.get("questions", ()))
        return ngettext(
            "%(count)s guess needs your answer before this file can be published.",
            "%(count)s guesses need your answer before this file can be published.",
            count,
            count=number(count),
        )
    if report.get("unchanged"):
        return gettext("The file says nothing new: publishing it would change nothing, so it is put away.")
    if record.state is not ImportState.STAGED:
        return ""
    if not report["impact"]["schools_total"]:
        return gettext("No school would change.")
    return gettext("Publishing would do this: %(promise)s.", promise=promise(report))


def column_choices() -> Mapping[str, tuple[str, ...]]:
    """Our columns in groups, for lists to choose from."""
    return CHOICES
