"""Parameters of complete files: which properties of the schools, and what stands between the cells of a CSV."""

from __future__ import annotations

from collections.abc import Mapping

from rapidfuzz import fuzz, process

from geo.errors import InvalidParameter
from geo.school_properties import PROPERTY_NAMES
from geo.web.readers import MAX_CODE_CHARACTERS, Parameter, enum_schema, shown, word_reader

SEPARATORS: Mapping[str, str] = {",": ",", ";": ";", "tab": "\t", "\t": "\t"}
"""What `sep` may be, and what then stands between cells; a tab by its name too, since it is easily lost in an address."""
SUGGESTION_SCORE = 60
SPEED, SPEED_BASIS = "download_speed_mbps", "download_speed_basis"


class UnknownField(InvalidParameter):
    """A name that no property has; `nearest` is the one that was probably meant."""

    def __init__(self, name: str) -> None:
        best = process.extractOne(name[:MAX_CODE_CHARACTERS], PROPERTY_NAMES, scorer=fuzz.WRatio, score_cutoff=SUGGESTION_SCORE)
        self.nearest: str | None = best[0] if best else None
        hint = f" Did you mean {self.nearest!r}?" if self.nearest else ""
        message = f"'fields' has {shown(name)}, which is no property of schools.{hint} Known are: {', '.join(PROPERTY_NAMES)}."
        super().__init__(message, parameter="fields", code="invalid_fields")


def read_fields(text: str) -> tuple[str, ...]:
    """Names of properties in the order wanted; the speed that counts brings what it is with it.

    An upload would else take a measured speed without a word beside it for a declared one.

    Raises
    ------
    InvalidParameter
        A name that no property has (`UnknownField`), or one that is given twice.
    """
    names = tuple(name.strip() for name in text.split(","))
    for name in names:
        if name not in PROPERTY_NAMES:
            raise UnknownField(name)
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise InvalidParameter(f"'fields' has {twice!r} more than once", parameter="fields", code="invalid_fields")
    if SPEED not in names or SPEED_BASIS in names:
        return names
    after = names.index(SPEED) + 1
    return (*names[:after], SPEED_BASIS, *names[after:])


FILE_PARAMETERS: tuple[Parameter, ...] = (
    Parameter(
        "fields",
        read_fields,
        "Properties that the file has of each school, in this order; all of them if absent. A file with points has those besides; "
        "`download_speed_mbps` is always followed by `download_speed_basis` unless that is named.",
        enum_schema(PROPERTY_NAMES),
        is_list=True,
        example="school_id",
    ),
    Parameter(
        "sep",
        lambda text: SEPARATORS[word_reader("sep", SEPARATORS)(text)],
        "What stands between cells: a comma, a semicolon as Excel expects it where numbers have a decimal comma, or a tab.",
        {**enum_schema((",", ";", "tab")), "default": ","},
        is_free=True,
    ),
)
"""What complete files take besides the parameters of a view."""
