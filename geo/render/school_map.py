"""The map as folium makes it: regions, a layer of schools, and one script without random names.

The script belongs to a boundary set alone: which class a region is in, names, addresses and words reach the browser as JSON beside it
(see static/map.js), so that changing a filter moves no geometry and no text of ours or of a file passes through folium's strings.
Colours live in the stylesheet. Equal input gives equal text, so the script can be served as a file named by its content.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import folium
from branca.element import MacroElement
from folium.template import Template

from geo.render.palette import NO_SHARE

MAP_ID = "qosyl"
MAX_ZOOM = 18
WORLD: tuple[float, float, float, float] = (-170.0, -60.0, 170.0, 75.0)
"""West, south, east, north of a map without regions, degrees."""

Bounds = tuple[float, float, float, float]


@dataclass(frozen=True)
class RegionShapes:
    """The regions of one map, simplified for drawing.

    Parameters
    ----------
    codes
        Code of each region, n of them, each once.
    geometries
        GeoJSON polygons or multipolygons, n of them, degrees, WGS84, longitude first.
    bounds
        West, south, east, north of them all, degrees; None where there are no regions.
    """

    codes: tuple[str, ...] = ()
    geometries: tuple[Mapping[str, Any], ...] = ()
    bounds: Bounds | None = None

    def feature_collection(self) -> dict[str, Any]:
        """GeoJSON whose features carry the code as `id` and nothing else."""
        features = [
            {"type": "Feature", "id": code, "properties": {}, "geometry": dict(geometry)}
            for code, geometry in zip(self.codes, self.geometries, strict=True)
        ]
        return {"type": "FeatureCollection", "features": features}


@dataclass(frozen=True)
class MapOptions:
    """What the map's script needs to know besides the regions.

    Parameters
    ----------
    script_url, style_url
        Addresses of Leaflet on this host.
    view_id
        Id of the page's JSON element that holds classes, names, addresses and words.
    """

    script_url: str = "/static/vendor/leaflet/leaflet.js"
    style_url: str = "/static/vendor/leaflet/leaflet.css"
    view_id: str = "map-view"


class OwnMap(folium.Map):
    """A folium map without tiles, inline styles, random names or foreign hosts."""

    _template = Template(
        """
        {% macro html(this, kwargs) %}<div class="map" id="{{ this.get_name() }}" role="region" tabindex="0"></div>{% endmacro %}

        {% macro script(this, kwargs) %}
            var {{ this.get_name() }} = L.map({{ this.get_name()|tojson }}, {{ this.options|tojavascript }});
            {{ this.get_name() }}.attributionControl.setPrefix("Leaflet");
            {{ this.get_name() }}.fitBounds({{ this.corners|tojson }});
        {% endmacro %}
        """
    )

    def __init__(self, bounds: Bounds, options: MapOptions) -> None:
        west, south, east, north = bounds
        super().__init__(
            location=((south + north) / 2, (west + east) / 2),
            tiles=None,
            zoom_snap=0.25,
            zoom_delta=1,
            wheel_px_per_zoom_level=90,
        )
        del self.options["zoom"]
        self.options["maxZoom"] = MAX_ZOOM
        self.corners = [[south, west], [north, east]]
        self.default_js = [("leaflet", options.script_url)]
        self.default_css = [("leaflet_css", options.style_url)]
        self._id = MAP_ID


class SchoolLayer(MacroElement):
    """The layer that draws schools on a canvas; its code is static/map.js, its data an address in the page's JSON."""

    _template = Template(
        """
        {% macro script(this, kwargs) %}
            qosyl.start({{ this._parent.get_name() }}, {{ this.regions.get_name() }}, {{ this.view_id|tojson }});
        {% endmacro %}
        """
    )

    def __init__(self, regions: folium.GeoJson, view_id: str) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._name = "SchoolLayer"
        self._id = MAP_ID
        self.regions = regions
        self.view_id = view_id


def _region_style(feature: Mapping[str, Any]) -> dict[str, Any]:
    """Class of every region until the page's JSON says which class of share it is in."""
    return {"className": f"region {NO_SHARE}", "weight": 1}


def _own_map(shapes: RegionShapes, options: MapOptions) -> OwnMap:
    own_map = OwnMap(shapes.bounds or WORLD, options)
    regions = folium.GeoJson(
        shapes.feature_collection(),
        name="regions",
        style_function=_region_style,
        smooth_factor=0.5,
        embed=True,
    )
    regions._id = MAP_ID
    own_map.add_child(regions)
    own_map.add_child(SchoolLayer(regions, options.view_id))
    return own_map


def map_script(shapes: RegionShapes, *, options: MapOptions = MapOptions()) -> str:
    """JavaScript that builds the map of these regions, without tags; run it after Leaflet and static/map.js.

    No regions give a map of the world. Geometry travels as JSON, so markup in a code stays data.
    """
    return _without_indent(_rendered(_own_map(shapes, options)).script.render())


def map_html(*, options: MapOptions = MapOptions()) -> str:
    """The element that the map is drawn in: a focusable region that static/map.js gives its label."""
    return str(_rendered(_own_map(RegionShapes(), options)).html.render()).strip()


def _rendered(own_map: OwnMap) -> Any:
    """The figure around a map, its children rendered into its `html` and `script`."""
    figure: Any = own_map.get_root()
    for child in figure._children.values():
        child.render()
    return figure


def _without_indent(text: str) -> str:
    lines = (line.strip() for line in text.splitlines())
    return "\n".join(line for line in lines if line) + "\n"


def bounds_of(geometries: Sequence[Mapping[str, Any]]) -> Bounds | None:
    """West, south, east, north of GeoJSON polygons and multipolygons, degrees; None without any.

    Positions are longitude first. A height, where there is one, is not read.
    """
    rings = [ring for geometry in geometries for ring in _rings(geometry)]
    longitudes = [position[0] for ring in rings for position in ring]
    latitudes = [position[1] for ring in rings for position in ring]
    if not longitudes:
        return None
    return min(longitudes), min(latitudes), max(longitudes), max(latitudes)


def _rings(geometry: Mapping[str, Any]) -> list[Any]:
    if geometry["type"] == "Polygon":
        return list(geometry["coordinates"])
    return [ring for polygon in geometry["coordinates"] for ring in polygon]
