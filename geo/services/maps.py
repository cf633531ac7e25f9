"""What a map draws: the shapes of units, and the filtered schools as arrays; and the units of a release as a list."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from geo.model import ReleaseRecord, View
from geo.schools import BoolArray, FloatArray, Int8Array
from geo.services.coverage import coverage_answer, resolve
from geo.services.workspace import LEVELS, Workspace


@dataclass(frozen=True)
class MapSchools:
    """The filtered schools as arrays of equal length.

    Parameters
    ----------
    rows
        Row of each school in the release; None where all schools are here in the release's order.
    """

    release: ReleaseRecord
    longitude: FloatArray
    latitude: FloatArray
    statuses: Int8Array
    area_types: Int8Array
    is_flagged: BoolArray
    rows: npt.NDArray[np.uint32] | None


@dataclass(frozen=True)
class UnitShapes:
    """Simplified units of a boundary set as GeoJSON; the same for every release, norm and language."""

    codes: tuple[str, ...]
    geometries: tuple[Mapping[str, Any], ...]
    bounds: tuple[float, float, float, float] | None


def unit_shapes(workspace: Workspace, boundary_set_id: int) -> UnitShapes:
    """Simplified geometries of a boundary set.

    Raises
    ------
    NotFound
        There is no such set.
    """
    units = workspace.boundary_set(boundary_set_id).simplified
    texts = shapely.to_geojson(units.geometries)
    bounds = tuple(float(edge) for edge in shapely.total_bounds(units.geometries)) if len(units) else None
    return UnitShapes(units.codes, tuple(json.loads(text) for text in texts), bounds)  # type: ignore[arg-type]  # four edges


def map_schools(workspace: Workspace, view: View) -> MapSchools:
    """The schools that a view's map draws or counts as not placed.

    Raises
    ------
    NoRelease, NotFound
        There is no such release.
    InvalidParameter
        The norm or a value of the filter is unknown.
    """
    shown = resolve(workspace, view)
    columns = shown.opened.columns
    statuses = shown.opened.statuses(shown.norm, shown.basis)
    flagged = shown.opened.is_flagged
    mask = shown.opened.mask(shown.where, shown.norm, shown.basis)
    if mask is None:
        return MapSchools(shown.release, columns.longitude, columns.latitude, statuses, columns.area_type, flagged, None)
    rows = np.flatnonzero(mask)
    return MapSchools(
        release=shown.release,
        longitude=columns.longitude[rows],
        latitude=columns.latitude[rows],
        statuses=statuses[rows],
        area_types=columns.area_type[rows],
        is_flagged=flagged[rows],
        rows=rows.astype(np.uint32),
    )


@dataclass(frozen=True)
class Region:
    """A unit of a release's boundaries, for lists; `parent` is the code of the unit above."""

    code: str
    level: int
    names: Mapping[str, str]
    parent: str | None
    vintage: str
    schools: int


def regions(workspace: Workspace, release_id: int | None = None, level: int = 1) -> tuple[Region, ...]:
    """Units of a level that located the schools of a release, sorted by code; none where it had no boundaries.

    Raises
    ------
    NoRelease, NotFound
        There is no such release.
    """
    grouping = next(grouping for grouping, own in LEVELS.items() if own == level)
    record = workspace.release(release_id)
    identity = record.boundaries.get(grouping.value)
    if identity is None:
        return ()
    units = workspace.boundary_set(identity).units
    answer = coverage_answer(workspace, View(release_id=record.id), (grouping,))
    schools = {row.keys[grouping]: row["schools"] for row in answer.rows}
    return tuple(
        Region(
            code,
            level,
            {language: names[at] for language, names in units.names.items()},
            parent,
            record.vintages[grouping.value],
            schools.get(code, 0),
        )
        for at, (code, parent) in enumerate(zip(units.codes, units.parents, strict=True))
    )
