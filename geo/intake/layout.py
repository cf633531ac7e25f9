"""Where the table lies in a file: what kind of file it is, how it is separated, which record is the header and which is the first row."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from geo.intake.csv_records import find_records
from geo.intake.decode import decode
from geo.intake.dialect import DELIMITERS, Dialect, find_dialect
from geo.intake.options import ReadOptions
from geo.intake.packages import WorkbookFormat, workbook_format
from geo.intake.problem_log import ProblemLog
from geo.intake.problems import row_problem
from geo.intake.rows import Source, find_header, units_row
from geo.intake.workbook import read_sheet

_SAMPLE_ROWS = 3
_BLANK_RECORD = " \t,;|"


@dataclass(frozen=True)
class Layout:
    """Where the table lies in the file: its records, the header, and the first record under it.

    Parameters
    ----------
    detected
        What the file is: `format`, and `encoding` and `delimiter` or `sheet` and `sheets`.
    is_point_usual
        Numbers of this kind of file have decimal points unless all have commas: comma-separated text and workbooks.
    """

    records: Source
    header: int
    first: int
    headings: list[str]
    detected: Mapping[str, str]
    is_point_usual: bool

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
    kind = workbook_format(data)
    return _find_in_text(data, options.mapping, log) if kind is None else _find_in_workbook(data, kind, options, log)


def _find_in_workbook(data: bytes, kind: WorkbookFormat, options: ReadOptions, log: ProblemLog) -> Layout:
    sheet = read_sheet(data, name=options.sheet)
    detected = {"format": kind.value, "sheet": sheet.name, "sheets": str(sheet.count)}
    position, count = str(sheet.position), str(sheet.count)
    log.add(row_problem("format_detected", variant="sheet", format=kind.upper(), sheet=sheet.name, position=position, count=count))
    header = find_header(sheet.records, options.mapping)
    return _layout(sheet.records.without_blank_tail(header), header, (), detected, log)


def _find_in_text(data: bytes, mapping: Mapping[str, str], log: ProblemLog) -> Layout:
    """Values with line breaks are looked at once more when the header has told how many fields a record has."""
    decoded = decode(data)
    dialect = find_dialect(decoded.data, mapping)
    start = int(dialect.has_separator_line)
    records = find_records(decoded.data, delimiter=dialect.delimiter)
    header = find_header(records, mapping, start=start)
    if records.is_spread.any() or records.fault.any():
        records = find_records(decoded.data, delimiter=dialect.delimiter, field_count=int(records.field_count[header]))
        header = find_header(records, mapping, start=start)
    _note_text_format(decoded.encoding, dialect, log)
    detected = {"format": "csv", "encoding": decoded.encoding, "delimiter": dialect.shown}
    return _layout(records, header, range(start), detected, log)


def _note_text_format(encoding: str, dialect: Dialect, log: ProblemLog) -> None:
    if not encoding.startswith("utf-8"):
        log.add(row_problem("format_detected", variant="encoding", encoding=encoding))
    if dialect.delimiter != DELIMITERS[0]:
        log.add(row_problem("format_detected", variant=dialect.name))


def _layout(records: Source, header: int, known: range | tuple[()], detected: Mapping[str, str], log: ProblemLog) -> Layout:
    """Lines above the header and a row of units under it are passed over and named, but for those that are known."""
    units = units_row(records, header)
    skipped = [p for p in range(header) if p not in known and records.text(p).strip(_BLANK_RECORD)] + ([] if units is None else [units])
    if skipped:
        lines = ", ".join(str(records.line[p]) for p in skipped)
        log.add(row_problem("leading_rows_skipped", header_line=str(records.line[header]), lines=lines))
    is_point_usual = detected.get("delimiter", DELIMITERS[0]) == DELIMITERS[0]
    first = header + 1 if units is None else units + 1
    return Layout(records, header, first, records.fields(header), detected, is_point_usual)


def sample(layout: Layout) -> tuple[Mapping[str, str], ...]:
    """The first three rows as sent: heading → cell."""
    records, width = layout.records, len(layout.headings)
    near = range(layout.first, min(len(records), layout.first + 20))
    picked = [p for p in near if not records.fault[p] and records.field_count[p] == width and records.text(p).strip(_BLANK_RECORD)]
    return tuple(dict(zip(layout.headings, records.fields(p), strict=True)) for p in picked[:_SAMPLE_ROWS])
