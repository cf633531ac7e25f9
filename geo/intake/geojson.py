"""GeoJSON (RFC 7946): a collection of points, read feature by feature through a window, so that nesting costs neither memory nor stack.

Numbers stay the text they are: an id of thirty digits and the zeros at the end of a coordinate are kept.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from geo.errors import FileRefused
from geo.intake.columns import MAX_COLUMNS
from geo.intake.features import UNKNOWN_SYSTEM, Features, in_degrees
from geo.intake.problem_log import ProblemLog
from geo.intake.problem_text import mark as _
from geo.intake.problems import refusal

_WINDOW = 2 << 20
"""Bytes that are looked at at once; no feature may be larger: 64 cells of 32 kB."""
_BLANKS = " \t\n\r"
_EPSG = re.compile(r"(?:urn:ogc:def:crs:)?EPSG:(?:[0-9.]*:)?([0-9]{4,6})", re.IGNORECASE)
# takes: EPSG:32642, urn:ogc:def:crs:EPSG::3857; refuses: +proj=utm
_DEGREES = frozenset({"4326", "4979"})
_INVALID = _("GeoJSON that is damaged, cut off or nested too deeply")
_NOT_POINTS = _("GeoJSON with geometries other than points")
_OTHER_JSON = _("JSON that is no GeoJSON collection of features")
_DECODER = json.JSONDecoder(parse_float=str, parse_int=str, parse_constant=str)


def is_json(text: bytes) -> bool:
    """Whether a text begins as JSON does; no table begins so."""
    return text[:2048].lstrip(b" \t\r\n\x0b\x0c").startswith((b"{", b"["))


def read_geojson(data: bytes, *, max_rows: int, log: ProblemLog) -> Features:
    """The features of a collection of points.

    Parameters
    ----------
    data
        Valid UTF-8.
    max_rows
        Features that are kept at most; the others are only counted.

    Raises
    ------
    FileRefused
        `not_a_table`: invalid JSON, other JSON, or a geometry that is no point; `too_many_columns`, `too_many_rows`.
    """
    collected = _Collected(max_rows)
    try:
        text = _Text(data)
        _read_collection(text, collected)
    except (ValueError, RecursionError):
        raise _refused(_INVALID) from None
    if collected.kind != "FeatureCollection" or not collected.has_features:
        raise _refused(_OTHER_JSON)
    if collected.count > max_rows:
        raise refusal("too_many_rows", count=collected.count, limit=max_rows)
    longitude, latitude = in_degrees(collected.longitude, collected.latitude, _system(collected.crs), log)
    return Features(collected.properties(), longitude, latitude, collected.ids)


def _refused(kind: str, line: int | None = None) -> FileRefused:
    return refusal("not_a_table", line=line, kind=kind)


class _Text:
    """A window over the text and a place in it."""

    def __init__(self, data: bytes) -> None:
        self._data, self._start, self._at = data, 0, 0
        self._shown = data[:_WINDOW].decode("utf-8", "ignore")

    def _slide(self) -> bool:
        """Begin the window at the place; False where it begins there already or shows the end."""
        if self._at == 0 or self._start + _WINDOW >= len(self._data):
            return False
        self._start += len(self._shown[: self._at].encode())
        self._shown = self._data[self._start : self._start + _WINDOW].decode("utf-8", "ignore")
        self._at = 0
        return True

    def peek(self) -> str:
        """The next character that is not blank; empty at the end."""
        while True:
            while self._at < len(self._shown) and self._shown[self._at] in _BLANKS:
                self._at += 1
            if self._at < len(self._shown):
                return self._shown[self._at]
            if not self._slide():
                return ""

    def take(self, *expected: str) -> str:
        """The next character, which must be one of those expected."""
        found = self.peek()
        if found not in expected or not found:
            raise ValueError(found)
        self._at += 1
        return found

    def value(self) -> Any:
        """The next JSON value; one that reaches the end of the window is read again from where it begins."""
        self.peek()
        while True:
            try:
                value, end = _DECODER.raw_decode(self._shown, self._at)
            except ValueError:
                if not self._slide():
                    raise
                continue
            if end < len(self._shown) or not self._slide():
                self._at = end
                return value


def _read_collection(text: _Text, collected: _Collected) -> None:
    if text.peek() != "{":
        raise _refused(_OTHER_JSON)
    for name in _members(text):
        if name == "features":
            if text.peek() != "[" or collected.has_features:
                raise _refused(_OTHER_JSON)
            collected.has_features = True
            for feature in _items(text):
                collected.add(feature)
            continue
        value = text.value()
        if name == "type":
            collected.kind = value
        elif name == "crs":
            collected.crs = value
    if text.peek():
        raise ValueError


def _members(text: _Text) -> Iterator[str]:
    """Names of the members of an object; whoever takes a name reads its value."""
    text.take("{")
    if text.peek() == "}":
        text.take("}")
        return
    while True:
        if text.peek() != '"':
            raise ValueError
        name = text.value()
        text.take(":")
        yield name
        if text.take(",", "}") == "}":
            return


def _items(text: _Text) -> Iterator[Any]:
    text.take("[")
    if text.peek() == "]":
        text.take("]")
        return
    while True:
        yield text.value()
        if text.take(",", "]") == "]":
            return


class _Collected:
    """What a collection has, column by column; a column is shorter than the others where its last features have no such property."""

    def __init__(self, max_rows: int) -> None:
        self._max_rows = max_rows
        self.count = 0
        self.kind: Any = None
        self.crs: Any = None
        self.has_features = False
        self.longitude: list[str] = []
        self.latitude: list[str] = []
        self.ids: list[str] = []
        self._columns: dict[str, list[str]] = {}

    def add(self, feature: Any) -> None:
        """Take in the next feature."""
        number = self.count
        self.count += 1
        if not isinstance(feature, dict) or feature.get("type") != "Feature":
            raise _refused(_OTHER_JSON, number + 1)
        properties = feature.get("properties")
        if not isinstance(properties, dict | None):
            raise _refused(_OTHER_JSON, number + 1)
        longitude, latitude = _position(feature.get("geometry"), number + 1)
        if number >= self._max_rows:
            return
        self.longitude.append(longitude)
        self.latitude.append(latitude)
        self.ids.append(_cell(feature.get("id")))
        for heading, value in (properties or {}).items():
            cells = self._columns.get(heading)
            if cells is None:
                cells = self._columns[heading] = []
                if len(self._columns) > MAX_COLUMNS:
                    raise refusal("too_many_columns", line=number + 1, count=len(self._columns), limit=MAX_COLUMNS)
            if len(cells) < number:
                cells.extend([""] * (number - len(cells)))
            cells.append(value if type(value) is str else _cell(value))

    def properties(self) -> dict[str, list[str]]:
        """Heading → cells, one a feature."""
        count = len(self.ids)
        return {heading: cells + [""] * (count - len(cells)) for heading, cells in self._columns.items()}


def _cell(value: Any) -> str:
    if value is None or isinstance(value, str):
        return value or ""
    return ("TRUE" if value else "FALSE") if isinstance(value, bool) else json.dumps(value, ensure_ascii=False)


def _position(geometry: Any, number: int) -> tuple[str, str]:
    """Longitude and latitude of a point, or of a MultiPoint of one; blank for no geometry."""
    if geometry is None:
        return "", ""
    if not isinstance(geometry, dict):
        raise _refused(_OTHER_JSON, number)
    place = geometry.get("coordinates")
    if geometry.get("type") == "MultiPoint" and isinstance(place, list) and len(place) <= 1:
        place = place[0] if place else []
    elif geometry.get("type") != "Point":
        raise _refused(_NOT_POINTS, number)
    if place == []:
        return "", ""
    if not isinstance(place, list) or len(place) < 2 or not all(isinstance(part, str) for part in place[:2]):
        raise _refused(_NOT_POINTS, number)
    return place[0], place[1]


def _system(crs: Any) -> tuple[str, str] | None:
    """Authority and code of the coordinate system of older GeoJSON; None for degrees."""
    if crs is None:
        return None
    properties = crs.get("properties") if isinstance(crs, dict) else None
    name = properties.get("name") if isinstance(properties, dict) else None
    if isinstance(name, str) and name.upper().endswith("CRS84"):
        return None
    found = _EPSG.fullmatch(name) if isinstance(name, str) else None
    if found is None:
        raise _refused(UNKNOWN_SYSTEM)
    return None if found.group(1) in _DEGREES else ("EPSG", found.group(1))
