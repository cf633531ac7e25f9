"""What a person says about a file besides its content, and what reading it gives."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

import pyarrow as pa

from geo.model import RowProblem, SpeedUnit


@dataclass(frozen=True)
class Remembered:
    """How a person said that files of a source are read.

    Parameters
    ----------
    name
        Name of the source.
    mapping, values, units, encoding, sheet, header_line
        As `ReadOptions` has them.
    unit_headings
        Our column of speeds → the heading it had when its unit was said: under another heading the unit is asked for again.
    """

    name: str
    mapping: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    units: Mapping[str, SpeedUnit] = field(default_factory=dict)
    unit_headings: Mapping[str, str] = field(default_factory=dict)
    encoding: str | None = None
    sheet: str | None = None
    header_line: int | None = None


@dataclass(frozen=True)
class ReadOptions:
    """How to read one file.

    Parameters
    ----------
    mapping
        Heading in the file → our name, before any spelling; an empty name leaves the column out.
    constants
        Our name → text of one cell, for a column that the file does not have.
    max_rows
        Rows that are read at most, blank ones not counted.
    today
        The day dates are held against; one day later is still taken, since the day begins earlier in the east.
    country
        ISO 3166-1 code of two letters of the country the service holds; None while it holds none.
    sheet
        Name of the sheet of a workbook, or of the layer of a file of features, that is read; None for the first that is not hidden.
        Text files have none.
    encoding
        Encoding of a text; None where it is to be recognised.
    header_line
        Physical line of the header, or its row in the sheet; None where it is to be found.
    values
        Our column → cell as it stands in the file → our word for it, for words that are no spelling we know.
    units
        Our column of speeds → the unit its cells are written in; Mbps where absent.
    confirmed
        Whether a person has confirmed every guess: no question is left open.
    remembered
        How a person said files of this source are read; what is said of this file stands before it, and what does not fit is passed over.
    """

    max_rows: int
    today: date
    mapping: Mapping[str, str] = field(default_factory=dict)
    constants: Mapping[str, str] = field(default_factory=dict)
    country: str | None = None
    sheet: str | None = None
    encoding: str | None = None
    header_line: int | None = None
    values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    units: Mapping[str, SpeedUnit] = field(default_factory=dict)
    confirmed: bool = False
    remembered: Remembered | None = None


class QuestionKind(StrEnum):
    """What was guessed about a file."""

    ENCODING = "encoding"
    COLUMN = "column"
    UNIT = "unit"
    """The unit of a column of speeds."""
    ROW_ID = "row_id"
    """Something beside the columns was taken for the id of each row."""


@dataclass(frozen=True, slots=True)
class Question:
    """A guess that a person must confirm before the file can be published.

    Parameters
    ----------
    subject
        What the guess is about: the heading of the column, our column for a unit; empty for the file.
    guess
        What was taken: the name of the encoding, of our column, or the unit.
    score
        How sure the guess is, 0 to 1; None where there is no measure.
    alternatives
        Other answers, likeliest first.
    shown
        What each answer would give, for a person to look at: answer → some texts of the file read so.
    code_points
        The heading spelled out where it only looks like one we know; empty for others.
    """

    kind: QuestionKind
    subject: str
    guess: str
    score: float | None = None
    alternatives: tuple[str, ...] = ()
    shown: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    code_points: str = ""


@dataclass(frozen=True, slots=True)
class ValueSuggestion:
    """A word of a closed list's column that is no spelling we know, and what it may mean.

    `count` is how many rows have it; `suggestions` are our words with scores of 0 to 1, likeliest first.
    """

    column: str
    cell: str
    count: int
    suggestions: tuple[tuple[str, float], ...] = ()


class ColumnHow(StrEnum):
    """How a column of a file was understood."""

    EXACT = "exact"
    MAPPED = "mapped"
    CONSTANT = "constant"
    IGNORED = "ignored"
    SUGGESTED = "suggested"
    """Resembles a column of ours and is read as it; a question until someone confirms it."""


@dataclass(frozen=True, slots=True)
class ColumnUse:
    """One column of a file (or one constant) and what it was taken for.

    `header` is the heading as the file has it; `position` counts from 1, 0 for a constant; `name` is our name, None where there is none.
    `score` says how sure a suggested name is, 0 to 1; `suggestions` are our names that the heading resembles, likeliest first.
    """

    header: str
    name: str | None
    how: ColumnHow
    position: int
    score: float | None = None
    suggestions: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True)
class Parsed:
    """A file as read: accepted rows, and everything worth saying about the others.

    Parameters
    ----------
    table
        The accepted rows in file order: `line` (int32), and of the ids, the columns of facts and `<fact>_source`,
        `<fact>_collected_on` those that the file or a constant has, typed as in `geo.schools.FACTS_SCHEMA`. A blank cell is null.
    columns
        What each column of the file, in its order, and then each constant was taken for.
    present
        Columns of `table` that the file or a constant has, `line` left out: an absent column is not a blank one.
    problems
        Sorted by line, those of the whole file first. Every error is there; of one warning or notice code the first 1,000.
    totals
        Problem code → how many there are in all.
    counts
        `rows_in`, `accepted`, `blank`, `duplicate`, `rejected`; rows_in is the sum of the others.
    detected
        What was recognised: `format` (csv, xlsx, xls, ods, geojson, gpkg), `encoding` and `delimiter` of text, `sheet`, `sheets` and
        `sheet_names` (one a line) of a workbook or package, `decimal_mark`, `header_line` where there is one.
    sample
        The first three rows as sent: heading → cell.
    has_coordinates
        Whether the file has both latitude and longitude.
    questions
        What was guessed and nobody has confirmed.
    value_suggestions
        Unknown words of columns with closed lists.
    units
        Our column of speeds → the unit its cells were read in, where it is not Mbps or was said.
    mapping_from
        Name of the source whose remembered options helped to read the file; None where none did.
    """

    table: pa.Table
    columns: tuple[ColumnUse, ...]
    present: frozenset[str]
    problems: tuple[RowProblem, ...]
    totals: Mapping[str, int]
    counts: Mapping[str, int]
    detected: Mapping[str, str]
    sample: tuple[Mapping[str, str], ...]
    has_coordinates: bool
    questions: tuple[Question, ...] = ()
    value_suggestions: tuple[ValueSuggestion, ...] = ()
    units: Mapping[str, SpeedUnit] = field(default_factory=dict)
    mapping_from: str | None = None
