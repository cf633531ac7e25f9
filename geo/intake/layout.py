"""Where the table lies in a file: what kind of file it is, how it is separated, which record is the header and which is the first row."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from geo.intake import geopackage
from geo.intake.columns import known_name
from geo.intake.csv_fields import as_headings
from geo.intake.csv_records import find_records
from geo.intake.decode import Decoded, decode
from geo.intake.dialect import DELIMITERS, Dialect, find_dialect
from geo.intake.encodings import EncodingGuess, samples
from geo.intake.features import FeatureRows, feature_rows
from geo.intake.geojson import is_json, read_geojson
from geo.intake.old_workbook import sound_workbook
from geo.intake.options import Question, QuestionKind, ReadOptions
from geo.intake.packages import WorkbookFormat, workbook_format
from geo.intake.persons import personal_kind
from geo.intake.problem_log import ProblemLog
from geo.intake.problems import refusal, row_problem
from geo.intake.rows import Source, find_header, header_on, units_row
from geo.intake.workbook import read_sheet

_SAMPLE_ROWS = 3
_LOOKED_AT, _SHOWN_LENGTH = 2_000, 80
"""Rows among which names are looked for that show an encoding, and characters of a name that are shown."""

_BLANK_RECORD = " \t,;|"


@dataclass(frozen=True)
class Layout:
    """Where the table lies in the file: its records, the header, and the first record under it.

    Parameters
    ----------
    detected
        What the file is: `format`, and `encoding` and `delimiter` or `sheet`, `sheets` and `sheet_names`, one a line.
    is_point_usual
        Numbers of this kind of file have decimal points unless all have commas: comma-separated text and workbooks.
    questions
        What was guessed about the file.
    mapping
        Heading → our name of columns that the kind of file itself tells; what a person says stands before it.
    """

    records: Source
    header: int
    first: int
    headings: list[str]
    detected: Mapping[str, str]
    is_point_usual: bool
    questions: tuple[Question, ...] = ()
    mapping: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_guarded(self) -> bool:
        """Whether our exports of this kind guard texts that a spreadsheet would run: files of maps have them as they are."""
        return self.detected["format"] not in ("geojson", "gpkg")

    @property
    def header_line(self) -> int:
        """Physical line of the header, or its row in the sheet."""
        return int(self.records.line[self.header])


def find_table(data: bytes, options: ReadOptions, log: ProblemLog) -> Layout:
    """Recognise the file by its content and find the table in it; what is not a plain CSV file is said in notices.

    Raises
    ------
    FileRefused
        No table can be found: `empty_file`, `not_a_table`, `encoding_error`, `unknown_sheet`, `malformed_csv`.
    """
    if data.startswith(geopackage.MAGIC):
        return _find_in_package(data, options, log)
    kind = workbook_format(data)
    return _find_in_text(data, options, log) if kind is None else _find_in_workbook(data, kind, options, log)


def _find_in_workbook(data: bytes, kind: WorkbookFormat, options: ReadOptions, log: ProblemLog) -> Layout:
    sheet = read_sheet(sound_workbook(data) if kind is WorkbookFormat.XLS else data, name=options.sheet)
    position, count = str(sheet.position), str(len(sheet.names))
    detected = {"format": kind.value, "sheet": sheet.name, "sheets": count, "sheet_names": "\n".join(sheet.names)}
    log.add(row_problem("format_detected", variant="sheet", format=kind.upper(), sheet=sheet.name, position=position, count=count))
    header = _header(sheet.records, options, 0)
    return _layout(sheet.records.without_blank_tail(header), header, (), detected, log)


def _find_in_text(data: bytes, options: ReadOptions, log: ProblemLog) -> Layout:
    """Values with line breaks are looked at once more when the header has told how many fields a record has."""
    decoded = decode(data, encoding=options.encoding)
    guess = None if options.confirmed else decoded.guess
    if is_json(decoded.data):
        return _with_question(_find_in_features(decoded, options, log), guess, options)
    dialect = find_dialect(decoded.data, options.mapping, header_line=options.header_line)
    start = int(dialect.has_separator_line)
    records = find_records(decoded.data, delimiter=dialect.delimiter)
    header = _header(records, options, start)
    if records.is_spread.any() or records.fault.any():
        records = find_records(decoded.data, delimiter=dialect.delimiter, field_count=int(records.field_count[header]))
        header = _header(records, options, start)
    _note_text_format(decoded.encoding, dialect, log, is_guessed=guess is not None)
    detected = {"format": "csv", "encoding": decoded.encoding, "delimiter": dialect.shown}
    layout = _layout(records, header, range(start), detected, log)
    return _with_question(layout, guess, options)


def _find_in_features(decoded: Decoded, options: ReadOptions, log: ProblemLog) -> Layout:
    found = feature_rows(read_geojson(decoded.data, max_rows=options.max_rows, log=log), options, log)
    log.add(row_problem("format_detected", variant="features", format="GeoJSON", count=str(len(found.records) - 1)))
    return _features_layout(found, {"format": "geojson", "encoding": decoded.encoding})


def _find_in_package(data: bytes, options: ReadOptions, log: ProblemLog) -> Layout:
    layer = geopackage.read_geopackage(data, options=options, log=log)
    position, count = str(layer.position), str(len(layer.names))
    log.add(row_problem("format_detected", variant="layer", format="GeoPackage", sheet=layer.name, position=position, count=count))
    found = feature_rows(layer.features, options, log)
    return _features_layout(found, {"format": "gpkg", "sheet": layer.name, "sheets": count, "sheet_names": "\n".join(layer.names)})


def _features_layout(found: FeatureRows, detected: Mapping[str, str]) -> Layout:
    headings = as_headings(found.records.fields(0))
    return Layout(found.records, 0, 1, headings, detected, is_point_usual=True, questions=found.questions, mapping=found.mapping)


def _with_question(layout: Layout, guess: EncodingGuess | None, options: ReadOptions) -> Layout:
    if guess is None:
        return layout
    return replace(layout, questions=(_encoding_question(guess, layout, options.mapping), *layout.questions))


def _header(records: Source, options: ReadOptions, start: int) -> int:
    if options.header_line is not None:
        return header_on(records, options.header_line)
    return find_header(records, options.mapping, start=start)


def _encoding_question(guess: EncodingGuess, layout: Layout, mapping: Mapping[str, str]) -> Question:
    """The encoding to be confirmed, with names of schools as each encoding gives them; the headings where no row has any."""
    records, width = layout.records, len(layout.headings)
    is_name = [known_name(heading, mapping) == "school_name" for heading in layout.headings]
    names: list[str] = []
    others: list[str] = []
    for position in range(layout.first, min(len(records), layout.first + _LOOKED_AT)):
        if records.fault[position] or records.field_count[position] != width or records.text(position).isascii():
            continue
        for cell, holds_name in zip(records.fields(position), is_name, strict=True):
            (names if holds_name else others).append(cell[:_SHOWN_LENGTH])
    texts = next((found for found in (names, others, layout.headings) if any(not text.isascii() for text in found)), [])
    return Question(QuestionKind.ENCODING, "", guess.name, guess.score, guess.alternatives, samples(texts, guess))


def _note_text_format(encoding: str, dialect: Dialect, log: ProblemLog, *, is_guessed: bool) -> None:
    if not encoding.startswith("utf-8"):
        log.add(row_problem("format_detected", variant="encoding_guessed" if is_guessed else "encoding", encoding=encoding))
    if dialect.delimiter != DELIMITERS[0]:
        log.add(row_problem("format_detected", variant=dialect.name))


def _layout(records: Source, header: int, known: range | tuple[()], detected: Mapping[str, str], log: ProblemLog) -> Layout:
    """Lines above the header and a row of units under it are passed over and named, but for those that are known.

    Raises
    ------
    FileRefused
        A line that is passed over holds personal data: who made the list, with a telephone.
    """
    units = units_row(records, header)
    skipped = [p for p in range(header) if p not in known and records.text(p).strip(_BLANK_RECORD)] + ([] if units is None else [units])
    for position in skipped:
        if kind := personal_kind(records.text(position)):
            raise refusal("personal_data_suspected", line=int(records.line[position]), column="1", kind=kind, wipe=True)
    if skipped:
        lines = ", ".join(str(records.line[p]) for p in skipped)
        log.add(row_problem("leading_rows_skipped", header_line=str(records.line[header]), lines=lines))
    is_point_usual = detected.get("delimiter", DELIMITERS[0]) == DELIMITERS[0]
    first = header + 1 if units is None else units + 1
    detected = {**detected, "header_line": str(records.line[header])}
    return Layout(records, header, first, as_headings(records.fields(header)), detected, is_point_usual)


def sample(layout: Layout) -> tuple[Mapping[str, str], ...]:
    """The first three rows as sent: heading → cell."""
    records, width = layout.records, len(layout.headings)
    near = range(layout.first, min(len(records), layout.first + 20))
    picked = [p for p in near if not records.fault[p] and records.field_count[p] == width and records.text(p).strip(_BLANK_RECORD)]
    return tuple(dict(zip(layout.headings, records.fields(p), strict=True)) for p in picked[:_SAMPLE_ROWS])
