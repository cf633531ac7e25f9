"""Parameters by which the API alone narrows which schools count: values of properties, a box, a span of days."""

from __future__ import annotations

from collections.abc import Callable

from geo.model import NO_VALUE, PROPERTY_FILTERS
from geo.school_properties import PropertyKind, SchoolProperty, property_named
from geo.services.filters import MAX_CHARACTERS, canonical_bbox, canonical_datetime, canonical_filter
from geo.web.readers import MAX_CODE_CHARACTERS, Parameter, codes_reader, enum_schema, refused, word_reader, words_reader

MAX_NAME_CHARACTERS = 500
FILTER_LANGUAGES = ("cql2-text",)
CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
FILTER_OPTIONS = ("filter-lang", "filter-crs")
"""Parameters that say how `filter` is written; each takes one word, which is the default."""


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
    Parameter(
        "filter",
        lambda text: (canonical_filter(text),),
        "Only schools of which this condition is true, in CQL2 text: = <> < > <= >=, BETWEEN, IN, LIKE, IS NULL, AND, OR, NOT, + - * /, "
        "CASEI, ACCENTI and S_INTERSECTS(geometry, …) on the names of /api/v1/collections/schools/queryables. What is compared with an "
        "unknown value is unknown, and unknown is not selected.",
        {"type": "string", "maxLength": MAX_CHARACTERS},
        example="num_students > 300 AND status IN ('unconnected', 'below_norm')",
    ),
    Parameter(
        "filter-lang",
        word_reader("filter-lang", FILTER_LANGUAGES),
        "Language of the filter.",
        {**enum_schema(FILTER_LANGUAGES), "default": FILTER_LANGUAGES[0]},
    ),
    Parameter(
        "filter-crs",
        word_reader("filter-crs", (CRS84,)),
        "Coordinate reference system of geometries in the filter: degrees, longitude first.",
        {**enum_schema((CRS84,)), "default": CRS84},
    ),
)
"""What the API takes besides the filters of pages."""
