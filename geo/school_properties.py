"""The properties of a school as everybody gets them, in features, files, queryables and schemas alike: names, types and meanings.

Flat, one type each, the names of a release's columns; `status`, `required_mbps` and the effective speed follow the norm and the basis of
the view.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from geo.column_table import COLUMNS
from geo.model import STATUSES, AreaType, Connectivity, Fact, Flag


class PropertyKind(StrEnum):
    """What the values of a property are."""

    TEXT = "text"
    WHOLE_NUMBER = "whole_number"
    NUMBER = "number"
    DATE = "date"
    INSTANT = "instant"
    BOOLEAN = "boolean"


@dataclass(frozen=True, slots=True)
class SchoolProperty:
    """One property of a school.

    Parameters
    ----------
    name
        The name everywhere.
    kind
        Kind of its values.
    description
        What it means, in English.
    words
        Every word that a value can be; empty where it is not a closed list.
    unit
        Unit of its numbers.
    """

    name: str
    kind: PropertyKind
    description: str
    words: tuple[str, ...] = ()
    unit: str = ""


_COLUMNS = {each.name: each for each in COLUMNS}


def _text(name: str, description: str = "", words: Iterable[str] = ()) -> SchoolProperty:
    known = _COLUMNS.get(name)
    values = tuple(words) or (known.values if known else ())
    return SchoolProperty(name, PropertyKind.TEXT, description or (known.description if known else ""), tuple(map(str, values)))


def _number(name: str, unit: str, description: str = "", kind: PropertyKind = PropertyKind.NUMBER) -> SchoolProperty:
    return SchoolProperty(name, kind, description or _COLUMNS[name].description, unit=unit)


def _provenance(fact: Fact) -> tuple[SchoolProperty, ...]:
    source, collected_on = f"{fact}_source", f"{fact}_collected_on"
    words = _FACT_WORDS.get(fact, fact.replace("_", " "))
    return (
        SchoolProperty(source, PropertyKind.TEXT, f"Source of {words}."),
        SchoolProperty(collected_on, PropertyKind.DATE, f"The day that {words} was collected on, as the source says."),
    )


_FACT_WORDS: Mapping[Fact, str] = {
    Fact.SCHOOL: "the name, area type, level and funding",
    Fact.LOCATION: "the position",
    Fact.NUM_STUDENTS: "the enrolment",
    Fact.CONNECTIVITY_TYPE: "the type of connectivity",
    Fact.DOWNLOAD_SPEED_DECLARED: "the declared download speed",
    Fact.DOWNLOAD_SPEED_MEASURED: "the measured download speed",
    Fact.UPLOAD_SPEED: "the upload speed",
    Fact.LATENCY: "the latency",
    Fact.CELLULAR_COVERAGE: "the mobile signal",
    Fact.FIBER_NODE_DISTANCE: "the distance to the nearest fibre node",
}


SCHOOL_PROPERTIES: tuple[SchoolProperty, ...] = (
    _text("school_id", "The school's id here; it never changes and is the id of its feature."),
    _text("school_id_giga"),
    _text("school_id_govt"),
    _text("school_name"),
    _number("latitude", "degrees", "Degrees north, WGS84."),
    _number("longitude", "degrees", "Degrees east, WGS84."),
    _text("admin1", "Code of the first-level region that the position lies in."),
    _text("admin1_name", "Name of that region."),
    _text("admin2", "Code of the second-level region that the position lies in."),
    _text("admin2_name", "Name of that region."),
    _text("school_area_type", words=tuple(AreaType)),
    _text("status", "Status under the norm asked for.", STATUSES),
    _number("required_mbps", "Mbps", "Download speed that the norm asks of the school; empty where that needs an unknown enrolment."),
    _text("education_level"),
    _text("school_funding_type"),
    _number("num_students", "students", kind=PropertyKind.WHOLE_NUMBER),
    _text("connectivity", words=tuple(Connectivity)),
    _text("connectivity_type"),
    _number(
        "download_speed_mbps", "Mbps", "The speed that counts under the basis asked for: the measured one if known, else the declared one."
    ),
    _text("download_speed_basis", "Which of the two download_speed_mbps is.", ("measured", "declared")),
    _number("download_speed_declared_mbps", "Mbps"),
    _number("download_speed_measured_mbps", "Mbps"),
    _number("upload_speed_mbps", "Mbps"),
    _number("latency_ms", "ms"),
    _text("cellular_coverage_type"),
    _text("electricity_availability"),
    _number("fiber_node_distance_km", "km"),
    _number("nearest_connected_km", "km", "Straight line to the nearest connected school, as of the release."),
    _text("flags", f"Doubts about the school, words joined by blanks: {', '.join(Flag)}."),
    _text("admin1_declared"),
    _text("admin2_declared"),
    *(each for fact in Fact for each in _provenance(fact)),
)
"""Every property, in the order of files."""

FEATURE_PROPERTIES: tuple[SchoolProperty, ...] = tuple(each for each in SCHOOL_PROPERTIES if each.name not in ("latitude", "longitude"))
"""Properties of a feature, whose geometry is the position."""

PROPERTY_NAMES: tuple[str, ...] = tuple(each.name for each in SCHOOL_PROPERTIES)
FEATURE_NAMES: tuple[str, ...] = tuple(each.name for each in FEATURE_PROPERTIES)


def property_named(name: str) -> SchoolProperty:
    """The property of that name.

    Raises
    ------
    KeyError
        There is none.
    """
    return _BY_NAME[name]


_BY_NAME: Mapping[str, SchoolProperty] = {each.name: each for each in SCHOOL_PROPERTIES}
