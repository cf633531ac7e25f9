"""Own ground under the map: loaded while the service runs, drawn with its names and its makers as text, gone when it is removed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from geo.config import Settings
from geo.model import GroundKind
from geo.services.ground import GroundFile, GroundLayer, load_ground, remove_ground
from geo.services.workspace import Workspace, open_workspace
from tests.browser.conftest import Service
from tests.browser.visitor import Visitor

pytestmark = pytest.mark.browser

HOSTILE = "<img src=x onerror=alert(1)> ${alert(1)} `"
SHAPES = {
    GroundKind.LAKES: {"type": "Polygon", "coordinates": [[[73, 46], [79, 46], [79, 47], [73, 47], [73, 46]]]},
    GroundKind.RIVERS: {"type": "LineString", "coordinates": [[60, 50], [62, 49]]},
    GroundKind.ROADS: {"type": "LineString", "coordinates": [[64, 50], [66, 49]]},
    GroundKind.PLACES: {"type": "Point", "coordinates": [66, 44]},
}


@pytest.fixture
def service(service_to_change: Service) -> Service:
    """The service that may be changed."""
    return service_to_change


def loaded(workspace: Workspace, directory: Path, kind: GroundKind, shape: dict[str, object]) -> GroundLayer:
    feature = {"type": "Feature", "properties": {"name": f"{kind} {HOSTILE}", "ru": "Название"}, "geometry": shape}
    path = directory / f"{kind}.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}), encoding="utf-8")
    return load_ground(workspace, GroundFile(path, kind, HOSTILE, "CC0", name_columns={"en": "name", "ru": "ru"}))


def test_loaded_ground_is_drawn_named_and_credited_and_gone_when_removed(visitor: Visitor, service: Service, tmp_path: Path) -> None:
    page = visitor.page
    with open_workspace(Settings(data_dir=service.data_dir, testing=True)) as workspace:
        layers = [loaded(workspace, tmp_path, kind, shape) for kind, shape in SHAPES.items()]

        visitor.see_map()
        page.wait_for_selector(".map[data-ground='4']")

        assert [page.locator(f".map path.ground-{kind}").count() for kind in ("lakes", "rivers", "roads")] == [1, 1, 1]
        assert page.locator(".ground-town").inner_text() == f"places {HOSTILE}"
        assert f"{HOSTILE} (CC0)" in page.locator(".leaflet-control-attribution").inner_text()

        visitor.see_map("/?lang=ru")
        page.wait_for_selector(".map[data-ground='4']")
        assert page.locator(".ground-town").inner_text() == "Название"

        for layer in layers:
            remove_ground(workspace, layer.name)

    visitor.see_map()
    assert page.locator(".map .ground-label, .map path[class^=ground-]").count() == 0
