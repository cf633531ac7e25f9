"""Synthetic school lists as CSV files of 15 columns and any size, for the benchmarks; none of the values means anything."""

from __future__ import annotations

import io
from datetime import date
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv

HIGHEST_LATITUDE, HIGHEST_LONGITUDE = 55.0, 87.0
_REGIONS = tuple(f"Область {number}" for number in range(1, 21))


def write_upload(path: Path, count: int, *, seed: int = 1) -> None:
    """Write a CSV file of so many schools, each with all its facts or some of them, and a position on land of 14 by 40 degrees."""
    rng = np.random.default_rng(seed)
    connectivity = rng.choice(np.asarray(["yes", "no", "unknown", ""]), count)
    speed = pa.array(np.round(rng.random(count) * 100, 1), mask=connectivity != "yes")
    columns = {
        "school_id_govt": [f"KZ{number:08d}" for number in range(count)],
        "school_name": [f"Орта мектеп №{number}" for number in range(count)],
        "latitude": np.round(41.0 + rng.random(count) * (HIGHEST_LATITUDE - 41.0), 6),
        "longitude": np.round(47.0 + rng.random(count) * (HIGHEST_LONGITUDE - 47.0), 6),
        "admin1": rng.choice(np.asarray(_REGIONS), count),
        "school_area_type": rng.choice(np.asarray(["urban", "rural"]), count),
        "education_level": rng.choice(np.asarray(["Primary", "Secondary", "Primary and Secondary"]), count),
        "num_students": rng.integers(10, 2_000, count),
        "connectivity": connectivity,
        "connectivity_type": rng.choice(np.asarray(["fiber", "xdsl", "cellular", "satellite", ""]), count),
        "download_speed_declared_mbps": speed,
        "upload_speed_mbps": speed,
        "latency_ms": rng.integers(1, 300, count),
        "data_source": pa.repeat("Ministry", count),
        "collected_on": pa.array([date(2026, 5, 1 + number % 28) for number in range(count)]),
    }
    target = io.BytesIO()
    table = pa.table({name: pa.array(values) for name, values in columns.items()})
    pyarrow.csv.write_csv(table, target, write_options=pyarrow.csv.WriteOptions(quoting_style="needed"))
    path.write_bytes(target.getvalue())
