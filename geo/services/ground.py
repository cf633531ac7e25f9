"""Own ground under the map: lakes, rivers, roads and places loaded from files, with source and licence; none by default."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import shapely

from geo.errors import InvalidParameter, NotFound
from geo.model import GroundKind, Key, Role
from geo.regions.ground import Box, Ground, read_ground
from geo.services.keys import actor_name, require_role
from geo.services.regions import boundary_sets
from geo.services.workspace import Workspace
from geo.store import insert_audit

MAX_CREDIT_CHARACTERS = 200


@dataclass(frozen=True)
class GroundFile:
    """Where ground is in a file, what it is, and whose.

    Parameters
    ----------
    source, licence
        Shown on the map and kept with the layer; one line each.
    name_columns
        Language to column.
    size_column
        Column of numbers by which larger features matter more.
    """

    path: Path
    kind: GroundKind
    source: str
    licence: str
    layer: str | None = None
    name_columns: Mapping[str, str] = field(default_factory=dict)
    size_column: str | None = None


@dataclass(frozen=True)
class GroundLayer:
    """A loaded layer without its shapes; `name` is what it is removed by."""

    name: str
    kind: GroundKind
    source: str
    licence: str
    file_name: str
    features: int
    vertices: int
    loaded_at: datetime
    loaded_by: str

    @property
    def credit(self) -> str:
        """Whose ground it is, for the map's attribution."""
        return f"{self.source} ({self.licence})"


def load_ground(workspace: Workspace, file: GroundFile, *, actor: Key | None = None) -> GroundLayer:
    """Read, simplify and keep a layer of ground; it shows on the maps from then on.

    Raises
    ------
    Forbidden
        The key may not publish.
    InvalidParameter
        Source or licence is missing, or no line of plain text.
    BoundaryError
        The file cannot be used as it is.
    StoreFull, StoreUnavailable
        The layer could not be kept.
    """
    require_role(actor, Role.PUBLISHER)
    for name, text in (("source", file.source), ("licence", file.licence)):
        if not text.strip() or len(text) > MAX_CREDIT_CHARACTERS or not text.isprintable():
            raise InvalidParameter(f"'{name}' must be one line of 1 to {MAX_CREDIT_CHARACTERS} characters", parameter=name)
    ground = read_ground(
        file.path, file.kind, layer=file.layer, name_columns=file.name_columns, size_column=file.size_column, box=_country(workspace)
    )
    content = _content(file, ground)
    name = f"{file.kind}-{hashlib.sha256(_bytes(content)).hexdigest()[:12]}"
    document = {**content, "loaded_at": datetime.now(UTC).isoformat(), "loaded_by": actor_name(actor)}
    workspace.ground_files.write(name, _bytes(document))
    detail = {"source": file.source, "licence": file.licence, "file": file.path.name, "features": len(ground)}
    with workspace.catalog.transaction() as connection:
        insert_audit(connection, actor_name(actor), "ground.load", name, detail)
    return _layer(name, document)


def ground_layers(workspace: Workspace) -> tuple[GroundLayer, ...]:
    """All loaded layers by kind, those loaded first before others."""
    found = [_layer(name, _kept(workspace, name)) for name in workspace.ground_files.names()]
    order = tuple(GroundKind)
    return tuple(sorted(found, key=lambda layer: (order.index(layer.kind), layer.loaded_at)))


def remove_ground(workspace: Workspace, name: str, *, actor: Key | None = None) -> None:
    """Remove a layer.

    Raises
    ------
    Forbidden
        The key may not publish.
    NotFound
        There is no such layer.
    """
    require_role(actor, Role.PUBLISHER)
    if name not in workspace.ground_files.names():
        raise NotFound(f"there is no ground '{name[:40]}'; `ground list` shows what there is")
    workspace.ground_files.remove(name)
    with workspace.catalog.transaction() as connection:
        insert_audit(connection, actor_name(actor), "ground.remove", name, {})


def ground_digest(workspace: Workspace) -> str:
    """A name for the ground that is loaded now; "" where there is none."""
    names = workspace.ground_files.names()
    return hashlib.sha256("\n".join(names).encode()).hexdigest()[:12] if names else ""


def ground_features(workspace: Workspace, language: str) -> dict[str, list[dict[str, Any]]]:
    """What is drawn, by kind: a GeoJSON geometry and, where it has one, a name in a language, in English where that is missing."""
    drawn: dict[str, list[dict[str, Any]]] = {}
    for layer in ground_layers(workspace):
        kept = _kept(workspace, layer.name)
        names = kept["names"].get(language, kept["names"]["en"])
        features = drawn.setdefault(layer.kind.value, [])
        for geometry, name, english in zip(kept["geometries"], names, kept["names"]["en"], strict=True):
            features.append({"geometry": geometry, **({"name": name or english} if name or english else {})})
    return drawn


def _kept(workspace: Workspace, name: str) -> dict[str, Any]:
    return workspace.ground.get(name, lambda: json.loads(workspace.ground_files.read(name)))


def _country(workspace: Workspace) -> Box | None:
    """Box of the regions loaded last; None without any."""
    regions = [record for record in boundary_sets(workspace) if record.level == 1]
    if not regions:
        return None
    west, south, east, north = shapely.total_bounds(workspace.boundary_set(regions[-1].id).simplified.geometries)
    return float(west), float(south), float(east), float(north)


def _bytes(document: Mapping[str, Any]) -> bytes:
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()


def _content(file: GroundFile, ground: Ground) -> dict[str, Any]:
    """Everything of a layer but when and by whom it was loaded: the same again has the same name."""
    return {
        "kind": file.kind.value,
        "source": file.source.strip(),
        "licence": file.licence.strip(),
        "file_name": file.path.name,
        "vertices": ground.vertex_count,
        "names": {language: list(names) for language, names in ground.names.items()},
        "geometries": [json.loads(text) for text in shapely.to_geojson(ground.geometries)],
    }


def _layer(name: str, document: Mapping[str, Any]) -> GroundLayer:
    return GroundLayer(
        name=name,
        kind=GroundKind(document["kind"]),
        source=document["source"],
        licence=document["licence"],
        file_name=document["file_name"],
        features=len(document["geometries"]),
        vertices=document["vertices"],
        loaded_at=datetime.fromisoformat(document["loaded_at"]),
        loaded_by=document["loaded_by"],
    )
