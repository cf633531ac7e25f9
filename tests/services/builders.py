"""Deployments and boundary sets small enough to read in a test: a country of two square regions with two districts each."""

from __future__ import annotations

import json
from pathlib import Path

from geo.config import Settings
from geo.model import BoundarySetRecord, ImportRecord, ReleaseRecord
from geo.services import Workspace, open_workspace
from geo.services.imports import publish_import, stage_import
from geo.services.regions import BoundaryFile, load_boundaries
from tests.set_up import set_up

WEST, EAST = "XA10", "XA20"


def open_empty(directory: Path, *, database_url: str | None = None) -> Workspace:
    """A deployment that is set up and holds nothing."""
    if database_url is None:
        return open_workspace(Settings(data_dir=set_up(directory / "var")))
    workspace = open_workspace(Settings(data_dir=directory / "var", database_url=database_url))
    workspace.catalog.migrate()
    return workspace


def _square(west: float, south: float, east: float, north: float) -> dict[str, object]:
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    return {"type": "Polygon", "coordinates": [ring]}


def write_regions(path: Path) -> Path:
    """Two regions side by side, 10 to 11 and 11 to 12 degrees east, 50 to 51 north."""
    features = [
        {
            "type": "Feature",
            "properties": {"code": code, "name_en": english, "name_ru": russian},
            "geometry": _square(west, 50, west + 1, 51),
        }
        for code, english, russian, west in ((WEST, "West", "Запад", 10), (EAST, "East", "Восток", 11))
    ]
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}), encoding="utf-8")
    return path


def write_districts(path: Path, *, border: float = 11.0) -> Path:
    """A northern and a southern district of each region; `border` moves the line between west and east."""
    features = [
        {
            "type": "Feature",
            "properties": {"code": f"{parent}{half}", "name": f"{parent} {half}", "parent": parent},
            "geometry": _square(west, south, east, south + 0.5),
        }
        for parent, west, east in ((WEST, 10.0, border), (EAST, border, 12.0))
        for half, south in (("S", 50.0), ("N", 50.5))
    ]
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}), encoding="utf-8")
    return path


def load_regions(workspace: Workspace, directory: Path, vintage: str = "2022") -> BoundarySetRecord:
    """Load the two regions."""
    path = write_regions(directory / f"regions-{vintage}.geojson")
    return load_boundaries(workspace, BoundaryFile(path, "XA", 1, "code", {"en": "name_en", "ru": "name_ru"}, vintage))


def load_districts(workspace: Workspace, directory: Path, vintage: str = "2022", *, border: float = 11.0) -> BoundarySetRecord:
    """Load the four districts."""
    path = write_districts(directory / f"districts-{vintage}.geojson", border=border)
    return load_boundaries(workspace, BoundaryFile(path, "XA", 2, "code", {"en": "name"}, vintage, parent_column="parent"))


def stage_csv(workspace: Workspace, text: str, *, file_name: str = "schools.csv") -> ImportRecord:
    """Stage a CSV text."""
    return stage_import(workspace, text.encode(), file_name=file_name)


def publish_csv(workspace: Workspace, text: str, *, file_name: str = "schools.csv") -> ReleaseRecord:
    """Stage and publish a CSV text, whatever it changes."""
    staged = stage_csv(workspace, text, file_name=file_name)
    return publish_import(workspace, staged.id, confirm=(staged.report or {}).get("confirm_token"))
