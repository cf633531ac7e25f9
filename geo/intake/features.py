"""Features with positions, of GeoJSON or a GeoPackage, as rows: properties are columns, and the geometry gives longitude and latitude."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyproj

from geo.column_table import ID_NAMES
from geo.intake.columns import known_name
from geo.intake.options import Question, QuestionKind, ReadOptions
from geo.intake.problem_log import ProblemLog
from geo.intake.problem_text import mark as _
from geo.intake.problems import refusal, row_problem
from geo.intake.sheet_records import SheetRecords

LONGITUDE, LATITUDE, FEATURE_ID = "geometry: longitude", "geometry: latitude", "feature id"
"""Headings of what a feature has besides its properties."""

_POSITION = {LONGITUDE: "longitude", LATITUDE: "latitude"}
_UUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_DECIMALS = 7
"""Decimals of converted degrees: about a centimetre."""
UNKNOWN_SYSTEM = _("a map layer in a coordinate system that is not known")


@dataclass(frozen=True)
class Features:
    """The features of one layer, in file order; all lists have one entry a feature.

    Parameters
    ----------
    properties
        Heading → cells as text, blank where a feature has none.
    longitude, latitude
        Degrees east and north as text (WGS84), blank where a feature has no position.
    ids
        Ids beside the properties, blank where there is none.
    """

    properties: Mapping[str, Sequence[str]]
    longitude: Sequence[str]
    latitude: Sequence[str]
    ids: Sequence[str]


@dataclass(frozen=True)
class FeatureRows:
    """Features as records under a header of line 0, what its headings are for sure, and what was guessed."""

    records: SheetRecords
    mapping: Mapping[str, str]
    questions: tuple[Question, ...]


def feature_rows(features: Features, options: ReadOptions, log: ProblemLog) -> FeatureRows:
    """Rows of the features; what was taken for position and id is said in notices and questions.

    Properties named latitude and longitude give the position only where the mapping says so or no feature has a geometry. An id beside
    the properties is taken for the id of the school only where no property is one, and must be confirmed.

    Raises
    ------
    FileRefused
        `no_rows`: no feature; `missing_column`: features without anything.
    """
    columns = dict(features.properties)
    mapping = _position_mapping(features, options, log)
    if any(features.longitude) or any(features.latitude):
        columns |= {LONGITUDE: features.longitude, LATITUDE: features.latitude}
    questions: tuple[Question, ...] = ()
    has_id = any(known_name(heading, options.mapping) in ID_NAMES for heading in features.properties)
    if any(features.ids) and not has_id:
        columns[FEATURE_ID] = features.ids
        question = _id_question(features.ids)
        mapping[FEATURE_ID] = question.guess
        questions = () if options.confirmed or FEATURE_ID in options.mapping else (question,)
    if not columns:
        raise refusal("missing_column", line=0, found="") if features.ids else refusal("no_rows")
    records = SheetRecords(tuple(_text_array([heading, *cells]) for heading, cells in columns.items()), first_line=0)
    return FeatureRows(records, mapping, questions)


def _position_mapping(features: Features, options: ReadOptions, log: ProblemLog) -> dict[str, str]:
    names = set(_POSITION.values())
    rivals = [heading for heading in features.properties if known_name(heading, options.mapping) in names]
    if not any(features.longitude) and not any(features.latitude):
        return {}
    if any(name in names and heading not in _POSITION for heading, name in options.mapping.items()):
        log.add(row_problem("format_detected", variant="position_of_columns", columns=", ".join(rivals)))
        return dict.fromkeys(_POSITION, "")
    if rivals:
        log.add(row_problem("format_detected", variant="position_of_geometry", columns=", ".join(rivals)))
    return {**dict.fromkeys(rivals, ""), **_POSITION}


def _id_question(ids: Sequence[str]) -> Question:
    filled = [text for text in ids if text]
    guess = "school_id_giga" if all(_UUID.fullmatch(text) for text in filled) else "school_id_govt"
    others = tuple(name for name in ID_NAMES if name != guess)
    return Question(QuestionKind.ROW_ID, FEATURE_ID, guess, alternatives=others, shown={guess: tuple(filled[:3])})


def _text_array(cells: Sequence[str]) -> pa.Array:
    """Cells as Arrow text; halves of surrogate pairs, which JSON can hold and UTF-8 cannot, become U+FFFD."""
    try:
        return pa.array(cells, pa.string())
    except UnicodeEncodeError:
        return pa.array([cell.encode("utf-16", "surrogatepass").decode("utf-16", "replace") for cell in cells], pa.string())


def in_degrees(
    longitude: Sequence[str], latitude: Sequence[str], system: tuple[str, str] | None, log: ProblemLog
) -> tuple[Sequence[str], Sequence[str]]:
    """Positions in degrees (WGS84), converted from a coordinate system with a notice.

    Parameters
    ----------
    longitude, latitude
        First and second coordinate of each feature as text: east before north, whatever the system says of its axes.
    system
        Authority and code, such as EPSG and 32642; None where the positions are in degrees already.

    Raises
    ------
    FileRefused
        `not_a_table`: the system is not known.
    """
    if system is None:
        return longitude, latitude
    try:
        source = pyproj.CRS.from_authority(*system)
        transformer = pyproj.Transformer.from_crs(source, "EPSG:4326", always_xy=True)
    except pyproj.exceptions.ProjError:
        raise refusal("not_a_table", kind=UNKNOWN_SYSTEM) from None
    log.add(row_problem("format_detected", variant="converted", system=f"{':'.join(system)} ({source.name})"))
    x, y = (np.asarray([_number(cell) for cell in cells]) for cells in (longitude, latitude))
    east, north = transformer.transform(x, y)
    return _converted(longitude, east), _converted(latitude, north)


def _number(cell: str) -> float:
    try:
        return float(cell)
    except ValueError:
        return float("nan")


def _converted(cells: Sequence[str], degrees: npt.NDArray[np.float64]) -> list[str]:
    """Converted degrees as text; what could not be converted stays as it was."""
    return [f"{value:.{_DECIMALS}f}" if np.isfinite(value) else cell for cell, value in zip(cells, degrees.tolist(), strict=True)]


def texts(values: Iterable[Any]) -> list[str]:
    """Cells as text: nothing is blank, whole numbers have no decimals, truth is TRUE or FALSE."""
    return [value if type(value) is str else _text(value) for value in values]


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    return value.hex() if isinstance(value, bytes) else str(value)
