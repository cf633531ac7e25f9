"""What an answer holds: JSON → records → columns of text, or a fault that names the endpoint and the field.

Missing fields and the text 'null' are nothing; a field of another type than the interface describes is a changed schema.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import orjson
import pyarrow as pa
import pyarrow.compute as pc

from geo.column_table import word_of
from geo.errors import SourceFailed

MAX_TEXT_CHARACTERS = 2_000
"""Far more than any of our columns takes; a longer text is no name."""

MAX_MARKS = 1_000_000
"""Most braces, brackets and commas of an answer: a page of 1,000 records has some 20,000, and 50 MB of `[{},{},…` would fill a gigabyte."""
MAX_MESSAGE_BYTES = 65_536

TEXT, NUMBER, YES_OR_NO = "text", "number", "yes or no"
_TYPES: dict[str, tuple[type, ...]] = {TEXT: (str,), NUMBER: (int, float, str), YES_OR_NO: (bool, str)}
_NOTHING = pa.array(["", "null"])


@dataclass(frozen=True, slots=True)
class Shape:
    """An endpoint and the fields of its records that are read.

    Parameters
    ----------
    kinds
        Field → `TEXT`, `NUMBER` or `YES_OR_NO`.
    needed
        Fields without any value in the whole list make it useless: the schema has changed.
    """

    endpoint: str
    kinds: dict[str, str]
    needed: tuple[str, ...]

    def check_whole(self, table: pa.Table) -> None:
        """Refuse a list in which a needed field has no value at all.

        Raises
        ------
        SourceFailed
            `schema_changed`.
        """
        absent = [field for field in self.needed if table[field].null_count == table.num_rows]
        if absent:
            raise SourceFailed("schema_changed", f"{self.endpoint}: no record has '{absent[0]}'")


COUNTRY_FIELD = "country_iso3_code"
ID_FIELD = "giga_id_school"

LOCATIONS = Shape(
    "schools_location",
    {
        ID_FIELD: TEXT,
        COUNTRY_FIELD: TEXT,
        "school_name": TEXT,
        "latitude": NUMBER,
        "longitude": NUMBER,
        "education_level": TEXT,
        "school_data_source": TEXT,
    },
    needed=(ID_FIELD, "latitude", "longitude"),
)
PROFILES = Shape(
    "schools_profile",
    {
        ID_FIELD: TEXT,
        COUNTRY_FIELD: TEXT,
        "admin1": TEXT,
        "admin2": TEXT,
        "school_area_type": TEXT,
        "connectivity": YES_OR_NO,
        "connectivity_type": TEXT,
        "school_data_source": TEXT,
    },
    needed=(ID_FIELD, "connectivity"),
)
MEASUREMENTS = Shape(
    "all_measurements",
    {ID_FIELD: TEXT, COUNTRY_FIELD: TEXT, "date": TEXT, "download_speed": NUMBER, "data_source": TEXT},
    needed=(ID_FIELD, "date", "download_speed"),
)
SHAPES: dict[str, Shape] = {shape.endpoint: shape for shape in (LOCATIONS, PROFILES, MEASUREMENTS)}


def records_of(body: bytes, endpoint: str) -> list[Any]:
    """The records of an answer, in Giga's envelope or bare.

    Raises
    ------
    SourceFailed
        `not_json`, `refused` (the envelope says that it failed), `schema_changed`, `too_large` (in pieces, not in bytes).
    """
    if sum(body.count(mark) for mark in (b"{", b"[", b",")) > MAX_MARKS:
        raise SourceFailed("too_large", f"{endpoint}: one answer has more than {MAX_MARKS:,} pieces")
    try:
        answer = orjson.loads(body.removeprefix(b"\xef\xbb\xbf"))
    except orjson.JSONDecodeError:
        what = "an HTML page" if body.lstrip()[:1] == b"<" else "no JSON, or cut short"
        raise SourceFailed("not_json", f"{endpoint}: the answer is {what}") from None
    if isinstance(answer, dict):
        if answer.get("success", True) is not True:
            raise SourceFailed("refused", f"{endpoint}: the answer says that it failed")
        answer = answer.get("data")
    if not isinstance(answer, list):
        raise SourceFailed("schema_changed", f"{endpoint}: the answer holds no list of records")
    if set(map(type, answer)) - {dict}:
        raise SourceFailed("schema_changed", f"{endpoint}: a record is not an object")
    return answer


def is_message(body: bytes) -> bool:
    """Whether a body is an object of JSON, as Giga's own messages are: not the error page of some other server."""
    try:
        return len(body) <= MAX_MESSAGE_BYTES and isinstance(orjson.loads(body), dict)
    except orjson.JSONDecodeError:
        return False


def table_of(rows: Sequence[Any], shape: Shape) -> pa.Table:
    """Columns of trimmed text from the records of one page, in their order; null where there is nothing.

    A yes or no becomes "yes" or "no"; a word for it becomes that of the column table, and what is no word stays as it is.

    Raises
    ------
    SourceFailed
        `schema_changed`: a value is of another type than the interface describes, or absurdly long.
    """
    return pa.table({field: _texts([row.get(field) for row in rows], field, shape) for field in shape.kinds})


def _texts(values: list[Any], field: str, shape: Shape) -> pa.Array:
    kind = shape.kinds[field]
    types = set(map(type, values)) - {type(None)}
    wrong = sorted(each.__name__ for each in types - set(_TYPES[kind]))
    if wrong:
        raise SourceFailed("schema_changed", f"{shape.endpoint}: '{field}' should be {kind}; a value of type {wrong[0]} came")
    if types - {str}:
        values = [None if value is None else str(value) for value in values]
    texts = pc.utf8_trim_whitespace(pa.array(values, pa.string()))
    if (pc.max(pc.utf8_length(texts)).as_py() or 0) > MAX_TEXT_CHARACTERS:
        raise SourceFailed("schema_changed", f"{shape.endpoint}: a value of '{field}' has more than {MAX_TEXT_CHARACTERS:,} characters")
    if kind == YES_OR_NO:
        texts = _as_words(texts)
    return pc.if_else(pc.is_in(pc.utf8_lower(texts), value_set=_NOTHING), None, texts)


def _as_words(texts: pa.Array) -> pa.Array:
    """Yes and no in our words; what says that it is not known is nothing."""
    encoded = texts.dictionary_encode()
    words = [text if (word := word_of("connectivity", text)) is None else word for text in encoded.dictionary.to_pylist()]
    known = pa.array([None if word == "unknown" else word for word in words], pa.string())
    return known.take(encoded.indices)
