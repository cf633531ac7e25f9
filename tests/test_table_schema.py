"""The Table Schema says what the column table says, in the words of the Frictionless standard.

The rules are written out by hand from https://datapackage.org/standard/table-schema/ (2.0).
"""

from __future__ import annotations

import json
import re
from datetime import date

import pytest

from geo.column_table import COLUMNS, Column
from geo.column_table.frictionless import table_schema
from geo.column_table.template import EXAMPLE_ID
from geo.intake import ReadOptions, read_upload

SCHEMA = table_schema()
FIELDS = {field["name"]: field for field in SCHEMA["fields"]}
CONSTRAINTS = {
    "string": {"required", "unique", "enum", "pattern", "minLength", "maxLength"},
    "number": {"required", "unique", "enum", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "pattern"},
    "integer": {"required", "unique", "enum", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "pattern"},
    "date": {"required", "unique", "enum", "minimum", "maximum", "pattern"},
}
"""Type of a field → constraints that the standard has for it."""


def test_the_schema_has_the_members_of_the_standard() -> None:
    assert SCHEMA["$schema"].startswith("https://datapackage.org/profiles/")
    assert SCHEMA["fieldsMatch"] in (["exact"], ["equal"], ["subset"], ["superset"], ["partial"])
    assert SCHEMA["missingValues"] == [""]
    assert json.loads(json.dumps(SCHEMA, allow_nan=False)) == SCHEMA


def test_every_column_is_a_field_once() -> None:
    assert [field["name"] for field in SCHEMA["fields"]] == [each.name for each in COLUMNS]


@pytest.mark.parametrize("field", SCHEMA["fields"], ids=lambda field: field["name"])
def test_a_field_has_only_constraints_of_its_type(field: dict[str, object]) -> None:
    constraints = field["constraints"]

    assert isinstance(constraints, dict)
    assert set(constraints) <= CONSTRAINTS[str(field["type"])]
    assert all(field[name] for name in ("title", "description"))


@pytest.mark.parametrize("column", COLUMNS, ids=lambda column: column.name)
def test_a_field_says_what_the_column_table_says(column: Column) -> None:
    field = FIELDS[column.name]
    constraints = field["constraints"]

    assert constraints["required"] is False
    assert tuple(constraints.get("enum", ())) == column.values
    assert constraints.get("maxLength") == column.max_length
    assert field.get("unit", "") == column.unit
    if column.maximum is not None:
        assert (constraints["minimum"], constraints["maximum"]) == (column.minimum, column.maximum)


def test_ids_have_the_pattern_of_the_parser() -> None:
    pattern = FIELDS["school_id_govt"]["constraints"]["pattern"]

    assert [bool(re.fullmatch(pattern, text)) for text in ("000123", "KZ-01.5", "=1+1", "Школа", "../etc")] == [
        True,
        True,
        False,
        False,
        False,
    ]


def test_a_row_that_the_schema_accepts_is_read_as_it_stands() -> None:
    examples = {"string": "A-1", "number": "1.5", "integer": "3", "date": "2026-01-15"}
    names = [name for name in FIELDS if name not in ("country", "download_speed_basis", "school_id")]
    cells = [FIELDS[name]["constraints"].get("enum", [examples[FIELDS[name]["type"]]])[0] for name in names]
    text = ",".join(names) + "\n" + ",".join(f'"{cell}"' for cell in cells) + "\n"

    parsed = read_upload(text.encode(), options=ReadOptions(max_rows=10, today=date(2026, 7, 1)))

    assert (parsed.counts["accepted"], parsed.questions) == (1, ())
    assert EXAMPLE_ID not in text


def test_descriptions_are_given_in_the_language_asked_for() -> None:
    russian = table_schema(str.upper, "ru")["fields"]

    assert russian[0]["description"] == FIELDS["school_id"]["description"].upper()
    assert [field["title"] for field in russian[:3]] == ["school id", "Giga ID школы", "Код школы"]
