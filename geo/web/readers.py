"""Reads the text of one parameter: each reader takes what is documented and refuses everything else with a message that says so."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from geo.errors import InvalidParameter
from geo.model import GROUPING_COLUMNS, Grouping
from geo.schools import enrolment_range
from geo.services.norms import norm_named
from geo.services.search import MAX_QUERY_CHARACTERS, tidy_query

MAX_CODE_CHARACTERS = 64
MAX_VALUES = 200
MAX_GROUPINGS = 3
MAX_RANGES = 20
MAX_ID = 2**31 - 1
MAX_LIMIT = 1_000


def shown(text: str) -> str:
    """A text for a message: cut, control characters escaped."""
    return repr(text if len(text) <= 40 else text[:40] + "…")


def refused(name: str, text: str, accepted: str) -> InvalidParameter:
    """The refusal of a parameter's text, naming what is accepted."""
    return InvalidParameter(f"'{name}' must be {accepted}; got {shown(text)}", parameter=name, code=f"invalid_{name}")


def number_reader(name: str, maximum: int) -> Callable[[str], int]:
    """Reader of a whole number from 1 to `maximum` in ASCII digits: takes "10", refuses "0", "-1", "１０", "1e1" and "1_0"."""

    def read(text: str) -> int:
        if not text.isascii() or not text.isdigit() or len(text) > 10 or not 1 <= int(text) <= maximum:
            raise refused(name, text, f"a whole number from 1 to {maximum}")
        return int(text)

    return read


def read_limit(text: str) -> int:
    """Page size; above the maximum the maximum is used, as OGC API - Features rules."""
    if not text.isascii() or not text.isdigit() or len(text) > 18 or int(text) < 1:
        raise refused("limit", text, f"a whole number from 1 to {MAX_LIMIT}")
    return min(int(text), MAX_LIMIT)


def read_search(text: str) -> str:
    """What to search for, on one line; controls and invisible marks count as blanks, and a text of nothing else is ""."""
    tidy = tidy_query(text)
    if len(tidy) > MAX_QUERY_CHARACTERS:
        raise refused("q", text, f"at most {MAX_QUERY_CHARACTERS} characters")
    return tidy


def word_reader(name: str, words: Iterable[str]) -> Callable[[str], str]:
    """Reader of one known word, spelt exactly."""
    known = tuple(words)

    def read(text: str) -> str:
        if text not in known:
            raise refused(name, text, f"one of {', '.join(known)}")
        return text

    return read


def words_reader(name: str, words: Iterable[str]) -> Callable[[str], tuple[str, ...]]:
    """Reader of a list of known words; words may hold commas themselves ("Pre-Primary, Primary and Secondary")."""
    known = tuple(words)

    def read(text: str) -> tuple[str, ...]:
        if text.endswith(","):
            raise refused(name, text, f"one or more of {', '.join(known)}")
        found: list[str] = []
        rest = text
        while rest:
            match = max((word for word in known if rest == word or rest.startswith(word + ",")), key=len, default=None)
            if match is None:
                raise refused(name, rest, f"one or more of {', '.join(known)}")
            found.append(match)
            rest = rest[len(match) + 1 :].lstrip(" ")
        return tuple(found)

    return read


def codes_reader(name: str) -> Callable[[str], tuple[str, ...]]:
    """Reader of a list of region codes. Whether a release has them is for the service to say."""

    def read(text: str) -> tuple[str, ...]:
        codes = tuple(code.strip() for code in text.split(","))
        if len(codes) > MAX_VALUES or not all(code and len(code) <= MAX_CODE_CHARACTERS and code.isprintable() for code in codes):
            raise refused(name, text, f"up to {MAX_VALUES} codes of up to {MAX_CODE_CHARACTERS} characters, separated by commas")
        return codes

    return read


def read_enrolment(text: str) -> tuple[str, ...]:
    """Ranges of numbers of students: takes "0-99,300-,none", refuses "99", "9-1" and "-5"."""
    values = tuple(value.strip() for value in text.split(","))
    if len(values) > MAX_RANGES:
        raise refused("enrolment", text, f"up to {MAX_RANGES} ranges, separated by commas")
    for value in values:
        enrolment_range(value)
    return values


def read_norm(text: str) -> str:
    """Canonical name of a norm."""
    if len(text) > MAX_CODE_CHARACTERS:
        raise refused("norm", text, "the name of a norm or a number of Mbps")
    return norm_named(text).name


def read_groupings(text: str) -> tuple[Grouping, ...]:
    """Distinct groupings, outermost first."""
    words = tuple(word.strip() for word in text.split(","))
    if len(words) > MAX_GROUPINGS or len(set(words)) < len(words) or not set(words) <= set(GROUPING_COLUMNS):
        raise refused("by", text, f"up to {MAX_GROUPINGS} different ones of {', '.join(GROUPING_COLUMNS)}, separated by commas")
    return tuple(Grouping(word) for word in words)


def enum_schema(words: Iterable[str]) -> dict[str, Any]:
    """JSON Schema of one of several words."""
    return {"type": "string", "enum": [str(word) for word in words]}


def list_schema(schema: Mapping[str, Any]) -> dict[str, Any]:
    """JSON Schema of one or more values, separated by commas, as one text: QGIS passes over parameters whose type is another word."""
    one = "|".join(re.sub(r"([.^$*+?()\[\]{}|\\/])", r"\\\1", word) for word in schema.get("enum", ()))
    one = one or str(schema.get("pattern", "")).removeprefix("^").removesuffix("$")
    listed: dict[str, Any] = {"type": "string", "pattern": f"^({one})(, ?({one}))*$"} if one else {"type": "string", "minLength": 1}
    return {**listed, **({"x-values": list(schema["enum"])} if "enum" in schema else {})}


@dataclass(frozen=True, slots=True)
class Parameter:
    """A query parameter: how its text is read and how it is documented.

    Parameters
    ----------
    read
        Value of a text that is not blank; raises InvalidParameter.
    schema
        JSON Schema of the value as the OpenAPI document states it.
    is_list
        Whether the text may hold several values, separated by commas.
    is_free
        Whether its reader takes what is not printable too, as people paste it.
    """

    name: str
    read: Callable[[str], Any]
    description: str
    schema: Mapping[str, Any]
    is_list: bool = False
    example: str | None = None
    is_free: bool = False

    def as_openapi(self) -> dict[str, Any]:
        """The parameter as an object of the OpenAPI document."""
        schema = list_schema(self.schema) if self.is_list else dict(self.schema)
        document: dict[str, Any] = {"name": self.name, "in": "query", "required": False, "description": self.description}
        document |= {"style": "form", "explode": False, "schema": schema}
        if self.example is not None:
            document["example"] = self.example
        return document
