"""How the members of answers are documented: one marshmallow field each, with its words."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import marshmallow as ma


def text(description: str, *, is_nullable: bool = False, words: Iterable[str] = (), **extra: Any) -> ma.fields.String:
    """A text, one of `words` where given."""
    metadata: dict[str, Any] = {"description": description, **extra}
    known = [str(word) for word in words]
    validate = ma.validate.OneOf([*known, None] if is_nullable else known) if known else None
    return ma.fields.String(allow_none=is_nullable, validate=validate, metadata=metadata)


def whole(description: str, *, is_nullable: bool = False) -> ma.fields.Integer:
    """A whole number from 0."""
    return ma.fields.Integer(allow_none=is_nullable, validate=ma.validate.Range(min=0), metadata={"description": description})


def number(description: str, *, is_nullable: bool = True) -> ma.fields.Float:
    """A number, null where nothing is known."""
    return ma.fields.Float(allow_none=is_nullable, metadata={"description": description})


def share(description: str) -> ma.fields.Float:
    """A share from 0 to 1, null where nothing is known."""
    return ma.fields.Float(allow_none=True, validate=ma.validate.Range(min=0, max=1), metadata={"description": description})


def flag(description: str) -> ma.fields.Boolean:
    """True or false."""
    return ma.fields.Boolean(metadata={"description": description})


def moment(description: str, *, is_nullable: bool = False) -> ma.fields.String:
    """An instant by RFC 3339, in UTC."""
    return ma.fields.String(allow_none=is_nullable, metadata={"description": description, "format": "date-time"})


def record(description: str, *, is_nullable: bool = False) -> ma.fields.Dict:
    """An object whose members differ from case to case."""
    return ma.fields.Dict(keys=ma.fields.String(), allow_none=is_nullable, metadata={"description": description})


def texts(description: str) -> ma.fields.List[str]:
    """A list of texts."""
    return ma.fields.List(ma.fields.String(), metadata={"description": description})


def nested(schema: type[ma.Schema], description: str, *, is_list: bool = False, is_nullable: bool = False) -> ma.fields.Field[Any]:
    """An object of another schema, or a list of them."""
    if is_list:
        return ma.fields.List(ma.fields.Nested(schema), metadata={"description": description})
    return ma.fields.Nested(schema, allow_none=is_nullable, metadata={"description": description})
