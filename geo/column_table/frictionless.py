"""The column table as a Frictionless Table Schema, for programs that make or check files before they are sent.

Standard library only. A file that the schema accepts is read by our parsers as it stands; they read more than it says: other headings,
other spellings of words, other dates.
Source: Table Schema, https://datapackage.org/standard/table-schema/ (fields, types, constraints, missing values).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from geo.column_table import COLUMNS, FIRST_DAY, ID_PATTERN, Column, ColumnKind
from geo.column_table.template import TEMPLATE_COLUMNS, template_heading

PROFILE = "https://datapackage.org/profiles/2.0/tableschema.json"

_TYPES: Mapping[ColumnKind, str] = MappingProxyType(
    {
        ColumnKind.ID: "string",
        ColumnKind.TEXT: "string",
        ColumnKind.WORD: "string",
        ColumnKind.NUMBER: "number",
        ColumnKind.WHOLE_NUMBER: "integer",
        ColumnKind.DATE: "date",
    }
)


def _(text: str) -> str:
    """Mark a text for extraction; translated where it is shown."""
    return text


_TITLE = _("Schools and their internet connection")
_DESCRIPTION = _(
    "A row needs one of school_id_govt, school_id_giga and school_id; every other column may be absent and every other cell blank. "
    "A blank cell keeps what is known about the school."
)


def table_schema(translate: Callable[[str], str] = str, language: str = "en") -> dict[str, Any]:
    """The format of a file of schools as a Table Schema.

    Parameters
    ----------
    translate
        Gives descriptions in the reader's language.
    language
        Language of the titles of columns: the headings of the template, which our parsers read.
    """
    return {
        "$schema": PROFILE,
        "name": "schools",
        "title": translate(_TITLE),
        "description": translate(_DESCRIPTION),
        "fields": [_field(each, translate, language) for each in COLUMNS],
        "fieldsMatch": ["partial"],
        "missingValues": [""],
    }


def _field(each: Column, translate: Callable[[str], str], language: str) -> dict[str, Any]:
    """One column. Units are a member of ours, since the standard has none."""
    field: dict[str, Any] = {
        "name": each.name,
        "type": _TYPES[each.kind],
        "title": template_heading(each.name, language)
        if each.name in TEMPLATE_COLUMNS and language != "en"
        else each.name.replace("_", " "),
        "description": translate(each.description),
        "constraints": _constraints(each),
    }
    if each.kind is ColumnKind.DATE:
        field["format"] = "%Y-%m-%d"
    if each.kind is ColumnKind.NUMBER:
        field |= {"decimalChar": ".", "bareNumber": True}
    if each.unit:
        field["unit"] = each.unit
    if each.fact is not None:
        field["fact"] = each.fact.value
    return field


def _constraints(each: Column) -> dict[str, Any]:
    constraints: dict[str, Any] = {"required": each.is_required}
    if each.kind is ColumnKind.ID:
        constraints["pattern"] = ID_PATTERN
    if each.max_length is not None:
        constraints["maxLength"] = each.max_length
    if each.values:
        constraints["enum"] = list(each.values)
    if each.kind is ColumnKind.DATE:
        constraints["minimum"] = FIRST_DAY.isoformat()
    if each.maximum is not None and each.minimum is not None:
        as_whole = int if each.kind is ColumnKind.WHOLE_NUMBER else float
        constraints |= {"minimum": as_whole(each.minimum), "maximum": as_whole(each.maximum)}
    return constraints
