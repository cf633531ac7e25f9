"""The column table: every column an uploaded or exported file may have, how it may be spelled, and what its cells may hold.

Standard library only. Parsers, the documentation and the templates are made from this one table; nothing here reads a file.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from types import MappingProxyType

from geo.column_table.headings import GENERIC_HEADINGS as GENERIC_HEADINGS
from geo.column_table.headings import heading_spellings
from geo.column_table.words import VALUE_SPELLINGS
from geo.model import FACT_COLUMNS, Fact

MAX_TEXT_LENGTH = 255
"""Longest text of an id, a name or a source, in characters."""

ID_PATTERN = r"^[A-Za-z0-9](?:[A-Za-z0-9 ._:\-]*[A-Za-z0-9])?$"
"""Takes 000123, KZ-01.5, AB 12; refuses =1+1, ../etc, 1;DROP, Cyrillic, full-width, -5."""

FIRST_DAY = date(1990, 1, 1)
"""Facts collected before this day are taken for typing errors: no school was connected."""

MAX_SPEED_MBPS = 100_000.0
MAX_STUDENTS = 50_000
MAX_LATENCY_MS = 100_000.0
MAX_DISTANCE_KM = 20_038.0
"""Half the circumference of the Earth: no distance is longer."""


def _(text: str) -> str:
    """Mark a description for extraction; translated where it is shown."""
    return text


class ColumnKind(StrEnum):
    """What a column's cells are read as."""

    ID = "id"
    TEXT = "text"
    NUMBER = "number"
    WHOLE_NUMBER = "whole_number"
    WORD = "word"
    """One word of a closed list."""
    DATE = "date"


@dataclass(frozen=True, slots=True)
class Column:
    """One column of the file format.

    Parameters
    ----------
    name
        Our name; always accepted as a heading.
    unit
        Unit of the numbers; empty for others.
    minimum, maximum
        Inclusive limits of numbers.
    max_length
        Longest text in characters.
    values
        Words a cell of a closed list may hold.
    value_spellings
        Accepted spellings of each word besides the word itself, compared by `folded`. The word "" stands for spellings that say
        "not known" where the list has no such word: they are read as a blank cell.
    spellings
        Accepted headings besides the name, by language ("en", "ru", "kk") and "giga" for Giga's own names.
    fact
        The fact the column reports; None for ids and for columns that describe the row.
    fills
        The release column that the cells go to, where it is not `name`.
    """

    name: str
    kind: ColumnKind
    description: str
    unit: str = ""
    minimum: float | None = None
    maximum: float | None = None
    max_length: int | None = None
    values: tuple[str, ...] = ()
    value_spellings: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    spellings: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    fact: Fact | None = None
    fills: str = ""
    is_required: bool = False

    @property
    def target(self) -> str:
        """Name of the column of a parsed table that the cells go to."""
        return self.fills or self.name


_BLANKS = re.compile(r"[ \t\r\n\u00a0\u2007\u202f_\-]+")  # "School  ID", "school_id" and "school-id" → "school id"


def folded(text: str) -> str:
    """Form in which headings and words are compared: case folded, trimmed, blanks, underscores and hyphens as one blank.

    A look-alike that case folding would turn into a Latin letter (the Kelvin sign, the long s) stays itself, so it matches nothing.
    """
    lowered = text.casefold() if text.isascii() else "".join(_casefolded(letter) for letter in text)
    return _BLANKS.sub(" ", lowered).strip(" ")


def _casefolded(letter: str) -> str:
    lowered = letter.casefold()
    return letter if letter > "\x7f" and any(c < "\x80" for c in lowered) else lowered


def _fact_of(name: str) -> Fact | None:
    return next((fact for fact, columns in FACT_COLUMNS.items() if name in columns), None)


def _id(name: str, description: str) -> Column:
    return Column(name, ColumnKind.ID, description, max_length=MAX_TEXT_LENGTH, spellings=heading_spellings(name))


def _text(name: str, description: str, *, fills: str = "") -> Column:
    return Column(
        name,
        ColumnKind.TEXT,
        description,
        max_length=MAX_TEXT_LENGTH,
        spellings=heading_spellings(name),
        fact=_fact_of(fills or name),
        fills=fills,
    )


def _number(name: str, unit: str, description: str, *, low: float = 0.0, high: float, is_whole: bool = False) -> Column:
    return Column(
        name,
        ColumnKind.WHOLE_NUMBER if is_whole else ColumnKind.NUMBER,
        description,
        unit=unit,
        minimum=low,
        maximum=high,
        spellings=heading_spellings(name),
        fact=_fact_of(name),
    )


def _word(name: str, description: str) -> Column:
    spellings = VALUE_SPELLINGS[name]
    return Column(
        name,
        ColumnKind.WORD,
        description,
        values=tuple(word for word in spellings if word),
        value_spellings=spellings,
        spellings=heading_spellings(name),
        fact=_fact_of(name),
    )


def _date(name: str, description: str) -> Column:
    return Column(name, ColumnKind.DATE, description, spellings=heading_spellings(name))


_ID_COLUMNS: tuple[Column, ...] = (
    _id("school_id", _("The id this service gave the school; looked up as such, then as school_id_govt. Never stored from a file.")),
    _id("school_id_giga", _("The school's id under Giga (36 characters).")),
    _id("school_id_govt", _("The school's id in the country's own register.")),
)

_SCHOOL_COLUMNS: tuple[Column, ...] = (
    _text("school_name", _("Name of the school, exactly as sent.")),
    _number("latitude", "degrees", _("Degrees north, WGS84, with a decimal point."), low=-90.0, high=90.0),
    _number("longitude", "degrees", _("Degrees east, WGS84, with a decimal point."), low=-180.0, high=180.0),
    _text("admin1", _("First-level region as the file says it; kept as admin1_declared where it holds names."), fills="admin1_declared"),
    _text("admin2", _("Second-level region as the file says it; kept as admin2_declared where it holds names."), fills="admin2_declared"),
    _text("admin1_declared", _("First-level region as a file said it.")),
    _text("admin2_declared", _("Second-level region as a file said it.")),
    _word("school_area_type", _("Urban or rural, as the country defines it.")),
    _word("education_level", _("Level of education taught.")),
    _word("school_funding_type", _("Who pays for the school.")),
    _number("num_students", "students", _("Enrolment: how many students learn in the school."), high=MAX_STUDENTS, is_whole=True),
)

_CONNECTION_COLUMNS: tuple[Column, ...] = (
    _word("connectivity", _("Whether the school has an internet connection, as reported.")),
    _word("connectivity_type", _("Technology of the connection.")),
    _number(
        "download_speed_mbps",
        "Mbps",
        _("Download speed; read as declared, and not read where download_speed_basis or another speed column stands beside it."),
        high=MAX_SPEED_MBPS,
    ),
    _number(
        "download_speed_declared_mbps",
        "Mbps",
        _("Download speed that the ministry, the provider or the contract states."),
        high=MAX_SPEED_MBPS,
    ),
    _number("download_speed_measured_mbps", "Mbps", _("Download speed that speed tests found."), high=MAX_SPEED_MBPS),
    _number("upload_speed_mbps", "Mbps", _("Upload speed."), high=MAX_SPEED_MBPS),
    _number("latency_ms", "ms", _("Round-trip time."), high=MAX_LATENCY_MS),
    _word("cellular_coverage_type", _("Best mobile signal at the school.")),
    _word("electricity_availability", _("Whether the school has electricity.")),
    _number("fiber_node_distance_km", "km", _("Distance to the nearest fibre node."), high=MAX_DISTANCE_KM),
)

_ROW_COLUMNS: tuple[Column, ...] = (
    _text("data_source", _("Who says so: the source of every fact the row carries.")),
    _date("collected_on", _("The day the row's facts were collected: YYYY-MM-DD, or DD.MM.YYYY.")),
    _text("country", _("ISO code or name of the country; a file of another country is refused.")),
    Column(
        "download_speed_basis",
        ColumnKind.WORD,
        _("In our own exports: which speed download_speed_mbps is. Where it stands, download_speed_mbps is not read."),
        values=("declared", "measured"),
    ),
)


def _provenance_columns() -> tuple[Column, ...]:
    columns: list[Column] = []
    for fact in Fact:
        words = fact.replace("_", " ")
        columns.append(_text(f"{fact}_source", f"Source of the {words} in this row; stands before data_source."))
        columns.append(_date(f"{fact}_collected_on", f"The day the {words} in this row was collected; stands before collected_on."))
    return tuple(columns)


COLUMNS: tuple[Column, ...] = (*_ID_COLUMNS, *_SCHOOL_COLUMNS, *_CONNECTION_COLUMNS, *_ROW_COLUMNS, *_provenance_columns())
"""Every column a file may have, ids first."""

ID_NAMES: tuple[str, ...] = tuple(each.name for each in _ID_COLUMNS)

COMPUTED_NAMES: frozenset[str] = frozenset(
    {
        "admin1_name",
        "admin2_name",
        "nearest_connected_km",
        "flags",
        "status",
        "norm",
        "required_mbps",
        *(f"{fact}_import" for fact in Fact),
    }
)
"""Columns of our own exports that are computed; on input they are passed over with a notice, not a warning."""

_BY_NAME: Mapping[str, Column] = MappingProxyType({each.name: each for each in COLUMNS})


def column(name: str) -> Column:
    """The column of that name.

    Raises
    ------
    KeyError
        No column has the name.
    """
    return _BY_NAME[name]


def is_column(name: str) -> bool:
    """Whether the table has a column of that name."""
    return name in _BY_NAME


def _heading_index() -> Mapping[str, str]:
    index = {folded(each.name): each.name for each in COLUMNS}
    for each in COLUMNS:
        for spelling in (spelling for spellings in each.spellings.values() for spelling in spellings):
            index.setdefault(folded(spelling), each.name)
    return MappingProxyType(index)


HEADINGS: Mapping[str, str] = _heading_index()
"""Folded heading → our name, over every accepted spelling."""


def _word_index(each: Column) -> Mapping[str, str]:
    index = {folded(spelling): word for word, spellings in each.value_spellings.items() for spelling in spellings}
    return MappingProxyType(index | {folded(word): word for word in each.values})


_WORDS: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {each.name: _word_index(each) for each in COLUMNS if each.kind is ColumnKind.WORD}
)


def word_of(name: str, text: str) -> str | None:
    """The word of a closed-list column that a cell's text says.

    Returns
    -------
    The word; "" where the text says "not known" and the list has no word for that; None where it is no accepted spelling.
    """
    return _WORDS[name].get(folded(text))
