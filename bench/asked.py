"""What `bench.bench_api` asks: the same questions to the service and to datasette, and the database that datasette answers from."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

import numpy as np
import pyarrow as pa

from geo.model import AreaType, ConnectivityType, EducationLevel, View
from geo.services import Workspace
from geo.services.coverage import resolve
from geo.services.school_tables import school_table

TABLE = "schools"
PAGE = 100
COLUMN_INDEXES = ("school_area_type", "education_level", "connectivity_type", "num_students", "longitude, latitude")
"""An index for each column that is filtered by. None on admin1: with it SQLite takes half as long again for the same groups."""
QUERY_INDEX = "admin1, status, num_students, school_area_type, education_level, connectivity_type"
"""One made for the very queries of this benchmark: it covers them, so that the table is not read at all."""
GROUPED = f"SELECT admin1, status, COUNT(*), SUM(num_students) FROM {TABLE} {{where}} GROUP BY admin1, status"  # noqa: S608
_KINDS: Sequence[tuple[str, str, Sequence[str]]] = (
    ("area_type", "school_area_type", tuple(AreaType)),
    ("education_level", "education_level", tuple(EducationLevel)),
    ("connectivity_type", "connectivity_type", tuple(ConnectivityType)),
)


@dataclass(frozen=True)
class Question:
    """One question in the words of both: addresses without host."""

    ours: str
    datasette: str


def unfiltered() -> Question:
    """Coverage of all schools by region."""
    return Question("/api/v1/coverage?by=admin1", _sql(GROUPED.format(where="")))


def filtered(count: int, seed: int) -> Iterator[Question]:
    """Coverage by region of the schools of `count` filters, no two of them the same: one to three of four kinds each."""
    chosen = random.Random(seed)
    seen: set[str] = set()
    while len(seen) < count:
        parameters, terms = _filter(chosen)
        address = f"/api/v1/coverage?{urlencode({'by': 'admin1', **parameters})}"
        if parameters and address not in seen:
            seen.add(address)
            yield Question(address, _sql(GROUPED.format(where=f"WHERE {' AND '.join(terms)}")))


def _filter(chosen: random.Random) -> tuple[dict[str, str], list[str]]:
    parameters: dict[str, str] = {}
    terms: list[str] = []
    for name, column, words in _KINDS:
        if chosen.random() < 0.5:
            values = sorted(chosen.sample(words, chosen.randint(1, 2)))
            parameters[name] = ",".join(values)
            terms.append(f"{column} IN ({', '.join(repr(str(value)) for value in values)})")
    if not terms or chosen.random() < 0.5:
        least = chosen.randint(0, 700)
        most = least + chosen.randint(50, 400)
        parameters["enrolment"] = f"{least}-{most}"
        terms.append(f"num_students BETWEEN {least} AND {most}")
    return parameters, terms


def boxes(workspace: Workspace, count: int, seed: int) -> Iterator[Question]:
    """Pages of the first schools of `count` boxes, each with at least `PAGE` schools, around schools of the release."""
    columns = resolve(workspace, View()).opened.columns
    eastward = np.argsort(columns.longitude)[: -int(np.isnan(columns.longitude).sum()) or None]
    longitude, latitude = columns.longitude[eastward], columns.latitude[eastward]
    chosen = np.random.default_rng(seed)
    while count:
        school = chosen.integers(len(longitude))
        half = chosen.uniform(0.2, 4.0)
        west, east = (round(float(longitude[school]) + side * half, 3) for side in (-1, 1))
        south, north = (round(float(latitude[school]) + side * half, 3) for side in (-1, 1))
        strip = latitude[slice(*np.searchsorted(longitude, (west, east)))]
        if west < -180 or east > 180 or ((strip >= south) & (strip <= north)).sum() < PAGE:
            continue
        count -= 1
        where = {"longitude__gte": west, "longitude__lte": east, "latitude__gte": south, "latitude__lte": north}
        page = {"_shape": "objects", "_size": PAGE, "_nofacet": 1, "_nosuggest": 1}
        yield Question(
            f"/api/v1/collections/schools/items?bbox={west},{south},{east},{north}&limit={PAGE}",
            f"/columns/{TABLE}.json?{urlencode({**where, **page})}",
        )


def _sql(statement: str, database: str = "columns") -> str:
    return f"/{database}.json?{urlencode({'sql': statement, '_shape': 'objects'})}"


def on_query_index(address: str) -> str:
    """The same question to the database whose index was made for it."""
    return address.replace("/columns", "/query", 1)


def databases(workspace: Workspace, directory: Path) -> tuple[Path, Path]:
    """SQLite files of the current release, all properties of all schools as the service gives them: columns.db and query.db."""
    table = school_table(workspace, resolve(workspace, View()))
    columns = [
        (column if pa.types.is_integer(column.type) or pa.types.is_floating(column.type) else column.cast(pa.string())).to_pylist()
        for column in table.columns
    ]
    made = []
    for name, indexes in (("columns", COLUMN_INDEXES), ("query", (QUERY_INDEX,))):
        path = directory / f"{name}.db"
        with sqlite3.connect(path) as connection:
            connection.execute(f"CREATE TABLE {TABLE} ({', '.join(_column(field) for field in table.schema)})")
            connection.executemany(f"INSERT INTO {TABLE} VALUES ({', '.join('?' * len(columns))})", zip(*columns, strict=True))  # noqa: S608
            for number, index in enumerate(indexes):
                connection.execute(f"CREATE INDEX {TABLE}_{number} ON {TABLE} ({index})")
            connection.execute("ANALYZE")
        connection.close()
        made.append(path)
    return made[0], made[1]


def _column(field: pa.Field) -> str:
    kind = "INTEGER" if pa.types.is_integer(field.type) else "REAL" if pa.types.is_floating(field.type) else "TEXT"
    return f"{field.name} {kind}" + (" PRIMARY KEY" if field.name == "school_id" else "")
