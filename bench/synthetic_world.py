"""A synthetic world of schools, crowded as people are: towns of very different sizes in countries of very different sizes."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from bench.synthetic_release import synthetic_release
from geo.model import ReleaseKind, ReleaseRecord
from geo.schools import FloatArray
from geo.services.compose import Composed
from geo.services.publishing import Draft, current_release, publish
from geo.services.workspace import Workspace
from geo.tiles import curve_order

COUNTRIES = 300
SCHOOLS_OF_A_TOWN = 40
LOST_SHARE = 0.01
"""Schools without a position."""


def world_positions(schools: int) -> tuple[FloatArray, FloatArray]:
    """Longitudes and latitudes in degrees, five decimals, shape (schools,); a few are NaN."""
    rng = np.random.default_rng(5)
    towns = max(1, schools // SCHOOLS_OF_A_TOWN)
    middles = np.column_stack([rng.uniform(-120, 150, COUNTRIES), rng.uniform(-40, 62, COUNTRIES)])
    weights = rng.pareto(1.1, COUNTRIES) + 0.05
    country = rng.choice(COUNTRIES, towns, p=weights / weights.sum())
    town = middles[country] + rng.normal(0, 1, (towns, 2)) * rng.uniform(1, 6, COUNTRIES)[country][:, None]
    sizes = rng.pareto(1.3, towns) + 0.1
    places = town[rng.choice(towns, schools, p=sizes / sizes.sum())] + rng.normal(0, 0.05, (schools, 2))
    places = np.round(np.clip(places, (-179, -60), (179, 75)), 5)
    places[rng.random(schools) < LOST_SHARE] = np.nan
    return places[:, 0], places[:, 1]


def world_table(schools: int) -> pa.Table:
    """A table of `RELEASE_SCHEMA` in the order of a release."""
    table = synthetic_release(schools)
    longitude, latitude = world_positions(schools)
    for name, values in (("longitude", longitude), ("latitude", latitude)):
        at = table.schema.get_field_index(name)
        table = table.set_column(at, table.schema.field(at), pa.array(values, mask=np.isnan(values)))
    return table.take(pa.array(curve_order(longitude, latitude, table["school_id"])))


def with_regions(table: pa.Table, regions: int) -> pa.Table:
    """The table with so many regions, one for each school but a few."""
    rng = np.random.default_rng(3)
    codes = pa.array(rng.integers(0, regions, table.num_rows).astype(np.int32), mask=rng.random(table.num_rows) < LOST_SHARE)
    for name in ("admin1", "admin1_name"):
        labels = pa.array([f"{name} {number:02d}" for number in range(regions)])
        at = table.schema.get_field_index(name)
        table = table.set_column(at, table.schema.field(at), pa.DictionaryArray.from_arrays(codes, labels).cast(pa.string()))
    return table


def publish_world(workspace: Workspace, schools: int, regions: int | None = None) -> ReleaseRecord:
    """Publish a synthetic world in a deployment that is set up, with so many regions where it is said."""
    draft = Draft(current_release(workspace), ReleaseKind.IMPORT, {}, "bench", None)
    table = world_table(schools) if regions is None else with_regions(world_table(schools), regions)
    return publish(workspace, draft, Composed(table, {"schools": schools}, ("synthetic demonstration data",)))
