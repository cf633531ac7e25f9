"""All tiles of a release under a norm as one PMTiles file, and what a set of tiles says of itself."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from markupsafe import escape

from geo import __version__
from geo.errors import InvalidParameter, NotFound
from geo.model import AREA_TYPES, STATUSES, ReleaseRecord, View
from geo.norms import NORMS
from geo.services.coverage import Shown, citation, is_synthetic, resolve
from geo.services.tiles import ranks_along_curve, tile_bounds
from geo.services.workspace import Workspace
from geo.tiles import LAYER, MAX_MARKS, ArchivedSchools, deepest_zoom, write_archive

SHOWN_SOURCES = 10
"""Sources named in an attribution; more are counted."""
FIELDS = {
    "status": f"Status under the norm: {', '.join(STATUSES)}.",
    "area_type": f"Area type: {', '.join(AREA_TYPES)}.",
    "stands_for": "How many schools the point stands for; 1 in every tile of at most "
    f"{MAX_MARKS:,} schools. Where it is more, the point shows the school in greatest need.",
}
"""Attributes of points in words, as TileJSON wants them."""
ARCHIVE_FIELDS = {"status": "String", "area_type": "String", "stands_for": "Number"}
"""The same by their types, as readers of PMTiles files want them."""


@dataclass(frozen=True)
class TileArchive:
    """A PMTiles file and what it is of."""

    path: Path
    shown: Shown


def tile_archive(workspace: Workspace, view: View) -> TileArchive:
    """The PMTiles file of the release, norm and basis of a view; made now if nobody asked for it before.

    Raises
    ------
    NoRelease, NotFound
        There is no such release, or no school of it has a position.
    InvalidParameter
        The norm is none of the named ones, for which alone files are kept.
    NotReady
        It is being made now and takes longer than one should wait.
    """
    shown = resolve(workspace, View(release_id=view.release_id, norm=view.norm, basis=view.basis))
    norm = shown.norm.name
    if norm not in NORMS and norm != workspace.default_norm.name:
        named = ", ".join(dict.fromkeys((*NORMS, workspace.default_norm.name)))
        raise InvalidParameter(
            f"one file of all tiles is kept for {named} alone; for other norms take the single tiles", parameter="norm", code="invalid_norm"
        )
    if not len(shown.opened.curve):
        raise NotFound(f"no school of release {shown.release.id} has a position, so that there are no tiles")
    # Its words name the release; one that undoes another has the very file of the one before.
    name = f"{shown.release.sha256}-{shown.release.id}-{norm}-{shown.basis}-{__version__}"

    def write(file: BinaryIO) -> None:
        opened = shown.opened
        statuses, area_types = opened.statuses(shown.norm, shown.basis), opened.columns.area_type
        bounds = tile_bounds(shown)
        if bounds is not None:
            schools = ArchivedSchools(opened.curve, statuses, area_types, ranks_along_curve(shown), bounds)
            words = tile_words(shown, deepest_zoom(opened.curve.codes))
            words["vector_layers"][0]["fields"] = dict(ARCHIVE_FIELDS)
            write_archive(file, schools, words)

    return TileArchive(workspace.tile_archives.get(name, write), shown)


def tile_words(shown: Shown, max_zoom: int) -> dict[str, Any]:
    """What a set of tiles says of itself, in TileJSON and in PMTiles alike."""
    return {
        "name": f"Schools by connectivity, release {shown.release.id}",
        "description": citation(shown.release, shown.norm, shown.basis, shown.where),
        "attribution": attribution(shown.release),
        "vector_layers": [
            {"id": LAYER, "description": "Schools with a position", "minzoom": 0, "maxzoom": max_zoom, "fields": dict(FIELDS)},
        ],
    }


def attribution(release: ReleaseRecord) -> str:
    """The release and its sources; clients show it as HTML, and sources are texts that people typed."""
    named = [str(escape(source)) for source in release.sources[:SHOWN_SOURCES]]
    more = [f"and {len(release.sources) - SHOWN_SOURCES} more"] if len(release.sources) > SHOWN_SOURCES else []
    warning = "Synthetic demonstration data: these are not real schools. " if is_synthetic(release) else ""
    return f"{warning}Qosyl release {release.id} of {release.published_at:%Y-%m-%d}" + (
        f"; sources: {'; '.join(named + more)}" if named else ""
    )
