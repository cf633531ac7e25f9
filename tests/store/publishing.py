"""Releases for the store's tests: tables whose content says which release they are, published the way a service does."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from geo.config import Settings
from geo.model import ReleaseKind, ReleaseRecord
from geo.schools import RELEASE_SCHEMA
from geo.store import Catalog, NewRelease, ReleaseFiles, insert_release, select_current_release, select_current_release_id


def numbered_table(number: int, row_count: int | None = None) -> pa.Table:
    """A release table whose every row carries a number, and by default has a row count that follows from it."""
    count = rows_of(number) if row_count is None else row_count
    columns: dict[str, Any] = {field.name: pa.nulls(count, field.type) for field in RELEASE_SCHEMA}
    columns["school_id"] = pa.array([f"{row:06d}" for row in range(count)], pa.string())
    columns["school_name"] = pa.array([f"School {row} of {number}" for row in range(count)], pa.string())
    columns["connectivity"] = pa.array(["yes", "no", "unknown"] * count, pa.string())[:count]
    columns["school_area_type"] = pa.array(["rural"] * count, pa.string())
    columns["num_students"] = pa.array(np.full(count, number, dtype=np.int32))
    columns["longitude"] = pa.array(np.linspace(46.5, 87.3, count))
    columns["latitude"] = pa.array(np.linspace(40.6, 55.4, count))
    return pa.table(columns, schema=RELEASE_SCHEMA)


def rows_of(number: int) -> int:
    """How many rows the table of a number has."""
    return 2_000 + 37 * (number % 50)


def new_release(parent_id: int | None = None, **values: Any) -> NewRelease:
    """A release to insert, showing only what matters."""
    given: dict[str, Any] = {
        "parent_id": parent_id,
        "kind": ReleaseKind.IMPORT,
        "file_name": "some.parquet",
        "sha256": "ab" * 32,
        "byte_count": 1,
        "school_count": 0,
        "country": "KZ",
        "boundaries": {"admin1": 1},
        "vintages": {"admin1": "2024"},
        "sources": ("ministry",),
        "counts": {"schools": 0},
        "reason": "test",
        "published_by": "tester",
        "software_version": "0.1.0",
    }
    return NewRelease(**given | values)


def publish_next(catalog: Catalog, files: ReleaseFiles, row_count: int | None = None) -> ReleaseRecord:
    """Publish a release whose table carries its own id; Conflict where another was published meanwhile."""
    with catalog.reading() as connection:
        parent_id = select_current_release_id(connection)
    number = (parent_id or 0) + 1
    table = numbered_table(number, row_count)
    written = files.write(table, {"number": number})
    with catalog.transaction() as connection:
        return insert_release(
            connection,
            new_release(
                parent_id,
                file_name=written.file_name,
                sha256=written.sha256,
                byte_count=written.byte_count,
                school_count=table.num_rows,
            ),
        )


def current_release(catalog: Catalog) -> ReleaseRecord | None:
    """The current release as a reader sees it."""
    with catalog.reading() as connection:
        return select_current_release(connection)


def assert_whole(files: ReleaseFiles, record: ReleaseRecord) -> None:
    """The file of a release is what the catalog says, and every part of its content says the same number."""
    files.verify(record)
    table = files.open(record)
    assert table.num_rows == record.school_count == rows_of(record.id)
    assert files.metadata_of(record) == {"number": record.id}
    assert table["num_students"].unique().to_pylist() == [record.id]
    assert table["school_name"].equals(numbered_table(record.id)["school_name"])


def settings_for(directory: Path, database_url: str | None = None, data_url: str | None = None) -> Settings:
    """Settings of a deployment in a temporary directory."""
    return Settings(data_dir=directory, database_url=database_url, data_url=data_url, testing=True)
