"""What the routes of imports take: the form of an upload, and the JSON bodies of a change and of a publishing."""

from __future__ import annotations

from typing import Any

import marshmallow as ma

from geo.model import EmptyCells, ImportMode, SpeedUnit
from geo.web.forms import FIELDS, FILE, MAX_HEADER_LINE, MAX_TEXT_CHARACTERS

MAX_MEMBERS = 1_000

FORM_BODY = {
    "required": True,
    "content": {
        "multipart/form-data": {
            "schema": {
                "type": "object",
                "required": [FILE],
                "properties": {
                    FILE: {
                        "type": "string",
                        "format": "binary",
                        "description": "The file: CSV, XLSX, XLS or ODS with a header, points as GeoJSON, or a GeoPackage.",
                    },
                    **{name: field.as_schema() for name, field in FIELDS.items()},
                },
            }
        }
    },
}


def _text(description: str, *, allow_none: bool = True, **more: Any) -> ma.fields.String:
    short = ma.validate.Length(max=MAX_TEXT_CHARACTERS)
    return ma.fields.String(allow_none=allow_none, validate=short, metadata={"description": description}, **more)


def _members(values: ma.fields.Field[Any], description: str) -> ma.fields.Dict:
    """An object that is merged into the present one: what it names is set, null takes it out."""
    short = ma.fields.String(validate=ma.validate.Length(max=MAX_TEXT_CHARACTERS))
    return ma.fields.Dict(keys=short, values=values, validate=ma.validate.Length(max=MAX_MEMBERS), metadata={"description": description})


def _word(words: Any) -> ma.fields.String:
    return ma.fields.String(allow_none=True, validate=ma.validate.OneOf([*map(str, words), None]))


class MatchSchema(ma.Schema):
    """A row of a file and a school of ours."""

    row_id = _text("Id of the row.", required=True, allow_none=False)
    school_id = _text("Id of the school.", required=True, allow_none=False)


class AcceptedMatchSchema(MatchSchema):
    """A row of a file and the school that it is."""

    school_id = _text("Id of the school; null takes an acceptance back.", required=True)


def _matches(schema: type[ma.Schema], description: str) -> ma.fields.List[Any]:
    few = ma.validate.Length(max=MAX_MEMBERS)
    return ma.fields.List(ma.fields.Nested(schema(unknown=ma.RAISE)), validate=few, metadata={"description": description})


class ImportChangesSchema(ma.Schema):
    """What is to change about an import; what is not sent stays. Objects are merged (RFC 7396): null takes a member out."""

    encoding = _text("Encoding of a text file; null to have it recognised.")
    sheet = _text("Name of the sheet or layer; null for the first.")
    header_line = ma.fields.Integer(
        strict=True,
        allow_none=True,
        validate=ma.validate.Range(min=1, max=MAX_HEADER_LINE),
        metadata={"description": "Line of the header, or its row in the sheet; null to have it found."},
    )
    map = _members(_text(""), "Heading of the file → our column; an empty name leaves the column out.")
    set = _members(_text(""), "Our column → a value for every row.")
    values = _members(
        ma.fields.Dict(keys=ma.fields.String(), values=_text(""), allow_none=True),
        "Our column → cell of the file → our word for it.",
    )
    units = _members(_word(SpeedUnit), f"Our column of speeds → its unit: {', '.join(SpeedUnit)}.")
    mode = ma.fields.String(
        validate=ma.validate.OneOf([str(mode) for mode in ImportMode]), metadata={"description": "What the file is taken for."}
    )
    empty = ma.fields.String(
        validate=ma.validate.OneOf([str(word) for word in EmptyCells]), metadata={"description": "What an empty cell says."}
    )
    source = _text("Who reported the facts, where the rows do not say.")
    accept = _matches(AcceptedMatchSchema, "Matches that are right; remembered for the source.")
    refuse = _matches(MatchSchema, "Matches that are wrong; remembered for the source.")
    accept_above = ma.fields.Float(
        validate=ma.validate.Range(min=0, max=1), metadata={"description": "Accept every suggestion from this score up, 0 to 1."}
    )
    confirm = ma.fields.Boolean(
        truthy={True}, falsy={False}, metadata={"description": "Whether the guesses that the report asks about are right."}
    )


class PublishSchema(ma.Schema):
    """How an import is published."""

    accept_partial = ma.fields.Boolean(
        load_default=False, truthy={True}, falsy={False}, metadata={"description": "Publish without the rows that have errors."}
    )
    reason = ma.fields.String(
        load_default="", validate=ma.validate.Length(max=500), metadata={"description": "Why, for the list of releases and the log."}
    )
    confirm = ma.fields.String(
        load_default=None,
        allow_none=True,
        validate=ma.validate.Length(max=100),
        metadata={"description": "The report's `confirm_token`: confirms the gates with the numbers that it was made for."},
    )
