"""Parameters by which the API alone narrows which schools count: values of properties, a box, a span of days."""

from __future__ import annotations

from collections.abc import Callable

from geo.model import NO_VALUE, PROPERTY_FILTERS
from geo.school_properties import PropertyKind, SchoolProperty, property_named
from geo.services.filters import canonical_bbox, canonical_datetime
from geo.web.readers import MAX_CODE_CHARACTERS, Parameter, codes_reader, enum_schema, refused, words_reader

MAX_NAME_CHARACTERS = 500


def _exact_reader(name: str) -> Callable[[str], tuple[str, ...]]:
    def read(text: str) -> tuple[str, ...]:
        if len(text) > MAX_NAME_CHARACTERS:
            raise refused(name, text, f"at most {MAX_NAME_CHARACTERS} characters")
        return (text,)

    return read


def _whole_reader(name: str) -> Callable[[str], tuple[str, ...]]:
    def read(text: str) -> tuple[str, ...]:
        if text != NO_VALUE and not (text.isascii() and text.isdigit() and len(text) <= 9):
            raise refused(name, text, f"a whole number or '{NO_VALUE}'")
        return (text if text == NO_VALUE else str(int(text)),)

    return read


def property_parameter(each: SchoolProperty) -> Parameter:
    """The parameter that asks for the value of a property, named like it."""
    note = f"Only schools with this value of {each.name}; '{NO_VALUE}' is the schools without one."
    if each.words:
        words = (*each.words, NO_VALUE)
        return Parameter(each.name, words_reader(each.name, words), note, enum_schema(words), is_list=True)
    if each.kind is PropertyKind.WHOLE_NUMBER:
        return Parameter(each.name, _whole_reader(each.name), note, {"type": "string", "pattern": rf"^(\d{{1,9}}|{NO_VALUE})$"})
    if each.name.startswith("school_id"):
        schema = {"type": "string", "maxLength": MAX_CODE_CHARACTERS}
        return Parameter(each.name, codes_reader(each.name), note, schema, is_list=True)
    return Parameter(each.name, _exact_reader(each.name), note, {"type": "string", "maxLength": MAX_NAME_CHARACTERS})


API_FILTER_PARAMETERS: tuple[Parameter, ...] = (
    *(property_parameter(property_named(name)) for name in PROPERTY_FILTERS),
    Parameter(
        "bbox",
        lambda text: (canonical_bbox(text),),
        "Only schools in this box: west, south, east, north in degrees (CRS84), or with heights third and sixth, which count for nothing. "
        "West greater than east crosses the antimeridian.",
        {"type": "string", "maxLength": 200},
        example="66,42,71,46",
    ),
    Parameter(
        "datetime",
        lambda text: (canonical_datetime(text),),
        "Only those whose time is in this span: a day, an instant, or an interval with '/', open as '..'. For schools, the day their "
        "connectivity was collected; for releases, when they were published.",
        {"type": "string", "maxLength": 100},
        example="2024-01-01/..",
    ),
)
"""What the API takes besides the filters of pages."""
