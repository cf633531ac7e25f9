"""Reads query strings strictly: only known parameters, each once, each parsed by its own reader that refuses rather than guesses.

One table holds every parameter, for routes, documentation and tests alike.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from rapidfuzz import fuzz, process
from werkzeug.datastructures import MultiDict

from geo.errors import InvalidParameter
from geo.model import (
    API_FILTERS,
    FILTERS,
    GROUPING_COLUMNS,
    NO_VALUE,
    Areas,
    AreaType,
    Basis,
    ConnectivityType,
    EducationLevel,
    Flag,
    Measure,
    Status,
    View,
    where,
)
from geo.render.map_picture import DEFAULT_SIZE, SIZES
from geo.services.norms import NORMS
from geo.services.school_changes import CHANGE_KINDS
from geo.services.search import MAX_QUERY_CHARACTERS
from geo.web.api_filters import API_FILTER_PARAMETERS, FILTER_OPTIONS
from geo.web.file_parameters import FILE_PARAMETERS
from geo.web.readers import (
    MAX_CODE_CHARACTERS,
    MAX_GROUPINGS,
    MAX_ID,
    MAX_LIMIT,
    Parameter,
    codes_reader,
    enum_schema,
    number_reader,
    read_enrolment,
    read_groupings,
    read_limit,
    read_norm,
    read_search,
    refused,
    shown,
    word_reader,
    words_reader,
)

LANGUAGES = ("en", "ru", "kk")
FORMATS = ("json", "csv", "xlsx")
MAX_VALUE_CHARACTERS = 4_000
DEFAULT_LIMIT = 50
SUGGESTION_SCORE = 60


class UnknownParameter(InvalidParameter):
    """A parameter that the address does not take; `nearest` is the one that was probably meant."""

    def __init__(self, name: str, accepted: Sequence[str]) -> None:
        best = process.extractOne(name[:MAX_CODE_CHARACTERS], accepted, scorer=fuzz.WRatio, score_cutoff=SUGGESTION_SCORE)
        self.nearest: str | None = best[0] if best else None
        hint = f" Did you mean {self.nearest!r}?" if self.nearest else ""
        listed = ", ".join(accepted) or "none"
        message = f"Unknown parameter {shown(name)}.{hint} Accepted here: {listed}."
        super().__init__(message, parameter=name[:40], code="unknown_parameter")


_CODE_SCHEMA = {"type": "string", "maxLength": MAX_CODE_CHARACTERS}
_AREA_TYPES = tuple(AreaType)
_CONNECTIVITY_TYPES = (*ConnectivityType, NO_VALUE)
_EDUCATION_LEVELS = (*EducationLevel, NO_VALUE)
_FILTER_NOTE = "Several values, separated by commas, mean any of them"

PARAMETERS: Mapping[str, Parameter] = {
    parameter.name: parameter
    for parameter in (
        *API_FILTER_PARAMETERS,
        *FILE_PARAMETERS,
        Parameter(
            "release", number_reader("release", MAX_ID), "Id of a release; the current one if absent.", {"type": "integer", "minimum": 1}
        ),
        Parameter(
            "norm",
            read_norm,
            f"The speed a school needs: {', '.join(NORMS)}, or a plain number of Mbps.",
            {"type": "string", "default": "kz-2023"},
            example="kz-2023",
        ),
        Parameter(
            "basis",
            lambda text: Basis(word_reader("basis", Basis)(text)),
            "Which download speed counts: the measured one if known, else the declared one (best), or one of the two alone.",
            {**enum_schema(Basis), "default": "best"},
        ),
        Parameter(
            "admin1",
            codes_reader("admin1"),
            f"Codes of regions. {_FILTER_NOTE}; '{NO_VALUE}' is the schools in no region.",
            _CODE_SCHEMA,
            is_list=True,
        ),
        Parameter(
            "admin2",
            codes_reader("admin2"),
            f"Codes of districts. {_FILTER_NOTE}; '{NO_VALUE}' is the schools in no district.",
            _CODE_SCHEMA,
            is_list=True,
        ),
        Parameter(
            "area_type", words_reader("area_type", _AREA_TYPES), f"Area type. {_FILTER_NOTE}.", enum_schema(_AREA_TYPES), is_list=True
        ),
        Parameter(
            "education_level",
            words_reader("education_level", _EDUCATION_LEVELS),
            f"Education level. {_FILTER_NOTE}; '{NO_VALUE}' is the schools without one.",
            enum_schema(_EDUCATION_LEVELS),
            is_list=True,
        ),
        Parameter(
            "connectivity_type",
            words_reader("connectivity_type", _CONNECTIVITY_TYPES),
            f"Technology of the connection. {_FILTER_NOTE}; '{NO_VALUE}' is the schools without one.",
            enum_schema(_CONNECTIVITY_TYPES),
            is_list=True,
        ),
        Parameter(
            "enrolment",
            read_enrolment,
            f"Numbers of students as ranges, both ends included. {_FILTER_NOTE}; '{NO_VALUE}' is the schools of unknown enrolment.",
            {"type": "string", "pattern": r"^(\d{1,7}-(\d{1,7})?|none)$"},
            is_list=True,
            example="300-",
        ),
        Parameter("status", words_reader("status", Status), f"Status under the norm. {_FILTER_NOTE}.", enum_schema(Status), is_list=True),
        Parameter(
            "flag",
            words_reader("flag", Flag),
            f"Flags on the school, such as a doubtful position. {_FILTER_NOTE}.",
            enum_schema(Flag),
            is_list=True,
        ),
        Parameter(
            "disagrees",
            lambda text: (word_reader("disagrees", ("true", "false"))(text),),
            "Whether the declared and the measured speed lie on different sides of the norm.",
            enum_schema(("true", "false")),
        ),
        Parameter(
            "by",
            read_groupings,
            f"What to group by, outermost first, up to {MAX_GROUPINGS}; without it there are no rows, only the total.",
            enum_schema(GROUPING_COLUMNS),
            is_list=True,
            example="admin1",
        ),
        Parameter(
            "level",
            lambda text: int(word_reader("level", ("1", "2"))(text)),
            "Level of regions.",
            {"type": "integer", "enum": [1, 2], "default": 1},
        ),
        Parameter(
            "limit",
            read_limit,
            f"How many at most; above {MAX_LIMIT} counts as {MAX_LIMIT}.",
            {"type": "integer", "minimum": 1, "maximum": MAX_LIMIT, "default": DEFAULT_LIMIT},
        ),
        Parameter(
            "q",
            read_search,
            f"What to search for: words of a name in any alphabet, an id or its beginning, a region or district; at most "
            f"{MAX_QUERY_CHARACTERS} characters.",
            {"type": "string", "maxLength": MAX_QUERY_CHARACTERS},
            example="Қарашоқы",
            is_free=True,
        ),
        Parameter(
            "page",
            number_reader("page", MAX_ID),
            "Which page of a list; the last one if there are fewer.",
            {"type": "integer", "minimum": 1, "default": 1},
        ),
        Parameter(
            "before", number_reader("before", MAX_ID), "Only those with a smaller id: the next page.", {"type": "integer", "minimum": 1}
        ),
        Parameter("from", number_reader("from", MAX_ID), "Id of the release to compare with.", {"type": "integer", "minimum": 1}),
        Parameter("to", number_reader("to", MAX_ID), "Id of the release that is compared.", {"type": "integer", "minimum": 1}),
        Parameter(
            "change",
            words_reader("change", CHANGE_KINDS),
            "What happened to the schools that are listed; several values, separated by commas, mean any of them.",
            enum_schema(CHANGE_KINDS),
            is_list=True,
        ),
        Parameter("since", number_reader("since", MAX_ID), "Id of the release to compare with.", {"type": "integer", "minimum": 1}),
        Parameter(
            "count",
            word_reader("count", ("schools", "students")),
            "What bars and shares of pages count.",
            {**enum_schema(("schools", "students")), "default": "schools"},
        ),
        Parameter(
            "measure",
            lambda text: Measure(word_reader("measure", Measure)(text)),
            "What areas on the map show.",
            {**enum_schema(Measure), "default": "meets_norm"},
        ),
        Parameter(
            "areas",
            lambda text: Areas(word_reader("areas", Areas)(text)),
            "Which areas the map shows: regions, districts, or hexagons of equal area in three sizes.",
            {**enum_schema(Areas), "default": "admin1"},
        ),
        Parameter("size", word_reader("size", tuple(SIZES)), "Size of a picture.", {**enum_schema(tuple(SIZES)), "default": DEFAULT_SIZE}),
        Parameter(
            "lang",
            word_reader("lang", LANGUAGES),
            "Language of names, English if absent, and of texts, Accept-Language if absent.",
            enum_schema(LANGUAGES),
        ),
        Parameter(
            "f", word_reader("f", FORMATS), "Format of the answer; xlsx of coverage alone.", {**enum_schema(FORMATS), "default": "json"}
        ),
    )
}
"""Every parameter that an address can take."""

VIEW_PARAMETERS: tuple[str, ...] = ("release", "norm", "basis", *FILTERS)
"""Parameters that choose what a figure or a map shows."""
API_VIEW_PARAMETERS: tuple[str, ...] = ("release", "norm", "basis", *API_FILTERS, *FILTER_OPTIONS)
"""Parameters that choose what an answer of the API is about: those of pages and more filters."""


def read_query(
    arguments: MultiDict[str, str], accepted: Sequence[str], *, own: Mapping[str, Parameter] | None = None, blank_is_absent: bool = False
) -> dict[str, Any]:
    """Values of the parameters of a query string, by name; absent ones are not in it.

    Parameters
    ----------
    accepted
        Names of `PARAMETERS` that the address takes.
    own
        Parameters that the address reads in its own way, by name.
    blank_is_absent
        Whether `admin1=` means no filter, as an HTML form sends it; else it is refused, so that a script's empty variable does not
        ask for the whole country.

    Raises
    ------
    InvalidParameter
        A parameter is unknown (code `unknown_parameter`), repeated (`repeated_parameter`), too long, not printable, or its value is not
        accepted (`invalid_…`).
    """
    values: dict[str, Any] = {}
    for name, texts in arguments.lists():
        if name not in accepted:
            raise UnknownParameter(name, accepted)
        if len(texts) > 1:
            raise InvalidParameter(f"'{name}' is given {len(texts)} times; give it once", parameter=name, code="repeated_parameter")
        if texts[0] or not blank_is_absent:
            values[name] = _value((own or {}).get(name) or PARAMETERS[name], texts[0])
    return values


def _value(parameter: Parameter, text: str) -> Any:
    if not text or len(text) > MAX_VALUE_CHARACTERS or not (parameter.is_free or text.isprintable()):
        raise refused(parameter.name, text, f"1 to {MAX_VALUE_CHARACTERS} printable characters")
    try:
        return parameter.read(text)
    except InvalidParameter as error:
        if error.parameter == parameter.name and error.specific_code:
            raise
        raise InvalidParameter(str(error), parameter=parameter.name, code=error.specific_code or f"invalid_{parameter.name}") from error


def view_of(values: Mapping[str, Any]) -> View:
    """The view that parsed values choose."""
    view = View(where=where(**{name: values.get(name, ()) for name in API_FILTERS}))
    chosen = {"release_id": values.get("release"), "norm": values.get("norm"), "basis": values.get("basis")}
    return replace(view, **{name: value for name, value in chosen.items() if value is not None})


def parameters_of(view: View) -> dict[str, str]:
    """Query parameters that choose a view, defaults left out, in canonical order: equal views give equal addresses."""
    parameters: dict[str, str] = {}
    if view.release_id is not None:
        parameters["release"] = str(view.release_id)
    if view.norm is not None:
        parameters["norm"] = view.norm
    if view.basis is not Basis.BEST:
        parameters["basis"] = view.basis.value
    return parameters | view.where.as_parameters()
