"""The collections of features that the API offers, and how far each reaches in space and time."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime

import numpy as np
import pyarrow.compute as pc
import shapely

from geo.errors import NoRelease
from geo.model import Grouping, ReleaseRecord
from geo.points import LngLatBox
from geo.selecting import COLLECTED_ON
from geo.services.releases import releases
from geo.services.workspace import Workspace

MOST_RELEASES = 100_000


@dataclass(frozen=True, slots=True)
class Collection:
    """A collection of features: its id in addresses, and what it holds, in English."""

    id: str
    title: str
    description: str


def _(text: str) -> str:
    """Mark a text for extraction; pages translate it where it is shown."""
    return text


COLLECTIONS: tuple[Collection, ...] = (
    Collection(
        "schools",
        _("Schools"),
        _(
            "Every school of a release with its connectivity, its status under the norm asked for, and where each fact comes from. "
            "Schools without a position have no geometry and are here all the same."
        ),
    ),
    Collection(
        "regions",
        _("Regions"),
        _("First-level regions of the release's boundaries, with the figures of the schools in each."),
    ),
    Collection(
        "districts",
        _("Districts"),
        _("Second-level regions of the release's boundaries, with the figures of the schools in each."),
    ),
    Collection(
        "releases",
        _("Releases"),
        _("Every published state of the data, newest first. None is ever changed. They have no geometry."),
    ),
)


@dataclass(frozen=True)
class Extent:
    """How far a collection reaches: west, south, east and north in degrees (WGS84), and its first and last moment; None where unknown."""

    bounds: LngLatBox | None = None
    first: datetime | None = None
    last: datetime | None = None


def extent_of(workspace: Workspace, collection_id: str) -> Extent:
    """Extent of a collection now, that is of the current release; nothing is known of it before the first."""
    release = newest_release(workspace)
    if release is None:
        return Extent()
    return _EXTENTS[collection_id](workspace, release)


def _of_schools(workspace: Workspace, release: ReleaseRecord) -> Extent:
    opened = workspace.opened(release)
    rows = opened.curve.rows(np.arange(len(opened.curve), dtype=np.uint32))
    longitude, latitude = opened.columns.longitude[rows], opened.columns.latitude[rows]
    bounds = None
    if len(rows):
        bounds = (float(longitude.min()), float(latitude.min()), float(longitude.max()), float(latitude.max()))
    days = pc.min_max(opened.table[COLLECTED_ON])
    return Extent(bounds, _midnight(days["min"].as_py()), _midnight(days["max"].as_py()))


def _of_units(grouping: Grouping) -> Callable[[Workspace, ReleaseRecord], Extent]:
    def extent(workspace: Workspace, release: ReleaseRecord) -> Extent:
        identity = release.boundaries.get(grouping.value)
        units = None if identity is None else workspace.boundary_set(identity).simplified
        if units is None or not len(units):
            return Extent()
        west, south, east, north = (float(edge) for edge in shapely.total_bounds(units.geometries))
        return Extent((west, south, east, north))

    return extent


def _of_releases(workspace: Workspace, release: ReleaseRecord) -> Extent:
    published = [record.published_at for record in releases(workspace, limit=MOST_RELEASES)]
    return Extent(None, min(published), max(published)) if published else Extent()


_EXTENTS: Mapping[str, Callable[[Workspace, ReleaseRecord], Extent]] = {
    "schools": _of_schools,
    "regions": _of_units(Grouping.ADMIN1),
    "districts": _of_units(Grouping.ADMIN2),
    "releases": _of_releases,
}


def _midnight(day: date | None) -> datetime | None:
    return None if day is None else datetime(day.year, day.month, day.day, tzinfo=UTC)


def newest_release(workspace: Workspace) -> ReleaseRecord | None:
    """The current release; None before the first."""
    try:
        return workspace.release()
    except NoRelease:
        return None
