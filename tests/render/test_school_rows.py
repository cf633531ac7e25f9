"""Rows of schools as text: every value exact, whatever is in it."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.points import coordinates, wkb_points
from geo.render.school_csv import BYTE_ORDER_MARK, csv_parts
from geo.render.school_json import geojson_parts, json_lines
from geo.render.spreadsheet_cells import guarded

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12) | st.sampled_from(
    ["=1", "'=1", "''-", "+", "@x", "\t=1", "\r\n", '"', '""', "a,b;c\td", "\\", "\x00", "\u2028", "№1 🏫", "", " "]
)
NUMBER = st.floats(allow_nan=False, allow_infinity=False)
CELLS = st.lists(
    st.fixed_dictionaries(
        {"name": st.none() | TEXT, "word": st.none() | TEXT, "mbps": st.none() | NUMBER, "students": st.none() | st.integers(0, 50_000)}
    ),
    max_size=8,
)
SCHEMA = pa.schema(
    [("name", pa.string()), ("word", pa.dictionary(pa.int32(), pa.string())), ("mbps", pa.float64()), ("students", pa.int32())]
)


def batches(rows: list[dict[str, Any]], size: int = 3) -> Iterator[pa.Table]:
    for start in range(0, len(rows), size):
        yield pa.Table.from_pylist(rows[start : start + size], schema=SCHEMA)


def unguarded(text: str) -> str:
    return text[1:] if text.startswith("'") and text.lstrip("'")[:1] in {*"=+-@\t\r"} else text


@given(CELLS, st.sampled_from([",", ";", "\t"]))
def test_csv_gives_every_value_back(rows: list[dict[str, Any]], separator: str) -> None:
    text = b"".join(csv_parts(SCHEMA.names, batches(rows), separator)).decode()

    head, *read = csv.reader(io.StringIO(text.removeprefix(BYTE_ORDER_MARK), newline=""), delimiter=separator, strict=True)

    assert head == SCHEMA.names
    assert [[unguarded(cells[0]), unguarded(cells[1])] for cells in read] == [[row["name"] or "", row["word"] or ""] for row in rows]
    assert [[float(cell) if cell else None for cell in cells[2:]] for cells in read] == [[row["mbps"], row["students"]] for row in rows]


@given(TEXT)
def test_no_cell_begins_like_a_formula(name: str) -> None:
    parts = csv_parts(["name"], [pa.table({"name": [name]})])

    _, (cell,) = csv.reader(io.StringIO(b"".join(parts).decode().removeprefix(BYTE_ORDER_MARK), newline=""))

    assert cell == guarded(name)
    assert not cell.startswith(("=", "+", "-", "@", "\t", "\r"))
    assert unguarded(cell) == name


@given(CELLS)
def test_lines_of_json_give_every_value_back(rows: list[dict[str, Any]]) -> None:
    text = b"".join(json_lines(SCHEMA.names, batches(rows))).decode()

    assert [json.loads(line) for line in text.split("\n")[:-1]] == rows


@pytest.mark.parametrize(
    ("value", "text"),
    [(20.0, "20.0"), (-0.0, "-0.0"), (0.1 + 0.2, "0.30000000000000004"), (1e300, "1e+300"), (5e-324, "5e-324"), (None, "null")],
)
def test_number_of_a_column_with_decimals_always_looks_like_one(value: float | None, text: str) -> None:
    batch = pa.table({"mbps": pa.array([value], pa.float64())})

    assert b"".join(json_lines(["mbps"], [batch])) == f'{{"mbps":{text}}}\n'.encode()


def test_day_is_written_as_iso_says() -> None:
    batch = pa.table({"day": pa.array([date(2024, 5, 1), None], pa.date32())})

    assert b"".join(json_lines(["day"], [batch])) == b'{"day":"2024-05-01"}\n{"day":null}\n'
    assert b"".join(csv_parts(["day", "other"], [batch.append_column("other", pa.array(["a", "b"]))])).endswith(b"2024-05-01,a\r\n,b\r\n")


@given(st.lists(st.none() | st.tuples(st.floats(-180, 180), st.floats(-90, 90)), max_size=7), st.integers(0, 3))
def test_positions_come_back_from_wkb_and_from_geojson(points: list[tuple[float, float] | None], start: int) -> None:
    known = [point or (0.0, 0.0) for point in points]
    longitude, latitude = ([float(point[axis]) for point in known] for axis in (0, 1))
    packed = wkb_points(np.array([point is not None for point in points], dtype=bool), np.array(longitude), np.array(latitude))
    batch = pa.table({"id": pa.array([str(place) for place in range(len(points))], pa.string()), "geometry": packed})

    collection = json.loads(b"".join(geojson_parts([], [batch] if points else [], identity="id", geometry="geometry", members={"n": 1})))
    found = coordinates(packed.slice(start))

    assert [feature["geometry"] and tuple(feature["geometry"]["coordinates"]) for feature in collection["features"]] == points
    assert [None if np.isnan(pair[0]) else pair for pair in zip(*(axis.tolist() for axis in found), strict=True)] == points[start:]


def test_words_of_a_later_batch_with_another_dictionary_are_its_own() -> None:
    first, second = (pa.table({"word": pa.array([word]).dictionary_encode()}) for word in ("a", "b"))

    assert b"".join(json_lines(["word"], [first, second])) == b'{"word":"a"}\n{"word":"b"}\n'
