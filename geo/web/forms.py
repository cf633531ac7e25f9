"""Reads the form that comes with an uploaded file: one file, known fields, each parsed by its own reader."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeVar

from flask import request

from geo.errors import InvalidParameter
from geo.model import EmptyCells, ImportMode, SpeedUnit
from geo.services.imports import ImportOptions
from geo.web.params import UnknownParameter
from geo.web.readers import number_reader, refused, word_reader
from geo.web.refusals import Refusal

FILE = "file"
CSRF_FIELD = "csrf_token"
MAX_PAIRS = 40
MAX_TEXT_CHARACTERS = 500
MAX_FILE_NAME_CHARACTERS = 255
MAX_HEADER_LINE = 1_000


Left = TypeVar("Left")
Right = TypeVar("Right")


@dataclass(frozen=True, slots=True)
class FormField:
    """A field of the form.

    Parameters
    ----------
    is_repeated
        Whether the field may be sent several times; each time is read on its own.
    """

    name: str
    read: Callable[[str], Any]
    description: str
    is_repeated: bool = False
    schema: Mapping[str, Any] | None = None

    def as_schema(self) -> dict[str, Any]:
        """JSON Schema of the field."""
        schema = dict(self.schema or {"type": "string"})
        schema = {"type": "array", "items": schema} if self.is_repeated else schema
        return {**schema, "description": self.description}


def _pair(name: str) -> Callable[[str], tuple[str, str]]:
    """Reader of "LEFT=RIGHT": takes "Мектеп коды=school_id_govt", refuses a text without "=" or with nothing before it."""

    def read(text: str) -> tuple[str, str]:
        left, separator, right = text.rpartition("=") if name == "map" else text.partition("=")
        if not separator or not left.strip():
            raise refused(name, text, "COLUMN=NAME" if name == "map" else "NAME=VALUE")
        return left.strip(), right.strip()

    return read


def _read_word(text: str) -> tuple[str, str, str]:
    """Our column, a cell as the file has it, and our word for it: takes "connectivity:есть=yes"; the cell may hold both signs itself."""
    column, colon, rest = text.partition(":")
    cell, sign, word = rest.rpartition("=")
    if not colon or not sign or not column.strip() or not cell.strip():
        raise refused("value", text, "COLUMN:CELL=WORD")
    return column.strip(), cell.strip(), word.strip()


def _read_unit(text: str) -> tuple[str, SpeedUnit]:
    """Our column of speeds and its unit: takes "download_speed_mbps=kbps"."""
    column, _, unit = text.partition("=")
    if unit.strip() not in tuple(map(str, SpeedUnit)) or not column.strip():
        raise refused("unit", text, f"COLUMN=UNIT with one of {', '.join(SpeedUnit)}")
    return column.strip(), SpeedUnit(unit.strip())


def _text(name: str) -> Callable[[str], str]:
    def read(text: str) -> str:
        line = " ".join(text.split())
        if len(line) > MAX_TEXT_CHARACTERS or not line.isprintable():
            raise refused(name, text, f"up to {MAX_TEXT_CHARACTERS} printable characters")
        return line

    return read


def _read_day(text: str) -> str:
    """Takes "2026-10-02"; refuses "02.10.2026" and a day that is not in the calendar."""
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError as error:
        raise refused("collected_on", text, "YYYY-MM-DD") from error


def _flag(name: str) -> Callable[[str], bool]:
    read = word_reader(name, ("true", "false"))
    return lambda text: read(text) == "true"


_FLAG_SCHEMA = {"type": "boolean", "default": False}

FIELDS: Mapping[str, FormField] = {
    field.name: field
    for field in (
        FormField(
            "map",
            _pair("map"),
            "COLUMN=NAME: which of our columns a column of the file is; no name leaves it out. May be repeated.",
            is_repeated=True,
        ),
        FormField(
            "set", _pair("set"), "NAME=VALUE: a value for every row of a column that the file lacks. May be repeated.", is_repeated=True
        ),
        FormField("source", _text("source"), "Who reported the facts, where the rows do not say."),
        FormField(
            "collected_on",
            _read_day,
            "The day the facts were collected, for a file without a column for it.",
            schema={"type": "string", "format": "date"},
        ),
        FormField("encoding", _text("encoding"), "Encoding of a text file, such as windows-1251; recognised where not given."),
        FormField(
            "sheet", _text("sheet"), "Name of the sheet of a workbook, or of the layer of a file of features; the first where not given."
        ),
        FormField(
            "header_line",
            number_reader("header_line", MAX_HEADER_LINE),
            "Line of the header, or its row in the sheet; found where not given.",
            schema={"type": "integer", "minimum": 1, "maximum": MAX_HEADER_LINE},
        ),
        FormField(
            "value", _read_word, "COLUMN:CELL=WORD: which of our words a cell of a column of ours means. May be repeated.", is_repeated=True
        ),
        FormField(
            "unit",
            _read_unit,
            f"COLUMN=UNIT: the unit of a column of speeds, one of {', '.join(SpeedUnit)}; Mbps where not given. May be repeated.",
            is_repeated=True,
        ),
        FormField(
            "mode",
            word_reader("mode", ImportMode),
            "What the file is taken for: facts about schools, the whole list of schools, or schools to remove.",
            schema={"type": "string", "enum": [str(mode) for mode in ImportMode], "default": str(ImportMode.UPDATE)},
        ),
        FormField(
            "empty",
            word_reader("empty", EmptyCells),
            "What an empty cell says: nothing, or that the value is not known any more.",
            schema={"type": "string", "enum": [str(word) for word in EmptyCells], "default": str(EmptyCells.KEEP)},
        ),
        FormField(
            "publish",
            _flag("publish"),
            "Publish at once if there is no row error, nothing to confirm and no gate; needs the role publisher.",
            schema=_FLAG_SCHEMA,
        ),
        FormField("accept_partial", _flag("accept_partial"), "With publish: leave rows with errors out.", schema=_FLAG_SCHEMA),
        FormField("reason", _text("reason"), "With publish: why, for the list of releases."),
        FormField("confirm", _text("confirm"), "With publish: the token that an earlier report of the same file showed for its gates."),
    )
}
"""Fields beside the file."""


@dataclass(frozen=True, slots=True)
class UploadForm:
    """A parsed upload."""

    data: bytes
    file_name: str
    options: ImportOptions
    publishes: bool
    accepts_partial: bool
    reason: str
    confirm: str | None


def read_upload_form() -> UploadForm:
    """The upload in the present request.

    Raises
    ------
    Refusal
        415 where the body is no form; 400 where there is no file, more than one, or a text in its place.
    InvalidParameter
        A field is unknown, repeated or not accepted.
    """
    if request.mimetype != "multipart/form-data":
        raise Refusal(415, "unsupported_type", "Send the file as multipart/form-data in a part named 'file'.")
    values = _fields()
    name, data = _file()
    options = _options(values)
    return UploadForm(
        data,
        name,
        options,
        publishes=values.get("publish", False),
        accepts_partial=values.get("accept_partial", False),
        reason=values.get("reason", ""),
        confirm=values.get("confirm"),
    )


def _options(values: Mapping[str, Any]) -> ImportOptions:
    words: dict[str, dict[str, str]] = {}
    told = _distinct("value", [((column, cell), word) for column, cell, word in values.get("value", ())])
    for (column, cell), word in told.items():
        words.setdefault(column, {})[cell] = word
    return ImportOptions(
        mapping=_distinct("map", values.get("map", ())),
        constants=({"collected_on": values["collected_on"]} if "collected_on" in values else {}) | _distinct("set", values.get("set", ())),
        source=values.get("source"),
        sheet=values.get("sheet"),
        encoding=values.get("encoding"),
        header_line=values.get("header_line"),
        values=words,
        units=_distinct("unit", values.get("unit", ())),
        mode=ImportMode(values.get("mode", ImportMode.UPDATE)),
        empty=EmptyCells(values.get("empty", EmptyCells.KEEP)),
    )


def _fields() -> dict[str, Any]:
    values: dict[str, Any] = {}
    for name, texts in request.form.lists():
        if name in (CSRF_FIELD, FILE):
            continue
        if name not in FIELDS:
            raise UnknownParameter(name, tuple(FIELDS))
        field = FIELDS[name]
        if not field.is_repeated and len(texts) > 1:
            raise InvalidParameter(f"'{name}' is given {len(texts)} times; give it once", parameter=name, code="repeated_parameter")
        read = tuple(field.read(text) for text in texts if text)
        if read:
            values[name] = read if field.is_repeated else read[0]
    return values


def _distinct(name: str, pairs: Sequence[tuple[Left, Right]]) -> dict[Left, Right]:
    if len(pairs) > MAX_PAIRS or len({left for left, _ in pairs}) < len(pairs):
        raise InvalidParameter(
            f"'{name}' may be given up to {MAX_PAIRS} times, each for another column", parameter=name, code=f"invalid_{name}"
        )
    return dict(pairs)


def _file() -> tuple[str, bytes]:
    """Name and bytes of the one file; the name is only ever text."""
    files = request.files.getlist(FILE)
    others = [name for name in request.files if name != FILE]
    if len(files) > 1 or (files and others) or (files and FILE in request.form):
        raise Refusal(400, "ambiguous_file", "Send exactly one file, in one part named 'file'.")
    if not files or not files[0].filename:
        raise Refusal(400, "file_missing", "Send the file in a part named 'file', with a file name.")
    return files[0].filename[:MAX_FILE_NAME_CHARACTERS], files[0].read()
